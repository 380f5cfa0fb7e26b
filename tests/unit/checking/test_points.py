"""Signs at roots without a closed form: what the equation makes equal, and what it does not."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr, Rational, erf, exp, log, sqrt

from ordering.checking import Rejected, Root, isolated
from ordering.checking.points import sign_at, zero_at_root
from ordering.variable import x

SIGMOID = 1 / (1 + exp(-x))
MEETS_SIGMOID = Root(x + x * exp(-x) - 1, Rational(6, 10), Rational(7, 10))
"""x = sigmoid(x)."""
MEETS_SQUARE = Root(x + 2 * x * exp(-x) + x * exp(-2 * x) - 1, Rational(34, 100), Rational(35, 100))
"""x = sigmoid(x)**2."""
EIGHT = Root(exp(x) - 8, sp.Integer(2), Rational(21, 10))


@pytest.mark.parametrize(
    ("e", "root"),
    [
        (1 / (1 + exp(-SIGMOID)) - SIGMOID, MEETS_SIGMOID),
        (erf(SIGMOID) - erf(x), MEETS_SIGMOID),
        (exp(-2 * SIGMOID) - exp(-x) ** 2, MEETS_SIGMOID),
        (exp(SIGMOID) * exp(-x) - 1, MEETS_SIGMOID),
        (exp(exp(SIGMOID)) - exp(exp(x)), MEETS_SIGMOID),
        (log(1 + SIGMOID) - log(1 + x), MEETS_SIGMOID),
        (log(1 + (exp(x) / 64 - Rational(1, 8)) ** 2), EIGHT),
        (exp(erf(exp(x) - 8)) - 1, EIGHT),
        (
            x - SIGMOID**2,
            Root(x + 2 * x * exp(-x) + x * exp(-2 * x) - 1, Rational(34, 100), Rational(35, 100)),
        ),
    ],
    ids=str,
)
def test_what_the_equation_makes_equal(e: Expr, root: Root) -> None:
    assert isolated(root)
    assert sign_at(e, root) == 0
    for change in (Rational(1, 10**6), -Rational(1, 10**6)):
        assert sign_at(e + change, root) == (1 if change > 0 else -1)


@pytest.mark.parametrize(
    ("e", "equation"),
    [
        (erf(SIGMOID) - erf(x), x + x * exp(-x) - 2),
        (erf(SIGMOID) + erf(x), x + x * exp(-x) - 1),
        (erf(-SIGMOID) - erf(x), x + x * exp(-x) - 1),
        (exp(SIGMOID) - exp(2 * x), x + x * exp(-x) - 1),
        (exp(SIGMOID) - exp(x) ** 2, x + x * exp(-x) - 1),
        (log(exp(x) - 8), exp(x) - 8),  # minus infinity
        (log(exp(x) - 8) ** -1 - 1, exp(x) - 8),
        (log(exp(x) - 6), exp(x) - 8),
        (exp(exp(x) - 8), exp(x) - 8),
        (exp(exp(x) - 7) - 1, exp(x) - 8),
        (exp(exp(x) * (x - 1)), exp(x) * (x - 1)),
        (exp(x), exp(x) * (x - 1)),
        (sqrt(exp(x) - 7), exp(x) - 8),
    ],
    ids=str,
)
def test_what_is_not_zero_is_not_taken_for_it(e: Expr, equation: Expr) -> None:
    assert not zero_at_root(e, equation)


def test_a_sign_that_is_not_known_is_refused() -> None:
    with pytest.raises(Rejected):
        sign_at(log(exp(x) - 8), EIGHT)
