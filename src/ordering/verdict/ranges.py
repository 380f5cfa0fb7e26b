"""Inputs among which f has what a law needs, although it has not everywhere: there a swap is safe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from sympy import Expr, Rational, ceiling

from ordering.activation import Activation
from ordering.evidence import Shape
from ordering.reals import prove
from ordering.reals.proving import breakpoints

TRIED: Final = 4
"""Ranges that are tried, each by a proof."""
SECONDS: Final = 2.0
"""For each of these proofs."""


@dataclass(frozen=True)
class Range:
    """The open interval between two numbers (None: unbounded) on which a property of f is proved."""

    low: Expr | None
    high: Expr | None

    def __str__(self) -> str:
        if self.low is None:
            return "all numbers" if self.high is None else f"x < {self.high}"
        return f"x > {self.low}" if self.high is None else f"{self.low} < x < {self.high}"


def safe_ranges(activation: Activation, shape: Shape, name: str) -> list[Range]:
    """Ranges on which f is proved to be nondecreasing, or affine; none where f has it everywhere or nowhere.

    Looked at are the pieces that the expression is made of, and what lies above the lowest point to which a
    function falls that is made of one piece.
    """
    if activation.expression is None or name not in ("nondecreasing", "affine"):
        return []
    if shape.finding(name).holds is not False:
        return []
    found = []
    for number, (low, high) in enumerate(_candidates(activation, shape, name)):
        if number == TRIED:
            break
        within = replace(activation, low=low, high=high)
        if prove(within, timeout=SECONDS).finding(name).holds is True:
            found.append(Range(low, high))
            if name == "nondecreasing":
                break
    return found


def _candidates(activation: Activation, shape: Shape, name: str) -> Iterator[tuple[Expr | None, Expr | None]]:
    """The likeliest first: of ranges without an upper end, those that begin lowest."""
    low, high = activation.low, activation.high
    assert activation.expression is not None
    met = [Rational(int(q.p), int(q.q)) for q in breakpoints(activation.expression, low, high)]
    simple = [point for point in met if point.q < 2**20]  # others are near a point, not the point
    ends = [low, *simple, high]
    if name == "affine":
        yield from pairwise(ends)
        return
    if shape.drawdown_near is not None:
        lowest = shape.drawdown_near[1]
        yield from ((start, high) for start in dict.fromkeys((ceiling(4 * lowest) / 4, ceiling(lowest))))
    yield from ((start, high) for start in simple)
