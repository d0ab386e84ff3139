"""保育施設等利用申込書, first page: the child, the guardian, the wished nurseries. No corner marks."""

from __future__ import annotations

from samples.forms import hoiku_second_page
from samples.forms.kit import Kit, Sheet, spec
from samples.forms.paper import THICK, Inks
from templates_forms.model import Box

PREFERENCES = 5
# The first digit is the kind: nursery, certified kodomoen, small nursery, nursery at home or at work.
FACILITIES = {
    "101": "若葉中央保育園",
    "102": "あおば保育園",
    "103": "ひばり保育園",
    "104": "若葉台保育園",
    "105": "さくら坂保育園",
    "201": "認定こども園つばさ",
    "202": "認定こども園はなぞの",
    "203": "若葉東こども園",
    "204": "川辺こども園",
    "301": "小規模保育室どんぐり",
    "302": "小規模保育室こぐま",
    "303": "ほしの子保育ルーム",
    "304": "駅前ひだまり保育室",
    "401": "家庭的保育たんぽぽ",
    "402": "事業所内保育すずかけ",
}
# Width and height of a character box, mm.
_CELL, _HIGH = 4.5, 6.0
# Left margin, width of the table, of its side column and of its label column, mm.
_LEFT, _WIDTH, _SIDE, _LABEL = 15.0, 180.0, 7.0, 26.0
_IN = _LEFT + _SIDE
_NAME = {"content": "name", "max_length": 30, "required": True}

SHEET = Sheet(
    id="hoiku_moshikomi",
    title="保育施設等利用申込書",
    title_en="Application for a place in a nursery",
    edition="2026-10",
    hand_minutes=9.0,
    rules=(
        {"rule": "postal_code_matches_address", "fields": ["postal_code", "address"]},
        {"rule": "kana_matches_name", "fields": ["child_kana", "child_name"]},
        {"rule": "kana_matches_name", "fields": ["guardian_kana", "guardian_name"]},
        {"rule": "date_order", "fields": ["child_birth_date", "start_date"]},
        # Until a child starts school, in the April after the sixth birthday.
        {"rule": "age_between", "fields": ["child_birth_date", "start_date"], "values": [0, 6]},
        {"rule": "distinct", "fields": [f"preference{n}" for n in range(1, PREFERENCES + 1)]},
        {"rule": "time_order", "fields": ["hours_from", "hours_to"]},
        {"rule": "requires_when", "fields": ["allergy", "allergy_note"], "values": ["yes"]},
        {"rule": "digits_length", "fields": ["application_no"], "values": [8]},
        {
            "rule": "digits_length",
            "fields": [f"preference{n}" for n in range(1, PREFERENCES + 1)],
            "values": [3],
        },
        {"rule": "digits_length", "fields": ["hours_from", "hours_to"], "values": [4]},
        {"rule": "digits_length", "fields": ["phone"], "values": [10, 11]},
    ),
)


def draw() -> Kit:
    """Draw both pages with their fields."""
    kit = Kit(SHEET, Inks(shade=(0.93, 0.93, 0.93)))
    _head(kit)
    _child(kit)
    _guardian(kit)
    _wishes(kit)
    _facility_list(kit)
    _notes(kit)
    kit.office_table(
        Box(_LEFT, 254, _WIDTH, 28), ["受付", "受付窓口", "認定区分", "指数入力", "選考結果", "通知", "決裁"]
    )
    _foot(kit, 1)
    kit.next_page()
    hoiku_second_page.draw(kit)
    _foot(kit, 2)
    return kit


def _head(kit: Kit) -> None:
    paper = kit.paper
    paper.text(_LEFT, 13, "様式第４号（第６条関係）（第１面）", 8.5)
    rest = kit.row(Box(129, 9, 66, 9), "申請番号", 22, "※市記入欄", 7.5)
    number = spec("application_no", "digits", "申請番号", "Application number", required=True)
    kit.cells(number, Box(rest.x + 4, rest.y + 1.5, 36, _HIGH), 8)
    paper.text(105, 24.5, "保育施設等利用申込書", 17, align="centre", spacing=3)
    paper.text(105, 31.5, "（兼　教育・保育給付認定申請書）", 9.5, align="centre", spacing=1)
    paper.text(_LEFT + 2, 38.5, "若葉市福祉事務所長　あて", 10.5, spacing=0.8)
    words = "　次のとおり、保育施設等の利用を申し込み、あわせて教育・保育給付認定（２号・３号）を申請します。"
    paper.text(_LEFT + 2, 45, words, 8.5)


