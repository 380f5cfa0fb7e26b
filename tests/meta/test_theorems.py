"""False theorems, unsound steps and claims with parameters that do not hold: the checker accepts none."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy import And, Eq, Function, Ge, Gt, Le, Lt, Ne, Rational, S, Symbol, atan, exp, log, oo, symbols

from ordering import x
from ordering.catalogue.families import (
    celu,
    elu,
    hardshrink,
    hardtanh,
    prelu,
    softplus,
    softshrink,
    threshold,
)
from ordering.catalogue.sides import both_orders
from ordering.checking.linear import constraints, entails, possible
from ordering.checking.parametric import (
    ALWAYS,
    IF,
    IFF,
    NEVER,
    ONLY_IF,
    Family,
    Knot,
    ParametricClaim,
    ParametricTheorem,
    Under,
)
from ordering.checking.records import Derivative, Rejected
from ordering.checking.symbolic import Region, equal
from ordering.checking.theorems import (
    Area,
    Both,
    Cancelled,
    Congruent,
    Induction,
    Integral,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Theorem,
    Use,
)
from ordering.errors import InvalidArgument, InvalidEntry, OrderingError, UnknownEntry
from ordering.evidence import Finding
from ordering.evidence.theorems import file_of, files, theorems
from ordering.law import ALWAYS as EVERY_F
from ordering.law import Law
from ordering.pooling import Kind
from ordering.reals.parametric import parametric

a, b, c, u, v = symbols("a b c u v", real=True)
n = Symbol("n", integer=True)
f, g = Function("f", real=True), Function("g", real=True)

# ---- linear arithmetic ----------------------------------------------------------------------------------


def test_linear_arithmetic_needs_every_hypothesis() -> None:
    assert entails((Ge(a, b), Ge(b, c)), Ge(a, c))
    assert not entails((Ge(a, b),), Ge(a, c))
    assert not entails((Ge(a, b), Ge(b, c)), Gt(a, c))
    assert entails((Gt(a, b), Gt(b, a)), Ge(a, c))  # from nonsense anything follows
    assert not possible([*constraints(Gt(a, b)), *constraints(Gt(b, a))])
    assert not entails((), Ge(a**2, a))


# ---- unsound steps --------------------------------------------------------------------------------------


def refused(hypotheses: tuple[Any, ...], statement: Rule, *steps: Any) -> str:
    """Why a theorem whose one step is the lemma of these steps is refused."""
    return Theorem(hypotheses, statement, (Lemma(statement, steps),)).refusal()


RISING = Rule("rising", (u, v), (Le(u, v),), Le(f(u), f(v)))
FACT = Rule("a fact", (), (), Eq(f(a), 1))
GOAL = Rule("goal", (), (), Eq(f(b), 1))


def test_a_rule_needs_what_is_given() -> None:
    swapped = Rule("falling", (u, v), (Le(u, v),), Le(f(v), f(u)))
    assert "which nothing before says" in refused((RISING,), swapped, Use(RISING, (v, u)))
    assert refused((), swapped, Use(RISING, (v, u)))  # a rule that is no hypothesis
    assert refused((RISING,), RISING, Use(RISING, (u, v))) == "rising is known before"


def test_what_is_known_of_a_variable_is_not_known_of_all() -> None:
    every = Rule("every value", (a,), (), Eq(f(a), 1))
    assert "not arbitrary" in refused((FACT,), every, Linear((FACT.then,), every.then))
    inner = Rule("inner", (u,), (), Ge(u, 0))
    outer = Rule("outer", (u,), (Ge(u, 0),), Ge(f(u), 0))
    assert "not arbitrary" in refused((), outer, Lemma(inner, (Linear((Ge(u, 0),), Ge(u, 0)),)))


def test_a_statement_cannot_be_its_own_reason() -> None:
    loop = Rule("loop", (v,), (), Eq(f(v), 0))
    assert "nothing before says" in refused((), loop, Use(loop, (v,)))
    assert refused((), loop, Linear((loop.then,), loop.then))


def test_an_induction_needs_its_step_and_whole_numbers() -> None:
    rule = Rule("bounded", (n,), (Ge(n, 1),), Le(f(n), 1))
    first = Rule("first", (), (), Eq(f(1), 1))
    same = Rule("next", (n,), (Ge(n, 2),), Eq(f(n + 1), f(n)))
    base = (Linear((first.then,), Le(f(1), 1)),)
    # The next value is known from n = 2 on alone.
    step = (Use(same, (n,)), Linear((same.then, rule.then), Le(f(n + 1), 1)))
    assert "needs n >= 2" in Theorem((first, same), rule, (Induction(rule, 1, base, step),)).refusal()
    wider = Rule("next", (n,), (Ge(n, 1),), Eq(f(n + 1), f(n)))
    good = (Use(wider, (n,)), Linear((wider.then, rule.then), Le(f(n + 1), 1)))
    assert Theorem((first, wider), rule, (Induction(rule, 1, base, good),)).check()
    assert Theorem((first, wider), rule, (Induction(rule, 2, base, good),)).refusal()
    assert Theorem((first, wider), rule, (Induction(rule, 1, (), good),)).refusal()
    assert Theorem((first, wider), rule, (Induction(rule, 1, base, ()),)).refusal()
    half = Rule("at a half", (), (), Le(f(Rational(3, 2)), 1))
    lemma = Lemma(half, (Use(rule, (Rational(3, 2),)),))
    assert "whole" in Theorem((first, wider), half, (Induction(rule, 1, base, good), lemma)).refusal()
    real = Rule("bounded", (v,), (Ge(v, 1),), Le(f(v), 1))
    assert Theorem((first,), real, (Induction(real, 1, base, base),)).refusal()


@pytest.mark.parametrize(
    "step",
    [
        Scaled(Ge(f(a), 1), b),  # b may be negative
        Cancelled(Ge(b * f(a), b), b, Ge(f(a), 1)),
        Cancelled(Eq(b * f(a), b), b, Eq(f(a), 1)),  # b may be zero
        Cancelled(Ge(2 * f(a), 2), S(2), Ge(f(a), 2)),  # not the quotient
        Congruent(Eq(a, b), Eq(f(a), g(b))),
        Congruent(Ge(f(a), 1), Eq(f(a), S.One)),  # no equation
        Linear((Ge(f(a), 1),), Gt(f(a), 1)),
        Both((Ge(f(a), 1), Ge(f(b), 1))),
        Split(f(a), S.One, (), (), Gt(f(a), 1)),
    ],
    ids=lambda step: type(step).__name__,
)
def test_a_step_that_does_not_follow_is_refused(step: Any) -> None:
    given = Rule("given", (), (), And(Ge(f(a), 1), Ge(b * f(a), b), Eq(b * f(a), b), Ge(2 * f(a), 2)))
    assert refused((given,), Rule("goal", (), (), step.then), step)


def test_quotients_and_assumptions_hide_nothing() -> None:
    quotient = Rule("a quotient", (a,), (Ge(f(a / b), 1),), Ge(f(a / b), 0))
    assert "1/b is not understood" in refused((), quotient, Linear(quotient.given, quotient.then))
    nothing = Rule("nothing", (v,), (), Eq(v * (1 / v), 1))
    assert "says nothing" in refused((), nothing, Linear((), nothing.then))
    positive = Symbol("p", positive=True)
    assert "plain" in refused((), Rule("positive", (positive,), (), Ge(f(positive), 0)))
    hidden = Function("h", positive=True)(a)
    assert "not understood" in refused((), Rule("hidden", (a,), (), Gt(hidden, f(a))))


def test_a_factor_that_may_vanish_or_be_undefined_is_refused() -> None:
    given = Rule("given", (v,), (Eq(v * f(v), v),), Eq(v * f(v), v))
    goal = Rule("divided", (v,), (Eq(v * f(v), v),), Eq(f(v), 1))
    assert "not understood" in refused((), goal, Scaled(given.then, 1 / v))
    unequal = Rule("unequal", (v,), (Ne(f(v), 1), Ge(v, 0)), Ne(v * f(v), v))
    assert refused((), unequal, Scaled(Ne(f(v), 1), v))
    assert "not understood" in refused((), goal, Split(1 / v, S.Zero, (), (), goal.then))


def test_an_integral_has_one_value_whatever_the_variables() -> None:
    area = Area("A", a, exp(x), -oo, S.Zero)
    every = Rule("every number is one", (a,), (), Eq(a, 1))
    assert "not arbitrary" in refused((area,), every, Integral(area, exp(x), S.One))
    product = Area("A", a * b, exp(x), -oo, S.Zero)
    assert refused((product,), Rule("goal", (), (), Eq(a * b, 1)), Integral(product, exp(x), S.One))


def test_an_impossible_assumption_states_nothing() -> None:
    void = Rule("void", (v,), (Gt(v, 0), Lt(v, 0)), Eq(f(v), 7))
    assert "impossible" in refused((), void, Linear((Gt(v, 0), Lt(v, 0)), Eq(f(v), 7)))


def test_integrals_need_a_continuous_antiderivative_and_the_right_value() -> None:
    area = Area("A", a, 1 / (1 + x**2), S.NegativeOne, S.One)
    goal = Rule("goal", (), (), Eq(a, sp.pi / 2))
    assert refused((area,), goal, Integral(area, atan(x), sp.pi / 2)) == ""
    jumps = Integral(area, -atan(1 / x), -sp.pi / 2)
    assert refused((area,), Rule("goal", (), (), Eq(a, -sp.pi / 2)), jumps)
    assert refused((area,), Rule("goal", (), (), Eq(a, 1)), Integral(area, atan(x), S.One))
    assert refused((), goal, Integral(area, atan(x), sp.pi / 2))
    pole = Area("pole", a, 1 / x**2, S.NegativeOne, S.One)
    assert refused((pole,), Rule("goal", (), (), Eq(a, -2)), Integral(pole, -1 / x, S(-2)))
    tail = Area("tail", a, 1 / x, S.One, oo)
    assert refused((tail,), Rule("goal", (), (), Eq(a, oo)), Integral(tail, log(x), oo))


# ---- claims with parameters -----------------------------------------------------------------------------

alpha, beta, T, lam = symbols("alpha beta T lambda", real=True)
ELU = Family("ELU", (alpha * (exp(x) - 1), x), (Knot(S.Zero),))


@pytest.mark.parametrize(
    "claim",
    [
        ParametricClaim(ELU, (), "nondecreasing", IFF, (alpha >= -1,)),
        ParametricClaim(ELU, (), "nondecreasing", IFF, (alpha > 0,)),
        ParametricClaim(ELU, (), "nondecreasing", ALWAYS),
        ParametricClaim(ELU, (), "nondecreasing", NEVER),
        ParametricClaim(ELU, (), "convex", IF, (alpha >= 0,)),
        ParametricClaim(ELU, (), "convex", ONLY_IF, (alpha >= 1,)),
        ParametricClaim(ELU, (), "nondecreasing", IF, (alpha > 1, alpha < 1)),  # met by no parameter
        ParametricClaim(ELU, (), "zeros_interval", ALWAYS),  # no rule
        ParametricClaim(ELU, (), "nondecreasing", "perhaps", (alpha >= 0,)),
        ParametricClaim(ELU, (), "nondecreasing", IF),
        # An assumption in the symbol, which no claim would show.
        ParametricClaim(Family("hidden", (Symbol("p", positive=True) * x,)), (), "nondecreasing", ALWAYS),
        # Knots whose order, and denominators and logarithms whose sign, nothing says.
        ParametricClaim(Family("f", (x, x, x), (Knot(-lam), Knot(lam))), (), "nondecreasing", ALWAYS),
        ParametricClaim(Family("f", (x / lam,)), (), "nondecreasing", IFF, (lam > 0,)),
        ParametricClaim(Family("f", (log(x + lam),)), (), "nondecreasing", ALWAYS),
        ParametricClaim(Family("f", (sp.sqrt(x**2 + lam),)), (lam > 0,), "convex", ALWAYS),  # not understood
        ParametricClaim(Family("f", (x, x - lam), (Knot(S.Zero),)), (lam >= 0,), "nondecreasing", ALWAYS),
        ParametricClaim(Family("f", (x, x), ()), (), "nondecreasing", ALWAYS),
        ParametricClaim(Family("f", (x, x), (Knot(x),)), (), "nondecreasing", ALWAYS),
    ],
    ids=str,
)
def test_a_false_or_malformed_claim_is_not_proved(claim: ParametricClaim) -> None:
    with pytest.raises((Rejected, KeyError, IndexError)):
        parametric(claim)
    assert ParametricTheorem(claim, (claim,)).refusal()


def test_stated_signs_are_verified() -> None:
    slope = alpha * exp(x)
    claim = ParametricClaim(Family("f", (slope,)), (), "nondecreasing", ALWAYS)
    for signs in ((1,), (0, 1), ()):
        under = Under((), slope, 0, (alpha, exp(x)), signs)
        assert ParametricTheorem(claim, (Derivative(slope, slope), under, claim)).refusal()
    wrong = Derivative(slope, exp(x))
    under = Under((), exp(x), 0, (exp(x),), (1,))
    assert "is not the derivative" in ParametricTheorem(claim, (wrong, under, claim)).refusal()
    given = ParametricClaim(Family("f", (slope,)), (alpha >= 0,), "nondecreasing", ALWAYS)
    good = Under((), slope, 0, (alpha, exp(x)), (0, 1))
    assert ParametricTheorem(given, (Derivative(slope, slope), good, given)).check()
    bad = Under((), slope, 0, (alpha, exp(-x)), (0, 1))
    assert "not the product" in ParametricTheorem(given, (Derivative(slope, slope), bad, given)).refusal()


def test_signs_and_equalities_with_parameters() -> None:
    where = Region((beta > 0, Gt(x, T / beta)))
    assert where.signs(beta * exp(beta * x)) == {1}
    assert where.signs(T / beta - x) == {-1}
    assert where.signs(alpha**2) == {0, 1}
    assert where.signs(alpha) == {-1, 0, 1}
    assert where.signs(log(1 + exp(-T))) == {1}
    assert equal((T - log(1 + exp(T))) / beta, -log(1 + exp(-T)) / beta)
    assert not equal(log(1 + exp(T)), T)
    assert not equal(sp.S.Zero, 2 * sp.pi * T)


FAMILIES: dict[str, tuple[str, Callable[..., Any], tuple[dict[str, Any], ...]]] = {
    "ELU(alpha)": ("elu", elu, ({"alpha": 2}, {"alpha": -1})),
    "CELU(alpha)": ("celu", celu, ({"alpha": 2},)),
    "PReLU(a)": ("prelu", prelu, ({"a": 3}, {"a": -1})),
    "Hardtanh(m, M)": ("hardtanh", hardtanh, ({"m": -1, "M": 2},)),
    "Hardshrink(lambda)": ("shrinks", hardshrink, ({"lambda": 2},)),
    "Softshrink(lambda)": ("shrinks", softshrink, ({"lambda": 2},)),
    "Threshold(t, v)": ("threshold", threshold, ({"t": 1, "v": 3},)),
    "Softplus(beta, T)": ("softplus", softplus, ({"beta": 2, "T": 20},)),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_families_are_those_of_the_catalogue(name: str) -> None:
    file, member, parameters = FAMILIES[name]
    found = {t.claim.family for t in theorems(file) if isinstance(t, ParametricTheorem)}
    (family,) = (each for each in found if each.name == name)
    for values in parameters:
        ours = family.expression.subs({Symbol(k, real=True): value for k, value in values.items()})
        theirs = member(*values.values()).expression
        for point in (-30, -2, -1, 0, 1, 2, 3, 10, 30):
            assert sp.simplify((ours - theirs).subs(x, point)) == 0


def test_a_claim_says_for_which_parameters_it_speaks() -> None:
    claim = ParametricClaim(Family("f", (lam * x,)), (lam > 0,), "nondecreasing", ALWAYS)
    assert claim.holds({lam: S.One}) is True
    with pytest.raises(InvalidArgument, match="does not satisfy"):
        claim.holds({lam: S.Zero})
    half = ParametricClaim(ELU, (), "convex", IF, (alpha >= 0, alpha <= 1))
    assert (half.holds({alpha: S.One}), half.holds({alpha: S(2)})) == (True, None)
    other = ParametricClaim(ELU, (), "convex", ONLY_IF, (alpha >= 0,))
    assert (other.holds({alpha: S.One}), other.holds({alpha: S(-1)})) == (None, False)


# ---- findings that rest on theorems ---------------------------------------------------------------------


def test_a_finding_rests_on_a_theorem_that_is_found_and_checks() -> None:
    assert Finding.by_theorem("max_pooling").theorem == "proofs/max_pooling.py"
    assert Finding.by_theorem("proofs/max_pooling.py").holds is True
    (own,) = [t for t in theorems("jensen") if "<=" in t.name]
    assert Finding.by_theorem(own).theorem is own


@pytest.mark.parametrize(
    "claimed",
    [
        " ",
        "made up",
        "a book, page 7",
        "test_theorems",
        "../proofs/max_pooling.py",
        3,
        None,
        Theorem,
        ParametricTheorem(ParametricClaim(ELU, (), "nondecreasing", ALWAYS), ()),
        Theorem((RISING,), GOAL, ()),
    ],
    ids=str,
)
def test_anything_else_is_refused(claimed: Any) -> None:
    with pytest.raises(OrderingError):
        Finding.by_theorem(claimed)


def test_refusals_name_the_theorems_that_there_are() -> None:
    for claimed, error in (("made up", UnknownEntry), (3, InvalidEntry)):
        with pytest.raises(error, match=r"average_pooling, .*max_pooling"):
            Finding.by_theorem(claimed)  # type: ignore[arg-type]
    with pytest.raises(UnknownEntry, match="made up"):
        Finding(True, theorem="made up")


def test_a_law_names_theorems_that_there_are() -> None:
    def law(theorem: Any) -> Law:
        return Law(
            "mine",
            statement="s",
            sides=both_orders,
            needs={Kind.MEAN: EVERY_F},
            theorem=theorem,
        )

    assert law("proofs/jensen.py").theorem_of(Kind.MEAN) == "proofs/jensen.py"
    assert law({Kind.MEAN: "proofs/jensen.py"}).theorem_of(Kind.MEAN) == "proofs/jensen.py"
    for bad in ("a book", {Kind.MEAN: "a book"}, {"mean": "proofs/jensen.py"}):
        with pytest.raises(InvalidEntry, match="theorem"):
            law(bad)


def test_the_package_that_is_installed_holds_the_theorems() -> None:
    root = Path(__file__).parents[2]
    setup = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {".".join(p.parent.relative_to(root / "src").parts) for p in (root / "src").rglob("__init__.py")}
    assert set(setup["packages"]) == {*rooms, "ordering.proofs"}
    assert root / setup["package-dir"]["ordering.proofs"] == file_of("jensen").parent
    assert set(files()) == {p.stem for p in (root / "proofs").glob("*.py")} - {"test_theorems"}
