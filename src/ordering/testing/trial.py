"""One law, pooling and activation on the real operators, held against what `prove` says of them."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple, NoReturn

import pytest
import torch
from hypothesis import currently_in_test_context, event, reject, settings
from hypothesis import strategies as st
from hypothesis.database import ExampleDatabase
from hypothesis.strategies import SearchStrategy

from ordering import catalogue
from ordering.activation import Activation
from ordering.errors import InvalidArgument, NotApplicable
from ordering.evidence import Counterexample, Shape, Survival
from ordering.examination import evaluate
from ordering.kernels import examine, replay, window
from ordering.kernels.asking import asked_dtype
from ordering.kernels.checking import check, claimed_on
from ordering.kernels.counterexample import describe
from ordering.kernels.orders import equates_orders
from ordering.kernels.overflow import moderate, overflows
from ordering.kernels.possible import Possible
from ordering.kernels.reduce import reduce
from ordering.law import Case, Domain, Law
from ordering.pooling import Kind, Pooling
from ordering.recording import record
from ordering.running.threads import one_thread
from ordering.testing.events import count
from ordering.testing.explicit import Explicit, told_to_keep
from ordering.testing.failing import Failure, arranged
from ordering.testing.faults import beyond, broken, survived, told
from ordering.testing.judging import is_rounding, rounding
from ordering.testing.known import largest_fall, name_of, shape_of, unfaithful, unverified
from ordering.testing.recorded import answer, told_of
from ordering.testing.reproducing import (
    FailuresOnly,
    commands,
    forced_seed,
    seed_of_cases,
    seed_of_this_run,
)
from ordering.testing.shown import Shown
from ordering.testing.theory import Open, must_hold

MOST_REFUTATIONS: Final = 200
"""Examples for a law that must fail, where the profile's are fewer."""
PLAIN: Final = {Kind.SELECT_MAX: "max_pool1d", Kind.SELECT_MIN: "min_pool1d", Kind.MEAN: "avg_pool1d"}
"""Poolings that are what they say, and can place every window."""


class _Effort(NamedTuple):
    """How an examination is made."""

    dtype: torch.dtype
    examples: int
    seed: int
    database: ExampleDatabase | None


class _Failed(Exception):
    """The operators do not do what theory says."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.headline)
        self.failure = failure


@dataclass(frozen=True)
class _Expected:
    """What theory says of a law's cases in one dtype, for each kind of pooling on which it has an answer."""

    holds: Mapping[Kind, bool]
    possible: Possible
    equates_orders: bool

    @cached_property
    def strategy(self) -> SearchStrategy[Case]:
        """All the cases that are tried: made once, since making it costs more than drawing."""
        return self.possible.any_case()


