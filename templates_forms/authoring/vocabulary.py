"""What printed words on Japanese application forms mean: labels, answers, people, and words of the office.

A label is looked up by what it contains, the most telling entry first. The table is plain data and may be
added to; a label that is not in it still becomes a field, named ``field_1`` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

from templates_forms.model import FieldType

T = FieldType


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label stands for.

    Attributes:
        words: any of these in the label is enough; the longest that fits decides.
        name: English snake_case name for the field.
        type: what is written there.
        english: the label in English.
        content: what a text is about, as the reader knows it.
    """

    words: tuple[str, ...]
    name: str
    type: FieldType
    english: str
    content: str | None = None


def _m(words: str, name: str, kind: FieldType, english: str, content: str | None = None) -> Meaning:
    return Meaning(tuple(words.split()), name, kind, english, content)


MEANINGS: tuple[Meaning, ...] = (
    _m("フリガナ ふりがな カナ かな カタカナ よみがな 読み ヨミ ﾌﾘｶﾞﾅ 仮名", "kana", T.KANA, "Name in kana"),
    _m("生年月日 誕生日 出生年月日 出生日", "birth_date", T.DATE, "Date of birth"),
    _m("年月日 日付", "date", T.DATE, "Date"),
    _m(
        "申請日 申請年月日 請求日 請求年月日 届出日 届出年月日 申込日 申込年月日 "
        "提出日 記入日 記入年月日 申告日 申告年月日 作成日 作成年月日",
        "application_date",
        T.DATE,
        "Date of application",
    ),
    _m("開始日 開始年月日 開始希望日 始期 開始予定日 利用開始日", "start_date", T.DATE, "First day"),
    _m("終了日 終了年月日 終期 満了日 終了予定日", "end_date", T.DATE, "Last day"),
    _m(
        "転入日 転入年月日 異動日 異動年月日 移動日 転居日 転居年月日 転出日 転出年月日 転出予定日 異動した日 引越し日",
        "move_date",
        T.DATE,
        "Date of moving",
    ),
    _m("交付日 交付年月日 取得日 取得年月日 発行日 発行年月日", "issue_date", T.DATE, "Date of issue"),
    _m("離職日 離職年月日 退職日 退職年月日", "leaving_date", T.DATE, "Date of leaving work"),
    _m(
        "就職日 就職年月日 採用日 雇用開始日 入社日 入社年月日",
        "joining_date",
        T.DATE,
        "Date of starting work",
    ),
    _m("死亡日 死亡年月日 死亡した日", "death_date", T.DATE, "Date of death"),
    _m("婚姻日 婚姻年月日", "marriage_date", T.DATE, "Date of marriage"),
    _m("出産日 出産予定日 分娩予定日 出産年月日", "delivery_date", T.DATE, "Date of delivery"),
    _m("受診日 受診年月日 診療年月日 診療日 初診日", "visit_date", T.DATE, "Date of the visit"),
    _m(
        "有効期限 期限 使用日 使用年月日 利用日 利用年月日 希望日 訪問希望日 発生日 発生年月日 希望年月日",
        "wished_date",
        T.DATE,
        "Day",
    ),
    _m("郵便番号 〒 郵便", "postal_code", T.POSTAL_CODE, "Postal code"),
    _m(
        "住所 所在地 居所 現住所 送付先 転居先 住民票 連絡先住所 居住地 住まい お住まい 所在",
        "address",
        T.TEXT,
        "Address",
        "address",
    ),
    _m("本籍", "registered_domicile", T.TEXT, "Registered domicile", "address"),
    _m("方書 建物名 マンション名 アパート名", "building", T.TEXT, "Building", "address"),
    _m(
        "電話番号 電話 TEL 携帯 連絡先 ☎ ℡ Tel tel 連絡先電話 連絡先電話番号 携帯電話番号 自宅電話",
        "phone",
        T.PHONE,
        "Telephone number",
    ),
    _m("FAX ファクス ファックス ファクシミリ ＦＡＸ", "fax", T.PHONE, "Fax number"),
    _m("メール E-mail Eメール Email e-mail メールアドレス", "email", T.TEXT, "E-mail", "note"),
    _m("個人番号 マイナンバー", "my_number", T.MY_NUMBER, "My Number"),
    _m("法人番号", "corporate_number", T.DIGITS, "Corporate number"),
    _m("口座番号", "account_number", T.ACCOUNT_NUMBER, "Account number"),
    _m("金融機関コード 銀行コード 銀行番号 金融機関番号", "bank_code", T.DIGITS, "Bank code"),
    _m("支店コード 店番号 店番 支店番号 店舗コード 店コード", "branch_code", T.DIGITS, "Branch code"),
    _m("金融機関名 金融機関 銀行名 銀行 信用金庫 農協", "bank_name", T.TEXT, "Bank", "bank"),
    _m("支店名 支店 本支店名 店舗名 本店 出張所", "branch_name", T.TEXT, "Branch", "branch"),
    _m("口座名義 名義人 口座名義人 名義", "account_holder", T.TEXT, "Account holder", "name"),
    _m(
        "預金種別 口座種別 種目 預金種目 口座種目 預金の種類 口座の種類",
        "account_type",
        T.CHOICE,
        "Kind of account",
    ),
    _m("通帳記号 記号", "passbook_code", T.DIGITS, "Passbook code"),
    _m("通帳番号", "passbook_number", T.DIGITS, "Passbook number"),
    _m("氏名 名前 お名前 なまえ 姓名 漢字氏名", "name", T.TEXT, "Name", "name"),
    _m(
        "法人名 名称 事業所名 会社名 団体名 勤務先名 屋号 商号 事業者名",
        "organisation",
        T.TEXT,
        "Organisation",
    ),
    _m("勤務先 就労先 勤め先", "employer", T.TEXT, "Employer"),
    _m("代表者 代表者名 代表者氏名", "representative", T.TEXT, "Representative", "name"),
    _m("学校名 在学校 学校", "school", T.TEXT, "School"),
    _m("施設名 園名 事業所 保育所名 施設名称", "facility", T.TEXT, "Facility"),
    _m("性別", "sex", T.CHOICE, "Sex"),
    _m("続柄 続き柄 関係 続 間柄", "relation", T.TEXT, "Relation"),
    _m("職業 職種 業種", "occupation", T.TEXT, "Occupation"),
    _m("国籍 国籍・地域", "nationality", T.TEXT, "Nationality"),
    _m("年齢 満年齢", "age", T.DIGITS, "Age"),
    _m("世帯人数 家族人数 世帯員数 人数 世帯の人数 人員", "persons", T.DIGITS, "Persons"),
    _m("通数 枚数 部数 必要通数 必要枚数 冊数 件数 個数 数量 台数 頭数", "copies", T.DIGITS, "Number"),
    _m("回数 日数 月数 年数 時間数 期間月数", "count", T.DIGITS, "Count"),
    _m("面積 床面積", "area", T.DIGITS, "Area"),
    _m("学年", "school_year", T.DIGITS, "School year"),
    _m("年度 対象年度", "fiscal_year", T.DIGITS, "Fiscal year"),
    _m(
        "申請番号 受付番号 整理番号 通知番号 受理番号 受給者番号 管理番号 宛名番号 通し番号 整理No 整理NO",
        "application_no",
        T.DIGITS,
        "Reference number",
    ),
    _m(
        "被保険者番号 保険者番号 被保険者証番号 証番号", "insured_number", T.DIGITS, "Insured person's number"
    ),
    _m("記号番号 記号・番号", "symbol_number", T.DIGITS, "Symbol and number"),
    _m(
        "登録番号 許可番号 認定番号 免許証番号 免許番号 車両番号 標識番号 手帳番号 住民票コード",
        "registration_number",
        T.DIGITS,
        "Registration number",
    ),
    _m("施設コード 事業所番号 指定番号", "facility_code", T.DIGITS, "Facility code"),
    _m("世帯番号", "household_number", T.DIGITS, "Household number"),
    _m("希望順位 順位", "rank", T.DIGITS, "Rank"),
    _m("番号 コード No No. NO №", "number", T.DIGITS, "Number"),
    _m("第1希望 第2希望 第3希望 第4希望 第5希望 希望施設", "preference", T.TEXT, "Preference"),
    _m(
        "申請額 請求額 申請金額 請求金額 補助金額 助成額 交付申請額 給付額 支給額",
        "amount",
        T.AMOUNT,
        "Amount claimed",
    ),
    _m("年収 収入額 収入金額 収入 月収 年間収入 給与収入 報酬", "income", T.AMOUNT, "Income"),
    _m("所得額 所得 所得金額", "net_income", T.AMOUNT, "Net income"),
    _m("家賃 賃料 月額家賃", "rent", T.AMOUNT, "Rent"),
    _m(
        "費用 経費 工事費 見積額 購入金額 購入額 購入価格 支払額 支払金額 領収額 工事金額 事業費 自己負担額 本体価格",
        "cost",
        T.AMOUNT,
        "Cost",
    ),
    _m("金額 額 合計額 総額 料金 手数料 税額 保険料 月額 年額 価格", "amount", T.AMOUNT, "Amount"),
    _m("押印 印 捺印 ㊞", "seal", T.SEAL, "Seal"),
    _m("署名 自署 サイン", "signature", T.SIGNATURE, "Signature"),
    _m("理由 事由 目的 使いみち 使用目的 利用目的 動機 事情", "reason", T.TEXT, "Reason", "note"),
    _m("備考 摘要 特記事項 その他 連絡事項 通信欄 要望 意見", "note", T.TEXT, "Note", "note"),
    _m("内容 状況 概要 詳細 経過 症状 病名 傷病名", "description", T.TEXT, "Description", "note"),
    _m("品名 品目 種類 種別 区分", "kind", T.TEXT, "Kind"),
    _m("車名 型式 車種", "model", T.TEXT, "Model"),
    _m("アレルギー", "allergy", T.TEXT, "Allergy", "note"),
    _m("緊急連絡先", "emergency_contact", T.PHONE, "Emergency contact"),
    _m("時刻 時間", "time", T.DIGITS, "Time"),
    _m("同意 誓約 承諾", "consent", T.CHECK, "Consent"),
    _m("配偶者の有無 配偶者有無", "spouse", T.CHOICE, "Spouse"),
    _m("電子メール", "email", T.TEXT, "E-mail", "note"),
)

