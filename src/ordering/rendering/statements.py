"""Derivations as documents: each step that they share stands once, and is cited by its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking import (
    CORNERS,
    Across,
    Comparison,
    Conclusion,
    Derivative,
    DrawdownConclusion,
    Hole,
    Limit,
    Period,
    Piece,
    Root,
    Sign,
    Solved,
    Value,
    roots,
)
from ordering.checking.points import infinite, not_after
from ordering.evidence import Derivation
from ordering.rendering import drawdowns, signs
from ordering.rendering.book import Book
from ordering.rendering.branches import branches
from ordering.rendering.claims import concluded
from ordering.rendering.numbers import Decimal
from ordering.rendering.parts import RELATION, Document, Line, Mark, Part, Sentence, listed, settled
from ordering.rendering.printer import formula
from ordering.rendering.reasons import smoothness, undefined
from ordering.variable import x

LONGEST_RAW: Final = 90
"""Characters of a derivative that is shown before it is simplified."""


def document(
    derivations: Iterable[Derivation],
    claims: Callable[[list[Line]], list[Line]] = list,
    beside: Iterable[Expr] = (),
) -> Document:
    """Any number of derivations about one function: their lemmas, each once, and their conclusions.

    `claims` arranges the lines of the conclusions, among others; `beside` are numbers printed next to it.
    """
    given = list(derivations)
    book = Book(step for derivation in given for step in derivation.steps)
    ends: list[Line] = []
    for steps in _arranged([list(derivation.steps) for derivation in given]):
        for i, step in enumerate(steps):
            if type(step) in LEMMAS and step not in book.numbers:
                _write(step, steps, i, book)
            elif type(step) not in {*LEMMAS, *CONCLUSIONS}:
                book.write(("step", len(book.lines)), (str(step),), ((step.why,),))
    for derivation in given:
        last = derivation.steps[-1] if derivation.steps else None
        if type(last) in CONCLUSIONS:
            ends.append(CONCLUSIONS[type(last)](last, derivation.steps[:-1], book))
        else:
            ends.append(Line((derivation.claim,), ()))
    function = next((s.function for s in book.steps if type(s) in CONCLUSIONS), None)
    opening: Sentence = () if function is None else ("Let", F, Mark("="), function)
    return settled(Document(opening, tuple(book.lines), tuple(claims(ends))), book.numbers, beside)


F: Final = sp.Symbol("f(x)")


def _arranged(given: list[list[Any]]) -> list[list[Any]]:
    """The steps of several derivations with all derivatives before the signs: these rest on no other step."""
    first: list[list[Any]] = []
    rest: list[list[Any]] = []
    slopes: list[Any] = []
    for steps in given:
        tiles = [i for i, step in enumerate(steps) if isinstance(step, (Piece, Hole, Value))]
        last = tiles[-1] + 1 if tiles else len(steps)
        start = next((i for i, step in enumerate(steps) if isinstance(step, Derivative)), last)
        first.append(steps[:start])
        slopes += [step for step in steps if isinstance(step, Derivative)]
        rest.append([step for step in steps[start:] if not isinstance(step, Derivative)])
    return [*first, slopes, *rest]


def _write(step: Any, steps: list[Any], i: int, book: Book) -> None:
    """The line of a step, after those of the roots in it; what stands at one point stands in one line."""
    if isinstance(step, Sign) and step.function == x and not book.labels(x, step.low, step.high):
        book.leave_out(step)
        return
    shared = _same_line(step, book)
    if shared is not None:
        book.share(step, shared)
        return
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


def _same_line(step: Any, book: Book) -> Any:
    """A line before this step that says the same: f' = 1 its sign, f(0) = 2 that it is positive."""
    if isinstance(step, Sign) and step.function.is_Rational:
        for other in book.numbers:
            if isinstance(other, Piece) and other.expression == step.function and _within(step, other):
                return other
            if isinstance(other, Derivative) and other.derivative == step.function:
                on = [book.pieces(other.function, order) for order in ("f", "f'")]
                if any(_within(step, piece) for pieces in on for piece in pieces):
                    return other
    if (
        isinstance(step, Solved)
        and step.root in book.numbers
        and book.closed_forms.get(step.root) is not None
    ):
        return step.root
    if isinstance(step, Comparison) and step.kind == "value":
        return next((v for v in book.numbers if isinstance(v, Value) and v.point == step.point), None)
    return None


def _within(step: Sign, piece: Piece) -> bool:
    return not_after(piece.low, step.low) and not_after(step.high, piece.high)


Made = tuple[Sentence, tuple[Sentence, ...]]


# ---- steps -------------------------------------------------------------------------------------------


def _at(point: Expr, label: str = "f") -> Expr:
    return sp.Symbol(f"{label}({formula(point)})")


def _piece(step: Piece, book: Book) -> Made:
    where = book.where(step.low, step.high)
    needs = smoothness(step.expression, step.low, step.high, book)
    if step.expression == step.function:
        return ("f is smooth", *where), needs or (("it is made of functions that are smooth there",),)
    same_everywhere = infinite(step.low) and infinite(step.high)
    why: Sentence = ("which is the same function",) if same_everywhere else branches(step, book)
    return (F, Mark("="), step.expression, *where), (why, *needs)


