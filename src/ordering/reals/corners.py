"""Corners and jumps resolved where a function is real: Piecewise, Max, Min, Abs, sign, Heaviside, floor.

The innermost function with a corner or a jump is resolved first: its breakpoints are the exact roots of a
smooth function (of u for `|u|`, of `u - v` for `max(u, v)`, of `u - k` for `floor(u)`), found by `signs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy import Expr

from ordering.enclosures.balls import ACCEPTED, enclose, ends, evaluator, precision
from ordering.enclosures.budget import Undecided, tick
from ordering.reals import series
from ordering.reals.closed import closed_form
from ordering.reals.cuts import Cut, Exact, inside, merged
from ordering.reals.rewriting import normal
from ordering.reals.signs import Signs
from ordering.reals.tower import Tower

MOST_STEPS = 400
"""Breakpoints of one floor function beyond which it is not resolved."""

_CORNERS = (sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.floor)


@dataclass(frozen=True)
class Piece:
    """A smooth expression on the open interval between two cuts."""

    low: Cut
    high: Cut
    expression: Expr


@dataclass(frozen=True)
class Break:
    """A point between two pieces: `expression`, smooth there, has the function's value; None: undefined."""

    cut: Cut
    expression: Expr | None


@dataclass(frozen=True)
class Pieces:
    """Pieces in order with a `Break` between each two; the union is the domain."""

    pieces: tuple[Piece, ...]
    breaks: tuple[Break, ...]


def resolved(e: Expr, low: Cut, high: Cut) -> Pieces:
    """The smooth pieces of an expression, in normal form, on an open interval throughout which it is real.

    Raises `Undecided` for what cannot be resolved: infinitely many pieces, unknown functions.
    """
    tick()
    if e.has(sp.nan, sp.zoo):
        return Pieces((Piece(low, high, sp.nan),), ())
    node = _innermost(e)
    if node is None:
        return Pieces((Piece(low, high, e),), ())
    # Where an argument of the node is singular, it may jump: such points are cuts of their own.
    parts = regions(_smooth_parts(node), low, high)
    if len(parts) == 1:
        if not parts[0][2]:
            return Pieces((Piece(low, high, sp.nan),), ())
        resolve = _resolver(node, low, high)
        fence = [low, *merged(resolve.cuts), high]
        inside_out = [_rebuilt(e, node, resolve.between(a, b)) for a, b in pairwise(fence)]
    else:
        fence = [low, *(left for left, _, _ in parts[1:]), high]
        inside_out = [e] * len(parts)
    pieces: list[Piece] = []
    breaks: list[Break] = []
    for (left, right), reduced in zip(pairwise(fence), inside_out, strict=True):
        inner = resolved(reduced, left, right)
        if pieces:
            breaks.append(Break(left, value_at(e, left)))
        pieces += inner.pieces
        breaks += inner.breaks
    return Pieces(tuple(pieces), tuple(breaks))


def _rebuilt(e: Expr, node: Expr, value: Expr) -> Expr:
    """`e` with `node` replaced; conditions that became plain are evaluated."""
    return normal(e.xreplace({node: value}))


def _innermost(e: Any) -> Expr | None:
    """A node with corners whose own arguments are smooth."""
    if not isinstance(e, sp.Basic) or not e.has(*_CORNERS):
        return None
    # A Piecewise goes by its conditions first: a branch matters only where it is chosen.
    parts = [condition for _, condition in e.args] if isinstance(e, sp.Piecewise) else e.args
    for part in parts:
        found = _innermost(part)
        if found is not None:
            return found
    return e if isinstance(e, _CORNERS) else None


def _smooth_parts(node: Expr) -> list[Expr]:
    """The smooth expressions whose signs and values resolve a node."""
    if isinstance(node, sp.Piecewise):
        return [side for relation in _relations(node) for side in relation.args]
    return list(node.args[:1]) if isinstance(node, sp.Heaviside) else list(node.args)


def _relations(node: Expr) -> list[Expr]:
    found = {r for _, condition in node.args for r in condition.atoms(sp.core.relational.Relational)}
    return sorted(found, key=str)


