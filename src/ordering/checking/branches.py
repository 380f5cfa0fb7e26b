"""What a function with corners is on an open interval and at a point, and whether it is periodic."""

from __future__ import annotations

from functools import reduce
from typing import Any, Final

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.facts import Facts
from ordering.checking.points import bracket, enclosure, inside, sign_at, sign_at_rational
from ordering.checking.reading import DOWN, needs
from ordering.checking.records import Missing, Number, Point, Rejected
from ordering.checking.repeating import by_floor
from ordering.enclosures.balls import ACCEPTED, between, precision
from ordering.variable import x

CORNERS: Final = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor)
_NOWHERE: Final = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)


class NotReal(Rejected):
    """The function has no real value there."""


def _heaviside_at_zero(e: Expr) -> Expr:
    return e.args[1] if len(e.args) > 1 else sp.S.Half


def _line(e: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(u, c, d) if e is c floor(u) + d with rational numbers c, not zero, and d."""
    steps = e.atoms(sp.floor)
    if len(steps) != 1:
        return None
    (step,) = steps
    c, rest = e.expand().as_independent(step, as_Add=True)[::-1]
    slope = c / step
    if not (slope.is_Rational and slope != 0 and rest.is_Rational):
        return None
    return step.args[0], slope, rest


class OnInterval:
    """The function's smooth expression on one open interval, corner by corner, from signs that are known."""

    def __init__(self, facts: Facts, low: Point, high: Point) -> None:
        self.facts, self.low, self.high = facts, low, high
        self.sample = inside(low, high)

    def resolved(self, e: Any) -> Expr:
        """The expression without corners; `Missing` names the sign that is needed for that."""
        if e in _NOWHERE:
            raise NotReal("no real number")
        if not e.args or not e.has(*CORNERS):
            return e
        if isinstance(e, sp.Piecewise):
            for value, condition in e.args:
                if self.truth(condition):
                    return self.resolved(value)
            raise NotReal("no branch holds")
        if isinstance(e, (sp.Max, sp.Min)):
            return self.resolved(self._partly(e))
        arguments = [self.resolved(argument) for argument in e.args]
        u = arguments[0]
        if isinstance(e, sp.floor):
            return self._floor(u)
        if isinstance(e, (sp.Abs, sp.sign, sp.Heaviside)):
            sign = self._sign(u, weak=isinstance(e, sp.Abs))
            if isinstance(e, sp.Abs):
                return sign * u
            if isinstance(e, sp.sign):
                return sp.Integer(sign)
            return _heaviside_at_zero(e) if sign == 0 else sp.Integer(max(sign, 0))
        return e.func(*arguments)

    def _sign(self, u: Expr, *, weak: bool = False) -> int:
        """The sign that u has throughout; weakly, it may vanish somewhere too."""
        if same(u, sp.S.Zero):
            return 0
        found = self.facts.signs(u, self.low, self.high)
        for sign in (1, -1, 0):
            if found <= ({sign, 0} if weak else {sign}):
                return sign
        raise Missing(u, self.low, self.high)

    def _partly(self, e: Expr) -> Expr:
        """Resolved, but for a floor that has infinitely many steps and may be cut off by a constant."""
        if isinstance(e, (sp.Max, sp.Min)):
            return reduce(lambda a, b: self._extreme(e, a, b), e.args[1:], self._partly(e.args[0]))
        steps = e.atoms(sp.floor)
        if len(steps) == 1 and not e.has(*(set(CORNERS) - {sp.floor})):
            (step,) = steps
            if not step.args[0].has(sp.floor) and _line(e) is not None:
                return e
        return self.resolved(e)

    def _extreme(self, node: Expr, a: Expr, b: Expr) -> Expr:
        b = self._partly(b)
        wanted = 1 if isinstance(node, sp.Max) else -1
        for line, number, sign in ((_line(a), b, 1), (_line(b), a, -1)):
            if line is not None and number.is_Rational:
                return a if sign * self._against(*line, number) * wanted >= 0 else b
        a, b = (self.resolved(side) for side in (a, b))
        return a if self._sign(a - b, weak=True) * wanted >= 0 else b

    def _against(self, u: Expr, c: Expr, d: Expr, number: Expr) -> int:
        """The sign of c floor(u) + d - number: for an integer k, floor(u) >= k iff u >= k."""
        bound = (number - d) / c
        rise = int(sp.sign(c))
        first = sp.ceiling(bound)
        if (sign_at_rational(u - first, self.sample) or 0) >= 0:
            self.facts.require(u - first, self.low, self.high, frozenset({0, 1}))
            return rise
        after = sp.floor(bound) + 1
        self.facts.require(u - after, self.low, self.high, DOWN)
        return -rise

    def _floor(self, u: Expr) -> Expr:
        k = enclosure(u, self.sample, 160).floor().unique_fmpz()
        if k is None:
            raise Rejected(f"floor({u}) could not be evaluated on ({self.low}, {self.high})")
        step = sp.Integer(int(k))
        self.facts.require(u - step, self.low, self.high, frozenset({0, 1}))
        self.facts.require(u - step - 1, self.low, self.high, DOWN)
        return step

    def truth(self, condition: Any) -> bool:
        """Whether a condition holds throughout, or fails throughout."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And):
            return all(self.truth(part) for part in condition.args)
        if isinstance(condition, sp.Or):
            return any(self.truth(part) for part in condition.args)
        if isinstance(condition, sp.Not):
            return not self.truth(condition.args[0])
        accepted = ACCEPTED.get(condition.func)
        if accepted is None:
            raise Rejected(f"the condition {condition} is not understood")
        u = self.resolved(condition.lhs) - self.resolved(condition.rhs)
        if same(u, sp.S.Zero):
            return 0 in accepted
        self.facts.smooth(u, self.low, self.high)
        found = self.facts.signs(u, self.low, self.high)
        if found <= accepted or not found & accepted:
            return bool(found & accepted)
        raise Missing(u, self.low, self.high)

    def require_undefined(self, function: Expr) -> None:
        """That the function is nowhere real on the interval: something in it is undefined there."""
        if not self._undefined(function) and not self._undefined(self.resolved(function)):
            raise Rejected(f"nothing shows that {function} is not real on ({self.low}, {self.high})")

    def _undefined(self, e: Expr) -> bool:
        """Whether a part without corners, that is evaluated in any case, is outside its domain throughout."""
        if not isinstance(e, sp.Expr) or isinstance(e, sp.Piecewise) or not e.has(x):
            return False
        if any(self._undefined(part) for part in e.args):
            return True
        needed = None if e.has(*CORNERS) else needs(e)
        if needed is None or e.func in (sp.gamma, sp.loggamma):
            return False
        what, positive = needed
        if not positive:
            return same(what, sp.S.Zero)
        # A power of a negative number is no real number, nor is its logarithm.
        if (sign_at_rational(what, self.sample) or 0) >= 0:
            return False
        self.facts.require(what, self.low, self.high, DOWN)
        return True


class AtPoint:
    """The function's value at one point, corner by corner."""

    def __init__(self, point: Point) -> None:
        self.point = point

    def resolved(self, e: Any) -> Expr:
        """A smooth expression that has the function's value at the point."""
        if e in _NOWHERE:
            raise NotReal("no real number")
        if not e.args:
            return e
        if isinstance(e, sp.Piecewise):
            for value, condition in e.args:
                if self.truth(condition):
                    return self.resolved(value)
            raise NotReal("no branch holds")
        arguments = [self.resolved(argument) for argument in e.args]
        if isinstance(e, (sp.Max, sp.Min)):
            wanted = 1 if isinstance(e, sp.Max) else -1
            return reduce(lambda a, b: a if sign_at(a - b, self.point) * wanted >= 0 else b, arguments)
        u = arguments[0]
        if isinstance(e, sp.floor):
            return self._floor(u)
        if isinstance(e, (sp.Abs, sp.sign, sp.Heaviside)):
            sign = sign_at(u, self.point)
            if isinstance(e, sp.Abs):
                return sign * u
            if isinstance(e, sp.sign):
                return sp.Integer(sign)
            return _heaviside_at_zero(e) if sign == 0 else sp.Integer(max(sign, 0))
        rebuilt = e if list(e.args) == arguments else e.func(*arguments)
        if rebuilt.has(*_NOWHERE):
            raise NotReal(f"{e} is no real number at {self.point}")
        self.real(rebuilt)
        root = rebuilt.is_Pow and not rebuilt.exp.is_Integer and not isinstance(rebuilt, sp.exp)
        # At the edge of a root's domain no ball tells the value, which is 0.
        return (
            sp.S.Zero if root and rebuilt.base.has(x) and sign_at(rebuilt.base, self.point) == 0 else rebuilt
        )

    def real(self, e: Expr) -> None:
        """That the head of e has a real value at the point."""
        needed = needs(e)
        if needed is None:
            return
        sign = sign_at(needed[0], self.point)
        edge = e.func in (sp.asin, sp.acos, sp.acosh) or (e.is_Pow and e.exp.is_positive)
        if (sign == 0 and not edge) or (sign < 0 and needed[1]):
            if e.func in (sp.gamma, sp.loggamma):
                raise Rejected(f"the value of {e} at {self.point} is not known")
            raise NotReal(f"{e} is no real number at {self.point}")

    def _floor(self, u: Expr) -> Expr:
        from_above = enclosure(u, self._ball(), 160)
        k = from_above.floor().unique_fmpz()
        if k is None:
            k = from_above.mid().floor().unique_fmpz()
            if k is None:
                raise Rejected(f"floor({u}) could not be evaluated at {self.point}")
            k = next((j for j in (k + 1, k, k - 1) if sign_at(u - sp.Integer(int(j)), self.point) >= 0), None)
            if k is None or sign_at(u - sp.Integer(int(k)) - 1, self.point) >= 0:
                raise Rejected(f"floor({u}) could not be evaluated at {self.point}")
        return sp.Integer(int(k))

    def _ball(self) -> arb:
        if isinstance(self.point, Number):
            return enclosure(self.point.value, arb(0), 160)
        with precision(180):
            return between(*bracket(self.point, 160))

    def truth(self, condition: Any) -> bool:
        """Whether a condition holds at the point."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And):
            return all(self.truth(part) for part in condition.args)
        if isinstance(condition, sp.Or):
            return any(self.truth(part) for part in condition.args)
        if isinstance(condition, sp.Not):
            return not self.truth(condition.args[0])
        accepted = ACCEPTED.get(condition.func)
        if accepted is None:
            raise Rejected(f"the condition {condition} is not understood")
        return sign_at(self.resolved(condition.lhs) - self.resolved(condition.rhs), self.point) in accepted

    def value(self, function: Expr) -> Expr:
        """The value: in closed form at a number, a smooth expression that has it at a root."""
        found = self.resolved(by_floor(function))
        if isinstance(self.point, Number):
            found = found.subs(x, self.point.value)
            if found.has(*_NOWHERE):
                raise NotReal(f"no real number at {self.point}")
        return found


def value_at(function: Expr, point: Point) -> Expr | None:
    """The function's value at a point; None where it is no real number."""
    try:
        return AtPoint(point).value(function)
    except NotReal:
        return None
