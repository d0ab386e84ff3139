"""Marks, manifests, odd names, files that change under one's hands, shares that lock or vanish."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from foundation.words import words
from pipelines.context import Office
from pipelines.service import watch
from pipelines.steps.intake import arrival, take_in
from pipelines.steps.intake.file_names import LONGEST, display_name
from pipelines.steps.intake.stability import StabilityTracker, list_folder
from store.base.errors import StorageFull
from store.base.locks import exclusive_lock
from store.base.model import FileState
from store.base.schema import AuditEvent, Batch, SourceFile
from store.ops import messages


def drop(folder: Path, name: str, data: bytes = b"%PDF x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(folder: Path, still: list[str], required: bool = False) -> list[str]:
    sights = list_folder(folder)
    found = arrival.find_ready(sights, [folder / name for name in still], done_required=required)
    return [path.relative_to(folder).as_posix() for path in found.files]


def files(office: Office) -> dict[str, SourceFile]:
    with office.store.read() as session:
        return {file.original_name: file for file in session.scalars(select(SourceFile))}


def alerts(office: Office) -> dict[str, str]:
    with office.store.read() as session:
        return {alert.code: messages.alert_text(alert, "ja") for alert in messages.open_alerts(session)}


def test_a_mark_makes_a_growing_file_ready_and_goes_with_it(tmp_path: Path):
    for name in ("a.pdf", "a.pdf.done", "b.pdf", "b.done", "c.pdf"):
        drop(tmp_path, name)
    assert names(tmp_path, []) == ["a.pdf", "b.pdf"]
    assert names(tmp_path, ["c.pdf"]) == ["a.pdf", "b.pdf", "c.pdf"]
    assert names(tmp_path, ["c.pdf"], required=True) == ["a.pdf", "b.pdf"]
    assert [path.name for path in arrival.removable_marks(tmp_path / "b.pdf")] == ["b.done"]
    drop(tmp_path, "b.pdf.done")
    assert [path.name for path in arrival.removable_marks(tmp_path / "b.pdf")] == ["b.pdf.done", "b.done"]
    drop(tmp_path, "b.tif")
    assert [path.name for path in arrival.removable_marks(tmp_path / "b.pdf")] == ["b.pdf.done"]


def test_a_manifest_holds_its_files_back_until_all_are_there_and_right(tmp_path: Path):
    good = hashlib.sha256(b"%PDF x").hexdigest()
    drop(tmp_path, "朝/manifest.csv", f"file,sha256\n1.pdf,{good}\n2.pdf,\n".encode())
    drop(tmp_path, "朝/1.pdf")
    drop(tmp_path, "other.pdf")
    still = ["朝/manifest.csv", "朝/1.pdf", "other.pdf"]
    assert names(tmp_path, still) == ["other.pdf"]
    faults = arrival.find_ready(list_folder(tmp_path), [tmp_path / n for n in still]).faults
    assert "1 ファイルがまだ" in words("ja").join(faults) and "1 file that" in words("en").join(faults)
    drop(tmp_path, "朝/2.pdf")
    assert names(tmp_path, still) == ["other.pdf"]  # there, but still growing
    still.append("朝/2.pdf")
    assert names(tmp_path, still) == ["other.pdf", "朝/1.pdf", "朝/2.pdf", "朝/manifest.csv"]
    drop(tmp_path, "朝/1.pdf", b"%PDF other")
    assert names(tmp_path, still) == ["other.pdf"]


@pytest.mark.parametrize(
    "text", ["", "name\na.pdf\n", "file\n../../etc/passwd\n", "file\n..\\a.pdf\n", "file\n\n,\n"]
)
def test_a_bad_manifest_is_shown_and_leads_nowhere(tmp_path: Path, text: str):
    manifest = drop(tmp_path, "manifest.csv", text.encode())
    found = arrival.find_ready(list_folder(tmp_path), [manifest])
    assert found.files == () and len(found.faults) == 1


def test_a_whole_manifest_is_one_batch_and_is_kept_with_it(office: Office):
    office.settings.stable_seconds = 0.0
    inbox = office.settings.inbox_folder
    drop(inbox, "朝/manifest.csv", "file\n1.pdf\n2.pdf\n".encode("cp932"))
    drop(inbox, "朝/1.pdf", b"%PDF 1")
    assert take_in.wait_and_take(office, patience=-1) == 0
    assert "まだ届きません" in alerts(office)[take_in.FAULTY_MANIFEST]
    drop(inbox, "朝/2.pdf", b"%PDF 2")
    assert take_in.wait_and_take(office, patience=-1) == 2
    assert take_in.wait_and_take(office, patience=-1) == 0
    assert alerts(office) == {} and not [path for path in inbox.rglob("*") if path.is_file()]
    with office.store.read() as session:
        assert len(list(session.scalars(select(Batch)))) == 1
        acts = list(session.scalars(select(AuditEvent.act)))
    assert "batch.manifest" in acts


def test_a_file_that_changes_while_it_is_copied_stays(office: Office, monkeypatch):
    path = drop(office.settings.inbox_folder, "a.pdf", b"%PDF first half")
    real = office.store.files.add

    def slow(source, suffix=""):
        sha256 = real(source, suffix)
        with path.open("ab") as more:
            more.write(b" second half")
        return sha256

    with monkeypatch.context() as scanner:
        scanner.setattr(office.store.files, "add", slow)
        assert take_in.take(office, [path]) == 0
    assert path.read_bytes() == b"%PDF first half second half" and files(office) == {}
    assert take_in.take(office, [path]) == 1
    assert office.store.files.path(files(office)["a.pdf"].sha256).read_bytes().endswith(b"second half")


def test_a_locked_file_stops_no_other_and_is_shown(office: Office, monkeypatch):
    inbox = office.settings.inbox_folder
    locked, free = drop(inbox, "a.pdf"), drop(inbox, "b.pdf", b"%PDF b")
    real = os.open

    def share(path, *arguments, **more):
        if path == "a.pdf":
            raise PermissionError(13, "locked by its writer")
        return real(path, *arguments, **more)

    with monkeypatch.context() as smb:
        smb.setattr(os, "open", share)
        assert take_in.take(office, [locked, free]) == 1
    assert set(files(office)) == {"b.pdf"} and "1 ファイルを読めません" in alerts(office)[take_in.UNREADABLE]
    assert take_in.take(office, [locked]) == 1 and alerts(office) == {}


def test_a_share_that_is_not_mounted_is_no_empty_inbox(office: Office):
    office.settings.inbox_folder.rmdir()
    with pytest.raises(FileNotFoundError):
        list_folder(office.settings.inbox_folder)


def test_same_name_other_content_is_a_new_batch_and_nothing_is_read_through_links(
    office: Office, tmp_path: Path
):
    inbox = office.settings.inbox_folder
    for content in (b"%PDF 1", b"%PDF 2", b"%PDF 1"):
        path = drop(inbox, "scan.pdf", content)
        take_in.take(office, [path])
    with office.store.read() as session:
        rows = list(session.scalars(select(SourceFile).order_by(SourceFile.id)))
    assert [row.state for row in rows] == [FileState.RECEIVED, FileState.RECEIVED, FileState.DUPLICATE]
    assert len({row.batch_id for row in rows}) == 3 and rows[2].duplicate_of == rows[0].id
    secret = drop(tmp_path, "secret.pdf")
    (inbox / "link.pdf").symlink_to(secret)
    (inbox / "folder").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.pdf")
    assert list_folder(inbox) == []


def test_names_from_windows_and_from_nowhere_are_stored(office: Office):
    inbox = office.settings.inbox_folder
    odd = {
        "申請書.pdf".encode("cp932"): "申請書.pdf",
        b"\xff\xfe\x81.pdf": None,
        b"tab\tnew\nline.pdf": "tab_new_line.pdf",
    }
    for number, raw in enumerate(odd):
        with open(os.path.join(os.fsencode(inbox), raw), "wb") as out:  # noqa: PTH118, PTH123 — bytes, not text
            out.write(b"%PDF " + str(number).encode())
    assert take_in.wait_and_take(office, patience=-1) == 3
    assert {name for name in odd.values() if name} <= set(files(office))


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0xFFFF, exclude_categories=()), max_size=600))
def test_every_name_can_be_stored(name: str):
    fit = display_name(name)
    assert (
        fit.encode("utf-8").decode("utf-8") == fit
        and not set(fit) & set(map(chr, range(32)))
        and len(fit) <= LONGEST
    )


def test_a_full_disk_stops_intake_before_anything_is_written(office: Office, monkeypatch):
    path = drop(office.settings.inbox_folder, "a.pdf")
    office.settings.disk_reserve_mib = 1e12
    with pytest.raises(StorageFull):
        take_in.take(office, [path])
    assert path.exists() and files(office) == {} and not (office.settings.home / "files").exists()
    office.settings.disk_reserve_mib = 1.0
    assert take_in.take(office, [path]) == 1


def test_polling_needs_no_clock_of_its_own(office: Office):
    office.settings.stable_seconds = 3.0
    drop(office.settings.inbox_folder, "a.pdf")
    at = [0.0]

    def sleep(seconds: float) -> None:
        at[0] += seconds

    assert take_in.wait_and_take(office, clock=lambda: at[0], sleep=sleep) == 1
    assert at[0] == 4.0  # polls of two seconds
    assert StabilityTracker(1.0).waiting == 0


def test_files_that_trickle_in_are_one_batch_until_a_name_comes_again(office: Office):
    office.settings.stable_seconds = 3.0  # polls of two seconds
    inbox, at, told = office.settings.inbox_folder, [0.0], []
    drop(inbox, "a.pdf", b"one")
    coming = {6.0: ("b.pdf", b"two"), 12.0: ("a.pdf", b"three"), 18.0: ("c.pdf", b"four")}

    def sleep(seconds: float) -> None:
        at[0] += seconds
        if at[0] in coming:
            drop(inbox, *coming[at[0]])

    taken = take_in.wait_and_take(office, lambda: at[0], sleep, linger=20.0, on_taken=told.append)
    assert taken == 4 and told == [1, 1, 1, 1]
    assert at[0] >= 38.0, "twenty seconds after the last"
    with office.store.read() as session:
        rows = session.execute(select(SourceFile.original_name, SourceFile.batch_id).order_by(SourceFile.id))
        names, ids = zip(*rows, strict=True)
    assert names == ("a.pdf", "b.pdf", "a.pdf", "c.pdf")
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_an_intake_that_lingers_ends_although_files_keep_coming(office: Office):
    office.settings.stable_seconds = 3.0
    inbox, at = office.settings.inbox_folder, [0.0]

    def sleep(seconds: float) -> None:
        at[0] += seconds
        drop(inbox, f"{at[0]:.0f}.pdf", f"{at[0]}".encode())

    assert take_in.wait_and_take(office, lambda: at[0], sleep, linger=20.0, patience=20.0) > 100
    assert take_in.LONGEST_SECONDS <= at[0] <= take_in.LONGEST_SECONDS + 60


def test_the_watch_leaves_files_to_an_intake_that_is_at_it(office: Office):
    with exclusive_lock(office.settings.intake_lock):
        assert watch._being_taken(office.settings)
    assert not watch._being_taken(office.settings)


def test_an_intake_waits_a_moment_for_the_lock(office: Office):
    drop(office.settings.inbox_folder, "a.pdf")
    held = ExitStack()
    held.enter_context(exclusive_lock(office.settings.intake_lock))
    Timer(0.3, held.close).start()
    assert take_in.wait_and_take(office) == 1
