"""What a step says, and why it is so, as words and formulas that every renderer writes in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.checking import (
    Across,
    Comparison,
    Conclusion,
    Derivative,
    DrawdownConclusion,
    Factors,
    Hole,
    Limit,
    Number,
    Period,
    Piece,
    Plain,
    Point,
    Root,
    Rung,
    Sign,
    Solved,
    Turns,
    Value,
    roots,
)
from ordering.checking.points import before
from ordering.evidence import Derivation
from ordering.rendering import drawdowns
from ordering.variable import x

f: Final = sp.Symbol("f(x)")


@dataclass(frozen=True)
class Mark:
    """A relation or another sign between formulas: `=`, `<`, `<=`, `>`, `>=`, `!=`, `*`."""

    name: str


Part: TypeAlias = Expr | str | Mark
"""A formula, words, or a mark."""


@dataclass(frozen=True)
class Names:
    """What roots are called, and which signs were stated of which function."""

    roots: Mapping[Root, Expr]
    signs: Mapping[Expr, Sign]


@dataclass(frozen=True)
class Line:
    """One step: what it says, and why."""

    statement: tuple[Part, ...]
    why: tuple[Part, ...]


def lines(derivation: Derivation) -> tuple[Line, ...]:
    """The legend of the roots that occur, and a line for each step."""
    found = _names(derivation.steps)
    names = Names(found, {step.function: step for step in derivation.steps if isinstance(step, Sign)})
    legend = [
        Line(
            _about(root, name),
            ("the equation has opposite signs there, and a derivative without a zero between",),
        )
        for root, name in found.items()
    ]
    return (*legend, *(Line(*_STATEMENTS[type(step)](step, names)) for step in derivation.steps))


def _names(steps: Iterable[Any]) -> dict[Root, Expr]:
    """A name for every root that has no closed form, in the order in which they occur."""
    found: dict[Root, Expr] = {}
    for step in steps:
        for root in roots(step):
            found.setdefault(root, sp.Symbol(f"r_{len(found) + 1}"))
    return found


def _about(root: Root, name: Expr) -> tuple[Part, ...]:
    low, high = decimal(root.low, -1), decimal(root.high, 1)
    return (name, "is the only root of", root.equation, Mark("="), sp.S.Zero, f"between {low} and {high}")


def decimal(number: Expr, side: int) -> str:
    """A rational as a decimal below (side -1) or above (1) it, by less than 1 in the eighth digit."""
    scale = 10**8
    scaled = sp.floor(number * scale) if side < 0 else sp.ceiling(number * scale)
    digits = f"{abs(int(scaled)):09d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-8]}.{digits[-8:]}"


def _at(point: Point, names: Names) -> Expr:
    return point.value if isinstance(point, Number) else names.roots[point]


def _on(low: Point, high: Point, names: Names) -> tuple[Part, ...]:
    return ("on", sp.Tuple(_at(low, names), _at(high, names)))


_WORDS: Final = {-1: "negative", 0: "zero", 1: "positive"}
_RELATION: Final = {-1: "<", 0: "=", 1: ">"}


def _sign(step: Sign, names: Names) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    taken = set(step.signs)
    zeros: list[Part] = []
    for point in step.points:
        zeros += ["and", _at(point, names)] if zeros else [_at(point, names)]
    if len(taken) == 1:
        relation = _RELATION[taken.pop()]
        relation += "=" if step.points else ""
        statement = (step.function, Mark(relation), sp.S.Zero, *_on(step.low, step.high, names))
        statement += (", zero only at", *zeros) if zeros else ()
    else:
        parts: list[Part] = [step.function]
        for i, (low, high) in enumerate(pairwise((step.low, *step.points, step.high))):
            parts += [", "] if i else []
            parts += [Mark(_RELATION[step.signs[i]]), sp.S.Zero, *_on(low, high, names)]
        statement = (*parts, ", zero at", *zeros)
    return statement, _why_sign(step, names)


def _why_sign(step: Sign, names: Names) -> tuple[Part, ...]:
    reason = step.reason
    if isinstance(reason, Plain):
        return ("its terms, or its values at the ends, have this sign",)
    if isinstance(reason, Factors):
        parts: list[Part] = ["it is the product of"]
        for base, power in reason.parts:
            parts += ([","] if len(parts) > 1 else []) + [sp.Pow(base, power, evaluate=power == 1)]
        return (*parts, ", whose signs are known")
    if isinstance(reason, Rung):
        what: tuple[Part, ...] = ("it",) if reason.divisor == 1 else ("its quotient by", reason.divisor)
        below = names.signs.get(reason.slope)
        turning = below.points if below is not None else ()
        if not turning:
            words: tuple[Part, ...] = (", of one sign: so it is monotone, and vanishes at most once",)
        else:
            words = (
                ", so it turns only at",
                *_listed(turning, names),
                "and vanishes at most once between these",
            )
        return (*what, "has the derivative", reason.slope, *words, *_between(step, turning, names))
    if isinstance(reason, Turns):
        return ("it repeats itself after", reason.length, ", and has this sign on two such periods")
    return ("enclosures on small cells show it or its derivative without a zero",)


def _listed(points: Iterable[Point], names: Names) -> tuple[Part, ...]:
    parts: list[Part] = []
    for point in points:
        parts += [",", _at(point, names)] if parts else [_at(point, names)]
    return tuple(parts)


def _between(step: Sign, turning: Iterable[Point], names: Names) -> tuple[Part, ...]:
    """The sign that a function has where it turns, and towards the ends."""
    parts: list[Part] = ["; it is", _WORDS[step.signs[0]], "near", _at(step.low, names)]
    for point in turning:
        if point in step.points:
            parts += [", zero at", _at(point, names)]
        else:
            after = sum(1 for zero in step.points if before(zero, point))
            parts += [",", _WORDS[step.signs[after]], "at", _at(point, names)]
    return (*parts, "and", _WORDS[step.signs[-1]], "near", _at(step.high, names))


def _compared(step: Comparison, names: Names) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    words = {
        "left": ("the limit from the left and the value", "no more than such a step at this point"),
        "right": ("the value and the limit from the right", "no more than such a step at this point"),
        "slopes": ("the slopes from the left and from the right", "limits of f'"),
        "value": ("zero and the value", "the value at this point"),
    }
    label, why = words[step.kind]
    relation = Mark({-1: ">", 0: "=", 1: "<"}[step.sign])
    at = _at(step.point, names)
    sides = (_there(step.first, at), relation, _there(step.second, at))
    return ("at", at, f", {label}:", *sides), (why,)


def _over(step: Across, names: Names) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    low, high = _at(step.low, names), _at(step.high, names)
    relation = Mark({-1: ">", 0: "=", 1: "<"}[step.sign])
    where: tuple[Part, ...] = ("at", low) if step.low == step.high else ("between", low, "and", high)
    first, second = step.first.subs(x, low), step.second.subs(x, high)
    return (
        ("over the hole", *where, ": last level before it and first after it:", first, relation, second),
        ("values where there are some, else one-sided limits",),
    )


def _there(e: Expr, at: Expr) -> Expr:
    """The expression's value at a point, where it has one; else as it stands, for its limit."""
    value = e.subs(x, at)
    return e if value.has(sp.nan, sp.zoo, sp.oo, sp.AccumBounds) else value


