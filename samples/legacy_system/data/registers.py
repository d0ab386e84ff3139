"""The three registers: the items of their screens, in screen order, and the peculiarities of each."""

from samples.legacy_system.model import EraStyle, Item, Options, Register, Section

# Three styles on purpose: a bot must not rely on one format of dates.
_LETTERS = EraStyle(
    choices=tuple(
        (letter, name, letter)
        for letter, name in zip("MTSHR", ("明治", "大正", "昭和", "平成", "令和"), strict=True)
    ),
    shown="{era}{year:02d}年{month:02d}月{day:02d}日",
)
_NUMBERS = EraStyle(
    choices=(("1", "Ｍ", "M"), ("2", "Ｔ", "T"), ("3", "Ｓ", "S"), ("4", "Ｈ", "H"), ("5", "Ｒ", "R")),
    shown="{letter}{year:02d}.{month:02d}.{day:02d}",
)
_RECENT = EraStyle(
    choices=(("03", "昭和", "S"), ("04", "平成", "H"), ("05", "令和", "R")),
    shown="{era}{year}年{month}月{day}日",
)

_SEX: Options = (("male", "男"), ("female", "女"))
_YES_NO: Options = (("yes", "有"), ("no", "無"))
_ACCOUNT: Options = (("futsu", "普通"), ("toza", "当座"))
_EMPLOYMENT: Options = (("employed", "被用者"), ("self", "自営業"), ("none", "無職"), ("other", "その他"))
_RELATION: Options = (("father", "父"), ("mother", "母"), ("other", "その他"))
_DAYS: Options = (("mon", "月"), ("tue", "火"), ("wed", "水"), ("thu", "木"), ("fri", "金"), ("sat", "土"))
_REASONS: Options = (
    ("work", "就労"),
    ("pregnancy", "妊娠・出産"),
    ("illness", "疾病・障害"),
    ("care", "介護・看護"),
    ("disaster", "災害復旧"),
    ("study", "就学"),
    ("jobseek", "求職活動"),
)

_NUMBER = Item("application_no", "申請番号", "digits", 8, True, (8, 8))
_PHONE = Item("phone", "電話番号", "digits", 11, False, (10, 11), note="ハイフンなし")

KYUFUKIN = Register(
    id="kyufukin_shinsei",
    path="kfk",
    prefix="F",
    title="給付金 支給申請",
    eras=_LETTERS,
    name_field="applicant_name",
    kana_field="applicant_kana",
    birth_field="birth_date",
    foreign="refuse",
    half_kana=True,
    not_future=("birth_date",),
    sections=(
        Section(
            "申請者",
            (
                _NUMBER,
                Item("applicant_kana", "申請者フリガナ", "kana", 30, True, note="半角カナ"),
                Item("applicant_name", "申請者氏名", "text", 20, True),
                Item("birth_date", "生年月日", "date", required=True),
                Item("postal_code", "郵便番号", "postal", 7, True),
                Item("address", "住所", "address", 40, True),
                _PHONE,
                Item("household_size", "世帯人数", "digits", 2, False, (1, 2), note="人"),
            ),
        ),
        Section(
            "振込先口座",
            (
                Item("bank_code", "金融機関コード", "bank_text", 4, True, (4, 4), reload=True),
                Item("branch_code", "支店コード", "branch_text", 3, True, (3, 3)),
                Item("account_type", "預金種目", "radio", required=True, options=_ACCOUNT),
                Item("account_number", "口座番号", "digits", 7, True, (7, 7)),
                Item("account_holder_kana", "口座名義人", "kana", 30, True, note="半角カナ"),
            ),
        ),
        Section(
            "申請内容",
            (
                Item("amount", "申請金額", "amount", 10, True, note="円"),
                Item("consent", "同意有無", "flag", note="同意する"),
            ),
        ),
    ),
)


def _child(number: int) -> tuple[Item, ...]:
    return (
        Item(f"child{number}_name", f"児童{number}氏名", "text", 20),
        Item(f"child{number}_kana", f"児童{number}フリガナ", "kana", 30),
        Item(f"child{number}_birth_date", f"児童{number}生年月日", "date"),
    )


