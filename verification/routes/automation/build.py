"""The workshop's page for one draft, and editing its `bot.yaml` by hand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from verification import bot_files
from verification.bot_drafts import BotDrafts
from verification.errors import CannotMake, WebError
from verification.request_context import Context, Posted, RequestContext
from verification.routes.automation.access import SystemId, bots_of
from verification.views import bot_samples, bot_view

router = APIRouter(prefix="/systems/workshop/{system}")


@router.get("/build")
def build_page(context: Context, system: SystemId) -> Response:
    """The old system on the left, the procedures on the right."""
    drafts = bots_of(context)
    draft = drafts.draft(system)
    form = context.app.forms.get(draft["form"])
    labels = {f.name: f.label_in(context.language) for f in bot_samples.fields_of(form)} if form else {}
    names = dict.fromkeys([*draft["key"], *draft["sample"], *labels])
    about: dict[str, Any] = {
        "system": system,
        "language": context.language,
        "procedures": bot_view.PROCEDURES,
        "fields": [{"name": name, "label": labels.get(name, "")} for name in names],
    }
    return context.page("workshop/build.html", system=system, draft=draft, about=about)


@router.get("/yaml")
def yaml_page(context: Context, system: SystemId) -> Response:
    """The text of the draft."""
    drafts = bots_of(context)
    with drafts.exclusive(system):
        text = drafts.port.yaml(drafts.folder(system))
    return _show(context, drafts, system, text, None)


@router.post("/yaml")
def save_yaml(context: Context, sent: Posted, system: SystemId) -> Response:
    """Replace the text; a text that the engine refuses is shown again with the reason."""
    drafts = bots_of(context)
    # Browsers send line ends as CR LF; the file and its hash have LF.
    text = sent.get("yaml", "").replace("\r\n", "\n")
    try:
        if bot_files.facts(text).id != system:
            raise CannotMake(
                f"id は {system} のままにしてください。別の id にするには新しいボットを作ります。",
                f"The id has to remain {system}; make a new bot for another id.",
            )
        with drafts.exclusive(system):
            drafts.port.edit(drafts.folder(system), {"yaml": text})
            drafts.worked_on(system, context.name)
    except WebError as error:
        return _show(context, drafts, system, text, error)
    return RedirectResponse(f"/systems/workshop/{system}/build", status_code=303)


def _show(
    context: RequestContext, drafts: BotDrafts, system: str, text: str, error: WebError | None
) -> Response:
    drafts.folder(system)
    status = error.status if error else 200
    return context.page("workshop/hand_edit.html", status, system=system, text=text, error=error)
