"""Limits that those of the parts decide, and those that they do not."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import (
    Expr,
    Rational,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    oo,
    pi,
    sin,
    sqrt,
    tanh,
)

from ordering.checking import Number
from ordering.checking.composing import composed_limit
from ordering.checking.growth import limit_near, sign_near
from ordering.variable import x

LIMITS = (
    (exp(-exp(x)), oo, 0),
    (exp(-exp(x)), -oo, 1),
    (tanh(exp(x)) + erf(-exp(x)), oo, 0),
    (1 - 2 / (exp(2 * exp(x)) + 1), oo, 1),
    (1 / (1 + exp(-atan(x))), oo, 1 / (1 + exp(-pi / 2))),
    (log(1 + exp(cosh(x))), -oo, oo),
    (log(1 + log(x) ** 2) - tanh(x), oo, oo),
    (-x * (2 + sin(1)), oo, -oo),
    (x**3, -oo, -oo),
    (x**-3, -oo, 0),
    (sqrt(x) * erfc(x), 0, 0),
    (log(x), 0, -oo),
    (1 / log(x), 0, 0),
    (cos(x) * exp(x), pi, -exp(pi)),
    ((x - 2) ** Rational(1, 3), 2, 0),
    (atan(log(x)), 0, -pi / 2),
)


@pytest.mark.parametrize(("e", "point", "limit"), LIMITS, ids=str)
def test_the_limit(e: Expr, point: Expr, limit: Expr) -> None:
    assert composed_limit(e, Number(sp.sympify(point))) == limit
    assert limit_near(e, Number(sp.sympify(point)), 1) == limit


@pytest.mark.parametrize(
    ("e", "point"),
    [
        (exp(x) - x, oo),
        (log(x + 1) - log(x), oo),
        (x * exp(-x), oo),
        (x * (tanh(x) - 1), oo),
        (x * (sp.tanh(1) - (exp(2) - 1) / (exp(2) + 1)), oo),  # 0 oo, which does not look it
        (exp(x) / (1 + exp(x)), oo),
        (1 / x, 0),
        (1 / sp.sinh(x), 0),
        (sin(x), oo),
        (x + sin(x), oo),
        (sp.gamma(x), oo),
        (x**x, oo),
        (sqrt(-x - 1), 0),
        (log(-x), oo),
    ],
    ids=str,
)
def test_what_the_parts_do_not_decide(e: Expr, point: Expr) -> None:
    assert composed_limit(e, Number(sp.sympify(point))) is None


def test_a_limit_of_zero_says_no_sign() -> None:
    assert sign_near(exp(-x) - exp(-2 * x), Number(oo), -1) == 1
    assert sign_near(exp(-2 * x) - exp(-x), Number(oo), -1) == -1
    assert sign_near(exp(-exp(x)) - Rational(1, 3), Number(oo), -1) == -1
