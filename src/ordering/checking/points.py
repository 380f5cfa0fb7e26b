"""Points and the exact sign of a smooth expression at a point."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Final

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.checking.algebra import divides, same
from ordering.checking.deriving import derivative
from ordering.checking.records import Number, Point, Rejected, Root
from ordering.enclosures.balls import between, ends, evaluator, precision, sign_of_ball, to_fmpq, to_sympy
from ordering.enclosures.budget import OutOfTime, Undecided, tick
from ordering.variable import x

BITS = (64, 160, 420)
MOST_UNIFIED: Final = 12
"""Functions that are compared with each other at a root."""


def infinite(point: Point) -> bool:
    """Whether the point is plus or minus infinity."""
    return isinstance(point, Number) and point.value in (sp.oo, -sp.oo)


def enclosure(e: Expr, at: fmpq | tuple[fmpq, fmpq] | arb, bits: int) -> arb:
    """A ball that holds e's values at a rational, on an interval or over a ball of x.

    `Rejected` for functions without rigorous arithmetic.
    """
    try:
        with precision(bits):
            if isinstance(at, tuple):
                at = between(*at)
            return evaluator(e)(arb(at) if isinstance(at, fmpq) else at)
    except OutOfTime:
        raise
    except Undecided as undecided:
        raise Rejected(str(undecided)) from None


@lru_cache(maxsize=16384)
def sign_at_rational(e: Expr, q: fmpq) -> int | None:
    """The sign of e at a rational point, by enclosures; None where they do not tell."""
    tick()
    for bits in (*BITS, 1000):
        sign = sign_of_ball(enclosure(e, q, bits))
        if sign is not None:
            return sign
    return None


@lru_cache(maxsize=4096)
def bracket(point: Point, bits: int = 64) -> tuple[fmpq, fmpq]:
    """Rational ends of an interval that holds a finite point, of width about `2**-bits`."""
    if isinstance(point, Number):
        if point.value.is_Rational:
            q = to_fmpq(point.value)
            return q, q
        ball = enclosure(point.value, arb(0), bits + 8)
        if not ball.is_finite():
            raise Rejected(f"{point} is not a real number")
        return ends(ball)
    low, high = to_fmpq(point.low), to_fmpq(point.high)
    left = sign_at_rational(point.equation, low)
    while high - low > fmpq(1, 2**bits):
        middle = (low + high) / 2
        sign = sign_at_rational(point.equation, middle)
        if not sign:
            quarter = (high - low) / 8
            if sign_at_rational(point.equation, middle - quarter) != left:
                raise Rejected(f"{point} could not be enclosed")
            low, high = middle - quarter, middle + quarter
        elif sign == left:
            low = middle
        else:
            high = middle
    return low, high


@lru_cache(maxsize=8192)
def before(a: Point, b: Point) -> bool:
    """Whether a < b; False where a = b or where that could not be told."""
    if a == b:
        return False
    if infinite(a) or infinite(b):
        return (isinstance(a, Number) and a.value == -sp.oo) or (isinstance(b, Number) and b.value == sp.oo)
    for bits in (24, 64, 160, 420):
        (al, ah), (bl, bh) = bracket(a, bits), bracket(b, bits)
        if ah < bl or (ah == bl and al < bh and not (al == ah and bl == bh)):
            return True
        if bh <= al:
            return False
    return False


def not_after(a: Point, b: Point) -> bool:
    """Whether a <= b."""
    return a == b or before(a, b)


def inside(low: Point, high: Point) -> fmpq:
    """A rational strictly between two points."""
    if infinite(low) and infinite(high):
        return fmpq(0)
    if infinite(high):
        return fmpq(bracket(low)[1].floor() + 1)
    if infinite(low):
        return fmpq(bracket(high)[0].ceil() - 1)
    for bits in (24, 64, 160, 420):
        left, right = bracket(low, bits)[1], bracket(high, bits)[0]
        if left < right:
            return (left + right) / 2
    raise Rejected(f"no number was found between {low} and {high}")


def logarithm_of(equation: Expr) -> tuple[Expr, Expr] | None:
    """(log(u), c) where the equation says `log(u) = c`, with a number c; else None."""
    logarithms = [e for e in equation.atoms(sp.log) if e.has(x)]
    for logarithm in logarithms:
        slope = equation.coeff(logarithm)
        rest = sp.expand(equation - slope * logarithm)
        if slope != 0 and not rest.has(x) and not slope.has(x):
            return logarithm, -rest / slope
    return None


def zero_at_root(e: Expr, equation: Expr) -> bool:
    """Whether e vanishes wherever the equation does.

    Its numerator divides e's; or e is zero once log(u) is the number c, and u is exp(c), where the equation
    says so, or once polynomials in e are reduced by it; or once f(v) is f(u) wherever it makes u and v equal.
    """
    if _vanishes(e, equation):
        return True
    unified = _unified(e, equation)
    return unified != e and _vanishes(unified, equation)


def _unified(e: Expr, equation: Expr) -> Expr:
    """e with functions of one value at the root written as one: f(v) as f(u) if u = v there.

    If v = 0, f(v) is f(0); if v = 1, log(v) is 0; if v = k u, exp(v) is exp(u)**k.
    """
    functions = sorted(
        (f for f in e.atoms(sp.Function) if f.has(x) and len(f.args) == 1),
        key=lambda f: (f.count_ops(), str(f)),
    )
    if len(functions) > MOST_UNIFIED:
        return e
    for f in functions:
        at = sp.Integer(1 if f.func is sp.log else 0)
        value = f.func(at)
        if value.is_Rational and _vanishes(f.args[0] - at, equation):
            return _unified(e.xreplace({f: value}), equation)
    for one, other in combinations(functions, 2):
        for k in (1, -1, 2, -2, sp.S.Half, -sp.S.Half) if one.func is sp.exp else (1,):
            alike = one.func is other.func and one**k != other
            if alike and _vanishes(other.args[0] - k * one.args[0], equation):
                return _unified(e.xreplace({other: one**k}), equation)
    return e


def _vanishes(e: Expr, equation: Expr) -> bool:
    """Whether e vanishes wherever the equation does, with functions as they are written."""
    known = logarithm_of(equation)
    if known is not None:
        logarithm, number = known
        return _divides(equation, e) or _divides(
            logarithm.args[0] - sp.exp(number), e.xreplace({logarithm: number})
        )
    if not equation.is_polynomial(x) or not all(c.is_Rational for c in sp.Poly(equation, x).all_coeffs()):
        return _divides(equation, e)
    number = _reduced(e, equation)
    return number == 0 or _divides(equation, e) or (not number.has(x) and same(number, sp.S.Zero))


def _divides(equation: Expr, e: Expr) -> bool:
    if not e.has(x):
        return same(e, sp.S.Zero)
    try:
        return divides(equation, e)
    except Rejected:
        return False


def _reduced(e: Expr, equation: Expr) -> Expr:
    """e with every polynomial in it, of rational coefficients, reduced by the equation."""
    if not e.has(x) or e == x:
        return e
    if e.is_polynomial(x) and all(c.is_Rational for c in sp.Poly(e, x).all_coeffs()):
        return sp.rem(e, equation, x)
    return e.func(*(_reduced(part, equation) for part in e.args))


@lru_cache(maxsize=8192)
def sign_at(e: Expr, point: Point) -> int:
    """The exact sign of a smooth expression at a finite point at which it is defined.

    Zero is an identity: in closed form, or because the point's equation divides the expression.
    """
    if not e.has(x):
        return sign_of_number(e)
    for bits in BITS:
        low, high = bracket(point, bits)
        ball = enclosure(e, low if low == high else (low, high), bits + 20)
        sign = sign_of_ball(ball)
        if sign is not None:
            return sign
        if bits == BITS[0] and (
            same(e.subs(x, point.value), sp.S.Zero)
            if isinstance(point, Number)
            else ball.is_finite() and zero_at_root(e, point.equation)
        ):
            return 0
    raise Rejected(f"the sign of {e} at {point} could not be decided")


@lru_cache(maxsize=4096)
def sign_of_number(number: Expr) -> int:
    """The exact sign of a number in closed form."""
    if number.has(sp.nan, sp.zoo, sp.I) or number.free_symbols:
        raise Rejected(f"{number} is not a real number")
    if number in (sp.oo, -sp.oo):
        return 1 if number == sp.oo else -1
    if number.is_Rational:
        return int(sp.sign(number))
    for bits in BITS:
        sign = sign_of_ball(enclosure(number, arb(0), bits))
        if sign is not None:
            return sign
        if bits == BITS[0] and same(number, sp.S.Zero):
            return 0
    raise Rejected(f"the sign of {number} could not be decided")


@lru_cache(maxsize=4096)
def isolated(root: Root) -> bool:
    """Whether the equation changes its sign over the bracket, and its derivative has no zero there."""
    low, high = to_fmpq(root.low), to_fmpq(root.high)
    left, right = sign_at_rational(root.equation, low), sign_at_rational(root.equation, high)
    if not (low < high and left and right and left == -right):
        return False
    # Finite over all of the bracket: without a pole or a jump the change of sign is a zero.
    smooth = enclosure(root.equation, (low, high), 160).is_finite()
    return smooth and sign_of_ball(enclosure(derivative(root.equation), (low, high), 160)) in (1, -1)


def number_of(q: fmpq) -> Number:
    """The point at a rational."""
    return Number(to_sympy(q))
