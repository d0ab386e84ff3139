"""The corrections of a draft by comparison with the hand-made form, and how a newcomer makes them on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Page

from benchmarks.rigs.designs.truth import Truth, iou, truth_of
from benchmarks.rigs.newcomer_person import Person
from templates_forms.model import Box, Field, Form

SAME, NEAR = 0.85, 0.3
_OFF_MM = 0.7


@dataclass(frozen=True)
class Wanted:
    """A field as it should be, where it lies on the newcomer's own blank."""

    field: Field
    place: Truth


def partner(wanted: Truth, found: Sequence[Truth]) -> Truth | None:
    """The field that shares most with the wanted one."""
    near = [one for one in found if one.page == wanted.page]
    best = max(near, key=lambda one: iou(one.box, wanted.box), default=None)
    return best if best is not None and iou(best.box, wanted.box) >= NEAR else None


def mend(person: Person, page: Page, wanted: Sequence[Wanted], draft: Form) -> None:
    """Corrects the draft field by field."""
    drawn = {field.name: field for field in draft.fields()}
    found = [truth_of(field) for field in drawn.values()]
    kept: set[str] = set()
    for one in wanted:
        near = partner(one.place, [other for other in found if other.name not in kept])
        if near is None:
            _add(person, page, one)
            continue
        kept.add(near.name)
        _put_right(person, page, one, drawn[near.name])
    for name in drawn.keys() - kept:
        _turn(person, page, drawn[name].page)
        person.decide(f"{name}: 削除")
        person.click(_place(page, name))
        person.press("Delete")
    _key(person, page, wanted)


def _put_right(person: Person, page: Page, one: Wanted, field: Field) -> None:
    true, name = one.field, field.name
    faults = _faults(one, field)
    if not faults:
        return
    _turn(person, page, field.page)
    person.decide(f"{name}: {'、'.join(faults)}")
    person.click(_place(page, name))
    if "位置" in faults:
        _resize(person, page, one.place.box, truth_of(field).box)
    if "種類" in faults:
        person.choose(page.locator("#field-type"), true.type.value)
    if "文字枠" in faults:
        person.fill(page.locator("#field-cells"), "-".join(map(str, true.cells or ())))
    if "必須" in faults:
        person.click(page.locator("#field-panel .ticks label").first)
    if "名前" in faults:
        person.fill(page.locator("#field-name"), true.name)
        person.fill(page.locator("#field-label"), true.label)
    if "内容" in faults:
        person.click(page.locator("#field-panel details summary"))
        person.choose(page.get_by_label("書かれる内容"), true.content or "")


def _faults(one: Wanted, field: Field) -> list[str]:
    true, box = one.field, truth_of(field).box
    found = ["位置"] * (
        field.box == box and iou(box, one.place.box) < SAME and not field.options and not field.year
    )
    found += ["種類"] * (field.type is not true.type)
    found += ["文字枠"] * (field.cells != true.cells and not field.options and not field.year)
    found += ["必須"] * (field.required != true.required)
    found += ["名前"] * field.name.startswith("field_")
    found += ["内容"] * (
        field.type is true.type and field.content != true.content and true.content is not None
    )
    return found


def _add(person: Person, page: Page, one: Wanted) -> None:
    """A field that was not found: drawn over the print, then named."""
    _turn(person, page, one.place.page)
    person.decide(f"{one.field.name}: 追加")
    box = one.place.box
    start, end = (_screen(page, x, y) for x, y in ((box.x, box.y), (box.right, box.bottom)))
    person.press("Escape")
    person.press("n")
    person.drag(start, end)
    person.fill(page.locator("#field-label"), one.field.label)
    person.fill(page.locator("#field-name"), one.field.name)
    person.choose(page.locator("#field-type"), one.field.type.value)
    if one.field.cells:
        person.fill(page.locator("#field-cells"), "-".join(map(str, one.field.cells)))


def _key(person: Person, page: Page, wanted: Sequence[Wanted]) -> None:
    """Sets the record key: no print names it, so a person has to."""
    person.decide("申請を見分ける項目")
    person.click(page.locator("#tab-form"))
    keys = page.get_by_label("申請を見分ける項目の名前")
    if any(one.field.name == "application_no" for one in wanted) and keys.input_value() != "application_no":
        person.fill(keys, "application_no")
    person.click(page.locator("#tab-fields"))


def _resize(person: Person, page: Page, want: Box, have: Box) -> None:
    """Edge by edge onto the printed lines, by the handles."""
    middle = (have.x + have.width / 2, have.y + have.height / 2)
    for edge, at, to, upright in (
        ("left", have.x, want.x, True),
        ("right", have.right, want.right, True),
        ("top", have.y, want.y, False),
        ("bottom", have.bottom, want.bottom, False),
    ):
        if abs(at - to) < _OFF_MM:
            continue
        goal = _screen(page, *((to, middle[1]) if upright else (middle[0], to)))
        box = page.locator(f"#sheet .handle-{edge}").bounding_box()
        assert box, "the field is not chosen any more"
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        person.drag(start, (goal[0], start[1]) if upright else (start[0], goal[1]))


def _turn(person: Person, page: Page, number: int) -> None:
    if page.locator("#page").is_visible() and page.locator("#page").input_value() != str(number):
        person.choose(page.locator("#page"), str(number))


def _place(page: Page, name: str) -> Any:
    place = page.locator(f"#sheet [data-name='{name}'] .place").first
    place.evaluate("place => place.scrollIntoView({block: 'nearest'})")
    return place


def _screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """The screen position of a point of the sheet; scrolls to it when needed."""
    return tuple(  # type: ignore[return-value]
        page.evaluate(
            """([x, y]) => { const sheet = document.getElementById("sheet"), desk = document.getElementById("desk");
            const at = () => new DOMPoint(x, y).matrixTransform(sheet.getScreenCTM());
            const view = desk.getBoundingClientRect();
            const hidden = at().y < view.top + 60 || at().y > view.bottom - 60;
            if (hidden) desk.scrollTop += at().y - (view.top + view.height / 2);
            return [at().x, at().y]; }""",
            [x, y],
        )
    )


def moved_form(form: Form, places: dict[str, Truth]) -> list[Wanted]:
    """The hand-made form's fields where they lie on the newcomer's blank."""
    return [Wanted(field, replace(places[field.name], name=field.name)) for field in form.fields()]
