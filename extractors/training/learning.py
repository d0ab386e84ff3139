"""The training loop: samples drawn in advance by another process, a buffer for batches, averaged weights."""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from extractors.cutting import glyph_input
from extractors.training.alphabet import ALPHABET, GROUPS, NOT_A_CHARACTER, group_of
from extractors.training.network import GlyphNet
from extractors.training.samples import Drawer, Pool, Sources, Style

# Samples drawn per call of the drawing process; large, so that handing over costs little.
CHUNK = 20_480
BUFFER = 8
_NOT_A_CHARACTER = ALPHABET.index(NOT_A_CHARACTER)


@dataclass(frozen=True)
class TrainingPlan:
    """Settings of a training. With `steps` the result depends on the seed alone; with `minutes` also on the machine."""

    seed: int
    steps: int | None
    minutes: float
    batch: int = 128
    rate: float = 2e-3
    # Each drawn sample is used about this often.
    reuse: float = 2.0
    smoothing: float = 0.015
    widths: tuple[int, int, int] = (32, 64, 128)


_worker_sources: tuple[Sources, Style] | None = None


def _init_worker(sources: Sources, style: Style) -> None:
    global _worker_sources
    cv2.setNumThreads(1)
    _worker_sources = (sources, style)


def _draw_chunk(seed: int) -> Pool:
    assert _worker_sources is not None
    return Drawer(*_worker_sources, seed).pool(CHUNK)


def chunks(sources: Sources, style: Style, seed: int) -> Iterator[Pool]:
    """Yields endless new pools, two ahead in a separate process; the n-th depends on the seed and n only."""
    # Forking shares the sources with the worker without copying them.
    with ProcessPoolExecutor(1, get_context("fork"), _init_worker, (sources, style)) as workers:
        ahead: deque[Future[Pool]] = deque()
        number = 0
        try:
            while True:
                while len(ahead) < 3:
                    ahead.append(workers.submit(_draw_chunk, seed * 100_003 + number))
                    number += 1
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def group_masks() -> Tensor:
    """Bool [classes, classes]: the row of a class marks the classes that a field of its type allows."""
    allowed = torch.zeros(len(ALPHABET), len(ALPHABET), dtype=torch.bool)
    for row, character in enumerate(ALPHABET):
        members = (
            ALPHABET if character == NOT_A_CHARACTER else (*GROUPS[group_of(character)], NOT_A_CHARACTER)
        )
        allowed[row, [ALPHABET.index(member) for member in members]] = True
    return allowed