def _value(step: Value, names: Names) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    at = _at(step.point, names)
    if step.value is None:
        return ("at", at, "f is not defined"), ("no real number",)
    why = "substitute"
    if isinstance(step.point, Root) and step.value != step.function:
        why = "substitute, and use the equation of the root"
    return ("at", at, ":", f, Mark("="), step.value.subs(x, at)), (why,)


_RULES: Final = {
    "nondecreasing": "f' >= 0 on every piece (mean value theorem), and no jump goes down",
    "nonincreasing": "f' <= 0 on every piece (mean value theorem), and no jump goes up",
    "strictly_increasing": "f' > 0 on every piece but for single points, and no jump goes down",
    "convex": "f'' >= 0 on every piece, f is continuous where they meet, and its slopes rise there",
    "concave": "f'' <= 0 on every piece, f is continuous where they meet, and its slopes fall there",
    "affine": "f'' = 0 on every piece, and neither f nor f' jumps",
    "linear": "f is affine, and f(0) = 0",
    "zero_at_zero": "0 lies in the domain",
    "nonnegative": "f >= 0 on every piece and where they meet",
    "zeros_interval": "f >= 0, and its zeros come in one run along the line at most",
}


def _concluded(step: Conclusion, _: Names) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    words = {"zero_at_zero": "zero at 0", "zeros_interval": "nonnegative and has an interval of zeros"}
    word = words.get(step.question, step.question.replace("_", " "))
    if (step.low, step.high) == (-sp.oo, sp.oo):
        return (f"therefore f is {word} on the real line, wherever it is real",), (_RULES[step.question],)
    return (f"therefore f is {word} on", sp.Tuple(step.low, step.high)), (_RULES[step.question],)


Made: TypeAlias = tuple[tuple[Part, ...], tuple[Part, ...]]


def _piece(step: Piece, names: Names) -> Made:
    why = "as it is written" if step.expression == step.function else "the branches that hold there"
    return (f, Mark("="), step.expression, *_on(step.low, step.high, names)), (why,)


def _period(step: Period, _: Names) -> Made:
    moved = sp.Symbol(f"f(x + {step.length})")
    why = (
        "sines turn whole circles; what holds on three periods, their joints included, holds on the line",
        sp.Tuple(sp.S.Zero, 3 * step.length),
    )
    return (moved, Mark("="), f + step.shift if step.shift != 0 else f), why


def _derivative(step: Derivative, _: Names) -> Made:
    return (sp.Derivative(step.function, x, evaluate=False), Mark("="), step.derivative), (
        "differentiate and factor",
    )


def _hole(step: Hole, names: Names) -> Made:
    return (f, "is no real number", *_on(step.low, step.high, names)), (
        "a function in it is not defined there",
    )


_STATEMENTS: Final[Mapping[type, Callable[[Any, Names], Made]]] = {
    Sign: _sign,
    Comparison: _compared,
    Across: _over,
    Value: _value,
    Conclusion: _concluded,
    DrawdownConclusion: lambda step, names: drawdowns.concluded(step, partial(_at, names=names)),
    Limit: lambda step, names: drawdowns.limit(step, partial(_at, names=names)),
    Solved: lambda step, names: drawdowns.solved(step, partial(_at, names=names), Mark("=")),
    Piece: _piece,
    Period: _period,
    Derivative: _derivative,
    Hole: _hole,
}
