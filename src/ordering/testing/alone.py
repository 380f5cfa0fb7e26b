"""Trials of an activation alone: is its expression its kernel, and what do all values of 16 bits show?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

import pytest
import torch
from sympy import Rational

from ordering.activation import Activation
from ordering.errors import KernelError, NotApplicable
from ordering.evidence import Certificate, Pair, Shape
from ordering.kernels.overflow import moderate, overflows_on_the_way
from ordering.recording import record
from ordering.testing.failing import Row, arranged
from ordering.testing.known import (
    agreement,
    largest_fall,
    name_of,
    scan,
    shape_of,
    unfaithful,
)
from ordering.testing.recorded import answer
from ordering.testing.reproducing import commands
from ordering.testing.shown import Shown
from ordering.variable import x

SCANNED: Final = (torch.float16, torch.bfloat16)
"""Dtypes whose every value is looked at, in milliseconds."""
ROUNDING_UNITS: Final = 4
"""What rounding may take, in machine epsilons of `max(1, |f|)`: these kernels compute in float32 and round
once or twice."""


class _Alone(Shown):
    """A trial that looks at every value, or at points of its own, so that there is nothing to draw."""

    def _told(self, headline: str, rows: Sequence[Row]) -> str:
        """The whole text of a failure."""
        return arranged(f"{self}: {headline}", [*rows, ("seed", "none: nothing is drawn")], commands(None))

    def cases(self, dtype: torch.dtype | str = torch.float32) -> NoReturn:
        """Raise `NotApplicable`: only the trials of laws draw."""
        raise NotApplicable(
            f"{self} draws nothing: it belongs into a test that calls trial.check(), of parametrize_alone; "
            f"leave it out of this one with alone=False"
        )

    def check_case(self, case: object) -> NoReturn:
        """Raise `NotApplicable`: only the trials of laws have cases."""
        self.cases()


@dataclass(frozen=True, repr=False)
class ExpressionTrial(_Alone):
    """Whether an activation's expression is its kernel."""

    activation: Activation

    def __str__(self) -> str:
        return f"expression_is_kernel[{self.activation}]"

    def check(
        self, dtype: torch.dtype = torch.float32, *, examples: int | None = None, seed: int | None = None
    ) -> None:
        """Fail where kernel and expression part by more than rounding; skip where there is none to compare.

        The arguments are those of a law's trial, and change nothing: float32 and float64 are compared.

        Raises
        ------
        KernelError
            If the kernel cannot be examined.
        """
        found = agreement(self.activation)
        right = found.faithful
        record(activation=self.activation, answer=answer(right is False, right is None), found=found.why)
        if found.faithful is None:
            pytest.skip(
                f"whether the expression of {self.activation} is its kernel is not known: {found.why}"
            )
        if not found.faithful:
            rows = [("activation", str(self.activation)), ("expression", str(self.activation.expression))]
            pytest.fail(self._told(found.why, rows), pytrace=False)


