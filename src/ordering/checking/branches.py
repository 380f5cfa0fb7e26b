"""What a function with corners is on an open interval and at a point: one walk that asks for signs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import reduce
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.facts import Facts
from ordering.checking.points import (
    bracket,
    enclosure,
    inside,
    number_of,
    sign_at,
    sign_at_rational,
    sign_of_number,
)
from ordering.checking.reading import DOWN, Signs, needs
from ordering.checking.records import Missing, Number, Point, Rejected
from ordering.checking.repeating import by_floor
from ordering.enclosures.balls import ACCEPTED
from ordering.variable import x

CORNERS: Final = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise, sp.floor)
_NOWHERE: Final = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)
_NOT_NEGATIVE: Final[Signs] = frozenset({0, 1})


class NotReal(Rejected):
    """The function has no real value there."""


class _Place(ABC):
    """An interval or a point: `smooth` and `signs` say what is known there, `sample` is a point of it."""

    def __init__(self, low: Point, high: Point, sample: Point) -> None:
        self.low, self.high, self.sample = low, high, sample

    @abstractmethod
    def smooth(self, e: Expr) -> Expr:
        """An expression without corners, or one that agrees with it here, once it is sure that it is real."""

    @abstractmethod
    def signs(self, u: Expr) -> Signs:
        """Signs among which those of a real, smooth expression are."""

    def resolved(self, e: Any) -> Expr:
        """The expression without corners; `Missing` names the sign that is needed for that."""
        found = self._but_floors(e)
        return found.xreplace({step: self._floor(step.args[0]) for step in found.atoms(sp.floor)})

    def _but_floors(self, e: Any) -> Expr:
        """Without corners but floors of smooth expressions: Max may yet cut off infinitely many steps."""
        if e in _NOWHERE:
            raise NotReal("no real number")
        if not e.has(*CORNERS):
            return self.smooth(e) if e.args else e
        if isinstance(e, sp.Piecewise):
            for value, condition in e.args:
                if self._holds(condition):
                    return self._but_floors(value)
            raise NotReal("no branch holds")
        if isinstance(e, (sp.Max, sp.Min)):
            wanted = 1 if isinstance(e, sp.Max) else -1
            return reduce(lambda a, b: self._beyond(a, b, wanted), map(self._but_floors, e.args))
        if e.is_Add or e.is_Mul:
            return e.func(*map(self._but_floors, e.args))
        u, *others = map(self.resolved, e.args)
        if isinstance(e, sp.floor):
            return sp.floor(u)
        if not isinstance(e, (sp.Abs, sp.sign, sp.Heaviside)):
            return self.smooth(e.func(u, *others))
        sign = self._sign(u, weak=isinstance(e, sp.Abs))
        if isinstance(e, sp.Abs):
            return sign * u
        if isinstance(e, sp.sign):
            return sp.Integer(sign)
        return (others or [sp.S.Half])[0] if sign == 0 else sp.Integer(max(sign, 0))

    def _sign(self, u: Expr, *, weak: bool = False) -> int:
        """The sign that u has throughout; weakly, it may vanish somewhere too."""
        found = self.signs(u)
        for sign in (0, 1, -1):
            if found <= ({sign, 0} if weak else {sign}):
                return sign
        raise Missing(u, self.low, self.high)

    def _require(self, u: Expr, among: Signs) -> None:
        if not self.signs(u) <= among:
            raise Missing(u, self.low, self.high)

    def _holds(self, condition: Any) -> bool:
        """Whether a condition holds throughout, or fails throughout."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, (sp.And, sp.Or)):
            return (all if isinstance(condition, sp.And) else any)(map(self._holds, condition.args))
        if isinstance(condition, sp.Not):
            return not self._holds(condition.args[0])
        accepted = ACCEPTED.get(condition.func)
        if accepted is None:
            raise Rejected(f"the condition {condition} is not understood")
        u = self.resolved(condition.lhs) - self.resolved(condition.rhs)
        found = self.signs(u)
        if found <= accepted or not found & accepted:
            return bool(found & accepted)
        raise Missing(u, self.low, self.high)

    def _beyond(self, a: Expr, b: Expr, wanted: int) -> Expr:
        """The larger of two (the smaller, if -1 is wanted)."""
        steps = (a - b).atoms(sp.floor)
        c, d = (a - b).expand().as_independent(*steps, as_Add=True)[::-1] if len(steps) == 1 else (a, b)
        rise = c / next(iter(steps), c)
        if len(steps) == 1 and rise.is_Rational and d.is_Rational:
            sign = int(sp.sign(rise)) * self._against(next(iter(steps)).args[0], -d / rise)
        else:
            a, b = self.resolved(a), self.resolved(b)
            sign = self._sign(a - b, weak=True)
        return a if sign * wanted >= 0 else b

    def _against(self, u: Expr, bound: Expr) -> int:
        """The weak sign of floor(u) - bound, a rational: for an integer k, floor(u) >= k iff u >= k."""
        least = sp.ceiling(bound)
        if self._integer(u) >= least:
            self._require(u - least, _NOT_NEGATIVE)
            return 1
        self._require(u - sp.floor(bound) - 1, DOWN)
        return -1

    def _floor(self, u: Expr) -> Expr:
        k = self._integer(u)
        self._require(u - k, _NOT_NEGATIVE)
        self._require(u - k - 1, DOWN)
        return k

    def _integer(self, u: Expr) -> Expr:
        """The floor of u at the sample."""
        k = enclosure(u, bracket(self.sample, 160), 160).mid().floor().unique_fmpz()
        if k is None:
            raise Rejected(f"floor({u}) could not be evaluated at {self.sample}")
        near = [sp.Integer(int(k)) + j for j in (1, 0, -1)]
        return next(j for j in near if j == near[-1] or sign_at(u - j, self.sample) >= 0)


