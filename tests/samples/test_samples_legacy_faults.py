"""The sample legacy system over plain HTTP: faults, control endpoints, sessions, the process itself."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from samples.legacy_system.data.registers import KYUFUKIN
from samples.legacy_system.display import filled
from samples.legacy_system.errors import LegacySystemError
from samples.legacy_system.faults import FAULTS, FaultPlan
from samples.legacy_system.server import LegacySystem

ROW = {
    "application_no": "26000001", "applicant_kana": "タカハシ　カズオ", "applicant_name": "髙橋　一男",
    "birth_date": "1983-03-07", "postal_code": "1050011", "address": "東京都港区芝公園1-2-3",
    "phone": "09012345678", "household_size": "3", "bank_code": "0005", "branch_code": "123",
    "account_type": "futsu", "account_number": "0123456", "account_holder_kana": "タカハシ　カズオ",
    "amount": "110000", "consent": "true",
}  # fmt: skip
Clerk = Callable[..., httpx.Response]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LegacySystem]:
    with LegacySystem(database=tmp_path / "fukushi.db", slow_seconds=(0.2, 0.3)) as running:
        yield running


@pytest.fixture
def clerk(system: LegacySystem) -> Iterator[Clerk]:
    """Sends a form as a browser would: cp932 bytes in the body."""
    with httpx.Client(base_url=system.url, timeout=10, verify=False) as client:

        def send(path: str, **form: str) -> httpx.Response:
            body = urlencode(form, encoding="cp932")
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return client.post(f"/fukushi/{path}.asp", content=body, headers=kind)

        assert send("login", T01="kenshu", T02="kenshu").headers["location"] == "/fukushi/frame.asp"
        yield send


def save(clerk: Clerk) -> httpx.Response:
    return clerk("kfk/touroku", **filled(KYUFUKIN, ROW))


def stored(system: LegacySystem) -> int:
    return len(system.rows("kyufukin_shinsei"))


def test_pages_are_shift_jis_on_the_wire(clerk: Clerk):
    answer = clerk("kfk/kensaku")
    assert answer.headers["content-type"] == "text/html; charset=Shift_JIS"
    assert "給付金 支給申請" in answer.content.decode("cp932")
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")


def test_a_wrong_password_stays_at_the_login(clerk: Clerk):
    assert "職員番号またはパスワードが違います" in clerk("login", T01="kenshu", T02="no").text


def test_cut_after_save_keeps_the_row_and_answers_nothing(clerk: Clerk, system: LegacySystem):
    system.faults(cut_after_save={"times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        save(clerk)
    assert stored(system) == 1
    assert save(clerk).status_code == 200, "the fault was for one time"
    assert stored(system) == 2


def test_cut_before_save_stores_nothing(clerk: Clerk, system: LegacySystem):
    system.faults(cut_before_save={"times": 1})
    with pytest.raises(httpx.TransportError):  # a reset or an end without an answer, as the system sees fit
        save(clerk)
    assert stored(system) == 0


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("error500", 500, "内部サーバー エラー"),
        ("db_error_page", 200, "データベースエラー"),
        ("lost_session", 200, "セッションが切れました"),
    ],
)
def test_a_fault_at_the_save_stores_nothing(
    clerk: Clerk, system: LegacySystem, fault: str, status: int, words: str
):
    system.faults(**{fault: 1.0})
    answer = save(clerk)
    assert (answer.status_code, words in answer.text, stored(system)) == (status, True, 0)


def test_after_a_blank_500_nobody_can_tell_whether_the_row_was_stored(clerk: Clerk, system: LegacySystem):
    system.faults(blank500=1.0, seed=3)
    answers = [save(clerk) for _ in range(12)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(500, b"")}
    assert 0 < stored(system) < 12


def test_slow_pages_count_as_the_systems_own_time(clerk: Clerk, system: LegacySystem):
    system.faults(slow={"rate": 1.0, "on": "kensaku"})
    httpx.delete(system.url + "__stats")
    answer = clerk("kfk/kensaku")
    assert float(answer.headers["server-timing"].removeprefix("app;dur=")) >= 200
    stats = httpx.get(system.url + "__stats").json()
    assert stats["requests"] == 1
    assert stats["pages"]["/fukushi/kfk/kensaku.asp"]["seconds"] >= 0.2


def test_faults_are_steered_and_counted_at_run_time(clerk: Clerk, system: LegacySystem):
    control = system.url + "__faults"
    state = httpx.post(control, json={"error500": {"rate": 0.5, "on": "kensaku"}, "seed": 7}).json()
    assert state["faults"]["error500"] == {"rate": 0.5, "times": None, "on": "kensaku", "fired": 0}
    failed = sum(clerk("kfk/kensaku").status_code == 500 for _ in range(20))
    assert 0 < failed < 20
    assert httpx.get(control).json()["faults"]["error500"]["fired"] == failed
    for wrong in ({"no_such": 1}, {"slow": 2}, {"slow": "often"}):
        assert httpx.post(control, json=wrong).status_code == 400
    assert httpx.post(control, content=b"{").status_code == 400
    assert set(httpx.post(control, json={"clear": True}).json()["faults"]) == set(FAULTS)
    assert clerk("kfk/kensaku").status_code == 200


def test_the_same_seed_draws_the_same_faults():
    def drawn(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.set(slow=0.3)
        return [plan.happens("slow", "/fukushi/top.asp") for _ in range(50)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_rows_as_json(clerk: Clerk, system: LegacySystem):
    save(clerk)
    row = httpx.get(system.url + "__rows", params={"register": "kyufukin_shinsei"}).json()[0]
    assert {name: row[name] for name in ROW} == ROW
    assert httpx.get(system.url + "__rows", params={"register": "x"}).status_code == 404


def test_a_list_of_more_than_a_page(clerk: Clerk):
    for _ in range(21):
        save(clerk)
    first = clerk("kfk/ichiran", T01="26000001", T02="", PAGE="0").text
    assert "検索結果　21 件　（1／2 頁）" in first
    second = clerk("kfk/ichiran", T01="", T02="ﾀｶﾊｼ", PAGE="1").text
    assert second.count("javascript:shokai") == 1
    assert "該当データがありません" in clerk("kfk/ichiran", T01="", T02="ｻﾄｳ").text


def test_a_session_ends_when_nothing_happens(tmp_path: Path):
    with LegacySystem(database=tmp_path / "f.db", session_minutes=0.03) as system, httpx.Client() as client:
        client.post(system.url + "fukushi/login.asp", data={"T01": "kenshu", "T02": "kenshu"})
        assert "業務メニュー" in client.get(system.url + "fukushi/menu.asp").text
        time.sleep(
            2.0
        )  # the page before it must answer in less than the session lasts, on a busy machine too
        assert "セッションが切れました" in client.get(system.url + "fukushi/menu.asp").text


def test_a_taken_port_is_said_plainly(system: LegacySystem, tmp_path: Path):
    with pytest.raises(LegacySystemError, match="別のポート"):
        LegacySystem(port=system.port, database=tmp_path / "other.db")
    with pytest.raises(LegacySystemError, match="業務"):
        system.rows("no_such_register")


def test_the_process_starts_quickly_and_stops_on_sigterm(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "samples.legacy_system", "--port", f"{port}", "--fault", "slow:0.5"]
    command += ["--database", str(tmp_path / "f.db")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert f":{port}/" in process.stdout.readline()
        state = httpx.get(f"http://127.0.0.1:{port}/__faults", timeout=10).json()
        assert state["faults"]["slow"]["rate"] == 0.5
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.stdout.close()


def test_the_readme_tells_of_every_fault_option_and_screen():
    folder = Path(sys.modules[LegacySystem.__module__].__file__).parent
    readme = (folder / "README.md").read_text(encoding="utf-8")
    options = subprocess.run(
        [sys.executable, "-m", "samples.legacy_system", "--help"], capture_output=True, text=True, check=True
    ).stdout
    named = {word.strip("[],") for word in options.split() if word.strip("[],").startswith("--")}
    pages = {route.rsplit("/", 1)[-1] for route in _routes(folder)}
    missing = [name for name in (*FAULTS, *named - {"--help", "--faults"}, *pages) if name not in readme]
    assert missing == []


def _routes(folder: Path) -> list[str]:
    source = (folder / "login.py").read_text() + (folder / "screens.py").read_text()
    handlers = [f"/{name}.asp" for name in ("kensaku", "ichiran", "shokai", "nyuryoku", "kakunin", "touroku")]
    return [
        *handlers,
        *(part.split('"')[0] for part in source.split('Route("')[1:] if ".asp" in part.split('"')[0]),
    ]
