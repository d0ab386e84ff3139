"""The set of scans in the repository: which applications, in which files, with which faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from samples.scanning.batches import FilePlan
from samples.scanning.document import Order
from samples.scanning.faults import CREAM, PINK
from samples.writing.slips import Slip

TWIN_NUMBER = "26000777"
"""Two applications of different people have this number; a person has to decide."""

KYUFUKIN, JIDO, HOIKU = "kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi"
BASE_SEED = 20_260_000


def _orders(
    form: str,
    first: int,
    count: int,
    special: Mapping[int, Mapping[str, Any]] | None = None,
    quality: tuple[int, int] = (30, 46),
) -> tuple[Order, ...]:
    """Return ``count`` consecutive applications; two in five come from a good office scanner.

    ``special`` changes some of them: attributes of ``Order``, or ``person``, the number of a person with a required
    name or answer (髙橋, 山﨑, 渡邊, an allergy).
    """
    orders = []
    for number in range(count):
        more = dict((special or {}).get(number, {}))
        seed = BASE_SEED + more.pop("person", first + number)
        low, high = quality
        # Spread by the seed and not at random: a new file in the set must not change the others.
        quiet = {"quality": low + seed * 7 % (high - low), "noise": 0.8 + seed % 4 * 0.6}
        faults = {**quiet, **more.pop("faults", {})}
        level = more.pop("level", "light" if number % 5 in (0, 3) else "all")
        orders.append(Order(form, seed, level, faults=faults, **more))
    return tuple(orders)


def plans() -> list[FilePlan]:
    """Return all files of the set: 36 給付金, 14 児童手当, 10 保育."""
    return [*_kyufukin(), *_jido(), *_hoiku()]


def _kyufukin() -> list[FilePlan]:
    struck = (Slip("phone", "struck_out"), Slip("applicant_kana", "touching"))
    gray = _orders(
        KYUFUKIN,
        0,
        10,
        {
            1: {"application_no": TWIN_NUMBER},
            2: {"faults": {"holes": True, "skew": 1.9}},
            3: {"person": 5111},
            4: {"blank_back": True, "faults": {"show_through": 0.14}},
            5: {"person": 5555},
            6: {"slips": struck},
            7: {"faults": {"fold": 17.0, "dust": 60}},
            8: {"wrong_postal_code": True},
        },
    )
    fax = _orders(
        KYUFUKIN,
        100,
        8,
        {
            0: {"person": 6284},
            2: {"faults": {"turn": 2}},
            5: {"faults": {"skew": -2.7}},
            6: {"faults": {"dust": 80}},
        },
    )
    pale = {"faults": {"toner": 0.45}}
    copy = _orders(
        KYUFUKIN,
        200,
        8,
        {0: pale, 3: {"application_no": TWIN_NUMBER}, 5: {"slips": (Slip("address", "outside_box"),)}},
    )
    window = _orders(
        KYUFUKIN,
        300,
        5,
        {
            0: {"person": 5220},
            1: {"faults": {"exposure": -0.4}},
            3: {"faults": {"quality": 22}},
            4: {"faults": {"turn": 1}},
        },
    )
    cream = {"faults": {"paper": CREAM, "turn": 0}, "slips": (Slip("applicant_name", "seal_over"),)}
    return [
        FilePlan("kyufukin_01.pdf", "pdf", gray, dpi=150),
        FilePlan("kyufukin_02_fax.tif", "tiff", fax, bilevel=True),
        FilePlan("kyufukin_03_mono.pdf", "pdf", copy, bilevel=True),
        FilePlan("給付金_窓口受付.zip", "zip", window, dpi=150, member_kind="jpeg"),
        FilePlan("kyufukin_05.jpg", "jpeg", _orders(KYUFUKIN, 400, 1, {0: cream}), dpi=200, colour=True),
        FilePlan("kyufukin_06.jpg", "jpeg", _orders(KYUFUKIN, 410, 1, {0: {"faults": {"turn": 2}}}), dpi=150),
        FilePlan("kyufukin_07.png", "png", _orders(KYUFUKIN, 420, 1), bilevel=True),
        FilePlan(
            "kyufukin_08_grey.tif",
            "tiff",
            _orders(KYUFUKIN, 430, 2, {1: {"faults": {"noise": 1.0}}}),
            dpi=150,
        ),
    ]


def _jido() -> list[FilePlan]:
    office = _orders(
        JIDO,
        1000,
        6,
        {
            1: {"wrong_check_digit": True},
            2: {"slips": (Slip("account_number", "struck_out"), Slip("sex", "struck_out"))},
            3: {"slips": (Slip("birth_date", "empty_required"),)},
            4: {"faults": {"stretch": 0.99, "skew": 2.4}},
        },
    )
    fax = _orders(
        JIDO, 1100, 4, {1: {"blank_back": True}, 3: {"slips": (Slip("applicant_name", "struck_out"),)}}
    )
    pink = {"faults": {"paper": PINK}}
    return [
        FilePlan("jido_01.pdf", "pdf", office, dpi=150),
        FilePlan("jido_02_fax.tif", "tiff", fax, bilevel=True),
        FilePlan("jido_03.zip", "zip", _orders(JIDO, 1200, 2), bilevel=True),
        FilePlan("jido_04.jpg", "jpeg", _orders(JIDO, 1300, 1, {0: pink}), dpi=150, colour=True),
        FilePlan("jido_05.png", "png", _orders(JIDO, 1310, 1), bilevel=True),
    ]


def _hoiku() -> list[FilePlan]:
    desk = _orders(
        HOIKU,
        2000,
        4,
        {0: {"person": 2300}, 1: {"blank_back": True}, 2: {"slips": (Slip("relation", "struck_out"),)}},
    )
    fax = _orders(HOIKU, 2100, 4, {1: {"person": 2304}, 2: {"faults": {"turn": 2}}})
    return [
        FilePlan("hoiku_01.pdf", "pdf", desk, dpi=150),
        FilePlan("hoiku_02_fax.tif", "tiff", fax, bilevel=True),
        FilePlan("hoiku_03.zip", "zip", _orders(HOIKU, 2200, 2, {0: {"person": 2336}}), dpi=150),
    ]
