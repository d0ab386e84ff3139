"""The system's own master tables. Bank codes are real; branches and nursery facilities are invented."""

from functools import cache

BANKS: dict[str, str] = {
    "0001": "みずほ銀行",
    "0005": "三菱ＵＦＪ銀行",
    "0009": "三井住友銀行",
    "0010": "りそな銀行",
    "0017": "埼玉りそな銀行",
    "0033": "ＰａｙＰａｙ銀行",
    "0036": "楽天銀行",
    "0038": "住信ＳＢＩネット銀行",
    "0039": "ａｕじぶん銀行",
    "0040": "イオン銀行",
    "0116": "北海道銀行",
    "0117": "青森みちのく銀行",
    "0119": "秋田銀行",
    "0122": "山形銀行",
    "0123": "岩手銀行",
    "0124": "東北銀行",
    "0125": "七十七銀行",
    "0126": "東邦銀行",
    "0128": "群馬銀行",
    "0129": "足利銀行",
    "0130": "常陽銀行",
    "0134": "千葉銀行",
    "0137": "きらぼし銀行",
    "0138": "横浜銀行",
    "0140": "第四北越銀行",
    "0142": "山梨中央銀行",
    "0143": "八十二銀行",
    "0144": "北陸銀行",
    "0149": "静岡銀行",
    "0155": "百五銀行",
    "0158": "京都銀行",
    "0163": "南都銀行",
    "0167": "山陰合同銀行",
    "0168": "中国銀行",
    "0169": "広島銀行",
    "0173": "百十四銀行",
    "0174": "伊予銀行",
    "0177": "福岡銀行",
    "0181": "鹿児島銀行",
    "0187": "琉球銀行",
    "0190": "西日本シティ銀行",
    "1001": "うつし信用金庫",
    "1250": "みらい信用金庫",
    "2004": "ひかり信用組合",
    "9900": "ゆうちょ銀行",
}
"""Bank code (4 digits) to name."""

_BRANCH_NAMES = (
    "本店", "中央", "駅前", "北", "南", "東", "西", "桜台",
    "緑町", "本町", "栄町", "港", "城山", "若葉", "泉", "市役所",
)  # fmt: skip

CLOSED_BRANCHES = frozenset({"000", "999"})
"""Branch codes that no bank has; every other three digits are a branch of every bank."""

_FACILITY_NAMES = (
    "ひまわり", "さくら", "すみれ", "たんぽぽ", "わかば", "あおぞら", "こばと",
    "つくし", "どんぐり", "みどり", "ひかり", "にじいろ",
)  # fmt: skip
_FACILITY_KINDS = ("保育園", "こども園", "第二保育園", "小規模保育室")


@cache
def branches(bank: str) -> dict[str, str]:
    """Return branch codes (3 digits) and names of a bank; empty for an unknown bank."""
    if bank not in BANKS:
        return {}
    # Nearly every number is a branch: the sample applicants have branch codes chosen at random.
    codes = (f"{number:03d}" for number in range(1000))
    return {
        code: f"{_BRANCH_NAMES[(int(code) + int(bank)) % len(_BRANCH_NAMES)]}支店"
        for code in codes
        if code not in CLOSED_BRANCHES
    }


@cache
def facilities() -> dict[str, str]:
    """Return facility codes 101 to 399 and names."""
    return {
        f"{number}": f"{_FACILITY_NAMES[number % len(_FACILITY_NAMES)]}{_FACILITY_KINDS[number // 100 % 4]}"
        for number in range(101, 400)
        if number % 100
    }
