"""What each property needs: of the signs on the pieces, of the joints between them, of the holes.

The checker has seen to it by then that the pieces and holes tile the domain and that every step holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import sympy as sp

from ordering.checking.algebra import same
from ordering.checking.branches import value_at
from ordering.checking.points import before, sign_of_number
from ordering.checking.records import Claim, Number, Piece, Rejected, Value
from ordering.variable import x

if TYPE_CHECKING:
    from ordering.checking.checker import Checker


def _monotone(checker: Checker, sign: int, *, strict: bool = False) -> None:
    """f' has one sign on every piece, and no jump, over a hole of the domain neither, goes the other way."""
    for piece in checker.pieces(interval=False):
        step = checker.sign_of(checker.slope(piece.expression), piece)
        if not set(step.signs) <= ({sign} if strict else {0, sign}):
            raise Rejected(f"f' has another sign on ({piece.low}, {piece.high})")
    for joint in checker.joints():
        if any(sign * jump < 0 for jump in checker.jumps(joint)):
            raise Rejected(f"a jump at {joint[1].point} goes the other way")
    for over, attained in checker.across():
        if sign * over < 0 or (strict and attained and over == 0):
            raise Rejected("the step over a hole goes the other way")


def _curved(checker: Checker, sign: int) -> None:
    """f'' has one sign on every piece; f is continuous at the joints, and its slopes are ordered there."""
    for piece in checker.pieces():
        step = checker.sign_of(checker.slope(checker.slope(piece.expression)), piece)
        if not set(step.signs) <= {0, sign}:
            raise Rejected(f"f'' has another sign on ({piece.low}, {piece.high})")
    for joint in checker.joints():
        left, value, right = joint
        below, above = checker.jumps(joint)
        if left and right:
            kink = checker.compared(
                "slopes", value.point, checker.slope(left.expression), checker.slope(right.expression)
            )
            if below or above or (kink != sign and kink != 0):
                raise Rejected(f"f jumps or bends the other way at {value.point}")
        elif (below - above) * (sign or 1) < 0 or (not sign and (below or above)):
            raise Rejected(f"f jumps the other way at {value.point}")


def _zero_at_zero(checker: Checker) -> None:
    """f(0) = 0, and 0 lies in the domain."""
    if not any(isinstance(s, Value) and checker.at_zero(s) for s in checker.steps):
        raise Rejected("no step says that f(0) = 0")
    if not _holds_zero(checker.claim):
        raise Rejected("0 is not in the domain")


def _holds_zero(claim: Claim) -> bool:
    """Whether 0 certainly lies in the interval of the claim."""
    zero = Number(sp.S.Zero)
    return before(Number(claim.low), zero) and before(zero, Number(claim.high))


def _linear(checker: Checker) -> None:
    """f is affine, and f(0) = 0; where 0 is not in the domain, f(x) = f'(x) x instead."""
    _curved(checker, 0)
    claim = checker.claim
    if _holds_zero(claim) and value_at(claim.function, Number(sp.S.Zero)) is not None:
        _zero_at_zero(checker)
    elif not all(same(p.expression, checker.slope(p.expression) * x) for p in checker.pieces()):
        raise Rejected("f is a line, but not one through the origin")


def _nonnegative(checker: Checker) -> None:
    """f >= 0 on every piece and at every joint."""
    if checker.period is not None and sign_of_number(checker.period.shift) != 0:
        raise Rejected("the function falls without bound")
    for piece in checker.pieces(interval=False):
        if not set(checker.sign_of(piece.expression, piece).signs) <= {0, 1}:
            raise Rejected(f"f is negative somewhere on ({piece.low}, {piece.high})")
    for _, value, _ in checker.joints():
        assert value.value is not None
        if checker.compared("value", value.point, sp.S.Zero, value.value) < 0:
            raise Rejected(f"f is negative at {value.point}")


def _zeros_interval(checker: Checker) -> None:
    """f >= 0, and along the line its zeros come in one run at most."""
    _nonnegative(checker)
    zeros: list[bool] = []
    for tile in checker.tiles:
        if isinstance(tile, Piece):
            signs = checker.sign_of(tile.expression, tile).signs
            zeros.append(signs[0] == 0)
            for sign in signs[1:]:
                zeros += [True, sign == 0]
        elif isinstance(tile, Value) and tile.value is not None:
            zeros.append(checker.comparisons["value", tile.point].sign == 0)
        else:
            zeros.append(False)  # a hole is no zero
    if checker.period is not None and checker.turns == 1:
        zeros.append(sign_of_number(checker.claim.function.subs(x, 0)) == 0)
    runs = sum(here and not earlier for earlier, here in pairwise([False, *zeros]))
    if runs > 1 or (checker.period is not None and runs and not all(zeros)):
        raise Rejected("the zeros are not an interval")


RULES: Final[Mapping[str, Callable[[Checker], None]]] = {
    "nondecreasing": partial(_monotone, sign=1),
    "nonincreasing": partial(_monotone, sign=-1),
    "strictly_increasing": partial(_monotone, sign=1, strict=True),
    "convex": partial(_curved, sign=1),
    "concave": partial(_curved, sign=-1),
    "affine": partial(_curved, sign=0),
    "linear": _linear,
    "zero_at_zero": _zero_at_zero,
    "nonnegative": _nonnegative,
    "zeros_interval": _zeros_interval,
}
"""What must hold of the pieces, their joints and the holes between them, for each property."""
