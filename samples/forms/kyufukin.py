"""物価高騰対応生活支援給付金 支給申請書: the bulk form, one page, very narrow boxes, corner marks."""

from __future__ import annotations

from samples.forms.fonts import GOTHIC
from samples.forms.kit import Kit, Sheet, spec
from samples.forms.paper import THICK, Inks
from templates_forms.model import Box

# Very narrow boxes (mm), as on bulk forms: the hardest ones for the reader.
CELL = 3.5
_LEFT, _WIDTH, _LABEL = 15.0, 180.0, 30.0

SHEET = Sheet(
    id="kyufukin_shinsei",
    title="給付金 支給申請書",
    title_en="Application for the living support benefit",
    edition="2026-04",
    hand_minutes=3.5,
    rules=(
        {"rule": "postal_code_matches_address", "fields": ["postal_code", "address"]},
        {"rule": "kana_matches_name", "fields": ["applicant_kana", "applicant_name"]},
        {"rule": "date_in_past", "fields": ["birth_date"]},
        {"rule": "age_between", "fields": ["birth_date"], "values": [15, 115]},
        # The form allows only an account in the applicant's own name.
        {"rule": "same_text", "fields": ["applicant_kana", "account_holder_kana"]},
        {"rule": "digits_length", "fields": ["application_no"], "values": [8]},
        # Landlines have ten digits, mobile numbers eleven.
        {"rule": "digits_length", "fields": ["phone"], "values": [10, 11]},
        {"rule": "digits_length", "fields": ["bank_code"], "values": [4]},
        {"rule": "digits_length", "fields": ["branch_code"], "values": [3]},
        {"rule": "digits_length", "fields": ["account_number"], "values": [7]},
    ),
)
# Dark green print: forms are not always black.
INKS = Inks(
    rule=(0.0, 0.2, 0.16),
    word=(0.0, 0.16, 0.13),
    shade=(0.86, 0.93, 0.9),
    band=(0.06, 0.36, 0.3),
    face=GOTHIC,
)


def draw() -> Kit:
    """Draw the whole form with its fields."""
    kit = Kit(SHEET, INKS)
    kit.paper.corner_marks()
    _head(kit)
    _applicant(kit)
    _amount(kit)
    _account(kit)
    _consent(kit)
    _foot(kit)
    return kit


def _head(kit: Kit) -> None:
    paper = kit.paper
    paper.text(_LEFT + 1, 14.5, "様式第１号（第５条関係）", 8)
    box = Box(131, 9.5, 63, 9)
    rest = kit.row(box, "申請番号", 24, "※市が記入します", 7.5)
    cells = Box(rest.x + 3.5, rest.y + 1.5, 32, 6)
    kit.cells(spec("application_no", "digits", "申請番号", "Application number", required=True), cells, 8)
    paper.text(105, 25, "若葉市物価高騰対応生活支援給付金", 11, align="centre", spacing=0.6)
    paper.text(105, 32.2, "支給申請書（請求書）", 16, align="centre", spacing=4)
    paper.text(_LEFT + 1, 41.5, "若葉市長　あて", 10.5, spacing=0.8)
    paper.lines(
        _LEFT + 1,
        48,
        [
            "　若葉市物価高騰対応生活支援給付金の支給を受けたいので、若葉市物価高騰対応生活支援給付金",
            "支給要綱第５条の規定により、下記のとおり申請（請求）します。",
        ],
        7.5,
        4,
    )
    _instructions(kit, Box(128, 36.5, 67, 8.5))


def _instructions(kit: Kit, box: Box) -> None:
    kit.paper.text(box.x, box.y + 2, "記入上の注意", 7, spacing=0.5)
    kit.paper.text(box.x + 18, box.y + 2, "黒のボールペンで、枠からはみ出さないように", 6.2)
    kit.paper.text(box.x + 18, box.y + 5, "記入してください（消せるペンは使えません）。", 6.2)


