"""An inbox into which somebody writes who means harm: swapped links, pipes, files without an end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.context import Office
from pipelines.steps.intake import take_in, too_large
from tests.pipelines.intake.test_pipelines_arrival import alerts, drop, files

SECRET = b"%PDF the key of all fields"


def _link(path: Path, secret: Path) -> None:
    path.unlink()
    path.symlink_to(secret)


def _linked_folder(path: Path, secret: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(secret.parent)


def _pipe(path: Path, _: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("swap", [_link, _linked_folder, _pipe, _folder])
def test_what_was_swapped_after_the_listing_is_not_copied(
    office: Office, tmp_path: Path, swap: Callable[[Path, Path], None]
) -> None:
    secret = drop(tmp_path / "keys", "a.pdf", SECRET)
    path = drop(office.settings.inbox_folder, "sub/a.pdf")
    other = drop(office.settings.inbox_folder, "b.pdf", b"%PDF b")
    swap(path, secret)
    assert take_in.take(office, [path, other]) == 1
    assert list(files(office)) == ["b.pdf"] and secret.read_bytes() == SECRET
    kept = (p for p in office.store.files.root.rglob("*") if p.is_file())
    assert all(p.read_bytes() != SECRET for p in kept)
    assert "inbox_unreadable" in alerts(office)


def test_a_swap_while_the_file_is_copied_is_seen(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = drop(tmp_path / "keys", "a.pdf", SECRET)
    path = drop(office.settings.inbox_folder, "a.pdf", b"%PDF mine")
    add = office.store.files.add

    def swapped(source: object, suffix: str) -> str:
        _link(path, secret)
        return add(source, suffix)  # type: ignore[arg-type]

    monkeypatch.setattr(office.store.files, "add", swapped)
    assert take_in.take(office, [path]) == 0
    assert path.is_symlink() and secret.read_bytes() == SECRET and files(office) == {}


def test_a_file_without_an_end_is_put_aside_and_the_others_are_taken(office: Office) -> None:
    inbox = office.settings.inbox_folder
    for folder in ("", "sub/"):
        with drop(inbox, f"{folder}huge.pdf").open("r+b") as out:
            out.truncate(500 * 2**30)  # holes: 500 GB that take no space
    drop(inbox, "small.pdf")
    assert take_in.wait_and_take(office, patience=-1) == 1
    assert list(files(office)) == ["small.pdf"]
    aside = office.settings.quarantine_folder / "too_large"
    assert {p.name for p in aside.iterdir()} == {
        "huge.pdf", "huge.pdf.reason.txt", "2_huge.pdf", "2_huge.pdf.reason.txt",
    }  # fmt: skip
    assert "2 ファイル" in alerts(office)["file_too_large"] and "4096 MiB" in alerts(office)["file_too_large"]
    for left in aside.iterdir():
        left.unlink()
    take_in.take(office, [])
    assert "file_too_large" not in alerts(office)


def test_a_file_that_cannot_be_moved_stays_and_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(office.settings.inbox_folder, "huge.pdf")
    office.settings.max_file_mib = 1
    path.write_bytes(bytes(2**20 + 1))

    def other_file_system(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "rename", other_file_system)
    for _ in range(2):
        assert take_in.take(office, [path]) == 0
    assert path.exists() and too_large.waiting(office.settings) == 1
    assert "1 ファイル" in alerts(office)["file_too_large"]
