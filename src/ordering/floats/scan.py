"""Walking an interval in increasing order: chunks within spans, spans on threads.

A *span* is a fixed stretch of the lattice, scanned by one thread and kept as a whole when a scan is
interrupted.  Within it the kernel is evaluated a *chunk* at a time.  Nearly every chunk of nearly every
activation rises throughout, and one comparison of neighbours shows it; consecutive ones need no more record
than their two ends.  Where results fall, the same comparison says where to look.  Only what is left, a chunk
with NaN or on which two paths differ, is looked at value by value, in smaller *pieces*.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ordering.errors import KernelError
from ordering.evidence import Path
from ordering.floats.chunk import Numbers, point, summarise, summarise_numbers
from ordering.floats.lattice import Interval
from ordering.floats.paths import Kernel, Lane, as_bits
from ordering.floats.segment import EMPTY, Segment, join, rising
from ordering.lattice import Format

SPAN: Final = 2**24
"""Ranks a span: a few milliseconds of ReLU, a tenth of a second of a slow activation."""
CHUNK: Final = 2**19
"""Ranks a chunk: large enough that calls cost little and threads seldom wait for Python's lock, small enough
that its buffers stay in a core's share of the cache."""
LEARNT: Final = 24 * 2**20
"""Bytes of the block that teaches the C library."""
PIECE: Final = 2**16
"""Ranks a piece: its several temporary arrays stay in the second-level cache."""


@dataclass(frozen=True)
class Progress:
    """How far a scan is: values done of a total, and the seconds that the `fresh` ones of this run took."""

    done: int
    total: int
    fresh: int
    seconds: float

    @property
    def rate(self) -> float:
        """Values a second, in this run."""
        return self.fresh / self.seconds if self.seconds else 0.0

    @property
    def remaining(self) -> float:
        """Seconds to go at this rate; infinity before anything is done."""
        return (self.total - self.done) / self.rate if self.rate else float("inf")


def spans(over: Interval) -> list[tuple[int, int]]:
    """The spans of an interval, as `(start, stop)` ranks.  No span holds values of both signs."""
    firsts = range(over.start - over.start % SPAN, over.stop, SPAN)
    return [(max(first, over.start), min(first + SPAN, over.stop)) for first in firsts]


def fold(of: Mapping[int, Segment]) -> Segment:
    """The summary of a whole interval from those of its spans, by their starts."""
    return reduce(join, (of[start] for start in sorted(of)), EMPTY)