PEOPLE: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("口座名義", "名義人"), "account_holder", "Account holder"),
    (("法定代理人", "代理人", "代理", "委任", "受任者"), "agent", "Agent"),
    (
        (
            "申請者",
            "申請人",
            "請求者",
            "申込者",
            "申告者",
            "届出人",
            "届出者",
            "利用者",
            "受給者",
            "申請する方",
            "窓口に来た",
            "窓口に来られた",
        ),
        "applicant",
        "Applicant",
    ),
    (("保護者",), "guardian", "Guardian"),
    (("配偶者", "夫・妻"), "spouse", "Spouse"),
    (("児童", "お子さま", "お子さん", "こども", "子ども", "園児", "生徒", "入園児"), "child", "Child"),
    (("被保険者", "加入者"), "insured", "Insured person"),
    (("世帯主",), "household_head", "Head of the household"),
    (("世帯員", "世帯全員", "家族", "同居"), "member", "Member"),
    (("被接種者", "接種を受ける"), "recipient", "Recipient"),
    (("対象者", "本人", "必要な方", "該当者"), "person", "Person"),
    (("事業者", "法人", "事業所", "会社", "団体"), "company", "Company"),
    (("勤務先", "就労先"), "employer", "Employer"),
    (("所有者",), "owner", "Owner"),
    (("使用者",), "user", "User"),
    (("死亡者", "亡くなられた", "故人"), "deceased", "Deceased"),
    (("父",), "father", "Father"),
    (("母",), "mother", "Mother"),
    (("夫",), "husband", "Husband"),
    (("妻",), "wife", "Wife"),
    (("緊急",), "emergency", "Emergency"),
    (("転入前", "前住所", "旧住所", "これまでの", "今までの", "旧"), "old", "Old"),
    (("新住所", "これからの", "新しい", "新"), "new", "New"),
    (("振込", "口座"), "bank", "Bank"),
)

