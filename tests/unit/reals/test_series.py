"""Limits and signs near ends, against values worked out by hand."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import E, Expr, Rational, S, atan, erf, exp, log, oo, pi, sin, sqrt, tanh

from ordering.enclosures.budget import Undecided
from ordering.reals.rewriting import normal
from ordering.reals.series import End, expand, limit, sign
from ordering.variable import x


@pytest.mark.parametrize(
    ("expression", "end", "value", "near"),
    [
        (x / (1 + exp(-x)), End(-oo), S.Zero, -1),
        (x / (1 + exp(-x)), End(oo), oo, 1),
        (log(1 + exp(x)) - x, End(oo), S.Zero, 1),
        (sqrt(x**2 + 1) - x, End(oo), S.Zero, 1),
        (sqrt(x**2 + 1) + x, End(-oo), S.Zero, 1),
        (x * (1 + erf(x / sqrt(2))) / 2, End(-oo), S.Zero, -1),
        (atan(x), End(-oo), -pi / 2, -1),
        (x * (pi / 2 - atan(x)), End(oo), S.One, 1),
        ((1 + 1 / x) ** 2, End(oo), S.One, 1),
        (exp(1 / x), End(S.Zero, -1), S.Zero, 1),
        (exp(1 / x), End(S.Zero, 1), oo, 1),
        (x * log(x), End(S.Zero, 1), S.Zero, -1),
        (log(x), End(S.One, -1), S.Zero, -1),
        (exp(-exp(-x)), End(oo), S.One, 1),
        (x * tanh(exp(x)), End(oo), oo, 1),
        (x**2 + sin(x), End(-oo), oo, 1),
        (2 * x + x * tanh(x), End(-oo), -oo, -1),
        (exp(x) / (1 + exp(x)) - 1, End(oo), S.Zero, -1),
        (x**3 * exp(-x) + 1, End(oo), S.One, 1),
        ((exp(x) + 1) / (E * exp(x) - 2), End(oo), exp(-1), 1),
        (log(2 * x) - log(x), End(oo), log(2), 1),
        (sqrt(x) * (sqrt(x + 1) - sqrt(x)), End(oo), Rational(1, 2), 1),
    ],
)
def test_limit_and_sign(expression: Expr, end: End, value: Expr, near: int) -> None:
    expansion = expand(normal(expression), end, {})
    assert sp.simplify(limit(expansion) - value) == 0 if value not in (oo, -oo) else limit(expansion) == value
    assert sign(expansion) == near


@pytest.mark.parametrize("expression", [sin(x), x * sin(x), sin(x**2) * exp(x)])
def test_what_has_no_limit_is_undecided(expression: Expr) -> None:
    with pytest.raises(Undecided):
        limit(expand(normal(expression), End(oo), {}))


def test_a_cancellation_beyond_the_kept_terms_is_undecided_and_not_zero() -> None:
    tangled = sin(1 / x) - sum((-1) ** k / sp.factorial(2 * k + 1) / x ** (2 * k + 1) for k in range(9))
    with pytest.raises(Undecided):
        sign(expand(normal(tangled), End(oo), {}))
