"""Streams PDF pages at the resolution of the scan inside: drawn by poppler, or the embedded scan itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import IO

import numpy as np
from pdf2image import pdfinfo_from_path
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError

from extractors.base.errors import UnreadableFile
from extractors.base.model import Image, PageImage
from extractors.base.opencv import cv2
from extractors.files.limits import Limits
from extractors.files.pdf_scan import EmbeddedScans, decoded
from extractors.files.picture import check_size, too_many_pages

_POINTS_PER_INCH = 72.0
# Acrobat accepts an end mark in the last 1,024 bytes (PDF Reference 1.7, appendix H); twice that is searched here.
_END_WITHIN = 2048
_FULL_PAGE = 0.6  # a scan covers at least this share of its page's width and height
_LOWEST_DPI = 100


@dataclass(frozen=True, slots=True)
class _PagePlan:
    """How one page is to be drawn."""

    number: int
    dpi: int
    has_picture: bool


def pdf_pages(path: Path, limits: Limits) -> Iterator[PageImage]:
    """Yields the pages of a PDF; one poppler process draws each run of pages of equal resolution.

    Raises:
        UnreadableFile: password, cut off, damaged, too large, or too slow.
    """
    _refuse_cut_off(path)
    plans = _page_plans(path, limits)
    with EmbeddedScans(path) as scans:
        waiting: list[_PagePlan] = []
        for plan in plans:
            scan = scans.jpeg(plan.number, plan.dpi) if plan.has_picture else None
            pixels = decoded(scan) if scan is not None else None
            if waiting and (pixels is not None or plan.dpi != waiting[0].dpi):
                yield from _draw_pages(path, waiting, limits)
                waiting = []
            if pixels is not None:
                yield PageImage(path.name, plan.number, pixels, float(plan.dpi))
            else:
                waiting.append(plan)
    if waiting:
        yield from _draw_pages(path, waiting, limits)


def _refuse_cut_off(path: Path) -> None:
    """Refuses a file without an end mark: poppler repairs a cut-off file silently, and pages go missing."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_WITHIN))
        if b"%%EOF" in stream.read():
            return
    raise UnreadableFile(
        "cut_off",
        path.name,
        f"PDF「{path.name}」が途中で切れています。コピーが終わっているか確かめ、もう一度入れてください。",
        "The PDF is cut off: its end is missing.",
    )


def _page_plans(path: Path, limits: Limits) -> list[_PagePlan]:
    info = _info(path, limits)
    count = int(info.get("Pages", 0))
    if count > limits.pages:
        raise too_many_pages(path, count, limits)
    if count < 1:
        raise _damaged(path, "no pages")
    sizes = _sizes(path, count, limits)
    scans = _scan_resolutions(path, limits)
    plans = []
    for number in range(1, count + 1):
        width, height = sizes.get(number, (595.0, 842.0))
        dpi = _resolution(scans.get(number), width, height, limits)
        size = (round(width / _POINTS_PER_INCH * dpi), round(height / _POINTS_PER_INCH * dpi))
        check_size(path, number, size, limits)
        plans.append(_PagePlan(number, dpi, number in scans))
    return plans


def _info(path: Path, limits: Limits) -> dict[str, str]:
    try:
        return dict(pdfinfo_from_path(str(path), timeout=int(limits.seconds)))
    except PDFPopplerTimeoutError as error:
        raise _too_slow(path) from error
    except PDFInfoNotInstalledError as error:
        raise _no_poppler(path) from error
    except PDFPageCountError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(
                "password",
                path.name,
                f"PDF「{path.name}」にはパスワードがかかっています。パスワードを外してから入れてください。",
                "The PDF is protected by a password.",
            ) from error
        raise _damaged(path, str(error).strip().splitlines()[0] if str(error).strip() else "") from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _sizes(path: Path, count: int, limits: Limits) -> dict[int, tuple[float, float]]:
    """Width and height of every page in points, as displayed (cropped and rotated)."""
    text = _tool(["pdfinfo", "-f", "1", "-l", str(count), "-box", str(path)], path, limits)
    sizes: dict[int, tuple[float, float]] = {}
    boxes = re.findall(r"Page\s+(\d+)\s+CropBox:\s+([-\d.]+)\s+([-\d.]+)\s+([-\d.]+)\s+([-\d.]+)", text)
    turns = dict(re.findall(r"Page\s+(\d+)\s+rot:\s+(-?\d+)", text))
    for page, x0, y0, x1, y1 in boxes:
        width, height = abs(float(x1) - float(x0)), abs(float(y1) - float(y0))
        # The crop box is stated before rotation.
        turned = int(turns.get(page, 0)) % 180 == 90
        sizes[int(page)] = (height, width) if turned else (width, height)
    return sizes


