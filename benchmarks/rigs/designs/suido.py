"""水道使用開始届・口座振替依頼書 on B5-like paper and A4, two pages. It was held out first: see docs/authoring.md."""

from __future__ import annotations

from benchmarks.rigs.designs.form_canvas import GOTHIC, FormCanvas, inset
from templates_forms.model import Box


def draw() -> FormCanvas:
    p = FormCanvas((182, 257), GOTHIC)
    _first(p)
    p.next_page()
    _second(p)
    return p


def _row(p: FormCanvas, y: float, high: float, words: str, wide: float = 32) -> Box:
    p.rect(Box(12, y, wide, high), 0.25, 0.92)
    p.text(12 + wide / 2, y + high / 2, words, 9, "centre")
    p.rect(Box(12 + wide, y, 158 - wide, high), 0.25)
    return Box(12 + wide, y, 158 - wide, high)


def _first(p: FormCanvas) -> None:
    p.text(91, 15, "水道使用開始（中止）届", 15, "centre")
    p.text(14, 25, "波見町上下水道課長　行", 10)
    p.text(112, 25, "お客様番号", 8)
    p.apart("customer_no", "digits", 130, 21.8, (4.4, 6.2), (3, 4), between=3, hyphen="-")
    b = _row(p, 32, 10, "届出区分")
    p.ticks(
        "kind",
        "choice",
        [(b.x + 5, 37), (b.x + 40, 37), (b.x + 75, 37)],
        ("使用開始", "使用中止", "名義変更"),
        9.5,
        3.6,
    )
    b = _row(p, 42, 8, "ふりがな")
    p.free("kana", "kana", inset(b, 0.7))
    b = _row(p, 50, 13, "使用者氏名")
    p.free("name", "text", inset(b))
    b = _row(p, 63, 10, "生年月日")
    p.date("birth", b.x + 4, 68, ("大正", "昭和", "平成"), (4.5, 6.5), size=9, dash=(0.4, 0.4))
    b = _row(p, 73, 20, "使用場所")
    p.text(b.x + 3, 78, "〒", 9)
    p.cells("zip", "postal_code", Box(b.x + 8, 75, 31.5, 6), (3, 4), inner=0.1, heavy=0.45)
    p.free("place", "text", Box(b.x + 0.8, 82, b.width - 1.6, 10.2))
    b = _row(p, 93, 11, "建物の種類")
    p.ring("building", "choice", b.x + 6, 98.5, ("一戸建", "アパート", "店舗", "その他"), 9, "・", 2.4)
    b = _row(p, 104, 11, "使用開始日")
    p.date("start", b.x + 4, 109.5, "令和", None, size=9, blank=10, height=8)
    b = _row(p, 115, 11, "使用人数", 32)
    p.line(b.x + 40, 115, b.x + 40, 126)
    p.text(b.x + 37, 120.5, "人", 9, "right")
    p.free("persons", "digits", Box(b.x + 0.8, 115.8, 31, 9.4))
    p.rect(Box(b.x + 40, 115, 30, 11), 0.25, 0.92)
    p.text(b.x + 55, 120.5, "口径", 9, "centre")
    p.ring("bore", "choice", b.x + 75, 120.5, ("13mm", "20mm", "25mm"), 8.5, "・", 2.4)
    b = _row(p, 126, 11, "連絡先電話番号")
    p.cells("phone", "phone", Box(b.x + 4, 128.2, 55, 6.6), (11,), inner=0.15, outer=0.3)
    b = _row(p, 137, 11, "携帯電話")
    p.free("mobile", "phone", inset(b))
    b = _row(p, 148, 18, "届出の理由")
    p.free("reason", "text", inset(b))
    b = _row(p, 166, 13, "届出者")
    p.text(b.x + 2, 172.5, "氏名", 8.5)
    p.seal("seal", b.right - 12, 172.5, "印", 5.0, (0.6, 0.6))
    start = b.x + 2 + p.width("氏名", 8.5)
    p.free("reporter", "text", Box(start + 0.6, 166.8, b.right - 17.6 - start, 11.4))
    p.rect(Box(12, 32, 158, 147), 0.5)
    p.text(14, 184, "※太枠の中を記入してください。届出がないまま使用された場合は、使用者とみなします。", 7)
    p.rect(Box(12, 205, 158, 34), 0.25)
    p.rect(Box(12, 205, 158, 6), 0.25, 0.92)
    p.text(91, 208, "課処理欄", 8, "centre")
    for i, words in enumerate(("受付", "開栓", "検針", "入力")):
        p.rect(Box(12 + 39.5 * i, 211, 39.5, 6), 0.25)
        p.text(31.75 + 39.5 * i, 214, words, 7.5, "centre")
        p.line(12 + 39.5 * i, 217, 12 + 39.5 * i, 239)


def _second(p: FormCanvas) -> None:
    p.text(91, 15, "水道料金口座振替依頼書", 14, "centre")
    p.rect(Box(12, 22, 158, 12), 0.3, radius=2.5)
    p.text(16, 28, "依頼の種別", 9)
    p.ring("kind2", "choice", 45, 28, ("新規", "変更", "解約"), 10, "／", 2)
    p.text(92, 28, "依頼日", 9)
    p.date("asked", 106, 28, "令和", (4, 6), size=8.5)
    p.rect(Box(12, 38, 158, 62), 0.3, radius=2.5)
    p.line(12, 50, 170, 50)
    p.line(12, 62, 170, 62)
    p.line(12, 74, 170, 74)
    p.line(12, 86, 170, 86)
    p.line(48, 38, 48, 100)
    for i, words in enumerate(("金融機関番号", "店番号", "預金種目", "口座番号", "口座名義（カナ）")):
        p.spread(Box(13, 38 + 12 * i, 34, 12 if i < 4 else 14), words, 8)
    p.cells("bank_code", "digits", Box(52, 40.5, 24, 7), (4,), inner=0.2, outer=0.2)
    p.cells("branch_code", "digits", Box(52, 52.5, 18, 7), (3,), inner=0.2, outer=0.2)
    p.ticks("account_type", "choice", [(54, 68), (84, 68), (114, 68)], ("普通", "当座", "納税準備"), 9.5)
    p.cells("account", "account_number", Box(52, 76.5, 42, 7), (7,), inner=0.2, outer=0.2)
    p.cells("holder", "kana", Box(50, 89, 116, 7), (29,), inner=0.1, outer=0.2, dash=(0.3, 0.4))
    p.text(14, 108, "同意事項", 10)
    for i, words in enumerate(
        ("１　指定した期日に引き落とされることに同意します。", "２　残高不足のときは納付書で支払います。")
    ):
        p.text(18, 115 + 6 * i, words, 8.5)
    p.ticks("consent", "check", [(18, 130)], ("上の事項に同意し、依頼します。",), 9.5, 3.8)
    p.text(80, 142, "署名", 9.5)
    p.line(95, 146, 165, 146, 0.3)
    p.free("signature", "signature", Box(95, 138.5, 70, 7.5))
    p.text(14, 156, "検針員への連絡事項", 9)
    p.rect(Box(12, 160, 158, 34), 0.3)
    p.free("message", "text", inset(Box(12, 160, 158, 34)))
