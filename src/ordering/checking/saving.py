"""A claim and its steps as JSON, and back: a small reader reads expressions, nothing is evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.records import (
    Across,
    Cells,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Factors,
    Hole,
    Number,
    Period,
    Piece,
    Plain,
    Root,
    Rung,
    Sign,
    Step,
    Turns,
    Value,
)
from ordering.errors import InvalidArgument
from ordering.variable import x

LONGEST: Final = 20_000
"""Characters of one expression."""
DEEPEST: Final = 150
LARGEST: Final = 10**60
"""Largest integer (numerators, denominators)."""
MOST_BITS: Final = 20_000
"""Bits of a power of a number."""

RECORDS: Final[Mapping[str, type[Any]]] = {
    record.__name__: record
    for record in (
        Across, Cells, Claim, Comparison, Conclusion, Derivative, Factors, Hole, Number, Period, Piece, Plain,
        Root, Rung, Sign, Turns, Value,
    )
}  # fmt: skip

_CONSTANTS: Final[Mapping[str, Any]] = {
    "pi": sp.pi, "E": sp.E, "oo": sp.oo, "EulerGamma": sp.EulerGamma, "Catalan": sp.Catalan,
    "GoldenRatio": sp.GoldenRatio, "true": sp.true, "false": sp.false, "nan": sp.nan,
}  # fmt: skip
_HEADS: Final[Mapping[str, Any]] = {
    head.__name__: head
    for head in (
        sp.Add, sp.Mul, sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling, sp.frac, sp.Mod,
        sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.sinc, sp.asin, sp.acos, sp.atan,
        sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch, sp.asinh, sp.acosh, sp.atanh, sp.erf, sp.erfc,
        sp.erfi, sp.erfinv, sp.gamma, sp.loggamma, sp.LambertW, sp.And, sp.Or, sp.Not, sp.Equality,
        sp.Unequality, sp.LessThan,
        sp.GreaterThan, sp.StrictLessThan, sp.StrictGreaterThan,
    )
}  # fmt: skip

_WHOLE: Final = ("floor", "ceiling", "frac", "Mod")
"""sympy evaluates these at numbers, with as many digits as it takes."""


def to_data(value: Any) -> Any:
    """A record, an expression or a tuple of them as what JSON can hold."""
    if type(value).__name__ in RECORDS and isinstance(value, RECORDS[type(value).__name__]):
        return {"is": type(value).__name__} | {f.name: to_data(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [to_data(part) for part in value]
    if isinstance(value, sp.Basic):
        return {"expression": sp.srepr(value)}
    return value


def from_data(data: Any) -> Any:
    """The record, expression or tuple that `to_data` made the data of.

    Raises
    ------
    InvalidArgument
        If the data is no such thing.
    """
    if isinstance(data, list):
        return tuple(from_data(part) for part in data)
    if not isinstance(data, dict):
        return data
    if set(data) == {"expression"}:
        return read(data["expression"])
    record = RECORDS.get(str(data.get("is")))
    if record is None:
        raise InvalidArgument(f"{data.get('is')!r} is no step of a derivation; known: {', '.join(RECORDS)}")
    names = [f.name for f in fields(record)]
    if not set(names) <= set(data):
        missing = ", ".join(name for name in names if name not in data)
        raise InvalidArgument(f"a {record.__name__} lacks {missing}")
    made = record(**{name: from_data(data[name]) for name in names})
    _require_types(made)
    return made


_TEXTS: Final = ("question", "kind")
_EXPRESSIONS: Final = (
    "function",
    "expression",
    "derivative",
    "equation",
    "divisor",
    "slope",
    "length",
    "shift",
    "first",
    "second",
)


def _require_types(made: Any) -> None:
    """Each field holds what its name says."""
    for entry in fields(made):
        value = getattr(made, entry.name)
        fits = True
        if entry.name in _TEXTS:
            fits = isinstance(value, str)
        elif entry.name in _EXPRESSIONS:
            fits = isinstance(value, sp.Expr)
        elif entry.name == "value":
            fits = isinstance(value, sp.Expr) or (value is None and isinstance(made, Value))
        elif entry.name == "sign":
            fits = isinstance(value, int)
        elif entry.name == "signs":
            fits = isinstance(value, tuple) and all(isinstance(s, int) for s in value)
        elif entry.name == "points":
            fits = isinstance(value, tuple) and all(isinstance(p, Number | Root) for p in value)
        elif entry.name == "reason":
            fits = isinstance(value, Plain | Factors | Rung | Cells | Turns)
        elif entry.name == "parts":
            fits = isinstance(value, tuple) and all(
                isinstance(p, tuple) and len(p) == 2 and isinstance(p[0], sp.Expr) and isinstance(p[1], int)
                for p in value
            )
        elif entry.name in ("low", "high", "point"):
            plain = isinstance(made, Claim | Conclusion | Root)
            fits = isinstance(value, sp.Expr) if plain else isinstance(value, Number | Root)
        if isinstance(made, Root) and entry.name in ("low", "high"):
            fits = bool(fits and value.is_Rational)
        if not fits:
            raise InvalidArgument(f"the {entry.name} of a {type(made).__name__} is of the wrong kind")


def claim_and_steps(data: Any) -> tuple[Claim, tuple[Step, ...]]:
    """A claim and its steps from data `{"of": ..., "steps": [...]}`."""
    if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
        raise InvalidArgument("a derivation is an object with the keys 'of' and 'steps'")
    claim = from_data(data.get("of"))
    steps = tuple(from_data(step) for step in data["steps"])
    if not isinstance(claim, Claim):
        raise InvalidArgument("'of' must be a Claim")
    if any(
        not isinstance(
            s, Sign | Period | Piece | Hole | Value | Derivative | Comparison | Across | Conclusion
        )
        for s in steps
    ):
        raise InvalidArgument("'steps' must hold steps")
    return claim, steps


def read(text: Any) -> Expr:
    """An expression in x from sympy's `srepr`, of known functions and numbers only."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise InvalidArgument(f"an expression is a text of at most {LONGEST} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InvalidArgument(f"{text[:80]!r} is no expression as srepr writes it") from None
    return _read(tree, DEEPEST)


