"""What the steps of a drawdown say: limits, closed forms of roots, and between which places f falls most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy import Expr

from ordering.checking import (
    Comparison,
    Derivative,
    DrawdownConclusion,
    Hole,
    Limit,
    Number,
    Piece,
    Place,
    Point,
    Root,
    Sign,
    Solved,
    Value,
)
from ordering.reals.sentences import bounds
from ordering.rendering.book import Book, by
from ordering.rendering.numbers import Decimal
from ordering.rendering.parts import Line, Mark, Part, Sentence
from ordering.variable import x

Made = tuple[Sentence, tuple[Sentence, ...]]

_F = sp.Symbol("f(x)")


def limit(step: Limit, book: Book) -> Made:
    """The function's limit from one side."""
    where: Sentence = (x, Mark("->"), book.point(step.point), *_side(step.point, step.side))
    value: Sentence = (step.value, Decimal(step.value)) if not step.value.has(x) else ()
    if not value:
        value = book.value(step.value, step.point) or (step.value,)
    if step.point in (Number(sp.oo), Number(-sp.oo)) or step.value in (sp.oo, -sp.oo):
        return (_F, Mark("->"), *value, "as", *where), ()
    return (_F, Mark("->"), *value, "as", *where), (("the expression that f is on this side is continuous",),)


def solved(step: Solved, book: Book) -> Made:
    """A root in closed form."""
    form = step.number
    words: list[Sentence] = [("this number solves", step.root.equation, Mark("="), sp.S.Zero)]
    if form.has(sp.LambertW):
        words.append(("W is Lambert's function, which solves W(y) exp(W(y)) = y",))
    return (book.point(step.root), Mark("="), form), tuple(words)


def concluded(step: DrawdownConclusion, steps: Sequence[Any], book: Book) -> Line:
    """The drawdown, and where f falls by it."""
    where: Sentence = ()
    if (step.low, step.high) != (-sp.oo, sp.oo):
        where = book.where(Number(step.low), Number(step.high))
    elif any(isinstance(s, Hole) for s in steps):
        where = ("on its domain",)
    amount: Sentence = (step.value, Decimal(step.value)) if isinstance(step.value, Expr) else ()
    head = "the drawdown of f, the supremum of f(a) - f(b) over a <= b, is"
    said: Sentence = (head, *(amount or (bounds(step.value),)), *where)
    if step.peak is None or step.trough is None:
        return Line(said, (("f does not fall on any piece, nor where pieces meet", *_cited(steps, book)),))
    pair: Sentence = (*_place("a", step.peak, book), "and", *_place("b", step.trough, book))
    if step.value == sp.oo:
        return Line(said, (("f(a) - f(b) has no bound", *pair, *_cited(steps, book)),))
    taken = "it is attained" if step.peak.side == step.trough.side == 0 else "it is approached"
    why: Sentence = (
        "between the places where its slope changes sign f is monotone, so it falls most from one of them, or"
        " from an end, to a later one; the largest of these falls is this one",
        *_cited(steps, book),
    )
    return Line(said, (why, (taken, *pair)))


def _cited(steps: Sequence[Any], book: Book) -> Sentence:
    """The lines on values, limits and slopes."""
    slopes = {step.function: step.derivative for step in steps if isinstance(step, Derivative)}
    pieces = {step.expression for step in steps if isinstance(step, Piece)}
    wanted = {slopes[e] for e in pieces if e in slopes}
    keys = [
        step
        for step in steps
        if step in book.numbers
        and (
            isinstance(step, (Limit, Value, Comparison))
            or (isinstance(step, Sign) and step.function in wanted)
        )
    ]
    numbers = {book.numbers[key]: key for key in keys}
    return by(*(numbers[n] for n in sorted(numbers)))


def _place(name: str, place: Place, book: Book) -> Sentence:
    at: list[Part] = [book.point(place.point)]
    if isinstance(place.point, Root):
        at.append(Decimal(x, place.point))
    if place.side == 0:
        return (f"at {name} =", *at)
    return (f"as {name}", Mark("->"), *at, *_side(place.point, place.side))


def _side(point: Point, side: int) -> Sentence:
    if point in (Number(sp.oo), Number(-sp.oo)):
        return ()
    return ("from the right",) if side > 0 else ("from the left",)
