"""Question and conclusion exchanged together: accepted only where the steps imply the other claim too."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import sympy as sp
from sympy import Expr, Max, Piecewise, Rational, cos, exp, floor, sin, sqrt, tanh

from ordering.catalogue import activations
from ordering.checking import Claim, Comparison, Conclusion, Derivative, Number, Piece, Sign, Value, check
from ordering.reals import prove
from ordering.reals.derivation import Proof
from ordering.variable import x

SUBJECTS: dict[str, str | Expr] = {
    **{name: name for name in activations},
    "x + sin x": x + sin(x),
    "x**2 / 2 + cos x": x**2 / 2 + cos(x),
    "zero": x * (x + 1) - x**2 - x,
    "one": sp.S.One + 0 * x,
    "a line": 2 * x + 1,
    "a line through 0": x / 3,
    "steps": floor(Max(0, x)),
    "a half circle": sqrt(1 - x**2),
    "bent upwards and downwards": Piecewise((x, x < 0), (x / 2, x < 1), (2 * x - Rational(3, 2), True)),
    "a product": (exp(x) - 2) ** 2 * (1 + tanh(x)),
}
QUESTIONS = (
    "nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine", "linear",
    "zero_at_zero", "nonnegative", "zeros_interval",
)  # fmt: skip
SLOPES = {"nondecreasing": {0, 1}, "nonincreasing": {0, -1}, "strictly_increasing": {1}}
BENDS = {"convex": {0, 1}, "concave": {0, -1}, "affine": {0}, "linear": {0}}
VALUES = {"nonnegative": {0, 1}, "zeros_interval": {0, 1}}


def implied(proof: Proof, question: str) -> bool:
    """Whether the steps state the signs that the other claim needs, by their records alone."""
    for signs, order in ((SLOPES, 1), (BENDS, 2), (VALUES, 0)):
        if question in signs:
            stated = on_pieces(proof, order)
            return (
                all(taken is not None and taken <= signs[question] for taken in stated)
                and joined(proof, question)
                and (question != "linear" or through_zero(proof))
            )
    return through_zero(proof)


def on_pieces(proof: Proof, order: int) -> list[set[int] | None]:
    """The signs of f, f' or f'' on every piece; None where no step states them."""
    slopes = {s.function: s.derivative for s in proof.steps if isinstance(s, Derivative)}
    stated = {(s.function, s.low, s.high): set(s.signs) for s in proof.steps if isinstance(s, Sign)}
    found = []
    for piece in (s for s in proof.steps if isinstance(s, Piece)):
        e = piece.expression
        for _ in range(order):
            e = slopes.get(e, sp.nan)
        found.append(stated.get((e, piece.low, piece.high)))
    return found


def joined(proof: Proof, question: str) -> bool:
    """Whether the jumps and kinks that are compared go the way of the claim."""
    compared = {(s.kind, s.point): s.sign for s in proof.steps if isinstance(s, Comparison)}
    if question in VALUES:
        return all(sign >= 0 for sign in compared.values())
    way = -1 if question in ("nonincreasing", "concave") else 1
    if question in SLOPES:
        return all(way * sign >= 0 for sign in compared.values())
    for (kind, point), sign in compared.items():
        # Inside f is continuous; at an end of the domain the value of a convex function may lie above.
        inside = ("left", point) in compared and ("right", point) in compared
        upwards = sign if kind in ("left", "slopes") else -sign
        if sign and ((inside and kind != "slopes") or way * upwards < 0 or question in ("affine", "linear")):
            return False
    return True


def through_zero(proof: Proof) -> bool:
    origin = Number(sp.S.Zero)
    return any(isinstance(s, Value) and s.point == origin and s.value == 0 for s in proof.steps)


def contradicted(question: str, claim: Claim) -> bool:
    """Whether values on a grid contradict the claim."""
    function = claim.function
    grid = [Rational(n, 3) for n in range(-12, 13) if claim.low < Rational(n, 3) < claim.high]
    values = [sp.N(function.subs(x, point), 40) for point in grid]
    values = [v for v in values if v.is_extended_real and v.is_finite]
    pairs = list(pairwise(values))
    bends = [a + c - 2 * b for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    small = sp.Float("1e-30", 40)
    return {
        "nondecreasing": any(a > b + small for a, b in pairs),
        "nonincreasing": any(a < b - small for a, b in pairs),
        "strictly_increasing": any(a >= b for a, b in pairs),
        "convex": any(bend < -small for bend in bends),
        "concave": any(bend > small for bend in bends),
        "affine": any(abs(bend) > small for bend in bends),
        "linear": any(abs(bend) > small for bend in bends) or bool(abs(function.subs(x, 0)) > small),
        "zero_at_zero": bool(abs(function.subs(x, 0)) > small),
        "nonnegative": any(v < -small for v in values),
        "zeros_interval": any(v < -small for v in values),
    }[question]


@pytest.mark.parametrize("name", SUBJECTS)
def test_another_claim_is_accepted_only_where_the_steps_imply_it(name: str) -> None:
    findings = prove(SUBJECTS[name]).findings
    for finding in findings.values():
        proof = finding.derivation
        if not isinstance(proof, Proof):
            continue
        conclusion = proof.steps[-1]
        assert isinstance(conclusion, Conclusion)
        for question in QUESTIONS:
            steps = (*proof.steps[:-1], replace(conclusion, question=question))
            accepted = check(replace(proof.of, question=question), steps) == ""
            if question == proof.of.question:
                assert accepted
            elif accepted:
                assert implied(proof, question), (proof.of.question, question)
                assert findings[question].holds is not False
                assert not contradicted(question, proof.of)


def test_exchanges_of_every_group_are_seen() -> None:
    """The test above would say nothing if nothing were ever accepted, or nothing rejected."""
    accepted: set[tuple[str, str]] = set()
    rejected: set[tuple[str, str]] = set()
    for name in ("a line through 0", "zero", "x + sin x", "exp", "a half circle"):
        for finding in prove(SUBJECTS.get(name, name)).findings.values():
            proof = finding.derivation
            if isinstance(proof, Proof):
                conclusion = proof.steps[-1]
                for question in set(QUESTIONS) - {proof.of.question}:
                    steps = (*proof.steps[:-1], replace(conclusion, question=question))
                    refused = check(replace(proof.of, question=question), steps)
                    (rejected if refused else accepted).add((proof.of.question, question))
    assert ("nondecreasing", "strictly_increasing") in accepted
    assert {("nondecreasing", "nonincreasing"), ("convex", "affine")} <= accepted & rejected
    assert ("nondecreasing", "zero_at_zero") not in accepted
