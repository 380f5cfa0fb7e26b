"""Ends of domains, holes, constants that are zero or not real without looking it: a table of each."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp
from flint import arb, fmpq
from sympy import (
    Abs,
    Eq,
    Expr,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    acos,
    acosh,
    asin,
    atan,
    cos,
    exp,
    floor,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
)

from ordering.enclosures.balls import evaluator, sign_of
from ordering.reals import prove
from ordering.reals.cuts import INFINITY, MINUS_INFINITY, Exact, Root
from ordering.reals.domain import real_at
from ordering.reals.function import Function
from ordering.reals.pieces import split
from ordering.variable import x

QUESTIONS = ("nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine")
HIDDEN = log(4) - 2 * log(2)
"""Zero, which sympy does not see."""


def answers(expression: Expr) -> str:
    shape = prove(expression)
    return "".join({True: "T", False: "F", None: "?"}[shape.finding(q).holds] for q in QUESTIONS)


ENDS: dict[Expr, tuple[str, Expr]] = {
    # The six answers of QUESTIONS; the drawdown.
    asin(x) + sign(1 - x) / 2: ("FFFFFF", Rational(1, 2)),
    acos(x) - sign(x + 1): ("FTFFFF", 1 + pi),
    asin(x) + Heaviside(x + 1, 0): ("TFTFFF", sp.S.Zero),
    asin(x) - Heaviside(1 - x, 0): ("TFTFFF", sp.S.Zero),
    sqrt(x) - Heaviside(x, 1): ("TFTFTF", sp.S.Zero),
    sqrt(x) + Piecewise((1, Eq(x, 0)), (0, True)): ("FFFFFF", sp.S.One),
    sqrt(1 - x**2) + Piecewise((-1, Eq(x, 1)), (0, True)): ("FFFFTF", sp.S(2)),
    acosh(x) - 2 * sign(x - 1): ("FFFFFF", sp.S(2)),
    asin(x**3 + x - 1): ("TFTFFF", sp.S.Zero),
    sqrt(1 - x - x**5): ("FTFFFF", oo),
    log(4 - x - x**5): ("FTFFFF", oo),
    -sqrt(x**5 + x - 1): ("FTFFFF", oo),
    atan(1 / sqrt(1 - x)) + sign(1 - x): ("TFTTFF", sp.S.Zero),
    Max(0, x) ** pi: ("TFFTFF", sp.S.Zero),
    Max(0, x) ** sqrt(2): ("TFFTFF", sp.S.Zero),
    x * Abs(x) ** sqrt(2): ("TFTFFF", sp.S.Zero),
    x**pi: ("TFTTFF", sp.S.Zero),
}


@pytest.mark.parametrize("expression", ENDS, ids=str)
def test_closed_ends_belong_to_the_domain(expression: Expr) -> None:
    expected, drawdown = ENDS[expression]
    assert answers(expression) == expected
    found = prove(expression).drawdown
    assert sp.simplify(found - drawdown) == 0 or found == drawdown


@pytest.mark.parametrize(
    ("expression", "drawdown"),
    [
        # Ends without a closed form, f = 0 there: the drawdown is the maximum.
        (sqrt(2 + x - x**4), 1.572409105066),
        (x * sqrt(2 - x - x**5), 0.754884282465),
        (sqrt(3 - x - exp(x)) * (x + 4), None),
    ],
)
def test_an_end_without_a_closed_form_is_a_level(expression: Expr, drawdown: float | None) -> None:
    found = prove(expression).drawdown
    if drawdown is None:
        assert found is None or found == oo or found[0] > 1
    else:
        assert isinstance(found, tuple)
        assert abs(float(found[0]) - drawdown) < 1e-9


HOLES: dict[Expr, list[int | Expr]] = {
    # Points outside the domain, between points of it.
    Max((exp(x) - 1) / x, 0): [0],
    Abs(x) / x: [0],
    (x**2 - 1) / (x - 1): [1],
    Abs((x**2 - 1) / (x - 1)): [1],
    sign(1 / x): [0],
    Heaviside(1 / x**2): [0],
    Max(1 / x, 1): [0],
    atan(1 / x) * sign(x): [0],
    floor(Min(2, Max(0, 1 / x))): [0],
    Max(0, x) / x: [0],
    sign(log(Abs(x))): [0],
    1 / (1 + 1 / x): [-1, 0],
    tanh(1 / x) ** 2: [0],
    exp(-1 / Abs(x)): [0],
    (exp(x) - 1) / x: [0],
    Piecewise((1, 1 / x > 0), (0, True)): [0],
    Abs(tan(x)): [pi / 2],
    x / (x + HIDDEN): [0],
    1 / sign(x - 1): [1],
    sin(x) / x + Abs(x - 1): [0],
}


@pytest.mark.parametrize("expression", HOLES, ids=str)
def test_what_has_a_hole_is_not_refuted_there_and_no_property_of_averages_proved(expression: Expr) -> None:
    shape = prove(expression)
    for name, finding in shape.findings.items():
        assert not finding.holds or name not in ("convex", "concave", "affine", "linear")
        for point in finding.witness or ():
            assert point not in HOLES[expression]
    assert shape.domain == (None, None)
    for hole in HOLES[expression]:
        assert not real_at(expression, Exact(sp.sympify(hole)))
        assert real_at(expression, Exact(sp.sympify(hole) + Rational(1, 7)))
        if isinstance(hole, int):
            assert not evaluator(expression)(arb(hole)).is_finite()


def test_the_middle_of_a_witness_of_curvature_is_in_the_domain() -> None:
    for expression in HOLES:
        shape = prove(expression)
        for question in ("convex", "concave", "affine"):
            witness = shape.finding(question).witness
            if witness is not None:
                assert sum(witness) / 2 not in HOLES[expression]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (Piecewise((1 / (x - 2), x < 0), (x, True)), "FFFFFF"),
        (Piecewise((log(x), x > 1), (0, True)), "TFFFFF"),
        (Min(x, log(x)), "TFTFTF"),
        (Max(log(x + 1), x), "TFTTTT"),
        (Piecewise((0, x <= 0), (exp(-1 / Max(x, Rational(1, 9))), True)), "TFFFFF"),
    ],
    ids=str,
)
def test_only_what_is_chosen_has_a_domain(expression: Expr, expected: str) -> None:
    assert answers(expression) == expected


def test_the_domain_is_stated_once_and_pieces_keep_to_it() -> None:
    parts = split(Max(0, x) / x, MINUS_INFINITY, INFINITY)
    assert [str(b.cut) for b in parts.breaks] == ["0"]
    assert parts.breaks[0].expression is None
    assert split(log(x), MINUS_INFINITY, INFINITY).pieces[0].expression is sp.nan


ZEROS: dict[Expr, str] = {
    HIDDEN * x**2: "TTFTTT",
    HIDDEN * x**2 + x: "TFTTTT",
    log(4) * x**2 - 2 * log(2) * x**2: "TTFTTT",
    x + exp(x * log(4)) - exp(2 * x * log(2)): "TFTTTT",
    (sqrt(2) + sqrt(3) - sqrt(5 + 2 * sqrt(6))) * exp(x): "TTFTTT",
    Max(x, HIDDEN * exp(x)): "TFFTFF",
    sign(x + HIDDEN): "TFFFFF",
    x + Abs(x * HIDDEN): "TFTTTT",
    log(1 + HIDDEN) * x: "TTFTTT",
    x**2 * (sin(1) ** 2 + cos(1) ** 2 - 1): "TTFTTT",
    HIDDEN * exp(x) + exp(x): "TFTTFF",
    tanh(x) + HIDDEN * atan(x): "TFTFFF",
    (log(6) - log(2) - log(3)) * x**3 - x: "FTFTTT",
}


@pytest.mark.parametrize("expression", ZEROS, ids=str)
def test_a_zero_that_does_not_look_it_is_zero(expression: Expr) -> None:
    assert answers(expression) == ZEROS[expression]
    for finding in prove(expression).findings.values():
        assert not finding.holds or (finding.derivation is not None and finding.derivation.check())


NOWHERE = (
    x / HIDDEN,
    x / (log(9) - 2 * log(3)),
    1 / (x * HIDDEN),
    exp(x) + (-1) ** Rational(1, 3) * x,
    (-8) ** Rational(1, 3) + x,
    x * (-1) ** Rational(2, 3),
    sqrt(1 - sqrt(2)) * x,
    asin(2) * x,
    acos(3) + x,
    acosh(Rational(1, 2)) * x,
    (1 - pi) ** pi * x,
    Max(x, 0) + (-2) ** Rational(1, 3),
    (-1) ** sqrt(2) * x,
    sqrt(-1 - x**2),
    log(-Abs(x)),
)


@pytest.mark.parametrize("expression", NOWHERE, ids=str)
def test_what_is_nowhere_a_real_number_has_no_shape(expression: Expr) -> None:
    shape = prove(expression)
    assert all(finding.holds is None for finding in shape.findings.values())
    assert shape.drawdown is None


def test_signs_of_constants_that_are_zero_or_not_real() -> None:
    assert sign_of(HIDDEN) == 0
    assert sign_of(sqrt(3 + 2 * sqrt(2)) - 1 - sqrt(2)) == 0
    with pytest.raises(Exception, match="could not be separated"):
        sign_of(sp.Pow(-1, Rational(1, 3)))


def test_a_root_of_an_inverse_function_has_a_closed_form() -> None:
    assert prove(log(pi * x) ** 2).finding("nonnegative").holds is True
    assert prove(asin(x + sqrt(2)) ** 2).drawdown == pi**2 / 4
    assert prove(sp.erf(x - pi) ** 2).drawdown == 1
    assert prove(Min(exp(x - Rational(1, 3)), sp.erf(x + sqrt(2))) ** 2).drawdown is not None


def test_linear_is_refuted_where_there_is_no_value_at_zero() -> None:
    for expression in (log(x), 1 / x, x * log(x), acosh(x), Abs(x) / x):
        assert prove(expression).finding("linear").holds is False


def test_a_root_pickles_and_is_the_same_number() -> None:
    function = Function(exp(x) + x**3, MINUS_INFINITY, INFINITY)
    (root,) = function.smooths[0].value_signs.points
    assert isinstance(root, Root)
    copy = pickle.loads(pickle.dumps(root))  # noqa: S301 - our own, just written
    assert root.ball(200).overlaps(copy.ball(200))
    assert copy.high - copy.low <= fmpq(1, 2**200)
