"""The order in which one kind of machine works on verdicts: 16 bits first, then the scans that are needed.

Of each activation there is a task to begin with, which proves, scans and judges the dtypes of 16 bits.  Where
a certificate over the large dtype can tell something, its spans follow, and a last task judges the other
dtypes.  All the first tasks come before any span, so that there is an answer for every activation soon.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ordering.errors import IncompleteWarning, KernelError
from ordering.evidence import Answer, Certificate, DtypeVerdict, Kind, Shape, Verdict
from ordering.floats.scan import Scan
from ordering.floats.segment import Segment
from ordering.verdict.facts import Facts
from ordering.verdict.job import (
    LARGE,
    Begin,
    Begun,
    Claim,
    End,
    Ended,
    Question,
    Walk,
    unheard,
    with_certificate,
)
from ordering.verdict.settings import name_of

Task: TypeAlias = Begin | Walk | End
ScanOf: TypeAlias = Callable[[int, Kind], Scan]
"""Makes the plan of an activation's scan on a kind of machine."""

FIRST_GUESS: Final = 0.5
"""Seconds of a task of which nothing is known yet; only the time left that is shown depends on it."""


@dataclass
class _Standing:
    """What is known of one activation so far."""

    facts: Facts | None = None
    by_claim: dict[Claim, dict[str, DtypeVerdict]] = field(default_factory=dict)
    scan: Scan | None = None
    expected: float = 0.0
    seconds: float = 0.0


