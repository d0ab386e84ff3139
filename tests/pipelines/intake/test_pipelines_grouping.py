"""Pages of a stack become applications."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.intake.grouping import group
from store.base.model import COLLATION, MISSING_PAGE

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
    assert shape("two:2", "one:1", "one:1") == [("two", 1, MISSING_PAGE), ("one", 1, None), ("one", 1, None)]


def test_an_application_cut_short_goes_to_a_person():
    assert shape("two:1", "one:1") == [("two", 1, MISSING_PAGE), ("one", 1, None)]


def test_an_unknown_sheet_in_between_is_never_swallowed():
    assert shape("two:1", "?", "two:2") == [
        ("two", 1, MISSING_PAGE),
        (None, 1, None),
        ("two", 1, MISSING_PAGE),
    ]


def test_a_page_of_one_sheet_is_given_out_before_the_next_page_is_looked_at():
    for words, left in (
        (("one:1", "two:1"), 1),
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
        ("three", 3, COLLATION),
        ("three", 1, MISSING_PAGE),
    ]


def test_a_page_without_a_number_ends_what_came_before():
    pages = [Sheet("three", 1), Sheet("three", None), Sheet("three", 2)]
    assert [(g.pages, g.problem) for g in group(pages, COUNTS)] == [((page,), MISSING_PAGE) for page in pages]


def owners(stack: list[str]) -> list[tuple[str, str | None]]:
    """For sheets like A1 of the form of two or three pages: whose pages each group holds, and its problem."""
    pages = [OwnedSheet("two" if word[0].isupper() else "three", int(word[1:]), word[0]) for word in stack]
    return [("".join(p.owner for p in g.pages), g.problem) for g in group(pages, COUNTS)]


@dataclass(frozen=True)
class OwnedSheet:
    form_id: str | None
    page_no: int | None
    owner: str


def test_fronts_and_backs_fed_one_after_the_other_mix_nobody_unseen():
    assert owners(["A1", "B1", "A2", "B2"]) == [("A", MISSING_PAGE), ("BA", COLLATION), ("B", MISSING_PAGE)]
    # Also with another form's sheets in between, with a back that was lost, and with a front that was.
    for stack in (
        ["A1", "a1", "B1", "A2", "b1", "B2"],
        ["A1", "B1", "A2"],
        ["B1", "A2", "B2"],
        ["A1", "b1", "B1", "A2"],
    ):
        assert ("BA", COLLATION) in owners(stack) and ("BA", None) not in owners(stack), stack


def test_a_regular_stack_needs_nobody_and_a_lost_sheet_only_those_beside_it():
    regular = [f"{owner}{page}" for owner in "ABCDEF" for page in (1, 2)]
    assert owners(regular) == [(owner * 2, None) for owner in "ABCDEF"]
    regular.remove("C2")
    assert owners(regular) == [
        ("AA", None), ("BB", COLLATION), ("C", MISSING_PAGE), ("DD", COLLATION), ("EE", None), ("FF", None),
    ]  # fmt: skip


@given(st.integers(2, 9), st.sampled_from([2, 3]), st.booleans(), st.data())
def test_no_one_sided_stack_and_no_lost_sheet_joins_two_people_unseen(count, pages, turned, data):
    names = ["ABCDEFGHI"[n] if pages == 2 else "abcdefghi"[n] for n in range(count)]
    stack = [
        f"{name}{page}"
        for page in range(1, pages + 1)
        for name in (reversed(names) if turned and page == 2 else names)
    ]
    if data.draw(st.booleans()):
        stack.pop(data.draw(st.integers(0, len(stack) - 1)))
    for whose, problem in owners(stack):
        assert problem is not None or len(set(whose)) == 1


@given(st.lists(st.sampled_from(["?", "one:1", "two:1", "two:2", "three:1", "three:2", "three:3"])))
def test_no_page_is_lost_or_doubled_and_order_stays(words):
    pages = sheets(*words)
    groups = list(group(pages, COUNTS))
    assert [page for g in groups for page in g.pages] == pages
    for g in groups:
        assert len({page.form_id for page in g.pages}) == 1
        if g.form_id and not g.problem:
            assert [page.page_no for page in g.pages] == list(range(1, COUNTS[g.form_id] + 1))
