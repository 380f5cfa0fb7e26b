"""One-sided limits of a smooth expression at a point, by its continuity or by how fast its terms grow."""

from __future__ import annotations

import sympy as sp
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.branches import CORNERS, AtPoint, NotReal
from ordering.checking.deriving import derivative
from ordering.checking.growth import limit_near
from ordering.checking.points import infinite, sign_at, sign_of_number
from ordering.checking.records import Number, Point, Rejected
from ordering.variable import x


def there(e: Expr, point: Point) -> Expr | None:
    """An expression with e's value at the point, which is its limit too; None where e has none.

    e has no corners, and every function in it is continuous up to the edge of its domain.
    """
    if e.has(*CORNERS):
        raise Rejected(f"{e} is not smooth")
    try:
        return None if infinite(point) else AtPoint(point).resolved(e)
    except NotReal:
        return None


def limit_at(e: Expr, point: Point, side: int) -> Expr:
    """e's limit from the left (`side` -1) or the right (1), a number or infinite.

    At a root it is an expression that has it there.
    """
    value = there(e, point)
    if value is not None:
        return value.subs(x, point.value) if isinstance(point, Number) else value
    if not e.has(x):
        return e
    return limit_near(e, point, side) if isinstance(point, Number) else _at_pole(e, point, side)


def _at_pole(e: Expr, point: Point, side: int) -> Expr:
    """The infinite limit of a quotient at a simple zero, without a closed form, of its denominator."""
    top, bottom = sp.fraction(sp.together(e))
    if sign_at(bottom, point) != 0 or sign_at(top, point) == 0:
        raise Rejected(f"the limit of {e} at {point} is not known")
    near = side * sign_at(derivative(bottom), point)
    if near == 0:
        raise Rejected(f"{bottom} has no simple zero at {point}")
    return sign_at(top, point) * near * sp.oo


def equal_at(a: Expr, b: Expr, point: Point) -> bool:
    """Whether two expressions certainly have one value at a point, or infinity both."""
    if a == b or same(a, b):
        return True
    if infinite(Number(a)) or infinite(Number(b)):
        return False
    return (sign_of_number(a - b) if isinstance(point, Number) else sign_at(a - b, point)) == 0
