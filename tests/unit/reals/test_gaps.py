"""Domains that are no intervals, ends without a rational form, and f(0) where f has no value at 0."""

from __future__ import annotations

import json
from functools import cache

import pytest
import sympy as sp
from sympy import (
    Abs,
    Expr,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    acosh,
    asin,
    asinh,
    cosh,
    exp,
    floor,
    log,
    oo,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
)

from ordering import rendering
from ordering.checking import Across, Number, check, claim_and_steps, to_data
from ordering.checking.branches import value_at
from ordering.evidence import Shape
from ordering.reals import prove
from ordering.reals.cuts import INFINITY, MINUS_INFINITY
from ordering.reals.derivation import Proof
from ordering.reals.function import Function
from ordering.variable import x

QUESTIONS = ("nondecreasing", "nonincreasing", "strictly_increasing", "nonnegative", "zeros_interval")


@cache
def shape_of(expression: Expr) -> Shape:
    return prove(expression, properties=QUESTIONS)


def answers(expression: Expr) -> str:
    shape = shape_of(expression)
    return "".join({True: "T", False: "F", None: "?"}[shape.finding(q).holds] for q in QUESTIONS)


GAPS: dict[Expr, str] = {
    # The answers to QUESTIONS, for all points of the domain on both sides of its holes.
    1 / x: "FFFFF",
    -1 / x: "FFFFF",
    tan(x): "FFFFF",
    log(Abs(x)): "FFFFF",
    x / Abs(x): "TFFFF",
    x + x / Abs(x): "TFTFF",
    -x - Abs(x) / x: "FTFFF",
    (exp(x) - 1) / x: "TFTTT",
    x / (exp(x) - 1): "FTFTT",
    (x**2 - 1) / (x - 1): "TFTFF",
    sqrt(x**2 - 1): "FFFTF",
    sqrt(x**2 - 1) * sign(x): "TFFFF",
    acosh(Abs(x)) * sign(x): "TFFFF",
    1 / x**2: "FFFTT",
    Max(0, x) / x: "TFFTT",
    -1 / (x + exp(x)): "FFFFF",
    1 / sign(x + exp(x)): "TFFFF",
    exp(-1 / x**2): "FFFTT",
    Piecewise((x, x < 0), (x - 1, x >= 1)): "TFTFF",
    Piecewise((x, x <= 0), (x - 1, x >= 1)): "TFFFF",
    Piecewise((x, x <= 0), (x - 2, x >= 1)): "FFFFF",
    Piecewise((x, x < -1), (x**2, (x > 0) & (x < 1)), (x, x > 1)): "TFTFF",
    Piecewise((x, x + exp(x) < 0), (x**3, x > 0)): "TFTFF",
    # A single point of the domain between two holes, or before one.
    x + sqrt(x**3 - x**2): "TFTTT",
    x + sqrt(x**4 - 4 * x**2) * sign(x): "TFTFF",
    sqrt(x**3 - x**2) - x: "FFFFF",
}


@pytest.mark.parametrize("expression", GAPS, ids=str)
def test_an_order_is_one_of_all_points_of_the_domain(expression: Expr) -> None:
    assert answers(expression) == GAPS[expression]


@pytest.mark.parametrize("expression", [e for e, a in GAPS.items() if "T" in a], ids=str)
def test_a_proof_over_holes_is_read_saved_and_needs_its_steps(expression: Expr) -> None:
    for name, finding in shape_of(expression).findings.items():
        if not finding.holds:
            continue
        proof = finding.derivation
        assert isinstance(proof, Proof)
        assert rendering.text(proof)
        data = json.loads(json.dumps({"of": to_data(proof.of), "steps": [to_data(s) for s in proof.steps]}))
        assert claim_and_steps(data) == (proof.of, proof.steps)
        over = [step for step in proof.steps if isinstance(step, Across)]
        assert bool(over) is (name not in ("nonnegative", "zeros_interval"))
        for step in over:
            assert check(proof.of, [s for s in proof.steps if s != step])
            turned = Across(step.low, step.high, step.second, step.first, -step.sign)
            if turned != step:
                assert check(proof.of, [turned if s == step else s for s in proof.steps])


def test_the_step_over_a_hole_states_both_levels() -> None:
    finding = prove(x + x / Abs(x)).nondecreasing
    assert finding.derivation is not None
    (step,) = (s for s in finding.derivation.steps if isinstance(s, Across))
    assert (step.low, step.high) == (Number(sp.S.Zero), Number(sp.S.Zero))
    assert (step.first, step.second, step.sign) == (-1, 1, 1)
    assert "-1 < 1" in rendering.text(finding.derivation)


def test_averages_are_asked_of_intervals() -> None:
    for expression in ((exp(x) - 1) / x, (x**2 - 1) / (x - 1)):
        for finding in prove(expression, properties=("convex", "affine", "linear")).findings.values():
            assert finding.holds is not True
            assert finding.holds is False or "not an interval" in finding.reason


