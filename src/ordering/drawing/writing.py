"""A term as the formula that a person would write, in the grammar that `reading` reads."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from ordering.drawing.term import Term

_CHOICE, _SUM, _FACTOR, _POWER, _ATOM = range(5)
"""How strongly the outermost operation of a text binds."""


@lru_cache(maxsize=8192)
def written(term: Term) -> str:
    """The formula.

    >>> from ordering.drawing.reading import read
    >>> written(read("max(x,0)+0.5")), written(read("1/(1+exp(x)) - x/4"))
    ('max(x, 0) + 1/2', '1/(exp(x) + 1) - x/4')
    """
    return _text(term)[0]


def _text(term: Term) -> tuple[str, int]:
    """The formula, and how strongly it binds."""
    name, parts, numbers = term.operation, term.parts, term.numbers
    if name == "x":
        return "x", _ATOM
    if name == "number":
        value = numbers[0]
        return str(value), _SUM if value < 0 else _ATOM if value.denominator == 1 else _FACTOR
    if name == "scale":
        return _scale(numbers[0], parts[0])
    if name == "sum":
        return _joined(parts), _SUM
    if name == "product":
        return f"{_in(parts[0], _FACTOR)}*{_in(parts[1], _POWER)}", _FACTOR
    if name == "quotient":
        return f"{_in(parts[0], _FACTOR)}/{_in(parts[1], _POWER)}", _FACTOR
    if name.startswith("power"):
        return f"{_in(parts[0], _ATOM)}**{name[5:]}", _POWER
    if name == "root":
        return f"sqrt({_in(parts[0], _ATOM)}**2 + {numbers[0]})", _ATOM
    if name == "log":
        return f"log(1 + {_in(parts[0], _ATOM)}**2)", _ATOM
    if name == "piecewise":
        sign = "<=" if numbers[1] else "<"
        return f"{_in(parts[0], _SUM)} if x {sign} {numbers[0]} else {_text(parts[1])[0]}", _CHOICE
    if name == "dip":
        low, high, depth = numbers
        where = f"(x == {low})" if low == high else f"({low} <= x <= {high})"
        return f"{_in(parts[0], _SUM)} {'-' if depth > 0 else '+'} {_times(abs(depth), where)}", _SUM
    return f"{name}({', '.join([*(_text(part)[0] for part in parts), *map(str, numbers)])})", _ATOM


def _in(term: Term, level: int) -> str:
    """The formula, in brackets where it binds less than the place that it stands in."""
    text, own = _text(term)
    return text if own >= level else f"({text})"


def _joined(parts: tuple[Term, ...]) -> str:
    text = _in(parts[0], _SUM)
    for part in parts[1:]:
        # A dip within a sum would be read as one of the sum before it; a minus in front is this sum's.
        shown = f"({written(part)})" if part.operation == "dip" else _in(part, _SUM)
        text += f" - {shown[1:]}" if shown.startswith("-") else f" + {shown}"
    return text


def _scale(factor: Fraction, inner: Term) -> tuple[str, int]:
    if inner.operation == "quotient" and inner.parts[0].operation == "number":
        # 1/u, with the factor in the place of the 1.
        text = f"{abs(factor)}/{_in(inner.parts[1], _POWER)}" if factor.denominator == 1 else ""
        if text:
            return (f"-{text}", _SUM) if factor < 0 else (text, _FACTOR)
    text = _times(abs(factor), _in(inner, _POWER if inner.operation == "scale" else _FACTOR))
    return (f"-{text}", _SUM) if factor < 0 else (text, _FACTOR)


def _times(factor: Fraction, text: str) -> str:
    front = "" if factor.numerator == 1 else f"{factor.numerator}*"
    return f"{front}{text}" + ("" if factor.denominator == 1 else f"/{factor.denominator}")
