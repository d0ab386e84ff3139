"""Parses request parameters (ids in addresses, fields of forms) and rejects what no page of this app sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Path, Query

from store.queue import review_queue
from verification.errors import NoSuchPage, ReasonNeeded, TooLarge

LARGEST_ID: Final = 2**31 - 1  # INTEGER of PostgreSQL; a larger number would be a database error
LONGEST_REASON: Final = 400  # `maxlength` of the inputs; checked here as well, since a script can send more
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
"""An id in an address; an impossible id is answered with "no such page"."""
MaybeId = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]
TYPED_FIELDS: Final = ("reason", "display", "name", "receipt", "note", "value", "deadline")
"""Free-text fields; their content is shown again when a form was refused."""


def number(text: str | None, largest: int = LARGEST_ID) -> int:
    """A whole number from 0. Raises NoSuchPage for anything else."""
    # `[0-9]`, not `\d` or `int` alone: both accept digits of other scripts, and `int` also signs and underscores.
    if text is None or not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > largest:
        raise NoSuchPage
    return int(text)


def reason(sent: Mapping[str, str]) -> str:
    """The reason of a decision, cleaned for storing. Raises ReasonNeeded, TooLarge, InvalidAnswer."""
    text = sent.get("reason", "").strip()
    if not text:
        raise ReasonNeeded
    if len(text) > LONGEST_REASON:
        raise TooLarge(
            f"理由は{LONGEST_REASON}文字以内にしてください。何も保存していません。",
            f"Give the reason in at most {LONGEST_REASON} characters. Nothing was stored.",
        )
    return review_queue.clean(text)


def typed_fields(sent: Mapping[str, str]) -> dict[str, str]:
    """The free-text fields of a refused form, to be shown again with the error."""
    return {name: sent[name] for name in TYPED_FIELDS if sent.get(name, "").strip()}
