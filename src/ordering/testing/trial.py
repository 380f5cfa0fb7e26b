"""One law, pooling and activation on the real operators, held against what `prove` says of them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pytest
import torch
from hypothesis import settings
from hypothesis.database import ExampleDatabase

from ordering import catalogue
from ordering.activation import Activation
from ordering.errors import InvalidArgument, NotApplicable
from ordering.evidence import Counterexample, Shape, Survival
from ordering.evidence.words import exactly
from ordering.examination import evaluate
from ordering.kernels import examine, replay, window
from ordering.kernels.orders import equates_orders
from ordering.kernels.overflow import moderate, overflows
from ordering.kernels.search import ROUNDING
from ordering.law import ALWAYS, Domain, Law
from ordering.pooling import Kind, Pooling
from ordering.testing.known import largest_fall, name_of, scan, shape_of, unfaithful, unverified
from ordering.testing.reproducing import FailuresOnly, seed_of_this_run, told_to_run_again

ROUNDING_UNITS: Final = 8
"""Allowed where a law holds and no certificate bounds the kernel: units in the last place of `1 + |result|`.

torch's vector and scalar codes are each within a few units of the true value (SLEEF states 1 to 3.5)."""
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


class _Open(Exception):
    """Theory or this machine has no answer."""


@dataclass(frozen=True)
class Trial:
    """One law, pooling and activation, to be held against theory."""

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
        if reason := unfaithful(self.activation):
            pytest.fail(f"{self}: {reason}", pytrace=False)
        if reason := self.law.obstacle(self.activation, self.pooling) or unverified(self.activation):
            pytest.skip(reason)
        stored = settings().database
        database = None if stored is None else FailuresOnly(stored)
        effort = _Effort(
            dtype,
            settings().max_examples if examples is None else examples,
            seed_of_this_run() if seed is None else seed,
            database,
        )
        failed, unanswered = self._answers(effort)
        if database is not None:
            database.settle(failed=bool(failed))
        if failed:
            pytest.fail(f"{self}: {failed}\n\n{told_to_run_again(effort.seed)}", pytrace=False)
        if unanswered:
            pytest.skip("; ".join(dict.fromkeys(unanswered)))

    def _answers(self, effort: _Effort) -> tuple[str, list[str]]:
        """What the operators do wrong, for the first kind of reduction where they do; what is not known."""
        unanswered = []
        for kind in self.pooling.kinds:
            if kind not in self.law.needs:
                continue
            try:
                answer = self.law.holds(kind, self.shape)
                if answer is None:
                    raise _Open(self._undecided(kind))
                if answer:
                    self._must_hold(kind, effort)
                else:
                    examples = max(effort.examples, MOST_REFUTATIONS)
                    self._must_fail(kind, effort._replace(examples=examples))
            except _Failed as failure:
                return str(failure), []
            except (_Open, NotApplicable) as reason:
                unanswered.append(str(reason))
        return "", unanswered

    def _undecided(self, kind: Kind) -> str:
        """Why theory says nothing of the law for this kind of pooling."""
        need = self.law.needs[kind]
        about = f"{self.law} is neither proved nor refuted for {self.activation} and {kind.value}"
        if need == ALWAYS or self.shape.finding(need).holds is True:
            return f"{about}: what it needs beyond {need!r} is not known"
        finding = self.shape.finding(need)
        if finding.holds is None:
            return f"{about}, which needs {need!r}: {finding.reason or 'undecided'}"
        return f"{about}: it would follow from {need!r}, which is refuted, and may hold without"

    def _must_hold(self, kind: Kind, effort: _Effort) -> None:
        carried = (
            True if self.law.carries_over is None else self.law.carries_over(self.activation, effort.dtype)
        )
        if carried is False:
            raise _Open(
                f"{self.law} holds over the reals, but in {name_of(effort.dtype)} different values share an "
                f"image, which it does not allow"
            )
        if carried is None:
            raise _Open(
                f"{self.law} holds over the reals; whether it does in {name_of(effort.dtype)}, where "
                f"different values may share an image, is not known"
            )
        found = self._examine(kind, effort)
        if isinstance(found, Counterexample) and not self.law.strict and overflows(found):
            tame = replace(self, activation=moderate(self.activation, effort.dtype))
            found = tame._examine(kind, effort, shape=self.shape)
        if isinstance(found, Counterexample) and not self._is_rounding(found, effort.dtype):
            raise _Failed(f"the law must hold for {kind.value}, yet\n{told(found)}")

    def _must_fail(self, kind: Kind, effort: _Effort) -> None:
        found = self._examine(kind, effort)
        if not self._shows(found):
            found = self._examine(kind, effort._replace(dtype=torch.float64))
        if isinstance(found, Survival) or not self._shows(found):
            if values := self._hidden(kind):
                raise _Open(
                    f"{self.activation} is not {self.law.needs[kind]!r} over the reals, as {values} shows, "
                    f"but these values do not break {self.law} in float64, not even with a plain {kind.value}"
                )
            seen = f"{found.examples:,} examples" if isinstance(found, Survival) else "the examples"
            raise _Failed(
                f"the law must fail for {kind.value}, yet none of {seen} in float64 breaks it by more than "
                f"rounding"
            )
        bound = self._bound(kind)
        beyond = math.isfinite(found.gap) and found.gap - bound > _rounding(found)
        orders = self.law.premise is None and equates_orders(
            self.law, self.activation, self.pooling, effort.dtype
        )
        if orders and bool(found.input.isfinite().all()) and beyond:
            raise _Failed(
                f"the gap between the orders passes the proved drawdown {bound:.6g}:\n{told(found)}"
            )

    def _shows(self, found: Counterexample | Survival) -> bool:
        """Whether the law is broken by more than rounding, which breaks it whatever the activation is."""
        return isinstance(found, Counterexample) and (self.law.strict or not found.gap <= _rounding(found))

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
        return examine(
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

    def _is_rounding(self, found: Counterexample, dtype: torch.dtype) -> bool:
        """Whether a violation is no more than the kernel's rounding, as certified or as stated above."""
        if self.law.strict:
            return False
        if dtype in (torch.float16, torch.bfloat16):
            certificate = scan(self.activation, dtype)
            split = certificate.disagreement
            bound = max(certificate.drawdown_ulp, split.worst_ulp if split is not None else 0)
            if found.gap_ulp is not None and found.gap_ulp <= min(bound, ROUNDING[dtype]):
                return True
        return found.gap <= _rounding(found) or _underflows(found)


def _underflows(found: Counterexample) -> bool:
    """Whether a law about which results are zero breaks where both are zero or subnormal."""
    orders = [result for name, result in found.steps if name in ("P(f(x))", "f(P(x))")]
    if found.activation_first.is_floating_point() or len(orders) != 2:
        return False
    smallest = torch.finfo(found.input.dtype).smallest_normal
    return all(abs(float(result[found.index])) < smallest for result in orders)


def _rounding(found: Counterexample) -> float:
    """`ROUNDING_UNITS` at the size of the results."""
    size = 1 + float(found.activation_first.to(torch.float64).abs().nan_to_num(posinf=0).max())
    return ROUNDING_UNITS * torch.finfo(found.input.dtype).eps * size


def told(found: Counterexample) -> str:
    """A counterexample as text: both orders step by step, the gap, exact values, and the script."""
    steps = "\n".join(f"  {name} = {result}" for name, result in found.steps)
    ulp = "" if found.gap_ulp is None else f", {found.gap_ulp} ULP"
    exact = "".join(f"  {line}\n" for line in exactly(found))
    return (
        f"{found.law} broken by {found.activation} with {found.pooling}, {found.pooling_arguments}\n{steps}\n"
        f"  first at {found.index}: gap {found.gap:.6g}{ulp} ({found.grade.value})\n"
        f"{exact}\n{found.script}"
    )
