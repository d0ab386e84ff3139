"""児童手当 認定請求書: one page in Mincho, no corner marks, My Number, a seal, up to three children."""

from __future__ import annotations

from samples.forms.kit import Kit, Sheet, spec
from samples.forms.paper import THICK, Inks
from templates_forms.model import Box

CHILDREN = 3
# Width and height of a character box, mm.
_CELL, _HIGH = 4.5, 6.0
# Left margin, width of the table, of its side column and of its label column, mm.
_LEFT, _WIDTH, _SIDE, _LABEL = 15.0, 180.0, 7.0, 24.0
_RIGHT = _LEFT + _WIDTH
_IN = _LEFT + _SIDE


def _child_rules() -> list[dict[str, object]]:
    rules: list[dict[str, object]] = []
    for n in range(1, CHILDREN + 1):
        birth = f"child{n}_birth_date"
        rules += [
            {"rule": "kana_matches_name", "fields": [f"child{n}_kana", f"child{n}_name"]},
            {"rule": "date_order", "fields": [birth, "application_date"]},
            # As the form's notes say: until the 31 March after the eighteenth birthday.
            {"rule": "age_between", "fields": [birth, "application_date"], "values": [0, 18]},
        ]
    return rules


SHEET = Sheet(
    id="jido_teate_nintei",
    title="児童手当 認定請求書",
    title_en="Child allowance application",
    edition="2026-04",
    hand_minutes=6.5,
    rules=(
        {"rule": "postal_code_matches_address", "fields": ["postal_code", "address"]},
        {"rule": "kana_matches_name", "fields": ["applicant_kana", "applicant_name"]},
        {"rule": "date_order", "fields": ["birth_date", "application_date"]},
        {"rule": "date_in_past", "fields": ["application_date"]},
        {"rule": "my_number_check_digit", "fields": ["my_number"]},
        {"rule": "requires_when", "fields": ["spouse", "spouse_name"], "values": ["yes"]},
        # The form allows only an account in the applicant's own name.
        {"rule": "same_text", "fields": ["applicant_kana", "account_holder_kana"]},
        {"rule": "digits_length", "fields": ["application_no"], "values": [8]},
        {"rule": "digits_length", "fields": ["phone"], "values": [10, 11]},
        {"rule": "digits_length", "fields": ["bank_code"], "values": [4]},
        {"rule": "digits_length", "fields": ["branch_code"], "values": [3]},
        {"rule": "digits_length", "fields": ["account_number"], "values": [7]},
        *_child_rules(),
    ),
)


def draw() -> Kit:
    """Draw the whole form with its fields."""
    kit = Kit(SHEET, Inks())
    _head(kit)
    _claimant(kit)
    _claimant_contact(kit)
    _spouse(kit)
    _children(kit)
    _account(kit)
    _notes(kit)
    kit.office_table(Box(_LEFT, 250, 140, 33), ["受付", "資格確認", "所得審査", "入力", "認定通知", "決裁"])
    _stamp(kit)
    return kit


def _head(kit: Kit) -> None:
    paper = kit.paper
    paper.text(_LEFT, 13, "様式第２号（第２条関係）", 8.5)
    rest = kit.row(Box(129, 9, 66, 9), "申請番号", 22, "※市記入欄", 7.5)
    number = spec("application_no", "digits", "申請番号", "Application number", required=True)
    kit.cells(number, Box(rest.x + 4, rest.y + 1.5, 36, _HIGH), 8)
    paper.text(105, 25.5, "児童手当　認定請求書", 17, align="centre", spacing=3)
    paper.text(_LEFT + 2, 35.5, "若葉市長　あて", 11, spacing=1)
    filed = spec("application_date", "date", "請求年月日", "Date of application", required=True)
    paper.text(118.5, 35.5, "請求年月日", 8.5)
    kit.date(filed, Box(137, 31, 58, 9), "R", (_CELL, _HIGH))
    words = (
        "　児童手当法第７条の規定により、児童手当の受給資格及びその額について、次のとおり認定を請求します。"
    )
    paper.text(_LEFT + 2, 42.5, words, 8.5)


