"""The rule for drawdowns: between the local extremes of f, no fall is larger than the one that is named.

On a piece f is monotone between the points at which f' changes its sign.  So a pair a <= b falls by no more
than some pair of *levels* does: limits at the ends of the pieces, values where they meet, values where f'
changes its sign; a first or last one towards which f rises is of no use to any pair.  A step states each
level, and all pairs of an earlier and a later level are compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.checking.limits import equal_at, limit_at
from ordering.checking.points import BITS, before, bracket, enclosure, infinite, sign_at, sign_of_number
from ordering.checking.records import (
    DrawdownClaim,
    DrawdownConclusion,
    Hole,
    Limit,
    Number,
    Piece,
    Place,
    Rejected,
    Root,
    Sign,
    Solved,
    Step,
    Value,
)
from ordering.enclosures.balls import between, evaluator, precision, sign_of_ball
from ordering.enclosures.budget import tick
from ordering.variable import x

if TYPE_CHECKING:
    from ordering.checking.checker import Checker

Tile: TypeAlias = Piece | Hole | Value


@dataclass(frozen=True)
class Level:
    """What f is at a place, or approaches there: a number, infinite, or an expression in x at a root."""

    place: Place
    value: Expr
    step: Step

    @property
    def infinite(self) -> bool:
        """Whether f grows or falls without bound there."""
        return infinite(Number(self.value))

    def ball(self, bits: int) -> arb:
        """A ball that holds a finite value."""
        with precision(bits + 20):
            at = between(*bracket(self.place.point, bits)) if self.value.has(x) else arb(0)
            # At an end of the domain part of the ball lies outside; that f has a value there is known.
            ball = evaluator(self.value, edges=True)(at)
        if not ball.is_finite():
            raise Rejected(f"the value {self.value} at {self.place.point} could not be enclosed")
        return ball


# ---- steps -------------------------------------------------------------------------------------------


def require_limit(step: Limit, tiles: list[Tile]) -> None:
    """That the piece which ends at the point has this limit there."""
    if step.side not in (-1, 1):
        raise Rejected("a limit is from the left (-1) or from the right (1)")
    for piece in tiles:
        if isinstance(piece, Piece) and step.point == (piece.low if step.side > 0 else piece.high):
            found = limit_at(piece.expression, step.point, step.side)
            if step.value.has(x) and not isinstance(step.point, Root):
                raise Rejected(f"{step.value} is no number")
            if not equal_at(found, step.value, step.point):
                raise Rejected(f"the limit at {step.point} is not {step.value}")
            return
    raise Rejected(f"no piece before this step ends at {step.point} on that side")


def require_solved(step: Solved) -> None:
    """That the number solves the root's equation and lies in its bracket, which holds one root."""
    if not isinstance(step.root, Root) or step.number.free_symbols:
        raise Rejected("a root in closed form is a root and a number")
    if sign_of_number(step.root.equation.subs(x, step.number)) != 0:
        raise Rejected(f"{step.number} does not solve {step.root.equation} = 0")
    inside = before(Number(step.root.low), Number(step.number)) and before(
        Number(step.number), Number(step.root.high)
    )
    if not inside:
        raise Rejected(f"{step.number} is not in the bracket of {step.root}")


# ---- levels ------------------------------------------------------------------------------------------


