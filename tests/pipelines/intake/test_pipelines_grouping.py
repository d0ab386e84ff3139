"""Pages of a stack become applications."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.intake.grouping import group
from store.base.model import MISSING_PAGE

COUNTS = {"one": 1, "two": 2, "three": 3}


@dataclass(frozen=True)
class Sheet:
    form_id: str | None
    page_no: int | None


def sheets(*words: str) -> list[Sheet]:
    return [Sheet(None, None) if w == "?" else Sheet(w.split(":")[0], int(w.split(":")[1])) for w in words]


def shape(*words: str) -> list[tuple[str | None, int, str | None]]:
    return [(g.form_id, len(g.pages), g.problem) for g in group(sheets(*words), COUNTS)]


def test_every_single_page_form_is_a_document_of_its_own():
    assert shape("one:1", "one:1", "one:1") == [("one", 1, None)] * 3


def test_two_page_forms_are_joined_in_order():
    assert shape("two:1", "two:2", "two:1", "two:2") == [("two", 2, None)] * 2


def test_a_second_page_without_its_first_goes_to_a_person():
    assert shape("two:2", "two:1", "two:2") == [("two", 1, MISSING_PAGE), ("two", 2, None)]


def test_an_application_cut_short_goes_to_a_person():
    assert shape("two:1", "one:1") == [("two", 1, MISSING_PAGE), ("one", 1, None)]


def test_an_unknown_sheet_in_between_is_never_swallowed():
    assert shape("two:1", "?", "two:2") == [
        ("two", 1, MISSING_PAGE),
        (None, 1, None),
        ("two", 1, MISSING_PAGE),
    ]


def test_a_whole_application_is_given_out_before_the_next_page_is_looked_at():
    for words, left in (
        (("one:1", "two:1"), 1),
        (("two:1", "two:2", "one:1"), 1),
        (("?", "one:1", "one:1"), 2),
    ):
        stack = iter(sheets(*words))
        assert next(group(stack, COUNTS)).problem is None
        assert len(list(stack)) == left


def test_pages_of_one_form_out_of_order_are_never_joined():
    assert shape("three:1", "three:3") == [("three", 1, MISSING_PAGE)] * 2
    assert shape("three:1", "three:1") == [("three", 1, MISSING_PAGE)] * 2
    assert shape("three:2", "three:3") == [("three", 2, MISSING_PAGE)]
    assert shape("three:1", "three:2", "three:3", "three:1") == [
        ("three", 3, None),
        ("three", 1, MISSING_PAGE),
    ]


def test_a_page_without_a_number_ends_what_came_before():
    pages = [Sheet("three", 1), Sheet("three", None), Sheet("three", 2)]
    assert [(g.pages, g.problem) for g in group(pages, COUNTS)] == [((page,), MISSING_PAGE) for page in pages]


@given(st.lists(st.sampled_from(["?", "one:1", "two:1", "two:2", "three:1", "three:2", "three:3"])))
def test_no_page_is_lost_or_doubled_and_order_stays(words):
    pages = sheets(*words)
    groups = list(group(pages, COUNTS))
    assert [page for g in groups for page in g.pages] == pages
    for g in groups:
        assert len({page.form_id for page in g.pages}) == 1
        if g.form_id and not g.problem:
            assert [page.page_no for page in g.pages] == list(range(1, COUNTS[g.form_id] + 1))