def _claimant(kit: Kit) -> None:
    top, width = 46.0, _WIDTH - _SIDE
    kit.side(Box(_LEFT, top, _SIDE, 68), "請求者", 8)
    row = kit.row(Box(_IN, top, 119, 9), "フリガナ", _LABEL)
    kana = spec("applicant_kana", "kana", "フリガナ", "Name in kana", required=True)
    kit.cells(kana, Box(row.x + 3, row.y + 1.5, _CELL * 19, _HIGH), 19)
    row = kit.row(Box(_IN + 119, top, 54, 9), "性別", 18)
    sex = spec("sex", "choice", "性別", "Sex", required=True)
    kit.words(sex, Box(row.x + 3, row.y + 1.3, 30, 6.4), [("male", "男"), ("female", "女")], 9.5)
    row = kit.row(Box(_IN, top + 9, width, 14), "氏名", _LABEL, size=9)
    more = {"required": True, "handling": "double", "content": "name", "max_length": 30}
    kit.free(spec("applicant_name", "text", "氏名", "Name", **more), Box(row.x + 3, row.y + 1, 96, 12))
    kit.paper.lines(row.x + 104, row.y + 5.4, ["署名又は", "記名押印"], 6.5, 3.4)
    kit.seal(spec("seal", "seal", "印", "Seal"), row.x + 128, row.y + 7, 6)
    row = kit.row(Box(_IN, top + 23, width, 9), "生年月日", _LABEL)
    birth = spec("birth_date", "date", "生年月日", "Date of birth", required=True)
    kit.date(birth, Box(row.x + 3, row.y, 90, row.height), "SH", (_CELL, _HIGH), word=13)
    words = ["該当する元号を○で囲み、１けたのときは", "左の枠に０を記入してください。"]
    kit.paper.lines(row.x + 82, row.y + 3.1, words, 6.3, 2.9)


def _claimant_contact(kit: Kit) -> None:
    top, width = 78.0, _WIDTH - _SIDE
    row = kit.row(Box(_IN, top, width, 18), "住所", _LABEL, size=9)
    kit.paper.text(row.x + 3, row.y + 4.1, "〒", 10)
    postal = spec("postal_code", "postal_code", "郵便番号", "Postal code", required=True)
    kit.cells(postal, Box(row.x + 8, row.y + 1.1, _CELL * 7, _HIGH), [3, 4])
    address = spec("address", "text", "住所", "Address", required=True, content="address", max_length=80)
    kit.free(address, Box(row.x + 3, row.y + 7.6, 143, 10))
    row = kit.row(Box(_IN, top + 18, 84, 9), "電話番号", _LABEL)
    phone = spec("phone", "phone", "電話番号", "Telephone number", required=True)
    kit.cells(phone, Box(row.x + 3, row.y + 1.5, _CELL * 11, _HIGH), [3, 4, 4])
    row = kit.row(Box(_IN + 84, top + 18, 89, 9), "個人番号", _LABEL)
    # double: two people key it; secret: encrypted in the store and masked on screens.
    mine = spec(
        "my_number", "my_number", "個人番号", "My Number", required=True, handling="double", secret=True
    )
    kit.cells(mine, Box(row.x + 5, row.y + 1.5, _CELL * 12, _HIGH), [4, 4, 4])
    row = kit.row(Box(_IN, top + 27, width, 9), "職業等", _LABEL)
    words = [("employed", "会社員等"), ("self", "自営業"), ("none", "無職"), ("other", "その他")]
    ticks = [(value, word, row.x + 4 + 27 * i, row.y + 2.7) for i, (value, word) in enumerate(words)]
    kit.ticks(spec("employment", "choice", "職業等", "Occupation", required=True), ticks)
    kit.paper.text(row.x + 112, row.y + 4.5, "（該当するものに✓）", 6.5)
    kit.paper.frame(Box(_LEFT, 46, _WIDTH, 68), THICK)


def _spouse(kit: Kit) -> None:
    box = Box(_LEFT, 116, _WIDTH, 11)
    kit.side(Box(_LEFT, box.y, _SIDE, box.height), "配偶者", 7)
    row = kit.row(Box(_IN, box.y, 64, box.height), "配偶者の有無", _LABEL, size=7.5)
    spouse = spec("spouse", "choice", "配偶者の有無", "Spouse", required=True)
    kit.words(spouse, Box(row.x + 4, row.y + 2.3, 32, 6.4), [("yes", "有"), ("no", "無")], 9.5)
    row = kit.row(Box(_IN + 64, box.y, 109, box.height), "配偶者の氏名", _LABEL, size=7.5)
    name = spec("spouse_name", "text", "配偶者氏名", "Name of the spouse", content="name", max_length=30)
    kit.free(name, Box(row.x + 2, row.y + 0.8, 80, 9.4))
    kit.paper.frame(box, THICK)


def _children(kit: Kit) -> None:
    top, head, high, split = 129.0, 5.5, 17.0, 86.0
    box = Box(_LEFT, top, _WIDTH, head + high * CHILDREN)
    kit.side(Box(_LEFT, top, _SIDE, box.height), "支給要件児童", 8)
    left = Box(_IN + 6, top, split, head)
    kit.label(Box(_IN, top, 6, head), "", 7)
    kit.label(left, "フリガナ・氏名", 7.5)
    kit.label(Box(left.right, top, _RIGHT - left.right, head), "生年月日", 7.5)
    for number in range(1, CHILDREN + 1):
        _child(kit, number, Box(_IN, top + head + high * (number - 1), box.width - _SIDE, high), split)
    kit.paper.frame(box, THICK)