def _applicant(kit: Kit) -> None:
    kit.paper.heading(Box(_LEFT, 55.5, _WIDTH, 5.5), "１　申請者（世帯主）")
    row = kit.row(Box(_LEFT, 61, _WIDTH, 9), "フリガナ", _LABEL, size=7.5)
    kana = Box(row.x + 3, row.y + 1.75, CELL * 20, 5.5)
    field = spec("applicant_kana", "kana", "フリガナ", "Name in kana", required=True)
    kit.cells(field, kana, 20)
    _side_note(kit, row, 77, ["姓と名の間は１枠あけ、濁点・", "半濁点は同じ枠に書いてください。"])
    row = kit.row(Box(_LEFT, 70, _WIDTH, 13), "氏名", _LABEL)
    name = spec("applicant_name", "text", "氏名", "Name", required=True, content="name", max_length=30)
    kit.free(name, Box(row.x + 3, row.y + 1, 92, 11))
    _side_note(kit, row, 104, ["※住民票に記載された氏名を記入"])
    row = kit.row(Box(_LEFT, 83, _WIDTH, 9.5), "生年月日", _LABEL)
    birth = spec("birth_date", "date", "生年月日", "Date of birth", required=True)
    kit.date(birth, Box(row.x + 3, row.y, 100, row.height), "TSHR", (CELL, 5.5), word=14, unit=6)
    _address(kit)


def _address(kit: Kit) -> None:
    row = kit.row(Box(_LEFT, 92.5, _WIDTH, 24), "住所", _LABEL, "（住民登録地）")
    kit.paper.text(row.x + 3, row.y + 5, "〒", 10)
    postal = spec("postal_code", "postal_code", "郵便番号", "Postal code", required=True)
    kit.cells(postal, Box(row.x + 8, row.y + 2.2, CELL * 7, 5.5), [3, 4])
    kit.paper.line((row.x, row.y + 9.7), (row.right, row.y + 9.7), 0.12, (0.8, 0.8))
    address = spec("address", "text", "住所", "Address", required=True, content="address", max_length=80)
    kit.free(address, Box(row.x + 3, row.y + 10.4, 143, 13))
    _side_note(kit, row, 42, ["マンション名・部屋番号まで記入してください。"], top=5)
    row = kit.row(Box(_LEFT, 116.5, 105, 9.5), "電話番号", _LABEL, "（日中の連絡先）", 7.5)
    phone = spec("phone", "phone", "電話番号", "Telephone number", required=True)
    kit.cells(phone, Box(row.x + 3, row.y + 2, CELL * 11, 5.5), 11)
    _side_note(kit, row, 44.5, ["左づめ・ハイフン", "なしで記入"])
    row = kit.row(Box(_LEFT + 105, 116.5, 75, 9.5), "世帯人数", 25)
    household = spec("household_size", "digits", "世帯人数", "Persons in the household")
    kit.cells(household, Box(row.x + 8, row.y + 2, CELL * 2, 5.5), 2)
    kit.paper.text(row.x + 18, row.y + 4.9, "人", 8.5)
    _side_note(kit, row, 25, ["※基準日（４月１日）", "　現在の人数"])
    kit.paper.frame(Box(_LEFT, 61, _WIDTH, 65), THICK)


def _amount(kit: Kit) -> None:
    kit.paper.heading(Box(_LEFT, 129.5, _WIDTH, 5.5), "２　申請（請求）額")
    row = kit.row(Box(_LEFT, 135, _WIDTH, 15), "申請（請求）額", _LABEL, size=7.5)
    box = Box(row.x + 11, row.y + 5.2, 35, 7.6)
    # Places above the boxes, as on bank slips; the reader has to tell them from writing.
    for cell, place in zip(box.columns(7), "百十万千百十円", strict=True):
        kit.paper.text(cell.x + cell.width / 2, row.y + 3.2, place, 5.5, align="centre")
    kit.paper.text(row.x + 6.5, row.y + 9, "金", 10, align="centre")
    kit.cells(spec("amount", "amount", "申請額", "Amount claimed", required=True), box, 7)
    kit.paper.text(box.right + 3.5, row.y + 9, "円", 10, align="centre")
    kit.paper.lines(
        row.x + 58,
        row.y + 4,
        [
            "給付額の計算　１世帯あたり　30,000円",
            "　　　　　　　18歳以下の児童１人につき　20,000円を加算",
            "※右づめで記入し、訂正するときは二重線で消して訂正印を押してください。",
        ],
        6.5,
        3.6,
    )
    kit.paper.frame(Box(_LEFT, 135, _WIDTH, 15), THICK)