def _scan_resolutions(path: Path, limits: Limits) -> dict[int, tuple[int, int, float]]:
    """The largest picture of each page: its pixels and its resolution on the page."""
    found: dict[int, tuple[int, int, float]] = {}
    for line in _tool(["pdfimages", "-list", str(path)], path, limits).splitlines()[2:]:
        words = line.split()
        if len(words) < 14 or not words[0].isdigit():
            continue
        page, width, height = int(words[0]), int(words[3]), int(words[4])
        if max(width, height) > limits.side or width * height > limits.pixels:
            check_size(path, page, (width, height), limits)
        # Masks and soft masks (smask, stencil) are not scans.
        if words[2] != "image":
            continue
        dpi = max(_number(words[12]), _number(words[13]))
        if width * height > found.get(page, (0, 0, 0.0))[0] * found.get(page, (0, 0, 0.0))[1]:
            found[page] = (width, height, dpi)
    return found


def _number(word: str) -> float:
    return float(word) if word.replace(".", "", 1).isdigit() else 0.0


def _resolution(scan: tuple[int, int, float] | None, width: float, height: float, limits: Limits) -> int:
    """Resolution of the scan when it fills the page, within limits; else the default."""
    if scan is None or scan[2] <= 0:
        return limits.dpi
    sides = sorted((scan[0] / scan[2] * _POINTS_PER_INCH, scan[1] / scan[2] * _POINTS_PER_INCH))
    page = sorted((width, height))
    if sides[0] < _FULL_PAGE * page[0] or sides[1] < _FULL_PAGE * page[1]:
        return limits.dpi
    return round(min(max(scan[2], _LOWEST_DPI), limits.most_dpi))


def _tool(command: list[str], path: Path, limits: Limits) -> str:
    if shutil.which(command[0]) is None:
        raise _no_poppler(path)
    try:
        done = subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise _too_slow(path) from error
    return done.stdout.decode("utf-8", "replace")


def _draw_pages(path: Path, plans: list[_PagePlan], limits: Limits) -> Iterator[PageImage]:
    """Yields pages as poppler writes them; the limits per page and in total do not count the caller's time."""
    first, last, dpi = plans[0].number, plans[-1].number, plans[0].dpi
    # PPM on standard output: nothing is written to disk, and pages arrive one by one.
    command = ["pdftoppm", "-cropbox", "-r", str(dpi), "-f", str(first), "-l", str(last), str(path)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints)
        stream = process.stdout
        if stream is None:
            raise _damaged(path, "no output")
        try:
            # The first page may take the whole limit; each page adds the average on top.
            left = limits.seconds
            for plan in plans:
                left += limits.average_seconds
                start = perf_counter()
                pixels = _timed_page(process, stream, path, plan, limits, min(limits.seconds, left))
                left -= perf_counter() - start
                # The blank back of a one-bit scan is all white too: only poppler's errors reveal a broken one.
                if plan.has_picture and int(pixels.min()) == 255 and os.fstat(complaints.fileno()).st_size:
                    raise _damaged(path, f"the scan on page {plan.number} cannot be decoded")
                yield PageImage(path.name, plan.number, pixels, float(plan.dpi))
        finally:
            process.kill()
            process.wait()
            stream.close()


def _timed_page(
    process: subprocess.Popen[bytes],
    stream: IO[bytes],
    path: Path,
    plan: _PagePlan,
    limits: Limits,
    seconds: float,
) -> Image:
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    # Reading from a pipe has no time limit of its own; killing the process ends it.
    timer = threading.Timer(max(seconds, 0.0), stop)
    timer.start()
    try:
        pixels = _read_ppm(stream, limits)
    finally:
        timer.cancel()
    if late.is_set():
        raise _too_slow(path)
    if pixels is None:
        raise _damaged(path, f"page {plan.number} cannot be drawn")
    return pixels


def _read_ppm(stream: IO[bytes], limits: Limits) -> Image | None:
    """Reads one binary PPM from a stream of several; None at the end of the stream."""
    if stream.readline().strip() != b"P6":
        return None
    words: list[bytes] = []
    while len(words) < 3:
        line = stream.readline()
        if not line:
            return None
        words += line.split()
    width, height = int(words[0]), int(words[1])
    if width * height > limits.pixels:
        return None
    data = stream.read(width * height * 3)
    if len(data) < width * height * 3:
        return None
    rgb = np.frombuffer(data, np.uint8).reshape(height, width, 3)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)


def _too_slow(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "timeout",
        path.name,
        f"PDF「{path.name}」は開くのに時間がかかりすぎるため中止しました。画像としてスキャンし直してください。",
        "The PDF takes too long to draw.",
    )


def _no_poppler(path: Path) -> UnreadableFile:
    return UnreadableFile(
        "no_poppler",
        path.name,
        "PDF を開く poppler が入っていません。「utsushi doctor」で確認してください。",
        "poppler-utils is not installed; run utsushi doctor.",
    )


def _damaged(path: Path, detail: str) -> UnreadableFile:
    return UnreadableFile(
        "damaged",
        path.name,
        f"PDF「{path.name}」が壊れていて開けません。元の場所からもう一度入れるか、スキャンし直してください。",
        f"The PDF is damaged: {detail}." if detail else "The PDF is damaged.",
    )