def regions(expressions: Sequence[Expr], low: Cut, high: Cut) -> list[tuple[Cut, Cut, bool]]:
    """The interval, split where an expression is singular, and whether all are real numbers on each part."""
    tick()
    if any(e.has(sp.nan, sp.zoo, sp.I) for e in expressions):
        return [(low, high, False)]
    tower = Tower(expressions)
    bottoms = [(tower.fraction(normal(e)).bottom, False) for e in expressions]
    signs = Signs(tower, low, high)
    for poly, positive in [*tower.guards, *bottoms]:
        pattern = signs.pattern(poly)
        if pattern.points:
            fence = [low, *(closed_form(tower, point) for point in pattern.points), high]
            return [part for left, right in pairwise(fence) for part in regions(expressions, left, right)]
        if positive and pattern.signs[0] < 0:
            return [(low, high, False)]
    return [(low, high, True)]


@dataclass(frozen=True)
class _Resolver:
    cuts: list[Cut]
    between: Callable[[Cut, Cut], Expr]


def roots(u: Expr, low: Cut, high: Cut) -> list[Cut]:
    """Where a smooth expression, in normal form and real on the interval, may change sign."""
    return _roots(u, low, high)[0]


def _roots(u: Expr, low: Cut, high: Cut) -> tuple[list[Cut], Callable[[Cut, Cut], int]]:
    """Where u may change sign in the interval (zeros and poles), and its sign between two such points."""
    tower = Tower([u])
    fraction = tower.fraction(normal(u))
    if fraction.is_zero:
        return [], lambda _left, _right: 0
    signs = Signs(tower, low, high)
    top, bottom = signs.pattern(fraction.top), signs.pattern(fraction.bottom)

    def sign(left: Cut, right: Cut) -> int:
        q = inside(left, right)
        return signs.at_rational(fraction.top, q) * signs.at_rational(fraction.bottom, q)

    return [closed_form(tower, point) for point in (*top.points, *bottom.points)], sign


def _resolver(node: Expr, low: Cut, high: Cut) -> _Resolver:
    if isinstance(node, (sp.Max, sp.Min)):
        return _extremum(node, low, high)
    if isinstance(node, sp.Piecewise):
        return _piecewise(node, low, high)
    if isinstance(node, sp.floor):
        return _floor(node, low, high)
    u = node.args[0]
    cuts, sign = _roots(u, low, high)
    at_zero = node.args[1] if isinstance(node, sp.Heaviside) and len(node.args) > 1 else sp.S.Half

    def between(left: Cut, right: Cut) -> Expr:
        s = sign(left, right)
        if isinstance(node, sp.Abs):
            return s * u
        if isinstance(node, sp.sign):
            return sp.Integer(s)
        return at_zero if s == 0 else sp.Integer(1 if s > 0 else 0)

    return _Resolver(cuts, between)


def _extremum(node: Expr, low: Cut, high: Cut) -> _Resolver:
    first, second, *rest = node.args
    cuts, sign = _roots(first - second, low, high)
    wanted = 1 if isinstance(node, sp.Max) else -1

    def between(left: Cut, right: Cut) -> Expr:
        winner = first if sign(left, right) * wanted >= 0 else second
        return node.func(winner, *rest, evaluate=False) if rest else winner

    return _Resolver(cuts, between)


def _piecewise(node: Expr, low: Cut, high: Cut) -> _Resolver:
    relations = _relations(node)
    cuts: list[Cut] = []
    sign_of_relation = {}
    for relation in relations:
        found, sign_of_relation[relation] = _roots(relation.lhs - relation.rhs, low, high)
        cuts += found

    def between(left: Cut, right: Cut) -> Expr:
        truths = {r: sign_of_relation[r](left, right) in ACCEPTED[r.func] for r in relations}
        return _chosen(node, truths)

    return _Resolver(cuts, between)


def _chosen(node: Expr, truths: dict[Any, bool]) -> Expr:
    """The value of the first branch whose condition is true."""
    for value, condition in node.args:
        if condition.xreplace({r: sp.true if t else sp.false for r, t in truths.items()}) == sp.true:
            return value
    return sp.nan