def scan(
    kernel: Kernel,
    over: Interval,
    path: Path,
    *,
    workers: int,
    known: Mapping[int, Segment],
    finished: Callable[[int, Segment], None],
) -> None:
    """Scan every span whose start is not `known`, and hand each summary to `finished`, in this thread.

    Raises
    ------
    KernelError
        If the kernel cannot be examined; what `finished` was given stays valid.
    """
    todo = [span for span in spans(over) if span[0] not in known]
    scanners = threading.local()
    stop = threading.Event()
    # Only a kernel that has returned its input everywhere so far is worth comparing with its input.
    doubt = threading.Event()
    if not all(segment.identical for segment in known.values()):
        doubt.set()

    def work(start: int, end: int) -> Segment:
        if not hasattr(scanners, "own"):
            scanners.own = _Scanner(kernel, over.form, path, stop, doubt)
        scanner: _Scanner = scanners.own
        # Both settings belong to a thread.
        with torch.no_grad():
            return scanner.span(start, end)

    with _one_torch_thread():
        if workers == 1 or len(todo) < 2:
            for start, end in todo:
                finished(start, work(start, end))
            return
        with ThreadPoolExecutor(min(workers, len(todo)), "ordering-scan") as pool:
            pending = {pool.submit(work, *span): span[0] for span in todo}
            try:
                while pending:
                    done, _ = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        finished(pending.pop(future), future.result())
            except KeyboardInterrupt:
                stop.set()
                pool.shutdown(cancel_futures=True)
                for future, start in pending.items():
                    if not future.cancelled() and future.exception() is None:
                        finished(start, future.result())
                raise
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """A chunk split among torch's own threads would have a scalar remainder in the middle."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _GivenUp(Exception):
    """A span was left because the scan ends; what it has so far is no result."""


class _Scanner:
    """One thread's lanes and buffers."""

    def __init__(
        self, kernel: Kernel, form: Format, path: Path, stop: threading.Event, doubt: threading.Event
    ) -> None:
        self._form = form
        self._size = min(CHUNK, 2 ** (form.bits - 1))
        # The scalar lane first: the vector lane's result may be a buffer that the kernel's next call fills.
        lanes: tuple[Literal["vector", "scalar"], ...] = ("scalar", "vector") if path == "all" else (path,)
        self._lanes = [Lane(kernel, form, lane, self._size) for lane in lanes]
        self._rises = np.empty(self._size, dtype=np.bool_)
        self._stop, self._doubt = stop, doubt
        # The C library learns from a large block that is freed (of up to 32 MiB) to keep smaller ones for the
        # next call.  Without it each result's memory goes back to the system, to be paged in anew.
        torch.empty(LEARNT, dtype=torch.uint8)

    def span(self, start: int, stop: int) -> Segment:
        """The summary of the values at the ranks from `start` up to, not including, `stop`."""
        total = EMPTY
        run: _Run | None = None
        for at in range(start, stop, self._size):
            if self._stop.is_set():
                raise _GivenUp
            count = min(self._size, stop - at)
            found = self._chunk(at, count)
            if isinstance(found, Segment):
                total = join(join(total, self._segment(run)), found)
                run = None
            elif run is not None and run.last <= found.first:
                run = _Run(run.start, found.stop, run.first, found.last)
            else:
                total = join(total, self._segment(run))
                run = found
        if not all(lane.inputs_intact() for lane in self._lanes):
            raise KernelError(
                "the kernel writes to its input without torch's knowledge (through numpy or .data)"
            )
        return replace(join(total, self._segment(run)), identical=not self._doubt.is_set())

    def _chunk(self, at: int, count: int) -> _Run | Segment:
        """Evaluate a chunk; when this returns its buffers are free for the next, and still in the cache."""
        results = [lane.results(at, count) for lane in self._lanes]
        self._compare_with_inputs(results, at)
        result = results[-1]
        bits = as_bits(result, self._form)
        if len(results) == 2 and not np.array_equal(as_bits(results[0], self._form), bits):
            return self._pieces(results, at)
        # numpy knows neither bfloat16 nor float8; float32 holds them, and float16, exactly.
        numbers: Numbers = (result if self._form.bits >= 32 else result.float()).numpy()
        rises = self._rises[: count - 1]
        np.less_equal(numbers[:-1], numbers[1:], out=rises)
        # A single value has no neighbour to compare with, but is not allowed to be NaN either.
        if np.logical_and.reduce(rises) and numbers[0] == numbers[0]:
            return _Run(at, at + count, numbers.item(0), numbers.item(-1))
        found = summarise_numbers(at, numbers, bits, rises, self._form)
        return self._pieces(results[-1:], at) if found is None else found

    def _compare_with_inputs(self, results: list[Tensor], at: int) -> None:
        if self._doubt.is_set():
            return
        pairs = zip(self._lanes, results, strict=True)
        if not all(lane.returned_inputs(result, at) for lane, result in pairs):
            self._doubt.set()

    def _pieces(self, results: list[Tensor], at: int) -> Segment:
        """The summary of a chunk with NaN, or on which the paths differ, piece by piece."""
        total = EMPTY
        for begin in range(0, len(results[0]), PIECE):
            pieces = [as_bits(result, self._form)[begin : begin + PIECE] for result in results]
            total = join(total, summarise(at + begin, pieces[-1], pieces[0], self._form))
        return total

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
