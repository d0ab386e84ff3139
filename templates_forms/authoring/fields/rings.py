"""Finds printed words of which one is ringed by hand: 男・女, 有・無, 普通・当座, 月・火・水."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from templates_forms.authoring.fields.drafts import Choice, Draft, Shape
from templates_forms.authoring.fields.vocabulary import ANSWERS, MEANINGS, SEVERAL
from templates_forms.authoring.print.model import Glyph, around
from templates_forms.authoring.print.places import PageLayout, PrintedPlace
from templates_forms.authoring.print.words import Line, plain
from templates_forms.model import Box, Mark

# Every character that forms and PDF fonts use for the dot between words.
_BETWEEN = frozenset("・･·•,、/／|｜‧∙.．")
# A wider space separates two words.
_GAP_EM = 0.72
_WIDE_EM = 0.85  # space on each side of a dot between words that are not in the table of answers
_FEWEST_PLAIN = 3  # words with dots close between them, when a cell holds nothing else
# In characters; longer words are explanations, not answers.
_LONGEST = 9
# 明・大・昭・平・令 is often set so tightly that the dots are lost.
_ERA_LETTERS = frozenset("明大昭平令")
# As _ERA_LETTERS, for the most common pairs.
_PAIRS = frozenset({"男女", "有無", "要否", "可否", "父母"})
_ROOM_MM = (2.2, 1.6)  # for a ring, beside and above
_NUMBER = re.compile(r"^[(（]?[0-9①-⑳ア-オ][)）.．、:]?")
_WORD = re.compile(r"^[0-9]{0,3}[ぁ-んァ-ヶ一-龥Ａ-Ｚa-zA-Z]")
_OPENING, _CLOSING = frozenset("（(【[「"), frozenset("）)】]」")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word; ``gap`` is the space in em to the word before it, ``dot`` whether there is a dot between them."""

    glyphs: tuple[Glyph, ...]
    gap: float
    dot: bool

    @property
    def text(self) -> str:
        return plain("".join(g.text for g in self.glyphs))

    @property
    def answer(self) -> str:
        """The word without a number before it."""
        label_core = _NUMBER.sub("", self.text)
        return label_core or self.text


def find_ringed_words(layout: PageLayout, used: set[Glyph]) -> tuple[list[Draft], set[Glyph]]:
    """Return the questions answered by a ring, and the glyphs that belong to them.

    Args:
        layout: the page.
        used: glyphs that belong to other fields already, e.g. to tick boxes.
    """
    drafts: list[Draft] = []
    taken: set[Glyph] = set()
    for place in [layout.sheet, *layout.places]:
        found: list[Draft] = []
        for line in place.lines:
            for run in _answers(line, place, used):
                taken.update(g for token in run for g in token.glyphs)
                found.append(_draft(run, line, place))
        drafts += _merge_stacked(found)
    return drafts, taken


def _answers(line: Line, place: PrintedPlace, used: set[Glyph]) -> list[list[_Token]]:
    tokens = _tokens([g for g in line.glyphs if g not in used])
    runs: list[list[_Token]] = []
    i = 0
    beside_boxes = any(row.box.y < line.box.bottom and line.box.y < row.box.bottom for row in place.rows)
    may_hold_answers = not (place.sheet or place.shaded or beside_boxes)
    # Only in a cell with nothing else may close dots separate answers.
    whole = may_hold_answers and len(place.lines) == 1
    while i < len(tokens):
        run = _known_run(tokens, i)
        if may_hold_answers:
            dotted = _dotted_run(tokens, i, 2 * _WIDE_EM)
            run = dotted if len(dotted) > max(len(run), 1) else run
        if len(run) < 2 and whole and i == 0:
            run = _dotted_run(tokens, 0, 0.0)
            run = run if len(run) == len(tokens) >= _FEWEST_PLAIN else []
        if len(run) >= 2:
            runs.append(run)
            i += len(run)
        else:
            i += 1
    return runs


def _tokens(glyphs: Sequence[Glyph]) -> list[_Token]:
    tokens: list[_Token] = []
    word: list[Glyph] = []
    gap, dot, last = 9.0, False, None
    for glyph in glyphs:
        space = (glyph.box.x - last.box.right) / max(glyph.size, last.size) if last else 9.0
        if glyph.text in _BETWEEN and not _number_dot(word, glyph):
            if word:
                tokens.append(_Token(tuple(word), gap, dot))
            word, dot = [], True
        elif not word:
            gap = (glyph.box.x - tokens[-1].glyphs[-1].box.right) / glyph.size if tokens else 9.0
            word = [glyph]
        elif space > _GAP_EM:
            tokens.append(_Token(tuple(word), gap, dot))
            word, gap, dot = [glyph], space, False
        else:
            word.append(glyph)
        last = glyph
    if word:
        tokens.append(_Token(tuple(word), gap, dot))
    return [part for token in tokens for part in _split(token)]


