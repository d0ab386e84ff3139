"""A draft's folder, and a member of staff in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from benchmarks.workshop.staff import Staff
from bots.run.grants import Grants
from bots.workshop import draft as drafts
from bots.workshop.edits import apply
from bots.workshop.trials import write_bot
from bots.workshop.workshop import Workshop, create

GRANTS = Grants(("127.0.0.1", "kit.test"), ("KYOKA_*", "FUKUSHI_*"))


class Bench:
    """One draft with its browser."""

    def __init__(self, folder: Path, started: Playwright, draft: Mapping[str, Any]) -> None:
        self.folder = folder
        create(folder, {"title": {"ja": "試作", "en": "Trial"}, "form": "", **draft}, GRANTS)
        self.workshop = Workshop(folder, started, GRANTS)
        self.staff = Staff(self.workshop.act, self.workshop.screen, self.edit)

    def edit(self, edit: Mapping[str, Any]) -> drafts.Draft:
        sign = edit.get("sign", {})
        if "element" in sign:
            return self.workshop.sign(sign["kind"], sign.get("text", ""), sign["element"])
        made = apply(drafts.load(self.folder), edit, GRANTS)
        drafts.save(self.folder, made)
        write_bot(self.folder, made)
        return made

    @property
    def draft(self) -> drafts.Draft:
        return drafts.load(self.folder)

    def steps(self, procedure: str) -> list[dict[str, Any]]:
        return [step.step for step in self.draft.procedures[procedure]]

    def yaml(self) -> str:
        return (self.folder / "bot.yaml").read_text(encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, started: Playwright) -> Iterator[Callable[[Mapping[str, Any]], Bench]]:
    made: list[Bench] = []

    def begin(draft: Mapping[str, Any]) -> Bench:
        made.append(Bench(tmp_path / f"draft{len(made)}", started, draft))
        return made[-1]

    yield begin
    for one in made:
        one.workshop.close()
