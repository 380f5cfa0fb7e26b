"""Derivations of positive findings: differentiate the pieces, decide signs, compare joints, conclude."""

from __future__ import annotations

import sympy as sp
from sympy import Expr

from ordering.evidence import Derivation, Step
from ordering.reals.cuts import Cut
from ordering.reals.function import Function, Joint, Smooth
from ordering.reals.steps import Conclusion, Differentiation, Equality, JointClaim, SignClaim
from ordering.reals.tower import Fraction


def slope_derivation(function: Function, sign: int, *, strict: bool = False) -> Derivation:
    """That f is nondecreasing (sign 1), nonincreasing (-1), or strictly increasing."""
    word = "strictly increasing" if strict else "nondecreasing" if sign > 0 else "nonincreasing"
    steps: list[Step] = []
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
    steps: list[Step] = []
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
                    _pretty(function, joint.left.slope),
                    -1,
                    tower.expression(joint.right.slope),
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
        step = Equality(value, sp.S.Zero, "substitute x = 0")
        return Derivation("f(0) = 0", (step,))
    steps: list[Step] = [
        SignClaim(
            s.piece.expression,
            s.piece.low,
            s.piece.high,
            s.value_signs.taken,
            _reason(s.value_signs.points, s),
        )
        for s in function.smooths
    ]
    return Derivation(f"the signs of f(x) = {function.expression}", tuple(steps))


def _domain(function: Function) -> str:
    return "the real line" if function.whole else f"({function.low}, {function.high})"


def _pretty(function: Function, fraction: Fraction) -> Expr:
    """A fraction of the tower as a factored sympy expression."""
    tower = function.tower
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
    rendered = _pretty(function, derivative)
    points = (smooth.slope_signs if order == 1 else smooth.bend_signs).points
    return [
        Differentiation(smooth.piece.expression, rendered, order, "differentiate and factor"),
        SignClaim(rendered, smooth.piece.low, smooth.piece.high, signs, _reason(points, smooth)),
    ]


def _reason(points: tuple[Cut, ...], smooth: Smooth) -> str:
    del smooth
    if not points:
        return "every factor keeps its sign"
    return "zero only at " + ", ".join(str(p) for p in points)


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
