"""Exact counterexamples to a shape: simple rational points first, each inequality certified by enclosures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final, TypeAlias

from flint import arb, fmpq
from sympy import Expr

from ordering.enclosures.balls import PRECISIONS, precision, to_sympy
from ordering.enclosures.budget import tick
from ordering.reals.cuts import Cut, Pattern, inside, rational_cut
from ordering.reals.function import Function, Smooth

Points: TypeAlias = tuple[fmpq, ...]
Excess: TypeAlias = Callable[[list[arb]], arb]
"""Values of f at the points -> a ball that is positive when the shape is violated."""

HALVES: Final = sorted((fmpq(n, 2) for n in range(-16, 17)), key=lambda q: (abs(q), q.q, -q))


def fall(v: list[arb]) -> arb:
    """`f(a) - f(b)`: positive where f is not nondecreasing."""
    return v[0] - v[1]


def rise(v: list[arb]) -> arb:
    """`f(b) - f(a)`: positive where f is not nonincreasing."""
    return v[1] - v[0]


def bump(v: list[arb]) -> arb:
    """`2 f(m) - f(a) - f(b)`, m the midpoint: positive where f is not convex."""
    return 2 * v[1] - v[0] - v[2]


def dip(v: list[arb]) -> arb:
    """`f(a) + f(b) - 2 f(m)`: positive where f is not concave."""
    return v[0] + v[2] - 2 * v[1]


def points_of(excess: Excess, a: fmpq, b: fmpq) -> Points:
    """The points whose values the excess compares."""
    return (a, b) if excess in (fall, rise) else (a, (a + b) / 2, b)


def certified(function: Function, excess: Excess, a: fmpq, b: fmpq) -> bool:
    """Whether `a < b` lie in the domain and the excess there is certainly positive."""
    if not (function.contains(a) and function.contains(b)):
        return False
    for bits in PRECISIONS[:4]:
        tick()
        with precision(bits):
            value = excess([function.at(q) for q in points_of(excess, a, b)])
        if value > 0:
            return True
        if value <= 0 or not value.is_finite():
            return False
    return False


def simple_pair(function: Function, excess: Excess) -> tuple[Expr, Expr] | None:
    """The simplest violating pair of halves in the domain between -8 and 8, if there is one."""
    with precision(53):
        values = {q: function.at(q) for q in HALVES if function.contains(q)}
        values = {q: v for q, v in values.items() if v.is_finite()}
        pairs = sorted(
            combinations(sorted(values), 2),
            key=lambda ab: (max(int(ab[0].q), int(ab[1].q)), max(abs(ab[0]), abs(ab[1])), ab[1] - ab[0]),
        )
        for a, b in pairs:
            tick()
            middle = (a + b) / 2
            if excess in (fall, rise):
                value = excess([values[a], values[b]])
            else:
                value = excess(
                    [values[a], values[middle] if middle in values else function.at(middle), values[b]]
                )
            if value > 0:
                return to_sympy(a), to_sympy(b)
    return None


def pair_in_gap(function: Function, excess: Excess, left: Cut, right: Cut) -> tuple[Expr, Expr] | None:
    """A violating pair inside a gap where the responsible derivative has the wrong sign throughout."""
    for low, high in _inner_intervals(left, right):
        if certified(function, excess, low, high):
            return to_sympy(low), to_sympy(high)
    return None


def _inner_intervals(left: Cut, right: Cut) -> Iterator[tuple[fmpq, fmpq]]:
    middle = inside(left, right)
    span = fmpq(1)
    for _ in range(40):
        # The widest pair around the middle that fits, then narrower ones.
        low, high = middle - span, middle + span
        if _fits(left, low, right, high):
            yield low, high
            yield middle, high
            yield low, middle
        span /= 4
    a = inside(left, rational_cut(middle))
    yield a, middle


def _fits(left: Cut, low: fmpq, right: Cut, high: fmpq) -> bool:
    return (left.infinite or low > left.bracket()[1]) and (right.infinite or high < right.bracket()[0])


def wrong_gaps(smooth: Smooth, pattern: Pattern, sign: int) -> Iterator[tuple[Cut, Cut]]:
    """Gaps of a piece on which the pattern has the given sign."""
    fence = [smooth.piece.low, *pattern.points, smooth.piece.high]
    for left, right, s in zip(fence, fence[1:], pattern.signs, strict=False):
        if s == sign:
            yield left, right


def pair_at_joint(function: Function, excess: Excess, cut: Cut) -> tuple[Expr, Expr] | None:
    """A violating pair close to a joint, or at it."""
    centre = cut.rational
    if centre is None:
        low, high = cut.bracket()
        while high - low > fmpq(1, 2**40):
            cut.refine()
            low, high = cut.bracket()
        centre = (low + high) / 2
    for k in (*range(0, 40, 2), *range(40, 400, 8)):
        h = fmpq(1, 2**k)
        for a, b in (
            (centre - h, centre),
            (centre, centre + h),
            (centre - h, centre + h),
            (centre - h, centre + 3 * h),
            (centre - 3 * h, centre + h),
        ):
            if function.contains(a) and function.contains(b) and certified(function, excess, a, b):
                return to_sympy(a), to_sympy(b)
    return None


def pair_over_hole(function: Function, excess: Excess, low: Cut, high: Cut) -> tuple[Expr, Expr] | None:
    """A violating pair on both sides of a hole in the domain, close to it or at its ends."""
    for cut in (low, high):
        while cut.bracket()[1] - cut.bracket()[0] > fmpq(1, 2**40):
            cut.refine()
    a, b = low.bracket()[0], high.bracket()[1]
    for k in (*range(0, 40, 4), *range(40, 200, 16)):
        h = fmpq(1, 2**k)
        for left, right in ((a - h, b + h), (a, b), (a - h, b), (a, b + h)):
            if left < right and certified(function, excess, left, right):
                return to_sympy(left), to_sympy(right)
    return None
