"""Which module reads a field of which type, and what a field without writing is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from extractors.base import reasons
from extractors.base.alphabets import for_type
from extractors.base.model import CellCut, FreeCut, OptionInk, RegisteredPage
from extractors.confidence.calibration import OptionModel
from extractors.cutting.cell_views import CellInteriors
from extractors.recognition.free_lines import LineText
from extractors.recognition.fusion import Row
from extractors.recognition.plan import WHOLE, FieldTask, FreeJob, RowJob
from extractors.values import barcode
from extractors.values.draft import Draft, logit
from extractors.values.fields import draft
from templates_forms.model import Box, Era, Field, FieldType, Mark, Option, Part

BOX = Box(0, 0, 10, 10)
PIXELS = np.full((4, 4), 255, np.uint8)


class Told:
    """Says of each option what stands in its ink's ``share``; notes how it was marked."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    def probability(self, mark: Mark, ink: OptionInk, others: Sequence[OptionInk]) -> float:
        self.marks.append(mark)
        return ink.share


def read(task: FieldTask, told: Told | None = None) -> Draft:
    return draft(task, cast(OptionModel, told or Told()))


def task(kind: FieldType, **more: object) -> FieldTask:
    era = cast("Era | None", more.pop("era", None))
    part = Part(BOX, (2,))
    where = Field("x", "x", kind, 1, BOX, era=era, year=part, month=part, day=part)
    return FieldTask(where, cast(RegisteredPage, None), **more)  # type: ignore[arg-type]


def row(
    text: str, *, ink: tuple[float, ...] = (), specks: tuple[int, ...] = (), dark: float = 0.0, **cut: float
) -> RowJob:
    """Boxes that surely hold this text; without one nothing was written in them."""
    size = max(len(text), len(ink), 1)
    given = {"outside": 0.0, "struck": 0.0, "contrast": 1.0} | cut
    cells = CellCut(
        (PIXELS,) * size, PIXELS, (not text,) * size, ink or (0.1,) * len(text), given["outside"], (BOX,) * size,
        40.0, given["struck"], given["contrast"],
    )  # fmt: skip
    inside = CellInteriors((PIXELS,) * size, (dark, dark / 2), (), (), (), ())
    alphabet = for_type(FieldType.DIGITS, True)
    assert alphabet is not None
    job = RowJob(cells, inside, alphabet, "digits", tuple(range(len(text))), specks)
    if text:
        fused = np.full((len(text), len(alphabet.characters)), 1e-9)
        for at, char in enumerate(text):
            fused[at, alphabet.index()[char]] = 1.0
        job.row = Row(
            alphabet, fused, fused, fused, np.zeros(len(text)), 0.0, tuple(range(len(text))), size, "digits"
        )
    return job


def free(*texts: str, ink: float = 0.0, lines: int = 0, unread: float = 0.0, **cut: float) -> FreeJob:
    given = {"outside": 0.0, "struck": 0.0, "contrast": 1.0} | cut
    found = FreeCut(PIXELS, (PIXELS,) * lines, ink, given["struck"], given["outside"], given["contrast"])
    job = FreeJob(found, None)
    job.texts += [
        LineText(text, (0.9, 0.8, *[0.9] * len(text))[: len(text)], ((text, 0.9),), True, unread, -0.1)
        for text in texts
    ]
    return job


def ink(value: str, share: float) -> OptionInk:
    return OptionInk(value, "", share, 0.0, 0.0, 0.0, 0.0, BOX)


def test_each_type_is_read_in_its_own_way() -> None:
    told = Told()
    assert read(task(FieldType.CHECK, inks=[ink("true", 0.9)]), told).value == "true" and told.marks == [
        Mark.TICK
    ]
    assert read(task(FieldType.CHOICE, inks=[ink("a", 0.1), ink("b", 0.9)])).value == "b"
    assert read(task(FieldType.SEAL, presence=(0.0, 0.1))).value == "true"
    assert read(task(FieldType.SIGNATURE, presence=(0.0, 0.1))).value == "false"
    assert read(task(FieldType.DIGITS, rows={WHOLE: row("007")})).value == "007"
    assert read(task(FieldType.TEXT, free_parts={WHOLE: free("山田", lines=1)})).value == "山田"
    assert (
        read(task(FieldType.DATE, free_parts={WHOLE: free("令和8年4月1日", lines=1)})).value == "2026-04-01"
    )


def test_a_barcode_is_read_from_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barcode, "read_barcode", lambda _, field: Draft(f"code of {field.name}"))
    assert read(task(FieldType.BARCODE)).value == "code of x"


@pytest.mark.parametrize(
    ("job", "features", "codes"),
    [
        (
            row("", ink=(0.001, 0.004), dark=80.0, outside=0.1),
            {"ink": 0.004, "dark": 80.0, "outside": 0.1},
            (),
        ),
        (row("", ink=(0.0, 0.005)), {"ink": 0.005, "dark": 0.0}, ("ink_in_empty",)),
        (row("", ink=(0.0,), specks=(0,)), {"ink": 0.0, "dark": 0.0}, ("ink_in_empty",)),
        (row(""), {"ink": 0.0, "dark": 0.0}, ()),
        (row("", ink=(0.5,), outside=0.5), {"ink": 0.5, "outside": 0.5}, ("ink_outside_box", "ink_in_empty")),
        (free(ink=0.004, contrast=0.8), {"ink": 0.004, "dark": pytest.approx(51.0)}, ()),
        (free(ink=0.0041), {"ink": 0.0041, "dark": 0.0}, ("ink_in_empty",)),
        (free(lines=1), {"ink": 0.0, "dark": 0.0}, ("ink_in_empty",)),
        (free(struck=0.4), {"ink": 0.0}, ("struck_out",)),
    ],
)
def test_of_a_field_without_writing_the_ink_decides(
    job: RowJob | FreeJob, features: dict[str, float], codes: tuple[str, ...]
) -> None:
    places = {"rows": {WHOLE: job}} if isinstance(job, RowJob) else {"free_parts": {WHOLE: job}}
    found = read(task(FieldType.DIGITS, **places))
    assert (found.value, found.reasons, found.candidates) == ("", codes, ())
    assert found.features.items() >= features.items() and found.features["written"] == 0.0


