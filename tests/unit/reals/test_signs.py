"""Sign patterns against independent oracles: z3 for polynomials, dense rigorous sampling for the rest."""

from __future__ import annotations

import random

import pytest
import sympy as sp
import z3
from flint import arb, fmpq
from sympy import Rational, exp, log

from ordering.enclosures.balls import evaluator, precision
from ordering.reals.cuts import INFINITY, MINUS_INFINITY, Exact, simplest
from ordering.reals.rewriting import normal
from ordering.reals.signs import Signs
from ordering.reals.tower import Tower
from ordering.variable import x


def signs_taken(expression: sp.Expr, low: sp.Expr = -sp.oo, high: sp.Expr = sp.oo) -> frozenset[int]:
    tower = Tower([expression])
    signs = Signs(tower, Exact(low), Exact(high))
    return signs.of(tower.fraction(normal(expression))).taken


def z3_signs(coefficients: list[int]) -> frozenset[int]:
    t = z3.Real("t")
    value = z3.Sum([c * t**k if k else z3.RealVal(c) for k, c in enumerate(coefficients)])
    taken = set()
    for sign, claim in ((-1, value < 0), (0, value == 0), (1, value > 0)):
        solver = z3.Solver()
        solver.add(claim)
        answer = solver.check()
        assert answer != z3.unknown
        if answer == z3.sat:
            taken.add(sign)
    return frozenset(taken)


def test_polynomials_agree_with_z3() -> None:
    random_ = random.Random(7)
    for _ in range(60):
        coefficients = [random_.randint(-4, 4) for _ in range(random_.randint(1, 5))]
        if not any(coefficients[1:]):
            continue
        polynomial = sum((c * x**k for k, c in enumerate(coefficients)), sp.S.Zero)
        assert signs_taken(polynomial) == z3_signs(coefficients), polynomial


@pytest.mark.parametrize(
    ("expression", "roots"),
    [
        (x + exp(x), 1),
        (exp(x) - x, 0),
        (exp(x) - 1 - x, 1),
        (exp(2 * x) - 3 * exp(x) + 2, 2),
        (log(1 + x**2) - Rational(1, 2), 2),
        (sp.atan(x) - x / 2, 3),
        (sp.erf(x) - x, 3),
        (sp.sqrt(x**2 + 1) - 2, 2),
        (sp.tanh(x) - x / 3, 3),
        (x**3 - 3 * x, 3),
        (exp(-(x**2)) - Rational(1, 2), 2),
        (x**2 - exp(x), 1),
    ],
)
def test_number_of_roots(expression: sp.Expr, roots: int) -> None:
    tower = Tower([expression])
    pattern = Signs(tower, MINUS_INFINITY, INFINITY).of(tower.fraction(normal(expression)))
    assert len(pattern.points) == roots
    for point in pattern.points:
        with precision(80):
            value = evaluator(expression)(point.ball(60))
        assert value.contains(arb(0))


def test_random_exp_polynomials_agree_with_dense_sampling() -> None:
    random_ = random.Random(11)
    grid = [fmpq(n, 16) for n in range(-160, 161)]
    for _ in range(60):
        expression = sum(
            (
                random_.randint(-3, 3) * x ** random_.randint(0, 2) * exp(random_.choice((0, 1, 2)) * x)
                for _ in range(4)
            ),
            sp.S.Zero,
        )
        if not expression.has(x):
            continue
        taken = signs_taken(expression)
        f = evaluator(expression)
        with precision(100):
            seen = {1 if f(arb(q)) > 0 else -1 for q in grid if f(arb(q)) > 0 or f(arb(q)) < 0}
        assert seen <= taken, expression


def test_a_double_root_is_a_zero_and_not_a_change_of_sign() -> None:
    assert signs_taken((exp(x) - 1) ** 2) == {0, 1}
    assert signs_taken(1 + sp.cos(x), sp.S.Zero, 2 * sp.pi) == {0, 1}


def test_signs_on_an_interval_with_irrational_ends() -> None:
    assert signs_taken(sp.sin(x), sp.S.Zero, sp.pi) == {1}
    assert signs_taken(x**2 - 2, -sp.sqrt(2), sp.sqrt(2)) == {-1}
    assert signs_taken(exp(x) - 2, sp.log(2), sp.oo) == {1}


def test_simplest_rational_lies_strictly_between() -> None:
    random_ = random.Random(3)
    for _ in range(300):
        a, b = sorted(fmpq(random_.randint(-99, 99), random_.randint(1, 99)) for _ in range(2))
        if a < b:
            assert a < simplest(a, b) < b
