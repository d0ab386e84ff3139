"""The parts of the benchmark that need no model: choice of pages, replay of calls, memory."""

import mmap
import time

import numpy as np
import pytest
from PIL import Image

from extractors.evaluation.bench.inference import RecordedGlyphs, RecordedLines, inference_time
from extractors.evaluation.bench.memory import measure_memory, summarise_memory
from extractors.evaluation.bench.pages import choose_files, pages, repeat_files


class Lines:
    alphabet = ("", "1")

    def __init__(self):
        self.asked = []

    def probabilities(self, lines, columns):
        self.asked.append((len(lines), [line.shape for line in lines], columns))
        return [np.ones((1, 2), np.float32)] * len(lines)


class Glyphs:
    alphabet = ("", "1")

    def __init__(self):
        self.asked = []

    def probabilities(self, cells):
        self.asked.append(len(cells))
        return np.ones((len(cells), 2), np.float32)


def test_replay_asks_the_same_in_the_same_batches():
    engine = Lines()
    lines = RecordedLines(engine)
    lines.probabilities([np.zeros((48, 9), np.uint8)], [None])
    lines.keep = True
    lines.probabilities([np.zeros((48, 50), np.uint8), np.zeros((48, 60), np.uint8)], [None, None])
    lines.probabilities([np.zeros((48, 70), np.uint8)], [np.array([0, 1])])
    first = engine.asked[1:]
    engine.asked = []
    lines.keep = False
    lines.replay()
    assert [asked[:2] for asked in engine.asked] == [asked[:2] for asked in first]
    assert list(lines.alphabet) == ["", "1"]


def test_glyphs_are_asked_again():
    engine = Glyphs()
    glyphs = RecordedGlyphs(engine)
    glyphs.keep = True
    glyphs.probabilities([np.zeros((9, 9), np.uint8)] * 3)
    glyphs.replay()
    assert engine.asked == [3, 3]


def test_cost_counts_processor_time():
    cost = inference_time(lambda: np.linalg.svd(np.random.default_rng(1).normal(size=(300, 300))))
    assert cost.wall > 0 and cost.cpu > 0


def test_growth_is_found():
    flat = summarise_memory([500.0 + (i % 3) for i in range(200)], 400.0, 510.0)
    growing = summarise_memory([500.0 + 0.5 * i for i in range(200)], 400.0, 700.0)
    assert flat.per_100_pages == pytest.approx(0, abs=0.5)
    assert growing.per_100_pages == pytest.approx(50, rel=0.01)
    assert growing.at_end - growing.at_tenth == pytest.approx(80, abs=5)
    assert summarise_memory([500.0] * 5, 400.0, 500.0).per_100_pages is None


def test_a_peak_between_pages_is_seen():
    def run():
        yield 1
        # Straight from the system and back to it: an array may be given memory that an earlier test has freed and
        # that the process still holds, and then nothing grows.
        with mmap.mmap(-1, 320 * 1024 * 1024) as held:
            for _ in range(320):
                held.write(b"\1" * 1024 * 1024)
            time.sleep(0.5)
        yield 2

    memory = measure_memory(run())
    assert memory.peak > memory.at_end + 200


def test_pages_and_files(tmp_path):
    paper = [Image.new("L", (400, 600), 255) for _ in range(3)]
    paper[0].save(tmp_path / "a.tif", save_all=True, append_images=paper[1:])
    paper[0].save(tmp_path / "b.png")
    (tmp_path / "c.pdf").write_bytes(b"no pdf")
    assert [(name, number) for name, number, _ in pages([tmp_path])] == [
        ("a.tif", 1),
        ("a.tif", 2),
        ("a.tif", 3),
        ("b.png", 1),
    ]
    assert choose_files([tmp_path], 2) == ([tmp_path / "a.tif"], 3)
    files, held = choose_files([tmp_path], None)
    assert held == 4 and len(files) == 3
    assert len(repeat_files(files, held, 9)) == 9
    assert repeat_files([], 0, 9) == []
