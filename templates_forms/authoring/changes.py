"""Lists the differences between two states of one template, in sentences for the person who is about to save it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]
_NEAR_MM = 0.005
_ADDED, _REMOVED, _CHANGED = "added", "removed", "changed"

_KEYS: dict[str, tuple[str, str]] = {
    "name": ("名前", "name"),
    "label": ("ラベル", "label"),
    "label_en": ("英語のラベル", "English label"),
    "type": ("種類", "type"),
    "box": ("位置", "place"),
    "cells": ("文字枠", "character boxes"),
    "required": ("必須", "required"),
    "handling": ("扱い", "handling"),
    "mark": ("印の付け方", "mark"),
    "options": ("選択肢", "options"),
    "era": ("元号", "era"),
    "year": ("年", "year"),
    "month": ("月", "month"),
    "day": ("日", "day"),
    "secret": ("秘匿", "secret"),
    "max_length": ("最大文字数", "longest"),
    "pattern": ("書式", "pattern"),
    "content": ("内容", "content"),
    "title": ("帳票の名称", "title"),
    "edition": ("版", "edition"),
    "record_key": ("申請を見分ける項目", "record key"),
    "hand_minutes": ("手入力の分数", "minutes by hand"),
    "hand_minutes_source": ("分数の根拠", "source of the minutes"),
    "system": ("業務システム", "system"),
    "error_target": ("誤りの目標", "error target"),
    "retention_days": ("保存日数", "days kept"),
    "size_mm": ("用紙の大きさ", "sheet"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: ``added``, ``removed`` or ``changed``.
        subject: label and name of the field, or what else it is about.
        ja, en: the difference in words.
    """

    kind: str
    subject: str
    ja: str
    en: str


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return all differences between two states of a template's data, the form's own first, then field by field.

    A field that kept its position but not its name counts as renamed, not as removed and added.
    """
    found = [
        Change(_CHANGED, _KEYS.get(key, (key, key))[0], *_old_new(old.get(key), new.get(key)))
        for key in dict.fromkeys([*old, *new])
        if key not in ("pages", "rules", "version", "id") and old.get(key) != new.get(key)
    ]
    before, after = dict(_fields(old)), dict(_fields(new))
    renamed = _renamed(before, after)
    for name, (page, entry) in after.items():
        was = before.get(renamed.get(name, name))
        if was is None:
            found.append(Change(_ADDED, _subject(entry), f"{page}ページに追加", f"added on page {page}"))
        elif differences := list(_differences(was[1], entry)):
            words = ("、".join(d[0] for d in differences), "; ".join(d[1] for d in differences))
            found.append(Change(_CHANGED, _subject(entry), *words))
    for name in before.keys() - after.keys() - set(renamed.values()):
        found.append(Change(_REMOVED, _subject(before[name][1]), "削除", "removed"))
    return found + _rules(old.get("rules", []), new.get("rules", []))


def _fields(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, Entry]]]:
    for number, page in enumerate(data.get("pages", []), start=1):
        for entry in page.get("fields", []):
            yield str(entry.get("name", "")), (number, entry)


def _renamed(
    before: Mapping[str, tuple[int, Entry]], after: Mapping[str, tuple[int, Entry]]
) -> dict[str, str]:
    """Return new name → old name of fields at the position of a removed one."""
    places = {_position_key(*before[name]): name for name in before.keys() - after.keys()}
    return {
        name: places[place]
        for name, (page, entry) in after.items()
        if name not in before and (place := _position_key(page, entry)) in places
    }


def _position_key(page: int, entry: Entry) -> str:
    """Return a field's position, to recognise a renamed one: page, box, the boxes of its options, its year."""
    options = [option.get("box") for option in entry.get("options", [])]
    return str((page, entry.get("box"), options, entry.get("year")))


def _subject(entry: Entry) -> str:
    label = entry.get("label", "")
    words = label.get("ja", "") if isinstance(label, Mapping) else label
    return f"{words} ({entry.get('name', '?')})" if words else str(entry.get("name", "?"))


def _differences(old: Entry, new: Entry) -> Iterator[tuple[str, str]]:
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        ja, en = _KEYS.get(key, (key, key))
        words = _moved(was, now) if key == "box" else None
        if words is None and key == "options":
            words = _options(was or [], now or [])
        if words is None:
            words = _old_new(was, now)
        yield f"{ja} {words[0]}", f"{en} {words[1]}"


def _moved(was: Any, now: Any) -> tuple[str, str] | None:
    """Return how far a box moved and grew, in mm; None when one of the values is not a box."""
    if not (isinstance(was, Sequence) and isinstance(now, Sequence) and len(was) == len(now) == 4):
        return None
    by = [float(b) - float(a) for a, b in zip(was, now, strict=True)]
    ways = (("右へ", "right"), ("下へ", "down"), ("幅", "wider"), ("高さ", "higher"))
    moves = [
        (f"{ja} {v:+.2f} mm", f"{v:+.2f} mm {en}")
        for v, (ja, en) in zip(by, ways, strict=True)
        if abs(v) > _NEAR_MM
    ]
    return "、".join(ja for ja, _ in moves) or "変更なし", ", ".join(en for _, en in moves) or "unchanged"


def _options(was: Sequence[Entry], now: Sequence[Entry]) -> tuple[str, str]:
    before = {str(o.get("value")): o for o in was}
    after = {str(o.get("value")): o for o in now}
    removed = [_option(before[v]) for v in before if v not in after]
    added = [_option(after[v]) for v in after if v not in before]
    moved = [_option(after[v]) for v in after if v in before and after[v] != before[v]]
    ja, en = [], []
    for words, japanese, english in (
        (added, "追加", "added"),
        (removed, "削除", "removed"),
        (moved, "変更", "changed"),
    ):
        if words:
            ja.append(f"{japanese}: {'・'.join(words)}")
            en.append(f"{english}: {', '.join(words)}")
    return "、".join(ja) or "順序の変更", "; ".join(en) or "in another order"


def _option(entry: Entry) -> str:
    return str(entry.get("label") or entry.get("value"))


def _old_new(was: Any, now: Any) -> tuple[str, str]:
    return f"{_shown(was)} → {_shown(now, '')}", f"{_shown(was, 'none')} → {_shown(now, 'none')}"


def _shown(value: Any, nothing: str = "なし") -> str:
    if value is None or value == "":
        return nothing or "なし"
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, list) and all(isinstance(v, int | float | str) for v in value):
        return "-".join(map(str, value)) or nothing or "なし"
    if isinstance(value, Mapping):
        return "、".join(f"{_KEYS.get(str(k), (str(k),))[0]} {_shown(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "・".join(_shown(v) for v in value)
    return str(value)


def _rules(was: Sequence[Entry], now: Sequence[Entry]) -> list[Change]:
    before, after = [_rule(r) for r in was], [_rule(r) for r in now]
    removed = [Change(_REMOVED, "規則", rule, rule) for rule in before if rule not in after]
    added = [Change(_ADDED, "規則", rule, rule) for rule in after if rule not in before]
    return added + removed


def _rule(entry: Entry) -> str:
    values = f" [{', '.join(map(str, entry['values']))}]" if entry.get("values") else ""
    required = " 必須" if entry.get("required") else ""
    return f"{entry.get('rule')}: {', '.join(map(str, entry.get('fields', [])))}{values}{required}"
