"""Limits of sums, products and continuous functions, where the limits of the parts decide them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.points import infinite, sign_of_number
from ordering.checking.reading import EVERYWHERE
from ordering.checking.records import Number, Rejected
from ordering.enclosures.budget import tick
from ordering.variable import x

_AT_ENDS: Final[dict[Any, tuple[Expr, Expr]]] = {
    sp.exp: (sp.S.Zero, sp.oo),
    sp.atan: (-sp.pi / 2, sp.pi / 2),
    sp.erf: (sp.S.NegativeOne, sp.S.One),
    sp.erfc: (sp.Integer(2), sp.S.Zero),
    sp.erfi: (-sp.oo, sp.oo),
    sp.sinh: (-sp.oo, sp.oo),
    sp.cosh: (sp.oo, sp.oo),
    sp.tanh: (sp.S.NegativeOne, sp.S.One),
    sp.sech: (sp.S.Zero, sp.S.Zero),
    sp.asinh: (-sp.oo, sp.oo),
}
"""Limits at -oo and at oo of functions that are continuous on the whole line."""


@lru_cache(maxsize=8192)
def composed_limit(e: Expr, point: Number) -> Expr | None:
    """The limit of e, real and smooth beside the point, from there: a number, or infinite.

    Which side does not matter.  None where the parts do not decide it: of the kinds oo - oo, 0 oo and 1/0, of
    what turns for ever, and of functions that are not listed.

    >>> composed_limit(sp.exp(-sp.exp(x)) + sp.tanh(x), Number(sp.oo))
    1
    >>> composed_limit(sp.exp(x) - x, Number(sp.oo)) is None
    True
    """
    if not e.has(x):
        return e
    if e == x:
        return point.value
    tick()
    limits = [composed_limit(argument, point) for argument in e.args]
    found = [limit for limit in limits if limit is not None]
    if len(found) < len(limits):
        return None
    try:
        return _joined(e, found)
    except Rejected:  # the sign of a limit is not known
        return None


def _joined(e: Expr, limits: list[Expr]) -> Expr | None:
    """The limit of e from those of its arguments."""
    if e.is_Add:
        ends = {limit for limit in limits if _infinite(limit)}
        return sp.Add(*limits) if not ends else ends.pop() if len(ends) == 1 else None
    if e.is_Mul:
        if not any(map(_infinite, limits)):
            return sp.Mul(*limits)
        sign = sp.Mul(*map(sign_of_number, limits))
        return sign * sp.oo if sign != 0 else None
    if e.func in EVERYWHERE:
        (limit,) = limits
        if not _infinite(limit):
            return e.func(limit)
        return _AT_ENDS[e.func][limit == sp.oo] if e.func in _AT_ENDS else None
    if isinstance(e, sp.log):
        return _logarithm(limits[0])
    if e.is_Pow and e.exp.is_Rational:
        return _power(limits[0], e.exp)
    return None


def _logarithm(limit: Expr) -> Expr | None:
    if limit == sp.oo:
        return sp.oo
    sign = sign_of_number(limit)
    # The argument is positive: towards 0 it can only come from above.
    return sp.log(limit) if sign > 0 else -sp.oo if sign == 0 else None


def _power(limit: Expr, power: Expr) -> Expr | None:
    sign = sign_of_number(limit)
    if sign < 0 and not power.is_Integer:
        return None
    if _infinite(limit):
        return sp.S.Zero if power < 0 else sp.oo * (sign ** int(power) if sign < 0 else 1)
    if sign == 0:
        return sp.S.Zero if power > 0 else None
    return limit**power


def _infinite(limit: Expr) -> bool:
    return infinite(Number(limit))
