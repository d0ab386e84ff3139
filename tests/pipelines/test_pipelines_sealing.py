"""Sealing that is killed, and verifying after a lawful erasure: no false alarm, for ever or for a day."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.context import Office
from pipelines.settings import Settings
from pipelines.steps.accounting.account import seal, verify_chain
from pipelines.steps.entry.evidence_check import ACT
from pipelines.steps.keeping import purge, tampering
from store.audit import chain
from tests.pipelines.keeping_samples import entered

# Seals an office and kills itself at the n-th of the calls that change the disk or the database.
CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from pipelines.context import Office
from pipelines.settings import Settings
from pipelines.steps.accounting import account
from store.audit import seals
office = Office(Settings(home=Path(sys.argv[1])))
office.store
count = 0
def deadly(*_):
    global count
    count += 1
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
def around(real):
    def call(*a, **k):
        deadly()
        done = real(*a, **k)
        deadly()
        return done
    return call
seals.write_new = around(seals.write_new)
for name in ("after_flush", "before_commit", "after_commit"):
    event.listen(Session, name, deadly)
account.seal(office)
"""


def test_sealing_killed_anywhere_heals_by_itself(tmp_path: Path) -> None:
    killed = 0
    for at in range(1, 40):
        home = tmp_path / str(at)
        office = Office(Settings(home=home))
        entered(office, "0001")
        office.store.close()
        done = subprocess.run([sys.executable, "-c", CHILD, str(home), str(at)], check=False)
        office = Office(Settings(home=home))
        assert verify_chain(office).ok, f"right after the kill at {at}"
        seal(office)
        result = verify_chain(office)
        assert result.ok and result.seals == 1, f"after the next sealing, killed at {at}"
        office.store.close()
        if done.returncode == 0:
            break
        killed += 1
    assert done.returncode == 0 and killed >= 5


@pytest.fixture
def erasable(tmp_path: Path) -> Office:
    """An entered application with evidence, old enough to be erased."""
    office = Office(Settings(home=tmp_path / "home", retention_days={"*": 30}))
    document = entered(office, "0001", days_ago=60)
    with office.store.write() as session:
        kept = {"read_back.png": office.store.files.add(b"a picture", ".png")}
        detail = {"entry": 1, "files": kept}
        chain.append(session, actor="bot", act=ACT, subject=f"document:{document}", detail=detail)
    return office


def test_a_lawful_erasure_is_no_fault(erasable: Office) -> None:
    assert tampering.examine(erasable).faults == ()
    assert purge.purge(erasable, "tester") is not None
    assert not list(erasable.store.files.root.glob("??/*.png"))
    assert tampering.examine(erasable).faults == ()


def test_evidence_that_is_gone_without_an_erasure_or_changed_after_one_is_a_fault(erasable: Office) -> None:
    [picture] = erasable.store.files.root.glob("??/*.png")
    picture.rename(picture.with_suffix(".away"))
    for left in erasable.store.files.root.glob("??/*.away"):
        left.rename(erasable.settings.home / "away.png")
    assert any("proof_changed" in one for one in tampering.examine(erasable).faults)
    purge.purge(erasable, "tester")
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(b"another picture")
    assert any("proof_changed" in one for one in tampering.examine(erasable).faults)
