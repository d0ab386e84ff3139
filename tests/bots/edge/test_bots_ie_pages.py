"""Pages that only Internet Explorer can show: ``bot check`` says so and what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.run.runner import RunSettings
from bots.tools.check import check_bot
from bots.tools.ie_pages import signs
from tests.bots.conftest import TRAP_BOT, kyoka
from tests.bots.small_system import Visit
from tests.bots.trap_system import NEW, TrapSystem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<input onclick=\"r = window.showModalDialog('/pick', null)\">", ["showModalDialog"]),
        ("if (window.showModalDialog) alert(1)", []),
        ("var x = new ActiveXObject('Excel.Application');", ["ActiveXObject Excel.Application"]),
        # Old libraries try these and go on without them.
        ("window.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject('Microsoft.XMLHTTP')", []),
        ('x = new ActiveXObject("Msxml2.XMLHTTP.6.0")', ["ActiveXObject Msxml2.XMLHTTP.6.0"]),
        ("<OBJECT id=p CLASSID='clsid:8856F961-340A-11D0-A96B-00C04FD705A2'></OBJECT>", ["<object classid>"]),
        ("<object classid='clsid:D27CDB6E-AE6D-11cf-96B8-444553540000'>", []),
        ('<script language="VBScript">MsgBox 1</script>', ["VBScript"]),
        ("<script type='text/vbscript'>", ["VBScript"]),
        ("<a href='vbscript:Save()'>", ["VBScript"]),
        ("e.attachEvent('onclick', f)", ["attachEvent"]),
        ("e.addEventListener ? e.addEventListener('click', f) : e.attachEvent('onclick', f)", []),
        ("<p>VBScript と ActiveX の研修</p>", []),
    ],
)
def test_what_needs_internet_explorer(text: str, found: list[str]) -> None:
    assert signs(text) == found


class OldSystem(TrapSystem):
    """The form takes the name from a modal window; the script for that stands in a file of its own."""

    def __init__(self, works: bool) -> None:
        super().__init__()
        self.works = works

    def page_new(self, visit: Visit) -> None:
        visit.send(
            "<script src=/common.js></script>" + (NEW if self.works else "<a href=# onclick=pick()>入力</a>")
        )

    def page_common(self, visit: Visit) -> None:
        visit.send("function pick() { document.forms[0].name.value = showModalDialog('/people') }")


@pytest.mark.browser
@pytest.mark.parametrize("works", [True, False])
def test_a_dry_walk_names_the_script_and_says_what_to_do(works: bool) -> None:
    with OldSystem(works) as system:
        found = check_bot(TRAP_BOT, None, kyoka("1"), settings=RunSettings(base_url=system.url))
    lines = found.warnings if works else found.errors
    [line] = [line for line in lines if "Internet Explorer" in line]
    assert "/common.js" in line and "showModalDialog" in line
    assert "IEモードは自動操作できません" in line and "bot export" in line and "ファイル取り込み" in line
    assert found.good is works


@pytest.mark.browser
def test_a_dry_walk_of_a_page_for_any_browser_says_nothing() -> None:
    with TrapSystem() as system:
        found = check_bot(TRAP_BOT, None, kyoka("1"), settings=RunSettings(base_url=system.url))
    assert found.good and not [w for w in found.warnings if "Internet Explorer" in w]


def test_a_bot_that_has_to_call_itself_internet_explorer_is_warned_about(tmp_path: Path) -> None:
    text = TRAP_BOT.read_text(encoding="utf-8")
    agent = "browser: {user_agent: 'Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko'}\n"
    (tmp_path / "bot.yaml").write_text(agent + text, encoding="utf-8")
    assert [w for w in check_bot(tmp_path).warnings if "Internet Explorer" in w]
    assert not [w for w in check_bot(TRAP_BOT).warnings if "Internet Explorer" in w]
