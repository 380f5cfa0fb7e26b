"""The scan of an interval on one kind of machine: its spans, those that are done, and the certificate."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from ordering.errors import IncompleteWarning, KernelError
from ordering.evidence import Certificate, Disagreement, Kind, Pair, Path
from ordering.evidence import Split as SplitValues
from ordering.examination import Kernel
from ordering.floats.lattice import Interval, Span, ends, spans
from ordering.floats.observed import kind_of
from ordering.floats.segment import EMPTY, Fall, Segment, Split, join
from ordering.floats.shelf import Shelf
from ordering.floats.walk import Walker


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


@dataclass
class ScanJob:
    """What a worker needs to walk spans of an interval."""

    kernel: Kernel
    over: Interval
    path: Path
    _walker: Walker | None = field(default=None, init=False)

    def kind(self) -> Kind:
        """This machine, with what the kernel computes on it."""
        return kind_of(self.kernel, self.over)

    def perform(self, task: Span) -> Segment:
        """The summary of one span."""
        if self._walker is None:
            self._walker = Walker(self.kernel, self.over.form, self.path)
        return self._walker.span(*task)


class Scan:
    """The plan of a scan on one kind of machine.

    A span is walked by one worker and kept as a whole.  With a shelf, a certificate that is there is taken
    for the scan, and an interrupted scan goes on (unless not to `resume`).
    """

    def __init__(
        self,
        name: str,
        over: Interval,
        path: Path,
        kind: Kind,
        *,
        shelf: Shelf | None = None,
        resume: bool = True,
        note: str = "",
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        self.kind = kind
        self._name, self._over, self._path, self._note, self._tell = name, over, path, note, tell
        self._shelf = shelf
        self._kept = shelf.certificate() if shelf is not None and resume else None
        self._segments: dict[int, Segment] = {}
        self._before = 0.0
        if self._kept is None and shelf is not None and resume:
            self._segments, self._before = shelf.unfinished()
        self._resumed = self.walked
        self._todo = [] if self._kept else [s for s in reversed(spans(over)) if s[0] not in self._segments]
        self._out: set[Span] = set()
        self._began: float | None = None
        self._gone = False

    # ---- the plan -----------------------------------------------------------------------------------

    def next(self) -> Span | None:
        """The lowest span that nobody walks yet."""
        if not self._todo:
            return None
        if self._began is None:
            self._began = time.perf_counter()
        span = self._todo.pop()
        self._out.add(span)
        return span

    def give_back(self, task: Span) -> None:
        """A span was not walked."""
        self._out.remove(task)
        self._todo.append(task)

    def finished(self, task: Span, result: Segment) -> None:
        """A span was walked."""
        self._out.remove(task)
        self._segments[task[0]] = result
        if self._shelf is not None:
            self._shelf.keep_unfinished(self._segments, self.seconds)
        if self._tell is not None:
            fresh = self.walked - self._resumed
            self._tell(Progress(self.walked, self._over.count, fresh, self.seconds - self._before))

    def failed(self, task: Span, error: KernelError) -> None:
        """The kernel cannot be examined."""
        raise error

    def gone(self) -> None:
        """Nobody walks what is left."""
        self._gone = True
        machine = self.kind.machine
        warnings.warn(
            f"{self._name}: no worker on machine {machine.kind} ({machine}) answers any more; "
            f"{self.walked:,} of {self.total:,} values were walked there",
            IncompleteWarning,
            stacklevel=2,
        )

    @property
    def left(self) -> bool:
        """Whether the scan was left before it was done."""
        return self._gone

    @property
    def done(self) -> bool:
        """Whether every span is walked, or no one is left to walk it."""
        return self._gone or not (self._todo or self._out)

    # ---- what comes of it ---------------------------------------------------------------------------

    @property
    def walked(self) -> int:
        """Values walked so far, earlier runs included."""
        if self._kept is not None:
            return self._over.count
        return sum(segment.values for segment in self._segments.values())

    @property
    def total(self) -> int:
        """Values to walk in all."""
        return self._over.count

    @property
    def seconds(self) -> float:
        """The time since its first span was handed out, and that of earlier runs."""
        return self._before + (0.0 if self._began is None else time.perf_counter() - self._began)

    def flush(self) -> None:
        """Keep what is finished; for when the scan is left."""
        if self._shelf is not None and self._kept is None and self.walked > self._resumed:
            self._shelf.keep_unfinished(self._segments, self.seconds, now=True)

    def certificate(self) -> Certificate:
        """What the scan has found; kept on the shelf.

        Raises
        ------
        KernelError
            If the workers of this kind were gone before they had walked every span.
        """
        if self._kept is not None:
            return self._kept
        if self.walked < self._over.count:
            raise KernelError(
                f"{self._name}: the workers on {self.kind.machine} were gone when {self.walked:,} of "
                f"{self._over.count:,} values were walked; what is walked is kept, where there is a store"
            )
        found = certificate(
            self._name, self._over, self._path, self.kind, fold(self._segments), self.seconds, self._note
        )
        if self._shelf is not None:
            self._shelf.keep(found)
        self._kept = found
        return found


def fold(of: Mapping[int, Segment]) -> Segment:
    """The summary of a whole interval from those of its spans, by their starts."""
    return reduce(join, (of[start] for start in sorted(of)), EMPTY)


def certificate(
    name: str, over: Interval, path: Path, kind: Kind, found: Segment, seconds: float, note: str = ""
) -> Certificate:
    """The record of a whole interval's summary."""
    value = over.form.value

    def pair(fall: Fall | None) -> Pair | None:
        if fall is None:
            return None
        return Pair(value(fall.high.rank), value(fall.low.rank), fall.high.value, fall.low.value)

    def split(at: Split | None) -> SplitValues | None:
        return None if at is None else SplitValues(value(at.rank), at.vector, at.scalar)

    disagreement = None
    if path == "all":
        disagreement = Disagreement(
            values=found.values,
            differing=found.differing,
            worst_ulp=found.worst_split.depth if found.worst_split else 0,
            first=split(found.first_split),
            worst=split(found.worst_split),
        )
    low, high = ends(over)
    return Certificate(
        activation=name,
        dtype=over.form.name,
        path=path,
        low=low,
        high=high,
        values=found.values,
        drops=found.drops,
        drawdown=found.widest.gap if found.widest else 0.0,
        drawdown_ulp=found.worst.depth if found.worst else 0,
        drawdown_scaled=found.steepest.size if found.steepest else 0.0,
        first=pair(found.first_drop or found.worst),
        worst=pair(found.worst),
        widest=pair(found.widest),
        steepest=pair(found.steepest),
        nan=found.nan,
        nan_first=None if found.nan_first is None else value(found.nan_first),
        identity=found.identical,
        disagreement=disagreement,
        machine=kind.machine,
        observed=kind.observed,
        seconds=seconds,
        note=note,
    )