class Levels:
    """The levels that steps state, by place."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.stated: dict[Place, Step] = {}
        for step in checker.steps:
            if isinstance(step, Limit):
                self.stated[Place(step.point, step.side)] = step
            elif isinstance(step, Value) and step.value is not None:
                self.stated[Place(step.point, 0)] = step

    def at(self, place: Place) -> Level:
        """The level at a place, which a step must state; then something rests on this step."""
        step = self.stated.get(place)
        if step is None:
            raise Rejected(f"no step says what f is at {place.point} ({_SIDES[place.side]})")
        assert isinstance(step, Limit | Value)
        assert step.value is not None
        self.checker.rest_on(step)
        return Level(place, step.value, step)

    def solved(self, level: Level) -> Level:
        """The level with its root put in in closed form, where a step states it; this step is named."""
        for step in self.checker.steps:
            if isinstance(step, Solved) and step.root == level.place.point and level.value.has(x):
                return Level(level.place, level.value.subs(x, step.number), step)
        return level


def extremes(checker: Checker) -> list[Place]:
    """The places along the line at which f can turn, jump or end, but for an end towards which it rises.

    Such a last place is no deeper than the one before it, such a first place no higher than the one after.
    """
    found: list[Place] = []
    real = domain(checker)
    for n, tile in enumerate(real):
        if isinstance(tile, Value):
            found.append(Place(tile.point, 0))
            continue
        slopes = _slopes(checker, tile)
        if n or slopes.signs[0] < 1:
            found.append(Place(tile.low, 1))
        for point, (left, right) in zip(slopes.points, pairwise(slopes.signs), strict=True):
            if left != right:
                found.append(Place(point, 0))
        if n < len(real) - 1 or slopes.signs[-1] < 1:
            found.append(Place(tile.high, -1))
    return found


def seams(checker: Checker) -> list[tuple[Place, Place]]:
    """The last place of each part of the domain and the first place of the next."""
    return [
        (
            Place(earlier.point, 0) if isinstance(earlier, Value) else Place(earlier.high, -1),
            Place(later.point, 0) if isinstance(later, Value) else Place(later.low, 1),
        )
        for earlier, later in pairwise(domain(checker))
    ]


_SIDES: Final = {-1: "from the left", 0: "the value", 1: "from the right"}


def _slopes(checker: Checker, piece: Piece) -> Sign:
    return checker.sign_of(checker.slope(piece.expression), piece)


def domain(checker: Checker) -> list[Piece | Value]:
    """The parts of the domain, after it is sure that nothing else is real between the ends."""
    tiles = checker.tiles
    low, high = checker.ends
    first, last = (tiles[0], tiles[-1]) if tiles else (None, None)
    if not isinstance(first, Piece | Hole) or not isinstance(last, Piece | Hole):
        raise Rejected("the pieces do not cover the domain")
    if first.low != low or last.high != high:
        raise Rejected("the pieces do not cover the domain")
    for tile in tiles:
        checker.rest_on(tile)
    if checker.period is not None:
        checker.rest_on(checker.period)
    real = [t for t in tiles if isinstance(t, Piece) or (isinstance(t, Value) and t.value is not None)]
    if not real:
        raise Rejected("the function is nowhere a real number")
    return real


# ---- the rule ----------------------------------------------------------------------------------------


def conclude(checker: Checker, step: DrawdownConclusion) -> None:
    """That the drawdown is the claim's value, and comes from peak to trough."""
    claim = checker.claim
    if not isinstance(claim, DrawdownClaim) or step.value != claim.value or claim.question != "drawdown":
        raise Rejected("another claim was asked for")
    bounds = step.value if isinstance(step.value, tuple) else (step.value, step.value)
    if len(bounds) != 2 or any(not isinstance(b, sp.Expr) or b.free_symbols for b in bounds):
        raise Rejected(f"{step.value} is no drawdown")
    if isinstance(step.value, tuple) and not all(b.is_Rational for b in bounds):
        raise Rejected("the bounds of a drawdown are rational numbers")
    if checker.period is not None and sign_of_number(checker.period.shift) < 0:
        _falls_in_every_period(checker, step)
    elif bounds[0] == sp.oo:
        _unbounded(checker, step)
    elif step.value == 0:
        _never_falls(checker, step)
    else:
        _largest(checker, step, bounds)


def _pair(step: DrawdownConclusion) -> tuple[Place, Place]:
    if step.peak is None or step.trough is None:
        raise Rejected("the conclusion does not say where f falls by as much")
    if not {step.peak.side, step.trough.side} <= set(_SIDES):
        raise Rejected("a place is left of a point (-1), right of it (1), or the point itself (0)")
    return step.peak, step.trough


def _falls_in_every_period(checker: Checker, step: DrawdownConclusion) -> None:
    """f(p + n T) = f(p) - n |c| for one p at which f is real."""
    peak, trough = _pair(step)
    if step.value != sp.oo or trough != Place(Number(sp.oo), -1) or peak.side != 0 or infinite(peak.point):
        raise Rejected("a function that loses a constant in every period falls without bound towards oo")
    assert checker.period is not None
    checker.rest_on(checker.period)
    Levels(checker).at(peak)


def _unbounded(checker: Checker, step: DrawdownConclusion) -> None:
    """f grows without bound before it is real again, or falls without bound after it was real."""
    peak, trough = _pair(step)
    domain(checker)
    levels = Levels(checker)
    low, high = checker.ends
    for place in (peak, trough):
        if place.side == 0 and not (before(low, place.point) and before(place.point, high)):
            raise Rejected(f"{place.point} is not in the domain")
    if not (before(peak.point, trough.point) or (peak.point == trough.point and peak.side < trough.side)):
        raise Rejected("the peak must come before the trough")
    top, bottom = levels.at(peak).value, levels.at(trough).value
    if top == bottom or not (top == sp.oo or bottom == -sp.oo) or top == -sp.oo or bottom == sp.oo:
        raise Rejected("f does not fall without bound between these places")