OFFICE = (
    "事務処理",
    "処理欄",
    "市記入",
    "市使用欄",
    "職員記入",
    "職員使用",
    "役所使用",
    "市役所記入",
    "市処理",
    "町記入",
    "区記入",
    "担当者記入",
    "受付印",
    "受付欄",
    "決裁",
    "事務使用",
    "市確認欄",
    "確認欄",
    "記入しないで",
    "記入不要",
    "使用欄",
    "受理印",
    "収受印",
    "公用欄",
    "審査欄",
    "担当課",
    "処理事項",
    "町使用",
    "区使用",
    "村使用",
    "役場使用",
    "事務欄",
    "収入印紙",
    "証紙",
)
"""Words over places that the office fills in."""

ERAS = {
    "明治": "M",
    "大正": "T",
    "昭和": "S",
    "平成": "H",
    "令和": "R",
    "明": "M",
    "大": "T",
    "昭": "S",
    "平": "H",
    "令": "R",
    "M": "M",
    "T": "T",
    "S": "S",
    "H": "H",
    "R": "R",
}

ANSWERS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "sex",
        {
            "男": "male",
            "女": "female",
            "男性": "male",
            "女性": "female",
            "その他": "other",
            "無回答": "no_answer",
            "回答しない": "no_answer",
        },
    ),
    (
        "yes_no",
        {
            "有": "yes",
            "無": "no",
            "あり": "yes",
            "なし": "no",
            "有り": "yes",
            "無し": "no",
            "ある": "yes",
            "ない": "no",
        },
    ),
    ("yes_no", {"はい": "yes", "いいえ": "no"}),
    ("wanted", {"要": "yes", "不要": "no", "必要": "yes"}),
    (
        "agreed",
        {
            "する": "yes",
            "しない": "no",
            "同意する": "yes",
            "同意しない": "no",
            "希望する": "yes",
            "希望しない": "no",
            "した": "yes",
            "していない": "no",
            "受けている": "yes",
            "受けていない": "no",
        },
    ),
    ("possible", {"可": "yes", "不可": "no", "否": "no"}),
    (
        "account_type",
        {
            "普通": "futsu",
            "当座": "toza",
            "貯蓄": "chochiku",
            "納税準備": "nozei",
            "その他": "other",
            "普通預金": "futsu",
            "当座預金": "toza",
        },
    ),
    (
        "relation",
        {
            "父": "father",
            "母": "mother",
            "祖父": "grandfather",
            "祖母": "grandmother",
            "その他": "other",
            "本人": "self",
            "夫": "husband",
            "妻": "wife",
            "子": "child",
            "世帯主": "head",
            "兄": "brother",
            "姉": "sister",
            "配偶者": "spouse",
            "親": "parent",
        },
    ),
    (
        "weekday",
        {
            "月": "mon",
            "火": "tue",
            "水": "wed",
            "木": "thu",
            "金": "fri",
            "土": "sat",
            "日": "sun",
            "祝": "holiday",
        },
    ),
    ("living", {"同居": "together", "別居": "apart", "単身": "alone"}),
    ("half", {"午前": "am", "午後": "pm", "終日": "all_day"}),
    (
        "who",
        {
            "本人": "self",
            "代理人": "agent",
            "世帯主": "head",
            "同居家族": "family",
            "家族": "family",
            "法定代理人": "guardian",
            "保護者": "guardian",
            "その他": "other",
        },
    ),
    (
        "marital",
        {"未婚": "single", "既婚": "married", "離婚": "divorced", "死別": "widowed", "婚姻": "married"},
    ),
    (
        "housing",
        {
            "持家": "own",
            "持ち家": "own",
            "借家": "rented",
            "賃貸": "rented",
            "公営": "public",
            "社宅": "company",
            "その他": "other",
            "自己所有": "own",
            "アパート": "flat",
        },
    ),
    (
        "work",
        {
            "常勤": "full_time",
            "非常勤": "part_time",
            "正社員": "full_time",
            "パート": "part_time",
            "自営": "self_employed",
            "無職": "none",
            "その他": "other",
            "会社員": "employee",
            "アルバイト": "part_time",
            "学生": "student",
        },
    ),
    ("place", {"自宅": "home", "勤務先": "work", "携帯": "mobile", "その他": "other", "呼出": "call"}),
    (
        "new_or",
        {
            "新規": "new",
            "継続": "renewal",
            "変更": "change",
            "更新": "renewal",
            "再交付": "reissue",
            "取消": "cancel",
            "廃止": "end",
            "解約": "end",
            "停止": "stop",
        },
    ),
    (
        "bank",
        {
            "銀行": "bank",
            "信用金庫": "shinkin",
            "信金": "shinkin",
            "信用組合": "shinkumi",
            "信組": "shinkumi",
            "農協": "nokyo",
            "労働金庫": "rokin",
            "労金": "rokin",
            "漁協": "gyokyo",
            "金庫": "shinkin",
            "組合": "shinkumi",
        },
    ),
    (
        "branch",
        {
            "本店": "head_office",
            "支店": "branch",
            "出張所": "office",
            "支所": "office",
            "本所": "head_office",
        },
    ),
    ("era", {word: value for word, value in ERAS.items() if len(word) == 2} | {"西暦": "W"}),
    ("era", {word: value for word, value in ERAS.items() if len(word) == 1 and not word.isascii()}),
    ("era", {word: value for word, value in ERAS.items() if word.isascii()}),
)
"""Words that are ringed or ticked, in sets of answers to one question."""

UNITS = {
    "円": T.AMOUNT,
    "千円": T.AMOUNT,
    "万円": T.AMOUNT,
    **dict.fromkeys(
        (
            "人",
            "名",
            "歳",
            "才",
            "枚",
            "通",
            "部",
            "回",
            "日間",
            "か月",
            "ヶ月",
            "カ月",
            "箇月",
            "年間",
            "時間",
            "分",
            "㎡",
            "m2",
            "平方メートル",
            "台",
            "個",
            "件",
            "頭",
            "匹",
            "cc",
            "cm",
            "kg",
            "%",
            "％",
            "号",
            "年度",
            "番",
            "級",
            "冊",
            "世帯",
            "時間/週",
            "日/月",
            "日",
            "週",
            "㎝",
            "㎏",
        ),
        T.DIGITS,
    ),
}
"""What is printed behind a place and says what is written there."""

REQUIRED = ("必須", "＊必須", "※必須", "【必須】", "(必須)")
OPTIONAL = ("任意",)
SEVERAL = ("すべて", "全て", "複数", "いくつでも", "全部", "添付")