def _period(step: Period, book: Book) -> Made:
    moved = sp.Symbol(f"f(x + {formula(step.length)})")
    smooth = not step.function.has(*CORNERS, sp.ceiling, sp.frac, sp.Mod)
    shift = F + step.shift if step.shift != 0 else F
    inside = sp.Tuple(sp.S.Zero, step.length if smooth else 2 * step.length)
    why: list[Sentence] = [("when", x, "grows by", step.length, ",", *_turned(step))]
    moves: Sentence = ("every", x, "lies whole periods away from a point in", inside)
    if smooth:
        moves += ("or from 0, and f is smooth at 0 too: what holds of f' and f'' in", inside)
        moves += ("holds on the line, by continuity at the ends",)
    else:
        moves += (": what holds of f near every point in", inside, "holds near every point of the line")
    why.append(moves)
    return (moved, Mark("="), shift, "for every", x), tuple(why)


def _turned(step: Period) -> Sentence:
    atoms = step.function.atoms(sp.sin, sp.cos, sp.floor, sp.ceiling, sp.frac, sp.Mod)
    heads = sorted({atom.func.__name__.lower() for atom in atoms})
    words = []
    for head in heads:
        rises = head in ("floor", "ceiling")
        words.append((f"{head} rises by a whole number" if rises else f"{head} comes back to its value",))
    return listed(words)


def _hole(step: Hole, book: Book) -> Made:
    why: Sentence = ("a part of it has no value there",)
    if not step.function.has(*CORNERS, sp.ceiling, sp.frac, sp.Mod):
        why = undefined(step.function, step.low, step.high, book)
    return ("f is no real number", *book.where(step.low, step.high)), (why,)


def _value(step: Value, book: Book) -> Made:
    at = book.point(step.point)
    if step.value is None:
        return (_at(at), "is not defined"), ()
    signs_ = [
        other.sign
        for other in book.steps
        if isinstance(other, Comparison) and other.kind == "value" and other.point == step.point
    ]
    shown = (_at(at), Mark("="), *_number(step.value, step.point, book))
    return (*shown, RELATION[signs_[0]], sp.S.Zero) if signs_ and step.value != 0 else shown, ()


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
    return (*shown, step.derivative, *listed(places)), _rules(step, raw)


def _rules(step: Derivative, raw: Expr) -> tuple[Sentence, ...]:
    """The derivatives that are not known to everyone, and the identity that simplified the rest."""
    used = [rule for head, rule in _DERIVATIVES.items() if step.function.has(head)]
    told = [("where", *listed([(rule,) for rule in used]))] if used else []
    if raw.has(sp.tanh) and not step.derivative.has(sp.tanh):
        told.append(("tanh(u) = (exp(2*u) - 1)/(exp(2*u) + 1) simplifies it",))
    return tuple(told)


_DERIVATIVES: Final = {
    sp.erf: "erf'(u) = 2 exp(-u**2)/sqrt(pi)",
    sp.tanh: "tanh'(u) = 1 - tanh(u)**2",
    sp.atan: "atan'(u) = 1/(1 + u**2)",
    sp.asinh: "asinh'(u) = 1/sqrt(1 + u**2)",
}


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
    if step.kind == "value":
        back = Mark({-1: "<", 0: "=", 1: ">"}[step.sign])
        shown = _number(step.second, step.point, book)
        value = shown if shown != (sp.S.Zero, Decimal(sp.S.Zero)) else ()
        return (_at(at), *((Mark("="), *value) if value else ()), back, sp.S.Zero), ()
    first, second = _limit(step.first, step.point, -1, book), _limit(step.second, step.point, 1, book)
    words: Sentence = ("the slope of f left of", at, "tends to", *first, ", right of it to", *second)
    change = {
        1: "so the slope rises there",
        0: "so f is differentiable there",
        -1: "so the slope falls there",
    }
    return words, ((change[step.sign],),)


def _over(step: Across, book: Book) -> Made:
    """What f is last before a hole in its domain, and first after it."""
    low, high = book.point(step.low), book.point(step.high)
    where: Sentence = ("at", low) if step.low == step.high else ("between", low, "and", high)
    first, second = _limit(step.first, step.low, -1, book), _limit(step.second, step.high, 1, book)
    relation = Mark({-1: ">", 0: "=", 1: "<"}[step.sign])
    return (
        ("over the hole", *where, ", f goes from", *first, "to", *second),
        (("the values at its ends, or else the limits from outside it;", *first, relation, *second),),
    )


LEMMAS: Final[dict[type, Callable[[Any, Book], Made]]] = {
    Sign: lambda step, book: (signs.statement(step, book), signs.why(step, book)),
    Comparison: _compared,
    Across: _over,
    Value: _value,
    Piece: _piece,
    Period: _period,
    Derivative: _derivative,
    Hole: _hole,
    Limit: drawdowns.limit,
    Solved: drawdowns.solved,
}
"""What a step that is not the conclusion says, and why."""

CONCLUSIONS: Final[dict[type, Callable[[Any, Sequence[Any], Book], Line]]] = {
    Conclusion: concluded,
    DrawdownConclusion: drawdowns.concluded,
}
"""The last line of a derivation, from its other steps."""
