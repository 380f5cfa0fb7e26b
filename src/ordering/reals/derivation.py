"""Derivations of positive findings: differentiate the pieces, decide signs, compare joints, conclude."""

from __future__ import annotations

import sympy as sp
from sympy import Expr

from ordering.evidence import Derivation, Step
from ordering.reals.cuts import Pattern
from ordering.reals.function import Function, Joint, Smooth
from ordering.reals.polynomials import used
from ordering.reals.steps import (
    Conclusion,
    Differentiation,
    JointClaim,
    PeriodClaim,
    PieceClaim,
    SignClaim,
    ValueClaim,
    point_text,
)
from ordering.reals.tower import Fraction, Tower


def slope_derivation(function: Function, sign: int, *, strict: bool = False) -> Derivation:
    """That f is nondecreasing (sign 1), nonincreasing (-1), or strictly increasing."""
    word = "strictly increasing" if strict else "nondecreasing" if sign > 0 else "nonincreasing"
    steps: list[Step] = _period_steps(function)
    for smooth in function.smooths:
        steps += _piece_steps(function, smooth, smooth.slope, smooth.slope_signs.taken, 1)
    jumps: list[int] = []
    for joint in function.joints:
        for step in _jump_steps(function, joint):
            steps.append(step)
            jumps.append(step.sign)
    why = "f' has one sign on every piece (mean value theorem)"
    why += ", and no jump goes the other way" if jumps else ""
    why += "; zeros of f' are isolated, so f is constant on no interval" if strict else ""
    steps.append(
        Conclusion(
            f"f is {word} on {_domain(function)}",
            sign,
            tuple(s.slope_signs.taken for s in function.smooths),
            tuple(jumps),
            why,
            strict,
        )
    )
    return Derivation(f"f(x) = {function.expression} is {word}", tuple(steps))


def bend_derivation(function: Function, sign: int) -> Derivation:
    """That f is convex (sign 1), concave (-1) or affine (0)."""
    word = {1: "convex", -1: "concave", 0: "affine"}[sign]
    steps: list[Step] = _period_steps(function)
    for smooth in function.smooths:
        steps += _piece_steps(function, smooth, smooth.bend, smooth.bend_signs.taken, 2)
    kinks: list[int] = []
    for joint in function.joints:
        steps += _jump_steps(function, joint)
        if joint.left and joint.right:
            kink = function.kink(joint)
            tower = function.tower
            steps.append(
                JointClaim(
                    "slopes left and right",
                    factored(tower, joint.left.slope),
                    -1,
                    factored(tower, joint.right.slope),
                    1,
                    joint.cut,
                    kink,
                    "one-sided derivatives",
                )
            )
            kinks.append(kink)
    why = "f'' has one sign on every piece"
    why += ", f is continuous at the joints, and its slopes are ordered there" if kinks else ""
    steps.append(
        Conclusion(
            f"f is {word} on {_domain(function)}",
            sign,
            tuple(s.bend_signs.taken for s in function.smooths),
            tuple(kinks),
            why,
        )
    )
    return Derivation(f"f(x) = {function.expression} is {word}", tuple(steps))


def value_derivation(function: Function, value: Expr | None) -> Derivation:
    """That f(0) = 0, or the signs of f itself."""
    if value is not None:
        step = ValueClaim(function.expression, sp.S.Zero, value, "substitute")
        return Derivation("f(0) = 0", (step,))
    steps: list[Step] = _period_steps(function)
    for smooth in function.smooths:
        piece, pattern = smooth.piece, smooth.value_signs
        rungs = _ladder(smooth, smooth.fraction, set())
        reason = _reason(smooth, pattern, bool(rungs))
        steps += _piece_claim(function, smooth)
        steps += [*rungs, SignClaim(piece.expression, piece.low, piece.high, pattern.taken, reason)]
    return Derivation(f"the signs of f(x) = {function.expression}", tuple(steps))


def _period_steps(function: Function) -> list[Step]:
    """For a function with a period: three of them decide the line, because the shape is a local property."""
    period = function.period
    if period is None:
        return []
    why = f"so the interval (0, {3 * period.length}) decides the whole line"
    return [PeriodClaim(function.expression, period.length, period.shift, why)]


def _domain(function: Function) -> str:
    return "the real line" if function.whole else f"({function.low}, {function.high})"


