"""What the steps of a drawdown say: limits, closed forms of roots, and between which places f falls most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking import DrawdownConclusion, Limit, Number, Place, Point, Solved
from ordering.reals.sentences import bounds
from ordering.variable import x

f: Final = sp.Symbol("f(x)")

Named = Callable[[Point], Expr]
"""A point as it is written: a number, or the name of a root."""
Made = tuple[tuple[Any, ...], tuple[Any, ...]]
"""The parts of what a step says, and of why."""


def limit(step: Limit, at: Named) -> Made:
    """The function's limit from one side."""
    where = at(step.point)
    statement = (
        f,
        "tends to",
        step.value.subs(x, where),
        "as x tends to",
        where,
        *_side(step.point, step.side),
    )
    if step.point in (Number(sp.oo), Number(-sp.oo)) or step.value in (sp.oo, -sp.oo):
        return statement, ("the terms that grow fastest decide",)
    return statement, ("the limit of the expression that f is on this side",)


def solved(step: Solved, at: Named, equals: object) -> Made:
    """A root in closed form."""
    why = (
        "this number solves the equation",
        step.root.equation,
        equals,
        sp.S.Zero,
        "and lies in the bracket",
    )
    return (at(step.root), equals, step.number), why


def concluded(step: DrawdownConclusion, at: Named) -> Made:
    """The drawdown, and where f falls by it."""
    where = () if (step.low, step.high) == (-sp.oo, sp.oo) else ("on", sp.Tuple(step.low, step.high))
    if step.peak is None or step.trough is None:
        return ("therefore no pair a <= b falls, and the drawdown of f is", sp.S.Zero, *where), (
            "f' >= 0 on every piece, and f does not fall from one piece to the next",
        )
    pair = (*_place("a", step.peak, at), "and", *_place("b", step.trough, at))
    if step.value == sp.oo:
        return ("therefore f(a) - f(b), a <= b, has no bound: the drawdown of f is", sp.oo, *where), pair
    taken = "attained" if step.peak.side == step.trough.side == 0 else "approached"
    amount = bounds(step.value) if isinstance(step.value, tuple) else step.value
    statement = ("therefore the supremum of f(a) - f(b) over a <= b is", amount, *where, ",", taken, *pair)
    why = (
        "between the places above f is monotone, and no earlier one of them lies higher above a later one; "
        "an end towards which f rises adds nothing"
    )
    return statement, (why,)


def _place(name: str, place: Place, at: Named) -> tuple[Any, ...]:
    if place.side == 0:
        return (f"at {name} =", at(place.point))
    return (f"as {name} tends to", at(place.point), *_side(place.point, place.side))


def _side(point: Point, side: int) -> tuple[str, ...]:
    if point in (Number(sp.oo), Number(-sp.oo)):
        return ()
    return ("from the right",) if side > 0 else ("from the left",)
