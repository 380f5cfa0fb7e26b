"""z3 decides the piecewise-linear questions independently of the prover; the two must agree."""

from __future__ import annotations

import random
from typing import Any

import pytest
import z3
from sympy import Expr, Piecewise, Rational

from ordering.reals import prove
from ordering.variable import x

QUESTIONS = ("nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine")


def random_piecewise(seed: int) -> tuple[Expr, list[tuple[Rational, Rational]], list[Rational], list[bool]]:
    """Lines `(slope, offset)`, breakpoints, and whether each breakpoint belongs to the left piece."""
    random_ = random.Random(seed)
    breaks = sorted({Rational(random_.randint(-6, 6), 2) for _ in range(random_.randint(1, 3))})
    lines = [(Rational(random_.randint(-2, 3), 2), Rational(random_.randint(-2, 2)))]
    for at in breaks:
        slope = Rational(random_.randint(-1, 3), 2)
        jump = random_.choice((0, 0, 0, 0, Rational(1, 2), Rational(-1, 10**6)))
        lines.append((slope, lines[-1][0] * at + lines[-1][1] - slope * at + jump))
    closed = [random_.random() < 0.5 for _ in breaks]
    branches: list[Any] = [
        (p * x + q, x <= at if left else x < at)
        for (p, q), at, left in zip(lines, breaks, closed, strict=False)
    ]
    return Piecewise(*branches, (lines[-1][0] * x + lines[-1][1], True)), lines, breaks, closed


def z3_function(t: Any, lines: list[Any], breaks: list[Any], closed: list[bool]) -> Any:
    def real(number: Any) -> Any:
        return z3.RealVal(f"{number.p}/{number.q}")

    value = real(lines[-1][0]) * t + real(lines[-1][1])
    for (p, q), at, left in reversed(list(zip(lines, breaks, closed, strict=False))):
        condition = t <= real(at) if left else t < real(at)
        value = z3.If(condition, real(p) * t + real(q), value)
    return value


def z3_answers(lines: list[Any], breaks: list[Any], closed: list[bool]) -> dict[str, bool]:
    a, b = z3.Reals("a b")
    f_a, f_b, f_m = (z3_function(t, lines, breaks, closed) for t in (a, b, (a + b) / 2))
    bump, dip = 2 * f_m - f_a - f_b > 0, f_a + f_b - 2 * f_m > 0
    failures = {
        "nondecreasing": f_a > f_b,
        "nonincreasing": f_a < f_b,
        "strictly_increasing": f_a >= f_b,
        "convex": bump,
        "concave": dip,
        "affine": z3.Or(bump, dip),
    }
    answers = {}
    for question, failure in failures.items():
        solver = z3.Solver()
        solver.add(a < b, failure)
        found = solver.check()
        assert found != z3.unknown
        answers[question] = found == z3.unsat
    return answers


@pytest.mark.parametrize("seed", range(40))
def test_prover_agrees_with_z3(seed: int) -> None:
    expression, lines, breaks, closed = random_piecewise(seed)
    shape = prove(expression)
    assert {q: shape.finding(q).holds for q in QUESTIONS} == z3_answers(lines, breaks, closed), expression


def test_z3_sees_a_planted_disagreement() -> None:
    _, lines, breaks, closed = random_piecewise(0)
    mutant = [(p - 10, q) for p, q in lines]
    assert z3_answers(lines, breaks, closed) != z3_answers(mutant, breaks, closed)
