"""The derivation of a drawdown: a step for every extreme of f, and the two between which f falls most."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import sympy as sp
from sympy import Expr

from ordering.checking import (
    DrawdownClaim,
    DrawdownConclusion,
    Limit,
    Number,
    Period,
    Piece,
    Place,
    Point,
    Rejected,
    Root,
    Solved,
    Step,
    Value,
    extremes,
    limit_at,
    seams,
    value_at,
)
from ordering.enclosures.balls import sign_of, to_sympy
from ordering.enclosures.budget import Undecided
from ordering.reals.closed import through_equation
from ordering.reals.cuts import Exact, inside
from ordering.reals.cuts import Root as RootCut
from ordering.reals.derivation import Proof, Writer, number
from ordering.reals.drawdown import Drawdown, Level, enclosed
from ordering.reals.function import Function, Smooth
from ordering.reals.sentences import sentence


def proved(function: Function, fall: Drawdown) -> tuple[Drawdown, Proof]:
    """The drawdown with a derivation that the checker accepts; `Undecided` where it accepts none.

    Where it cannot follow a closed form, the value becomes an enclosure.
    """
    try:
        return fall, derive_drawdown(function, fall)
    except Undecided:
        if fall.peak is None or fall.trough is None or fall.value == sp.oo or isinstance(fall.value, tuple):
            raise
    fall = replace(fall, value=enclosed(fall.peak, fall.trough))
    return fall, derive_drawdown(function, fall)


def derive_drawdown(function: Function, fall: Drawdown) -> Proof:
    """The derivation that this is the drawdown; `Undecided` where the checker does not accept it."""
    try:
        low, high = (number(cut) for cut in function.given)
        claim = DrawdownClaim("drawdown", function.expression, low, high, fall.value)
        writer = DrawdownWriter(function, claim, fall)
        writer.write()
        proof = Proof(sentence(claim), writer.steps, claim)
        refusal = proof.refusal()
    except Rejected as rejected:
        refusal = str(rejected)
    if refusal:
        raise Undecided(f"the drawdown was found, but the checker did not accept it: {refusal}")
    return proof


class DrawdownWriter(Writer):
    """Writes the steps of a drawdown."""

    def __init__(self, function: Function, claim: DrawdownClaim, fall: Drawdown) -> None:
        super().__init__(function, claim)
        self.fall = fall

    def write(self) -> None:
        """Every step of the claim."""
        fall, period = self.fall, self.function.period
        pair: tuple[Place | None, Place | None]
        if period is not None and sign_of(period.shift) < 0:
            pair = self._every_period(period.length, period.shift)
        elif fall.value == sp.oo:
            self._tiles()
            pair = self._unbounded()
        elif fall.value == 0:
            self._tiles()
            pair = self._rising()
        else:
            self._tiles()
            pair = self._largest()
        claim = self.claim
        self._conclude(
            DrawdownConclusion(claim.question, claim.function, claim.low, claim.high, fall.value, *pair)
        )

    def _conclude(self, step: DrawdownConclusion) -> None:
        """The conclusion, after the closed forms of no more roots than it needs."""
        try:
            self.take(step)
            return
        except Rejected:
            closed = [
                Solved(place.point, level.cut.number)
                for place, level in ((step.peak, self.fall.peak), (step.trough, self.fall.trough))
                if place is not None
                and level is not None
                and isinstance(place.point, Root)
                and isinstance(level.cut, Exact)
            ]
            if not closed or isinstance(step.value, tuple):
                raise
        for form in closed:
            self._once(form)
            with suppress(Rejected):
                self.take(step)
                return
        self.take(step)

    def _every_period(self, length: Expr, shift: Expr) -> tuple[Place, Place]:
        self.take(Period(self.claim.function, length, shift))
        return self._inner(self.function.smooths[0]), Place(Number(sp.oo), -1)

    def _unbounded(self) -> tuple[Place, Place]:
        """Where f has no bound, and a point before or after it at which f is real."""
        smooths = self.function.smooths
        peak, trough = self.fall.peak, self.fall.trough
        assert peak is not None
        assert trough is not None
        if peak.exact == sp.oo and trough.exact == -sp.oo:
            return self._end(peak), self._end(trough)
        if peak.exact == sp.oo:
            after = peak.smooth if peak.side > 0 else smooths[smooths.index(peak.smooth) + 1]
            return self._end(peak), self._inner(after)
        before = trough.smooth if trough.side < 0 else smooths[smooths.index(trough.smooth) - 1]
        return self._inner(before), self._end(trough)

    def _rising(self) -> tuple[None, None]:
        """f' >= 0 on the pieces, and what f is on both sides of each place where two of them meet."""
        self._slopes()
        for pair in seams(self.checker):
            for place in pair:
                self._level(place)
        return None, None

    def _largest(self) -> tuple[Place, Place]:
        """Every level, and between which of them f falls most."""
        self._slopes()
        for place in extremes(self.checker):
            self._level(place)
        assert self.fall.peak is not None
        assert self.fall.trough is not None
        peak, trough = (
            Place(self.point(level.place), level.side) for level in (self.fall.peak, self.fall.trough)
        )
        return peak, trough

    def _slopes(self) -> None:
        """The signs of f' on every piece."""
        for smooth in self._smooths:
            e = self._written(smooth)
            slope = self._derivative(e, self.function.tower, smooth.slope, smooth)
            self.signs(slope, smooth.slope, smooth.signs)

    def _level(self, place: Place) -> None:
        """What f is at a place, by a step."""
        f, point, side = self.claim.function, place.point, place.side
        if side:
            (piece,) = (
                tile
                for tile in self.checker.tiles
                if isinstance(tile, Piece) and point == (tile.low if side > 0 else tile.high)
            )
            self._once(Limit(f, point, side, limit_at(piece.expression, point, side)))
        elif Place(point, 0) not in self._values():
            self._critical(point)

    def _values(self) -> set[Place]:
        return {Place(step.point, 0) for step in self._steps if isinstance(step, Value)}

    def _critical(self, point: Point) -> None:
        """f's value at a zero of f': shorter through the equation, where the checker follows."""
        f = self.claim.function
        value = value_at(f, point)
        if isinstance(point, Root) and value is not None:
            smooth, cut = next(
                (smooth, cut)
                for smooth in self._smooths
                for cut in smooth.slope_signs.points
                if self.point(cut) == point
            )
            shorter = None
            if isinstance(cut, RootCut):
                shorter = through_equation(self.function.tower, smooth.fraction, cut)
            if shorter is not None and shorter.count_ops() < value.count_ops():
                try:
                    self.take(Value(f, point, shorter))
                    return
                except Rejected:
                    pass  # as it stands, then
        self.take(Value(f, point, value))

    def _inner(self, smooth: Smooth) -> Place:
        """f's value at a rational point of a piece."""
        point = Number(to_sympy(inside(smooth.piece.low, smooth.piece.high)))
        self._once(Value(self.claim.function, point, value_at(self.claim.function, point)))
        return Place(point, 0)

    def _end(self, level: Level) -> Place:
        """The limit at an end of a piece at which f has no bound."""
        assert level.exact is not None
        place = Place(self.point(level.place), level.side)
        self._once(Limit(self.claim.function, place.point, place.side, level.exact))
        return place

    def _once(self, step: Step) -> None:
        if step not in self._steps:
            self.take(step)
