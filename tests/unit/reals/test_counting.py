"""Signs by counting zeros, and claims about periodic functions from one period: what is false is rejected."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr, Rational, S, cos, oo, pi, sin, sqrt

from ordering import prove
from ordering.checking import (
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Number,
    Period,
    Piece,
    Plain,
    Sign,
    Value,
    check,
    has_signs,
)
from ordering.variable import x


def step(e: Expr, low: object, high: object, points: tuple[object, ...], signs: tuple[int, ...]) -> Sign:
    return Sign(e, Number(S(low)), Number(S(high)), tuple(Number(S(p)) for p in points), signs, Plain())


@pytest.mark.parametrize(
    ("e", "low", "high", "points", "signs"),
    [
        (x**2 - 2, -oo, oo, (-sqrt(2), sqrt(2)), (1, -1, 1)),
        (3 - x, -oo, oo, (3,), (1, -1)),
        (x**3 - x, -oo, oo, (-1, 0, 1), (-1, 1, -1, 1)),
        (cos(x) + 1, 0, 2 * pi, (pi,), (1, 1)),
        (cos(x) + 1, 0, 6 * pi, (pi, 3 * pi, 5 * pi), (1, 1, 1, 1)),
        (cos(x) - 1, -pi, pi, (0,), (-1, -1)),
        (2 - 2 * sin(3 * x), 0, pi, (pi / 6, 5 * pi / 6), (1, 1, 1)),
        (1 + cos(x), -pi, pi, (), (1,)),
        (sin(x), 0, 2 * pi, (pi,), (1, -1)),
        (-cos(2 * x), 0, pi, (pi / 4, 3 * pi / 4), (-1, 1, -1)),
        (-sin(1 - x), 0, 5, (1, 1 + pi), (-1, 1, -1)),
    ],
)
def test_zeros_are_counted(
    e: Expr, low: object, high: object, points: tuple[object, ...], signs: tuple[int, ...]
) -> None:
    assert has_signs(step(e, low, high, points, signs))
    for wrong in {-1, 0, 1} - {signs[0]}:
        assert not has_signs(step(e, low, high, points, (wrong, *signs[1:])))
    for i, point in enumerate(points):
        moved = (*points[:i], S(point) + Rational(1, 10**9), *points[i + 1 :])
        assert not has_signs(step(e, low, high, moved, signs))
        fewer = (*points[:i], *points[i + 1 :])
        assert not has_signs(step(e, low, high, fewer, (*signs[:i], *signs[i + 1 :])))


@pytest.mark.parametrize(
    ("e", "low", "high", "points", "signs"),
    [
        ((x - 1) ** 2, -oo, oo, (1,), (1, 1)),
        (x**2 - 1, -2, oo, (1,), (-1, 1)),
        (cos(x) + Rational(999, 1000), 0, 2 * pi, (pi,), (1, 1)),
        (cos(x) + cos(2 * x), 0, 2 * pi, (pi,), (1, 1)),
        (x + sin(x), -oo, oo, (0,), (-1, 1)),
        (1 + cos(x**2), 0, 2, (sqrt(pi),), (1, 1)),
        (cos(x) + 1, -oo, oo, (pi,), (1, 1)),
    ],
)
def test_what_is_no_count_of_zeros_is_not_taken_for_one(
    e: Expr, low: object, high: object, points: tuple[object, ...], signs: tuple[int, ...]
) -> None:
    assert not has_signs(step(e, low, high, points, signs))


# ---- one period --------------------------------------------------------------------------------------

TURN = Number(2 * pi)
ZERO = Number(S.Zero)


def test_zeros_where_periods_meet_are_not_overlooked() -> None:
    """1 - cos x vanishes at 0, 2 pi, ... alone: its zeros are no interval, though (0, 2 pi) holds none."""
    f = 1 - cos(x)
    steps = (
        Period(f, 2 * pi, S.Zero),
        Piece(f, f, ZERO, TURN),
        Sign(f, ZERO, TURN, (), (1,), Plain()),
    )
    for question, accepted in (("nonnegative", True), ("zeros_interval", False)):
        why = check(Claim(question, f, -oo, oo), (*steps, Conclusion(question, f, -oo, oo)))
        assert (why == "") == accepted
        assert accepted or "not an interval" in why
    assert prove(f).findings["zeros_interval"].holds is False


def test_a_jump_where_periods_meet_is_not_overlooked() -> None:
    """x - floor(x) rises on (0, 1), and jumps down at every whole number: one period is not enough."""
    f = x - sp.floor(x)
    steps = (
        Period(f, S.One, S.Zero), Piece(f, x, ZERO, Number(S.One)), Derivative(x, S.One),
        Sign(S.One, ZERO, Number(S.One), (), (1,), Plain()), Conclusion("nondecreasing", f, -oo, oo),
    )  # fmt: skip
    assert "do not cover" in check(Claim("nondecreasing", f, -oo, oo), steps)


def test_two_periods_decide_what_jumps() -> None:
    f = sp.floor(x)
    one, two = Number(S.One), Number(S(2))
    steps = (
        Period(f, S.One, S.One), Piece(f, S.Zero, ZERO, one), Value(f, one, S.One), Piece(f, S.One, one, two),
        Derivative(S.Zero, S.Zero), Sign(S.Zero, ZERO, one, (), (0,), Plain()), Derivative(S.One, S.Zero),
        Sign(S.Zero, one, two, (), (0,), Plain()),
        Comparison("left", one, S.Zero, S.One, 1), Comparison("right", one, S.One, S.One, 0),
        Conclusion("nondecreasing", f, -oo, oo),
    )  # fmt: skip
    assert check(Claim("nondecreasing", f, -oo, oo), steps) == ""


def test_x_plus_sin_x_needs_one_period_and_no_cells() -> None:
    proof = prove(x + sin(x)).strictly_increasing.derivation
    assert proof is not None
    assert len(proof.steps) == 5
    assert Sign(cos(x) + 1, ZERO, TURN, (Number(pi),), (1, 1), Plain()) in proof.steps
