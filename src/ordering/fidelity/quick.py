"""A quick look at many points in double precision: where to compare an expression with care.

Nothing is concluded from these numbers, which may be wrong by anything where terms
cancel: they choose points.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
import torch
from sympy import Expr
from torch import Tensor

from ordering.variable import x

Quick: TypeAlias = Callable[[Tensor], Tensor]

_UNARY: Final[dict[Any, Quick]] = {
    sp.exp: torch.exp,
    sp.log: torch.log,
    sp.sin: torch.sin,
    sp.cos: torch.cos,
    sp.tan: torch.tan,
    sp.sinh: torch.sinh,
    sp.cosh: torch.cosh,
    sp.tanh: torch.tanh,
    sp.asin: torch.asin,
    sp.acos: torch.acos,
    sp.atan: torch.atan,
    sp.asinh: torch.asinh,
    sp.acosh: torch.acosh,
    sp.atanh: torch.atanh,
    sp.erf: torch.erf,
    sp.erfc: torch.erfc,
    sp.erfinv: torch.erfinv,
    sp.loggamma: torch.lgamma,
    sp.gamma: lambda u: torch.where(u > 0, torch.lgamma(u).exp(), torch.nan),
    sp.Abs: torch.abs,
    sp.sign: torch.sign,
    sp.floor: torch.floor,
    sp.ceiling: torch.ceil,
}
_RELATIONS: Final[dict[Any, Callable[[Tensor, Tensor], Tensor]]] = {
    sp.StrictLessThan: torch.lt,
    sp.LessThan: torch.le,
    sp.Equality: torch.eq,
    sp.Unequality: torch.ne,
    sp.GreaterThan: torch.ge,
    sp.StrictGreaterThan: torch.gt,
}


@lru_cache(maxsize=256)
def quick(expression: Expr) -> Quick | None:
    """The expression on a float64 tensor, about; None for functions that torch does not have."""
    if expression == x:
        return lambda t: t
    if not expression.has(x):
        number = complex(expression)
        return lambda t: torch.full_like(t, number.real if number.imag == 0 else torch.nan)
    if isinstance(expression, sp.Piecewise):
        return _piecewise(expression)
    parts = _all(quick(argument) for argument in expression.args)
    if parts is None:
        return None
    if expression.is_Add or expression.is_Mul:
        combine = operator.add if expression.is_Add else operator.mul
        return lambda t: reduce(combine, [part(t) for part in parts])
    if expression.is_Pow:
        base, exponent = parts
        if expression.exp.has(x):
            return lambda t: torch.pow(base(t), exponent(t))
        power = float(expression.exp)
        return lambda t: torch.pow(base(t), power)
    if isinstance(expression, (sp.Max, sp.Min)):
        pick = torch.maximum if isinstance(expression, sp.Max) else torch.minimum
        return lambda t: reduce(pick, [part(t) for part in parts])
    if isinstance(expression, sp.Mod):
        return lambda t: torch.remainder(parts[0](t), parts[1](t))
    if isinstance(expression, sp.Heaviside):
        return lambda t: torch.heaviside(parts[0](t), parts[1](t))
    function = _UNARY.get(expression.func)
    if function is None or len(parts) != 1:
        return None
    return lambda t: function(parts[0](t))


def _all(found: Any) -> list[Any] | None:
    parts = list(found)
    return None if any(part is None for part in parts) else parts


def _piecewise(expression: Expr) -> Quick | None:
    values = _all(quick(value) for value, _ in expression.args)
    conditions = _all(_condition(condition) for _, condition in expression.args)
    if values is None or conditions is None:
        return None

    def evaluate(t: Tensor) -> Tensor:
        result = torch.full_like(t, torch.nan)
        for value, condition in zip(reversed(values), reversed(conditions), strict=True):
            result = torch.where(condition(t), value(t), result)
        return result

    return evaluate


def _condition(condition: Any) -> Quick | None:
    if condition in (sp.true, sp.false):
        truth = bool(condition)
        return lambda t: torch.full_like(t, truth, dtype=torch.bool)
    if isinstance(condition, (sp.And, sp.Or, sp.Not)):
        parts = _all(_condition(part) for part in condition.args)
        if parts is None:
            return None
        if isinstance(condition, sp.Not):
            return lambda t: ~parts[0](t)
        join = torch.logical_and if isinstance(condition, sp.And) else torch.logical_or
        return lambda t: reduce(join, [part(t) for part in parts])
    relation = _RELATIONS.get(condition.func)
    sides = None if relation is None else _all((quick(condition.lhs), quick(condition.rhs)))
    if relation is None or sides is None:
        return None
    left, right = sides
    return lambda t: relation(left(t), right(t))