class OnInterval(_Place):
    """The function's smooth expression on one open interval, from signs that are known."""

    def __init__(self, facts: Facts, low: Point, high: Point) -> None:
        super().__init__(low, high, number_of(inside(low, high)))
        self.facts = facts

    def smooth(self, e: Expr) -> Expr:
        """The expression itself, a real, smooth function on the interval."""
        try:
            self.facts.smooth(e, self.low, self.high)
        except Rejected:
            if self._undefined(e):
                raise NotReal(f"{e} is not real on ({self.low}, {self.high})") from None
            raise
        return e

    def signs(self, u: Expr) -> Signs:
        """Signs that a step states or that can be read off."""
        return frozenset({0}) if same(u, sp.S.Zero) else self.facts.signs(u, self.low, self.high)

    def require_undefined(self, function: Expr) -> None:
        """That the function is nowhere real on the interval: something in it is undefined there."""
        if not self._undefined(function):
            self.resolved(function)  # may end in NotReal
            raise Rejected(f"nothing shows that {function} is not real on ({self.low}, {self.high})")

    def _undefined(self, e: Expr) -> bool:
        """Whether a part without corners, that is evaluated in any case, is outside its domain throughout."""
        if not isinstance(e, sp.Expr) or isinstance(e, sp.Piecewise) or not e.has(x):
            return False
        if any(map(self._undefined, e.args)):
            return True
        needed = None if e.has(*CORNERS) else needs(e)
        if needed is None or e.func in (sp.gamma, sp.loggamma):
            return False
        what, positive = needed
        if not positive:
            return same(what, sp.S.Zero)
        # A power of a negative number is no real number, nor is its logarithm.
        if sign_at_rational(what, bracket(self.sample)[0]) != -1:
            return False
        self._require(what, DOWN)
        return True


class AtPoint(_Place):
    """A smooth expression that has the function's value at one point."""

    def __init__(self, point: Point) -> None:
        super().__init__(point, point, point)

    def smooth(self, e: Expr) -> Expr:
        """The expression, every part of which has a real value at the point, or one with its value."""
        arguments = [self.smooth(argument) if argument.args else argument for argument in e.args]
        e = e if list(e.args) == arguments else e.func(*arguments)
        if e.has(*_NOWHERE):
            raise NotReal(f"{e} is no real number at {self.sample}")
        needed = needs(e)
        if needed is None:
            return e
        root = e.is_Pow and not e.exp.is_Integer and not isinstance(e, sp.exp)
        edge = e.func in (sp.asin, sp.acos, sp.acosh) or (
            e.is_Pow and not e.exp.has(x) and sign_of_number(e.exp) > 0
        )
        sign = sign_at(needed[0], self.sample)
        if (sign == 0 and not edge) or (sign < 0 and needed[1]):
            if e.func in (sp.gamma, sp.loggamma):
                raise Rejected(f"the value of {e} at {self.sample} is not known")
            raise NotReal(f"{e} is no real number at {self.sample}")
        # At the edge of a root's domain no ball tells the value, which is 0.
        return sp.S.Zero if root and sign == 0 and e.base.has(x) else e

    def signs(self, u: Expr) -> Signs:
        """The sign, exactly."""
        return frozenset({sign_at(u, self.sample)})

    def value(self, function: Expr) -> Expr:
        """The value: in closed form at a number, a smooth expression that has it at a root."""
        found = self.resolved(by_floor(function))
        if isinstance(self.sample, Number):
            found = found.subs(x, self.sample.value)
            if found.has(*_NOWHERE):
                raise NotReal(f"no real number at {self.sample}")
        return found


def value_at(function: Expr, point: Point) -> Expr | None:
    """The function's value at a point; None where it is no real number."""
    try:
        return AtPoint(point).value(function)
    except NotReal:
        return None