def _child(kit: Kit) -> None:
    box = Box(_LEFT, 48.5, _WIDTH, 32)
    kit.side(Box(_LEFT, box.y, _SIDE, box.height), "利用児童", 8)
    row = kit.row(Box(_IN, box.y, 173, 9), "フリガナ", _LABEL)
    kana = spec("child_kana", "kana", "児童フリガナ", "Child's name in kana", required=True)
    kit.cells(kana, Box(row.x + 3, row.y + 1.5, _CELL * 18, _HIGH), 18)
    kit.paper.text(row.x + 88, row.y + 4.5, "（姓と名の間は１枠あけてください）", 6.5)
    row = kit.row(Box(_IN, box.y + 9, 173, 14), "氏名", _LABEL, size=9)
    kit.free(
        spec("child_name", "text", "児童氏名", "Child's name", **_NAME), Box(row.x + 3, row.y + 1, 100, 12)
    )
    kit.paper.text(row.x + 108, row.y + 7, "（住民票のとおり）", 6.5)
    row = kit.row(Box(_IN, box.y + 23, 118, 9), "生年月日", _LABEL)
    birth = spec("child_birth_date", "date", "児童生年月日", "Child's date of birth", required=True)
    kit.date(birth, Box(row.x + 3, row.y, 78, row.height), "HR", (_CELL, _HIGH), word=13)
    row = kit.row(Box(_IN + 118, box.y + 23, 55, 9), "性別", 18)
    sex = spec("child_sex", "choice", "児童性別", "Child's sex", required=True)
    kit.words(sex, Box(row.x + 3, row.y + 1.3, 31, 6.4), [("male", "男"), ("female", "女")], 9.5)
    kit.paper.frame(box, THICK)


def _guardian(kit: Kit) -> None:
    box = Box(_LEFT, 83, _WIDTH, 54)
    kit.side(Box(_LEFT, box.y, _SIDE, box.height), "保護者", 8)
    row = kit.row(Box(_IN, box.y, 173, 9), "フリガナ", _LABEL)
    kana = spec("guardian_kana", "kana", "保護者フリガナ", "Guardian's name in kana", required=True)
    kit.cells(kana, Box(row.x + 3, row.y + 1.5, _CELL * 18, _HIGH), 18)
    row = kit.row(Box(_IN, box.y + 9, 105, 14), "氏名", _LABEL, size=9)
    name = spec("guardian_name", "text", "保護者氏名", "Guardian's name", **_NAME)
    kit.free(name, Box(row.x + 3, row.y + 1, 74, 12))
    row = kit.row(Box(_IN + 105, box.y + 9, 68, 14), "児童との続柄", 22, size=6.8)
    relation = spec("relation", "choice", "児童との続柄", "Relation to the child", required=True)
    words = [("father", "父"), ("mother", "母"), ("other", "その他")]
    kit.words(relation, Box(row.x + 1, row.y + 3.6, 44, 6.8), words, 9.5)
    row = kit.row(Box(_IN, box.y + 23, 173, 20), "住所", _LABEL, size=9)
    kit.paper.text(row.x + 3, row.y + 4.6, "〒", 10)
    postal = spec("postal_code", "postal_code", "郵便番号", "Postal code", required=True)
    kit.cells(postal, Box(row.x + 8, row.y + 1.5, _CELL * 7, _HIGH), [3, 4])
    address = spec("address", "text", "住所", "Address", required=True, content="address", max_length=80)
    kit.free(address, Box(row.x + 3, row.y + 8.2, 141, 11))
    row = kit.row(Box(_IN, box.y + 43, 173, 11), "電話番号", _LABEL, "（日中の連絡先）")
    phone = spec("phone", "phone", "電話番号", "Telephone number", required=True, max_length=13)
    kit.free(phone, Box(row.x + 3, row.y + 1.2, 75, 8.6))
    kit.paper.text(row.x + 82, row.y + 5.5, "（日中に連絡のとれる番号を記入してください）", 6.5)
    kit.paper.frame(box, THICK)


