"""The workshop's port: a process for each draft, the runner's own trials, and what the settings grant."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.workshop import builders
from benchmarks.workshop.php_register import PhpRegister
from benchmarks.workshop.staff import Staff
from bots.run.grants import Grants
from pipelines.workshop_worker import ports
from pipelines.workshop_worker.ports import WorkshopWorkerPort
from verification.errors import CannotMake

pytestmark = pytest.mark.browser
GRANTS = Grants(("127.0.0.1",), ("KYOKA_*",))


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkshopWorkerPort]:
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_USER", "bot")
    monkeypatch.setenv("UTSUSHI_SECRET_KYOKA_PASSWORD", "himitsu-no-kotoba")
    made = WorkshopWorkerPort(grants=GRANTS)
    yield made
    made.close_all()


def begun(port: WorkshopWorkerPort, folder: Path, url: str) -> Staff:
    port.create(
        folder,
        {"id": "josei", "title": {"ja": "助成"}, "base_url": url, "encoding": "cp932", "key": ["no"], "form": "josei",
         "sample": builders.PHP_SAMPLE, "choices": builders.PHP_CHOICES},
    )  # fmt: skip
    return Staff(
        lambda act: dict(port.act(folder, act)),  # type: ignore[arg-type]
        lambda at: dict(port.screen(folder, at)),
        lambda edit: port.edit(folder, edit),
    )


class Renamed(PhpRegister):
    """The same system after a change: another label, another button, fields in another order."""

    changed = False

    def page_edit(self, visit: object, error: str = "") -> None:
        if not self.changed:
            return super().page_edit(visit, error)  # type: ignore[arg-type]
        before = PhpRegister.__mro__[0].page_edit
        sent = visit.send  # type: ignore[attr-defined]
        visit.send = lambda body, *a, **k: sent(
            body.replace("申請額", "助成申請額").replace("確認画面へ", "次へ"), *a, **k
        )  # type: ignore[attr-defined]
        before(self, visit, error)  # type: ignore[arg-type]


def test_a_bot_is_built_walked_rehearsed_and_mended_through_the_port(
    port: WorkshopWorkerPort, tmp_path: Path
) -> None:
    draft = tmp_path / "draft"
    with Renamed() as system:
        builders.build_php(begun(port, draft, system.url))
        checked = port.check(draft)
        assert checked["problems"] == [] and any("一度だけ" in s["ja"] for s in checked["sentences"])
        one = {
            **builders.PHP_SAMPLE,
            "no": "10000002",
            "birth": "2001-12-31",
            "state": "new",
            "agree": "false",
        }
        assert port.dry_walk(draft, one) is None and system.saves == ["10000001"]
        outcomes = port.rehearse(draft, [one, {**one, "no": "10000001"}], system.url)
        assert [o["status"] for o in outcomes] == ["confirmed", "refused"], outcomes
        assert outcomes[0]["receipt"] == "K-00002" and system.saves == ["10000001", "10000002"]
        system.changed = True
        failed = port.dry_walk(draft, {**one, "no": "10000003"})
        assert failed is not None and failed["procedure"] == "enter" and failed["then"] and failed["now"]
        steps = {s["id"]: s for s in port.draft(draft)["procedures"]["enter"]}
        assert steps[failed["step"]]["field"] == "amount"
        assert failed["proposals"][0]["target"] == {"cell": "助成申請額"}, failed["proposals"]
        port.edit(draft, {"step": failed["step"], "target": failed["proposals"][0]["target"]})
        failed = port.dry_walk(draft, {**one, "no": "10000003"})
        assert failed is not None and {"button": "次へ"} in [p["target"] for p in failed["proposals"]], (
            failed["reason"]
        )
        port.edit(draft, {"step": failed["step"], "target": {"button": "次へ"}})
        # The confirmation page still says 申請額.
        assert port.dry_walk(draft, {**one, "no": "10000003"}) is None
    assert "himitsu" not in port.yaml(draft)


def test_what_is_not_granted_or_not_there_is_a_sentence(port: WorkshopWorkerPort, tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    with pytest.raises(CannotMake, match="workshop_hosts"):
        begun(port, draft, "http://elsewhere.test")
    with PhpRegister() as system:
        staff = begun(port, draft, system.url)
        with pytest.raises(CannotMake, match="すでにあります"):
            begun(port, draft, system.url)
        with pytest.raises(CannotMake, match="まだありません"):
            port.dry_walk(draft, builders.PHP_SAMPLE)
        with pytest.raises(CannotMake, match="workshop_hosts"):
            port.screen(draft, "http://elsewhere.test")
        staff.open()
        with pytest.raises(CannotMake, match="この操作はできません"):
            staff.do("fly", staff.find("ログイン", "button"))
        for name in ("../draft.json", "none.png"):
            with pytest.raises(CannotMake):
                port.picture(draft, name)
    with pytest.raises(CannotMake, match="下書きはありません"):
        port.draft(tmp_path / "none")


def test_a_browser_nobody_uses_is_closed_and_opened_again(
    port: WorkshopWorkerPort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "IDLE_SECONDS", 0.3)
    with PhpRegister() as system:
        staff = begun(port, tmp_path / "draft", system.url)
        staff.open()
        process = port._processes[tmp_path / "draft"]
        end = time.monotonic() + 15
        while process.running and time.monotonic() < end:
            time.sleep(0.05)
        assert not process.running
        with pytest.raises(CannotMake, match="画面が変わりました"):
            staff.click("ログイン")
        assert staff.open()["elements"]
