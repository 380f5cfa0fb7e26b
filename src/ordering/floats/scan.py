"""Walking an interval in increasing order, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ordering.evidence import Path
from ordering.floats.chunk import summarise
from ordering.floats.lattice import Interval
from ordering.floats.paths import BLOCK, scalar, vector
from ordering.floats.segment import EMPTY, Segment, join
from ordering.lattice import from_rank

CHUNK: Final = 2**16


@dataclass(frozen=True)
class Progress:
    """How far a scan is."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Values a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def remaining(self) -> float:
        """Seconds to go at this rate."""
        return (self.total - self.done) / self.rate if self.done else float("inf")


def scan(kernel: Callable[[Tensor], Tensor], over: Interval, path: Path) -> Segment:
    """The summary of the kernel's results at every value of an interval."""
    total = EMPTY
    with torch.no_grad():
        for start in range(over.start, over.stop, CHUNK):
            total = join(total, _chunk(kernel, over, path, start, min(start + CHUNK, over.stop)))
    return total


def _chunk(kernel: Callable[[Tensor], Tensor], over: Interval, path: Path, start: int, stop: int) -> Segment:
    form, count = over.form, stop - start
    padded = -(-count // BLOCK) * BLOCK
    values = from_rank(torch.arange(start, start + padded).clamp(max=stop - 1), form.dtype)

    def bits(evaluate: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]) -> np.ndarray:
        given = values.to(torch.float32) if form.bits == 8 else values.clone()
        result = evaluate(kernel, given).to(form.dtype).contiguous()
        return result.view(getattr(torch, f"int{form.bits}")).numpy()[:count]

    return summarise(
        bits(vector) if path in ("vector", "all") else None,
        bits(scalar) if path in ("scalar", "all") else None,
        values.view(getattr(torch, f"int{form.bits}")).numpy()[:count],
        start,
        form,
    )
