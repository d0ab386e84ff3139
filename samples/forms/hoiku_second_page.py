"""保育施設等利用申込書, second page: reasons, days and hours, health, household, consent."""

from __future__ import annotations

from samples.forms.kit import Kit, spec
from samples.forms.paper import THICK, THIN
from templates_forms.model import Box

DAYS = (("mon", "月"), ("tue", "火"), ("wed", "水"), ("thu", "木"), ("fri", "金"), ("sat", "土"))
REASONS = (
    ("work", "就労", "（月64時間以上の労働を常態とすること）"),
    ("pregnancy", "妊娠・出産", "（出産前８週・出産後８週）"),
    ("illness", "疾病・障害", "（保護者の疾病又は障害）"),
    ("care", "介護・看護", "（同居親族等の常時の介護・看護）"),
    ("disaster", "災害復旧", "（震災、風水害、火災等の復旧）"),
    ("study", "就学", "（学校・職業訓練校等への就学）"),
    ("jobseek", "求職活動", "（起業準備を含む。）"),
)
_YES_NO = (("yes", "有"), ("no", "無"))
_LEFT, _WIDTH, _LABEL = 15.0, 180.0, 33.0


def draw(kit: Kit) -> None:
    """Draw on the kit's current page."""
    kit.paper.text(_LEFT, 13, "様式第４号（第６条関係）（第２面）", 8.5)
    kit.paper.text(_LEFT + _WIDTH, 13, "第１面から続く", 7.5, align="right")
    _reasons(kit, 18)
    _times(kit, 62)
    _health(kit, 91)
    _household(kit, 134)
    _consent(kit, 161)
    _points(kit, Box(_LEFT, 228, _WIDTH, 52))


def _title(kit: Kit, y: float, words: str) -> float:
    kit.paper.text(_LEFT + 1, y + 2.6, words, 9, spacing=0.3)
    return y + 5.5


