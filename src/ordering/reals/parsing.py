"""Expressions typed by people: a small grammar over Python's syntax tree.  Nothing is evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.arguments import near
from ordering.arguments import text as checked_text
from ordering.enclosures.budget import Undecided
from ordering.errors import InvalidArgument
from ordering.reals import bounded
from ordering.reals.domain import keeps, own_demands
from ordering.variable import x

LONGEST: Final = 2000
"""Characters that an expression may have."""
DIGITS: Final = 1000
MOST_BITS: Final = 3400
"""Digits, and bits, that a number of an expression may have: it is printed, and Python's limit is near."""
FEW: Final = 6
"""Arguments of max or min beyond which sympy's simplification, quadratic in their number, is left out."""
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
        "asin": (sp.asin, 1),
        "arcsin": (sp.asin, 1),
        "acos": (sp.acos, 1),
        "arccos": (sp.acos, 1),
        "acosh": (sp.acosh, 1),
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
    chained or joined with `and` and `or`.  What has no value at a point as it is written has none in the
    expression either: `x/x` stays a quotient, undefined at 0.  Reading ends after ten seconds or a gigabyte.

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
    return parsed(text, bounded.SECONDS)


def parsed(text: str, limit: float) -> Expr:
    """`parse` within `limit` seconds and a gigabyte, in a process of its own if the text may need as much.

    Sympy evaluates constants while it builds an expression, and `floor(exp(10**8))` has 43 million digits.
    """
    checked_text("the expression", text)
    if len(text) > LONGEST:
        raise InvalidArgument(f"the expression has {len(text)} characters; at most {LONGEST} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        if not bounded.available():
            _require_small_constants(tree, text)
        if _plain(tree) or not bounded.available():
            expression = _read(tree, text)
        else:
            expression = bounded.ask(lambda: _printed(_read(tree, text)), limit)
    except SyntaxError as error:
        raise InvalidArgument(
            f"cannot read {text!r}: {error.msg} at column {error.offset}; write for example 'x/(1+exp(-x))'"
        ) from error
    except Undecided as error:
        raise InvalidArgument(f"{_short(text)} cannot be read: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise InvalidArgument("the expression is nested too deeply") from error
    except ValueError as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(f"cannot read {text!r}: {error}") from error
    return expression


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _printed(expression: Expr) -> Expr:
    """The expression, after it was printed once: sympy evaluates its constants for that."""
    str(expression)
    return expression


def _read(tree: ast.Expression, text: str) -> Expr:
    expression = _expression(tree.body, text.strip())
    if expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or expression.has(sp.I):
        raise InvalidArgument(f"{text!r} is not a real function: it simplifies to {expression}")
    for number in expression.atoms(sp.Rational):
        if max(number.p.bit_length(), number.q.bit_length()) > MOST_BITS:
            raise InvalidArgument(f"{_short(text)} has a number of more than {DIGITS} digits")
    return expression


_EVALUATING: Final = frozenset(
    {"abs", "Abs", "sign", "cbrt", "floor", "ceil", "ceiling", "heaviside", "Heaviside", "max", "Max", "min"}
    | {"Min", "clip", "relu", "softsign"}
)
"""Functions whose value at a constant sympy looks for at once."""


def _plain(tree: ast.Expression) -> bool:
    """Whether the text is read in an instant: few parts, small numbers, and nothing large to be evaluated."""
    nodes = list(ast.walk(tree))
    powers = [node for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)]
    return (
        len(nodes) <= 150
        and len(powers) <= 4
        and all(_plain_exponent(node.right) for node in powers)
        and all(_small(node.value) for node in nodes if isinstance(node, ast.Constant))
        and all(_has_x(part) or _simple(part) for node in nodes for part in _evaluated(node))
        and all(_has_x(node) or _modest(node) for node in nodes if isinstance(node, ast.Call))
    )


_GROWING: Final = frozenset({"exp", "expm1", "sinh", "cosh"})


def _require_small_constants(tree: ast.Expression, text: str) -> None:
    """Refuse a constant whose digits take for ever: where no process can be ended, nothing stops it."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _GROWING
            and not (_has_x(node) or _modest(node))
        ):
            raise _refuse(
                node, text, f"on this system, constants are exponentials of numbers up to {LARGEST_POWER}"
            )


def _modest(node: ast.Call) -> bool:
    """Whether the arguments of a constant call are plain numbers of a size whose exponential is harmless."""
    numbers = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return all(map(_simple, node.args)) and all(
        abs(number) <= LARGEST_POWER for number in numbers if isinstance(number, int | float)
    )


def _small(value: object) -> bool:
    return not isinstance(value, int | float) or value == 0 or 1e-20 < abs(value) < 1e20


def _plain_exponent(node: ast.expr) -> bool:
    return _has_x(node) or all(
        not isinstance(part, ast.Constant) or not isinstance(part.value, int | float) or abs(part.value) <= 30
        for part in ast.walk(node)
    )


def _has_x(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "x" for part in ast.walk(node))


def _simple(node: ast.AST) -> bool:
    """Whether a constant is a number, perhaps with a sign or a denominator, or pi or e."""
    return not any(
        isinstance(part, ast.Call) or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow))
        for part in ast.walk(node)
    )


def _evaluated(node: ast.AST) -> list[ast.expr]:
    """What sympy evaluates of a node, if it has a value: the arguments of some functions, and comparisons."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _EVALUATING:
        return node.args
    return []


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
    _, _, exponent = source.lower().partition("e")
    if len(source) > DIGITS or len(exponent) > 5 or abs(int(exponent or 0)) > DIGITS:
        raise _refuse(node, text, f"numbers have at most {DIGITS} digits")
    try:
        return sp.Rational(source.replace("_", ""))
    except (TypeError, ValueError) as error:
        raise _refuse(node, text, "expected a decimal number") from error


def _operation(node: ast.BinOp, text: str) -> Expr:
    left, right = _expression(node.left, text), _expression(node.right, text)
    if isinstance(node.op, ast.Add):
        return _kept(left + right, sp.Add, (left, right))
    if isinstance(node.op, ast.Sub):
        return _kept(left - right, sp.Add, (left, -right))
    if isinstance(node.op, ast.Mult):
        return _kept(left * right, sp.Mul, (left, right))
    if isinstance(node.op, ast.Div):
        if right == 0:
            raise _refuse(node, text, "division by zero")
        inverse = _kept(1 / right, sp.Pow, (right, sp.S.NegativeOne))
        return _kept(left * inverse, sp.Mul, (left, inverse))
    if isinstance(node.op, ast.Pow):
        if right.is_number and not (right.is_Rational and abs(right) <= LARGEST_POWER) and right.is_Rational:
            raise _refuse(node, text, f"exponents go up to {LARGEST_POWER}")
        if right.is_Integer and _bits(left) * abs(right) > MOST_BITS:
            raise _refuse(node, text, f"numbers have at most {DIGITS} digits")
        return _kept(left**right, sp.Pow, (left, right))
    raise _refuse(node, text, "operators are + - * / and ** for powers")


def _bits(base: Expr) -> int:
    """The size of what an integer power of the expression multiplies out; 1 and -1 stay as they are."""
    number = base.as_coeff_Mul()[0]
    size = max(abs(number.p), number.q) if number.is_Rational else 1
    return 0 if size == 1 else int(size).bit_length() - 1


def _kept(result: Expr, head: Any, parts: tuple[Expr, ...]) -> Expr:
    """The result that sympy built, or the head as it was written where sympy cancelled part of its domain."""
    try:
        written = head(*parts, evaluate=False)
        kept = result.has(sp.nan, sp.zoo, sp.I) or keeps(result, parts, own_demands(written))
    except Undecided:  # a function of unknown domain: it is kept as it is, whatever that is
        return result
    return result if kept else written


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
    arguments = [_expression(argument, text) for argument in node.args]
    if count is None and len(arguments) > FEW:
        # Sympy compares each with each to drop those that are never largest; the prover does without.
        return function(*arguments, evaluate=False)
    result = function(*arguments)
    return _kept(result, function, tuple(arguments)) if isinstance(function, type) else result


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
