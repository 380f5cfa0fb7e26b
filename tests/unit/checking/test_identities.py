"""Identities that are seen, and near misses that are not."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr, Rational, cos, cosh, exp, log, sin, sinh, sqrt, tan, tanh

from ordering.checking.algebra import same
from ordering.variable import x


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
    [(1 / (log(4) - 2 * log(2)), x), (sin(x), x), (sqrt(x**2), x), (log(x**2), 2 * log(-x)), (exp(x), x**x)],
    ids=str,
)
def test_what_is_no_identity(a: Expr, b: Expr) -> None:
    assert not same(a, b)
