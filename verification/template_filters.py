"""Filters of the page templates: times, ages, numbers, addresses of scripts with their version."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from pathlib import Path

from jinja2 import Environment

from foundation.clock import office_time, today
from foundation.words import Words
from store.base.columns import FAR_FUTURE
from store.ops import messages
from templates_forms.values import to_wareki


def install(html: Environment, static: Path) -> None:
    """Add the filters to the templates; `static` is the folder that `asset` looks into."""
    stamp = _stamp(static)
    html.filters["clock"] = clock
    html.filters["day"] = day
    html.filters["visible"] = visible
    html.filters["percent"] = percent
    html.globals["asset"] = lambda name: f"/static/{name}?v={stamp}"
    html.globals["age"] = age
    html.globals["alert_text"] = messages.alert_text


def clock(at: datetime | str | None) -> str:
    """A time in the office's zone: `07-01 18:03`, with the year when it is another one."""
    if at is None:
        return ""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    local = office_time(when)
    same_year = local.year == today().year
    return local.strftime("%m-%d %H:%M" if same_year else "%Y-%m-%d %H:%M")


def day(at: datetime | None) -> str:
    """A deadline's day, `2026-12-31`; empty for none."""
    if at is None or at >= FAR_FUTURE:
        return ""
    return office_time(at).date().isoformat()


def age(words: Words, seconds: float) -> str:
    """How long ago, in the largest unit that is not zero."""
    # Below one and a half units the smaller unit is used, which is more exact.
    if seconds < 90:
        return words("age.seconds", n=int(seconds))
    if seconds < 90 * 60:
        return words("age.minutes", n=round(seconds / 60))
    if seconds < 36 * 3600:
        return words("age.hours", n=round(seconds / 3600))
    return words("age.days", n=round(seconds / 86400))


def percent(share: float | None) -> str:
    """A share of one as a percentage; a dash without one. Never rounded up to 100."""
    if share is None:
        return "–"
    # "100%" would claim that there was no error.
    if 0.999 <= share < 1:
        return "99.9%"
    return f"{share:.0%}" if share < 0.99 else f"{share * 100:.1f}%"


def visible(text: object) -> str:
    """Text from outside with control and direction characters made visible, so that it cannot imitate other text."""
    return "".join(_mark(character) for character in str(text))


def date_words(value: str) -> str:
    """An ISO date with its Japanese reading: `昭和50年4月1日（1975-04-01）`; other text as it is."""
    wareki = to_wareki(value)
    return f"{wareki}（{value}）" if wareki else value


def _mark(character: str) -> str:
    # Controls, format characters (bidirectional overrides, zero width), surrogates, line and paragraph separators.
    kind = unicodedata.category(character)
    if kind in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _stamp(folder: Path) -> str:
    # In each address, so that no cached script of an older version is used after an upgrade.
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]