def _reasons(kit: Kit, y: float) -> None:
    top = _title(kit, y, "１　保育を必要とする理由")
    row = kit.row(Box(_LEFT, top, _WIDTH, 35), "保育を必要\nとする理由", _LABEL, "（該当すべてに✓）")
    ticks = []
    for number, (value, word, hint) in enumerate(REASONS):
        x = row.x + 4 + 73 * (number // 4)
        line = row.y + 2.8 + 8.3 * (number % 4)
        ticks.append((value, word, x, line))
        kit.paper.text(x + 24, line + 1.8, hint, 6)
    kit.ticks(spec("reasons", "multi_choice", "保育を必要とする理由", "Reasons", required=True), ticks, 8.5)
    kit.paper.frame(Box(_LEFT, top, _WIDTH, 35), THICK)


def _times(kit: Kit, y: float) -> None:
    top = _title(kit, y, "２　利用を希望する曜日及び時間")
    row = kit.row(Box(_LEFT, top, _WIDTH, 9.5), "希望する曜日", _LABEL)
    days = spec("days", "multi_choice", "希望曜日", "Days of the week", required=True)
    kit.words(days, Box(row.x + 3, row.y + 1.45, 84, 6.6), DAYS, 10)
    kit.paper.text(row.x + 92, row.y + 4.75, "（該当する曜日をすべて○で囲む）", 6.5)
    row = kit.row(Box(_LEFT, top + 9.5, _WIDTH, 12), "希望する時間", _LABEL)
    for name, label, english, x, word in (
        ("hours_from", "利用開始時刻", "From", row.x + 5, "から"),
        ("hours_to", "利用終了時刻", "To", row.x + 42, "まで"),
    ):
        box = Box(x, row.y + 4.2, 20, 6.8)
        kit.paper.text(box.x + 5, row.y + 2.2, "時", 6, align="centre")
        kit.paper.text(box.x + 15, row.y + 2.2, "分", 6, align="centre")
        kit.cells(spec(name, "digits", label, english, required=True), box, [2, 2])
        kit.paper.text(box.right + 2, box.y + 3.4, word, 8.5)
    kit.paper.text(row.x + 76, row.y + 6.6, "（24時間制で記入　例：午後６時30分→18時30分）", 6.5)
    kit.paper.frame(Box(_LEFT, top, _WIDTH, 21.5), THICK)


def _health(kit: Kit, y: float) -> None:
    top = _title(kit, y, "３　児童の健康状態")
    row = kit.row(Box(_LEFT, top, _WIDTH, 9.5), "食物アレルギー", _LABEL, size=7.5)
    allergy = spec("allergy", "choice", "アレルギー", "Allergy", required=True)
    kit.words(allergy, Box(row.x + 4, row.y + 1.45, 36, 6.6), _YES_NO, 10)
    kit.paper.text(
        row.x + 46, row.y + 4.75, "（「有」の場合は、下の欄に食品名・症状・医師の指示を記入）", 6.5
    )
    row = kit.row(Box(_LEFT, top + 9.5, _WIDTH, 24), "アレルギー等の\n内容", _LABEL, size=7.5)
    for number in (1, 2):
        y_line = row.y + row.height * number / 3
        kit.paper.line((row.x + 3, y_line), (row.right - 3, y_line), 0.12, (0.6, 0.7))
    note = spec(
        "allergy_note", "text", "アレルギーの内容", "About the allergy", content="note", max_length=120
    )
    kit.free(note, Box(row.x + 2, row.y + 0.8, row.width - 4, row.height - 1.6))
    kit.paper.frame(Box(_LEFT, top, _WIDTH, 33.5), THICK)


def _household(kit: Kit, y: float) -> None:
    top = _title(kit, y, "４　世帯の状況")
    row = kit.row(Box(_LEFT, top, _WIDTH, 9.5), "在園きょうだい", _LABEL, size=7.5)
    siblings = spec("siblings", "choice", "きょうだいの在園", "Brother or sister in a nursery", required=True)
    kit.words(siblings, Box(row.x + 4, row.y + 1.45, 36, 6.6), _YES_NO, 10)
    kit.paper.text(row.x + 46, row.y + 4.75, "（市内の保育施設等に在園しているきょうだいの有無）", 6.5)
    row = kit.row(Box(_LEFT, top + 9.5, _WIDTH, 9.5), "ひとり親世帯", _LABEL)
    kit.check(spec("single_parent", "check", "ひとり親世帯", "Single parent"), row.x + 6, row.y + 2.75)
    kit.paper.text(row.x + 12, row.y + 4.75, "ひとり親世帯に該当する", 8.5)
    kit.paper.text(row.x + 46, row.y + 4.75, "（児童扶養手当証書等の写しを添付してください）", 6.5)
    kit.paper.frame(Box(_LEFT, top, _WIDTH, 19), THICK)


def _consent(kit: Kit, y: float) -> None:
    top = _title(kit, y, "５　同意事項")
    box = Box(_LEFT, top, _WIDTH, 56)
    kit.paper.frame(box, THICK)
    kit.paper.lines(
        _LEFT + 4,
        top + 5,
        [
            "１　利用調整及び利用者負担額の決定に必要な範囲で、市が世帯の住民基本台帳、市町村民税の課税",
            "　　状況その他の公簿を閲覧すること、並びに申込書及び添付書類の内容を勤務先等へ照会すること。",
            "２　利用者負担額の決定に係る情報を、利用する保育施設等に対して提示すること。",
            "３　申込書及び添付書類の内容に変更が生じたときは、速やかに届け出ること。",
            "４　記載した内容が事実と異なることが判明したときは、利用の承諾を取り消されることがあること。",
            "５　希望する施設のいずれも利用できないときは、申込みの日から１年間、毎月の利用調整の対象とすること。",
            "６　集団での保育に支障がないかを確認するため、児童の健康状態を施設及び関係機関に照会すること。",
        ],
        8.2,
        5.5,
    )
    kit.paper.line((box.x, top + 44.5), (box.right, top + 44.5), THIN)
    kit.check(spec("consent", "check", "同意", "Consent", required=True), _LEFT + 6, top + 48.2, 4.2)
    kit.paper.text(
        _LEFT + 13, top + 50.3, "上記の同意事項を確認し、すべてに同意のうえ申し込みます（左の□に✓）。", 9
    )


def _points(kit: Kit, box: Box) -> None:
    """Draw the office's table of selection points, with a heavy frame; the family fills in nothing here."""
    kit.side(Box(box.x, box.y, 7, box.height), "市記入欄", 7.5)
    body = Box(box.x + 7, box.y, box.width - 7, box.height)
    heads, rows = ("区分", "保育の理由", "基準指数", "調整指数", "合計", "備考"), ("父", "母", "世帯", "順位")
    for column, head in zip(body.columns(len(heads)), heads, strict=True):
        kit.paper.frame(column)
        kit.label(Box(column.x, column.y, column.width, 6), head, 7)
    step = (body.height - 6) / len(rows)
    for number, words in enumerate(rows):
        y = body.y + 6 + step * number
        kit.paper.line((body.x, y), (body.right, y))
        width = body.width / len(heads)
        kit.paper.text(body.x + width / 2, y + step / 2, words, 8, align="centre")
    kit.paper.frame(box, THICK)