def _never_falls(checker: Checker, step: DrawdownConclusion) -> None:
    """f' >= 0 on every piece, and from each part of the domain to the next f does not fall; a = b gives 0."""
    if step.peak is not None or step.trough is not None:
        raise Rejected("where no pair falls there is neither peak nor trough")
    levels = Levels(checker)
    for tile in domain(checker):
        if isinstance(tile, Piece) and not set(_slopes(checker, tile).signs) <= {0, 1}:
            raise Rejected(f"f' has another sign on ({tile.low}, {tile.high})")
    for a, b in seams(checker):
        first, second = levels.at(a), levels.at(b)
        if first.value == -sp.oo or second.value == sp.oo:
            continue
        if first.infinite or second.infinite or _sign(first, second, sp.S.Zero) not in (-1, 0):
            raise Rejected(f"f falls, or may fall, at {a.point}")


def _largest(checker: Checker, step: DrawdownConclusion, bounds: tuple[Any, ...]) -> None:
    """No pair of levels falls by more than the upper bound, and the named one by no less than the lower."""
    low, high = bounds
    if sign_of_number(low) != 1:
        raise Rejected("a drawdown is not negative, for a = b; that it is 0 is said without a peak")
    levels = Levels(checker)
    found = [levels.at(place) for place in extremes(checker)]
    peak, trough = _pair(step)
    named = {level.place: n for n, level in enumerate(found)}
    if not {peak, trough} <= set(named) or not named[peak] < named[trough]:
        raise Rejected("peak and trough must be local extremes, the peak before the trough")
    first, second = found[named[peak]], found[named[trough]]
    if first.infinite or second.infinite:
        raise Rejected("f is not bounded at peak or trough")
    if low == high:
        for n in {named[peak], named[trough]}:
            found[n] = levels.solved(found[n])
            checker.rest_on(found[n].step)
        first, second = found[named[peak]], found[named[trough]]
        if _sign(first, second, low) != 0:
            raise Rejected(f"f does not fall by {low} from peak to trough")
    elif _sign(first, second, low) not in (0, 1) or _sign(first, second, high) not in (-1, 0):
        raise Rejected("what f falls by from peak to trough is not between the bounds")
    balls = {level.place: level.ball(BITS[0]) for level in found if not level.infinite}
    with precision(BITS[0]):
        fall = balls[peak] - balls[trough]
    for top, bottom in _different(found):
        tick()
        with precision(BITS[0]):
            if balls[top.place] - balls[bottom.place] < fall:
                continue
        if _sign(top, bottom, high) not in (-1, 0):
            raise Rejected(f"f falls by more, or may do so, from {top.place.point} to {bottom.place.point}")
        if low != high and _certainly_larger((top, bottom), (first, second)):
            raise Rejected(f"f falls by more from {top.place.point} to {bottom.place.point}")


def _different(levels: list[Level]) -> Iterator[tuple[Level, Level]]:
    """The pairs of an earlier and a later level that may fall, those with the same two values once."""
    seen: set[tuple[object, object]] = set()
    for top, bottom in combinations(levels, 2):
        if top.value == -sp.oo or bottom.value == sp.oo:
            continue
        if top.infinite and bottom.infinite and top.value == bottom.value:
            continue
        if top.infinite or bottom.infinite:
            raise Rejected(f"f falls without bound from {top.place.point} to {bottom.place.point}")
        key = (_key(top), _key(bottom))
        if key not in seen:
            seen.add(key)
            yield top, bottom


def _key(level: Level) -> object:
    return (level.place.point, level.value) if level.value.has(x) else level.value


def _sign(top: Level, bottom: Level, number: Expr) -> int | None:
    """The sign of `top - bottom - number`; None where it could not be decided."""
    for bits in BITS:
        with precision(bits):
            ball = top.ball(bits) - bottom.ball(bits) - enclosure(number, arb(0), bits)
        sign = sign_of_ball(ball)
        if sign is not None:
            return sign
        if bits == BITS[0]:
            with suppress(Rejected):
                return _exactly(top, bottom, number)
    return None


def _exactly(top: Level, bottom: Level, number: Expr) -> int:
    """The same by an identity, where the two values are numbers, or belong to one root."""
    at = {level.place.point for level in (top, bottom) if level.value.has(x)}
    difference = top.value - bottom.value - number
    if not at:
        return sign_of_number(difference)
    if len(at) > 1:
        raise Rejected("values at two roots are told apart by enclosures only")
    return sign_at(difference, at.pop())


def _certainly_larger(pair: tuple[Level, Level], named: tuple[Level, Level]) -> bool:
    """Whether a pair falls by more than the named one."""
    bits = BITS[1]
    with precision(bits):
        falls = [top.ball(bits) - bottom.ball(bits) for top, bottom in (pair, named)]
        return bool(falls[0] > falls[1])
