"""省エネ家電購入補助金 交付申請書: a letter with unboxed lines, a table of goods, boxes apart, an account."""

from __future__ import annotations

from benchmarks.rigs.designs.form_canvas import MINCHO, FormCanvas, inset
from templates_forms.model import Box

_DOTS = (0.25, 0.5)


def draw() -> FormCanvas:
    p = FormCanvas((210, 297), MINCHO)
    p.text(20, 14, "様式第１号（第６条関係）", 9)
    p.date("today", 140, 22, "令和", None, size=10, blank=9, height=6)
    p.text(24, 31, "海野市長　殿", 11)
    _applicant(p)
    p.text(105, 84, "海野市省エネ家電購入補助金交付申請書", 14, "centre")
    p.text(
        22,
        94,
        "　海野市省エネ家電購入補助金の交付を受けたいので、関係書類を添えて次のとおり申請します。",
        9.5,
    )
    _goods(p)
    _claim(p)
    _bank(p)
    _papers(p)
    return p


def _applicant(p: FormCanvas) -> None:
    p.text(92, 40, "申請者", 10)
    for i, (words, name, kind) in enumerate(
        (
            ("住所", "address", "text"),
            ("ふりがな", "kana", "kana"),
            ("氏名", "name", "text"),
            ("電話", "phone", "phone"),
        )
    ):
        y = 40 + 10 * i
        p.text(110, y, words, 10)
        p.line(128, y + 3.4, 190, y + 3.4, 0.2)
        right = 190.0
        if name == "name":
            p.text(183, y, "印", 10)
            p.note("seal", "seal", Box(178.8, y - 6, 12, 12))
            right = 182
        p.free(name, kind, Box(128, y - 4.2, right - 128, 7.6))


def _goods(p: FormCanvas) -> None:
    top = 101.0
    columns = (
        (12, "№"),
        (52, "品目（該当に○）"),
        (48, "メーカー・型番"),
        (18, "台数"),
        (40, "購入金額（税抜）"),
    )
    x = 20.0
    for wide, words in columns:
        p.rect(Box(x, top, wide, 8), 0.2, 0.93)
        p.text(x + wide / 2, top + 4, words, 8, "centre")
        x += wide
    for n in range(1, 4):
        y = top + 8 + 11 * (n - 1)
        x = 20.0
        boxes = []
        for wide, _ in columns:
            boxes.append(Box(x, y, wide, 11))
            p.rect(boxes[-1])
            x += wide
        p.text(26, y + 5.5, str(n), 9, "centre")
        p.ring(f"goods{n}", "choice", boxes[1].x + 4, y + 5.5, ("冷蔵庫", "エアコン", "照明"), 8.5, "・", 1.0)
        p.free(f"model{n}", "text", inset(boxes[2]))
        p.text(boxes[3].right - 2, y + 5.5, "台", 8, "right")
        p.free(f"number{n}", "digits", Box(boxes[3].x + 0.8, y + 0.8, 12, 9.4))
        p.text(boxes[4].right - 2, y + 5.5, "円", 8, "right")
        p.free(f"price{n}", "amount", Box(boxes[4].x + 0.8, y + 0.8, 34, 9.4))
    p.rect(Box(20, top, 170, 41), 0.4)


def _claim(p: FormCanvas) -> None:
    y = 148.0
    p.rect(Box(20, y, 46, 16), 0.3, 0.93)
    p.spread(Box(22, y, 42, 16), "交付申請額", 9.5)
    p.rect(Box(66, y, 124, 16), 0.3)
    p.text(70, y + 9, "金", 10)
    p.cells("amount", "amount", Box(78, y + 4.8, 49, 8.4), (7,), inner=0.15, outer=0.4, dash=_DOTS)
    for i, word in enumerate(("百万", "十万", "万", "千", "百", "十", "一")):
        p.text(81.5 + 7 * i, y + 2.8, word, 5, "centre")
    p.text(129, y + 9, "円", 10)
    p.text(138, y + 9, "（上限５万円）", 8)
    p.rect(Box(20, y + 16, 46, 10), 0.3, 0.93)
    p.spread(Box(22, y + 16, 42, 10), "購入日", 9.5)
    p.rect(Box(66, y + 16, 124, 10), 0.3)
    p.date("bought", 72, y + 21, "令和", (5.5, 6.5), size=9, dash=_DOTS)
    p.rect(Box(20, y + 26, 46, 10), 0.3, 0.93)
    p.spread(Box(22, y + 26, 42, 10), "設置場所", 9.5)
    p.rect(Box(66, y + 26, 124, 10), 0.3)
    p.ticks("where", "choice", [(72, y + 31), (112, y + 31)], ("申請者の住所と同じ", "その他（"), 9, 3.4)
    p.line(0, 0, 0, 0)
    p.text(178, y + 31, "）", 9)
    start = 112 + 3.4 + 1 + p.width("その他（", 9)
    p.free("where_else", "text", Box(start + 0.4, y + 28.4, 177.6 - start, 5.2))


def _bank(p: FormCanvas) -> None:
    y = 192.0
    p.text(20, y - 3.5, "【振込先】申請者本人の口座に限ります", 9)
    p.rect(Box(20, y, 30, 12), 0.2, 0.93)
    p.text(35, y + 6, "金融機関名", 9, "centre")
    p.rect(Box(50, y, 70, 12))
    p.ring("bank_kind", "choice", 92, y + 3.6, ("銀行", "信用金庫"), 7.5, "・", 0.6)
    p.text(94, y + 8.6, "農協", 7.5)
    p.truths.pop()
    p.free("bank_name", "text", Box(50.8, y + 0.8, 38, 10.4))
    p.rect(Box(120, y, 18, 12), 0.2, 0.93)
    p.text(129, y + 6, "支店名", 9, "centre")
    p.rect(Box(138, y, 52, 12))
    p.free("branch", "text", inset(Box(138, y, 52, 12)))
    p.rect(Box(20, y + 12, 30, 11), 0.2, 0.93)
    p.text(35, y + 17.5, "種　目", 9, "centre")
    p.rect(Box(50, y + 12, 50, 11))
    p.ring("account_type", "choice", 58, y + 17.5, ("普通", "当座"), 9.5, "", 8)
    p.rect(Box(100, y + 12, 24, 11), 0.2, 0.93)
    p.text(112, y + 17.5, "口座番号", 9, "centre")
    p.rect(Box(124, y + 12, 66, 11))
    p.apart("account", "account_number", 128, y + 14, (6, 7), (7,), gap=1.4)
    p.rect(Box(20, y + 23, 30, 12), 0.2, 0.93)
    p.text(35, y + 27, "口座名義", 9, "centre")
    p.text(35, y + 31.5, "（カタカナ）", 7, "centre")
    p.rect(Box(50, y + 23, 140, 12))
    p.cells("holder", "kana", Box(53, y + 25.5, 134.4, 7), (28,), inner=0.12, outer=0.25, dash=_DOTS)
    p.rect(Box(20, y, 170, 35), 0.4)


def _papers(p: FormCanvas) -> None:
    y = 235.0
    p.text(20, y, "添付書類（添付したものに✓をしてください）", 9)
    words = ("領収書の写し", "保証書の写し", "設置後の写真", "振込先口座の通帳の写し")
    p.ticks("papers", "multi_choice", [(24, y + 7), (66, y + 7), (108, y + 7), (146, y + 7)], words, 9)
    p.rect(Box(20, y + 16, 170, 24), 0.2)
    p.text(22, y + 19, "備考", 8)
    p.free("note", "text", Box(20.8, y + 21.5, 168.4, 17.7))