@dataclass(frozen=True, repr=False)
class Trial(Shown):
    """One law, pooling and activation, to be held against theory: at once, or case by case with `@given`."""

    law: Law
    pooling: Pooling
    activation: Activation

    def __str__(self) -> str:
        return f"{self.law}[{self.pooling}-{self.activation}]"

    @property
    def shape(self) -> Shape:
        """What is proved of the activation."""
        return shape_of(self.activation)

    def check(
        self, dtype: torch.dtype = torch.float32, *, examples: int | None = None, seed: int | None = None
    ) -> None:
        """Try the law on the real operators, and fail unless they do what theory says.

        Where it must hold, it has to survive, up to the kernel's rounding; where it must fail, a
        counterexample has to be found, in `dtype` or (where its rounding hides it) in float64, with a gap no
        larger than the drawdown.  Where a kernel overflows (finite inputs, a result that is not), the laws of
        reals do not reach; they are then held against inputs in the middle half of the exponent range, and
        `falsify` shows the overflow.  A strict law is forgiven neither.  Where the expression is not the
        kernel, theory speaks of another function, and every trial fails.  Skips, with the reason, where
        theory or this machine has no answer.

        A failure is kept in the database of the current Hypothesis profile, if it has one, and shown first in
        the next run; it names the command that runs it again.

        Parameters
        ----------
        dtype:
            Of the inputs.
        examples:
            By default those of the Hypothesis profile; at least 200 for a law that must fail.
        seed:
            By default that of pytest's `--hypothesis-seed`, else 0 in a derandomised profile, else a new one.

        Raises
        ------
        KernelError
            If a kernel cannot be examined.
        """
        self._noted(dtype)
        self._can_be_asked()
        stored = settings().database
        database = None if stored is None else FailuresOnly(stored)
        effort = _Effort(
            dtype,
            settings().max_examples if examples is None else examples,
            seed_of_this_run() if seed is None else seed,
            database,
        )
        record(seed=effort.seed)
        failed, unanswered = self._answers(effort)
        record(answer=answer(bool(failed), bool(unanswered)))
        if database is not None:
            database.settle(failed=bool(failed))
        if failed:
            runs = commands(effort.seed)
            about = (str(self), self.law, self.activation, self.pooling)
            pytest.fail(told(*about, failed, effort.dtype, str(effort.seed), runs), pytrace=False)
        if unanswered:
            pytest.skip("; ".join(dict.fromkeys(unanswered)))

    def cases(self, dtype: torch.dtype | str = torch.float32) -> SearchStrategy[Case]:
        """All that `check` draws, as one strategy: cases of every size, hints, windows seen to break.

        Its fixed cases are left out: they have no draws to shrink, and `check` tries all of them every time.

        What is proved of the activation is asked for at the first draw, which is where a trial that has no
        answer skips; so a strategy made at import costs nothing.  A draw may lie outside the law, and
        `check_case` rejects it.

        Parameters
        ----------
        dtype:
            Of the inputs.

        Raises
        ------
        InvalidArgument
            If it is no dtype that torch computes in.
        """
        return _drawn(self, asked_dtype(dtype))

    def check_case(self, case: Case | Explicit) -> None:
        """Assert what theory says of one case: of its input and arguments, on this activation and pooling.

        Where the law must hold, it holds on this case, up to the certified rounding and but for an overflow.
        Where it must fail on some case, it may hold or fail on this one, by no more than the drawdown; that
        some case does break it is for `check` to show.  A case outside the law is rejected, as by `assume`.

        Inside a Hypothesis test it records events: what came of the case, how large it was, and the time.

        Raises
        ------
        AssertionError
            If the operators do what theory says they do not: with both orders, the script, and the
            `@example` that keeps the case.
        KernelError
            If a kernel cannot be examined.
        NotApplicable
            If the case lies outside the law, and no Hypothesis test is running.
        """
        __tracebackhide__ = True
        expected = self._expected(case.input.dtype)
        mine = Case(self.activation, self.pooling, case.input, case.arguments, self.shape)
        if not expected.possible.admits(mine):
            self._reject(mine)
        started = time.perf_counter()
        with one_thread():
            comparison = check(self.law, mine)
            milliseconds = 1000 * (time.perf_counter() - started)
            found = None if comparison.holds else describe(self.law, mine)
        verdict, fault = self._judged(mine, found, expected)
        self._noted(case.input.dtype, answer=answer(bool(fault), False), **told_of(found))
        count(f"{self.law}, {mine.kind.value}: {verdict}", mine.input.numel(), milliseconds)
        if fault:
            mine, fault = self._readable(mine, fault, expected)
            about, runs = (str(self), self.law, self.activation, self.pooling), commands(forced_seed())
            keep = told_to_keep(mine)
            raise AssertionError(told(*about, fault, mine.input.dtype, seed_of_cases(), runs, keep))

    def _noted(self, dtype: torch.dtype, **more: object) -> None:
        """Record whom this trial is about."""
        record(law=self.law, activation=self.activation, pooling=self.pooling, dtype=name_of(dtype), **more)

    def _readable(self, case: Case, fault: Failure, expected: _Expected) -> tuple[Case, Failure]:
        """A small case with a fault of its own, where this one is too large to be read; else this one.

        Hypothesis shrinks draws, and ten thousand numbers from a seed are fewer draws than six of its own.
        """
        if told_to_keep(case):
            return case, fault
        with one_thread():
            smaller = reduce(
                case, lambda tried: not check(self.law, tried).holds and expected.possible.admits(tried)
            )
            found = describe(self.law, smaller)
        _, its_fault = self._judged(smaller, found, expected)
        return (smaller, its_fault) if its_fault else (case, fault)

    def _reject(self, case: Case) -> NoReturn:
        if currently_in_test_context():
            event(f"{self.law}: outside the law")
            reject()
        raise NotApplicable(f"{self} says nothing of this case, which lies outside the law: {case!r}")

    def _judged(
        self, case: Case, found: Counterexample | None, expected: _Expected
    ) -> tuple[str, Failure | None]:
        """What came of a case, in words, and what is wrong with it."""
        holds = expected.holds[case.kind]
        if found is None:
            return ("holds" if holds else "holds here, fails elsewhere"), None
        if not holds:
            return "fails, as it must", self._beyond(case.kind, found) if expected.equates_orders else None
        if is_rounding(self.law, self.activation, found):
            return "holds up to rounding", None
        tame = moderate(self.activation, case.input.dtype)
        if not self.law.strict and overflows(found) and not claimed_on(tame, case.input):
            return "overflows", None
        return "fails, though it must hold", broken(self.law, self.activation, self.shape, case.kind, found)

    def _expected(self, dtype: torch.dtype) -> _Expected:
        if dtype not in self._known:
            self._known[dtype] = self._expect(dtype)
        return self._known[dtype]

    @cached_property
    def _known(self) -> dict[torch.dtype, _Expected]:
        return {}

    def _expect(self, dtype: torch.dtype) -> _Expected:
        """What is expected in this dtype; skips where there is nothing, with the reason."""
        self._can_be_asked()
        holds, unanswered = {}, []
        for kind in self._kinds():
            try:
                holds[kind] = must_hold(self.law, kind, self.activation, self.shape, dtype)
            except Open as reason:
                unanswered.append(str(reason))
        if not holds:
            pytest.skip("; ".join(dict.fromkeys(unanswered)))
        hints = tuple(dict.fromkeys(hint for kind in holds for hint in self._hints(kind)))
        possible = Possible(
            self.activation,
            self.pooling,
            self.law,
            dtype,
            frozenset(self._domains()),
            frozenset(holds),
            hints,
            self.shape,
        )
        try:
            possible.examine_operators()
        except NotApplicable as reason:
            pytest.skip(str(reason))
        return _Expected(holds, possible, self._equates_orders(dtype))

    def _can_be_asked(self) -> None:
        """Fail where the expression is not the kernel; skip where the law cannot be asked about."""
        if reason := unfaithful(self.activation):
            record(answer=answer(True, False), found=reason)
            pytest.fail(arranged(f"{self}: {reason}", []), pytrace=False)
        if reason := self.law.obstacle(self.activation, self.pooling) or unverified(self.activation):
            record(answer=answer(False, True), found=reason)
            pytest.skip(reason)

    def _kinds(self) -> Iterable[Kind]:
        """The pooling's kinds that the law speaks of."""
        return (kind for kind in self.pooling.kinds if kind in self.law.needs)

    def _answers(self, effort: _Effort) -> tuple[Failure | None, list[str]]:
        """What the operators do wrong, for the first kind of reduction where they do; what is not known."""
        unanswered = []
        for kind in self._kinds():
            try:
                if must_hold(self.law, kind, self.activation, self.shape, effort.dtype):
                    self._must_hold(kind, effort)
                else:
                    examples = max(effort.examples, MOST_REFUTATIONS)
                    self._must_fail(kind, effort._replace(examples=examples))
            except _Failed as failed:
                return failed.failure, []
            except (Open, NotApplicable) as reason:
                unanswered.append(str(reason))
        return None, unanswered

    def _must_hold(self, kind: Kind, effort: _Effort) -> None:
        found = self._examine(kind, effort)
        if isinstance(found, Counterexample) and not self.law.strict and overflows(found):
            tame = replace(self, activation=moderate(self.activation, effort.dtype))
            found = tame._examine(kind, effort, shape=self.shape)
        if isinstance(found, Counterexample) and not is_rounding(self.law, self.activation, found):
            raise _Failed(broken(self.law, self.activation, self.shape, kind, found))

    def _must_fail(self, kind: Kind, effort: _Effort) -> None:
        found = self._examine(kind, effort)
        if not self._shows(found):
            found = self._examine(kind, effort._replace(dtype=torch.float64))
        if isinstance(found, Survival) or not self._shows(found):
            if values := self._hidden(kind):
                raise Open(
                    f"{self.activation} is not {self.law.needs[kind]!r} over the reals, as {values} shows, "
                    f"but these values do not break {self.law} in float64, not even with a plain {kind.value}"
                )
            tried = tuple(dict.fromkeys((name_of(effort.dtype), "float64")))
            raise _Failed(survived(self.law, self.activation, self.shape, kind, found, tried))
        if self._equates_orders(effort.dtype) and (fault := self._beyond(kind, found)):
            raise _Failed(fault)

    def _equates_orders(self, dtype: torch.dtype) -> bool:
        """Whether the law fails by no more than the drawdown."""
        return self.law.premise is None and equates_orders(self.law, self.activation, self.pooling, dtype)

    def _beyond(self, kind: Kind, found: Counterexample) -> Failure | None:
        """Where the gap between the orders passes the drawdown at finite inputs; None if it does not."""
        bound = self._bound(kind)
        further = math.isfinite(found.gap) and found.gap - bound > rounding(found)
        if not further or not bool(found.input.isfinite().all()):
            return None
        return beyond(self.law, self.activation, self.shape, kind, found, bound, rounding(found))

    def _shows(self, found: Counterexample | Survival) -> bool:
        """Whether the law is broken by more than rounding, which breaks it whatever the activation is."""
        return isinstance(found, Counterexample) and (self.law.strict or not found.gap <= rounding(found))

    def _hidden(self, kind: Kind) -> tuple[float, ...]:
        """The exact witness, if not even a plain pooling of that kind shows it in float64.

        This pooling is not asked: it may be the one that is wrong, or have no way to place a window.
        """
        for values in self._hints(kind):
            plain = catalogue.poolings[PLAIN[kind]] if kind in PLAIN else self.pooling
            if self.law.obstacle(self.activation, plain):
                continue
            try:
                given, arguments = window(plain, values, torch.float64)
            except InvalidArgument:
                continue
            if replay(self.activation, plain, self.law, given, arguments, shape=self.shape) is None:
                return values
        return ()

    def _examine(self, kind: Kind, effort: _Effort, shape: Shape | None = None) -> Counterexample | Survival:
        found = examine(
            self.activation,
            self.pooling,
            law=self.law,
            dtype=effort.dtype,
            examples=effort.examples,
            seed=effort.seed,
            domains=self._domains(),
            kinds={kind},
            hints=self._hints(kind),
            database=effort.database,
            shape=self.shape if shape is None else shape,
        )
        record(dtype=name_of(effort.dtype), **told_of(found))
        return found

    def _hints(self, kind: Kind) -> tuple[tuple[float, ...], ...]:
        """The witness against what the law needs, as a window."""
        finding = self.shape.findings.get(self.law.needs[kind])
        witness = None if finding is None else finding.witness
        if (
            witness is None
            or len(witness) != 2
            or self.pooling.kinds[0] in (Kind.REARRANGE, Kind.REARRANGE_ZERO)
        ):
            return ()
        return (tuple(float(number) for number in witness),)

    def _domains(self) -> Collection[Domain]:
        """The law's inputs, but for infinities that become NaN and a NaN that is declared not to stay one."""
        infinities = torch.tensor([-torch.inf, torch.inf])
        beyond = set()
        if bool(evaluate(self.activation.kernel, infinities).isnan().any()):
            beyond.add(Domain.INFINITE)
        if not self.activation.keeps_nan:
            beyond.add(Domain.NAN)
        return self.law.domains - beyond

    def _bound(self, kind: Kind) -> float:
        """The largest gap that theory allows between the orders."""
        selects = kind in (Kind.SELECT_MAX, Kind.SELECT_MIN)
        return largest_fall(self.shape) if selects else math.inf


@st.composite
def _drawn(draw: st.DrawFn, trial: Trial, dtype: torch.dtype) -> Case:
    """A trial's cases; what has to be known for them is found out inside the draw, which has no deadline."""
    return draw(trial._expected(dtype).strategy)
