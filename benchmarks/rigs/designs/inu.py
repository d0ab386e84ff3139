"""犬の登録・鑑札再交付申請書: held out: not used while the rules were written."""

from __future__ import annotations

from benchmarks.rigs.designs.form_canvas import MINCHO, FormCanvas, inset
from templates_forms.model import Box


def draw() -> FormCanvas:
    p = FormCanvas((210, 297), MINCHO)
    p.text(105, 20, "犬の登録等申請書", 16, "centre")
    p.date("written", 138, 32, "令和", None, size=10, blank=9, height=6)
    p.text(22, 42, "星見市長　様", 11)
    _owner(p)
    _dog(p)
    _vaccine(p)
    _reason(p)
    return p


def _cell(p: FormCanvas, box: Box, words: str, wide: float) -> Box:
    p.rect(box, 0.2)
    p.line(box.x + wide, box.y, box.x + wide, box.bottom)
    p.spread(Box(box.x, box.y, wide, box.height), words, 9)
    return Box(box.x + wide, box.y, box.width - wide, box.height)


def _owner(p: FormCanvas) -> None:
    p.text(20, 52, "１．飼い主（所有者）", 10)
    b = _cell(p, Box(18, 56, 110, 8), "フリガナ", 26)
    p.free("owner_kana", "kana", inset(b, 0.7))
    b = _cell(p, Box(18, 64, 110, 13), "氏名", 26)
    p.free("owner_name", "text", inset(b))
    b = _cell(p, Box(128, 56, 64, 21), "電話", 16)
    p.text(b.x + 2, b.y + 6, "自宅", 8)
    p.text(b.x + 2, b.y + 15.5, "携帯", 8)
    p.line(b.x, b.y + 10.5, b.right, b.y + 10.5, 0.15)
    start = b.x + 2 + p.width("自宅", 8)
    p.free("home_phone", "phone", Box(start + 0.6, b.y + 0.8, b.right - start - 1.4, 8.9))
    p.free("mobile_phone", "phone", Box(start + 0.6, b.y + 11.3, b.right - start - 1.4, 8.9))
    b = _cell(p, Box(18, 77, 174, 17), "住所", 26)
    p.text(b.x + 3, b.y + 4.5, "〒", 9)
    p.apart("owner_zip", "postal_code", b.x + 8, b.y + 1.4, (4.5, 6), (3, 4), between=3.4, hyphen="-")
    p.free("owner_address", "text", Box(b.x + 0.8, b.y + 8, b.width - 1.6, 8.2))
    p.rect(Box(18, 56, 174, 38), 0.45)


def _dog(p: FormCanvas) -> None:
    p.text(20, 103, "２．犬", 10)
    heads = (("種類", 40), ("毛色", 30), ("生年月日", 58), ("性別", 22), ("名", 24))
    x = 18.0
    for words, wide in heads:
        p.rect(Box(x, 107, wide, 7), 0.2, 0.9)
        p.text(x + wide / 2, 110.5, words, 9, "centre")
        x += wide
    for n in (1, 2):
        x, y = 18.0, 114 + 14 * (n - 1)
        boxes = []
        for _, wide in heads:
            boxes.append(Box(x, y, wide, 14))
            p.rect(boxes[-1])
            x += wide
        p.free(f"breed{n}", "text", inset(boxes[0]))
        p.free(f"colour{n}", "text", inset(boxes[1]))
        p.date(f"born{n}", boxes[2].x + 3, y + 7, ("平成", "令和"), None, size=8, blank=7, height=7)
        p.ring(f"sex{n}", "choice", boxes[3].x + 4, y + 7, ("オス", "メス"), 8, "・", 0.4)
        p.free(f"name{n}", "text", inset(boxes[4]))
    p.rect(Box(18, 107, 174, 35), 0.45)


def _vaccine(p: FormCanvas) -> None:
    p.text(20, 150, "３．狂犬病予防注射", 10)
    b = _cell(p, Box(18, 154, 174, 11), "注射年月日", 34)
    p.date("shot", b.x + 5, b.y + 5.5, "令和", (5, 6.5), size=9)
    b = _cell(p, Box(18, 165, 100, 11), "注射済票番号", 34)
    p.text(b.x + 2, b.y + 5.5, "第", 9)
    p.cells("shot_no", "digits", Box(b.x + 8, b.y + 2.2, 36, 6.6), (6,), inner=0.15, outer=0.25)
    p.text(b.x + 47, b.y + 5.5, "号", 9)
    b = _cell(p, Box(118, 165, 74, 11), "手数料", 24)
    p.text(b.right - 3, b.y + 5.5, "円", 9, "right")
    p.free("fee", "amount", Box(b.x + 0.8, b.y + 0.8, b.width - 8, 9.4))
    b = _cell(p, Box(18, 176, 174, 11), "動物病院名", 34)
    p.free("clinic", "text", inset(b))
    p.rect(Box(18, 154, 174, 33), 0.45)


def _reason(p: FormCanvas) -> None:
    p.text(20, 196, "４．申請の区分（あてはまるものに✓）", 10)
    words = ("新規登録", "鑑札の再交付", "注射済票の再交付", "死亡")
    p.ticks("kind", "choice", [(24, 204), (62, 204), (104, 204), (154, 204)], words, 9.5, 3.6)
    b = _cell(p, Box(18, 211, 174, 20), "再交付の理由", 34)
    p.free("why", "text", inset(b))
    p.text(20, 240, "マイクロチップ番号", 9)
    p.cells("chip", "digits", Box(54, 236.5, 75, 7), (15,), inner=0.12, outer=0.3, dash=(0.3, 0.4))
    p.ticks("agree", "check", [(20, 252)], ("個人情報を市の関係部署で利用することに同意します。",), 9, 3.6)
    p.rect(Box(18, 262, 174, 20), 0.2)
    p.rect(Box(18, 262, 14, 20), 0.2, 0.9)
    p.downwards(Box(18, 262, 14, 20), "処理欄", 8)
    for i, word in enumerate(("登録番号", "鑑札番号", "受付", "入力")):
        p.rect(Box(32 + 40 * i, 262, 40, 6))
        p.text(52 + 40 * i, 265, word, 8, "centre")
        p.rect(Box(32 + 40 * i, 268, 40, 14))
