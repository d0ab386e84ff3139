"""The comparison with the plain recogniser: its crops, the differences ignored, the readings accepted."""

import csv
import shutil
from pathlib import Path

import pytest

from extractors.evaluation.bench.plain_paddle import RawText
from extractors.evaluation.comparison_report import text
from extractors.evaluation.evaluate import compare, load_truth
from extractors.evaluation.paddle_comparison import compare_raw
from templates_forms.loader import load_library
from templates_forms.model import MARK_TYPES, FieldType
from templates_forms.values import to_wareki

ROOT = Path(__file__).parents[3]
FILE = "kyufukin_06.jpg"


class Known:
    """Reads every crop right, postal codes with a hyphen, amounts as money; is never very certain of kana."""

    def __init__(self, form, truth):
        self.answers = []
        for field in form.pages[0].fields:
            value = truth.get(field.name)
            if (
                value is None
                or field.type in MARK_TYPES
                or field.type in (FieldType.SEAL, FieldType.SIGNATURE)
            ):
                continue
            if field.type is FieldType.DATE and field.year is not None:
                written = to_wareki(value)[2:]
                year, rest = written.split("年")
                month, day = rest.rstrip("日").split("月")
                self.answers += [RawText(part, 0.95) for part in (year, month, day)]
            elif field.type is FieldType.POSTAL_CODE:
                self.answers.append(RawText(f"{value[:3]}-{value[3:]}", 0.95))
            elif field.type is FieldType.AMOUNT:
                self.answers.append(RawText(f"¥{value}円", 0.999))
            elif field.type is FieldType.KANA:
                self.answers.append(RawText("ン" + value[1:], 0.91))
            else:
                self.answers.append(RawText(value, 0.999))
        self.crops = []

    def read(self, crops):
        self.crops += crops
        assert len(crops) == len(self.answers)
        return self.answers


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "samples" / "scans" / FILE, tmp_path)
    with (ROOT / "samples" / "scans" / "truth.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["file"] == FILE]
    with (tmp_path / "truth.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)
    return tmp_path


def test_same_fields_both_ways(folder):
    library = load_library(ROOT / "templates_forms")
    truth = load_truth(folder / "truth.csv")
    ours = compare(truth, [], library, 0.0)
    form = library["kyufukin_shinsei"]
    raw = Known(form, {line.field: line.value for line in truth})
    found = compare_raw(folder, library, evaluation=ours, raw=raw)

    kinds = {field.kind for field in found.raw}
    assert {"digits", "kana", "postal_code", "date", "amount", "text*"} <= kinds
    assert not kinds & {"check", "choice", "seal"}
    assert [field.field for field in found.raw] == [field.field for field in found.ours]
    wrong = {field.kind for field in found.raw if not field.right}
    assert wrong == {"kana"}

    rows = {row.name: row for row in found.rows()}
    at_90, at_99 = rows["kana"].raw
    assert at_90.accepted.value == 1 and at_90.wrong_accepted.value == 1
    assert at_99.accepted.count == 0
    assert rows["date"].raw[0].accepted.value == 1 and rows["date"].raw[1].accepted.value == 0
    assert rows["all"].ours.right.count == 0  # nothing was read by us in this test
    assert "raw wrong at 0.99" in text(found)
    # Crops hold the printed frame: the edge of a boxed field is dark.
    assert min(int(crop.min()) for crop in raw.crops) < 120


def test_a_page_that_is_no_form_counts_as_wrong(folder):
    library = load_library(ROOT / "templates_forms")
    truth = load_truth(folder / "truth.csv")
    shutil.copy(ROOT / "samples" / "scans" / "broken" / "photo.jpg", folder / FILE)

    class Silent:
        def read(self, crops):
            raise AssertionError("nothing may be read")

    found = compare_raw(folder, library, evaluation=compare(truth, [], library, 0.0), raw=Silent())
    assert found.raw and not any(field.right for field in found.raw)
    assert {field.decision for field in found.raw} == {"unread"}