def augment(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Augments: rotates, scales, shifts and fades each picture a little, and erases a patch of some."""
    count = len(pictures)
    chance = torch.rand(8, count, generator=generator) * 2 - 1
    turn, size = chance[0] * 0.07, 1 + chance[1] * 0.06
    cos, sin = torch.cos(turn) * size, torch.sin(turn) * size
    theta = torch.stack([cos, -sin, chance[2] * 0.06, sin, cos, chance[3] * 0.06], 1).view(-1, 2, 3)
    grid = functional.affine_grid(theta, list(pictures.shape), align_corners=False)
    moved = functional.grid_sample(pictures, grid, align_corners=False)
    moved = moved.clamp(0, 1) ** torch.exp(chance[4] * 0.4)[:, None, None, None]
    blotted = (chance[5] > 0.7).nonzero()[:, 0]
    for i in blotted.tolist():
        y, x = int((chance[6, i] + 1) * 21), int((chance[7, i] + 1) * 21)
        moved[i, :, y : y + 6, x : x + 6] = 0.0 if i % 2 else 1.0 * (chance[4, i] > 0.5)
    return moved


class Trainer:
    """Trains one network with one set of settings."""

    def __init__(self, plan: TrainingPlan) -> None:
        torch.manual_seed(plan.seed)
        # Denormal numbers slow down CPU arithmetic many times.
        torch.set_flush_denormal(True)
        self.plan = plan
        # The channels-last layout is faster for convolutions on a CPU.
        self.net = GlyphNet(len(ALPHABET), plan.widths).to(memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.net).eval().requires_grad_(False)
        # Weight decay applies to matrices and kernels only, not to biases and normalisation.
        decay = [p for p in self.net.parameters() if p.ndim > 1]
        rest = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decay, "weight_decay": 0.03}, {"params": rest, "weight_decay": 0.0}], lr=plan.rate
        )
        self.masks = group_masks()
        self.half = torch.backends.cpu.get_cpu_capability() == "AVX512" and _has_bf16()
        self.generator = torch.Generator().manual_seed(plan.seed)
        self.done = 0

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Continues from saved weights instead of random ones."""
        self.net.load_state_dict(weights)
        self.mean.load_state_dict(weights)

    def run(self, pools: Iterator[Pool], report: Callable[[GlyphNet, int, float], None], every: float) -> int:
        """Trains to the end; `report` is called with the averaged network every `every` seconds.

        Returns:
            Number of steps done.
        """
        start = time.monotonic()
        reported = start
        buffer: deque[Pool] = deque(maxlen=BUFFER)
        while (part := self._progress(start)) < 1.0:
            buffer.append(next(pools))
            for _ in range(int(CHUNK * self.plan.reuse / self.plan.batch)):
                if (part := self._progress(start)) >= 1.0:
                    break
                self._step(buffer, part)
            if time.monotonic() - reported > every:
                report(self.mean, self.done, part)
                reported = time.monotonic()
        return self.done

    def _progress(self, start: float) -> float:
        if self.plan.steps is not None:
            return self.done / self.plan.steps
        return (time.monotonic() - start) / (self.plan.minutes * 60)

    def _step(self, buffer: deque[Pool], part: float) -> None:
        # Linear warm-up over 500 steps, then a cosine schedule.
        rate = self.plan.rate * min(1.0, self.done / 500) * 0.5 * (1 + math.cos(math.pi * min(part, 1.0)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate + 1e-6
        pictures, places, labels = self._batch(buffer)
        self.net.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            logits = self.net(pictures.contiguous(memory_format=torch.channels_last), places)
        loss = self._loss(logits.float(), labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        # Limits the influence of a single batch.
        nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.done += 1
        self._average()

    def _batch(self, buffer: deque[Pool]) -> tuple[Tensor, Tensor, Tensor]:
        """A batch from the whole buffer; half of it without places, because crops without a box have none."""
        pick = torch.randint(len(buffer) * CHUNK, (self.plan.batch,), generator=self.generator).numpy()
        which, row = pick // CHUNK, pick % CHUNK
        # Grouped by pool, so that each pool is indexed once.
        order = np.argsort(which, kind="stable")
        which, row = which[order], row[order]
        parts = [(buffer[int(i)], row[which == i]) for i in np.unique(which)]
        pictures = torch.from_numpy(np.concatenate([pool.pictures[rows] for pool, rows in parts]))
        places = torch.from_numpy(np.concatenate([pool.places[rows] for pool, rows in parts]))
        labels = torch.from_numpy(np.concatenate([pool.labels[rows] for pool, rows in parts]))
        # Without a place a single bar is far more often a 1 or a ー than a piece of a frame, so boxes without a
        # character keep theirs more often.
        hidden = torch.where(labels == _NOT_A_CHARACTER, 0.2, 0.5)
        places[torch.rand(len(places), generator=self.generator) < hidden] = glyph_input.UNKNOWN_PLACE
        return augment(pictures[:, None].float() / 255, self.generator), places, labels

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Half over all classes, half over those that a field of the label's type allows."""
        everything = functional.cross_entropy(logits, labels, label_smoothing=self.plan.smoothing)
        allowed = self.masks[labels]
        logs = logits.masked_fill(~allowed, -30.0).log_softmax(dim=1)
        right = logs.gather(1, labels[:, None])[:, 0]
        spread = (logs * allowed).sum(dim=1) / allowed.sum(dim=1)
        share = self.plan.smoothing
        return 0.5 * everything - 0.5 * ((1 - share) * right + share * spread).mean()

    def _average(self) -> None:
        """Exponential average of the weights, over a short window at first; this network is exported."""
        keep = min(0.999, (1 + self.done) / (20 + self.done))
        with torch.no_grad():
            for mean, now in zip(
                self.mean.state_dict().values(), self.net.state_dict().values(), strict=True
            ):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
                else:
                    mean.copy_(now)


def _has_bf16() -> bool:
    """Whether bfloat16 products are faster than float32 ones on this processor."""
    checker = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(checker()) if checker is not None else False
