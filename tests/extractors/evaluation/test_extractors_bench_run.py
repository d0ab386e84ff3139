"""The benchmark on one real page, and PaddleOCR's full-page pipeline on a strip of it."""

import json
from pathlib import Path

import pytest

from extractors.evaluation.bench.bench import BenchResult, Round, run_bench
from extractors.evaluation.bench.bench_report import text
from extractors.evaluation.bench.inference import InferenceTime
from extractors.evaluation.bench.memory import Memory
from extractors.evaluation.bench.plain_paddle import FullPage
from extractors.files.decode import open_pages
from templates_forms.loader import load_library

ROOT = Path(__file__).parents[3]
SCAN = ROOT / "samples" / "scans" / "kyufukin_07.png"


@pytest.mark.ocr
def test_one_page(tmp_path):
    report_page = []
    library = load_library(ROOT / "templates_forms")
    result = run_bench(
        [SCAN],
        library,
        rounds=1,
        memory_pages=1,
        full_page=False,
        progress=lambda step, done: report_page.append((step, done)),
    )

    assert (result.files, result.pages, result.forms) == (1, 1, 1)
    one = result.rounds[0]
    # The replay asks for the very crops of the run: a page of this form has more than fifty written boxes.
    assert result.glyphs > 50 and result.lines > 5
    assert 0 < one.inference.cpu < one.whole.cpu
    assert one.full_page is None and result.against_full_page is None
    assert result.memory.pages == 1 and result.memory.peak >= result.memory.at_end > 100
    assert ("memory", 1) in report_page and ("read 1", 1) in report_page and ("inference 1", 0) in report_page
    result.write_json(tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text())["pages_per_minute"] > 0


@pytest.mark.ocr
def test_the_full_page_pipeline_reads_the_print():
    page = next(iter(open_pages(SCAN)))
    head = page.pixels[: page.pixels.shape[0] // 7]
    found = FullPage().read(head)
    assert any("様式第1号" in line.text.replace("１", "1") for line in found)
    assert all(0 <= line.score <= 1 for line in found)


def test_medians_and_ratios():
    costs = [(30.0, 10.0, 12.0), (60.0, 11.0, 12.5), (33.0, 10.0, 11.5)]
    rounds = tuple(
        Round(
            InferenceTime(wall, cpu),
            InferenceTime(wall / 2, alone),
            1.0,
            2.0,
            0.5,
            InferenceTime(4 * wall, 5 * cpu),
        )
        for wall, alone, cpu in costs
    )
    memory = Memory(60, 500.0, 900.0, 800.0, 801.0, 0.5)
    result = BenchResult(1, 11, 11, 200, 900, 900, 2, 2, "machine", 0.4, rounds, memory)
    assert result.pages_per_minute == pytest.approx(60 * 11 / 33)
    assert result.median(lambda one: one.overhead) == pytest.approx(1.0)
    assert result.against_full_page == pytest.approx(4)
    assert result.against_full_page_cpu == pytest.approx(5)
    report = text(result)
    assert "pages per minute: 20.0" in report
    assert "33.0 (30.0 to 60.0)" in report
    assert "+0.5 MiB per 100 pages" in report


def test_nothing_to_measure(tmp_path):
    with pytest.raises(ValueError, match="計測"):
        run_bench([tmp_path], {})
