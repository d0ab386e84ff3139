"""Pages are found under every scan fault, at the right place, and never as the wrong form."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from extractors.base.errors import BlankPage, Unidentified, Unregistered
from extractors.base.model import SHEET_DPI, PageImage, RegisteredPage
from extractors.reader.overlay import draw
from extractors.registration.blank_sheet import BlankSheet, prepare, resize_by
from extractors.registration.identify import QUICK, USUAL, Library, PageView
from extractors.registration.register import is_mirrored, locate, locate_by_corners
from extractors.registration.wording import word_tiles
from templates_forms.loader import load_form
from tests.extractors import drawing, faults

Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def library() -> Library:
    return drawing.sample_library()


def sheet(library: Library, form_id: str, page: int = 1) -> np.ndarray:
    return cv2.cvtColor(library.sheet(form_id, page).picture, cv2.COLOR_GRAY2BGR)


def offset_mm(library: Library, located: RegisteredPage) -> float:
    """Distance of the page's printed words from the blank's, mm: 97 of 100 places lie nearer."""
    away = []
    for x, y in word_tiles(library.sheet(located.form.id, located.page_no))[::5]:
        tile = located.blank[y : y + 40, x : x + 40]
        around = located.clean[y - 8 : y + 48, x - 8 : x + 48]
        _, best, _, place = cv2.minMaxLoc(cv2.matchTemplate(around, tile, cv2.TM_CCOEFF_NORMED))
        if best > 0.75:
            away.append(float(np.hypot(place[0] - 8, place[1] - 8)) * 25.4 / SHEET_DPI)
    assert len(away) > 20
    return float(np.quantile(away, 0.97))


FAULTS: dict[str, Change] = {
    "faint": lambda page: faults.faint(page),
    "dark": lambda page: faults.dark(page),
    "fax": lambda page: faults.fax(page),
    "coloured": lambda page: faults.coloured(page),
    "folded": lambda page: faults.folded_corner(page),
    "punched": lambda page: faults.punched(page),
    "jpeg": lambda page: faults.jpeg(page),
    "wavy": lambda page: faults.wavy(page),
    "dusty": lambda page: faults.dusty(page),
    "show_through": lambda page: faults.show_through(page, page),
}


@pytest.mark.parametrize("name", FAULTS)
def test_pages_are_found_and_laid_exactly_under_every_fault(library: Library, name: str) -> None:
    number = list(FAULTS).index(name)
    blank = library.sheets[number % len(library.sheets)]
    random = np.random.default_rng(number)
    page = faults.place(
        cv2.cvtColor(blank.picture, cv2.COLOR_GRAY2BGR),
        angle=float(random.uniform(-6, 6)),
        scale=(float(random.uniform(0.95, 1.05)),) * 2,
        shift_mm=(float(random.uniform(-5, 5)), float(random.uniform(-5, 5))),
        dpi=[200, 300, 150][number % 3],
    )
    turns = number % 4
    picture = np.ascontiguousarray(np.rot90(FAULTS[name](page), -turns))
    located = drawing.laid(library, picture, dpi=None)
    assert (located.form.id, located.page_no) == (blank.form.id, blank.page_no)
    assert located.rotation == 90 * turns
    assert located.residual_mm < 0.1
    assert located.score > 0.9
    assert offset_mm(library, located) <= 0.13
    assert located.sheet.shape == located.blank.shape == located.sheet_color.shape[:2]


def test_fit_takes_millimetres_to_the_true_pixels(library: Library) -> None:
    page = faults.place(sheet(library, "kyufukin_shinsei"), angle=3, shift_mm=(4, -2))
    located = drawing.laid(library, page)
    mm_points = np.array([[[30.0, 40.0]], [[180.0, 40.0]], [[100.0, 250.0]]])
    px = drawing.PX
    turn = np.radians(3)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([1654, 2339]) / 2
    expected = (mm_points[:, 0] * px - middle) @ rotate.T + middle + np.array([4, -2]) * px
    found = cv2.perspectiveTransform(mm_points, located.mm_to_px)[:, 0]
    assert np.abs(found - expected).max() < 0.2 * px


def test_handwriting_does_not_pull_the_fit(library: Library) -> None:
    page = sheet(library, "kyufukin_shinsei")
    random = np.random.default_rng(3)
    for _ in range(90):
        points = np.cumsum(random.normal(0, 22, (9, 2)), axis=0) + random.uniform((300, 400), (1400, 2000))
        cv2.polylines(page, [points.astype(np.int32)], False, (40, 30, 30), 5, cv2.LINE_AA)
    located = drawing.laid(library, faults.place(page, angle=-2))
    assert located.form.id == "kyufukin_shinsei"
    assert offset_mm(library, located) <= 0.13


def test_foreign_papers_are_never_taken_for_a_form(library: Library) -> None:
    random = np.random.default_rng(5)
    table = np.full((2339, 1654, 3), 255, np.uint8)
    for y in range(200, 2200, 60):
        cv2.line(table, (150, y), (1500, y), (0, 0, 0), 2)
    for x in range(150, 1501, 135):
        cv2.line(table, (x, 200), (x, 2180), (0, 0, 0), 2)
    photo = cv2.GaussianBlur(random.integers(0, 255, (2339, 1654, 3)).astype(np.uint8), (0, 0), 25)
    photo = cv2.normalize(photo, None, 0, 255, cv2.NORM_MINMAX)
    for picture in (table, photo):
        with pytest.raises(Unidentified):
            drawing.laid(library, picture)
    others = Library(form for form in library.forms.values() if form.id != "jido_teate_nintei")
    with pytest.raises(Unidentified):
        drawing.laid(others, faults.place(sheet(library, "jido_teate_nintei"), angle=1))


def edition(library: Library, tmp_path, change: Change, form_id: str = "kyufukin_shinsei"):
    """Another edition of a form, drawn by changing the picture of the first."""
    form = library.forms[form_id]
    folder = tmp_path / "kyufukin_2027"
    folder.mkdir()
    text = (form.folder / "form.yaml").read_text(encoding="utf-8")
    (folder / "form.yaml").write_text(text.replace(f"id: {form_id}", "id: kyufukin_2027"), encoding="utf-8")
    picture = change(library.sheet(form.id, 1).picture.copy())
    cv2.imwrite(str(folder / "page1.png"), picture)
    return load_form(folder)


def two_rows_changed(picture: np.ndarray) -> np.ndarray:
    rows = picture[1268:1315].copy()
    picture[1268:1315] = picture[1347:1394]
    picture[1347:1394] = rows
    return picture


def lower_half_moved(picture: np.ndarray) -> np.ndarray:
    picture[1232:] = picture[1220:-12].copy()
    return picture


@pytest.mark.parametrize("change", [two_rows_changed, lower_half_moved])
def test_near_identical_editions_are_distinguished(library: Library, tmp_path, change: Change) -> None:
    other = edition(library, tmp_path, change)
    both = Library([*library.forms.values(), other])
    for form_id in ("kyufukin_shinsei", "kyufukin_2027"):
        page = faults.jpeg(faults.place(sheet(both, form_id), angle=1.5, scale=(0.99, 1.0)), 40)
        assert drawing.laid(both, page).form.id == form_id
    page = faults.place(sheet(both, "kyufukin_2027"), angle=-1)
    with pytest.raises(Unidentified) as caught:
        drawing.laid(library, page)
    assert caught.value.suggestions[0][0] == "kyufukin_shinsei"


@pytest.mark.parametrize("number", range(4))
def test_a_fax_whose_small_print_is_lost_is_found_and_called_weak(library: Library, number: int) -> None:
    blank = library.sheets[number]
    straight = faults.place(cv2.cvtColor(blank.picture, cv2.COLOR_GRAY2BGR), angle=1, shift_mm=(2, -1))
    page = np.ascontiguousarray(np.rot90(faults.worn_fax(straight, 0.68, number), -number))
    located = drawing.laid(library, page)
    assert (located.form.id, located.page_no) == (blank.form.id, blank.page_no)
    assert located.rotation == 90 * number
    assert located.weak
    assert located.residual_mm < 0.1


def two_sentences_changed(picture: np.ndarray) -> np.ndarray:
    line = picture[1800:1836].copy()
    picture[1800:1836] = picture[1880:1916]
    picture[1880:1916] = line
    return picture


@pytest.mark.parametrize(
    ("form_id", "change"),
    [
        ("jido_teate_nintei", two_sentences_changed),
        ("kyufukin_shinsei", two_rows_changed),
        ("kyufukin_shinsei", lower_half_moved),
    ],
)
def test_another_edition_is_refused_though_its_print_is_worn(
    library: Library, tmp_path, form_id: str, change: Change
) -> None:
    other = Library([edition(library, tmp_path, change, form_id)])
    page = faults.place(sheet(library, form_id), angle=-1)
    for toner in (0.6, 0.72, 0.8):
        with pytest.raises((Unidentified, Unregistered)):
            drawing.laid(other, faults.worn_fax(page, toner))


def rows_moved_up(picture: np.ndarray) -> np.ndarray:
    picture[1268:1400] = picture[1300:1432].copy()
    return picture


@pytest.mark.parametrize("change", [two_rows_changed, rows_moved_up])
@pytest.mark.parametrize("toner", [None, 0.72, 0.8])
def test_boxes_that_moved_are_another_edition_though_no_word_says_so(
    library: Library, tmp_path, change: Change, toner: float | None
) -> None:
    """Only print beside fields has moved: words are not compared there."""
    form_id = "jido_teate_nintei"
    one, other = Library([library.forms[form_id]]), Library([edition(library, tmp_path, change, form_id)])
    for page, installed in ((sheet(one, form_id), other), (sheet(other, "kyufukin_2027"), one)):
        scan = faults.place(page, angle=-1)
        with pytest.raises((Unidentified, Unregistered)):
            drawing.laid(installed, faults.worn_fax(scan, toner) if toner else scan)


def test_the_same_form_installed_twice_is_left_to_a_person(library: Library, tmp_path) -> None:
    twin = edition(library, tmp_path, lambda picture: picture)
    both = Library([*library.forms.values(), twin])
    with pytest.raises(Unidentified) as caught:
        drawing.laid(both, sheet(library, "kyufukin_shinsei"))
    assert {"kyufukin_shinsei", "kyufukin_2027"} <= {form for form, _, _ in caught.value.suggestions}


def test_blank_backs_are_blank_even_when_the_front_shows_through(library: Library) -> None:
    paper = np.full((2339, 1654, 3), 244, np.uint8)
    back = faults.show_through(paper, sheet(library, "hoiku_moshikomi"))
    for picture in (
        np.full((2339, 1654, 3), 255, np.uint8),
        faults.dusty(paper),
        back,
        faults.punched(paper),
    ):
        with pytest.raises(BlankPage):
            drawing.laid(library, picture)


def test_a_black_page_is_no_blank_page(library: Library) -> None:
    with pytest.raises(Unidentified) as caught:
        drawing.laid(library, np.zeros((2339, 1654, 3), np.uint8))
    assert caught.value.code == "all_black"


def test_a_form_named_by_a_person_is_only_tried_as_that_form(library: Library) -> None:
    page = PageImage("x", 1, sheet(library, "jido_teate_nintei"))
    assert locate(page, library, "jido_teate_nintei").form.id == "jido_teate_nintei"
    with pytest.raises((Unidentified, Unregistered)):
        locate(page, library, "kyufukin_shinsei")


def test_corners_given_by_a_person_are_pulled_right_by_the_print(library: Library) -> None:
    form = library.forms["kyufukin_shinsei"]
    page = PageImage("x", 1, np.ascontiguousarray(np.rot90(sheet(library, form.id), 2)))
    clicked = np.array([[1648, 2330], [8, 2332], [5, 6], [1650, 4]], np.float64)
    located = locate_by_corners(page, form, 1, clicked, library)
    assert located.rotation == 180
    assert not located.weak
    assert offset_mm(library, located) <= 0.13


def test_corners_hold_even_without_any_print(library: Library) -> None:
    form = library.forms["kyufukin_shinsei"]
    page = PageImage("x", 1, np.full((2339, 1654, 3), 255, np.uint8))
    corners = np.array([[0, 0], [1653, 0], [1653, 2338], [0, 2338]], np.float64)
    assert locate_by_corners(page, form, 1, corners).weak
    with pytest.raises(Unregistered):
        locate_by_corners(page, form, 1, corners[::-1])


def test_overlay_shows_the_fields(library: Library) -> None:
    located = drawing.laid(library, sheet(library, "kyufukin_shinsei"))
    changed = (draw(located) != located.sheet_color).any(axis=2)
    box = located.form.field("amount").box
    y, x = round(box.y * drawing.PX), round((box.x + box.width / 2) * drawing.PX)
    assert changed[y - 2 : y + 3, x].any()
    assert not changed[1700:1800, 40:100].any()


def test_blank_pictures_of_any_resolution_give_the_same_sheet(library: Library, tmp_path) -> None:
    form = library.forms["jido_teate_nintei"]
    (tmp_path / "page1.png").unlink(missing_ok=True)
    big = cv2.resize(library.sheet(form.id, 1).picture, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "page1.png"), big)
    (tmp_path / "form.yaml").write_text(
        (form.folder / "form.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert prepare(load_form(tmp_path), 1).picture.shape == library.sheet(form.id, 1).picture.shape


@pytest.mark.parametrize("factor", [0.35, 0.5, 0.65, 0.9])
def test_no_thin_line_is_lost_when_a_page_is_made_smaller(factor: float) -> None:
    page = np.full((601, 803), 255, np.uint8)
    page[5::23] = 0  # one pixel thin, at every place between the points of the smaller picture
    small = resize_by(page, factor)
    assert np.abs(np.array(small.shape) - np.array(page.shape) * factor).max() <= 1
    middles = (np.arange(5, 601, 23) + 0.5) * factor - 0.5
    seen = [255 - small[max(0, int(y) - 1) : int(y) + 3, 10:-10].min(axis=0) for y in middles]
    # An average would show such a line as this share of its darkness, or split between two rows as half of that.
    assert min(float(line.mean()) for line in seen) > 0.4 * factor * 255


def test_a_page_that_a_quick_look_does_not_know_is_looked_at_more_closely(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def short_sighted(self: Library, view: PageView, form_id: str | None) -> list[BlankSheet]:
        seen.append(view.settings.dpi)
        return [] if view.settings is QUICK else usual(self, view, form_id)

    usual = Library.short_list
    monkeypatch.setattr(Library, "short_list", short_sighted)
    page = faults.dusty(sheet(library, "kyufukin_shinsei"))
    assert drawing.laid(library, page).form.id == "kyufukin_shinsei"
    assert seen == [QUICK.dpi, USUAL.dpi]


PAGES = [("kyufukin_shinsei", 1), ("jido_teate_nintei", 1), ("hoiku_moshikomi", 1), ("hoiku_moshikomi", 2)]


@pytest.mark.parametrize(("form_id", "number"), PAGES)
def test_a_negative_is_placed_as_its_positive(library: Library, form_id: str, number: int) -> None:
    page = faults.dusty(sheet(library, form_id, number))
    for turned in (page, np.ascontiguousarray(np.rot90(page, 2))):
        found = locate(PageImage("n.tif", 1, 255 - turned, 200.0), library)
        assert (found.form.id, found.page_no) == (form_id, number)
        assert offset_mm(library, found) < 0.4
        assert np.median(found.sheet_color) > 200, "what people see is dark on light"


@pytest.mark.parametrize(("form_id", "number"), PAGES)
def test_a_page_in_a_mirror_is_recognised_and_never_placed(
    library: Library, form_id: str, number: int
) -> None:
    page = sheet(library, form_id, number)
    for flipped in (page[:, ::-1], page[::-1]):
        seen = PageImage("m.png", 1, np.ascontiguousarray(flipped), 200.0)
        with pytest.raises(Unidentified):
            locate(seen, library)
        assert is_mirrored(seen, library)
    assert not is_mirrored(PageImage("m.png", 1, page, 200.0), library)


def test_what_is_no_form_is_neither_a_negative_nor_a_mirror_of_one(library: Library) -> None:
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.integers(0, 60, (2339, 1654, 3), np.uint8), (9, 9), 3)
    cv2.putText(noise, "DARK", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 8, (230, 230, 230), 30)
    page = PageImage("x.png", 1, noise, 200.0)
    with pytest.raises(Unidentified):
        locate(page, library)
    assert not is_mirrored(page, library)
