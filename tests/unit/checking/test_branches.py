"""What a function with corners is on an interval: every part of it must be real, also one that falls away."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Abs, Expr, Heaviside, Max, Min, asin, floor, log, oo, sign, sqrt

from ordering.checking import Claim, Conclusion, Derivative, Number, Piece, Plain, Root, Sign, check, value_at
from ordering.reals import prove
from ordering.variable import x

LEFT, ZERO = Number(-oo), Number(sp.S.Zero)


@pytest.mark.parametrize(
    ("function", "piece"),
    [
        (x + sign(log(x - 1)), x - 1),
        (x + Max(5, log(x - 1)), x + 5),
        (x + Heaviside(log(x - 1)), x),
        (x + Heaviside(x) * log(x - 1), x),
        (x + sp.Piecewise((1, asin(x - 3) > 0), (2, True)), x + 2),
    ],
    ids=str,
)
def test_a_part_without_a_value_may_not_fall_away(function: Expr, piece: Expr) -> None:
    """It has no real value anywhere on the interval, so nothing is nondecreasing there."""
    assert value_at(function, Number(sp.S.NegativeOne)) is None
    steps = (
        Piece(function, piece, LEFT, ZERO),
        Derivative(piece, sp.S.One),
        Sign(sp.S.One, LEFT, ZERO, (), (1,), Plain()),
        Conclusion("nondecreasing", function, -oo, sp.S.Zero),
    )
    assert check(Claim("nondecreasing", function, -oo, sp.S.Zero), steps)


def test_a_part_without_a_value_is_seen_though_it_falls_away() -> None:
    """sign(asin(...)) is 1 or 0 where asin has a value, and holes beyond are holes."""
    assert prove(sign(asin(Abs(x - 1)))).finding("nonnegative").holds
    assert prove(x + 2 + sign(log(x - 1)) ** 2).domain[0] == 1


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (floor(x), 1), (floor(-x), -2), (floor(x**2), 2), (floor(x**2 - 2), 0), (Abs(x**2 - 2), 0),
        (sign(x**2 - 2), 0), (Max(1, floor(x * 4)), 5), (Min(2, floor(x**4) + 1), 2),
    ],
    ids=str,
)  # fmt: skip
def test_the_value_at_a_root(function: Expr, value: int) -> None:
    root = Root(x**2 - 2, sp.S.One, sp.Integer(2))
    found = value_at(function, root)
    assert found is not None
    assert sp.simplify(found.subs(x, sqrt(2)) - value) == 0