def _child(kit: Kit, number: int, row: Box, split: float) -> None:
    english = f"child {number}"
    kit.paper.frame(row)
    kit.label(Box(row.x, row.y, 6, row.height), "１２３"[number - 1], 8)
    x = row.x + 6
    kit.paper.line((x, row.y + 7), (x + split, row.y + 7), 0.12, (0.8, 0.8))
    kit.paper.line((x + split, row.y), (x + split, row.bottom))
    kana = spec(f"child{number}_kana", "kana", f"児童{number} フリガナ", f"Name in kana, {english}")
    kit.cells(kana, Box(x + 2, row.y + 0.9, _CELL * 18, 5.4), 18)
    more = {"content": "name", "max_length": 30}
    name = spec(f"child{number}_name", "text", f"児童{number} 氏名", f"Name, {english}", **more)
    kit.free(name, Box(x + 2, row.y + 7.4, split - 4, 9.2))
    birth = spec(f"child{number}_birth_date", "date", f"児童{number} 生年月日", f"Date of birth, {english}")
    kit.date(birth, Box(x + split + 3, row.y, 78, row.height), "HR", (_CELL, _HIGH), word=14)


def _account(kit: Kit) -> None:
    box = Box(_LEFT, 187.5, _WIDTH, 28)
    kit.side(Box(_LEFT, box.y, _SIDE, box.height), "振込先口座", 7.5)
    row = kit.row(Box(_IN, box.y, 58, 9.3), "金融機関コード", _LABEL, size=7)
    bank = spec("bank_code", "digits", "金融機関コード", "Bank code", required=True)
    kit.cells(bank, Box(row.x + 3, row.y + 1.6, _CELL * 4, _HIGH), 4)
    row = kit.row(Box(_IN + 58, box.y, 50, 9.3), "支店コード", _LABEL, size=7.5)
    branch = spec("branch_code", "digits", "支店コード", "Branch code", required=True)
    kit.cells(branch, Box(row.x + 3, row.y + 1.6, _CELL * 3, _HIGH), 3)
    row = kit.row(Box(_IN + 108, box.y, 65, 9.3), "預金種別", 22, size=7.5)
    kind = spec("account_type", "choice", "預金種別", "Kind of account", required=True)
    kit.words(kind, Box(row.x + 2, row.y + 1.45, 38, 6.4), [("futsu", "普通"), ("toza", "当座")])
    row = kit.row(Box(_IN, box.y + 9.3, 173, 9.3), "口座番号", _LABEL)
    number = spec(
        "account_number", "account_number", "口座番号", "Account number", required=True, secret=True
    )
    kit.cells(number, Box(row.x + 3, row.y + 1.6, _CELL * 7, _HIGH), 7)
    kit.paper.text(row.x + 39, row.y + 4.7, "（右づめで記入。請求者本人名義の口座に限ります。）", 6.5)
    row = kit.row(Box(_IN, box.y + 18.6, 173, 9.4), "口座名義人", _LABEL, "（カタカナ）")
    holder = spec(
        "account_holder_kana", "kana", "口座名義人（カナ）", "Account holder in kana", required=True
    )
    kit.cells(holder, Box(row.x + 3, row.y + 1.7, _CELL * 20, _HIGH), 20)
    kit.paper.text(row.x + 97, row.y + 4.7, "（姓と名の間は１枠あける）", 6.5)
    kit.paper.frame(box, THICK)


def _notes(kit: Kit) -> None:
    kit.paper.text(_LEFT + 1, 219.5, "記入上の注意", 7.5, spacing=0.6)
    kit.paper.lines(
        _LEFT + 2,
        223.8,
        [
            "１　太枠の中を、黒又は青のボールペンで、かい書ではっきりと記入してください（※印の欄を除く。）。",
            "２　「氏名」は、本人が署名した場合は押印を省略できます。訂正は二重線で消し、訂正印を押してください。",
            "３　「支給要件児童」は、18歳に達する日以後の最初の３月31日までの児童を、年長の順に記入してください。",
            "４　児童が４人以上いるときは、別紙（様式第２号の２）に記入し、この請求書に添えてください。",
            "５　「個人番号」は、番号確認書類及び本人確認書類を提示してください（郵送の場合は写しを添付）。",
            "６　この請求書に記載された事項に変更があったときは、14日以内に届け出てください。",
        ],
        7.2,
        4.0,
    )


def _stamp(kit: Kit) -> None:
    kit.paper.frame(Box(_LEFT + 143, 250, 37, 33))
    kit.paper.text(_LEFT + 161.5, 253, "受　付　印", 6.5, align="centre")
    kit.paper.ring(_LEFT + 161.5, 269, 11.5, (0.7, 0.7))
    kit.paper.text(_LEFT, 287.5, "若葉市　こども未来部　こども家庭課", 6.5)
    kit.paper.text(_RIGHT, 287.5, "JT-0201（2026.4改定）Ａ４", 6.5, align="right")
