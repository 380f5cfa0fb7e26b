"""Which branch of each corner of a function holds on a piece, innermost first."""

from __future__ import annotations

import sympy as sp
from sympy import Expr

from ordering.checking import CORNERS, Piece, Rejected, Sign, read_off
from ordering.checking.points import enclosure, inside
from ordering.rendering.book import Book, by
from ordering.rendering.parts import Mark, Sentence, listed


class _Untold(Exception):
    """A branch that cannot be told in few words."""


def branches(piece: Piece, book: Book) -> Sentence:
    """`as Max(0, x + 3) = x + 3 and Min(6, x + 3) = x + 3 there`."""
    told: list[Sentence] = []
    try:
        _resolved(piece.function, piece, book, told)
    except (_Untold, Rejected):
        return ("the branches that hold there",)
    return ("as", *listed(dict.fromkeys(told)), "there") if told else ("the branch that holds there",)


def _resolved(e: Expr, piece: Piece, book: Book, told: list[Sentence]) -> Expr:
    """The expression on the piece; `told` takes what each corner is there."""
    if not e.args or not e.has(*CORNERS):
        return e
    if isinstance(e, sp.Piecewise):
        # The piece says itself which case it belongs to, where the conditions are about x alone.
        if any(c.has(*CORNERS) for _, c in e.args) or any(v.has(*CORNERS) for v, _ in e.args):
            raise _Untold
        return piece.expression
    args = [_resolved(argument, piece, book, told) for argument in e.args]
    if not isinstance(e, CORNERS):
        return e.func(*args)
    node = e.func(*args, evaluate=False)
    cited: list[Sign] = []
    value = _value(e, args, piece, book, cited)
    told.append((node, Mark("="), value, *by(*cited)))
    return value


def _value(e: Expr, args: list[Expr], piece: Piece, book: Book, cited: list[Sign]) -> Expr:
    """What a corner is on the piece; `cited` takes the lines that say so."""
    if isinstance(e, (sp.Max, sp.Min)):
        side = 1 if isinstance(e, sp.Max) else -1
        for form in args:
            if all(
                _signs(form - other, piece, book, cited) <= {0, side} for other in args if other is not form
            ):
                return form
        raise _Untold
    u = args[0]
    if isinstance(e, sp.floor):
        k = enclosure(u, inside(piece.low, piece.high), 160).floor().unique_fmpz()
        if k is None:
            raise _Untold
        return sp.Integer(int(k))
    signs = _signs(u, piece, book, cited)
    if len(signs - {0}) != 1:
        raise _Untold
    (sign,) = signs - {0}
    return sign * u if isinstance(e, sp.Abs) else sp.Integer(sign if isinstance(e, sp.sign) else max(sign, 0))


def _signs(e: Expr, piece: Piece, book: Book, cited: list[Sign]) -> frozenset[int]:
    for sign, form in ((1, e), (-1, -e)):
        step = book.stated(form, piece.low, piece.high)
        if step is not None:
            cited += [step] if step in book.numbers else []
            return frozenset(sign * s for s in step.signs) | ({0} if step.points else set())
    return read_off(e, piece.low, piece.high)
