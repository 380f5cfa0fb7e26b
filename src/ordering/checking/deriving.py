"""The derivative of a smooth expression: the rules for sums, products and powers, and a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.records import Rejected
from ordering.variable import x

_TABLE: Final[dict[Any, Callable[[Expr], Expr]]] = {
    sp.exp: sp.exp,
    sp.log: lambda u: 1 / u,
    sp.sin: sp.cos,
    sp.cos: lambda u: -sp.sin(u),
    sp.tan: lambda u: sp.tan(u) ** 2 + 1,
    sp.cot: lambda u: -(sp.cot(u) ** 2) - 1,
    sp.sec: lambda u: sp.tan(u) * sp.sec(u),
    sp.csc: lambda u: -sp.cot(u) * sp.csc(u),
    sp.sinh: sp.cosh,
    sp.cosh: sp.sinh,
    sp.tanh: lambda u: 1 - sp.tanh(u) ** 2,
    sp.coth: lambda u: -1 / sp.sinh(u) ** 2,
    sp.sech: lambda u: -sp.tanh(u) * sp.sech(u),
    sp.csch: lambda u: -sp.coth(u) * sp.csch(u),
    sp.asin: lambda u: 1 / sp.sqrt(1 - u**2),
    sp.acos: lambda u: -1 / sp.sqrt(1 - u**2),
    sp.atan: lambda u: 1 / (u**2 + 1),
    sp.asinh: lambda u: 1 / sp.sqrt(u**2 + 1),
    sp.acosh: lambda u: 1 / (sp.sqrt(u - 1) * sp.sqrt(u + 1)),
    sp.atanh: lambda u: 1 / (1 - u**2),
    sp.erf: lambda u: 2 * sp.exp(-(u**2)) / sp.sqrt(sp.pi),
    sp.erfc: lambda u: -2 * sp.exp(-(u**2)) / sp.sqrt(sp.pi),
    sp.erfi: lambda u: 2 * sp.exp(u**2) / sp.sqrt(sp.pi),
    sp.erfinv: lambda u: sp.sqrt(sp.pi) * sp.exp(sp.erfinv(u) ** 2) / 2,
    sp.gamma: lambda u: sp.gamma(u) * sp.polygamma(0, u),
    sp.loggamma: lambda u: sp.polygamma(0, u),
}


@lru_cache(maxsize=8192)
def derivative(e: Expr) -> Expr:
    """The derivative with respect to x, where the expression is smooth; `Rejected` for other functions.

    >>> derivative(x * sp.tanh(x))
    x*(1 - tanh(x)**2) + tanh(x)
    """
    if not e.has(x):
        return sp.S.Zero
    if e == x:
        return sp.S.One
    if e.is_Add:
        return sp.Add(*map(derivative, e.args))
    if e.is_Mul:
        return sp.Add(*(e.func(*e.args[:i], derivative(u), *e.args[i + 1 :]) for i, u in enumerate(e.args)))
    if e.is_Pow and not isinstance(e, sp.exp):
        base, power = e.args
        return e * (derivative(power) * sp.log(base) + derivative(base) * power / base)
    if e.func not in _TABLE:
        raise Rejected(f"the derivative of {e.func.__name__} is not known to the checker")
    return _TABLE[e.func](e.args[0]) * derivative(e.args[0])