def _read(node: ast.AST, depth: int) -> Any:
    if depth == 0:
        raise InvalidArgument("an expression is nested too deeply")
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return _CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Name):
        return -_read(node.operand, depth - 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.func.id
        if name == "Symbol":
            if ast.unparse(node) != "Symbol('x', real=True)":
                raise InvalidArgument("the only symbol is x, a real one")
            return x
        if node.keywords:
            raise InvalidArgument(f"{name} takes no keyword")
        if name in ("Integer", "Rational"):
            return sp.Rational(*(_integer(argument) for argument in node.args))
        arguments = [_read(argument, depth - 1) for argument in node.args]
        return _made(name, arguments)
    raise InvalidArgument(f"{ast.unparse(node)[:80]!r} is not understood")


def _made(name: str, arguments: list[Any]) -> Any:
    try:
        if name == "ExprCondPair" and len(arguments) == 2:
            return tuple(arguments)
        if name == "Piecewise":
            return sp.Piecewise(*arguments, evaluate=False)
        if name == "Pow" and len(arguments) == 2:
            base, power = arguments
            if base.is_Rational and power.is_Rational:
                bits = max(int(base.p).bit_length(), int(base.q).bit_length())
                if bits * abs(power) > MOST_BITS:
                    raise InvalidArgument("a power of a number is too large")
            return sp.Pow(base, power)
        if name in _WHOLE and all(a.is_number and not a.is_Rational for a in arguments):
            raise InvalidArgument(f"{name} of a number is to be written as a number")
        if name in _HEADS:
            return _HEADS[name](*arguments)
    except (ArithmeticError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidArgument(f"{name} cannot be built: {error}") from None
    raise InvalidArgument(f"{name!r} with {len(arguments)} arguments is no known function")


def _integer(node: ast.AST) -> int:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if not isinstance(node, ast.Constant) or type(node.value) is not int or node.value > LARGEST:
        raise InvalidArgument("a number is an integer of at most 60 digits")
    return sign * node.value
