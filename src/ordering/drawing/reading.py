"""Terms from their text: a small grammar over Python's syntax tree.  Nothing is evaluated as code."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Final

from ordering.arguments import near, shown
from ordering.arguments import text as checked_text
from ordering.drawing import building
from ordering.drawing.operations import OPERATIONS, POWERS
from ordering.drawing.term import Term, X
from ordering.errors import InvalidArgument

LONGEST: Final = 4000
"""Characters that a formula may have."""
DIGITS: Final = 30
"""Digits that a number of it may have."""

_FUNCTIONS: Final = tuple(
    name for name, row in OPERATIONS.items() if row.unary and not row.numbers and not name.startswith("power")
)
_NAMES: Final = (*_FUNCTIONS, "max", "min", "clip", "sqrt")
_GRAMMAR: Final = (
    "a formula has x, numbers that float16 holds, + - * / and ** with a small exponent, "
    f"{', '.join(_NAMES)}, `a if x < 1 else b`, and dips such as `x - (1 <= x <= 2)/4`"
)


def read(text: str) -> Term:
    """The term that the text denotes.

    The grammar is Python's, with `x`, numbers, `+ - * /`, `**` with an exponent of 2 to 5, the functions of
    one argument of `OPERATIONS`, `max(u, v)`, `min(u, v)`, `clip(u, low, high)`, `sqrt(u**2 + c)`,
    `log(1 + u**2)`, `a if x < k else b` (or `<=`), and `u - d*(low <= x <= high)` for a dip.  A denominator
    must be kept from zero by its construction (`1 + exp(x)`).

    Raises
    ------
    InvalidArgument
        For anything else; the message has the part and what is accepted.

    Examples
    --------
    >>> read("max(x, 0) - x/4").operation
    'sum'
    """
    checked_text("the formula", text)
    if len(text) > LONGEST:
        raise InvalidArgument(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    try:
        return _term(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as error:
        raise InvalidArgument(f"cannot read {shown(text)}: {error.msg}; {_GRAMMAR}") from error
    except (RecursionError, MemoryError) as error:
        raise InvalidArgument("the formula is nested too deeply") from error
    except ValueError as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(f"cannot read {shown(text)}: {error}") from error


def _refuse(node: ast.AST, why: str = _GRAMMAR) -> InvalidArgument:
    return InvalidArgument(f"cannot read {shown(ast.unparse(node))}: {why}")


def _term(node: ast.expr) -> Term:
    if (value := _number(node)) is not None:
        return building.number(value)
    if isinstance(node, ast.Name) and node.id == "x":
        return X
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return building.scaled(-1, _term(node.operand))
    if isinstance(node, ast.BinOp):
        return _operation(node)
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.IfExp):
        knot, closed = _knot(node.test)
        return building.piecewise(_term(node.body), _term(node.orelse), knot, closed=closed)
    raise _refuse(node)


def _number(node: ast.expr) -> Fraction | None:
    """A whole number, a decimal or a fraction, perhaps with a sign; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        text = repr(node.value)
        if isinstance(node.value, bool) or len(text) > DIGITS:
            raise _refuse(node, f"numbers have at most {DIGITS} digits")
        return Fraction(text)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = _number(node.left), _number(node.right)
        if above is not None and below is not None:
            if below == 0:
                raise _refuse(node, "division by zero")
            return above / below
    return None


def _operation(node: ast.BinOp) -> Term:
    if isinstance(node.op, ast.Add | ast.Sub):
        sign = -1 if isinstance(node.op, ast.Sub) else 1
        if (dip := _dip(node.right)) is not None:
            low, high, depth = dip
            return building.dipped(_term(node.left), low, high, -sign * depth)
        return building.total(_term(node.left), building.scaled(sign, _term(node.right)))
    if isinstance(node.op, ast.Mult):
        return building.product(_term(node.left), _term(node.right))
    if isinstance(node.op, ast.Div):
        if by := _number(node.right):  # 2^20 is no value of float16, and its inverse is one
            return building.scaled(1 / by, _term(node.left))
        return building.quotient(_term(node.left), _term(node.right))
    if isinstance(node.op, ast.Pow):
        exponent = _number(node.right)
        if exponent not in POWERS:
            raise _refuse(node, f"exponents are {', '.join(map(str, POWERS))}")
        return building.unary(f"power{exponent}", _term(node.left))
    raise _refuse(node)


def _dip(node: ast.expr) -> tuple[Fraction, Fraction, Fraction] | None:
    """Where a dip is, and its depth; None if the text is no product with a comparison."""
    if isinstance(node, ast.Compare):
        return (*_between(node), Fraction(1))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        by_number = isinstance(node.op, ast.Div)
        inner, factor = (node.left, node.right) if by_number else (node.right, node.left)
        found, value = _dip(inner), _number(factor)
        if found is not None and value:
            return (*found[:2], found[2] / value if by_number else found[2] * value)
    return None


def _between(node: ast.Compare) -> tuple[Fraction, Fraction]:
    sides = [node.left, *node.comparators]
    equal = len(sides) == 2 and isinstance(node.ops[0], ast.Eq)
    chained = len(sides) == 3 and all(isinstance(op, ast.LtE) for op in node.ops)
    ends = [sides[0], sides[2]] if chained else [sides[1]] * 2 if equal else []
    numbers = [value for end in ends if (value := _number(end)) is not None]
    subject = sides[1 if chained else 0]
    if len(numbers) != 2 or not isinstance(subject, ast.Name) or subject.id != "x":
        raise _refuse(node, "a dip is written (1 <= x <= 2), or (x == 1)")
    return numbers[0], numbers[1]


def _knot(node: ast.expr) -> tuple[Fraction, bool]:
    if (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.left, ast.Name)
        and node.left.id == "x"
        and isinstance(node.ops[0], ast.Lt | ast.LtE)
        and (knot := _number(node.comparators[0])) is not None
    ):
        return knot, isinstance(node.ops[0], ast.LtE)
    raise _refuse(node, "a condition is written x < 1 or x <= 1")


def _call(node: ast.Call) -> Term:
    name = node.func.id if isinstance(node.func, ast.Name) and not node.keywords else ""
    if name not in _NAMES:
        raise _refuse(node, near(name, _NAMES, _GRAMMAR))
    count = {"max": 2, "min": 2, "clip": 3}.get(name, 1)
    if len(node.args) != count or any(isinstance(each, ast.Starred) for each in node.args):
        raise _refuse(node, f"{name} takes {count} argument{'s' * (count > 1)}")
    if name in ("max", "min"):
        return building.extreme(name, *map(_term, node.args))
    if name == "clip":
        low, high = map(_number, node.args[1:])
        if low is None or high is None:
            raise _refuse(node, "the ends of clip are numbers")
        return building.clipped(_term(node.args[0]), low, high)
    inner = _term(node.args[0])
    if name not in ("sqrt", "log"):
        return building.unary(name, inner)
    # sqrt(u**2 + c) and log(1 + u**2): under them stands a square and a number.
    if inner.is_shift and inner.parts[0].operation == "power2":
        square, constant = inner.parts[0].parts[0], inner.parts[1].numbers[0]
        if name == "sqrt":
            return building.unary("root", square, constant)
        if constant == 1:
            return building.unary("log", square)
    raise _refuse(node, "sqrt(u**2 + c) and log(1 + u**2) are the roots and logarithms that there are")
