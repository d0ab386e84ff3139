"""Who may do what with bots, and the ids in their addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from verification.bot_drafts import BotDrafts
from verification.errors import NoSuchPage
from verification.request_context import RequestContext

SystemId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Number = Annotated[int, Path(ge=1, le=999_999)]


def bots_of(context: RequestContext, *rights: str) -> BotDrafts:
    """The drafts, for a person with one of the rights. Raises NotSignedIn, Forbidden, NoSuchPage without a workshop."""
    context.require(*(rights or ("workshop",)))
    if context.app.bots is None:
        raise NoSuchPage
    return context.app.bots
