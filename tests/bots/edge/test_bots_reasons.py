"""What a person is given after a failure: the words of the frame worked in, the page after saving, a clear refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from bots.base.errors import SetupError, StepTimeout
from bots.procedure.walker import ProcedureWalk
from bots.spec.model.bot import Bot
from bots.tools.cli import app
from tests.bots.conftest import TRAP_BOT, Place, kyoka
from tests.bots.trap_system import TrapSystem


@pytest.mark.browser
@pytest.mark.parametrize("order", ["menu,main", "main,menu"])
def test_a_reason_shows_the_frame_worked_in_and_not_the_menu(
    enter: Callable[..., ProcedureWalk], order: str
) -> None:
    frames = "".join(f"<frame name={name} src=/{name}>" for name in order.split(","))
    pages = {
        "/": f"<frameset cols='30%,*'>{frames}</frameset>",
        # Longer than an excerpt, so that what comes first is all that a person sees.
        "/menu": "<p>" + "業務一覧 " * 200,
        "/main": "<p>宛名番号が見当たりません",
    }
    with pytest.raises(StepTimeout) as failure:
        enter(pages, [{"frame": "main"}, {"wait_for": "登録画面"}], timeout_seconds=0.5)
    assert "宛名番号が見当たりません" in failure.value.ja and "宛名番号が見当たりません" in failure.value.en


@pytest.mark.browser
def test_the_picture_of_a_refusal_shows_the_page_after_saving(trap_bot: Bot, place: Place) -> None:
    with TrapSystem() as system:
        outcome = place.run(trap_bot, system.url, [kyoka("REFUSE")])["REFUSE"]
    assert outcome.status == "refused" and "E77" in outcome.reason
    [picture] = [f for f in outcome.evidence if f.name.startswith("refused")]
    # Only the answer to the save has red words; the list that find looks at afterwards has none.
    colours = Image.open(picture).convert("RGB").getcolors(1 << 24)
    assert sum(n for n, (r, g, b) in colours if r > 200 and g < 80 and b < 80) > 100


@pytest.mark.parametrize("option", ["--supervised", "--headed"])
def test_a_machine_without_a_display_says_so_before_anything_is_entered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    records = tmp_path / "records.csv"
    records.write_text("no,name,secret_no,memo\n1,a,,\n", encoding="utf-8")
    files = {"--records": "records.csv", "--journal": "journal.db", "--evidence": "evidence"}
    given = [word for name, file in files.items() for word in (name, str(tmp_path / file))]
    result = CliRunner().invoke(app, ["run", str(TRAP_BOT), *given, option])
    assert isinstance(result.exception, SetupError)
    assert "画面のない機械" in result.exception.ja and "need a display" in result.exception.en
    assert not (tmp_path / "journal.db").exists()
