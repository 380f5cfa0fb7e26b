"""The questions about a function: each is a `Property`, decided from the signs of f, f' and f''."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.enclosures.balls import precision, sign_of, to_sympy
from ordering.enclosures.budget import OutOfTime, Undecided
from ordering.errors import InvalidEntry
from ordering.evidence import Finding
from ordering.evidence.reals import PROPERTIES
from ordering.naming import check_name
from ordering.reals import witnesses
from ordering.reals.cuts import Cut, Exact, Pattern, inside
from ordering.reals.derivation import derive
from ordering.reals.domain import real_at
from ordering.reals.function import Function, Joint, Nowhere, Smooth
from ordering.reals.rewriting import normal
from ordering.registry import Registry
from ordering.variable import x


@dataclass(frozen=True)
class Property:
    """A yes-or-no question about a real function.

    `decide` answers with a `Finding`; it may raise `Undecided` with the reason.  Register one with
    `ordering.reals.properties.register`, and every `prove` answers it too.
    """

    name: str
    statement: str
    decide: Callable[[Function], Finding]

    def __post_init__(self) -> None:
        check_name("property", self.name)
        if not callable(self.decide):
            raise InvalidEntry(f"property {self.name!r}: decide must be callable (Function -> Finding)")


def _announce(entry: Property) -> None:
    """From here on a law may need it."""
    PROPERTIES.setdefault(entry.name, entry.statement)


properties: Final = Registry("property", Property, check=_announce)


# ---- monotonicity ----------------------------------------------------------------------------------


def _monotone(function: Function, sign: int, *, strict: bool = False) -> Finding:
    """Nondecreasing (sign 1) or nonincreasing (-1)."""
    excess = witnesses.fall if sign > 0 else witnesses.rise
    pair = witnesses.simple_pair(function, excess)
    if pair:
        return Finding(False, witness=pair)
    trouble: Undecided | None = None
    flat: tuple[Cut, Cut] | None = None
    for smooth in function.smooths:
        try:
            pattern = smooth.slope_signs
        except OutOfTime:
            raise
        except Undecided as undecided:
            trouble = undecided
            continue
        if -sign in pattern.taken:
            for left, right in witnesses.wrong_gaps(smooth, pattern, -sign):
                pair = witnesses.pair_in_gap(function, excess, left, right)
                if pair:
                    return Finding(False, witness=pair)
            trouble = Undecided(
                f"f' takes the wrong sign between {smooth.piece.low} and {smooth.piece.high}, "
                "but no pair of values could be told apart"
            )
        if pattern.signs == (0,):
            flat = (smooth.piece.low, smooth.piece.high)
    for joint in function.joints:
        try:
            jumps = function.jumps(joint)
        except OutOfTime:
            raise
        except Undecided as undecided:
            trouble = undecided
            continue
        if any(sign * jump < 0 for jump in jumps):
            pair = witnesses.pair_at_joint(function, excess, joint.cut)
            if pair:
                return Finding(False, witness=pair)
            trouble = Undecided(
                f"f jumps the wrong way at {joint.cut}, but no pair of values could be told apart"
            )
    for low, high in function.holes:
        pair = witnesses.pair_over_hole(function, excess, low, high)
        if pair:
            return Finding(False, witness=pair)
        if strict and trouble is None and (level := _same_beside(function, low, high)) is not None:
            return Finding(False, witness=level)
    if strict and flat:
        a = inside(*flat)
        b = inside(_cut(a), flat[1])
        return Finding(False, witness=(to_sympy(a), to_sympy(b)))
    if trouble is not None:
        raise trouble
    _require_pieces(function)
    return Finding(True, derivation=derive(function, _direction(sign, strict=strict)))


def _same_beside(function: Function, low: Cut, high: Cut) -> tuple[Expr, Expr] | None:
    """The two ends of a hole, if f has one and the same value at both."""
    values = {id(joint.cut): joint.value for joint in function.joints}
    if low is high or not {id(low), id(high)} <= values.keys():
        return None
    if not (isinstance(low, Exact) and isinstance(high, Exact)):
        return None
    first, second = values[id(low)].subs(x, low.number), values[id(high)].subs(x, high.number)
    return (low.number, high.number) if sign_of(second - first) == 0 else None


def _direction(sign: int, *, strict: bool) -> str:
    return "strictly_increasing" if strict else "nondecreasing" if sign > 0 else "nonincreasing"


def _cut(q: fmpq) -> Exact:
    return Exact(to_sympy(q))


def _require_pieces(function: Function) -> None:
    if function.obstacle is not None:
        raise function.obstacle


def _require_interval(function: Function) -> None:
    _require_pieces(function)
    if function.gap is not None:
        raise Undecided(
            f"the expression is not a real number at {function.gap}, so its domain is not an interval, and "
            "this property speaks of averages; state an interval with low and high"
        )


# ---- convexity --------------------------------------------------------------------------------------


def _curved(function: Function, sign: int) -> Finding:
    """Convex (sign 1) or concave (-1)."""
    refuted = _bent(function, sign)
    if refuted is not None:
        return refuted
    return Finding(True, derivation=derive(function, "convex" if sign > 0 else "concave"))


def _bent(function: Function, sign: int) -> Finding | None:
    """What refutes that f is convex (sign 1) or concave (-1); None where it is."""
    excess = witnesses.bump if sign > 0 else witnesses.dip
    pair = witnesses.simple_pair(function, excess)
    if pair:
        return Finding(False, witness=pair)
    trouble: Undecided | None = None
    for smooth in function.smooths:
        try:
            pattern = smooth.bend_signs
        except OutOfTime:
            raise
        except Undecided as undecided:
            trouble = undecided
            continue
        if -sign in pattern.taken:
            for left, right in witnesses.wrong_gaps(smooth, pattern, -sign):
                pair = witnesses.pair_in_gap(function, excess, left, right)
                if pair:
                    return Finding(False, witness=pair)
            trouble = Undecided("f'' takes the wrong sign, but no three values could be told apart")
    for joint in function.joints:
        try:
            bad = _breaks_curvature(function, joint, sign)
        except OutOfTime:
            raise
        except Undecided as undecided:
            trouble = undecided
            continue
        if bad:
            pair = witnesses.pair_at_joint(function, excess, joint.cut)
            if pair:
                return Finding(False, witness=pair)
            trouble = Undecided(
                f"f is not smooth enough at {joint.cut}, but no three values could be told apart"
            )
    if trouble is not None:
        raise trouble
    _require_interval(function)
    return None


def _breaks_curvature(function: Function, joint: Joint, sign: int) -> bool:
    """Whether a jump or kink at a joint is impossible for a convex (sign 1) or concave (-1) function."""
    below, above = function.jumps(joint)
    if joint.left and joint.right:
        return below != 0 or above != 0 or sign * function.kink(joint) < 0
    # At a closed end of the domain the value of a convex function may lie above the limit.
    return sign * (above if joint.right else -below) > 0


def _no_line(function: Function) -> Finding | None:
    """What refutes that f is a line: a bend either way, also where only one of the two can be decided."""
    trouble: Undecided | None = None
    for sign in (1, -1):
        try:
            refuted = _bent(function, sign)
        except OutOfTime:
            raise
        except Undecided as undecided:
            trouble = undecided
            continue
        if refuted is not None:
            return refuted
    if trouble is not None:
        raise trouble
    return None


def _affine(function: Function, question: str = "affine") -> Finding:
    refuted = _no_line(function)
    return Finding(True, derivation=derive(function, question)) if refuted is None else refuted


def _linear(function: Function) -> Finding:
    unknown: Undecided | None = None
    try:
        sign = _value_at_zero_sign(function)
        if sign:
            return Finding(False, witness=(sp.S.Zero,))
    except OutOfTime:
        raise
    except Undecided as undecided:
        unknown, sign = undecided, None
    # Where there is no f(0), or none is known, a bend refutes all the same.
    refuted = _no_line(function)
    if refuted is not None:
        return refuted
    if unknown is not None:
        raise unknown
    if sign is None:  # f(x) = p x + q, and 0 is not in the domain
        constant = _constant_term(function)
        if sign_of(constant) != 0:
            return Finding(False, reason=f"f(x) = p x + ({constant}) on its domain")
    return Finding(True, derivation=derive(function, "linear"))


def _constant_term(function: Function) -> Expr:
    """q, where f(x) = p x + q on its domain."""
    smooth = function.smooths[0]
    expression, slope = (normal(function.tower.expression(f)) for f in (smooth.fraction, smooth.slope))
    at = to_sympy(inside(smooth.piece.low, smooth.piece.high))
    return sp.expand((expression - slope * x).subs(x, at))


# ---- values ---------------------------------------------------------------------------------------


def _zero_at_zero(function: Function) -> Finding:
    sign = _value_at_zero_sign(function)
    if sign is None:
        return Finding(False, reason="f has no value at 0")
    if sign != 0:
        return Finding(False, witness=(sp.S.Zero,))
    return Finding(True, derivation=derive(function, "zero_at_zero"))


def _value_at_zero_sign(function: Function) -> int | None:
    """The sign of f(0); None where f has no value at 0, but has some elsewhere."""
    if isinstance(function.obstacle, Nowhere):
        raise function.obstacle
    zero = fmpq(0)
    if not function.contains(zero):
        low, high = function.given
        if any(
            bound * sign_of(end.number) >= 0
            for bound, end in ((1, low), (-1, high))
            if isinstance(end, Exact)
        ):
            return None
        raise Undecided("it is not known whether 0 lies in the interval")
    if not real_at(function.expression, Exact(sp.S.Zero)):
        return None
    value = value_at(function, sp.S.Zero)
    if value is None:
        raise Undecided("f(0) could not be found")
    return sign_of(value)


def value_at(function: Function, point: Expr) -> Expr | None:
    """f at an exact number, as a closed form; None where it is not defined."""
    try:
        value = function.expression.subs(x, point)
    except ValueError:  # sympy refuses to compare nan, in Max and Min
        return None
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or not function.value(point).is_finite():
        return None
    return value


def _nonnegative(function: Function) -> Finding:
    refuted = _negative(function)
    return refuted if refuted is not None else Finding(True, derivation=derive(function, "nonnegative"))


def _negative(function: Function) -> Finding | None:
    """What refutes f >= 0; None where it holds."""
    if function.period is not None and function.period.shift != 0:
        return Finding(False, witness=(_below_zero(function),))
    for q in filter(function.contains, witnesses.HALVES):
        with precision(53):
            if function.at(q) < 0:
                return Finding(False, witness=(to_sympy(q),))
    for smooth in function.smooths:
        pattern = smooth.value_signs
        for left, right in witnesses.wrong_gaps(smooth, pattern, -1):
            return Finding(False, witness=(to_sympy(inside(left, right)),))
    for joint in function.joints:
        if _joint_sign(function, joint) < 0:
            if not isinstance(joint.cut, Exact):
                raise Undecided(f"f is negative at the {joint.cut}, which has no closed form")
            return Finding(False, witness=(joint.cut.number,))
    _require_pieces(function)
    return None


def _below_zero(function: Function) -> Expr:
    """A point at which a function that gains a constant in every period is negative."""
    assert function.period is not None
    if function.obstacle is not None:
        raise function.obstacle
    step = -function.period.length * sign_of(function.period.shift)
    start = to_sympy(inside(function.smooths[0].piece.low, function.smooths[0].piece.high))
    for k in range(40):
        point = start + 2**k * step
        if function.value(point) < 0:
            return point
    raise Undecided("no negative value was found")


def _joint_sign(function: Function, joint: Joint) -> int:
    fraction = function.tower.fraction(normal(joint.value))
    if fraction.is_zero:
        return 0
    signs = function.smooths[0].signs
    return signs.at(fraction.top, joint.cut) * signs.at(fraction.bottom, joint.cut)


def _zeros_interval(function: Function) -> Finding:
    """`f >= 0`, and its zeros form an interval (perhaps empty)."""
    refuted = _negative(function)
    if refuted is not None:
        return refuted
    runs = 0
    inside_run = False
    last: Expr | None = None
    for zero, where in _zero_sequence(function):
        if zero and not inside_run:
            runs += 1
            if runs == 2:
                witness = (last, where) if last is not None and where is not None else None
                return Finding(False, witness=witness)
        inside_run = zero
        if zero and where is not None:
            last = where
    return Finding(True, derivation=derive(function, "zeros_interval"))


def _zero_sequence(function: Function) -> list[tuple[bool, Expr | None]]:
    """Along the line: whether f vanishes on each gap and at each point, with a zero where there is one."""
    sequence: list[tuple[bool, Expr | None]] = []
    joints = {id(j.cut): j for j in function.joints}
    after_hole = {id(high) for _, high in function.holes}
    before_hole = {id(low) for low, _ in function.holes}

    def at(cut: Cut) -> None:
        if id(cut) in joints:
            sequence.append((_joint_sign(function, joints[id(cut)]) == 0, _closed(cut)))

    for smooth in function.smooths:
        if id(smooth.piece.low) in after_hole:
            sequence.append((False, None))  # what has no value is no zero
        at(smooth.piece.low)
        sequence += _pattern_zeros(smooth, smooth.value_signs)
        if id(smooth.piece.high) in before_hole:
            at(smooth.piece.high)
    at(function.high)
    return sequence


def _pattern_zeros(smooth: Smooth, pattern: Pattern) -> list[tuple[bool, Expr | None]]:
    if pattern.signs == (0,):
        return [(True, to_sympy(inside(smooth.piece.low, smooth.piece.high)))]
    out: list[tuple[bool, Expr | None]] = [(False, None)]
    for point in pattern.points:
        out += [(True, _closed(point)), (False, None)]
    return out


def _closed(cut: Cut) -> Expr | None:
    return cut.number if isinstance(cut, Exact) else None


_DECISIONS: Final[Mapping[str, Callable[[Function], Finding]]] = {
    "nondecreasing": lambda f: _monotone(f, 1),
    "nonincreasing": lambda f: _monotone(f, -1),
    "strictly_increasing": lambda f: _monotone(f, 1, strict=True),
    "convex": lambda f: _curved(f, 1),
    "concave": lambda f: _curved(f, -1),
    "affine": _affine,
    "linear": _linear,
    "zero_at_zero": _zero_at_zero,
    "nonnegative": _nonnegative,
    "zeros_interval": _zeros_interval,
}
for _name, _decide in _DECISIONS.items():
    properties.register(Property(_name, PROPERTIES[_name], _decide))
