"""A function sampled for a picture: where its pieces meet, which part is drawn, and its values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from flint import arb
from numpy.typing import NDArray
from sympy import Expr

from ordering.checking.points import bracket, infinite
from ordering.checking.records import Piece
from ordering.enclosures.balls import evaluator, precision
from ordering.evidence import Shape

POINTS: Final = 361
LEAST: Final = 4.0
"""At least from -4 to 4."""
FAR: Final = 30.0
"""What is farther out is not drawn at its place."""
BITS: Final = 80
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A function on an interval."""

    low: float
    high: float
    at: Values
    values: Values
    """NaN where the function has no value, and where it jumps."""
    breaks: tuple[float, ...]
    of: Callable[[float], float]


def sample(shape: Shape) -> Sample:
    """The part of the function that holds what is known of it.

    Raises
    ------
    Undecided
        If the expression has a function without rigorous arithmetic.
    """
    assert shape.expression is not None
    of = values_of(shape.expression)
    breaks = tuple(sorted(set(_breaks(shape))))
    low, high = window(shape, breaks)
    inner = [end for end in breaks if low < end < high]
    at: list[float] = []
    ends = [low, *inner, high]
    for start, stop in itertools.pairwise(ends):
        count = max(8, int(POINTS * (stop - start) / (high - low)))
        # Beside a break, not on it: at a jump each piece is drawn to its own end.
        edge = (stop - start) * 1e-9
        at += [*np.linspace(start + edge, stop - edge, count).tolist(), stop]
    values = np.array([of(value) for value in at])
    values[[place for place, value in enumerate(at) if value in inner and _jumps(of, value, high - low)]] = (
        np.nan
    )
    return Sample(low, high, np.array(at), _torn(values), breaks, of)


def values_of(expression: Expr) -> Callable[[float], float]:
    """The function, rounded from an enclosure; NaN where it has no value.

    Raises
    ------
    Undecided
        If the expression has a function without rigorous arithmetic.
    """
    enclosing = evaluator(expression)

    def of(value: float) -> float:
        with precision(BITS):
            ball = enclosing(arb(value))
            near = ball.is_finite() and float(ball.rad()) <= 1e-6 * max(1.0, abs(float(ball.mid())))
            return float(ball.mid()) if near else math.nan

    return of


def window(shape: Shape, breaks: Sequence[float]) -> tuple[float, float]:
    """The interval to draw: breaks, witnesses and the drawdown, as far as they are near."""
    marked = [*breaks]
    for name in ("nondecreasing", "affine"):
        finding = shape.findings.get(name)
        marked += _floats(finding.witness) if finding is not None and finding.witness else []
    near = [value for value in marked if abs(value) <= FAR]
    near += [value for value in _floats(shape.drawdown_near or ()) if abs(value) <= 2 * LEAST]
    low, high = min([-LEAST, *near]), max([LEAST, *near])
    # What is marked does not stand on the edge.
    margin = 0.06 * (high - low)
    low, high = (
        min([low, *(value - margin for value in near)]),
        max([high, *(value + margin for value in near)]),
    )
    ends = [math.nan if end is None else float(end) for end in shape.domain]
    if low < ends[0]:
        low = ends[0]
    if high > ends[1]:
        high = ends[1]
    return low, high


def _breaks(shape: Shape) -> Iterator[float]:
    """Where two pieces of a derivation meet."""
    derivations = [shape.drawdown_derivation, *(each.derivation for each in shape.findings.values())]
    for derivation in filter(None, derivations):
        for step in derivation.steps:
            if isinstance(step, Piece):
                yield from (_middle(end) for end in (step.low, step.high) if not infinite(end))


def _middle(point: Any) -> float:
    low, high = bracket(point)
    return float(((low + high) / 2).p) / float(((low + high) / 2).q)


def _floats(numbers: Sequence[Any]) -> list[float]:
    return [float(number) for number in numbers if number.is_finite]


def _jumps(of: Callable[[float], float], at: float, width: float) -> bool:
    left, right = of(at - 1e-9 * width), of(at + 1e-9 * width)
    return not math.isclose(left, right, rel_tol=1e-5, abs_tol=1e-5)


def _torn(values: Values) -> Values:
    """The curve torn apart where it jumps between two samples, as a periodic function's pieces do."""
    steps = np.abs(np.diff(values))
    finite = steps[np.isfinite(steps)]
    if finite.size == 0:
        return values
    usual = max(float(np.quantile(finite, 0.9)), 1e-9)
    torn = values.copy()
    torn[1:][(steps > 40 * usual) & (steps > 0.2)] = np.nan
    return torn


def gaps(drawn: Sample, size: int) -> tuple[Values, Values]:
    """The gap `(f(a) + f(b))/2 - f((a + b)/2)` on a square of pairs: the places, and `gap[b, a]`."""
    fine = np.linspace(drawn.low, drawn.high, 2 * size + 1)[1:-1]
    values = np.array([drawn.of(float(value)) for value in fine])
    a = np.arange(0, 2 * size - 1, 2)
    middle = (a[:, None] + a[None, :]) // 2
    return fine[a], (values[a][:, None] + values[a][None, :]) / 2 - values[middle]
