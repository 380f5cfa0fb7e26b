"""Expressions typed by people: a small grammar over Python's syntax tree.  Nothing is evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.activation import x
from ordering.arguments import near
from ordering.arguments import text as checked_text
from ordering.errors import InvalidArgument

LONGEST: Final = 2000
"""Characters that an expression may have."""
LARGEST_POWER: Final = 1000
"""Largest absolute exponent of a constant power, which would be written out."""


def _sigmoid(u: Expr) -> Expr:
    return 1 / (1 + sp.exp(-u))


def _softplus(u: Expr) -> Expr:
    return sp.log(1 + sp.exp(u))


def _gelu(u: Expr) -> Expr:
    return u * (1 + sp.erf(u / sp.sqrt(2))) / 2


def _cbrt(u: Expr) -> Expr:
    return sp.sign(u) * sp.Abs(u) ** sp.Rational(1, 3)


FUNCTIONS: Final[Mapping[str, tuple[Callable[..., Expr], int | None]]] = MappingProxyType(
    {
        "exp": (sp.exp, 1),
        "log": (sp.log, 1),
        "ln": (sp.log, 1),
        "log1p": (lambda u: sp.log(1 + u), 1),
        "expm1": (lambda u: sp.exp(u) - 1, 1),
        "sqrt": (sp.sqrt, 1),
        "cbrt": (_cbrt, 1),
        "sin": (sp.sin, 1),
        "cos": (sp.cos, 1),
        "tan": (sp.tan, 1),
        "atan": (sp.atan, 1),
        "arctan": (sp.atan, 1),
        "sinh": (sp.sinh, 1),
        "cosh": (sp.cosh, 1),
        "tanh": (sp.tanh, 1),
        "asinh": (sp.asinh, 1),
        "atanh": (sp.atanh, 1),
        "erf": (sp.erf, 1),
        "erfc": (sp.erfc, 1),
        "abs": (sp.Abs, 1),
        "Abs": (sp.Abs, 1),
        "sign": (sp.sign, 1),
        "floor": (sp.floor, 1),
        "ceil": (sp.ceiling, 1),
        "ceiling": (sp.ceiling, 1),
        "heaviside": (sp.Heaviside, 1),
        "Heaviside": (sp.Heaviside, 1),
        "max": (sp.Max, None),
        "Max": (sp.Max, None),
        "min": (sp.Min, None),
        "Min": (sp.Min, None),
        "clip": (lambda u, low, high: sp.Min(sp.Max(u, low), high), 3),
        "relu": (lambda u: sp.Max(u, 0), 1),
        "sigmoid": (_sigmoid, 1),
        "softplus": (_softplus, 1),
        "silu": (lambda u: u * _sigmoid(u), 1),
        "swish": (lambda u: u * _sigmoid(u), 1),
        "mish": (lambda u: u * sp.tanh(_softplus(u)), 1),
        "gelu": (_gelu, 1),
        "softsign": (lambda u: u / (1 + sp.Abs(u)), 1),
    }
)
"""Name -> function, number of arguments (None: two or more)."""

CONSTANTS: Final[Mapping[str, Expr]] = MappingProxyType({"x": x, "pi": sp.pi, "e": sp.E, "E": sp.E})

_RELATIONS: Final[dict[type[ast.cmpop], Any]] = {
    ast.Lt: sp.Lt,
    ast.LtE: sp.Le,
    ast.Gt: sp.Gt,
    ast.GtE: sp.Ge,
    ast.Eq: sp.Eq,
    ast.NotEq: sp.Ne,
}


def parse(text: str) -> Expr:
    """The expression in `ordering.x` that the text denotes, with exact numbers (`0.1` is 1/10).

    The grammar is that of Python expressions with numbers, `x`, `pi`, `e`, `+ - * / **`, the functions of
    `FUNCTIONS`, and `a if condition else b`, where a condition compares with `< <= > >= == !=` and may be
    chained or joined with `and` and `or`.

    Raises
    ------
    InvalidArgument
        With the place and what is accepted there, for anything else.

    Examples
    --------
    >>> parse("x/(1+exp(-x))")
    x/(1 + exp(-x))
    >>> parse("x if x > 0 else 0.1*x")
    Piecewise((x, x > 0), (x/10, True))
    """
    checked_text("the expression", text)
    if len(text) > LONGEST:
        raise InvalidArgument(f"the expression has {len(text)} characters; at most {LONGEST} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        expression = _expression(tree.body, text.strip())
    except SyntaxError as error:
        raise InvalidArgument(
            f"cannot read {text!r}: {error.msg} at column {error.offset}; write for example 'x/(1+exp(-x))'"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise InvalidArgument("the expression is nested too deeply") from error
    except ValueError as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(f"cannot read {text!r}: {error}") from error
    if expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or expression.has(sp.I):
        raise InvalidArgument(f"{text!r} is not a real function: it simplifies to {expression}")
    return expression


def _refuse(node: ast.AST, text: str, accepted: str) -> InvalidArgument:
    part = ast.get_source_segment(text, node) or text
    return InvalidArgument(f"cannot read {part!r} (column {getattr(node, 'col_offset', 0) + 1}): {accepted}")


def _expression(node: ast.expr, text: str) -> Expr:
    if isinstance(node, ast.Constant):
        return _number(node, text)
    if isinstance(node, ast.Name):
        if node.id not in CONSTANTS:
            raise _refuse(node, text, f"the variable is x; constants are {', '.join(list(CONSTANTS)[1:])}")
        return CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _expression(node.operand, text)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        return _operation(node, text)
    if isinstance(node, ast.Call):
        return _call(node, text)
    if isinstance(node, ast.IfExp):
        return sp.Piecewise(
            (_expression(node.body, text), _condition(node.test, text)),
            (_expression(node.orelse, text), True),
        )
    raise _refuse(node, text, "expected numbers, x, operators + - * / **, and known functions")


def _number(node: ast.Constant, text: str) -> Expr:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        raise _refuse(node, text, "expected a number")
    source = ast.get_source_segment(text, node) or ""
    try:
        return sp.Rational(source.replace("_", ""))
    except (TypeError, ValueError) as error:
        raise _refuse(node, text, "expected a decimal number") from error


def _operation(node: ast.BinOp, text: str) -> Expr:
    left, right = _expression(node.left, text), _expression(node.right, text)
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.Div):
        if right == 0:
            raise _refuse(node, text, "division by zero")
        return left / right
    if isinstance(node.op, ast.Pow):
        if right.is_number and not (right.is_Rational and abs(right) <= LARGEST_POWER) and right.is_Rational:
            raise _refuse(node, text, f"exponents go up to {LARGEST_POWER}")
        return left**right
    raise _refuse(node, text, "operators are + - * / and ** for powers")


def _call(node: ast.Call, text: str) -> Expr:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
        known = f"known functions are {', '.join(FUNCTIONS)}"
        unknown = node.func.id if isinstance(node.func, ast.Name) and not node.keywords else ""
        raise _refuse(node, text, near(unknown, FUNCTIONS, known))
    function, count = FUNCTIONS[node.func.id]
    wrong = len(node.args) < 2 if count is None else len(node.args) != count
    if wrong or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise _refuse(
            node, text, f"{node.func.id} takes {'two or more' if count is None else count} arguments"
        )
    return function(*(_expression(argument, text) for argument in node.args))


def _condition(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.BoolOp):
        parts = [_condition(part, text) for part in node.values]
        return sp.And(*parts) if isinstance(node.op, ast.And) else sp.Or(*parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return sp.Not(_condition(node.operand, text))
    if isinstance(node, ast.Compare) and all(type(op) in _RELATIONS for op in node.ops):
        sides = [_expression(side, text) for side in (node.left, *node.comparators)]
        return sp.And(
            *(_RELATIONS[type(op)](a, b) for op, a, b in zip(node.ops, sides, sides[1:], strict=False))
        )
    raise _refuse(node, text, "expected a comparison such as x > 0")
