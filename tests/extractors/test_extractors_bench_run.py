"""The benchmark on one real page, with PaddleOCR's full-page pipeline beside it."""

import json
from pathlib import Path

import pytest

from extractors.bench import run_bench
from extractors.bench_report import text
from templates_forms.loader import load_library

ROOT = Path(__file__).parents[2]
SCAN = ROOT / "samples" / "scans" / "kyufukin_06.jpg"


@pytest.mark.slow
def test_one_page_in_every_way(tmp_path):
    told = []
    library = load_library(ROOT / "templates_forms")
    result = run_bench(
        [SCAN], library, rounds=1, memory_pages=2, progress=lambda step, done: told.append((step, done))
    )

    assert (result.files, result.pages, result.forms) == (1, 1, 1)
    one = result.rounds[0]
    # The replay asks for the very crops of the run: a page of this form has more than fifty written boxes.
    assert result.glyphs > 50 and result.lines > 5
    assert 0 < one.inference.cpu < one.whole.cpu
    # PaddleOCR reads the printed words too: many more lines than there are fields.
    assert result.lines_full_page > 30
    assert result.against_full_page == pytest.approx(one.full_page.wall / one.whole.wall)
    assert result.memory.pages == 2 and result.memory.peak >= result.memory.at_end > 100
    assert ("memory", 2) in told and ("read 1", 1) in told and ("paddleocr 1", 1) in told

    report = text(result)
    assert "pages per minute" in report and "times faster than PaddleOCR full page" in report
    result.write_json(tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text())["pages_per_minute"] > 0


def test_nothing_to_measure(tmp_path):
    with pytest.raises(ValueError, match="計測"):
        run_bench([tmp_path], {})
