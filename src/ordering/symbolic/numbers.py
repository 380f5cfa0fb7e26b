"""Real numbers that are known exactly: a fraction, or enclosures of any precision and perhaps a closed form.

Nothing here is a float.  What cannot be decided raises `Undecided`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Final

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.enclosures.balls import (
    PRECISIONS,
    Ball,
    ends,
    evaluator,
    precision,
    sign_of,
    sign_of_ball,
    to_fmpq,
    to_sympy,
)
from ordering.enclosures.budget import Undecided, tick
from ordering.symbolic.rationals import rational_values
from ordering.variable import x

DIGITS: Final = 17
"""Significant digits that tell any two float64 values apart."""
MOST_TERMS: Final = 12
"""Terms beyond which a sum is not written in closed form."""


@dataclass(frozen=True, eq=False)
class Real:
    """A real number."""

    key: Hashable
    """What it was computed by: two numbers with equal keys are equal."""
    rational: fmpq | None
    enclose: Callable[[], Ball]
    """A ball around it at the precision in force; not finite where it may be no real number."""
    close: Callable[[], Expr | None]

    @cached_property
    def closed(self) -> Expr | None:
        """The closed form that sympy has of it."""
        return to_sympy(self.rational) if self.rational is not None else self.close()

    def ball(self) -> Ball:
        """A finite ball around it.

        Raises
        ------
        Undecided
            If the ball is not finite.
        """
        found = self.enclose()
        if not found.is_finite():
            raise Undecided("a value could not be enclosed: there may be no real value at this input")
        return found


def fraction(value: fmpq) -> Real:
    """A rational number."""
    return Real(("q", int(value.p), int(value.q)), value, lambda: arb(value), lambda: to_sympy(value))


def image(expression: Expr, at: Real) -> Real:
    """`f(at)`, where f is an expression in `ordering.x`."""
    q = at.rational
    if q is not None and (exact := rational_values(expression)(q)) is not None:
        return fraction(exact)

    def close() -> Expr | None:
        return None if at.closed is None else expression.subs(x, at.closed)

    key = ("f", expression, at.key)
    found = Real(key, None, lambda: evaluator(expression)(at.enclose()), close)
    with precision(PRECISIONS[0]):
        narrow = found.enclose()
    if narrow.is_finite() and narrow.rel_accuracy_bits() >= PRECISIONS[0] // 2:
        return found
    # At a corner no ball tells the branch, but sympy does for a number.
    closed = found.closed
    if closed is None:
        return found
    if closed.is_Rational:
        return fraction(to_fmpq(closed))
    if closed.is_real is False or closed.has(sp.zoo, sp.nan, sp.oo, -sp.oo):
        raise Undecided(f"{expression} has no real value at {at.closed}")
    return Real(key, None, lambda: evaluator(closed)(arb(0)), lambda: closed)


def combination(terms: Sequence[tuple[fmpq, Real]]) -> Real:
    """`sum w_i x_i`; equal numbers are put together first, so that what cancels is gone."""
    constant = fmpq(0)
    weights: dict[Hashable, fmpq] = {}
    numbers: dict[Hashable, Real] = {}
    for weight, number in terms:
        if number.rational is not None:
            constant += weight * number.rational
        else:
            weights[number.key] = weights.get(number.key, fmpq(0)) + weight
            numbers[number.key] = number
    parts = [(weight, numbers[key]) for key, weight in weights.items() if weight != 0]
    if not parts:
        return fraction(constant)
    if constant == 0 and len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1]

    def enclose() -> Ball:
        total = arb(constant)
        for weight, number in parts:
            total += arb(weight) * number.enclose()
        return total

    def close() -> Expr | None:
        closed = [number.closed for _, number in parts] if len(parts) <= MOST_TERMS else [None]
        if None in closed:
            return None
        return sp.Add(to_sympy(constant), *(to_sympy(w) * c for (w, _), c in zip(parts, closed, strict=True)))

    together = frozenset((number.key, str(weight)) for weight, number in parts)
    return Real(("+", str(constant), together), None, enclose, close)


def power(base: Real, exponent: fmpq) -> Real:
    """`|x|^p` for `p > 0`."""
    p = to_sympy(exponent)
    return image(sp.Abs(x) ** p, base)


def largest(numbers: Sequence[Real], sign: int = 1) -> Real:
    """The largest of the numbers (the smallest, where `sign` is -1).

    Raises
    ------
    Undecided
        If two of them could not be told apart, nor shown to be equal.
    """
    distinct = list({number.key: number for number in numbers}.values())
    fractions = [(number.rational, number) for number in distinct if number.rational is not None]
    if len(fractions) == len(distinct):
        return max(fractions, key=lambda each: sign * each[0])[1]
    for bits in PRECISIONS:
        tick()
        with precision(bits):
            balls = [(sign * number.ball(), number) for number in distinct]
            best = max(balls, key=lambda each: each[0].lower())[0].lower()
            distinct = [number for ball, number in balls if not ball < best]
        if len(distinct) == 1:
            return distinct[0]
    first, *others = distinct
    for other in others:
        if sign_of_difference(first, other) != 0:
            raise Undecided("which number of a window is the largest could not be decided")
    return first


def absolute(number: Real) -> Real:
    """`|x|`."""
    return image(sp.Abs(x), number)


def sign_of_difference(left: Real, right: Real) -> int:
    """The sign of `left - right`: -1, 0 or 1.

    Raises
    ------
    Undecided
        If no precision separates them and no identity shows that they are equal.
    """
    if left.key == right.key:
        return 0
    if left.rational is not None and right.rational is not None:
        return (left.rational > right.rational) - (left.rational < right.rational)
    for bits in PRECISIONS:
        tick()
        with precision(bits):
            sign = sign_of_ball(left.ball() - right.ball())
        if sign is not None:
            return sign
    if left.closed is None or right.closed is None:
        raise Undecided("the gap is too small to be told from zero, and has too many terms for an identity")
    return sign_of(left.closed - right.closed)


def decimals(number: Real) -> str:
    """The number rounded correctly to 17 significant digits.

    Raises
    ------
    Undecided
        If no precision that is tried tells the last digit.
    """
    context = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)

    def rounded(q: fmpq) -> Decimal:
        return context.divide(Decimal(int(q.p)), Decimal(int(q.q)))

    if number.rational is not None:
        return _plain(rounded(number.rational))
    for bits in PRECISIONS:
        tick()
        with precision(bits):
            low, high = (rounded(end) for end in ends(number.ball()))
        if low == high:
            return _plain(low)
    raise Undecided("the number could not be enclosed to 17 digits")


def _plain(value: Decimal) -> str:
    if not value:
        return "0"
    short = value.normalize(Context(prec=DIGITS)) if value == value.to_integral_value() else value
    exponent = short.adjusted()
    return f"{short:f}" if -5 <= exponent <= DIGITS else f"{short:e}"
