"""Commands as a person types them: reading and the machine's examination as processes, the others within this one."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.context import this_office
from pipelines.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent.parent
SCANS = ROOT / "samples" / "scans"
COLUMNS = "file,page,form,field,value,confidence,decision,reasons,x,y,width,height"


@dataclass
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def utsushi(*arguments: str, home: Path, **more: str) -> Done:
    """The command line in this process, which has its libraries loaded: the same words, the same exit codes."""
    said, complained, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["utsushi", *arguments])
        patch.setattr(sys, "stdin", io.StringIO())  # nobody answers
        for name, value in {"UTSUSHI_HOME": str(home), "COLUMNS": "200", **more}.items():
            patch.setenv(name, value)
        _forget_office()
        with redirect_stdout(said), redirect_stderr(complained):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        _forget_office()
    return Done(code, said.getvalue(), complained.getvalue())


def _forget_office() -> None:
    """A process reads its settings once; here each command stands for a process of its own."""
    this_office.cache_clear()
    load_settings.cache_clear()


def utsushi_process(*arguments: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line as a shell starts it."""
    environment = {**os.environ, "UTSUSHI_HOME": str(home), "COLUMNS": "200", **more}
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.ocr
def test_read_writes_the_agreed_columns_and_says_that_people_are_needed(home: Path, tmp_path: Path):
    out = tmp_path / "readings.csv"
    sheet = SCANS / "kyufukin_06.jpg"
    done = utsushi_process(
        "read", str(sheet), str(SCANS / "broken" / "zero_bytes.pdf"), "--out", str(out), home=home
    )
    assert done.returncode == 3, done.stderr
    assert "空です" in done.stderr
    with out.open(encoding="utf-8", newline="") as stream:
        assert stream.readline().strip() == COLUMNS
        stream.seek(0)
        rows = {row["field"]: row for row in csv.DictReader(stream)}
    assert len(rows) == 15
    assert {row["form"] for row in rows.values()} == {"kyufukin_shinsei"}
    assert rows["application_no"]["value"].isdigit()
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows.values() if row["confidence"])
    assert {row["decision"] for row in rows.values()} <= {"accept", "verify", "double"}


@pytest.mark.ocr
def test_evaluate_compares_with_the_truth(home: Path, tmp_path: Path):
    (tmp_path / "kyufukin_06.jpg").symlink_to(SCANS / "kyufukin_06.jpg")
    with (SCANS / "truth.csv").open(encoding="utf-8-sig") as stream:
        lines = [
            line for number, line in enumerate(stream) if number == 0 or line.startswith("kyufukin_06.jpg")
        ]
    (tmp_path / "truth.csv").write_text("".join(lines), encoding="utf-8")
    plot, figures = tmp_path / "plot.png", tmp_path / "figures.json"
    done = utsushi("evaluate", str(tmp_path), "--json", str(figures), "--plot", str(plot), home=home)
    assert done.returncode == 0, done.stderr
    assert "pages registered: 1 of 1; wrong form: 0" in done.stdout
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert sum(kind["right"]["total"] for kind in found["kinds"] if kind["name"] == "all") == 15
    assert plot.stat().st_size > 5000


def test_a_wrong_form_name_or_folder_is_bad_usage(home: Path, tmp_path: Path):
    sheet = str(SCANS / "kyufukin_06.jpg")
    assert (
        utsushi("read", sheet, "--form", "nothing", "--out", str(tmp_path / "o.csv"), home=home).returncode
        == 2
    )
    assert utsushi("read", str(tmp_path / "none.pdf"), "--out", "o.csv", home=home).returncode == 2
    assert utsushi("evaluate", sheet, home=home).returncode == 2


def test_a_template_with_a_fault_is_named_by_file_and_field(home: Path, tmp_path: Path):
    (tmp_path / "form.yaml").write_text(
        "id: x\ntitle: t\nsize_mm: [210, 297]\npages: [{blank: a.png}]\n", "utf-8"
    )
    done = utsushi("template", "check", str(tmp_path), home=home)
    assert done.returncode == 2
    assert "form.yaml" in done.stderr
    assert "fields" in done.stderr


def test_doctor_finds_this_machine_fit(home: Path):
    done = utsushi_process("doctor", home=home)
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout


def test_doctor_says_how_to_mend_a_missing_browser_and_poppler(home: Path, tmp_path: Path):
    done = utsushi_process("doctor", home=home, PATH=str(tmp_path), UTSUSHI_BROWSER=str(tmp_path / "none"))
    assert done.returncode == 3
    assert "poppler-utils" in done.stdout


def test_a_user_is_added_once_and_roles_are_checked(home: Path):
    first = utsushi("user", "add", "hana", "--role", "verifier", "--password", "long enough 1", home=home)
    assert first.returncode == 0, first.stderr
    again = utsushi("user", "add", "hana", "--role", "verifier", "--password", "long enough 1", home=home)
    assert again.returncode == 1
    unknown = utsushi("user", "add", "taro", "--role", "king", "--password", "long enough 1", home=home)
    assert "king" in unknown.stderr


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "november"])
@pytest.mark.parametrize(
    "command", [["report"], ["export", "--form", "kyufukin_shinsei", "--out", "records.csv"]]
)
def test_a_month_that_no_office_has_is_bad_usage(home: Path, command: list[str], month: str):
    done = utsushi(*command, "--month", month, home=home)
    assert done.returncode == 2, done.stderr
    assert "月は YYYY-MM" in done.stderr and "from 2000 to 2099" in done.stderr
    assert not Path("records.csv").exists()


def test_audit_verify_names_the_first_changed_event(home: Path):
    utsushi("user", "add", "audit1", "--role", "clerk", "--password", "long enough 1", home=home)
    assert utsushi("audit", "verify", home=home).returncode == 0
    import sqlite3

    with sqlite3.connect(home / "utsushi.db") as database:
        database.execute("UPDATE audit_event SET actor = 'somebody else' WHERE seq = 1")
    done = utsushi("audit", "verify", home=home)
    assert done.returncode == 1
    assert "1 番目" in done.stdout
    with sqlite3.connect(home / "utsushi.db") as database:
        database.execute("UPDATE audit_event SET actor = 'command line' WHERE seq = 1")
