"""The process of one draft: its supervised browser, and the runs that try the draft out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bots.browser.launch import playwright
from bots.run.grants import Grants
from bots.workshop import draft as drafts
from bots.workshop import trials
from bots.workshop.workshop import Workshop
from pipelines.json_process import serve

_UNEXPECTED = (
    "ワークショップで問題が起きました。画面を開き直してください。",
    "Something went wrong in the workshop; open the page again.",
)


class _Draft:
    """What this process holds: Playwright from the first need on, and the draft's browser."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._workshop: Workshop | None = None

    def perform(self, act: str, values: dict[str, Any]) -> Any:
        folder = Path(values.pop("folder"))
        workshop = self._opened(folder, _grants(values.pop("grants")))
        return _ACTS[act](workshop, values)

    def _opened(self, folder: Path, grants: Grants) -> Workshop:
        known = self._workshop
        if known is not None and (known.folder, known.grants) == (folder, grants):
            return known
        if known is not None:
            # A host that is no longer granted must not stay open.
            known.close()
            self._workshop = Workshop(folder, known.started, grants)
        else:
            self._workshop = Workshop(folder, self._stack.enter_context(playwright()), grants)
        self._stack.callback(self._workshop.close)
        return self._workshop


def _grants(data: Mapping[str, Any]) -> Grants:
    secrets_file, browser = (Path(p) if p else None for p in (data["secrets_file"], data["browser"]))
    return Grants(tuple(data["hosts"]), tuple(data["secrets"]), secrets_file, browser)


def _sign(workshop: Workshop, values: dict[str, Any]) -> Any:
    return workshop.sign(values["kind"], values["text"], values["element"]).data()


def _dry_walk(workshop: Workshop, values: dict[str, Any]) -> Any:
    draft = drafts.load(workshop.folder)
    hidden = workshop.hidden(draft)
    return trials.dry_walk(workshop.folder, draft, workshop.grants, values["record"], hidden)


def _rehearse(workshop: Workshop, values: dict[str, Any]) -> Any:
    draft = drafts.load(workshop.folder)
    return trials.rehearse(workshop.folder, draft, workshop.grants, values["records"], values["base_url"])


_ACTS: dict[str, Callable[[Workshop, dict[str, Any]], Any]] = {
    "screen": lambda workshop, values: workshop.screen(values["url"]),
    "act": lambda workshop, values: workshop.act(values["act_data"]),
    "sign": _sign,
    "dry_walk": _dry_walk,
    "rehearse": _rehearse,
}


def main() -> None:
    """Answers requests until its input ends, and then closes the browser."""
    with ExitStack() as stack:
        serve(_Draft(stack).perform, _UNEXPECTED)


if __name__ == "__main__":
    main()
