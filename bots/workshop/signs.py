"""A text that a person marks on a page becomes the condition by which a run knows the page again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bots.workshop.errors import WorkshopError
from bots.workshop.recognise import Recogniser

# An error's number tells one error of a system from another; what follows it names the record.
_CODE = re.compile(r"[A-Za-z]{1,4}[-_]?\d{2,}")
_FOLLOWING = re.compile(r"次へ|次ページ|次の\d+件|\bNext\b")
_MOST_LETTERS = 60
_FEWEST_LETTERS = 2


def condition_for(
    kind: str,
    text: str,
    facts: Mapping[str, Any] | None,
    known: Recogniser,
    rows: Sequence[Sequence[str]] = (),
) -> Any:
    """Return the condition of a bot.yaml for a marked text.

    Args:
        kind: yes, no, many, refused, error_page, session_lost.
        text: what was marked.
        facts: of the element that shows it, if one was pointed at.
        known: the sample record.
        rows: words of the cells of every table row on the page.

    Raises:
        WorkshopError: the text says too little.
    """
    text = " ".join(text.split())
    if facts is not None and facts["kind"] == "password":
        return {"css": "input[type=password]"}
    if len(text) < _FEWEST_LETTERS:
        raise WorkshopError(
            "印にする文字をもう少し長く選んでください。", "select some more words for the sign"
        )
    if kind in ("yes", "many"):
        condition = _found(text, facts, known, rows)
        return {**condition, "at_least": 2} if kind == "many" else condition
    if facts is not None and facts["kind"] in ("button", "link") and kind == "session_lost":
        return {facts["kind"]: text}
    if kind == "refused":
        return _refusal(text, known)
    return _plain(text, known)


def _found(
    text: str, facts: Mapping[str, Any] | None, known: Recogniser, rows: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Return the condition that is true where this record is, and for no other record."""
    cells = [facts["row"]] if facts is not None and facts["row"] else rows
    for row in cells:
        for words in row:
            if template := known.key_template(words):
                return {"row": template}
    if template := known.key_template(text):
        return {"link": template} if facts is not None and facts["kind"] == "link" else {"text": template}
    inside = known.inside(text[:_MOST_LETTERS])
    if any(f"{{{{ {name}" in inside for name in known.key):
        return {"text": inside}
    raise WorkshopError(
        "「登録済み」の印には、見本のキー (番号など) が見える行を選んでください。ほかの人の行と見分けるためです。",
        "for “it is there” choose the row that shows the sample's key, so that no other record's row passes for it",
    )


def apart(no: Any, yes: Any, words: str) -> Any:
    """Return the condition "no" for a list that shows the same words with the row and without it.

    Args:
        no: what was marked.
        yes: the row.
        words: of the whole page: a list of several pages only says no on its last one.
    """
    if isinstance(no, dict) and "all" in no:
        return no
    following = _FOLLOWING.search(words)
    more = [{"not": {"link": following.group()}}] if following else []
    return {"all": [no, *more, {"not": yes}]}


def _refusal(text: str, known: Recogniser) -> Any:
    code = _CODE.search(text)
    if code is None:
        return _plain(text, known)
    letters = re.match(r"\D*", code.group())
    start = text[: code.start()].split(" ")[-1][-10:]
    words = re.escape(start + (letters.group() if letters else ""))
    return {"pattern": rf"{words}\d+[^\n]*"}


def _plain(text: str, known: Recogniser) -> Any:
    words = text[:_MOST_LETTERS]
    templated = known.inside(words)
    # A sign without values of a record holds for every record: the longest piece between them.
    pieces = [p.strip() for p in re.split(r"\{\{.*?\}\}", templated)]
    longest = max(pieces, key=len)
    if len(longest) >= _FEWEST_LETTERS:
        words = longest
    # 0 件 must not be seen in 10 件.
    before, after = (r"(?<!\d)" if words[0].isdigit() else ""), (r"(?!\d)" if words[-1].isdigit() else "")
    if before or after:
        return {"pattern": before + re.escape(words).replace(r"\ ", r"\s*") + after}
    return words
