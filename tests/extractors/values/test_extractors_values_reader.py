"""The complete reader on real scans, with the real engines and with failing ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from extractors.base.alphabets import Alphabet, columns, for_type, text_classes
from extractors.base.model import Decision, PageImage
from extractors.evaluation.evaluate import InvalidTruth, TruthField, compare, load_truth, read_paths
from extractors.evaluation.report import plot, table, text
from extractors.files.decode import open_pages
from extractors.reader.read_paths import PageResult
from extractors.reader.reader import Reader
from extractors.reader.readings_csv import COLUMNS, ReadingsWriter
from extractors.recognition.fusion import Row, alternatives, fuse
from extractors.recognition.kana_sounds import pair_odds, split_by_size
from extractors.recognition.paddle_engine import PaddleRecogniser, PaddleSettings
from extractors.registration.identify import Library
from extractors.registration.register import locate
from templates_forms.model import FieldType, Form
from tests.fakes.engines import BrokenLines, CertainGlyphs, SilentLines

FILE = "kyufukin_07.png"


@pytest.fixture(scope="module")
def results(reader: Reader, forms: dict[str, Form], scans: Path) -> list[PageResult]:
    return list(read_paths([scans / FILE], forms, reader=reader))


@pytest.fixture(scope="module")
def truth(scans: Path) -> list[TruthField]:
    return [line for line in load_truth(scans / "truth.csv") if line.file == FILE]


def test_a_scan_is_read_and_its_accepted_fields_are_right(
    results: list[PageResult], truth: list[TruthField], forms: dict[str, Form], tmp_path: Path
) -> None:
    found = compare(truth, results, forms, 1.0)
    assert found.registered == found.pages > 0
    assert found.wrong_forms == 0
    boxed, _, whole = found.groups()
    assert boxed.right.value > 0.85
    assert whole.wrong_accepted.count == 0
    assert "account_number" in text(found) and "one kana in a box: " in text(found)
    assert len(table(found)[0]) == 9
    plot(found, tmp_path / "plot.png")
    found.write_json(tmp_path / "e.json")
    assert (tmp_path / "plot.png").stat().st_size > 5000


def test_readings_carry_what_a_verifier_needs(results: list[PageResult], forms: dict[str, Form]) -> None:
    for result in results:
        assert [r.field for r in result.readings] == [f.name for f in forms[str(result.form)].pages[0].fields]
        for reading in result.readings:
            assert reading.confidence is not None and 0.0 <= reading.confidence < 1.0
            assert reading.decision in tuple(Decision)
            assert all(0 <= i < len(reading.value) for i in reading.weak)
            assert reading.box.width > 0


def test_readings_csv_has_the_agreed_columns(results: list[PageResult]) -> None:
    stream = io.StringIO()
    writer = ReadingsWriter(stream)
    count = sum(writer.add(result) for result in results)
    stream.seek(0)
    rows = list(csv.DictReader(stream))
    agreed = "file page form field value confidence decision reasons x y width height"
    assert list(rows[0]) == list(COLUMNS) == agreed.split()
    assert len(rows) == count
    assert {row["page"] for row in rows} == {str(r.page) for r in results if r.readings}


def test_a_page_read_as_another_form_counts_as_wrong(
    results: list[PageResult], truth: list[TruthField], forms: dict[str, Form]
) -> None:
    other = [TruthField(t.file, t.page, "jido_teate_nintei", t.field, t.value) for t in truth]
    found = compare(other, results, forms, 1.0)
    assert found.registered == 0
    assert found.wrong_forms == len([r for r in results if r.form])
    assert found.groups()[-1].right.count == 0


def test_a_truth_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("file,value\na,b\n", encoding="utf-8")
    with pytest.raises(InvalidTruth, match="列"):
        load_truth(tmp_path / "truth.csv")


def handwritten(string: str) -> np.ndarray:
    font = next(Path("/usr/share/fonts").rglob("*ipaex*.ttf"), None) or next(
        Path("/usr/share/fonts").rglob("*Klee*.ttf")
    )
    picture = Image.new("L", (52 * len(string) + 20, 64), 255)
    ImageDraw.Draw(picture).text((10, 6), string, fill=20, font=ImageFont.truetype(str(font), 48))
    return np.array(picture)


def test_paddle_returns_raw_steps_and_opens_no_connection(
    reader: Reader, no_network: Callable[[], list[object]]
) -> None:
    lines = reader.lines
    classes = tuple(lines.alphabet)
    digits = for_type(FieldType.DIGITS, True)
    assert digits is not None
    wanted = columns(digits, classes)
    pictures = [handwritten("1540023"), handwritten("渡邊誠一"), handwritten("7")]
    found = lines.probabilities(pictures, [wanted.class_indexes, None, wanted.class_indexes])
    merged = wanted.merge(found[0])
    best = merged.argmax(axis=1)
    read = "".join(digits.characters[k - 1] for i, k in enumerate(best) if k and (i == 0 or best[i - 1] != k))
    assert read == "1540023"
    assert found[1].shape[1] == len(classes) == 18710
    assert np.allclose(found[1].sum(axis=1), 1.0, atol=1e-3)
    assert no_network() == []


def test_batches_do_not_change_what_is_read(reader: Reader) -> None:
    lines = reader.lines
    pictures = [handwritten(s) for s in ("東京都世田谷区若林", "一", "山田", "12")]
    together = lines.probabilities(pictures, [None] * 4)
    for picture, part in zip(pictures, together, strict=True):
        alone = lines.probabilities([picture], [None])[0]
        assert alone.argmax(axis=1).tolist() == part.argmax(axis=1).tolist()[: len(alone)]


def test_a_missing_model_folder_is_reported(tmp_path: Path) -> None:
    from extractors.base.errors import MissingModel

    with pytest.raises(MissingModel, match="doctor"):
        PaddleRecogniser(PaddleSettings(model_dir=tmp_path)).load()


def located_blank(forms: dict[str, Form]) -> tuple[Form, object]:
    form = forms["kyufukin_shinsei"]
    with Image.open(form.pages[0].blank) as picture:
        pixels = np.array(picture.convert("RGB"))[:, :, ::-1].copy()
    return form, locate(PageImage("blank", 1, pixels, 200.0), Library([form]))


def test_an_empty_form_is_empty_whatever_the_engines_would_say(forms: dict[str, Form]) -> None:
    _, page = located_blank(forms)
    never_asked = Reader(lines=BrokenLines(), glyphs=CertainGlyphs("5"))
    readings = never_asked.read([page])[0]  # type: ignore[list-item]
    assert {r.field: r.value for r in readings if r.value not in ("", "false")} == {}


def test_silence_of_one_reader_is_not_emptiness(forms: dict[str, Form], scans: Path) -> None:
    from extractors.files.decode import open_pages

    form = forms["kyufukin_shinsei"]
    page = locate(next(iter(open_pages(scans / FILE))), Library([form]))
    readings = {r.field: r for r in Reader(lines=SilentLines(), glyphs=CertainGlyphs("5")).read([page])[0]}
    assert set(readings["application_no"].value) == {"5"}, "the ink is there, so a value is"
    assert readings["applicant_name"].value == ""
    assert "ink_unread" in readings["applicant_name"].reasons


def test_a_broken_file_stops_nothing(reader: Reader, forms: dict[str, Form], tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"")
    (tmp_path / "b.pdf").write_text("this is no pdf")
    found = list(read_paths([tmp_path], forms, reader=reader))
    assert [r.file for r in found] == ["a.pdf", "b.pdf"]
    assert all(r.error is not None and r.error.ja for r in found)


def test_small_kana_are_recognised_by_size_and_neighbours() -> None:
    characters = ("ツ", "ッ", "カ", "ヤ")
    fused = np.array([[0.0, 0.0, 1.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]) + 1e-6
    assert split_by_size(fused, characters, [0.6, 0.58, 0.6])[1].argmax() == 0
    assert split_by_size(fused, characters, [0.6, 0.3, 0.6])[1].argmax() == 1
    assert pair_odds("キ", "ョ") == 1.0 > pair_odds("カ", "ョ")


def test_kana_boxes_filled_in_with_hiragana_are_read_as_katakana(
    reader: Reader, forms: dict[str, Form]
) -> None:
    form = forms["kyufukin_shinsei"]
    where = form.field("applicant_kana")
    with Image.open(form.pages[0].blank) as picture:
        sheet = picture.convert("RGB")
    scale = sheet.width / form.size_mm[0]
    pitch = where.box.width / 20 * scale
    font = ImageFont.truetype(str(next(Path("/usr/share/fonts").rglob("*Klee*.tt[fc]"))), int(pitch * 0.9))
    pen = ImageDraw.Draw(sheet)
    for i, char in enumerate("さとう　はなこ"):
        middle = (where.box.x * scale + (i + 0.5) * pitch, (where.box.y + where.box.height / 2) * scale)
        pen.text(middle, char, fill=(30, 30, 40), font=font, anchor="mm")
    pixels = np.array(sheet)[:, :, ::-1].copy()
    page = locate(PageImage("kana", 1, pixels, sheet.width / form.size_mm[0] * 25.4), Library([form]))
    readings = {r.field: r for r in reader.read([page])[0]}
    assert readings["applicant_kana"].value == "サトウ　ハナコ"


def test_fusion_lets_a_sure_reader_outvote_an_unsure_one() -> None:
    glyph = np.array([[0.9, 0.1]])
    line = np.array([[0.45, 0.55]])
    assert fuse("digits", glyph, line)[0].argmax() == 0
    row = Row(Alphabet(("1", "7")), fuse("digits", glyph, line), glyph, line, np.zeros(1), 0.0, (0,), 1)
    assert row.disagreements() == [0]
    assert alternatives(row)[0][0] == "1"


def test_text_keeps_name_variants_and_leaves_other_scripts_out(reader: Reader) -> None:
    classes = tuple(reader.lines.alphabet)
    kept = {classes[k] for k in text_classes(classes)[1:]}
    assert {"髙", "邊", "邉", "々", "ヶ"} <= kept
    assert not {"é", "🛁", "한"} & kept


def test_one_reader_serves_several_threads_alike(reader: Reader, forms: dict[str, Form], scans: Path) -> None:
    """The engines answer one at a time: asked together they have crashed."""
    [page, *_] = open_pages(scans / FILE)
    located = locate(page, Library(forms.values()))

    def read(_: int) -> list[tuple[str | None, float]]:
        return [(one.value, one.confidence) for one in reader.read([located])[0]]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, range(8)))
    assert any(value for value, _ in found[0])
    assert all(one == found[0] for one in found)
