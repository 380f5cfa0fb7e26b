"""Normal forms: every smooth elementary function through exp, log, roots, atan, erf, sin and cos."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy import Expr

from ordering.activation import x


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
    if head is sp.asin:
        return sp.atan(u / sp.sqrt(1 - u**2))
    if head is sp.acos:
        return sp.pi / 2 - sp.atan(u / sp.sqrt(1 - u**2))
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
    if head is sp.Pow and not expression.exp.is_Rational:
        return sp.exp(expression.exp * sp.log(expression.base))
    if isinstance(expression, sp.Float):
        return sp.Rational(expression)
    return None


@lru_cache(maxsize=4096)
def normal(expression: Expr) -> Expr:
    """`expression` through exp, log, rational powers, atan, erf, sin, cos and the piecewise functions.

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
    inner = [normal(argument) for argument in expression.args]
    rebuilt = expression if list(expression.args) == inner else expression.func(*inner)
    rewritten = _hyperbolic(rebuilt)
    return rebuilt if rewritten is None else normal(rewritten)


def _condition(condition: Expr) -> Expr:
    if isinstance(condition, sp.core.relational.Relational):
        return condition.func(normal(condition.lhs), normal(condition.rhs), evaluate=False)
    if condition.args:
        return condition.func(*(_condition(part) for part in condition.args), evaluate=False)
    return condition
