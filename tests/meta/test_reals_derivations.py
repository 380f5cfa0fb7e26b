"""Derivations that were tampered with are rejected: for the whole catalogue and for functions beside it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Expr, Max, Min, Piecewise, Rational, S, cos, erf, exp, floor, log, oo, sin, sqrt, tanh

from ordering import rendering
from ordering.catalogue import activations
from ordering.checking import (
    Cells,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Number,
    Piece,
    Plain,
    Root,
    Rung,
    Sign,
    Value,
    check,
    claim_and_steps,
    to_data,
)
from ordering.errors import InvalidEntry
from ordering.evidence import Derivation, Finding
from ordering.reals import prove
from ordering.reals.derivation import Proof
from ordering.variable import x

BESIDE = {
    "x + sin x": x + sin(x),
    "a minimum at a root": x + 1 / (1 + x**2),
    "a corner at a root": Max(x, exp(-x)),
    "convex by a ladder": x * sp.asinh(x) + x**2,
    "steps": floor(Max(0, Min(5, x))),
    "an end of the domain": sqrt(1 - x**2),
    "holes before the domain": sqrt(log(x)),
    "a sum of logarithms": log(1 + exp(x) + exp(2 * x)),
    "erf": x * erf(x),
    "kinks": Abs(x - 1) + Abs(x + 1),
    "three branches": Piecewise((x - 1, x < 0), (sin(x) - 1, x < 1), (x, True)),
    "softsign": x / (1 + Abs(x)),
    "an even power": (exp(x) - 2) ** 2 * (1 + tanh(x)),
    "cosine": x**2 / 2 + cos(x),
    "an end at a root": sqrt(2 + x - x**4),
    "a wave without zeros": (2 + sin(x) + cos(x)) * exp(x),
    "constants in disguise": x + (log(6) - log(2) - log(3)) * exp(x) + (sqrt(6) - sqrt(2) * sqrt(3)) * x**2,
    "zero in disguise": x * (x + 1) - x**2 - x,
}
SUBJECTS: dict[str, str | Expr] = {**{name: name for name in activations}, **BESIDE}
QUESTIONS = (
    "nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine", "linear",
    "zero_at_zero", "nonnegative", "zeros_interval",
)  # fmt: skip


def proofs(name: str) -> list[Proof]:
    shape = prove(SUBJECTS[name])
    found = [finding.derivation for finding in shape.findings.values() if finding.holds]
    if shape.drawdown is not None:
        found.append(shape.drawdown_derivation)
    kept = [proof for proof in found if isinstance(proof, Proof)]
    assert len(kept) == len(found)
    return kept


def refused(proof: Proof, steps: tuple[Any, ...]) -> bool:
    return check(proof.of, steps) != ""


@pytest.mark.parametrize("name", SUBJECTS)
def test_what_is_proved_is_accepted_and_saved(name: str) -> None:
    for proof in proofs(name):
        assert proof.refusal() == ""
        assert pickle.loads(pickle.dumps(proof)) == proof  # noqa: S301 - our own bytes
        claim, steps = claim_and_steps({"of": to_data(proof.of), "steps": to_data(proof.steps)})
        assert claim == proof.of
        assert check(claim, steps) == ""
        for render in (rendering.text, rendering.latex, rendering.mathml):
            assert render(proof)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_derivation_without_one_of_its_steps_is_rejected(name: str) -> None:
    for proof in proofs(name):
        for n, step in enumerate(proof.steps):
            assert refused(proof, proof.steps[:n] + proof.steps[n + 1 :]), step


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_step_with_a_narrower_interval_is_rejected(name: str) -> None:
    for proof in proofs(name):
        for n, step in enumerate(proof.steps):
            for narrower in narrowed(step):
                assert refused(proof, (*proof.steps[:n], narrower, *proof.steps[n + 1 :])), narrower


def narrowed(step: object) -> Iterator[object]:
    if not hasattr(step, "low"):
        return
    third = Rational(1, 3)
    for end, sign in (("low", 1), ("high", -1)):
        point = getattr(step, end)
        if isinstance(point, Number):
            value = point.value if point.value not in (oo, -oo) else 1000 * (1 if point.value == oo else -1)
            yield replace(step, **{end: Number(value + sign * third)})  # type: ignore[type-var]
        elif isinstance(point, Root):
            yield replace(step, **{end: Number(point.low if sign < 0 else point.high)})  # type: ignore[type-var]
        else:
            yield replace(step, **{end: sign * third * 1000})  # type: ignore[type-var]


@pytest.mark.parametrize("name", SUBJECTS)
def test_another_claim_is_rejected(name: str) -> None:
    for proof in proofs(name):
        for question in QUESTIONS:
            if question != proof.of.question:
                assert check(replace(proof.of, question=question), proof.steps)
        for function in (proof.of.function + Rational(1, 7), -proof.of.function - 1, x**3 - x):
            assert check(replace(proof.of, function=function), proof.steps)
        assert check(replace(proof.of, low=proof.of.low - 1 if proof.of.low != -oo else S(-1)), proof.steps)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_changed_step_is_rejected(name: str) -> None:
    for proof in proofs(name):
        for n, step in enumerate(proof.steps):
            for wrong in changed(step):
                assert refused(proof, (*proof.steps[:n], wrong, *proof.steps[n + 1 :])), wrong


def changed(step: object) -> Iterator[object]:
    """Every number in a step off by a little, every sign another one."""
    for entry in fields(step):  # type: ignore[arg-type]
        value = getattr(step, entry.name)
        if isinstance(value, sp.Expr) and value not in (oo, -oo):
            yield replace(step, **{entry.name: value + Rational(1, 10**9)})  # type: ignore[type-var]
        elif entry.name == "signs":
            for i, sign in enumerate(value):
                for other in {-1, 0, 1} - {sign}:
                    yield replace(step, signs=(*value[:i], other, *value[i + 1 :]))  # type: ignore[type-var]
        elif entry.name == "points" and value:
            yield replace(step, points=value[1:], signs=step.signs[1:])  # type: ignore[type-var, attr-defined]
        elif entry.name == "sign":
            for other in {-1, 0, 1} - {value}:
                yield replace(step, sign=other)  # type: ignore[type-var]


DRAWN = 40


def drawn(seed: int) -> Expr:
    """An expression drawn with that seed: sums, products and compositions of common functions."""
    random = Random(seed)
    functions = (
        exp, tanh, sp.atan, erf, Abs, sin, lambda u: Max(u, 0), lambda u: Min(u, 1),
        lambda u: log(1 + exp(u)),
        lambda u: sqrt(1 + u**2), lambda u: u**2, lambda u: u**3, lambda u: 1 / (1 + u**2), sp.asinh, floor,
        lambda u: Piecewise((u, x < 1), (2 * u, True)), sp.sign, sqrt,
    )  # fmt: skip

    def draw(depth: int) -> Expr:
        if depth == 0:
            return random.choice(
                (x, x, sp.Integer(random.randint(-3, 3)), Rational(random.randint(-5, 5), 2))
            )
        kind = random.random()
        if kind < 0.35:
            return draw(depth - 1) + draw(depth - 1)
        if kind < 0.5:
            return draw(depth - 1) * draw(depth - 1)
        return random.choice(functions)(draw(depth - 1))

    return draw(2)


@pytest.mark.parametrize("seed", range(DRAWN))
def test_derivations_of_drawn_functions_need_every_step_and_agree_with_values(seed: int) -> None:
    function = drawn(seed)
    at = [sp.N(function.subs(x, Rational(n, 3)), 40) for n in range(-11, 12)]
    values = [value for value in at if value.is_extended_real and value.is_finite]
    for question, finding in prove(function).findings.items():
        if not finding.holds:
            continue
        proof = finding.derivation
        assert isinstance(proof, Proof)
        assert proof.refusal() == ""
        for n, step in enumerate(proof.steps):
            assert refused(proof, proof.steps[:n] + proof.steps[n + 1 :]), step
        pairs = list(pairwise(values))
        truth = {
            "nondecreasing": all(a <= b for a, b in pairs),
            "nonincreasing": all(a >= b for a, b in pairs),
            "strictly_increasing": all(a < b for a, b in pairs),
            "nonnegative": all(a >= 0 for a in values),
        }
        assert truth.get(question, True), function


def test_steps_of_two_derivations_are_not_interchangeable() -> None:
    for name, other in pairwise(("relu", "relu6", "tanh", "sigmoid", "softsign", "hardtanh", "relu")):
        mine, its = (prove(n).nondecreasing.derivation for n in (name, other))
        assert isinstance(mine, Proof)
        assert isinstance(its, Proof)
        assert check(mine.of, its.steps)


# ---- false claims with steps that look right --------------------------------------------------------------

LEFT, RIGHT, ZERO = Number(-oo), Number(oo), Number(S.Zero)


def test_a_finding_that_holds_needs_a_derivation_that_is_accepted() -> None:
    with pytest.raises(InvalidEntry, match="there is none"):
        Finding(True)
    proof = prove("relu").nondecreasing.derivation
    assert isinstance(proof, Proof)
    assert Finding(True, derivation=proof).holds is True
    with pytest.raises(InvalidEntry, match=r"pieces do not cover|nothing is said"):
        Finding(True, derivation=replace(proof, steps=proof.steps[-1:]))
    with pytest.raises(InvalidEntry, match="another claim"):
        Finding(True, derivation=replace(proof, of=replace(proof.of, question="strictly_increasing")))
    with pytest.raises(InvalidEntry, match="nothing says that its steps imply"):
        Finding(True, derivation=Derivation("f is nondecreasing", proof.steps))


def test_minus_one_minus_x_squared_is_not_nonnegative() -> None:
    f = -1 - x**2
    for sign in (1, 0, -1):
        steps = (
            Piece(f, f, LEFT, RIGHT),
            Sign(f, LEFT, RIGHT, (), (sign,), Plain()),
            Conclusion("nonnegative", f, -oo, oo),
        )
        assert check(Claim("nonnegative", f, -oo, oo), steps)


def test_a_ladder_that_overlooks_a_minimum_is_rejected() -> None:
    """x**2 - 1 is positive near both ends, and negative between them."""
    g = x**2 - 1
    steps = (
        Piece(g, g, LEFT, RIGHT),
        Sign(S.One, LEFT, RIGHT, (), (1,), Plain()),
        Sign(x, LEFT, RIGHT, (ZERO,), (-1, 1), Rung(S.One, S.One)),
        Sign(2 * x, LEFT, RIGHT, (ZERO,), (-1, 1), Rung(S.One, S(2))),
        Sign(g, LEFT, RIGHT, (), (1,), Rung(S.One, 2 * x)),
        Conclusion("nonnegative", g, -oo, oo),
    )
    assert "zero between" in check(Claim("nonnegative", g, -oo, oo), steps) or check(
        Claim("nonnegative", g, -oo, oo), steps
    )


def test_a_root_must_be_the_only_one_in_its_bracket() -> None:
    f = x * (x - 1) * (x - 2)
    root = Root(f, S(-1), S(3))
    steps = (
        Piece(f, f, LEFT, root),
        Value(f, root, f),
        Piece(f, f, root, RIGHT),
        Conclusion("convex", f, -oo, oo),
    )
    assert "one root" in check(Claim("convex", f, -oo, oo), steps)


@pytest.mark.parametrize(
    "function",
    [Abs(x) / x, sp.Max((exp(x) - 1) / x, 0), 1 / x, log(x) - log(x - 1)],
    ids=str,
)
def test_a_point_without_a_value_is_not_passed_over(function: Expr) -> None:
    for value in (S.Zero, S.One, None):
        steps = (
            Piece(function, function, LEFT, ZERO),
            Value(function, ZERO, value),
            Piece(function, function, ZERO, RIGHT),
            Conclusion("nondecreasing", function, -oo, oo),
        )
        assert check(Claim("nondecreasing", function, -oo, oo), steps)


def test_a_divisor_that_is_zero_without_looking_it_proves_nothing() -> None:
    nothing = log(4) - 2 * log(2)
    for f in (x / nothing, nothing * x, (-1) ** Rational(1, 3) * x):
        for slope in (1 / nothing, nothing, S.One):
            steps = (
                Piece(f, f, LEFT, RIGHT),
                Derivative(f, slope),
                Sign(slope, LEFT, RIGHT, (), (1,), Plain()),
                Conclusion("strictly_increasing", f, -oo, oo),
            )
            assert check(Claim("strictly_increasing", f, -oo, oo), steps)


def test_cells_do_not_pass_over_a_double_root() -> None:
    f = (x - Rational(1, 3)) ** 2 - Rational(1, 10**12)
    high = Number(S.One)
    for points, signs in (((), (1,)), ((), (-1,)), ((Number(Rational(1, 3)),), (1, 1))):
        steps = (
            Piece(f, f, ZERO, high),
            Sign(f, ZERO, high, points, signs, Cells()),
            Conclusion("nonnegative", f, S.Zero, S.One),
        )
        assert check(Claim("nonnegative", f, S.Zero, S.One), steps)


def test_a_jump_at_the_last_point_of_the_domain_is_seen() -> None:
    f = sp.asin(x) + sp.sign(1 - x) / 2
    shape = prove(f)
    assert shape.nondecreasing.holds is not True


def test_a_comparison_of_limits_is_decided_again() -> None:
    f = Piecewise((x, x < 0), (x - 1, True))
    slope = Derivative(x, S.One)
    for sign in (-1, 0, 1):
        steps = (
            Piece(f, x, LEFT, ZERO), Value(f, ZERO, S(-1)), Piece(f, x - 1, ZERO, RIGHT), slope,
            Sign(S.One, LEFT, ZERO, (), (1,), Plain()), Derivative(x - 1, S.One),
            Sign(S.One, ZERO, RIGHT, (), (1,), Plain()),
            Comparison("left", ZERO, x, S(-1), sign), Comparison("right", ZERO, S(-1), x - 1, 0),
            Conclusion("nondecreasing", f, -oo, oo),
        )  # fmt: skip
        assert check(Claim("nondecreasing", f, -oo, oo), steps)
