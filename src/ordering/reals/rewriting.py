"""Normal forms: every smooth elementary function through exp, log, roots, atan, asin, erf, sin, cos."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy import Expr

from ordering.variable import x


def _hyperbolic(expression: Expr) -> Expr | None:
    """Hyperbolic, inverse and complementary functions by their definitions; None for any other head."""
    head = expression.func
    u = expression.args[0] if expression.args else sp.S.Zero
    if head in (sp.tanh, sp.coth):
        tanh = 1 - 2 / (sp.exp(2 * u) + 1)
        return tanh if head is sp.tanh else 1 / tanh
    if head in (sp.sinh, sp.csch):
        sinh = (sp.exp(u) - sp.exp(-u)) / 2
        return sinh if head is sp.sinh else 1 / sinh
    if head in (sp.cosh, sp.sech):
        cosh = (sp.exp(u) + sp.exp(-u)) / 2
        return cosh if head is sp.cosh else 1 / cosh
    if head is sp.erfc:
        return 1 - sp.erf(u)
    if head is sp.asinh:
        return sp.log(u + sp.sqrt(u**2 + 1))
    if head is sp.acosh:
        return sp.log(u + sp.sqrt(u - 1) * sp.sqrt(u + 1))
    if head is sp.atanh:
        return (sp.log(1 + u) - sp.log(1 - u)) / 2
    if head in (sp.tan, sp.sec):
        return (sp.sin(u) if head is sp.tan else 1) / sp.cos(u)
    if head in (sp.cot, sp.csc):
        return (sp.cos(u) if head is sp.cot else 1) / sp.sin(u)
    if head is sp.acos:
        return sp.pi / 2 - sp.asin(u)
    if head is sp.sinc:
        return sp.sin(u) / u
    if head is sp.frac:
        return u - sp.floor(u)
    if head is sp.ceiling:
        return -sp.floor(-u)
    if head is sp.Mod:
        return u - expression.args[1] * sp.floor(u / expression.args[1])
    if head is sp.Pow and expression.exp.has(x):
        return sp.exp(expression.exp * sp.log(expression.base))
    if isinstance(expression, sp.Float):
        return sp.Rational(expression)
    return None


def _clipped_floor(expression: Expr) -> Expr | None:
    """`min(max(c floor(u) + d, low), high)` with its jumps bounded, so that there are finitely many.

    For an integer k, floor(u) >= k iff u >= k: where the clipping does not act, u may be clipped first.
    """
    low, high, inner = -sp.oo, sp.oo, expression
    while isinstance(inner, (sp.Max, sp.Min)):
        numbers = [a for a in inner.args if a.is_number]
        rest = [a for a in inner.args if not a.is_number]
        if len(numbers) != 1 or len(rest) != 1 or not numbers[0].is_Rational:
            return None
        # Inner bounds act first: an outer bound clips them too.
        if isinstance(inner, sp.Max):
            low, high = (max(low, numbers[0]), high) if numbers[0] <= high else (high, high)
        else:
            low, high = (low, min(high, numbers[0])) if numbers[0] >= low else (low, low)
        inner = rest[0]
    floors = inner.atoms(sp.floor)
    if len(floors) != 1:
        return None
    (step,) = floors
    symbol = sp.Dummy("k", real=True)
    line = sp.expand(inner.xreplace({step: symbol}))
    c, d = line.coeff(symbol, 1), line.coeff(symbol, 0)
    if (
        line.has(x)
        or not (c.is_Rational and d.is_Rational and c > 0)
        or sp.expand(line - c * symbol - d) != 0
    ):
        return None
    u = step.args[0]
    branches = []
    clipped = u
    if low != -sp.oo:
        first = sp.ceiling((low - d) / c)  # the least integer that is not clipped away
        branches.append((low, u < first))
        clipped = sp.Max(clipped, first)
    if high != sp.oo:
        last = sp.floor((high - d) / c) + 1  # from here on the value is clipped
        branches.append((high, u >= last))
        clipped = sp.Min(clipped, last)
    return sp.Piecewise(*branches, (c * sp.floor(clipped) + d, True))


@lru_cache(maxsize=4096)
def normal(expression: Expr) -> Expr:
    """`expression` through exp, log, rational powers, atan, asin, erf, sin, cos and the piecewise functions.

    >>> from sympy import tanh
    >>> normal(tanh(x))
    1 - 2/(exp(2*x) + 1)
    """
    if not expression.args or expression.is_Rational:
        return sp.Rational(expression) if isinstance(expression, sp.Float) else expression
    if isinstance(expression, sp.Piecewise):
        return sp.Piecewise(
            *((normal(value), _condition(condition)) for value, condition in expression.args), evaluate=False
        )
    if isinstance(expression, (sp.Max, sp.Min)) and expression.has(sp.floor):
        clipped = _clipped_floor(expression)
        if clipped is not None:
            return normal(clipped)
    inner = [normal(argument) for argument in expression.args]
    # Max and Min are resolved piece by piece: sympy's own simplification of them is slow.
    options = {"evaluate": False} if isinstance(expression, (sp.Max, sp.Min)) else {}
    rebuilt = expression if list(expression.args) == inner else expression.func(*inner, **options)
    rewritten = _hyperbolic(rebuilt)
    return rebuilt if rewritten is None else normal(rewritten)


def _condition(condition: Expr) -> Expr:
    if isinstance(condition, sp.core.relational.Relational):
        return condition.func(normal(condition.lhs), normal(condition.rhs), evaluate=False)
    if condition.args:
        return condition.func(*(_condition(part) for part in condition.args), evaluate=False)
    return condition


def without_choices(expression: Expr) -> Expr:
    """`expression` with conditions `c if a else b`, which sympy makes of nested Piecewise, as And and Or."""
    choices = expression.atoms(sp.ITE)
    return expression.xreplace({e: e.to_nnf(simplify=False) for e in choices}) if choices else expression