def _account(kit: Kit) -> None:
    kit.paper.heading(Box(_LEFT, 153.5, _WIDTH, 5.5), "３　振込先口座（申請者本人名義の口座に限ります）")
    top = 159.0
    row = kit.row(Box(_LEFT, top, 60, 10), "金融機関コード", _LABEL, size=7)
    bank = spec("bank_code", "digits", "金融機関コード", "Bank code", required=True)
    kit.cells(bank, Box(row.x + 3, row.y + 2.2, CELL * 4, 5.5), 4)
    row = kit.row(Box(_LEFT + 60, top, 50, 10), "支店コード", 25, size=7)
    branch = spec("branch_code", "digits", "支店コード", "Branch code", required=True)
    kit.cells(branch, Box(row.x + 3, row.y + 2.2, CELL * 3, 5.5), 3)
    row = kit.row(Box(_LEFT + 110, top, 70, 10), "預金種別", 25, size=7)
    kind = spec("account_type", "choice", "預金種別", "Kind of account", required=True)
    kit.words(kind, Box(row.x + 3, row.y + 1.8, 38, 6.4), [("futsu", "普通"), ("toza", "当座")])
    row = kit.row(Box(_LEFT, top + 10, _WIDTH, 10), "口座番号", _LABEL)
    number = spec(
        "account_number", "account_number", "口座番号", "Account number", required=True, secret=True
    )
    kit.cells(number, Box(row.x + 3, row.y + 2.2, CELL * 7, 5.5), 7)
    _side_note(kit, row, 32, ["右づめで記入し、７桁に満たないときは頭に０を付けてください。"])
    row = kit.row(Box(_LEFT, top + 20, _WIDTH, 10), "口座名義人", _LABEL, "（カタカナ）")
    holder = spec(
        "account_holder_kana", "kana", "口座名義人（カナ）", "Account holder in kana", required=True
    )
    kit.cells(holder, Box(row.x + 3, row.y + 2.2, CELL * 20, 5.5), 20)
    _side_note(kit, row, 77, ["通帳の見開きに印字されたカナ名義のとおり", "記入してください。"])
    kit.paper.frame(Box(_LEFT, top, _WIDTH, 30), THICK)


def _consent(kit: Kit) -> None:
    kit.paper.heading(Box(_LEFT, 192.5, _WIDTH, 5.5), "４　誓約・同意事項")
    kit.paper.frame(Box(_LEFT, 198, _WIDTH, 33), THICK)
    consent = spec("consent", "check", "誓約・同意", "Consent", required=True)
    kit.check(consent, _LEFT + 4, 200.5, 4.5)
    kit.paper.text(
        _LEFT + 11, 202.8, "次の事項のすべてに誓約・同意します（確認のうえ、左の□に✓を記入してください）。", 8
    )
    kit.paper.lines(
        _LEFT + 11,
        208.5,
        [
            "（１）若葉市の住民基本台帳に記録されており、支給要件に該当します。",
            "（２）支給要件の該当性を審査するため、市が必要な住民基本台帳情報、税情報等の公簿を確認することに同意します。",
            "（３）公簿で確認できない場合は、関係書類の提出を行います。",
            "（４）支給後に要件に該当しないことが判明した場合、又は他の市区町村で同種の給付を受けていた場合は、給付金を返還します。",
            "（５）申請書の不備による振込不能等があり、市が定める期限までに連絡・確認ができない場合は、申請が取り下げられたものと",
            "　　　みなすことに同意します。",
        ],
        6.6,
        3.6,
    )


def _foot(kit: Kit) -> None:
    paper = kit.paper
    paper.text(_LEFT + 1, 236, "添付書類", 7.5, spacing=0.5)
    paper.lines(
        _LEFT + 18,
        236,
        [
            "①　申請者の本人確認書類の写し（運転免許証、マイナンバーカード（表面）等）",
            "②　振込先口座が確認できる書類の写し（通帳又はキャッシュカード）",
        ],
        6.8,
        3.8,
    )
    paper.text(_LEFT + 1, 244.4, "提出期限　令和８年９月30日（水）　※当日消印有効", 7.2)
    kit.office_table(Box(_LEFT, 250, 134, 31), ["受付", "本人確認", "口座確認", "要件審査", "入力", "決裁"])
    paper.frame(Box(_LEFT + 137, 250, 43, 31))
    paper.text(_LEFT + 158.5, 253, "受　付　印", 6.5, align="centre")
    paper.ring(_LEFT + 158.5, 268, 11, (0.7, 0.7))
    paper.text(
        105,
        287,
        "若葉市　福祉部　生活支援給付金室　電話 0000-00-0000（平日８時30分～17時15分）",
        6.2,
        align="centre",
    )
    paper.text(194, 287, "MK-1021-04（2026.4）", 6, align="right")


def _side_note(kit: Kit, row: Box, offset: float, words: list[str], top: float | None = None) -> None:
    """Print a small note inside a row, ``offset`` mm from its left edge."""
    centre = row.y + (row.height / 2 if top is None else top)
    start = centre - (len(words) - 1) * 1.45
    kit.paper.lines(row.x + offset, start, words, 6.2, 2.9)
