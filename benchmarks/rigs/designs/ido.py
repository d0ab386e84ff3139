"""住民異動届: landscape, dense tables, one line per person, parts of dates in cells of their own, stacked eras."""

from __future__ import annotations

from benchmarks.rigs.designs.form_canvas import GOTHIC, FormCanvas, inset
from templates_forms.model import Box

_DASH = (0.4, 0.5)


def draw() -> FormCanvas:
    p = FormCanvas((297, 210), GOTHIC)
    p.text(148, 12, "住　民　異　動　届", 16, "centre")
    p.text(14, 18, "（あて先）みどり町長", 9)
    p.text(215, 18, "届出日", 9)
    p.date("todoke", 230, 18, "令和", None, blank=8, height=6)
    _kind(p)
    _addresses(p)
    _people(p)
    _visitor(p)
    _office(p)
    return p


def _kind(p: FormCanvas) -> None:
    box = Box(12, 23, 273, 9)
    p.rect(box, 0.4)
    p.rect(Box(12, 23, 24, 9), 0.2, 0.88)
    p.text(24, 27.5, "届出の種類", 8.5, "centre")
    words = ("転入", "転出", "転居", "世帯主変更", "世帯合併", "世帯分離")
    p.ticks("kind", "choice", [(42 + 27 * i, 27.5) for i in range(len(words))], words, 9, 3.4)
    p.line(212, 23, 212, 32)
    p.rect(Box(212, 23, 22, 9), 0.2, 0.88)
    p.text(223, 27.5, "異動日", 8.5, "centre")
    p.date("idobi", 236, 27.5, "令和", (4, 6), size=8, dash=_DASH)


def _addresses(p: FormCanvas) -> None:
    for i, (name, words) in enumerate((("new_address", "新しい住所"), ("old_address", "今までの住所"))):
        y = 36 + 15 * i
        p.rect(Box(12, y, 273, 15), 0.2)
        p.rect(Box(12, y, 24, 15), 0.2, 0.88)
        p.text(24, y + 7.5, words, 8.5, "centre")
        p.line(190, y, 190, y + 15)
        p.text(38, y + 3, "〒", 8)
        p.cells(f"{name}_zip", "postal_code", Box(42, y + 0.8, 28, 4.6), (3, 4), inner=0.1, heavy=0.35)
        p.free(name, "text", Box(36.8, y + 6, 152.4, 8.4))
        p.rect(Box(190, y, 20, 15), 0.2, 0.88)
        p.text(200, y + 5, "世帯主", 8.5, "centre")
        p.text(200, y + 9.5, "氏名", 8.5, "centre")
        p.free(f"{name}_head", "text", inset(Box(210, y, 75, 15)))
    p.rect(Box(12, 36, 273, 30), 0.45)


_COLUMNS = (
    (8, ""),
    (62, "フリガナ／氏名"),
    (64, "生年月日"),
    (16, "性別"),
    (22, "続柄"),
    (64, "個人番号"),
    (37, "在留資格・国籍等"),
)


def _people(p: FormCanvas) -> None:
    top, x = 70, 12.0
    for wide, words in _COLUMNS:
        p.rect(Box(x, top, wide, 7), 0.2, 0.88)
        p.text(x + wide / 2, top + 3.5, words, 8, "centre")
        x += wide
    for i in range(5):
        _person(p, i + 1, top + 7 + 16 * i)
    p.rect(Box(12, top, 273, 7 + 80), 0.45)


def _person(p: FormCanvas, n: int, y: float) -> None:
    x = 12.0
    boxes = []
    for wide, _ in _COLUMNS:
        boxes.append(Box(x, y, wide, 16))
        p.rect(boxes[-1])
        x += wide
    p.text(boxes[0].x + 4, y + 8, str(n), 8, "centre")
    p.line(boxes[1].x, y + 5.5, boxes[1].right, y + 5.5, 0.15, (0.5, 0.6))
    p.free(f"kana{n}", "kana", inset(Box(boxes[1].x, y, boxes[1].width, 5.5), 0.5))
    p.free(f"name{n}", "text", inset(Box(boxes[1].x, y + 5.5, boxes[1].width, 10.5)))
    b = boxes[2]
    p.text(b.x + 3, y + 5, "大・昭", 8)
    p.text(b.x + 3, y + 11, "平・令", 8)
    em = 8 * 0.3528
    era = Box(b.x + 1, y + 5 - em / 2 - 1.6, 3 * em + 4, 6 + em + 3.2)
    parts = [Box(b.x + 17 + 15.5 * i, y + 4, 10, 8) for i in range(3)]
    for part, letter in zip(parts, "年月日", strict=True):
        p.cells("", "", part, (2,), inner=0.12, dash=_DASH, note=False)
        p.text(part.right + 0.8, y + 8, letter, 8)
    p.note(f"birth{n}", "date", era.union(parts[2]), (2, 2, 2))
    p.ring(f"sex{n}", "choice", boxes[3].x + 3.2, y + 8, ("男", "女"), 9, "・", 0.1)
    p.free(f"relation{n}", "text", inset(boxes[4]))
    p.cells(
        f"number{n}",
        "my_number",
        Box(boxes[5].x + 2, y + 4.5, 60, 7),
        (4, 4, 4),
        outer=0.25,
        inner=0.1,
        heavy=0.4,
    )
    p.free(f"status{n}", "text", inset(boxes[6]))


def _visitor(p: FormCanvas) -> None:
    y = 162
    p.rect(Box(12, y, 200, 22), 0.45)
    p.rect(Box(12, y, 10, 22), 0.2, 0.88)
    p.downwards(Box(12, y, 10, 22), "窓口に来た方", 7)
    p.rect(Box(22, y, 22, 11), 0.2, 0.88)
    p.text(33, y + 5.5, "氏　名", 8.5, "centre")
    p.rect(Box(44, y, 70, 11))
    p.free("visitor", "text", inset(Box(44, y, 70, 11)))
    p.rect(Box(114, y, 20, 11), 0.2, 0.88)
    p.text(124, y + 5.5, "異動者との関係", 6, "centre")
    p.rect(Box(134, y, 78, 11))
    p.ring("visitor_is", "choice", 138, y + 5.5, ("本人", "世帯主", "同居家族", "代理人"), 8.5, "・", 1.4)
    p.rect(Box(22, y + 11, 22, 11), 0.2, 0.88)
    p.text(33, y + 16.5, "連絡先", 8.5, "centre")
    p.rect(Box(44, y + 11, 168, 11))
    p.text(48, y + 16.5, "（", 9)
    p.text(66, y + 16.5, "）", 9)
    p.text(88, y + 16.5, "－", 9)
    p.free("visitor_phone", "phone", inset(Box(44, y + 11, 168, 11)))


def _office(p: FormCanvas) -> None:
    y = 162
    p.text(216, y - 1.5, "町記入欄", 7)
    for i, words in enumerate(("受付", "入力", "照合")):
        p.rect(Box(216 + 23 * i, y, 23, 5))
        p.text(227.5 + 23 * i, y + 2.5, words, 7, "centre")
        p.rect(Box(216 + 23 * i, y + 5, 23, 17))
    p.text(
        14,
        192,
        "※届出には本人確認書類（運転免許証、マイナンバーカード等）が必要です。異動した日から14日以内に届け出てください。",
        7,
    )
