"""Signs on open intervals that can be read off: from the form of an expression, its ends, and enclosures."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.checking.algebra import derivative
from ordering.checking.points import bracket, enclosure, infinite, sign_at, sign_of_number
from ordering.checking.records import Number, Point, Rejected
from ordering.enclosures.balls import sign_of_ball
from ordering.variable import x

Signs: TypeAlias = frozenset[int]
ANY: Final[Signs] = frozenset({-1, 0, 1})
UP: Final[Signs] = frozenset({1})
DOWN: Final[Signs] = frozenset({-1})

EVERYWHERE: Final = {
    sp.exp, sp.sin, sp.cos, sp.atan, sp.erf, sp.erfc, sp.erfi, sp.sinh, sp.cosh, sp.tanh, sp.sech, sp.asinh,
}  # fmt: skip
"""Functions that are smooth on the whole line."""
LIKE_ITS_ARGUMENT: Final = {
    sp.atan,
    sp.erf,
    sp.erfi,
    sp.sinh,
    sp.tanh,
    sp.asinh,
    sp.asin,
    sp.atanh,
    sp.erfinv,
}
POSITIVE: Final = {sp.exp, sp.cosh, sp.sech, sp.erfc}
_NEEDS: Final[dict[Any, Callable[[Expr], tuple[Expr, bool]]]] = {
    sp.log: lambda u: (u, True),
    sp.loggamma: lambda u: (u, True),
    sp.gamma: lambda u: (u, True),
    sp.asin: lambda u: (1 - u**2, True),
    sp.acos: lambda u: (1 - u**2, True),
    sp.atanh: lambda u: (1 - u**2, True),
    sp.erfinv: lambda u: (1 - u**2, True),
    sp.acosh: lambda u: (u - 1, True),
    sp.tan: lambda u: (sp.cos(u), False),
    sp.sec: lambda u: (sp.cos(u), False),
    sp.cot: lambda u: (sp.sin(u), False),
    sp.csc: lambda u: (sp.sin(u), False),
    sp.coth: lambda u: (u, False),
    sp.csch: lambda u: (u, False),
    sp.sinc: lambda u: (u, False),
}
"""What a function is smooth on: where this is positive (True) or not zero (False)."""


def needs(e: Expr) -> tuple[Expr, bool] | None:
    """What must be positive (True) or not zero (False) for the head of e to be smooth; None: nothing."""
    if not e.args or e.is_Add or e.is_Mul or e.func in EVERYWHERE:
        return None
    if e.is_Pow:
        if e.exp.is_Integer:
            return None if e.exp > 0 else (e.base, False)
        return e.base, True
    if e.func not in _NEEDS:
        raise Rejected(f"{e.func.__name__} is not known to the checker")
    return _NEEDS[e.func](e.args[0])


def sum_of(parts: list[Signs]) -> Signs:
    """Signs of a sum of terms with these signs."""
    for sign in (1, -1):
        if all(part <= {0, sign} for part in parts):
            return frozenset({sign}) if any(0 not in part for part in parts) else frozenset().union(*parts)
    return ANY


def times(a: Signs, b: Signs) -> Signs:
    """Signs of a product."""
    return frozenset(i * j for i in a for j in b)


def raised(base: Signs, n: int) -> Signs:
    """Signs of an integer power."""
    if n < 0 and 0 in base:
        return ANY
    return base if n % 2 else frozenset(s * s for s in base)


@lru_cache(maxsize=16384)
def read_off(e: Expr, low: Point, high: Point) -> Signs:
    """Signs among which those of e on the open interval are, from its form and from enclosures."""
    if not e.has(x):
        return frozenset({sign_of_number(e)})
    if e == x:
        if not infinite(low) and sign_of_number_at(low) >= 0:
            return UP
        return DOWN if not infinite(high) and sign_of_number_at(high) <= 0 else ANY
    found = _by_form(e, low, high)
    if found == ANY:
        found = _affine(e, low, high)
    if found == ANY:
        found = _by_enclosure(e, low, high)
    return found


def sign_of_number_at(point: Point) -> int:
    """The sign of a finite point."""
    return sign_at(x, point)


def _by_form(e: Expr, low: Point, high: Point) -> Signs:
    if e.is_Add:
        return sum_of([read_off(a, low, high) for a in e.args])
    if e.is_Mul:
        return reduce(times, [read_off(a, low, high) for a in e.args])
    if e.is_Pow and not isinstance(e, sp.exp):
        base = read_off(e.base, low, high)
        if e.exp.is_Integer:
            return raised(base, int(e.exp))
        return UP if base == UP else ANY
    if e.func in POSITIVE:
        return UP
    if e.func in LIKE_ITS_ARGUMENT:
        return read_off(e.args[0], low, high)
    if e.func is sp.log:
        return read_off(e.args[0] - 1, low, high)
    return ANY


def _affine(e: Expr, low: Point, high: Point) -> Signs:
    """Of p x + q, by its values at the ends."""
    if not e.is_polynomial(x) or sp.degree(e, x) != 1:
        return ANY
    signs = set()
    for end in (low, high):
        if infinite(end):
            signs.add(sign_of_number(derivative(e)) * (1 if end == Number(sp.oo) else -1))
        else:
            signs.add(sign_at(e, end))
    signs.discard(0)
    return frozenset(signs) if len(signs) == 1 else ANY


def _by_enclosure(e: Expr, low: Point, high: Point) -> Signs:
    """From balls: sines and cosines in [-1, 1], x on a bounded interval."""
    turns = e.atoms(sp.sin, sp.cos)
    if turns:
        bounded = e.xreplace(dict.fromkeys(turns, sp.Symbol("turn")))
        if not bounded.has(x):
            ball = enclosure(bounded.xreplace({sp.Symbol("turn"): x}), arb(0, 1), 80)
            if ball.is_finite():
                found = {
                    s for s, out in ((-1, ball >= 0), (0, ball > 0 or ball < 0), (1, ball <= 0)) if not out
                }
                return frozenset(found)
    if not (infinite(low) or infinite(high)):
        ball = enclosure(e, (bracket(low)[0], bracket(high)[1]), 80)
        sign = sign_of_ball(ball)
        if sign is not None:
            return frozenset({sign})
    return ANY