@dataclass(frozen=True, repr=False)
class ScanTrial(_Alone):
    """What a kernel does at every finite value of a dtype, held against what is proved of its expression."""

    activation: Activation
    dtype: torch.dtype

    def __str__(self) -> str:
        return f"scan[{name_of(self.dtype)}-{self.activation}]"

    def check(
        self, dtype: torch.dtype = torch.float32, *, examples: int | None = None, seed: int | None = None
    ) -> None:
        """Fail unless the kernel falls as far as is proved that it does, up to rounding, and is never NaN.

        Proved nondecreasing, it may fall by rounding alone.  Where that is refuted it has to fall, unless the
        dtype is too coarse for it, and by no more than the drawdown.  Where a kernel overflows, it is held to
        this in the middle half of the exponent range.  Skips, with the reason, where nothing is proved.

        The arguments are those of a law's trial, and change nothing: the trial has a dtype of its own.

        Raises
        ------
        KernelError
            If the kernel cannot be examined.
        """
        try:
            found = scan(self.activation, self.dtype)
        except KernelError as error:
            if "not implemented for" not in str(error):
                raise
            pytest.skip(f"the kernel of {self.activation} takes no {name_of(self.dtype)}: {error}")
        fault = unfaithful(self.activation) or self._fault(found)
        finding = shape_of(self.activation).nondecreasing
        record(
            activation=self.activation,
            dtype=name_of(self.dtype),
            answer=answer(bool(fault), finding.holds is None),
            found=f"it falls after {found.drops:,} of {found.values:,} values",
            gap=f"{found.drawdown:.6g}",
            gap_ulp=found.drawdown_ulp,
        )
        if fault:
            rows = [
                ("activation", str(self.activation)),
                ("expression", str(self.activation.expression)),
                ("dtype", name_of(self.dtype)),
                ("examined", f"all {found.values:,} finite values"),
            ]
            pytest.fail(self._told(fault, rows), pytrace=False)
        if finding.holds is None:
            pytest.skip(
                f"whether {self.activation} is nondecreasing is not known ({finding.reason}); "
                f"of {found.values:,} values of {found.dtype} it falls after {found.drops:,}"
            )

    def _fault(self, found: Certificate) -> str:
        """What the scan shows that cannot be; empty if nothing."""
        if found.values == 0:
            return f"no value of {found.dtype} was looked at"
        if found.nan:
            return (
                f"the kernel is NaN at {found.nan:,} finite inputs, the first {found.nan_first!r}; "
                f"where it should be, claim the activation on an interval, with low and high"
            )
        shape = shape_of(self.activation)
        holds = shape.nondecreasing.holds
        if holds is None:
            return ""
        if holds is False and found.drawdown_ulp == 0:
            return self._unseen(shape)
        limit = 0.0 if holds else largest_fall(shape)
        if math.isinf(limit):
            return ""
        widest = self._beyond(found, limit)
        if widest is not None and self._overflows(widest):
            widest = self._beyond(scan(moderate(self.activation, self.dtype), self.dtype), limit)
        if widest is None:
            return ""
        proved = "it is proved to be nondecreasing" if holds else f"its drawdown is proved to be {limit:.6g}"
        return f"{proved}, yet {_told(widest)}"

    def _beyond(self, found: Certificate, limit: float) -> Pair | None:
        """The widest fall, if it passes the limit by more than rounding."""
        widest = found.widest
        if widest is None or found.drawdown - limit <= self._rounding(widest.fa, widest.fb):
            return None
        return widest

    def _overflows(self, pair: Pair) -> bool:
        """Whether the kernel overflows on its way to one of the two results."""
        ends = torch.tensor([pair.a, pair.b], dtype=self.dtype)
        return overflows_on_the_way(self.activation.kernel, ends)

    def _unseen(self, shape: Shape) -> str:
        """A fall that is proved and wide enough for this dtype, where the kernel has none at all."""
        for pair in (shape.nondecreasing.witness, shape.drawdown_pair, shape.drawdown_near):
            if pair is None or len(pair) != 2 or not all(number.is_finite for number in pair):
                continue
            stored = torch.tensor([float(number) for number in pair], dtype=torch.float64).to(self.dtype)
            a, b = stored.tolist()
            fa, fb = (self._exactly(value) for value in (a, b))
            if a < b and math.isfinite(a) and math.isfinite(b) and fa - fb > self._rounding(fa, fb):
                return (
                    f"the expression falls from f({a!r}) = {fa:.6g} to f({b!r}) = {fb:.6g}, "
                    f"yet the kernel falls nowhere"
                )
        return ""

    def _exactly(self, value: float) -> float:
        """The expression at a float, rounded; NaN where it is not real."""
        if self.activation.expression is None or not math.isfinite(value):
            return math.nan
        number = self.activation.expression.subs(x, Rational(value)).evalf(30)
        return float(number) if number.is_real and number.is_finite else math.nan

    def _rounding(self, *results: float) -> float:
        finite = [abs(result) for result in results if math.isfinite(result)]
        return ROUNDING_UNITS * torch.finfo(self.dtype).eps * max([1.0, *finite])


def _told(pair: Pair) -> str:
    return f"the kernel falls from f({pair.a!r}) = {pair.fa!r} to f({pair.b!r}) = {pair.fb!r}"
