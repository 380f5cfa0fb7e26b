"""Scanning an interval: spans of it, walked side by side, kept, and folded into one summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, reduce
from typing import Final

import torch

from ordering.evidence import Path
from ordering.floats.lattice import Interval
from ordering.floats.paths import Kernel
from ordering.floats.segment import EMPTY, Segment, join
from ordering.floats.walk import Walker
from ordering.floats.workers import walk

SPAN: Final = 2**26
"""Ranks of a *span*, a fixed stretch of the lattice that one worker walks and that is kept as a whole when a
scan is interrupted: some 20 milliseconds of ReLU, 300 of a slow activation; handing it over takes
about half of one."""


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
    identical = all(segment.identical for segment in known.values())
    walker = partial(Walker, kernel, over.form, path, suspected_identity=identical)
    # Workers take some 30 milliseconds to start.
    few = sum(stop - start for start, stop in todo) < SPAN
    with _one_torch_thread():
        walk(walker, todo, finished, workers=1 if few else min(workers, len(todo)))


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """A chunk split among torch's own threads would have a scalar remainder in the middle."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
