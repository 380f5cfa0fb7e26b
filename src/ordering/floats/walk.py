"""Walking a span of values in increasing order, a chunk at a time.

Nearly every chunk of nearly every activation rises throughout, and one comparison of neighbours shows it;
consecutive ones need no more record than their two ends.  Where results fall, or two paths differ, the same
comparison says where to look.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import replace
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ordering.errors import KernelError
from ordering.evidence import Path
from ordering.examination import Kernel
from ordering.floats.chunk import Events, Numbers, events, point, summarise_events, summarise_numbers
from ordering.floats.paths import Lane, as_bits
from ordering.floats.segment import EMPTY, Segment, join, rising
from ordering.lattice import Format
from ordering.running import interrupts

CHUNK: Final = 2**16
"""Ranks a chunk: large enough that calls cost little, small enough that the buffers of both paths stay in a
core's share of the cache."""
MOST_EVENTS: Final = 2**18
"""Events that are collected before they are summarised: their arrays are some tens of megabytes."""
KEPT: Final = 24 * 2**20
"""Bytes of a freed block that the C library keeps for the next call."""
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""glibc's numbers of the parameters of `mallopt`."""


class Walker:
    """One worker's lanes and buffers."""

    def __init__(self, kernel: Kernel, form: Format, path: Path) -> None:
        self._form = form
        self._size = min(CHUNK, 2 ** (form.bits - 1))
        # The scalar lane first: the vector lane's result may be a buffer that the kernel's next call fills.
        lanes: tuple[Literal["vector", "scalar"], ...] = ("scalar", "vector") if path == "all" else (path,)
        self._lanes = [Lane(kernel, form, lane, self._size) for lane in lanes]
        self._rises = np.empty(self._size, dtype=np.bool_)
        self._identity = True
        _keep_freed_memory()

    @torch.no_grad()
    def span(self, start: int, stop: int) -> Segment:
        """The summary of the values at the ranks from `start` up to, not including, `stop`.

        Raises
        ------
        KernelError
            If the kernel cannot be examined.
        KeyboardInterrupt
            After Ctrl-C.
        """
        total = EMPTY
        run: _Run | None = None
        parts: list[Events] = []
        for at in range(start, stop, self._size):
            interrupts.check()
            found = self._chunk(at, min(self._size, stop - at))
            if isinstance(found, _Run) and run is not None and run.last <= found.first:
                run = _Run(run.start, found.stop, run.first, found.last)
                continue
            total, run = join(total, self._segment(run)), None
            if isinstance(found, Events):
                parts.append(found)
                if sum(len(part.ranks) for part in parts) < MOST_EVENTS:
                    continue
            total, parts = join(total, self._events(parts)), []
            if isinstance(found, _Run):
                run = found
            elif isinstance(found, Segment):
                total = join(total, found)
        total = join(join(total, self._segment(run)), self._events(parts))
        if not all(lane.inputs_intact() for lane in self._lanes):
            raise KernelError(
                "the kernel writes to its input without torch's knowledge (through numpy or .data)"
            )
        return replace(total, identical=self._identity)

    def _chunk(self, at: int, count: int) -> _Run | Segment | Events:
        """Evaluate a chunk; when this returns its buffers are free for the next, and still in the cache."""
        results = [lane.results(at, count) for lane in self._lanes]
        bits = [as_bits(result, self._form) for result in results]
        numbers = [self._numbers(result) for result in results]
        if len(results) == 2 and (differ := np.not_equal(bits[0], bits[1])).any():
            self._identity = False
            return events(at, (numbers[1], numbers[0]), (bits[1], bits[0]), differ)
        # Only a kernel that has returned its input everywhere so far is worth the comparison.
        self._identity = self._identity and self._lanes[-1].returned_inputs(results[-1], at)
        rises = self._rises[: count - 1]
        np.less_equal(numbers[-1][:-1], numbers[-1][1:], out=rises)
        # A single value has no neighbour to compare with, but is not allowed to be NaN either.
        if np.logical_and.reduce(rises) and numbers[-1][0] == numbers[-1][0]:
            return _Run(at, at + count, numbers[-1].item(0), numbers[-1].item(-1))
        found = summarise_numbers(at, numbers[-1], bits[-1], rises, self._form)
        if found is None:
            return events(at, (numbers[-1], numbers[-1]), (bits[-1], bits[-1]), np.zeros(count, np.bool_))
        return found

    def _numbers(self, result: Tensor) -> Numbers:
        # numpy knows neither bfloat16 nor float8; float32 holds them, and float16, exactly.
        numbers: Numbers = (result if self._form.bits >= 32 else result.float()).numpy()
        return numbers

    def _events(self, parts: list[Events]) -> Segment:
        return summarise_events(parts, self._form) if parts else EMPTY

    def _segment(self, run: _Run | None) -> Segment:
        if run is None:
            return EMPTY
        return rising(point(run.start, run.first, self._form), point(run.stop - 1, run.last, self._form))


class _Run(NamedTuple):
    """Consecutive chunks on which the results never fall: ranks, and the results at both ends."""

    start: int
    stop: int
    first: float
    last: float


def _keep_freed_memory() -> None:
    """Have the C library keep the memory of each chunk's results for the next chunk.

    Without that it goes back to the system, to be paged in anew, which takes longer than evaluating a fast
    kernel.  glibc learns it by itself, but not where its environment says otherwise, as in a Dask worker.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_MMAP_THRESHOLD, KEPT)
        mallopt(M_TRIM_THRESHOLD, 2 * KEPT)
