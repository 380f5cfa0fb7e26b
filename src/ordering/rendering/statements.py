"""Derivations as documents: each step that they share stands once, is numbered, and is cited by its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking import (
    CORNERS,
    Comparison,
    Conclusion,
    Derivative,
    Hole,
    Period,
    Piece,
    Root,
    Sign,
    Value,
    read_off,
    roots,
)
from ordering.checking.points import infinite
from ordering.evidence import Derivation
from ordering.rendering import signs
from ordering.rendering.book import Book, by
from ordering.rendering.claims import concluded
from ordering.rendering.numbers import Decimal
from ordering.rendering.parts import Document, Line, Mark, Part, Sentence, listed, settled
from ordering.rendering.reasons import smoothness
from ordering.rendering.theorems import STATEMENTS, theorem_line
from ordering.variable import x

LONGEST_RAW: Final = 90
"""Characters of a derivative that is shown before it is simplified."""


def document(
    derivations: Iterable[Derivation], claims: Callable[[list[Line]], list[Line]] = list
) -> Document:
    """Any number of derivations about one function: their lemmas, each once, and their conclusions.

    `claims` arranges the lines of the conclusions, among others.
    """
    given = list(derivations)
    book = Book(step for derivation in given for step in derivation.steps)
    ends: list[Line] = []
    for derivation in given:
        steps = list(derivation.steps)
        for i, step in enumerate(steps):
            if isinstance(step, Conclusion):
                ends.append(concluded(step, steps[:i], book))
            elif type(step) in STATEMENTS:
                line = theorem_line(step)
                book.write(("theorem", len(book.lines)), line.statement, line.why)
            elif step not in book.numbers:
                _write(step, steps, i, book)
    function = next((step.function for d in given for step in d.steps if isinstance(step, Conclusion)), None)
    opening: Sentence = () if function is None else ("Let", F, Mark("="), function)
    return settled(Document(opening, tuple(book.lines), tuple(claims(ends))), book.numbers)


F: Final = sp.Symbol("f(x)")


def _write(step: Any, steps: list[Any], i: int, book: Book) -> None:
    """The line of a step, after those of the roots in it; what stands at one point stands in one line."""
    signs.root_lines(roots(step), book)
    if isinstance(step, Comparison) and step.kind in ("left", "right"):
        both = [
            other
            for other in steps[max(0, i - 1) : i + 2]
            if isinstance(other, Comparison) and other.kind in ("left", "right") and other.point == step.point
        ]
        book.write(step, *_joined(both, book))
        for other in both:
            book.numbers.setdefault(other, book.numbers[step])
        return
    book.write(step, *LEMMAS[type(step)](step, book))


Made = tuple[Sentence, tuple[Sentence, ...]]


# ---- steps -------------------------------------------------------------------------------------------


def _at(point: Expr, label: str = "f") -> Expr:
    return sp.Symbol(f"{label}({point})")


def _piece(step: Piece, book: Book) -> Made:
    where = book.where(step.low, step.high)
    needs = smoothness(step.expression, step.low, step.high, book)
    if step.expression == step.function:
        return ("f is smooth", *where), needs or (("it is made of functions that are smooth there",),)
    same_everywhere = infinite(step.low) and infinite(step.high)
    why: Sentence = (
        ("which is the same function",) if same_everywhere else _branches(step, book)
    )
    return (F, Mark("="), step.expression, *where), (why, *needs)


def _branches(step: Piece, book: Book) -> Sentence:
    """Which branches of the function hold on a piece, where its corners are not nested."""
    told: list[Sentence] = []
    for node in sorted(step.function.atoms(sp.Max, sp.Min, sp.Abs), key=sp.default_sort_key):
        if node.has(*(set(CORNERS) - {node.func})) or any(a.has(*CORNERS) for a in node.args):
            return ("the branches that hold there",)
        value = next(
            (
                form
                for form in ([*node.args] if not isinstance(node, sp.Abs) else [node.args[0], -node.args[0]])
                if _extreme(node, form, step)
            ),
            None,
        )
        if value is None:
            return ("the branches that hold there",)
        told.append((node, Mark("="), value))
    return ("as", *listed(told), "there") if told else ("the branch that holds there",)


def _extreme(node: Expr, form: Expr, step: Piece) -> bool:
    """Whether a maximum, minimum or absolute value is this argument throughout a piece."""
    side = -1 if isinstance(node, sp.Min) else 1
    others = [-form] if isinstance(node, sp.Abs) else [a for a in node.args if a != form]
    return all(read_off(form - other, step.low, step.high) <= {0, side} for other in others)


def _period(step: Period, book: Book) -> Made:
    moved = sp.Symbol(f"f(x + {step.length})")
    smooth = not step.function.has(*CORNERS, sp.ceiling, sp.frac, sp.Mod)
    many = "whole periods move every point into the first one or to its ends, where f, f' and f'' are continuous"
    meet = "whole periods move every point into the inside of the first two"
    shift = F + step.shift if step.shift != 0 else F
    return (moved, Mark("="), shift, "for every", x), (
        ("substitute:", *_turned(step), "; so what holds on one period holds on the line:"),
        (many if smooth else meet,),
    )


def _turned(step: Period) -> Sentence:
    atoms = step.function.atoms(sp.sin, sp.cos, sp.floor, sp.ceiling, sp.frac, sp.Mod)
    heads = sorted({atom.func.__name__.lower() for atom in atoms})
    words = []
    for head in heads:
        rises = head in ("floor", "ceiling")
        words.append((f"{head} rises by a whole number" if rises else f"{head} comes back to its value",))
    return listed(words)


def _hole(step: Hole, book: Book) -> Made:
    return ("f is no real number", *book.where(step.low, step.high)), (
        ("something in it is not defined there",),
    )


def _value(step: Value, book: Book) -> Made:
    at = book.point(step.point)
    if step.value is None:
        return (_at(at), "is not defined"), (("something in it is no real number there",),)
    return (_at(at), Mark("="), *_number(step.value, step.point, book)), (("substitute",),)


def _number(e: Expr, point: Any, book: Book) -> Sentence:
    """A value at a point, and its decimals."""
    if not e.has(x):
        return (e, Decimal(e))
    found = book.value(e, point)
    if isinstance(point, Root) and len(found) == 1:
        return (e.subs(x, book.point(point)), Decimal(e, point))
    return found


def _derivative(step: Derivative, book: Book) -> Made:
    raw = sp.diff(step.function, x)
    orders = book.orders(step.function) or [""]
    shown: list[Part] = []
    where: list[Sentence] = []
    for order in orders:
        if order not in ("f", "f'"):
            continue
        shown += [sp.Symbol(f"{order}'(x)"), Mark("=")]
        where += [book.where(piece.low, piece.high) for piece in book.pieces(step.function, order)]
    if not shown:
        shown = [sp.Derivative(step.function, x, evaluate=False), Mark("=")]
    if raw != step.derivative and len(str(raw)) <= LONGEST_RAW:
        shown += [raw, Mark("=")]
    places = [place for place in dict.fromkeys(where) if place[0] != "for every"]
    return (*shown, step.derivative, *listed(places)), (("differentiate",),)


def _joined(both: list[Comparison], book: Book) -> Made:
    """One line for the two limits and the value of f at a point where pieces meet."""
    point = both[0].point
    at = book.point(point)
    left = next((step for step in both if step.kind == "left"), None)
    right = next((step for step in both if step.kind == "right"), None)
    jumps = [step for step in both if step.sign]
    limits = []
    for step, words, side in ((left, "from the left", -1), (right, "from the right", 1)):
        if step is not None:
            e = step.first if side < 0 else step.second
            limits.append(("the limit", words, "is", *_limit(e, point, side, book)))
    value = left.second if left is not None else both[0].first
    limits.append(("the value is", *_number(value, point, book)))
    if not jumps:
        return ("f is continuous at", at), (listed(limits),)
    ways = sorted({"upwards" if step.sign > 0 else "downwards" for step in jumps}, reverse=True)
    return ("f jumps", " and ".join(ways), "at", at), (listed(limits),)


def _limit(e: Expr, point: Any, side: int, book: Book) -> Sentence:
    if not e.has(x):
        return (e, Decimal(e))
    return book.value(e, point, side) or (e, "there")


def _compared(step: Comparison, book: Book) -> Made:
    at = book.point(step.point)
    relation = Mark({-1: ">", 0: "=", 1: "<"}[step.sign])
    if step.kind == "value":
        back = Mark({-1: "<", 0: "=", 1: ">"}[step.sign])
        shown = _number(step.second, step.point, book)
        value = shown if shown != (sp.S.Zero, Decimal(sp.S.Zero)) else ()
        return (_at(at), *((Mark("="), *value) if value else ()), back, sp.S.Zero), (("substitute",),)
    first, second = _limit(step.first, step.point, -1, book), _limit(step.second, step.point, 1, book)
    words: Sentence = ("the slope of f left of", at, "tends to", *first, ", right of it to", *second)
    return words, (("limits of f'", *(("equal",) if step.sign == 0 else ("so that", sp.Symbol("f'(left)"), relation, sp.Symbol("f'(right)")))),)


LEMMAS: Final[dict[type, Callable[[Any, Book], Made]]] = {
    Sign: lambda step, book: (signs.statement(step, book), signs.why(step, book)),
    Comparison: _compared,
    Value: _value,
    Piece: _piece,
    Period: _period,
    Derivative: _derivative,
    Hole: _hole,
}
"""What a step that is not the conclusion says, and why."""
