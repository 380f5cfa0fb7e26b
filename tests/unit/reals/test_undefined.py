"""Where an expression certainly has no real value; balls at the edges of domains; exact steps."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb, fmpq
from sympy import (
    Abs,
    Expr,
    Max,
    Piecewise,
    Rational,
    acos,
    acosh,
    asin,
    atanh,
    ceiling,
    cot,
    exp,
    floor,
    gamma,
    log,
    loggamma,
    sin,
    sqrt,
    tanh,
)

from ordering.enclosures.balls import evaluator, precision, rational
from ordering.reals import undefined
from ordering.variable import x

EXPRESSIONS = (
    sqrt(x),
    sqrt(x + 1) / x,
    log(x),
    log(x**2 - 1),
    log(1 + x),
    1 / x,
    x**-2,
    x ** Rational(1, 3),
    x ** Rational(-1, 2),
    asin(x),
    acos(x / 2),
    acosh(x),
    atanh(x),
    gamma(x),
    loggamma(x),
    cot(x),
    exp(log(x)),
    Piecewise((log(x), x < 1), (x, True)),
    Piecewise((x, x < 1), (log(-x), True)),
    Piecewise((x, x > 0)),
    sin(1 / x),
    tanh(x) / Abs(x),
)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_a_point_has_a_value_or_is_certainly_undefined(expression: Expr) -> None:
    known, nowhere = evaluator(expression), undefined(expression)
    with precision(170):
        for point in map(Rational, ("-3", "-5/2", "-1", "-1/3", "0", "1/3", "1", "3/2", "2", "7")):
            t = arb(fmpq(int(point.p), int(point.q)))
            value = sp.sympify(expression.subs(x, point)).evalf(30)
            real = bool(value.is_real and value.is_finite)
            assert known(t).is_finite() is real, (point, value)
            assert nowhere(t) is not real, (point, value)


def test_a_negative_number_has_powers_with_integers_alone() -> None:
    nowhere = undefined((x + 2) ** x)
    assert nowhere(arb(-2.5))
    assert not nowhere(arb(-3))
    assert undefined(Max(sqrt(x), 1))(arb(-1))


def test_what_no_precision_tells_is_not_called_undefined() -> None:
    zero = sqrt(sin(x) ** 2 + sp.cos(x) ** 2 - 1)
    with precision(1000):
        assert undefined(zero)(arb(1)) is False
        assert not evaluator(zero)(arb(1)).is_finite()
        value = evaluator(zero, edges=True)(arb(1))
        assert value.contains(0)
        assert float(value.rad()) < 1e-100


@pytest.mark.parametrize(
    ("expression", "ball", "expected"),
    [
        (sqrt(x), arb(0, 4), (0, 2)),
        (x ** Rational(1, 3), arb(0, 8), (0, 2)),
        (asin(x), arb(1, 1), (0, 1.5708)),
        (acos(x), arb(-1, 1), (1.5707, 3.1416)),
        (acosh(x), arb(1, 1), (0, 1.3170)),
        (sqrt(x), arb(4, 1), (1.7320, 2.2361)),
        (Piecewise((sqrt(x), x < 5), (0, True)), arb(0, 4), (0, 2)),
    ],
)
def test_at_an_edge_the_part_is_taken_where_there_are_values(
    expression: Expr, ball: arb, expected: tuple[float, float]
) -> None:
    with precision(170):
        value = evaluator(expression, edges=True)(ball)
        low, high = (float(end) for end in (value.lower(), value.upper()))
        assert low <= expected[0] + 1e-3
        assert high >= expected[1] - 1e-3
        assert high - low < expected[1] - expected[0] + 1e-3


def test_outside_the_domain_there_is_no_value_at_its_edge_either() -> None:
    with precision(170):
        for expression, t in ((sqrt(x), -1), (asin(x), 2), (acosh(x), 0)):
            assert not evaluator(expression, edges=True)(arb(t)).is_finite()


def test_steps_and_breakpoints_of_polynomials_are_exact() -> None:
    third = Piecewise((1, x / 3 < 1), (2, sp.Eq(x / 3, 1)), (3, True))
    for bits in (64, 170):
        with precision(bits):
            for n in (-9, -3, 0, 3, 6, 300):
                assert evaluator(floor(x / 3))(arb(n)) == n // 3
                assert evaluator(ceiling(x / 7 - 1))(arb(n)) == -(-n // 7) - 1
            assert [int(float(evaluator(third)(arb(n)))) for n in (2, 3, 4)] == [1, 2, 3]
            assert not evaluator(floor(x))(arb("nan")).is_finite()
            assert not evaluator(floor(x / 3))(arb("inf")).is_finite()


def test_a_polynomial_is_evaluated_exactly_and_nothing_else_is() -> None:
    cube = rational((x / 3 - 1) ** 3 + x)
    assert cube is not None
    assert cube(fmpq(1, 2)) == fmpq(-125, 216) + fmpq(1, 2)
    for other in (sqrt(x), 1 / x, exp(x), Abs(x), sp.pi * x):
        assert rational(other) is None


def test_log_of_one_and_a_little_keeps_its_digits() -> None:
    with precision(64):
        value = evaluator(log(1 + exp(x)))(arb(-1000))
        assert value.rel_accuracy_bits() > 40
        assert value.overlaps(arb(-1000).exp())
