"""Every reason to doubt a reading, with the sentence shown to the verifier."""

from __future__ import annotations

# The codes are stable: they are stored in the database and in CSV files.
READERS_DISAGREE = "readers_disagree"
INK_UNREAD = "ink_unread"
INK_OUTSIDE_BOX = "ink_outside_box"
STRUCK_OUT = "struck_out"
CONFUSABLE = "confusable"
VARIANT_CHARACTER = "variant_character"
RULE_FAILED = "rule_failed"
FAINT = "faint"
REGISTRATION_WEAK = "registration_weak"
EMPTY_REQUIRED = "empty_required"
TOO_LONG = "too_long"
NO_CHARACTER = "no_character"
GAP_IN_NUMBER = "gap_in_number"
INCOMPLETE = "incomplete"
SEVERAL_MARKS = "several_marks"
MARK_UNCLEAR = "mark_unclear"
MARK_CANCELLED = "mark_cancelled"
INK_IN_EMPTY = "ink_in_empty"
KNOWLEDGE_DIFFERS = "knowledge_differs"
KNOWLEDGE_USED = "knowledge_used"
BARCODE_UNREADABLE = "barcode_unreadable"
FREE_WRITING = "free_writing"

SENTENCES: dict[str, tuple[str, str]] = {
    READERS_DISAGREE: (
        "2 つの読取方法の結果が一致しません。",
        "The two readers disagree.",
    ),
    INK_UNREAD: (
        "読み取った文字では説明できない筆跡が残っています。文字の抜けがないか確認してください。",
        "There is ink that no character explains; a character may be missing.",
    ),
    INK_OUTSIDE_BOX: (
        "枠の外に記入があります。",
        "Something is written outside the box.",
    ),
    STRUCK_OUT: (
        "抹消線または訂正の跡があります。",
        "The writing seems to be struck out or corrected.",
    ),
    CONFUSABLE: (
        "形の似た文字があります（1 と 7、ソ と ン など）。",
        "A character looks like another one (1/7, ソ/ン).",
    ),
    VARIANT_CHARACTER: (
        "異体字の可能性があります（髙と高、﨑と崎 など）。字体を確認してください。",
        "The character may be a variant (髙/高, 﨑/崎); check its form.",
    ),
    RULE_FAILED: (
        "他の項目や検査の規則と合いません。",
        "The value breaks a rule.",
    ),
    FAINT: (
        "文字が薄く、かすれています。",
        "The writing is faint.",
    ),
    REGISTRATION_WEAK: (
        "用紙の位置合わせの精度が低いページです。",
        "The page could only be aligned roughly.",
    ),
    EMPTY_REQUIRED: (
        "必須項目が空欄です。",
        "A required field is empty.",
    ),
    TOO_LONG: (
        "決められた文字数を超えています。",
        "The value is too long.",
    ),
    NO_CHARACTER: (
        "文字とは思えない筆跡のある枠があります。",
        "A box holds ink that does not look like a character.",
    ),
    GAP_IN_NUMBER: (
        "数字の途中に空いている枠があります。",
        "There is an empty box inside the number.",
    ),
    INCOMPLETE: (
        "一部だけが記入されています。",
        "Only a part is filled in.",
    ),
    SEVERAL_MARKS: (
        "一つだけ選ぶ欄に、複数の印があります。",
        "More than one option is marked where one is expected.",
    ),
    MARK_UNCLEAR: (
        "印の有無がはっきりしません。",
        "It is not clear whether there is a mark.",
    ),
    MARK_CANCELLED: (
        "印が取り消されているようです。",
        "A mark seems to be cancelled.",
    ),
    INK_IN_EMPTY: (
        "空欄と判断した場所に、わずかな筆跡があります。",
        "There is a little ink where the field was taken as empty.",
    ),
    KNOWLEDGE_DIFFERS: (
        "辞書や住所の資料から考えられる値が、筆跡から読んだ値と異なります。",
        "What the dictionary or the postal data suggest differs from what the ink shows.",
    ),
    KNOWLEDGE_USED: (
        "筆跡だけでは決められず、住所の資料やフリガナを手がかりにしました。",
        "The ink alone did not decide; postal data or the furigana did.",
    ),
    BARCODE_UNREADABLE: (
        "バーコードを読み取れません。",
        "The barcode cannot be read.",
    ),
    FREE_WRITING: (
        "枠のない自由記入です。",
        "This is free writing without boxes.",
    ),
}

_RULES: dict[str, tuple[str, str]] = {
    "postal_code_matches_address": ("郵便番号と住所が合いません。", "Postal code and address do not match."),
    "kana_matches_name": ("フリガナと氏名が合いません。", "Furigana and name do not match."),
    "date_in_past": ("未来の日付です。", "The date lies in the future."),
    "date_order": ("日付の前後が逆です。", "The dates are in the wrong order."),
    "time_order": ("時刻の前後が逆です。", "The times are in the wrong order."),
    "my_number_check_digit": (
        "マイナンバーの検査用数字が合いません。",
        "The My Number check digit does not fit.",
    ),
    "requires_when": ("回答により必要になる項目が空欄です。", "An answer makes another field necessary."),
    "age_between": ("生年月日から計算した年齢が範囲の外です。", "The age is out of range."),
    "same_text": ("同じであるべき項目が一致しません。", "Fields that should be equal differ."),
    "distinct": ("異なるべき項目が同じです。", "Fields that should differ are equal."),
    "digits_length": ("桁数が合いません。", "The number of digits is wrong."),
    "date_valid": ("暦にない日付です。", "There is no such date."),
    "postal_code_exists": ("存在しない郵便番号です。", "Japan Post knows no such code."),
    "phone_plausible": ("電話番号として不自然です。", "This cannot be a telephone number."),
    "pattern": ("決められた書式に合いません。", "The value breaks the field's pattern."),
    "digits_only": ("数字以外の文字があります。", "There is something other than digits."),
    "kana_only": ("カタカナ以外の文字があります。", "There is something other than katakana."),
    "known_option": ("選択肢にない値です。", "The value is not one of the options."),
}


def rule_failed(rule: str) -> str:
    """Returns the reason code of a failed rule: ``rule_failed:<rule>``."""
    return f"{RULE_FAILED}:{rule}"


def sentence(code: str, language: str = "ja") -> str:
    """Returns the sentence for a reason code, Japanese or English; the code itself when it is unknown."""
    name, _, rule = code.partition(":")
    pair = _RULES.get(rule) if rule else None
    pair = pair or SENTENCES.get(name)
    if pair is None:
        return code
    return pair[1] if language == "en" else pair[0]