class VerdictPlan:
    """What one kind of machine has to do for a question, and the verdicts that came of it."""

    def __init__(self, question: Question, kind: Kind, scan_of: ScanOf) -> None:
        self.kind = kind
        self._question, self._scan_of = question, scan_of
        self._begins = deque(Begin(index) for index in range(len(question.activations)))
        self._ends: deque[End] = deque()
        self._standing = [_Standing() for _ in question.activations]
        self._out = 0
        self._new: deque[Verdict] = deque()
        self._estimate = _Estimate(len(question.activations))
        self._gone = False

    # ---- the plan -----------------------------------------------------------------------------------

    def next(self) -> Task | None:
        """First the beginnings, then what can be ended, then spans of the first activation that has some."""
        task: Task | None = None
        if self._begins:
            task = self._begins.popleft()
        elif self._ends:
            task = self._ends.popleft()
        else:
            task = next(self._walks(), None)
        self._out += task is not None
        return task

    def _walks(self) -> Iterator[Walk]:
        for index, standing in enumerate(self._standing):
            if standing.scan is not None and (span := standing.scan.next()) is not None:
                yield Walk(index, span)

    def give_back(self, task: Task) -> None:
        """A task was not done."""
        self._out -= 1
        if isinstance(task, Begin):
            self._begins.appendleft(task)
        elif isinstance(task, End):
            self._ends.appendleft(task)
        elif (scan := self._standing[task.which].scan) is not None:
            scan.give_back(task.span)

    def finished(self, task: Task, result: Begun | Segment | Ended) -> None:
        """A task is done."""
        self._out -= 1
        if isinstance(result, Begun):
            self._begun(task.which, result)
        elif isinstance(result, Ended):
            self._standing[task.which].seconds += result.seconds
            self._judged(task.which, {claim: dict(verdicts) for claim, verdicts in result.judged.items()})
            self._estimate.done(result.seconds)
        elif isinstance(task, Walk) and (scan := self._standing[task.which].scan) is not None:
            share = result.values / scan.total
            scan.finished(task.span, result)
            self._estimate.done(self._standing[task.which].expected * share)
            if scan.done:
                self._scanned(task.which, scan.certificate())

    def failed(self, task: Task, error: KernelError) -> None:
        """The kernel cannot be examined: an error for every dtype that is not judged yet."""
        self._out -= 1
        standing = self._standing[task.which]
        standing.scan = None
        if standing.facts is None:
            standing.facts = Facts(Shape(self._question.activations[task.which].name, {}), broken=str(error))
        missing = [name_of(dtype) for dtype in self._question.settings.dtypes]
        self._judged(
            task.which,
            {
                (law.name, pooling.name): {
                    dtype: unheard(dtype, Answer.ERROR, str(error))
                    for dtype in missing
                    if dtype not in standing.by_claim.get((law.name, pooling.name), {})
                }
                for law, pooling in self._question.claims
            },
        )

    def gone(self) -> None:
        """Nobody is left to do the rest."""
        self._gone = True
        machine = self.kind.machine
        judged = sum(len(each.by_claim) for each in self._standing)
        asked = len(self._standing) * len(self._question.claims)
        warnings.warn(
            f"no worker on machine {machine.kind} ({machine}) answers any more; it had judged "
            f"{judged} of {asked} claims, some of them perhaps not in every dtype",
            IncompleteWarning,
            stacklevel=2,
        )

    @property
    def done(self) -> bool:
        """Whether nothing is left to do, and nothing is handed out."""
        walking = any(each.scan is not None and not each.scan.done for each in self._standing)
        return self._gone or not (self._begins or self._ends or self._out or walking)

    # ---- what comes of it ---------------------------------------------------------------------------

    def flush(self) -> None:
        """Keep the finished spans of unfinished scans; for when the work is left."""
        for standing in self._standing:
            if standing.scan is not None:
                standing.scan.flush()

    def news(self) -> Iterator[Verdict]:
        """The verdicts that are new, or know more dtypes than before, since this was last asked."""
        while self._new:
            yield self._new.popleft()

    def told(self) -> str:
        """How far the work is, for people."""
        begun = sum(bool(each.facts) for each in self._standing)
        scans = [each.scan for each in self._standing if each.scan is not None]
        scanned = sum(scan.walked for scan in scans) / max(sum(scan.total for scan in scans), 1)
        parts = [f"{begun} of {len(self._standing)} activations begun"]
        if scans:
            parts.append(f"{name_of(LARGE)}: {scanned:.0%} of {len(scans)} scans")
        return ", ".join((*parts, f"about {self._estimate.left():.0f} s left"))

    def _begun(self, index: int, result: Begun) -> None:
        standing = self._standing[index]
        standing.facts, standing.seconds = result.facts, result.seconds
        self._estimate.begun(result.seconds)
        if result.scan is not None:
            seen, standing.expected = result.scan
            scan = self._scan_of(index, Kind(self.kind.machine, seen))
            if scan.done:
                standing.expected = 0.0
            self._estimate.add(standing.expected * (1 - scan.walked / scan.total))
            standing.scan = scan
        if result.judged:
            self._judged(index, {claim: dict(verdicts) for claim, verdicts in result.judged.items()})
        if standing.scan is not None and standing.scan.done:
            self._scanned(index, standing.scan.certificate())
        elif standing.scan is None and self._question.later:
            self._scanned(index, None)

    def _scanned(self, index: int, certificate: Certificate | None) -> None:
        standing = self._standing[index]
        assert standing.facts is not None  # the scan follows the beginning
        standing.facts = with_certificate(standing.facts, certificate)
        self._ends.append(End(index, standing.facts))

    def _judged(self, index: int, verdicts: dict[Claim, dict[str, DtypeVerdict]]) -> None:
        """Take in verdicts of some dtypes, and make a new record of each claim that they are about."""
        standing, settings = self._standing[index], self._question.settings
        for (law, pooling), by_dtype in verdicts.items():
            if not by_dtype:  # of several spans that fail, the first has said it
                continue
            known = standing.by_claim.setdefault((law, pooling), {})
            known.update(by_dtype)
            order = [name_of(dtype) for dtype in settings.dtypes]
            facts = standing.facts
            self._new.append(
                Verdict(
                    activation=self._question.activations[index].name,
                    pooling=pooling,
                    law=law,
                    effort=settings.effort,
                    by_dtype={dtype: known[dtype] for dtype in order if dtype in known},
                    pending=tuple(dtype for dtype in order if dtype not in known),
                    shape=None if facts is None else facts.shape,
                    fidelity=None if facts is None else facts.fidelity,
                    certificates=() if facts is None else tuple(facts.certificates.values()),
                    orders=self._question.orders(law, pooling, index),
                    machine=self.kind.machine,
                    seconds=standing.seconds,
                    statement=self._question.statement(law),
                )
            )


class _Estimate:
    """The time left, from the work that is done and what is known of the rest, in expected seconds."""

    def __init__(self, activations: int) -> None:
        self._start = time.perf_counter()
        self._beginnings = activations
        self._did, self._rest = 0.0, 0.0
        self._begun = 0
        self._begun_seconds = 0.0

    def begun(self, seconds: float) -> None:
        """One beginning is done."""
        self._begun += 1
        self._begun_seconds += seconds
        self._did += seconds

    def add(self, seconds: float) -> None:
        """There is more to do than was known."""
        self._rest += seconds

    def done(self, seconds: float) -> None:
        """Some of the rest is done."""
        self._rest = max(self._rest - seconds, 0.0)
        self._did += seconds

    def left(self) -> float:
        """Seconds to go, at the pace so far; what has not begun yet is taken to be as long as what has."""
        waiting = self._beginnings - self._begun
        each = (self._begun_seconds + self._rest) / self._begun if self._begun else FIRST_GUESS
        passed = time.perf_counter() - self._start
        return (self._rest + waiting * each) * (passed / self._did if self._did else 1.0)