def date(*rows: RowJob, era: Era | None = None, inks: list[OptionInk] | None = None) -> FieldTask:
    return task(
        FieldType.DATE, rows=dict(zip(("year", "month", "day"), rows, strict=True)), era=era, inks=inks or []
    )


HEISEI = Era(None, (), "H")
WORDS = Era(None, (Option("S", "昭和", BOX), Option("H", "平成", BOX)))


def test_a_date_in_boxes_has_its_era_printed_or_marked() -> None:
    assert read(date(row("31"), row("04"), row("30"), era=HEISEI)).value == "2019-04-30"
    told = Told()
    marked = [ink("S", 0.95), ink("H", 0.02)]
    found = read(date(row("50"), row("04"), row("30"), era=WORDS, inks=marked), told)
    assert found.value == "1975-04-30" and found.features["era_marks"] == 1.0
    assert told.marks == [Mark.CIRCLE] * 2, "the usual way to mark an era"
    told = Told()
    read(date(row("50"), row("04"), row("30"), era=Era(Mark.FILL, WORDS.options), inks=marked), told)
    assert told.marks == [Mark.FILL] * 2
    assert "era" not in read(date(row("2026"), row("04"), row("30"), inks=marked)).features


def test_an_empty_date_tells_how_much_ink_there_is() -> None:
    found = read(date(row("", ink=(0.001,)), row("", ink=(0.002, 0.003)), row("", ink=(0.0,), struck=0.4)))
    assert (found.value, found.reasons, found.candidates) == ("", (reasons.STRUCK_OUT,), ())
    assert (found.features["ink"], found.features["written"]) == (0.003, 0.0)
    unmarked = read(date(*[row("")] * 3, era=WORDS, inks=[ink("S", 0.1), ink("H", 0.1)]))
    assert unmarked.reasons == () and unmarked.features["ink"] == 0.0
    era_alone = read(date(*[row("")] * 3, era=WORDS, inks=[ink("S", 0.95), ink("H", 0.02)]))
    assert era_alone.reasons == (reasons.INCOMPLETE,) and "ink" not in era_alone.features
    no_rows = read(
        task(FieldType.DATE, free_parts={"year": free(), "month": free(struck=0.4), "day": free()})
    )
    assert (no_rows.value, no_rows.features["ink"], no_rows.reasons) == ("", 0.0, (reasons.STRUCK_OUT,))


def test_half_a_date_is_what_stands_there() -> None:
    found = read(date(row("26"), row(""), row("1"), era=HEISEI))
    assert (
        found.value == "平成26年月1日" and reasons.INCOMPLETE in found.reasons and "ink" not in found.features
    )


def test_a_part_in_boxes_brings_its_alternatives_features_and_doubts() -> None:
    year = row("2026", contrast=0.1)
    assert year.row is not None
    for at, digit in enumerate("1234578"):
        year.row.fused[3, "0123456789".index(digit)] = 0.01 * (at + 1)
    found = read(date(year, row("04"), row("30")))
    assert found.value == "2026-04-30" and reasons.FAINT in found.reasons
    assert found.features["length"] == 8.0 and found.features["contrast"] == 0.1
    assert len(found.candidates) == 6 and found.features["valid_share"] > 0


def test_of_a_part_in_boxes_the_eight_likeliest_texts_are_weighed() -> None:
    year = row("2026")
    assert year.row is not None
    for cell, likely in ((2, "213"), (3, "657")):
        for digit, share in zip(likely, (0.5, 0.3, 0.2), strict=True):
            year.row.fused[cell, int(digit)] = share
    found = read(date(year, row("04"), row("30")))
    assert found.features["valid_share"] == pytest.approx(logit(1 - 0.2 * 0.2)), "all but the ninth, 2037"


def test_a_part_written_freely_is_its_first_line_and_one_without_characters_is_weak() -> None:
    parts = {"year": free("26", lines=1), "month": free("4", "9", lines=2), "day": free("", lines=1)}
    found = read(task(FieldType.DATE, free_parts=parts, era=HEISEI))
    assert (found.value, found.features["weakest"]) == ("平成26年4月日", 0.0)


def test_parts_written_freely_are_joined_too() -> None:
    parts = {
        "year": free("26", unread=0.5, outside=0.2, lines=1),
        "month": free("4", lines=1, unread=0.1),
        "day": free("1", lines=1),
    }
    found = read(task(FieldType.DATE, free_parts=parts, era=HEISEI))
    assert (found.value, found.reasons) == ("2014-04-01", (reasons.INK_OUTSIDE_BOX, reasons.INK_UNREAD))
    assert (found.features["weakest"], found.features["unread"]) == (0.8, 0.0)
    assert found.candidates[0].probability == pytest.approx(0.9**3)
    assert found.features["valid_share"] == pytest.approx(logit(0.9**3))
