"""What follows linearly from (in)equalities between real numbers: Fourier-Motzkin elimination.

It is complete for linear real arithmetic with exact rationals, and small enough to read.  Whatever is not
linear (a symbol, `f(a)`, a product of symbols) is one unknown, of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.checking.records import Rejected
from ordering.enclosures.budget import tick

Constraint: TypeAlias = tuple[dict[Expr, Any], bool]
"""`sum c v + c_1 >= 0` as {v: c, 1: c_1}, and whether it is strict."""

RELATIONS: Final = (sp.Eq, sp.Ge, sp.Gt, sp.Le, sp.Lt)
MOST: Final = 2000
"""Constraints that an elimination may reach."""


def negated(relation: Any) -> tuple[Any, ...]:
    """Relations of which one holds exactly when this one fails.

    >>> a, b = sp.symbols("a b")
    >>> negated(sp.Eq(a, b))
    (a < b, a > b)
    """
    if relation in (sp.true, sp.false):
        return () if relation == sp.true else (sp.true,)
    left, right = _sides(relation)
    if isinstance(relation, sp.Eq):
        return sp.Lt(left, right), sp.Gt(left, right)
    opposite = {sp.Ge: sp.Lt, sp.Gt: sp.Le, sp.Le: sp.Gt, sp.Lt: sp.Ge}
    return (opposite[relation.func](left, right),)


def entails(hypotheses: Iterable[Any], goal: Any) -> bool:
    """Whether the goal follows linearly: the hypotheses exclude each way in which it may fail.

    >>> a, b, c = sp.symbols("a b c")
    >>> entails([sp.Ge(a, b), sp.Gt(b, c)], sp.Gt(a, c))
    True
    """
    return _entails(tuple(hypotheses), goal)


@lru_cache(maxsize=16384)
def _entails(hypotheses: tuple[Any, ...], goal: Any) -> bool:
    given = [c for h in hypotheses for c in constraints(h)]
    return all(not possible([*given, *constraints(failure)]) for failure in negated(goal))


@lru_cache(maxsize=16384)
def constraints(relation: Any) -> tuple[Constraint, ...]:
    """A relation as one or two constraints."""
    if relation == sp.true:
        return ()
    if relation == sp.false:
        return (({sp.S.One: sp.S.NegativeOne}, False),)
    left, right = _sides(relation)
    forward, backward = _linear(left - right), _linear(right - left)
    if isinstance(relation, sp.Eq):
        return (forward, False), (backward, False)
    strict = isinstance(relation, (sp.Gt, sp.Lt))
    return ((forward if isinstance(relation, (sp.Ge, sp.Gt)) else backward, strict),)


def _sides(relation: Any) -> tuple[Expr, Expr]:
    if not isinstance(relation, RELATIONS):
        raise Rejected(f"{relation} is no equation or inequality between real numbers")
    return relation.lhs, relation.rhs


def _linear(expression: Expr) -> dict[Expr, Any]:
    coefficients = dict(sp.expand(expression).as_coefficients_dict())
    if any(not c.is_Rational for c in coefficients.values()):
        raise Rejected(f"{expression} has coefficients that are not rational")
    return coefficients


def possible(given: list[Constraint]) -> bool:
    """Whether some real values satisfy all constraints.

    >>> a, b = sp.symbols("a b")
    >>> possible([({a: 1, b: -1}, True), ({b: 1, a: -1}, False)])    # a > b and b >= a
    False
    """
    pending = list(given)
    while variables := {v for c, _ in pending for v in c if v != 1}:
        tick()
        v = min(variables, key=str)
        lower = [(c, s) for c, s in pending if c.get(v, 0) > 0]
        upper = [(c, s) for c, s in pending if c.get(v, 0) < 0]
        pending = [(c, s) for c, s in pending if c.get(v, 0) == 0]
        if len(pending) + len(lower) * len(upper) > MOST:
            raise Rejected("there are too many inequalities to eliminate from")
        for low, strict_low in lower:
            for high, strict_high in upper:
                # v >= -(rest of low) / c and v <= (rest of high) / -c: eliminate v between them.
                p, q = low[v], -high[v]
                joined = {k: low.get(k, 0) * q + high.get(k, 0) * p for k in {*low, *high} - {v}}
                joined = {k: c for k, c in joined.items() if c != 0 or k == 1}
                pending.append((joined, strict_low or strict_high))
    return all((c.get(sp.S.One, 0) > 0) or (c.get(sp.S.One, 0) == 0 and not s) for c, s in pending)
