"""Identities that are seen, and near misses that are not."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr, Rational, atan, cos, cosh, erf, exp, log, sin, sinh, sqrt, tan, tanh

from ordering.checking.algebra import divides, same
from ordering.variable import x


def falling(u: Expr) -> Expr:
    """tanh(u), as it is written where it is resolved into pieces."""
    return 1 - 2 / (exp(2 * u) + 1)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (sin(3 * x), 3 * sin(x) - 4 * sin(x) ** 3),
        (cos(x - 1), cos(x) * cos(1) + sin(x) * sin(1)),
        (sin(x / 2) * cos(x / 2), sin(x) / 2),
        (sin(x) ** 2 + cos(x) ** 2, sp.S.One),
        (sin(-2 * x), -2 * sin(x) * cos(x)),
        (tan(x), sin(2 * x) / (1 + cos(2 * x))),
        (exp(sin(2 * x)), exp(2 * sin(x) * cos(x))),
        (tanh(x), 1 - 2 / (exp(2 * x) + 1)),
        (cosh(x) ** 2 - sinh(x) ** 2, sp.S.One),
        (log(12), 2 * log(2) + log(3)),
        (log(Rational(8, 9)), 3 * log(2) - 2 * log(3)),
        (sqrt(6), sqrt(2) * sqrt(3)),
        (Rational(8, 9) ** Rational(1, 3), 2 * 3 ** Rational(1, 3) / 3),
        (sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)),
        (sp.Integer(4) ** sqrt(2), sp.Integer(2) ** (2 * sqrt(2))),
        (x**sp.pi / x, x ** (sp.pi - 1)),
        (exp(2 * log(x) + x), x**2 * exp(x)),
        (exp(x / 2 + 1 / (2 + 2 * exp(-x))), exp(x / 2 + 1 / (1 + exp(-x)) / 2)),
        (exp(1 / (1 + exp(x)) + x / 3) * exp(2 * x / 3), exp(exp(-x) / (1 + exp(-x)) + x)),
        (exp(-x) * exp(x / 2 + 1 / (2 + 2 * exp(-x))), exp(1 / (1 + exp(-x)) / 2 - x / 2)),
        (tanh(tanh(x)), falling(falling(x))),
        (tanh(tanh(tanh(x))), falling(falling(falling(x)))),
        (tanh(tanh(Rational(1, 2) * x**3)), falling(falling(x**3 / 2))),
        (tanh(tanh(-1)) * x, -falling(falling(sp.S.One)) * x),
        (erf(falling(-x)), -erf(tanh(x))),
        (tanh(atan(1 - exp(x))), -tanh(atan(exp(x) - 1))),
    ],
    ids=str,
)
def test_identities(a: Expr, b: Expr) -> None:
    assert same(a, b)
    assert same(a * (x + 3), b * x + 3 * b)
    assert not same(a, b + Rational(1, 10**9) * x)
    assert not same(a, -b - 1)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1 / (log(4) - 2 * log(2)), x),
        (sin(x), x),
        (sqrt(x**2), x),
        (log(x**2), 2 * log(-x)),
        (exp(x), x**x),
        (erf(-x - 1), erf(x + 1)),
        (erf(x - 1), -erf(x + 1)),
        (sp.erfc(-x), -sp.erfc(x)),
        (tanh(tanh(tanh(x))), falling(falling(falling(2 * x)))),
        (exp(x / 2 + 1 / (1 + exp(-x))), exp(x / 2)),
    ],
    ids=str,
)
def test_what_is_no_identity(a: Expr, b: Expr) -> None:
    assert not same(a, b)


def test_where_the_equation_holds_an_exponential_is_no_zero_of_it() -> None:
    equation = x + 2 * x * exp(-x) + x * exp(-2 * x) - 1
    assert divides(equation, x - 1 / (1 + exp(-x)) ** 2)
    assert divides(exp(x) * (x - 1), (x - 1) / (x + 2))
    assert not divides(exp(x) * (x - 1), exp(x))
    assert not divides(equation, x - 1 / (1 + exp(-x)))
