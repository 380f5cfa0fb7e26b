"""A function as smooth pieces on its domain: the domain's edges first, then what has corners or jumps."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp
from sympy import Expr

from ordering.reals.corners import Break, Piece, Pieces, resolved, value_at
from ordering.reals.cuts import Cut
from ordering.reals.domain import edges, real_at, real_between
from ordering.reals.rewriting import normal


def split(expression: Expr, low: Cut, high: Cut) -> Pieces:
    """The smooth pieces of an expression on its domain in the open interval `(low, high)`.

    A piece outside the domain has the expression nan, and a break at a point outside has None.

    Raises `Undecided` for what cannot be resolved: infinitely many pieces, unknown functions.
    """
    plain = normal(expression)
    cuts = edges(expression, low, high)
    if cuts is None:
        return resolved(plain, low, high)
    fence = [low, *cuts, high]
    pieces: list[Piece] = []
    breaks: list[Break] = []
    for left, right in pairwise(fence):
        if pieces:
            breaks.append(Break(left, value_at(plain, left) if real_at(expression, left) else None))
        if real_between(expression, left, right):
            inner = resolved(plain, left, right)
            pieces += inner.pieces
            breaks += inner.breaks
        else:
            pieces.append(Piece(left, right, sp.nan))
    return Pieces(tuple(pieces), tuple(breaks))