def _split(token: _Token) -> list[_Token]:
    """Split 大昭平 and 男 女 where the dots between the characters were too small to be read."""
    letters = token.glyphs
    steps = [b.box.x - a.box.right for a, b in pairwise(letters)]
    eras = len(letters) > 1 and set(token.text) <= _ERA_LETTERS
    if not eras and not (token.text in _PAIRS and min(steps) > 0.4 * letters[0].size):
        return [token]
    return [
        _Token((letter,), token.gap if i == 0 else 1.0, i > 0 or token.dot)
        for i, letter in enumerate(letters)
    ]


def _number_dot(word: Sequence[Glyph], glyph: Glyph) -> bool:
    return glyph.text in ".．" and len(word) == 1 and word[0].text.isdigit()


def _known_run(tokens: Sequence[_Token], start: int) -> list[_Token]:
    """Return the longest run of words from one set of answers."""
    best: list[_Token] = []
    for _, answers in ANSWERS:
        run: list[_Token] = []
        for token in tokens[start:]:
            word = token.answer.strip("".join(_OPENING | _CLOSING))
            if word not in answers or any(word == t.answer for t in run):
                break
            if run and not token.dot and token.gap < _GAP_EM:
                break
            run.append(token)
        # 月 and 日 alone are parts of a date.
        dated = {token.answer for token in run} <= {"月", "日"}
        if len(run) > len(best) and not dated and _is_separate(tokens, start, len(run)):
            best = run
    return best


def _is_separate(tokens: Sequence[_Token], start: int, count: int) -> bool:
    """Whether the words are separate, and not part of a sentence or of a list of other words."""
    after = tokens[start + count] if start + count < len(tokens) else None
    first = tokens[start]
    tight_before = start > 0 and (first.dot or first.gap < 0.5)
    tight_after = after is not None and (after.dot or after.gap < 0.35) and after.text[0] not in "（(（["
    long_after = after is not None and after.dot and len(after.text) > _LONGEST
    return (not tight_before and not tight_after) or (
        count >= 2
        and not tight_before
        and not long_after
        and (after is not None and after.dot and len(after.text) <= _LONGEST)
    )


def _dotted_run(tokens: Sequence[_Token], start: int, gap: float) -> list[_Token]:
    """Return short words separated by dots with wide spaces, whatever they mean, except labels."""
    run: list[_Token] = []
    for token in tokens[start:]:
        if not 2 <= len(token.answer) <= _LONGEST or _is_label(token.answer) or not _WORD.match(token.answer):
            break
        if run and not (token.dot and token.gap >= gap):
            break
        run.append(token)
    return run


def _is_label(text: str) -> bool:
    return any(word == text or (len(word) > 1 and text.endswith(word)) for m in MEANINGS for word in m.words)


def _draft(run: Sequence[_Token], line: Line, place: PrintedPlace) -> Draft:
    choices = tuple(Choice(token.answer, _room(token, place)) for token in run)
    first = min(g.box.x for g in run[0].glyphs)
    before = plain(
        "".join(g.text for g in line.glyphs if g.box.right <= first + 0.1 and g.text not in _BETWEEN)
    )
    return Draft(
        Shape.WORDS,
        around([choice.box for choice in choices]),
        place,
        choices=choices,
        mark=Mark.CIRCLE,
        inner=before,
        several=any(word in place.text for word in SEVERAL),
    )


def _room(token: _Token, place: PrintedPlace) -> Box:
    """Return the word's box with a margin for a hand-drawn ring, limited to its cell."""
    box = around([g.box for g in token.glyphs])
    size = max(g.size for g in token.glyphs)
    middle = box.y + box.height / 2
    top, bottom = middle - size / 2 - _ROOM_MM[1], middle + size / 2 + _ROOM_MM[1]
    left, right = box.x - _ROOM_MM[0], box.right + _ROOM_MM[0]
    if not place.sheet:
        left, right = max(left, place.box.x), min(right, place.box.right)
        top, bottom = max(top, place.box.y), min(bottom, place.box.bottom)
    return Box(left, top, right - left, bottom - top)


def _merge_stacked(drafts: list[Draft]) -> list[Draft]:
    """Merge answers from one set on two lines directly under each other: they are one question."""
    merged: list[Draft] = []
    for draft in drafts:
        host = merged[-1] if merged else None
        if host is not None and _continues(host, draft):
            host.choices = (*host.choices, *draft.choices)
            host.box = host.box.union(draft.box)
        else:
            merged.append(draft)
    return merged


def _continues(host: Draft, draft: Draft) -> bool:
    labels = [c.label for c in (*host.choices, *draft.choices)]
    close = -1.0 < draft.box.y - host.box.bottom < 3.0 and abs(draft.box.x - host.box.x) < 8
    one_set = any(all(label in answers for label in labels) for _, answers in ANSWERS)
    return close and one_set and not draft.inner and len(set(labels)) == len(labels)