def _wishes(kit: Kit) -> None:
    box = Box(_LEFT, 139.5, _WIDTH, 56.5)
    kit.side(Box(_LEFT, box.y, _SIDE, box.height), "利用希望", 8)
    row = kit.row(Box(_IN, box.y, 173, 9.5), "利用開始希望日", _LABEL, size=7)
    start = spec("start_date", "date", "利用開始希望日", "Wished first day", required=True)
    kit.date(start, Box(row.x + 3, row.y, 70, row.height), "R", (_CELL, _HIGH))
    kit.paper.text(row.x + 60, row.y + 4.75, "から", 8.5)
    kit.paper.text(row.x + 72, row.y + 4.75, "（原則として月の初日からの利用となります）", 6.5)
    table = Box(_IN, box.y + 9.5, 173, 16)
    kit.label(Box(_IN, table.y, _LABEL, table.height), "希望施設", 8, "（施設コード）")
    area = Box(_IN + _LABEL, table.y, table.width - _LABEL, table.height)
    for number, column in enumerate(area.columns(PREFERENCES), start=1):
        kit.paper.frame(column)
        head = Box(column.x, column.y, column.width, 5)
        kit.label(head, f"第{'１２３４５'[number - 1]}希望", 7.5)
        middle = column.x + column.width / 2
        english = f"Facility code, preference {number}"
        field = spec(f"preference{number}", "digits", f"第{number}希望", english, required=number == 1)
        kit.cells(field, Box(middle - 7.5, column.y + 7, 15, 7), 3)
    kit.paper.frame(box, THICK)


def _facility_list(kit: Kit) -> None:
    box = Box(_IN, 165, 173, 31)
    kit.paper.frame(box)
    kit.paper.text(box.x + 3, box.y + 3.6, "施設コード一覧", 7.5, spacing=0.5)
    kit.paper.text(box.x + 31, box.y + 3.6, "（３けたの数字を希望施設の欄に記入してください）", 6.5)
    columns = Box(box.x + 3, box.y, box.width - 3, box.height).columns(3)
    for number, (code, name) in enumerate(FACILITIES.items()):
        column, line = columns[number // 5], number % 5
        y = box.y + 9 + line * 4.4
        kit.paper.text(column.x, y, code, 7.5)
        kit.paper.text(column.x + 9, y, name, 7.5)


def _notes(kit: Kit) -> None:
    kit.paper.text(_LEFT + 1, 201, "記入上の注意", 7.5, spacing=0.6)
    kit.paper.lines(
        _LEFT + 2,
        206,
        [
            "１　この申込書は、児童１人につき１部、黒のボールペンで第１面・第２面とも記入してください。",
            "２　太枠の中の該当する文字を○で囲み、□のある欄は該当するものすべてに✓を記入してください。",
            "３　数字の枠には、１枠に１文字ずつ右づめで記入し、空いた枠には０を記入してください。",
            "４　希望施設は、通園できる施設だけを希望する順に記入してください。第２希望以下は空欄でもかまいません。",
            "５　同じ施設を二度記入することはできません。",
            "６　訂正するときは、二重線で消し、訂正印を押してください。修正液・修正テープは使わないでください。",
            "７　就労証明書など、保育を必要とする理由を証明する書類を添えて提出してください。",
            "８　提出期限を過ぎた申込みは、次の月の選考の対象となります。",
        ],
        7,
        4.6,
    )
    words = "受付期間　令和８年10月１日（木）から10月30日（金）まで（土曜日、日曜日及び祝日を除く。）"
    kit.paper.text(_LEFT + 2, 247, words, 8)


def _foot(kit: Kit, page: int) -> None:
    kit.paper.text(_LEFT, 287, "若葉市　こども未来部　保育課", 6.5)
    kit.paper.text(105, 287, f"－ {page} ／ 2 －", 7, align="centre")
    kit.paper.text(_LEFT + _WIDTH, 287, f"HK-0406-{page}（2026.10）", 6.5, align="right")
