"""The values of an expression at rational numbers, where they are rational: exactly, in flint's fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.enclosures.balls import ACCEPTED, to_fmpq
from ordering.variable import x

Values: TypeAlias = Callable[[fmpq], fmpq | None]

_AT_ZERO: Final[dict[Any, fmpq]] = {
    **dict.fromkeys((sp.exp, sp.cos, sp.cosh), fmpq(1)),
    **dict.fromkeys((sp.sin, sp.tan, sp.sinh, sp.tanh, sp.asin, sp.atan, sp.asinh, sp.atanh), fmpq(0)),
    **dict.fromkeys((sp.erf, sp.erfi, sp.erfinv), fmpq(0)),
    sp.erfc: fmpq(1),
}
"""Functions that are rational at zero, and in general nowhere else."""
_MOST_DIGITS: Final = 64
"""Exponents up to which powers are written out."""


def _sign(value: fmpq) -> fmpq:
    return fmpq((value > 0) - (value < 0))


_STEPS: Final[dict[Any, Callable[[fmpq], Any]]] = {
    sp.Abs: abs,
    sp.sign: _sign,
    sp.floor: fmpq.floor,
    sp.ceiling: fmpq.ceil,
    sp.frac: lambda value: value - value.floor(),
}


@lru_cache(maxsize=1024)
def rational_values(expression: Expr) -> Values:
    """A function from a rational x to the expression's value there; None where it may be irrational, or none.

    Polynomials, fractions and whatever is put together from them by cases, maxima and steps are exact.
    """
    if expression == x:
        return lambda q: q
    if expression.is_Rational:
        number = to_fmpq(expression)
        return lambda _: number
    if isinstance(expression, sp.Piecewise):
        return _piecewise(expression)
    parts = [rational_values(argument) for argument in expression.args]
    if expression.is_Add:
        return _joined(parts, operator.add)
    if expression.is_Mul:
        return _joined(parts, operator.mul)
    if isinstance(expression, (sp.Max, sp.Min)):
        return _joined(parts, max if isinstance(expression, sp.Max) else min)
    if expression.is_Pow and expression.exp.is_Integer and abs(expression.exp) <= _MOST_DIGITS:
        return _power(parts[0], int(expression.exp))
    if len(parts) == 1 and expression.func in _STEPS:
        step, (part,) = _STEPS[expression.func], parts
        return lambda q: None if (value := part(q)) is None else fmpq(step(value))
    if len(parts) == 1 and expression.func in _AT_ZERO:
        at_zero, (part,) = _AT_ZERO[expression.func], parts
        return lambda q: at_zero if part(q) == 0 else None
    if isinstance(expression, sp.Heaviside):
        part, edge = parts[0], parts[1] if len(parts) > 1 else (lambda _: fmpq(1, 2))
        return lambda q: None if (v := part(q)) is None else edge(q) if v == 0 else fmpq(int(v > 0))
    return lambda _: None


def _joined(parts: list[Values], combine: Callable[[fmpq, fmpq], fmpq]) -> Values:
    def value(q: fmpq) -> fmpq | None:
        known = [part(q) for part in parts]
        return None if None in known else reduce(combine, known)  # type: ignore[arg-type]

    return value


def _power(base: Values, exponent: int) -> Values:
    def value(q: fmpq) -> fmpq | None:
        known = base(q)
        return None if known is None or (known == 0 and exponent < 0) else known**exponent

    return value


def _piecewise(expression: Expr) -> Values:
    branches = [(rational_values(value), _condition(condition)) for value, condition in expression.args]

    def value(q: fmpq) -> fmpq | None:
        for branch, condition in branches:
            truth = condition(q)
            if truth is None:
                return None
            if truth:
                return branch(q)
        return None

    return value


def _condition(condition: Any) -> Callable[[fmpq], bool | None]:
    if condition in (sp.true, sp.false):
        truth = bool(condition)
        return lambda _: truth
    if isinstance(condition, (sp.And, sp.Or)):
        parts = [_condition(part) for part in condition.args]
        join = all if isinstance(condition, sp.And) else any

        def junction(q: fmpq) -> bool | None:
            answers = [part(q) for part in parts]
            return None if None in answers else join(answers)

        return junction
    if isinstance(condition, sp.Not):
        inner = _condition(condition.args[0])
        return lambda q: None if (truth := inner(q)) is None else not truth
    accepted = ACCEPTED.get(condition.func)
    if accepted is None:
        return lambda _: None
    left, right = rational_values(condition.lhs), rational_values(condition.rhs)

    def relation(q: fmpq) -> bool | None:
        one, other = left(q), right(q)
        return None if one is None or other is None else ((one > other) - (one < other)) in accepted

    return relation
