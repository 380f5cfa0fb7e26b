"""How far a float is from an exact value, in representable steps at that value."""

from __future__ import annotations

import math
from fractions import Fraction

import torch
from flint import fmpq

from ordering.enclosures.balls import Ball, ends
from ordering.enclosures.budget import Undecided
from ordering.lattice import Format


def spacing(value: fmpq, form: Format) -> fmpq:
    """The distance between the two values of the dtype around a number, as if exponents had no upper end."""
    info = torch.finfo(form.dtype)
    least: fmpq = exactly(info.smallest_normal) / 2**form.fraction
    if value == 0:
        return least
    size: fmpq = abs(value)
    exponent = int(size.p).bit_length() - int(size.q).bit_length()
    if _power(exponent) > size:
        exponent -= 1
    here = _power(exponent - form.fraction)
    return here if here > least else least


def exactly(value: float) -> fmpq:
    """The rational number that a finite float is."""
    return fmpq(*value.as_integer_ratio())


def _power(exponent: int) -> fmpq:
    return fmpq(1 << exponent) if exponent >= 0 else fmpq(1, 1 << -exponent)


def distance(kernel: float, exact: fmpq, form: Format) -> float | None:
    """`|kernel - exact|` in units of `spacing(exact)`; of infinities as `SymbolicSide.distance_ulp` says."""
    if math.isnan(kernel):
        return None
    if math.isinf(kernel):
        largest = exactly(float(torch.finfo(form.dtype).max))
        rounds_up = abs(exact) >= largest + spacing(largest, form) / 2
        return 0.0 if rounds_up and (exact > 0) == (kernel > 0) else math.inf
    return steps(abs(exactly(kernel) - exact), exact, form)


def allowance(permitted: Ball, exact: fmpq, form: Format) -> float | None:
    """How far a ball reaches from the exact value, in units of `spacing(exact)`; None if not finite."""
    if not permitted.is_finite():
        return None
    try:
        low, high = ends(permitted)
    except Undecided:  # beyond every dtype
        return None
    return steps(max(abs(high - exact), abs(low - exact)), exact, form)


def steps(gap: fmpq, at: fmpq, form: Format) -> float:
    """A difference in units of `spacing(at)`, as a float."""
    counted = gap / spacing(at, form)
    try:
        return float(Fraction(int(counted.p), int(counted.q)))
    except OverflowError:
        return math.inf
