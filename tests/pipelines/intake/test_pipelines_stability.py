"""A file is taken when it has stopped growing; half-written ones and links are not."""

from __future__ import annotations

from pathlib import Path

from pipelines.steps.intake.stability import FileSighting, StabilityTracker, list_folder

SCAN = Path("inbox/scan.pdf")


def test_a_growing_file_waits_until_it_has_been_still_long_enough():
    tracker = StabilityTracker(3.0)
    assert tracker.observe([FileSighting(SCAN, 10, 1)], now=0.0) == []
    assert tracker.observe([FileSighting(SCAN, 20, 2)], now=2.0) == []
    assert tracker.observe([FileSighting(SCAN, 20, 2)], now=4.9) == []
    assert tracker.observe([FileSighting(SCAN, 20, 2)], now=5.0) == [SCAN]


def test_same_size_but_rewritten_counts_as_change():
    tracker = StabilityTracker(3.0)
    tracker.observe([FileSighting(SCAN, 20, 1)], now=0.0)
    assert tracker.observe([FileSighting(SCAN, 20, 2)], now=3.0) == []


def test_a_file_that_vanished_starts_anew():
    tracker = StabilityTracker(3.0)
    tracker.observe([FileSighting(SCAN, 20, 1)], now=0.0)
    tracker.observe([], now=1.0)
    assert tracker.observe([FileSighting(SCAN, 20, 1)], now=3.5) == []
    assert tracker.waiting == 1


def test_temporary_names_hidden_folders_and_links_are_left_alone(tmp_path):
    (tmp_path / "kyufukin").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("a.pdf", "b.pdf.part", "~$c.docx", ".d.pdf", "kyufukin/e.tif", ".hidden/f.pdf"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "a.pdf")
    assert [str(s.path.relative_to(tmp_path)) for s in list_folder(tmp_path)] == ["a.pdf", "kyufukin/e.tif"]
