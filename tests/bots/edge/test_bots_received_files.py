# ruff: noqa: E501 — cases are easier to read on one line
"""A file as the only receipt: its number is read, and nothing of it stays on the machine."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from bots.base.errors import BotFileError
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BotRecord
from tests.bots.conftest import Place
from tests.bots.saving_system import SavingSystem
from tests.bots.small_system import Visit

SAVING_BOT = Path(__file__).parents[1] / "saving_bot.yaml"
BUTTON = "    - click: 登録\n      irreversible: true\n"


def receipt_pdf(number: str) -> bytes:
    registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    drawn = BytesIO()
    canvas = Canvas(drawn)
    canvas.setFont("HeiseiMin-W3", 14)
    canvas.drawString(72, 700, "申請受付票")
    canvas.drawString(72, 660, f"受付番号　{number}")
    canvas.save()
    return drawn.getvalue()


class FileSystem(SavingSystem):
    """Answers a save with a file: of a kind, under a name, attached or shown in place of the page."""

    def __init__(self, way: str, name: str, kind: str, body: bytes, attached: bool = True) -> None:
        super().__init__(way)
        self.file = (name, kind, body, attached)

    def _store(self, values: dict[str, str]) -> str:
        super()._store(values)
        return ""

    def page_new(self, visit: Visit) -> None:
        if self.way != "link":
            return super().page_new(visit)
        # Saved by script, which then asks for the file.
        self.way = "xhr_302"
        super().page_new(visit)
        self.way = "link"

    def _save(self, visit: Visit, values: dict[str, str], status: int | None) -> None:
        self._store(values)
        if self.way == "script_then_file":
            return visit.send("<script>location='/file'</script>登録しました")
        self.page_file(visit)

    def page_file(self, visit: Visit) -> None:
        name, kind, body, attached = self.file
        handler = visit.handler
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        if attached:
            handler.send_header("Content-Disposition", f"attachment; {name}")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def bot_with(tmp_path: Path, capture: str, more: str = "") -> Bot:
    file = tmp_path / "bot.yaml"
    text = SAVING_BOT.read_text("utf-8").replace(BUTTON, f"{BUTTON}    - capture: {capture}\n")
    file.write_text(more + text, "utf-8")
    return load_bot(file)


PDF = "{file: '*.pdf', pattern: '受付番号[\\s　]*([\\w-]+)', as: receipt}"
CASES = {
    "PDF attached": ("form_post", "filename=uketsuke.pdf", "application/pdf", receipt_pdf("R-1024"), True, PDF),
    "PDF in a window of its own": ("popup", "filename=uketsuke.pdf", "application/pdf", receipt_pdf("R-1024"), True, PDF),
    "page that fetches a PDF": ("script_then_file", "filename=a.pdf", "application/octet-stream", receipt_pdf("R-1024"), True, PDF),
    "number in the name": (
        "form_post", "filename*=UTF-8''%E5%8F%97%E4%BB%98R-1024.bin", "application/octet-stream", b"\0", True,
        "{file: '受付*', pattern: '受付(R-\\d+)', as: receipt}",
    ),
    "CSV in an old character set": (
        "multipart", 'filename="kekka.csv"', "text/csv; charset=Shift_JIS", "受付番号,氏名\r\nR-1024,山田\r\n".encode("cp932"), True,
        "{file: '*.csv', pattern: '受付番号.*\\n([^,]+)', as: receipt}",
    ),
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES)
def test_the_number_is_read_from_the_file_that_the_system_sends(
    place: Place, tmp_path: Path, case: str
) -> None:
    way, name, kind, body, attached, capture = CASES[case]
    with FileSystem(way, name, kind, body, attached) as system:
        bot = bot_with(tmp_path, capture)
        outcome = place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert (outcome.status, outcome.receipt, system.arrived) == ("confirmed", "R-1024", ["A1"]), (
        outcome.reason
    )
    kept = [p.name for p in place.folder.rglob("*") if p.suffix in (".pdf", ".csv", ".bin")]
    assert kept == []


@pytest.mark.browser
def test_a_file_shown_in_place_of_the_page_is_read_too(place: Place, tmp_path: Path) -> None:
    with FileSystem("form_post", "", "application/pdf", receipt_pdf("R-7"), attached=False) as system:
        bot = bot_with(tmp_path, PDF.replace("*.pdf", "*"))
        outcome = place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert (outcome.status, outcome.receipt, system.arrived) == ("confirmed", "R-7", ["A1"]), outcome.reason


@pytest.mark.browser
def test_a_file_without_the_number_leaves_the_row_confirmed_and_entered_once(
    place: Place, tmp_path: Path
) -> None:
    with FileSystem("form_post", "filename=a.pdf", "application/pdf", b"%PDF-broken") as system:
        bot = bot_with(tmp_path, PDF.replace("as: receipt}", "as: receipt}\n      timeout_seconds: 1"))
        outcome = place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert (outcome.status, outcome.receipt, system.arrived) == ("confirmed", "", ["A1"]), outcome.reason


@pytest.mark.parametrize(
    ("capture", "more", "words"),
    [
        ("{file: '*.pdf', as: receipt}", "", "pattern"),
        ("{file: '*.pdf', cell: 番号, pattern: x, as: receipt}", "", "要素なし"),
        ("{file: '*.pdf', pattern: x, as: receipt}", "send_once: false\n", "send_once"),
    ],
)
def test_a_file_stands_where_one_can_arrive(tmp_path: Path, capture: str, more: str, words: str) -> None:
    with pytest.raises(BotFileError, match=words):
        bot_with(tmp_path, capture, more)
    late = SAVING_BOT.read_text("utf-8").replace(
        "    - capture: {cell: 番号, as: no}", f"    - capture: {PDF}"
    )
    (tmp_path / "late.yaml").write_text(late, "utf-8")
    with pytest.raises(BotFileError, match="irreversible"):
        load_bot(tmp_path / "late.yaml")
