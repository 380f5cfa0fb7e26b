"""Where an expression certainly has no real value: outside a function's domain, or at a pole."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.enclosures.balls import Ball, condition_on, evaluator

Test: TypeAlias = Callable[[Ball], bool]


def _is_pole_of_gamma(u: Ball) -> bool:
    return u.is_integer() and bool(u <= 0)


_OUTSIDE: Final[dict[Any, Test]] = {
    sp.log: lambda u: bool(u <= 0),
    sp.asin: lambda u: bool(abs(u) > 1),
    sp.acos: lambda u: bool(abs(u) > 1),
    sp.acosh: lambda u: bool(u < 1),
    sp.atanh: lambda u: bool(abs(u) >= 1),
    sp.erfinv: lambda u: bool(abs(u) >= 1),
    sp.cot: lambda u: bool(u.is_zero()),
    sp.csc: lambda u: bool(u.is_zero()),
    sp.coth: lambda u: bool(u.is_zero()),
    sp.csch: lambda u: bool(u.is_zero()),
    sp.gamma: _is_pole_of_gamma,
    sp.loggamma: lambda u: bool(u < 0) or bool(u.is_zero()),
}
"""For functions of one argument that are not defined everywhere: whether a ball lies outside."""


@lru_cache(maxsize=4096)
def undefined(expression: Expr) -> Test:
    """Whether a ball of x certainly lies outside the expression's domain, as `domain` states it.

    False means that it may have one.  `Undecided` for a function without rigorous arithmetic.
    """
    if isinstance(expression, sp.Piecewise):
        return _piecewise(expression)
    if not expression.args:
        nowhere = expression in (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)
        return lambda _: nowhere
    tests = [undefined(argument) for argument in expression.args]
    if expression.is_Pow:
        tests.append(_power(expression))
    elif (outside := _OUTSIDE.get(expression.func)) is not None:
        argument = evaluator(expression.args[0])
        tests.append(lambda t: outside(argument(t)))
    return lambda t: any(test(t) for test in tests)


def _power(expression: Expr) -> Test:
    base, exponent = evaluator(expression.base), expression.exp
    if exponent.is_Integer:
        return lambda t: int(exponent) < 0 and bool(base(t).is_zero())
    if exponent.is_Rational:
        # The root of a negative number is complex, of odd degree too: sympy takes the principal one.
        return lambda t: bool(base(t) < 0) or (exponent < 0 and bool(base(t).is_zero()))
    power = evaluator(exponent)
    return lambda t: bool(base(t) < 0) and not power(t).contains_integer()


def _piecewise(expression: Expr) -> Test:
    branches = [(undefined(value), condition_on(condition)) for value, condition in expression.args]

    def test(t: Ball) -> bool:
        for value, condition in branches:
            truth = condition(t)
            if truth is False:
                continue
            if not value(t):
                return False
            if truth:
                break
        return True  # no branch that may apply has a value; where none applies, there is none either

    return test
