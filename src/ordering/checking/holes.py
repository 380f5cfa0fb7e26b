"""Holes in a domain: the last level before one and the first after it, and which of them is larger."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.checking.limits import limit_at
from ordering.checking.points import BITS, bracket, enclosure, sign_at, sign_of_number
from ordering.checking.records import Across, Hole, Piece, Point, Rejected, Value
from ordering.enclosures.balls import sign_of_ball
from ordering.variable import x


def holes(tiles: Sequence[Piece | Hole | Value]) -> list[tuple[Piece | Value, Piece | Value]]:
    """For every hole between two parts of the domain, the last tile before it and the first after it."""
    real = [
        (place, t)
        for place, t in enumerate(tiles)
        if isinstance(t, Piece) or (isinstance(t, Value) and t.value is not None)
    ]
    return [(one, other) for (i, one), (j, other) in pairwise(real) if j > i + 1]


def across(before: Piece | Value, after: Piece | Value) -> Across:
    """The step over a hole between two tiles."""
    low, first = _level(before, -1)
    high, second = _level(after, 1)
    return Across(low, high, first, second, _sign(first, low, second, high))


def _level(tile: Piece | Value, side: int) -> tuple[Point, Expr]:
    """Where the domain ends, or begins (side 1), and f's value there, else its limit from within."""
    if isinstance(tile, Value):
        assert tile.value is not None
        return tile.point, tile.value
    point = tile.low if side == 1 else tile.high
    return point, limit_at(tile.expression, point, side)


def _sign(first: Expr, low: Point, second: Expr, high: Point) -> int:
    """The sign of the second level, at `high`, minus the first, at `low`."""
    if sp.oo in (abs(first), abs(second)):
        if first == second:
            return 0
        return 1 if second == sp.oo or first == -sp.oo else -1
    difference = second - first
    if not difference.has(x):
        return sign_of_number(difference)
    if low == high:
        return sign_at(difference, low)
    for bits in BITS:
        sign = sign_of_ball(_at(second, high, bits) - _at(first, low, bits))
        if sign is not None:
            return sign
    raise Rejected(f"{first} at {low} and {second} at {high} could not be told apart")


def _at(e: Expr, point: Point, bits: int) -> arb:
    if not e.has(x):
        return enclosure(e, arb(0), bits + 20)
    return enclosure(e, bracket(point, bits), bits + 20)
