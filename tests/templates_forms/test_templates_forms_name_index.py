"""The index of names that is kept on disk is the index that is made; one that is damaged is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from templates_forms import name_readings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(name_readings, "_cache", {})
    name_readings.use_cache_folder(tmp_path / "cache")
    return tmp_path / "cache"


def kept(folder: Path) -> Path:
    [file] = folder.iterdir()
    return file


@pytest.mark.usefixtures("folder")
def test_what_is_read_is_what_was_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = name_readings.index.__wrapped__
    made = fresh()
    assert made.readings["渡辺"] >= {"ワタナベ"} and kept(folder).suffix == ".json"
    monkeypatch.setattr(name_readings, "_build", None)  # calling it would fail
    assert fresh() == made
    monkeypatch.undo()


def test_a_file_that_was_cut_off_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = name_readings._indexed({"辺": frozenset({"ベ"})}, {"ベ": ("辺",)}, {})
    monkeypatch.setattr(name_readings, "_build", lambda: small)
    fresh = name_readings.index.__wrapped__
    assert fresh() == small and fresh() == small
    whole = kept(folder).read_bytes()
    kept(folder).write_bytes(whole[: len(whole) // 2])
    assert fresh() == small and kept(folder).read_bytes() == whole


def test_a_folder_that_takes_nothing_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_readings, "_cache", {})
    (tmp_path / "file").touch()
    name_readings.use_cache_folder(tmp_path / "file")
    small = name_readings._indexed({}, {}, {})
    monkeypatch.setattr(name_readings, "_build", lambda: small)
    assert name_readings.index.__wrapped__() == small
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
