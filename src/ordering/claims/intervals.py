"""Confidence intervals of a mean: Student's t for paired differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev

from flint import arb

from ordering.errors import NothingCompared

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its two-sided 95 % confidence interval."""

    mean: float
    low: float
    high: float
    count: int

    def text(self, unit: float = 1.0, digits: int = 2) -> str:
        """`1.24 [0.90, 1.58]`, multiplied by `unit` (100 for percentage points)."""
        return f"{unit * self.mean:.{digits}f} [{unit * self.low:.{digits}f}, {unit * self.high:.{digits}f}]"


def interval(values: Sequence[float]) -> Interval:
    """`mean +- t(0.975, n - 1) s / sqrt(n)`, s the sample's standard deviation.

    Exact for independent normal values; the central limit theorem makes it near that for others.

    Raises
    ------
    NothingCompared
        If there are fewer than two values, of which no spread is known.
    """
    count = len(values)
    if count < 2:
        raise NothingCompared(f"an interval needs at least two values, got {count}: run more seeds")
    middle = fmean(values)
    half = quantile(count - 1) * stdev(values) / math.sqrt(count)
    return Interval(middle, middle - half, middle + half, count)


@lru_cache(maxsize=64)
def quantile(freedom: int, level: float = LEVEL) -> float:
    """The t with `P(|T| <= t) = level` for Student's T with so many degrees of freedom.

    `P(|T| > t) = I_z(freedom / 2, 1 / 2)` at `z = freedom / (freedom + t^2)`, the regularised incomplete beta
    function; t is found by bisection.
    """
    low, high = 0.0, 1.0
    while _outside(high, freedom) > 1 - level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _outside(middle, freedom) > 1 - level else (low, middle)
    return (low + high) / 2


def _outside(t: float, freedom: int) -> float:
    at = arb(freedom) / (arb(freedom) + arb(t) ** 2)
    return float(at.beta_lower(arb(freedom) / 2, arb(1) / 2, regularized=True).mid())
