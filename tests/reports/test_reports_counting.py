"""Figures count applications and fields, however many people were asked and however often: a small office by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reports import building
from reports.model import HandBaseline, Report
from store.base.model import (
    Answer,
    ItemMode,
    ItemPlan,
    NewReading,
    Outcome,
    Presentation,
    Submitted,
)
from store.database import Store
from store.entry import entries
from store.queue import review_queue
from tests.reports.report_samples import read_document

FORM = "kyufukin_shinsei"
DAY = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
CONFIRM = ItemPlan("name", 1)
BLIND = ItemPlan("name", 1, presentation=Presentation.BLIND)
DOUBLE = ItemPlan("name", 1, ItemMode.DOUBLE)
QUALITY = ItemPlan("name", 1, ItemMode.QUALITY, Presentation.BLIND)


class Office:
    """A store whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.at = DAY
        self.store = Store("", folder, clock=lambda: self.at)
        self.files = 0

    def application(
        self, plans: Sequence[ItemPlan], read: Mapping[str, str] | None = None, confidence: float = 0.9
    ) -> int:
        """One application, read and put to people; `name` is read as 髙橋 unless `read` says otherwise."""
        self.files += 1
        asked = {plan.field: "accept" if plan.mode is ItemMode.QUALITY else "verify" for plan in plans}
        values = {"no": str(self.files), "name": "髙橋", **(read or {})}
        rows = [
            NewReading(name, 1, text, confidence, asked.get(name, "accept")) for name, text in values.items()
        ]
        with self.store.write() as session:
            document = read_document(session, FORM, self.files, rows)
            review_queue.open_items(session, document, plans, actor="t")
            return document.id

    def say(
        self, document: int, user: str, value: str, outcome: Outcome = Outcome.CORRECTED, field: str = "name"
    ) -> Submitted:
        """A person takes 10 seconds over a field."""
        with self.store.write() as session:
            [item] = review_queue.claim_next(session, user, roles={"lead"}, document_id=document, field=field)
            answer = Answer(outcome, value, active_seconds=10.0)
            return review_queue.submit(session, item.id, item.claim_token or "", user, answer)

    def say_again(self, said: Submitted, user: str, value: str) -> Submitted:
        """The person takes the answer back and gives another one."""
        with self.store.write() as session:
            item = review_queue.reopen(session, said.item_id, user)
            answer = Answer(Outcome.CORRECTED, value, active_seconds=10.0)
            return review_queue.submit(session, item.id, item.claim_token or "", user, answer)

    def correct(self, document: int) -> None:
        """A settled application is opened again for its name."""
        with self.store.write() as session:
            review_queue.open_items(session, document, [CONFIRM], actor="ueno")

    def enter(self, document: int) -> None:
        with self.store.write() as session:
            entry = entries.plan(session, document, "old", "bot")
        with self.store.write() as session:
            entries.claim(session, "old", "bot")
        with self.store.write() as session:
            entries.submitting(session, entry.id, "bot")
        with self.store.write() as session:
            entries.confirm(session, entry.id, "bot", receipt="R1", read_back={}, seconds=2.0)

    def report(self) -> Report:
        settings = building.ReportSettings("若葉市", {FORM: HandBaseline(6.0, False, "assumed")})
        return building.build(self.store, building.month(date(2026, 7, 1)), settings)

    def name(self) -> dict[str, object]:
        """The report's row on how well names were read."""
        [row] = [row for row in self.report().accuracy.to_dict("records") if row["field"] == "name"]
        return row


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an office where nothing has happened."""
    folder = tmp_path_factory.mktemp("empty") / "state"
    store = Store("", folder)
    store.migrate()
    store.close()
    return folder


@pytest.fixture
def office(tmp_path: Path, empty: Path) -> Iterator[Office]:
    made = Office(shutil.copytree(empty, tmp_path / "state"))
    yield made
    made.store.close()


def judged(office: Office) -> tuple[object, ...]:
    row = office.name()
    return row["read"], row["judged"], row["right"]


@pytest.mark.parametrize(
    ("confidence", "middle"),
    [(0.96, 0.975), (0.95, 0.975), (0.949, 0.925), (1.0, 0.975), (0.0, 0.025), (0.5, 0.525)],
)
def test_a_reading_counts_under_the_confidence_that_was_stated(
    office: Office, confidence: float, middle: float
) -> None:
    office.say(office.application([BLIND], confidence=confidence), "sato", "髙橋")
    [row] = office.report().reliability.to_dict("records")
    assert row["stated"] == pytest.approx(middle)


def test_a_field_counts_once_however_many_people_keyed_it(office: Office) -> None:
    one = office.application([CONFIRM])
    office.say(one, "sato", "髙橋")
    two = office.application([DOUBLE])
    office.say(two, "sato", "髙橋")
    office.say(two, "mori", "髙橋")
    three = office.application([DOUBLE])
    office.say(three, "sato", "高橋")
    office.say(three, "mori", "髙橋")
    office.say(three, "abe", "髙橋")
    assert judged(office) == (3, 3, 3)


def test_what_was_settled_decides_whether_the_machine_was_right(office: Office) -> None:
    outvoted = office.application([DOUBLE])
    office.say(outvoted, "sato", "髙橋")
    office.say(outvoted, "mori", "高橋")
    office.say(outvoted, "abe", "高橋")
    lead = office.application([DOUBLE])
    for user, value in (("sato", "高橋"), ("mori", "髙橘"), ("abe", "高橘"), ("ueno", "髙橋")):
        office.say(lead, user, value)
    blind = office.application([BLIND])
    office.say(blind, "sato", "高橋")
    office.say(blind, "mori", "髙橋")
    assert judged(office) == (3, 3, 2)


def test_a_field_that_still_waits_for_somebody_is_not_judged_yet(office: Office) -> None:
    alone = office.application([DOUBLE])
    office.say(alone, "sato", "高橋")
    apart = office.application([DOUBLE])
    office.say(apart, "sato", "高橋")
    office.say(apart, "mori", "髙橋")
    assert judged(office) == (2, 0, 0)


def test_an_answer_given_again_replaces_the_first(office: Office) -> None:
    document = office.application([CONFIRM, ItemPlan("no", 1)])
    first = office.say(document, "sato", "高橋")
    assert judged(office) == (1, 1, 0)
    office.say_again(first, "sato", "髙橋")
    assert judged(office) == (1, 1, 1)


def test_a_later_correction_has_the_last_word_and_counts_no_second_time(office: Office) -> None:
    document = office.application([CONFIRM])
    office.say(document, "sato", "髙橋")
    office.correct(document)
    assert judged(office) == (1, 1, 1), "what was settled stands until the correction is"
    office.say(document, "mori", "高橋")
    assert judged(office) == (1, 1, 0)


def test_a_change_by_the_applicant_says_nothing_of_the_reading(office: Office) -> None:
    document = office.application([CONFIRM])
    office.say(document, "sato", "髙橋")
    office.correct(document)
    office.say(document, "mori", "鈴木", Outcome.CORRECTED_BY_APPLICANT)
    assert judged(office) == (1, 1, 1)


def test_a_sample_of_accepted_fields_stays_a_sample_when_more_people_were_asked(office: Office) -> None:
    document = office.application([QUALITY])
    office.say(document, "sato", "高橋")
    office.say(document, "mori", "髙橋")
    row = office.name()
    assert (row["quality_judged"], row["quality_wrong"]) == (1, 0), "the third person sided with the machine"
    assert row["judged"] == 0, "nobody had doubted it"


def test_the_reliability_counts_fields_too(office: Office) -> None:
    document = office.application([DOUBLE])
    office.say(document, "sato", "髙橋")
    office.say(document, "mori", "髙橋")
    assert office.report().reliability[["n", "right"]].to_numpy().tolist() == [[1, 1]]


def test_worst_fields_are_those_where_fields_were_wrong(office: Office) -> None:
    for number in range(5):
        document = office.application([DOUBLE])
        office.say(document, "sato", "高橋")
        office.say(document, "mori", "髙橋" if number else "高橋")
        if number:
            office.say(document, "abe", "髙橋")
    [row] = office.report().worst.to_dict("records")
    assert (row["judged"], row["wrong"]) == (5, 1)


def test_verified_fields_of_a_day_are_fields_and_minutes_are_everybodys(office: Office) -> None:
    document = office.application([DOUBLE, ItemPlan("no", 1)])
    office.say(document, "sato", "髙橋")
    second = office.say(document, "mori", "高橋")
    office.say_again(second, "mori", "髙橋")
    office.say(document, "sato", "1", field="no")
    office.enter(document)
    report = office.report()
    assert report.daily["verified_fields"].tolist() == [2]
    [verifying] = report.activities.loc[report.activities["activity"] == "verify", "minutes"]
    assert verifying * 60 == pytest.approx(40.0), "four answers of 10 seconds"


def test_a_planted_question_is_no_verified_field(office: Office) -> None:
    document = office.application([CONFIRM])
    planted = ItemPlan("no", 1, ItemMode.SEEDED, expected="1", wrong_value="7")
    with office.store.write() as session:
        review_queue.open_item(session, document, planted, actor="t")
    office.say(document, "sato", "7", field="no")
    office.say(document, "mori", "髙橋")
    report = office.report()
    assert report.daily["verified_fields"].tolist() == [1]
    assert report.vigilance[["planted", "noticed"]].to_numpy().tolist() == [[1, 0]]


def test_an_application_entered_again_after_a_correction_counts_once(office: Office) -> None:
    document = office.application([CONFIRM])
    office.say(document, "sato", "髙橋")
    office.at = DAY + timedelta(minutes=30)
    office.enter(document)
    office.correct(document)
    office.say(document, "mori", "高橋")
    office.at = DAY + timedelta(minutes=90)
    office.enter(document)
    other = office.application([CONFIRM])
    office.say(other, "sato", "髙橋")
    office.at = DAY + timedelta(minutes=100)
    office.enter(other)
    report = office.report()
    assert report.daily["entered"].tolist() == [2]
    [row] = report.waiting.to_dict("records")
    assert row["median_minutes"] == pytest.approx(20.0), "30 and 10 minutes from receipt to the first row"
    assert report.hours["applications"].tolist() == [2]
    assert report.states["documents"].tolist() == [2]


def test_pairs_are_pairs_and_agree_as_settling_does(office: Office) -> None:
    spaced = office.application([DOUBLE])
    office.say(spaced, "sato", "髙橋　花子")
    office.say(spaced, "mori", "髙橋花子")
    unread = office.application([DOUBLE])
    for user in ("sato", "mori"):
        office.say(unread, user, "", Outcome.ILLEGIBLE)
    again = office.application([DOUBLE])
    first = office.say(again, "sato", "高橋")
    office.say_again(first, "sato", "髙橋")
    office.say(again, "mori", "高橋")
    office.say(again, "abe", "髙橋")
    [row] = office.report().agreement.to_dict("records")
    assert (row["pairs"], row["agreed"]) == (2, 1), "two who could not read a field agreed on nothing"
