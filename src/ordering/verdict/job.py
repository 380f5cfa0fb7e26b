"""What workers do for verdicts: begin with an activation, walk spans of a large dtype, end with verdicts."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

import torch

from ordering.activation import Activation
from ordering.errors import InvalidArgument, KernelError, NotApplicable, NothingCompared
from ordering.evidence import Answer, Certificate, DtypeVerdict, Kind, Outcome, WorldAnswer
from ordering.floats.lattice import Span
from ordering.floats.observed import observed
from ordering.floats.scan import ScanJob
from ordering.floats.segment import Segment
from ordering.kernels.orders import equates_orders
from ordering.law import Law
from ordering.pooling import Pooling
from ordering.running.machine import this_machine
from ordering.verdict.facts import Facts, claimed, expected_seconds, gather
from ordering.verdict.hearing import hear, scan_tells
from ordering.verdict.judge import judge
from ordering.verdict.settings import SMALL, Settings, name_of

WORLDS = ("reals", "floats", "kernels")
LARGE = torch.float32
"""The dtype whose scan takes long: its spans are tasks of their own."""

Claim: TypeAlias = tuple[str, str]
"""A law and a pooling, by their names."""
Judged: TypeAlias = Mapping[Claim, Mapping[str, DtypeVerdict]]
"""Verdicts by claim, and by the dtype's name."""


class Begin(NamedTuple):
    """Prove, compare and scan in 16 bits; judge the dtypes of 16 bits."""

    which: int


class Walk(NamedTuple):
    """Walk a span of the large dtype."""

    which: int
    span: Span


class End(NamedTuple):
    """Judge the other dtypes."""

    which: int
    facts: Facts


class Begun(NamedTuple):
    """What `Begin` results in."""

    facts: Facts
    judged: Judged
    scan: tuple[str, float] | None
    """Where the large dtype has to be scanned: what the kernel computes on a sample, and expected seconds."""
    seconds: float


class Ended(NamedTuple):
    """What `End` results in."""

    judged: Judged
    seconds: float


@dataclass(frozen=True)
class Question:
    """Which verdicts are asked for."""

    activations: Sequence[Activation]
    poolings: Sequence[Pooling]
    laws: Sequence[Law]
    settings: Settings

    @property
    def claims(self) -> list[tuple[Law, Pooling]]:
        """Every law with every pooling."""
        return [(law, pooling) for law in self.laws for pooling in self.poolings]

    def orders(self, law: str, pooling: str, index: int) -> bool:
        """Whether the claim of these names is that the two orders are equal, for this activation."""
        of_law, of_pooling = next(
            (each, operator) for each, operator in self.claims if (each.name, operator.name) == (law, pooling)
        )
        return equates_orders(of_law, self.activations[index], of_pooling, self.settings.dtypes[0])

    def statement(self, law: str) -> str:
        """What the law of this name claims."""
        return next(each.statement for each in self.laws if each.name == law)

    @property
    def later(self) -> list[torch.dtype]:
        """The dtypes that are judged at the end."""
        return [dtype for dtype in self.settings.dtypes if dtype not in SMALL]


@dataclass
class VerdictJob:
    """One worker's share of a question."""

    question: Question
    _walks: dict[int, ScanJob] = field(default_factory=dict, init=False)

    def kind(self) -> Kind:
        """This machine, with what all the kernels compute on it."""
        sink = hashlib.sha256()
        for activation in self.question.activations:
            for dtype in (*SMALL, LARGE):
                try:
                    seen = observed(activation.kernel, claimed(activation, dtype))
                except (KernelError, InvalidArgument) as error:  # or it is claimed on no value of the dtype
                    seen = type(error).__name__
                sink.update(seen.encode())
        return Kind(this_machine(), sink.hexdigest()[:16])

    def perform(self, task: Begin | Walk | End) -> Begun | Segment | Ended:
        """Do one task."""
        if isinstance(task, Walk):
            return self._walk(task)
        return self._begin(task.which) if isinstance(task, Begin) else self._end(task)

    def _begin(self, index: int) -> Begun:
        start = time.perf_counter()
        activation, settings = self.question.activations[index], self.question.settings
        facts = gather(activation, settings)
        early = [dtype for dtype in settings.dtypes if dtype in SMALL]
        judged = self._judged(activation, facts, early)
        scan = None
        if LARGE in settings.dtypes and not facts.broken and name_of(LARGE) not in facts.refused:
            tells = (
                scan_tells(activation, facts, pooling, law, LARGE) for law, pooling in self.question.claims
            )
            if any(tells):
                scan = expected_seconds(activation, claimed(activation, LARGE))
        return Begun(facts, judged, scan, time.perf_counter() - start)

    def _walk(self, task: Walk) -> Segment:
        if task.which not in self._walks:
            activation = self.question.activations[task.which]
            # One at a time: the buffers of the others are not needed again.
            self._walks = {task.which: ScanJob(activation.kernel, claimed(activation, LARGE), "all")}
        return self._walks[task.which].perform(task.span)

    def _end(self, task: End) -> Ended:
        start = time.perf_counter()
        activation = self.question.activations[task.which]
        judged = self._judged(activation, task.facts, self.question.later)
        return Ended(judged, time.perf_counter() - start)

    def _judged(self, activation: Activation, facts: Facts, dtypes: Sequence[torch.dtype]) -> Judged:
        judged: dict[Claim, dict[str, DtypeVerdict]] = {}
        for law, pooling in self.question.claims:
            for dtype in dtypes:
                self.question.settings.tell(f"{activation}: {law} with {pooling} in {name_of(dtype)}")
                verdict = _judge(activation, facts, pooling, law, dtype, self.question.settings)
                judged.setdefault((law.name, pooling.name), {})[name_of(dtype)] = verdict
        return judged


def with_certificate(facts: Facts, certificate: Certificate | None) -> Facts:
    """The facts with one certificate more."""
    if certificate is None:
        return facts
    return replace(facts, certificates={**facts.certificates, certificate.dtype: certificate})


def _judge(
    activation: Activation, facts: Facts, pooling: Pooling, law: Law, dtype: torch.dtype, settings: Settings
) -> DtypeVerdict:
    if obstacle := facts.broken or facts.refused.get(name_of(dtype), ""):
        return unheard(name_of(dtype), Answer.ERROR, obstacle)
    try:
        return judge(hear(activation, facts, pooling, law, dtype, settings))
    except (KernelError, NothingCompared) as error:
        return unheard(name_of(dtype), Answer.ERROR, str(error))
    except NotApplicable as error:
        return unheard(name_of(dtype), Answer.UNDECIDED, str(error))


def unheard(dtype: str, answer: Answer, why: str) -> DtypeVerdict:
    """The verdict where the operators could not be examined at all."""
    outcome = Outcome.ERROR if answer is Answer.ERROR else Outcome.UNDECIDED
    worlds = {
        world: WorldAnswer(world, Outcome.NOT_APPLICABLE, "not asked: the operators could not be examined")
        for world in WORLDS
    }
    worlds["kernels"] = WorldAnswer("kernels", outcome, why)
    return DtypeVerdict(dtype, answer, why, worlds)
