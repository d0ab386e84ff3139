"""住民票の写し等交付申請書: a form of the same city without a template, which must be rejected as unknown."""

from __future__ import annotations

from samples.forms.fonts import GOTHIC
from samples.forms.kit import Kit, Sheet, spec
from samples.forms.paper import THICK, THIN, Inks
from templates_forms.model import Box

_LEFT, _WIDTH, _LABEL = 18.0, 174.0, 32.0

SHEET = Sheet(
    id="juminhyo_kofu",
    title="住民票の写し等交付申請書",
    title_en="Request for a copy of the residence record",
    edition="2025-10",
    hand_minutes=2.0,
    rules=(),
    # It is never stored, so it needs neither rules nor a key.
    record_key=(),
)


def draw() -> Kit:
    """Draw the form, with its fields, so that the scan maker can fill it in like any other."""
    kit = Kit(SHEET, Inks(face=GOTHIC, shade=(0.95, 0.95, 0.95)))
    kit.paper.frame(Box(_LEFT, 14, _WIDTH, 14), THICK)
    kit.paper.text(105, 21, "住民票の写し等交付申請書", 18, align="centre", spacing=2)
    kit.paper.text(_LEFT + 2, 35, "（あて先）若葉市長", 10)
    kit.date(spec("request_date", "date", "申請日", "Date"), Box(130, 31, 60, 8), "R", (5, 6))
    _requester(kit)
    _person(kit)
    _copies(kit)
    kit.office_table(Box(_LEFT, 225, _WIDTH, 42), ["受付", "本人確認", "作成", "照合", "手数料", "交付"])
    kit.paper.text(_LEFT + _WIDTH, 280, "市民－０１７（2025.10）", 7, align="right")
    return kit


def _requester(kit: Kit) -> None:
    kit.paper.text(_LEFT, 46, "１　窓口に来られた方", 10)
    row = kit.row(Box(_LEFT, 50, _WIDTH, 9), "フリガナ", _LABEL)
    kit.free(spec("requester_kana", "kana", "フリガナ", "Kana"), Box(row.x + 2, row.y + 1, 110, 7))
    row = kit.row(Box(_LEFT, 59, _WIDTH, 15), "氏名", _LABEL, size=10)
    name = spec("requester_name", "text", "氏名", "Name", content="name")
    kit.free(name, Box(row.x + 2, row.y + 1, 110, 13))
    row = kit.row(Box(_LEFT, 74, _WIDTH, 17), "住所", _LABEL, size=10)
    address = spec("requester_address", "text", "住所", "Address", content="address")
    kit.free(address, Box(row.x + 2, row.y + 1, 136, 15))
    row = kit.row(Box(_LEFT, 91, _WIDTH, 11), "電話番号", _LABEL)
    kit.free(spec("requester_phone", "phone", "電話番号", "Telephone"), Box(row.x + 2, row.y + 1, 80, 9))
    kit.paper.frame(Box(_LEFT, 50, _WIDTH, 52), THICK)


def _person(kit: Kit) -> None:
    kit.paper.text(_LEFT, 110, "２　どなたの住民票が必要ですか", 10)
    row = kit.row(Box(_LEFT, 114, _WIDTH, 11), "", _LABEL)
    kit.label(Box(_LEFT, 114, _LABEL, 11), "対象者", 9)
    words = [("self", "本人"), ("household", "同一世帯の方"), ("other", "その他（委任状が必要）")]
    ticks = [(value, word, row.x + 4 + 36 * i, row.y + 3.7) for i, (value, word) in enumerate(words)]
    kit.ticks(spec("person", "choice", "対象者", "Whose record"), ticks, 8.5)
    row = kit.row(Box(_LEFT, 125, _WIDTH, 15), "必要な方の氏名", _LABEL)
    name = spec("person_name", "text", "対象者氏名", "Name", content="name")
    kit.free(name, Box(row.x + 2, row.y + 1, 110, 13))
    kit.paper.frame(Box(_LEFT, 114, _WIDTH, 26), THICK)


def _copies(kit: Kit) -> None:
    kit.paper.text(_LEFT, 148, "３　必要な証明書と通数", 10)
    kinds = ("住民票の写し（世帯全員）", "住民票の写し（世帯の一部）", "住民票記載事項証明書", "除票の写し")
    for number, kind in enumerate(kinds):
        y = 152 + 11 * number
        kit.paper.frame(Box(_LEFT, y, 100, 11))
        kit.paper.text(_LEFT + 4, y + 5.5, kind, 9.5)
        kit.paper.frame(Box(_LEFT + 100, y, 30, 11))
        field = spec(f"copies{number + 1}", "digits", f"{kind} 通数", "Copies")
        kit.free(field, Box(_LEFT + 103, y + 1, 16, 9))
        kit.paper.text(_LEFT + 124, y + 5.5, "通", 9)
    box = Box(_LEFT + 130, 152, 44, 44)
    kit.paper.frame(box, THIN)
    words = [
        "記載が必要なもの",
        "",
        "・世帯主、続柄",
        "・本籍、筆頭者",
        "・個人番号",
        "（使いみちにより",
        "　記載できません）",
    ]
    kit.paper.lines(box.x + 3, box.y + 5, words, 7.5, 5)
    kit.paper.frame(Box(_LEFT, 152, _WIDTH, 44), THICK)
    note = (
        "※窓口では、運転免許証、マイナンバーカード等の本人確認書類を提示してください。手数料は１通300円です。"
    )
    kit.paper.text(_LEFT, 203, note, 7.5)