def _floor(node: Expr, low: Cut, high: Cut) -> _Resolver:
    u = node.args[0]
    ends_of_u = _range(u, low, high)
    if ends_of_u is None:
        raise Undecided("floor of an unbounded function has infinitely many jumps")
    first, last = ends_of_u
    if last - first > MOST_STEPS:
        raise Undecided(f"floor has more than {MOST_STEPS} jumps")
    cuts: list[Cut] = []
    for k in range(first, last + 1):
        found, _ = _roots(u - k, low, high)
        cuts += found

    def between(left: Cut, right: Cut) -> Expr:
        q = inside(left, right)
        floor = enclose(u, q, 30).floor().unique_fmpz()
        if floor is None:
            raise Undecided(f"floor could not be evaluated at {q}")
        return sp.Integer(int(floor))

    return _Resolver(cuts, between)


def _range(u: Expr, low: Cut, high: Cut) -> tuple[int, int] | None:
    """Integers that bound u over the interval, from its critical values and limits; None if unbounded."""
    tower = Tower([u])
    fraction = tower.fraction(normal(u))
    signs = Signs(tower, low, high)
    turning = signs.of(tower.derivative(fraction)).points
    values: list[Expr] = []
    bounds: list[int] = []
    for cut in (low, *turning, high):
        if cut.infinite:
            value = limit_at(u, cut, 1 if cut is low else -1)
            if value in (sp.oo, -sp.oo):
                return None
            values.append(value)
        else:
            ball = value_ball(u, cut)
            if not ball.is_finite():
                return None
            a, b = ends(ball)
            bounds += [int(a.floor()), int(b.ceil())]
    for value in values:
        bounds += [int(sp.floor(value)), int(sp.ceiling(value))]
    return min(bounds), max(bounds)


def value_ball(u: Expr, cut: Cut, bits: int = 100) -> Any:
    """A ball around a smooth expression's value at a finite cut."""
    at = cut.ball(bits)
    with precision(bits):
        return evaluator(u)(at)


def limit_at(u: Expr, cut: Cut, side: int) -> Expr:
    """The limit of a smooth expression at a cut that has a closed form."""
    if not isinstance(cut, Exact):
        raise Undecided(f"no closed form for the limit at the {cut}")
    return series.limit_at(normal(u), series.End(cut.number, side))


def value_at(e: Expr, cut: Cut) -> Expr:
    """A smooth expression with e's value at a cut, where e, in normal form, is a real number."""
    while (node := _innermost(e)) is not None:
        tick()
        e = _rebuilt(e, node, _at(node, cut))
    if e.has(sp.nan, sp.zoo, sp.oo):
        raise Undecided(f"the value at {cut} could not be found")
    return e


def sign_at(u: Expr, cut: Cut) -> int:
    """The sign of an expression, in normal form, at a point where it is a real number."""
    smooth = value_at(u, cut)
    tower = Tower([smooth])
    fraction = tower.fraction(normal(smooth))
    signs = Signs(tower, cut, cut)
    return 0 if fraction.is_zero else signs.at(fraction.top, cut) * signs.at(fraction.bottom, cut)


def _at(node: Expr, cut: Cut) -> Expr:
    """What a node with corners is at a cut."""

    def sign(u: Expr) -> int:
        return sign_at(normal(u), cut)

    if isinstance(node, (sp.Max, sp.Min)):
        first, second, *rest = node.args
        wanted = 1 if isinstance(node, sp.Max) else -1
        winner = first if sign(first - second) * wanted >= 0 else second
        return node.func(winner, *rest, evaluate=False) if rest else winner
    if isinstance(node, sp.Piecewise):
        return _chosen(node, {r: sign(r.lhs - r.rhs) in ACCEPTED[r.func] for r in _relations(node)})
    u = node.args[0]
    if isinstance(node, sp.floor):
        ball = value_ball(u, cut)
        low, high = ends(ball)
        k = int(high.floor())
        if int(low.floor()) == k:
            return sp.Integer(k)
        return sp.Integer(k if sign(u - k) >= 0 else k - 1)
    s = sign(u)
    if isinstance(node, sp.Abs):
        return s * u
    if isinstance(node, sp.sign):
        return sp.Integer(s)
    at_zero = node.args[1] if len(node.args) > 1 else sp.S.Half
    return at_zero if s == 0 else sp.Integer(1 if s > 0 else 0)