def factored(tower: Tower, fraction: Fraction) -> Expr:
    """A fraction of the tower as a factored sympy expression."""
    content, factors = fraction.top.factor()
    top = sp.Mul(sp.Rational(int(content.p), int(content.q)), *(tower.expression(f) ** m for f, m in factors))
    content, factors = fraction.bottom.factor()
    bottom = sp.Mul(
        sp.Rational(int(content.p), int(content.q)), *(tower.expression(f) ** m for f, m in factors)
    )
    return top / bottom


def _piece_steps(
    function: Function, smooth: Smooth, derivative: Fraction, signs: frozenset[int], order: int
) -> list[Step]:
    rendered = factored(function.tower, derivative)
    rungs = _ladder(smooth, derivative, set())
    pattern = smooth.slope_signs if order == 1 else smooth.bend_signs
    return [
        *_piece_claim(function, smooth),
        Differentiation(smooth.piece.expression, rendered, order, "differentiate and factor"),
        *rungs,
        SignClaim(
            rendered, smooth.piece.low, smooth.piece.high, signs, _reason(smooth, pattern, bool(rungs))
        ),
    ]


def _piece_claim(function: Function, smooth: Smooth) -> list[Step]:
    """What f is on this piece, where that is not how it was written."""
    piece = smooth.piece
    if piece.expression == function.expression:
        return []
    corners = len(function.smooths) > 1
    why = "the branch that holds there" if corners else "by definition of the functions in it"
    return [PieceClaim(function.expression, piece.expression, piece.low, piece.high, why)]


def _reason(smooth: Smooth, pattern: Pattern, by_ladder: bool) -> str:
    if pattern.signs == (0,):
        return "identically zero"
    zeros = ", ".join(point_text(p) for p in pattern.points)
    where = f"zero only at {zeros}; " if zeros else ""
    if any(g.kind == "sin" for g in smooth.signs.tower.generators):
        return where + "a polynomial in sin and cos, decided through t = tan(u/2)"
    return where + ("the signs of its factors" if by_ladder else "every factor's terms have one sign")


MOST_RUNGS = 12
"""Rungs of a ladder that a derivation prints; a longer ladder is checked, and summed up in its last step."""


def _ladder(smooth: Smooth, f: Fraction, seen: set[str]) -> list[Step]:
    """How the signs of the factors of f were found, deepest rung first."""
    steps: list[Step] = []
    signs, tower = smooth.signs, smooth.signs.tower
    for part in (f.top, f.bottom):
        for factor, _ in part.factor()[1]:
            name = str(factor)
            lemma = signs.lemmas.get(name)
            obvious = used(factor) == [0] and factor.degrees()[0] == 1
            if lemma is None or obvious or name in seen or len(seen) >= MOST_RUNGS:
                continue
            seen.add(name)
            steps += _ladder(smooth, lemma.slope, seen)
            steps += _ladder(smooth, Fraction(lemma.divisor), seen)
            g, a = tower.expression(lemma.function), tower.expression(lemma.divisor)
            slope = factored(tower, lemma.slope)
            steps.append(Differentiation(g / a, slope, 1, "one rung down the ladder"))
            pattern = signs.pattern(factor)
            steps.append(
                SignClaim(g, smooth.piece.low, smooth.piece.high, pattern.taken, _rung_reason(pattern, a))
            )
    return steps


def _rung_reason(pattern: Pattern, divisor: Expr) -> str:
    what = "this" if divisor == 1 else f"its quotient by {divisor}"
    words = {1: "positive", -1: "negative", 0: "zero"}
    ends = f"{words[pattern.signs[0]]} near the left end and {words[pattern.signs[-1]]} near the right end"
    zeros = "; zero at " + ", ".join(point_text(p) for p in pattern.points) if pattern.points else ""
    return f"{what} is monotone where the derivative above keeps its sign; {ends}{zeros}"


def _jump_steps(function: Function, joint: Joint) -> list[JointClaim]:
    below, above = function.jumps(joint)
    steps = []
    if joint.left:
        steps.append(
            JointClaim(
                "limit from the left and value",
                joint.left.piece.expression,
                -1,
                joint.value,
                -1,
                joint.cut,
                below,
                "evaluate both",
            )
        )
    if joint.right:
        steps.append(
            JointClaim(
                "value and limit from the right",
                joint.value,
                1,
                joint.right.piece.expression,
                1,
                joint.cut,
                above,
                "evaluate both",
            )
        )
    return steps
