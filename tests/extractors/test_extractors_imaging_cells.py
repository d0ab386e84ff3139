"""Cells, free writing and marks keep the handwriting and remove the form, down to boxes of 3.5 mm."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from extractors.base.model import CellCut, RegisteredPage
from extractors.cutting import cells, option_marks
from extractors.cutting.cell_layout import find_layout
from extractors.cutting.frames import handwriting
from extractors.registration.identify import Library
from templates_forms.model import Box
from tests.extractors import drawing, faults


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return drawing.narrow_form(tmp_path_factory.mktemp("narrow"))


def digits(pen: drawing.Pen, words: str, x: float, y: float, pitch: float, size: int = 34) -> drawing.Pen:
    for index, word in enumerate(words):
        if word != " ":
            pen.text(word, x + pitch * index + 0.7, y, size)
    return pen


def kept_and_added(located: RegisteredPage, pen: drawing.Pen, box: Box) -> tuple[float, float]:
    """Share of the hand's ink that survives, and ink that is not the hand's against it."""
    hand = handwriting(located, box, 0.6)
    height, width = hand.mask.shape
    truth = pen.ink[hand.top : hand.top + height, hand.left : hand.left + width] > 100
    near = cv2.dilate(truth.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    found = cv2.dilate(hand.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return float(found[truth].mean()), float((hand.mask & ~near).sum()) / float(truth.sum())


PAGES = {
    "clean": lambda page: faults.place(page),
    "skewed": lambda page: faults.place(page, angle=2.5, scale=(0.97, 0.98)),
    "dark": lambda page: faults.dark(faults.place(page, angle=-1)),
    "fax": lambda page: faults.fax(faults.place(page, angle=1)),
    "faint": lambda page: faults.faint(faults.place(page, angle=1), 0.45),
    "coarse": lambda page: faults.place(page, angle=1, dpi=150),
    "fine": lambda page: faults.place(page, angle=1, dpi=300),
}


@pytest.mark.parametrize("name", PAGES)
def test_ink_that_crosses_its_frame_survives_and_the_frame_does_not(library: Library, name: str) -> None:
    pen = digits(digits(drawing.Pen(), "90817263", 40, 61.8, 3.5, 38), "4050607089", 40, 81.9, 3.5, 38)
    located = drawing.laid(library, PAGES[name](pen.on(library)))
    for field in ("solid", "dotted"):
        kept, added = kept_and_added(located, pen, located.form.field(field).box)
        # A digit's foot drawn along the frame's own line cannot be told from the frame.
        assert kept > 0.82
        assert added < 0.08
        cut = cells.cut(located, located.form.field(field))
        assert not any(cut.empty)
        assert len(cut.cells) == located.form.field(field).cell_count


def test_cells_hold_their_own_character_and_nothing_of_the_neighbours(library: Library) -> None:
    pen = digits(drawing.Pen(), "1 3 5 7 ", 40, 60.8, 3.5)
    located = drawing.laid(library, faults.place(pen.on(library), angle=1))
    cut = cells.cut(located, located.form.field("solid"))
    assert cut.empty == (False, True) * 4
    assert all(cell.shape[0] >= cells.CELL_HEIGHT_PX - 2 for cell in cut.cells)
    assert all(int(cell.min()) > 240 for cell, empty in zip(cut.cells, cut.empty, strict=True) if empty)
    assert all(int(cell.min()) < 120 for cell, empty in zip(cut.cells, cut.empty, strict=True) if not empty)
    assert cut.line.shape[0] == cells.LINE_HEIGHT_PX
    columns = (cut.line < 128).any(axis=0)
    middles = [(index + 0.5) * cut.cell_pitch_px for index in range(8)]
    inked = [bool(columns[round(m - 9) : round(m + 9)].any()) for m in middles]
    assert inked == [not empty for empty in cut.empty]
    assert cut.ink_outside == 0
    assert cut.struck_out == 0


def test_a_stroke_hanging_over_its_frame_stays_with_its_character(library: Library) -> None:
    pen = drawing.Pen().stroke((49.2, 61), (48.3, 64), (48.1, 66.6))
    located = drawing.laid(library, faults.place(pen.on(library)))
    cut = cells.cut(located, located.form.field("solid"))
    assert [index for index, empty in enumerate(cut.empty) if not empty] == [2]
    assert cut.cells[2].shape[0] > cut.cells[0].shape[0] * 1.15


def test_empty_boxes_are_empty_on_every_page(library: Library) -> None:
    for change in (PAGES["skewed"], PAGES["dark"], PAGES["faint"]):
        located = drawing.laid(library, change(drawing.Pen().on(library)))
        for field in ("solid", "dotted", "grouped"):
            assert all(cells.cut(located, located.form.field(field)).empty)
        assert cells.cut_free(located, located.form.field("free")).lines == ()


def test_groups_that_stand_apart_are_found_in_the_print(library: Library) -> None:
    field = library.forms["narrow"].field("grouped")
    layout = find_layout(library.sheets[0].picture, field.box, field.cells)
    lefts = [box.x for box in layout.boxes]
    assert lefts == pytest.approx([40, 45, 50, 60, 65, 70, 75], abs=0.25)
    assert layout.found == 1.0


def test_boxes_are_found_though_the_template_is_half_a_millimetre_off(library: Library) -> None:
    layout = find_layout(library.sheets[0].picture, Box(40.5, 60.4, 28, 5), (8,))
    assert [box.x for box in layout.boxes] == pytest.approx([40 + 3.5 * i for i in range(8)], abs=0.25)
    assert layout.boxes[0].y == pytest.approx(60, abs=0.25)


def test_ink_outside_every_box_is_noticed(library: Library) -> None:
    inside = digits(drawing.Pen(), "12345678", 40, 60.8, 3.5)
    located = drawing.laid(library, inside.on(library))
    assert cells.cut(located, located.form.field("solid")).ink_outside == 0
    beside = digits(drawing.Pen(), "123456789", 40, 60.8, 3.5)
    located = drawing.laid(library, beside.on(library))
    assert cells.cut(located, located.form.field("solid")).ink_outside > 0.02


def test_struck_out_writing_is_noticed(library: Library) -> None:
    pen = digits(drawing.Pen(), "12345678", 40, 60.8, 3.5).stroke((40.5, 62.4), (67, 62.7))
    pen.text("大和田　三郎", 45, 122, 44).stroke((44, 125), (75, 125.6)).stroke((44, 126.2), (75, 126.4))
    located = drawing.laid(library, pen.on(library))
    assert cells.cut(located, located.form.field("solid")).struck_out > 0.6
    assert cells.cut_free(located, located.form.field("free")).struck_out > 0.6
    plain = drawing.Pen().text("二宮　一三", 45, 122, 44)
    located = drawing.laid(library, plain.on(library))
    assert cells.cut_free(located, located.form.field("free")).struck_out == 0


def test_free_writing_comes_line_by_line(library: Library) -> None:
    pen = drawing.Pen().text("若葉市中央一丁目", 45, 120.6, 38).text("青葉荘二〇三号室", 45, 126.4, 38)
    located = drawing.laid(library, faults.place(pen.on(library), angle=-1.5))
    cut = cells.cut_free(located, located.form.field("free"))
    assert len(cut.lines) == 2
    assert all(line.shape[1] > 4 * line.shape[0] for line in cut.lines)
    assert cut.ink_outside == 0
    one = drawing.Pen().text("三上　二三子", 45, 122, 50)
    located = drawing.laid(library, one.on(library))
    assert len(cells.cut_free(located, located.form.field("free")).lines) == 1


def test_free_writing_that_runs_out_of_its_place_is_kept_and_noticed(library: Library) -> None:
    pen = drawing.Pen().text("長谷川", 121, 121, 64)
    located = drawing.laid(library, pen.on(library))
    cut = cells.cut_free(located, located.form.field("free"))
    assert cut.ink_outside > 0.05


def test_a_red_seal_over_text_fades_and_the_text_stays(library: Library) -> None:
    pen = drawing.Pen().text("山田", 45, 121, 60)
    page = pen.on(library)
    layer = np.zeros(page.shape[:2], np.uint8)
    cv2.circle(layer, drawing.mm(52, 125), 40, 255, 6, cv2.LINE_AA)
    seal = layer[..., None] / 255.0 * np.array([0.85, 0.8, 0.12])
    page = (page * (1 - seal)).astype(np.uint8)
    located = drawing.laid(library, page)
    box = located.form.field("free").box
    kept, added = kept_and_added(located, pen, box)
    assert kept > 0.9
    assert added < 0.15
    assert handwriting(located, box).seal.sum() > 400


def inks(library: Library, pen: drawing.Pen, field: str, change=faults.place) -> dict:
    located = drawing.laid(library, change(pen.on(library)))
    return {one.value: one for one in option_marks.measure_options(located, located.form.field(field))}


def test_a_ring_round_a_word_goes_most_of_the_way_round_it_alone(library: Library) -> None:
    for change in (PAGES["skewed"], PAGES["dark"], PAGES["fax"]):
        found = inks(library, drawing.Pen().ring(69, 148, 4.2, 3.4), "sex", change)
        assert found["f"].ring > 0.8
        assert found["m"].ring < 0.1
    untouched = inks(library, drawing.Pen(), "sex")
    assert all(one.ring == 0 and one.share == 0 for one in untouched.values())


def test_a_ring_that_was_struck_out_says_so(library: Library) -> None:
    both = drawing.Pen().ring(49, 148, 4, 3.2).ring(69, 148, 4, 3.2).stroke((43, 147.6), (55, 148.2))
    found = inks(library, both, "sex")
    assert found["m"].cancel > found["f"].cancel
    assert found["m"].cancel > 0.5


def test_ticks_and_fills_are_measured_inside_the_box(library: Library) -> None:
    tick = inks(library, drawing.Pen().stroke((45.8, 167), (46.6, 168.3), (49.6, 163.6)), "agree")["true"]
    fill = inks(library, drawing.Pen().stroke((45.6, 167), (48.5, 167), width=22), "agree")["true"]
    none = inks(library, drawing.Pen(), "agree")["true"]
    assert tick.share > 0.08
    assert fill.fill > 0.4 > tick.fill
    assert none.share == 0


def test_cutting_a_field_without_boxes_is_an_error(library: Library, tmp_path: Path) -> None:
    located = drawing.laid(library, drawing.Pen().on(library))
    with pytest.raises(ValueError, match="no printed boxes"):
        cells.cut(located, located.form.field("free"))


@pytest.fixture(scope="module")
def nursery() -> Library:
    return Library([drawing.sample_library().forms["hoiku_moshikomi"]])


@pytest.mark.parametrize("beyond_mm", [-0.2, 0.0, 0.7])
@pytest.mark.parametrize("next_one", ["", "ュ", "ソ"])
def test_a_dakuten_on_or_beyond_the_edge_stays_with_its_character(
    nursery: Library, beyond_mm: float, next_one: str
) -> None:
    """And the next box keeps what is its own, the dot of a ソ included."""
    where = nursery.forms["hoiku_moshikomi"].field("guardian_kana")
    pitch = where.box.width / where.cell_count
    edge, top = where.box.x + 3 * pitch, where.box.y + 1.2

    def cut(dakuten: bool) -> CellCut:
        pen = drawing.Pen().text("タ", edge - 3.5, top + 0.3, 25)
        if dakuten:
            pen.stroke((edge + beyond_mm, top), (edge + beyond_mm + 0.1, top + 0.15), width=6)
        if next_one:
            pen.text(next_one, edge + 1.4, top + (1.8 if next_one == "ュ" else 0.8), 22)
        located = drawing.laid(nursery, faults.place(pen.on(nursery), angle=0.5))
        return cells.cut(located, where)

    plain, voiced = cut(dakuten=False), cut(dakuten=True)
    assert voiced.ink[2] > plain.ink[2] * 1.1
    assert voiced.empty[3] == plain.empty[3] == (not next_one)
    assert voiced.ink[3] == pytest.approx(plain.ink[3], rel=0.1, abs=0.001)