JIDO = Register(
    id="jido_teate_nintei",
    path="jdt",
    prefix="J",
    title="児童手当 認定請求",
    eras=_NUMBERS,
    name_field="applicant_name",
    kana_field="applicant_kana",
    birth_field="birth_date",
    foreign="reference",
    nameless=True,
    checks_in_page=True,
    done_alert=True,
    not_future=("birth_date", "child1_birth_date", "child2_birth_date", "child3_birth_date"),
    sections=(
        Section(
            "請求者",
            (
                _NUMBER,
                Item("applicant_kana", "フリガナ", "kana", 30, True, note="全角カナ"),
                Item("applicant_name", "氏名", "text", 20, True),
                Item("birth_date", "生年月日", "date", required=True),
                Item("sex", "性別", "select", options=_SEX),
                Item("postal_code", "郵便番号", "postal_popup", 7, True),
                Item("address", "住所", "address", 40, True),
                _PHONE,
                Item("my_number", "個人番号", "digits", 12, False, (12, 12)),
                Item("employment", "職業", "select", options=_EMPLOYMENT),
            ),
        ),
        Section(
            "配偶者",
            (
                Item("spouse", "配偶者の有無", "select", options=_YES_NO),
                Item("spouse_name", "配偶者氏名", "text", 20),
            ),
        ),
        Section(
            "振込先口座",
            (
                Item("bank_code", "金融機関", "bank_select", 4, True, (4, 4), reload=True),
                Item("branch_code", "支店", "branch_select", 3, True, (3, 3)),
                Item("account_type", "預金種目", "select", required=True, options=_ACCOUNT),
                Item("account_number", "口座番号", "digits", 7, True, (7, 7)),
                Item("account_holder_kana", "口座名義（カナ）", "kana", 30, True),
            ),
        ),
        Section(
            "支給対象児童",
            (*_child(1), *_child(2), *_child(3)),
            columns=("氏　名", "フリガナ", "生年月日"),
        ),
        Section(
            "請求",
            (
                Item("application_date", "請求年月日", "date", required=True),
                Item("seal", "押印", "flag", note="有"),
            ),
        ),
    ),
)

HOIKU = Register(
    id="hoiku_moshikomi",
    path="hik",
    prefix="H",
    title="保育利用申込",
    eras=_RECENT,
    name_field="child_name",
    kana_field="child_kana",
    birth_field="child_birth_date",
    foreign="geta",
    alerts=True,
    detail="controls",
    not_future=("child_birth_date",),
    sections=(
        Section(
            "児童・保護者",
            (
                _NUMBER,
                Item("child_kana", "児童フリガナ", "kana", 30, True),
                Item("child_name", "児童氏名", "text", 20, True),
                Item("child_birth_date", "児童生年月日", "date", required=True),
                Item("child_sex", "性別", "radio", options=_SEX),
                Item("guardian_kana", "保護者フリガナ", "kana", 30),
                Item("guardian_name", "保護者氏名", "text", 20, True),
                Item("relation", "続柄", "select", options=_RELATION),
                Item("postal_code", "郵便番号", "postal", 7, True),
                Item("address", "住所", "address", 40, True),
                _PHONE,
            ),
        ),
        Section(
            "希望施設",
            tuple(Item(f"preference{n}", f"第{n}希望", "digits", 3, n == 1, (3, 3)) for n in range(1, 6)),
            columns=tuple(f"第{n}希望" for n in range(1, 6)),
            step=2,
        ),
        Section(
            "利用内容",
            (
                Item("start_date", "利用開始希望日", "date", required=True),
                Item("hours_from", "利用時間（自）", "time", 5),
                Item("hours_to", "利用時間（至）", "time", 5),
                Item("days", "利用曜日", "flags", options=_DAYS),
                Item("reasons", "保育を必要とする理由", "flags", options=_REASONS),
            ),
            step=2,
        ),
        Section(
            "その他",
            (
                Item("siblings", "きょうだい在園", "radio", options=_YES_NO),
                Item("allergy", "アレルギー", "radio", options=_YES_NO, reload=True),
                Item("allergy_note", "アレルギー内容", "text", 30, shown_when=("allergy", "yes")),
                Item("single_parent", "ひとり親世帯", "flag", note="該当"),
                Item("consent", "同意有無", "flag", note="同意する"),
            ),
            step=2,
        ),
    ),
)

REGISTERS: dict[str, Register] = {register.id: register for register in (KYUFUKIN, JIDO, HOIKU)}
BY_PATH: dict[str, Register] = {register.path: register for register in REGISTERS.values()}
