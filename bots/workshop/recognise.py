"""Which field of the sample record a text stands for, through the formatters of the bot language.

One sample can be read in several ways (4 is a month, a day, a number of children). Longer texts and plainer formatters
win; among short ones the words beside the input and the field that was entered just before decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from bots.base.errors import BotError
from bots.spec import compare
from bots.spec.templating import Scope, parse

# In the order of preference; all are tried on every value, and those that do not suit it raise and drop out.
_WHOLE = (
    "", "wareki", "date('YYYY/MM/DD')", "date('YYYY年M月D日')", "date('YYYY.MM.DD')", "date('YYYYMMDD')",
    "date('YYYY/M/D')", "wareki('GEE.MM.DD')", "wareki('GE.M.D')", "wareki('GGE.M.D')", "wareki('GEEMMDD')",
    "wareki('EEMMDD')", "date('DD.MM.YYYY')", "date('MM/DD/YYYY')", "number", "number | prefix('¥')", "postal",
    "postal | prefix('〒')", "phone", "phone('')", "time", "space(' ')", "space('　')", "no_spaces", "half_width",
    "full_width", "half_kana", "full_kana", "hiragana", "katakana", "space(' ') | half_kana",
    "no_spaces | half_kana", "upper", "lower", "strip", "postal | full_width", "phone | full_width",
)  # fmt: skip
_PARTS = (
    "era", "era('short')", "era('letter')", "wareki_year", "wareki_year(2)", "year", "year(2)", "month",
    "month(2)", "day", "day(2)", "postal_part(1)", "postal_part(2)", "phone_part(1)", "phone_part(2)",
    "phone_part(3)", "family", "given", "family | half_kana", "given | half_kana", "date('YYYY-MM')",
    "date('YYYY/MM')",
)  # fmt: skip
_FLAGS = (
    ("○", "－"),
    ("○", ""),
    ("有", "無"),
    ("はい", "いいえ"),
    ("あり", "なし"),
    ("要", "不要"),
    ("済", "未"),
    ("True", "False"),
)
# Words beside an input that say which part of a date or number it is for.
_SAID = {
    "年": ("year", "wareki_year"), "月": ("month",), "日": ("day",), "元号": ("era",), "year": ("year",),
    "month": ("month",), "day": ("day",), "カナ": ("kana",), "氏": ("family",), "姓": ("family",), "名": ("given",),
}  # fmt: skip
_COMPARISONS = (
    "displayed",
    "spaces",
    "width",
    "hyphens",
    "kana",
    "number",
    "date",
    "case",
    "punctuation",
    "digits",
)
_COVERED = re.compile(r"([*＊●×]+)(\w{2,})")
# A shorter value occurs on pages of other records too.
_SHORT = 3
_AFFIXES = re.compile(
    r"^(?P<before>[^\w]{0,2})(?P<text>.+?)(?P<after>円|人|歳|年|月|日|様|さん)?$", re.DOTALL
)


@dataclass(frozen=True)
class Meaning:
    """A template that gives a text, with the field it is made of."""

    template: str
    field: str


@dataclass
class Recogniser:
    """Knows one sample record; ``choices`` maps the values of a field to the words for them on the form."""

    sample: Mapping[str, str]
    key: Iterable[str] = ()
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scope = Scope(
            self.sample, "-".join(self.sample.get(k, "") for k in self.key), lookups=self._tables()
        )
        self._known: dict[str, list[Meaning]] = {}
        for meaning, text in self._all():
            self._known.setdefault(text, []).append(meaning)

    def _tables(self) -> dict[str, Mapping[str, str]]:
        # What a person has settled for the system comes before the words of the form.
        return {**self.choices, **{k: {**self.choices.get(k, {}), **v} for k, v in self.lookups.items()}}

    def render(self, template: str) -> str:
        """Return what a template gives for the sample record; raises ``BotError`` when it does not suit it."""
        return parse(template).render(self.scope).text

    def meanings(self, text: str) -> list[Meaning]:
        """Return every meaning of a text, plainest first."""
        found = list(self._known.get(text, []))
        trimmed = text.strip(" 　\n\t")
        found += [m for m in self._known.get(trimmed, []) if m not in found]
        return (
            found
            or self._grouped(trimmed)
            or self._with_affixes(trimmed)
            or self._covered(trimmed)
            or self._joined(trimmed)
        )

    def meaning(
        self, text: str, near: Iterable[str] = (), recent: str = "", used: Iterable[str] = ()
    ) -> Meaning | None:
        """Return the most likely meaning.

        Args:
            text: what was typed, chosen or shown.
            near: words beside the element.
            recent: the field of the step before.
            used: templates that the procedure has entered already.
        """
        found = self.meanings(text)
        near, used = "".join(near), set(used)
        ranked = sorted(
            enumerate(found), key=lambda pair: (-_likelihood(pair[1], text, near, recent, used), pair[0])
        )
        return ranked[0][1] if ranked else None

    def key_template(self, text: str) -> str:
        """Return the template for a text that is the key, however it is grouped; empty for any other."""
        keys = set(self.key)
        found = (m.template for m in self.meanings(text.strip()) if m.field in keys)
        return next(found, "") if len(text.strip()) > 1 or len(self.sample) == 1 else ""

    def value_template(self, text: str) -> str:
        """Return the template for a text that only this record's pages show: the key, or a longer value."""
        if template := self.key_template(text):
            return template
        meaning = self.meaning(text.strip()) if len(text.strip()) > _SHORT else None
        return meaning.template if meaning and self.is_value(text) else ""

    def is_value(self, text: str) -> bool:
        """Whether a text is a value of the sample record (a single character says nothing)."""
        return len(text.strip()) > 1 and bool(self._known.get(text.strip()))

    def holds_value(self, text: str) -> bool:
        """Whether a text is, or contains, a value of the sample record."""
        return self.is_value(text) or self.inside(text) != text

    def inside(self, text: str) -> str:
        """Return a text with every longer value of the sample record in it replaced by its template."""
        found = sorted(
            ((t, m[0].template) for t, m in self._known.items() if len(t) > 3), key=lambda p: -len(p[0])
        )
        for shown, template in found:
            # Not inside braces that an earlier, longer value has become.
            pieces = re.split(r"(\{\{.*?\}\})", text)
            text = "".join(p if p.startswith("{{") else p.replace(shown, template) for p in pieces)
        return text

    def for_field(self, name: str, text: str) -> str:
        """Return the template by which a field gives a text; empty when it gives it in no known way."""
        return next((m.template for m in self.meanings(text) if m.field == name), "")

    def comparison(self, wanted: str, shown: str) -> list[str] | None:
        """Return the fewest words of ``compare`` that make two texts equal; None when none do."""
        for count in range(3):
            for words in combinations(_COMPARISONS, count):
                # `digits` forgives everything but digits: only for texts that have some.
                if "digits" in words and not re.search(r"\d", shown):
                    continue
                if compare.same(wanted, shown, words):
                    return list(words)
        return None

    def _all(self) -> Iterator[tuple[Meaning, str]]:
        named = sorted(self.sample, key=lambda name: name not in set(self.key))
        for calls in (*_WHOLE, *_PARTS):
            for name in named:
                yield from self._one(name, calls)
        for name in named:
            if name in self.scope.lookups:
                yield from self._one(name, f"lookup('{name}')")
                for value in self.choices.get(name, {}):
                    yield from self._words_of(name, value)
            if self.sample[name] in ("true", "false"):
                for yes, no in _FLAGS:
                    yield from self._one(name, f"yes_no('{yes}', '{no}')")

    def _one(self, name: str, calls: str) -> Iterator[tuple[Meaning, str]]:
        template = f"{{{{ {name} | {calls} }}}}" if calls else f"{{{{ {name} }}}}"
        try:
            text = self.render(template)
        except (BotError, KeyError):
            return
        # An unchanged text is the plain field, which came first.
        if text and not (calls and text == self.sample[name] and calls != f"lookup('{name}')"):
            yield Meaning(template, name), text

    def _words_of(self, name: str, value: str) -> Iterator[tuple[Meaning, str]]:
        # Several choices in one field: each is a tick of its own.
        if "|" in self.sample[name] and value in self.sample[name].split("|"):
            yield Meaning(f"{{{{ {name} | has('{value}') }}}}", name), self.choices[name][value]

    def _grouped(self, text: str) -> list[Meaning]:
        """Digits shown in groups: 123-45678 for 12345678."""
        groups = re.findall(r"\w+", text)
        if len(groups) < 2 or len(text) > 30:
            return []
        for name in self.sample:
            if "".join(groups) == self.sample[name] and len(self.sample[name]) > 3:
                return [Meaning(_sliced(name, text), name)]
        return []

    def _covered(self, text: str) -> list[Meaning]:
        """The end of a number whose beginning the page hides: ***4321."""
        match = _COVERED.fullmatch(text)
        values = self.sample.items() if match else ()
        return [
            Meaning(f"{match[1]}{{{{ {name} | slice({len(value) - len(match[2]) + 1}) }}}}", name)
            for name, value in values
            if match and value.endswith(match[2]) and len(value) > len(match[2])
        ]

    def _joined(self, text: str) -> list[Meaning]:
        """Several values in one text, with nothing but marks between them: 0009 三井住友銀行."""
        template = self.inside(text)
        rest = re.sub(r"\{\{.*?\}\}", "", template)
        name = re.match(r"\W*\{\{ (\w+)", template)
        return [Meaning(template, name[1])] if name and not re.search(r"\w", rest) else []

    def _with_affixes(self, text: str) -> list[Meaning]:
        match = _AFFIXES.match(text)
        if match is None or match["text"] == text:
            return []
        known = self._known.get(match["text"], [])
        return [Meaning(f"{match['before']}{m.template}{match['after'] or ''}", m.field) for m in known]


def _sliced(name: str, text: str) -> str:
    made, at = "", 1
    for piece in re.findall(r"\w+|\W+", text):
        if re.fullmatch(r"\w+", piece):
            made += f"{{{{ {name} | slice({at}, {at + len(piece) - 1}) }}}}"
            at += len(piece)
        else:
            made += piece
    return made


def _likelihood(meaning: Meaning, text: str, near: str, recent: str, used: set[str]) -> float:
    score = 0.0
    if meaning.template in used:
        # The same value twice in a form happens; the next part of a date is likelier.
        score -= 3
    if meaning.field == recent and "|" in meaning.template:
        score += 2
    if len(text) <= 2 and "|" not in meaning.template:
        score += 0.5
    if any(word in near and any(name in meaning.template for name in names) for word, names in _SAID.items()):
        score += 1
    return score + (2 if meaning.field and meaning.field in near else 0)
