"""The checker's own derivatives, beside sympy's and beside difference quotients."""

from __future__ import annotations

from random import Random

import pytest
import sympy as sp
from sympy import Expr, Rational

from ordering.checking import Rejected, derivative
from ordering.checking.deriving import _TABLE
from ordering.variable import x

LOGARITHM = sp.log(2 + x**2)
SAMPLES = (
    x, sp.pi, 3 * x**2 - x, (x + 1) * (x - 2) ** 3, 1 / (1 + x**2), sp.sqrt(1 + x**2), 2**x, LOGARITHM**x,
    (x**2 + 1) ** sp.pi, x * sp.exp(-(x**2)), sp.E * x, sp.exp(sp.sin(x) * sp.tanh(x)),
)  # fmt: skip


def inner(head: object) -> Expr:
    """An argument for which the function is smooth around 1/3."""
    return x + 2 if head is sp.acosh else x / 2 + Rational(1, 5)


@pytest.mark.parametrize("head", _TABLE, ids=lambda head: head.__name__)
def test_every_entry_of_the_table_is_a_derivative(head: type[Expr]) -> None:
    e = head(inner(head))
    assert sp.simplify(derivative(e) - sp.diff(e, x)) == 0
    agrees_with_quotients(e)


@pytest.mark.parametrize("e", SAMPLES, ids=str)
def test_sums_products_and_powers(e: Expr) -> None:
    assert sp.simplify(derivative(e) - sp.diff(e, x)) == 0
    agrees_with_quotients(e)


def agrees_with_quotients(e: Expr) -> None:
    at, h = Rational(1, 3), Rational(1, 10**12)
    quotient = sp.N((e.subs(x, at + h) - e.subs(x, at - h)) / (2 * h), 30, maxn=200)
    assert abs(quotient - sp.N(derivative(e).subs(x, at), 30)) < 1e-15


def test_drawn_expressions() -> None:
    heads = [head for head in _TABLE if head not in (sp.acosh, sp.gamma, sp.loggamma, sp.erfinv)]
    for seed in range(40):
        random = Random(seed)
        e = sp.sympify(x)
        for _ in range(3):
            e = random.choice(heads)(e / 3 + Rational(1, 7)) * (x + random.randint(1, 3)) ** random.randint(
                -2, 3
            )
        there = [sp.N((d).subs(x, Rational(1, 3)), 30) for d in (derivative(e), sp.diff(e, x))]
        assert abs(there[0] - there[1]) <= 1e-20 * (1 + abs(there[1])), e


@pytest.mark.parametrize("e", [abs(x), sp.floor(x), sp.Max(x, 0), sp.LambertW(x), x * sp.sign(x)], ids=str)
def test_what_is_not_smooth_has_no_derivative(e: Expr) -> None:
    with pytest.raises(Rejected, match="not known"):
        derivative(e)
