"""The vocabulary of ``bot explain``: procedures, elements, formatters, in Japanese and English."""

from __future__ import annotations

PROCEDURES = {
    "login": ("ログインする", "Log in"),
    "find": ("登録済みかどうか調べる", "Look whether the record is there"),
    "enter": ("入力して登録する", "Enter and submit"),
    "read_back": ("登録された行を開いて突合する", "Open the stored row and compare"),
}
BY = {
    "label": ("「{0}」の欄", "the input labelled “{0}”"),
    "cell": ("表の「{0}」の隣の欄", "the input beside “{0}” in the table"),
    "button": ("ボタン「{0}」", "the button “{0}”"),
    "link": ("リンク「{0}」", "the link “{0}”"),
    "words": ("「{0}」", "“{0}”"),
    "text": ("「{0}」の文字", "the words “{0}”"),
    "name": ("名前が {0} の欄", "the input named {0}"),
    "id": ("IDが {0} の要素", "the element with id {0}"),
    "role": ("役割が {0} の要素", "the element with role {0}"),
    "title": ("説明が「{0}」の要素", "the element with title “{0}”"),
    "alt": ("画像「{0}」", "the picture “{0}”"),
    "placeholder": ("薄い字で「{0}」とある欄", "the input with the hint “{0}”"),
    "position": ("{0}番目の欄", "input number {0}"),
    "column": ("「{0}」の列", "the column “{0}”"),
    "row": ("「{0}」の行", "the row “{0}”"),
    "css": ("要素 {0}", "the element {0}"),
}
# The result of each formatter in words; a formatter that is missing here is shown by its own name.
FORMATS = {
    "date": "日付", "wareki": "和暦の日付", "era": "元号", "wareki_year": "和暦の年", "year": "西暦の年",
    "month": "月", "day": "日", "time": "時刻", "half_width": "半角", "full_width": "全角", "half_kana": "半角カナ",
    "full_kana": "全角カナ", "hiragana": "ひらがな", "katakana": "カタカナ", "number": "桁区切り", "zero_pad": "前ゼロ",
    "postal": "郵便番号の形", "postal_part": "郵便番号の部分", "phone": "電話番号の形", "phone_part": "電話番号の部分",
    "slice": "文字の範囲", "part": "区切った部分", "family": "姓", "given": "名", "no_spaces": "空白なし",
    "space": "空白",
    "replace": "置き換え", "upper": "大文字", "lower": "小文字", "strip": "前後の空白なし",
    "default": "空のときは",
    "yes_no": "有無の表し方", "has": "含むか", "prefix": "前に付ける", "lookup": "対応表", "lookup_all": "対応表",
}  # fmt: skip