# ---- ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "drawdown"),
    [
        # At the right end, an irrational one, the sign is 0: the function falls by all of its maximum.
        (sqrt(2 + x - x**4) + 3 * sign(2 + x - x**4), 4.572409105066),
        (asin(x**3 + x) + sign(1 - x - x**3), 1.0),
        (sqrt(2 - x**2) + sign(2 - x**2), 1 + 2**0.5),
    ],
    ids=str,
)
def test_a_jump_at_an_irrational_closed_end_is_a_fall(expression: Expr, drawdown: float) -> None:
    shape = shape_of(expression)
    found = shape.drawdown
    assert found is not None
    low = found[0] if isinstance(found, tuple) else found
    assert abs(float(low) - drawdown) < 1e-9
    assert not shape.nondecreasing.holds


def test_a_jump_down_from_an_irrational_closed_end_is_not_overlooked() -> None:
    shape = prove(sqrt(x + exp(x)) - sign(x + exp(x)))  # 0 at the end, -1 right after it
    assert not shape.nondecreasing.holds
    assert shape.drawdown is None or shape.drawdown == 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (sqrt(2 + x - x**4), "FFFTF"),
        (sqrt(2 + x - x**4) + sign(2 + x - x**4), "FFFTF"),
        ((x + exp(x)) ** sp.pi, "TFTTT"),
        (floor(sqrt(4 - x**2)), "FFFTF"),
        (asin(x**3 + x) - sign(1 - x - x**3), "TFTFF"),
    ],
    ids=str,
)
def test_closed_ends_without_a_rational_form(expression: Expr, expected: str) -> None:
    assert answers(expression) == expected


# ---- zero ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", [log(x), 1 / x, acosh(x), sqrt(x - 1), Abs(x) / x], ids=str)
def test_what_has_no_value_at_zero_is_not_zero_there(expression: Expr) -> None:
    finding = prove(expression, properties="zero_at_zero").finding("zero_at_zero")
    assert finding.holds is False
    assert finding.witness is None
    assert "no value at 0" in finding.reason


def test_a_line_beside_zero_is_linear() -> None:
    def linear(e: Expr) -> bool | None:
        finding = prove(e, properties="linear").linear
        assert finding.derivation is None or finding.derivation.check()
        return finding.holds

    assert linear(2 * Max(log(x), x)) is True
    assert linear(Max(log(x), x) + 1) is False
    assert linear(Min(log(x), x)) is False


def shrunk(by: int) -> Expr:
    return Piecewise((x - by, x > by), (x + by, x < -by), (0, True))


# ---- corners that do not matter --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "question"),
    [
        (Max(Heaviside(x), Min(Rational(-66, 25), x)), "nondecreasing"),
        (Max(0, 1 - x / 7, Piecewise((x - 1, x > 1), (x + 1, x < -1), (0, True))), "convex"),
        (Piecewise((-x, x < -3), (1 - x, x > 2), (0, True)) * Heaviside(x), "nonincreasing"),
        (shrunk(2) * shrunk(1), "nonnegative"),
        # Values meet where log(u) = c, whatever form u takes.
        (tanh(Max(3, log(cosh(3 * x + 2)))), "nonnegative"),
        (tanh(Max(2, log(1 + exp(x)))), "nondecreasing"),
        (asinh(Max(2, log(1 + exp(x / 5)))), "nondecreasing"),
        (sign(x) * log(Abs(Min(Rational(3, 2), x)) + Rational(7, 5)), "nondecreasing"),
    ],
    ids=str,
)  # fmt: skip
def test_a_branch_that_does_not_matter_leaves_nothing_undecided(expression: Expr, question: str) -> None:
    finding = prove(expression, properties=question).finding(question)
    assert finding.holds is True, finding.reason


def test_a_pole_at_a_root_is_no_value() -> None:
    (root,) = (j for j in Function(sign(x**3 + x - 1), MINUS_INFINITY, INFINITY).joints)
    finding = prove(1 / sign(x**3 + x - 1)).nondecreasing
    assert finding.holds is True
    assert finding.derivation is not None
    (point,) = {s.low for s in finding.derivation.steps if isinstance(s, Across)}
    assert value_at(1 / sign(x**3 + x - 1), point) is None
    assert root.value == 0


def test_a_hole_at_the_sampled_point_hides_no_domain() -> None:
    shape = prove(Piecewise((x, x < 0), (x - 1, x >= 1)) + 0 * sin(x))
    assert shape.nondecreasing.holds is True
    assert shape.drawdown == 0
    assert shape.limits == (-oo, oo)


def test_what_bends_beside_a_hole_is_no_line() -> None:
    shape = prove("(exp(x)-1)/x")
    assert shape.affine.holds is False
    assert shape.linear.holds is False
    assert shape.convex.holds is None
