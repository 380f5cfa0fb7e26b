"""A real function under examination: its smooth pieces in one tower, its domain, jumps and slopes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.enclosures.balls import (
    PRECISIONS,
    Evaluator,
    enclose,
    evaluator,
    precision,
    sign_of,
    sign_of_ball,
)
from ordering.enclosures.budget import OutOfTime, Undecided
from ordering.reals import series
from ordering.reals.corners import Break, Piece, regions
from ordering.reals.cuts import Cut, Exact, Pattern
from ordering.reals.periods import find_period
from ordering.reals.pieces import split
from ordering.reals.rewriting import normal, without_choices
from ordering.reals.signs import Signs
from ordering.reals.tower import Fraction, Tower
from ordering.variable import x


class Nowhere(Undecided):
    """The function has no value at all: nothing can be asked of it."""


@dataclass(frozen=True)
class Smooth:
    """A smooth piece: the function as a fraction of the tower, with its derivatives and their signs."""

    piece: Piece
    fraction: Fraction
    signs: Signs

    def part(self, low: Cut, high: Cut) -> Smooth:
        """The same function on a part of the piece."""
        return Smooth(Piece(low, high, self.piece.expression), self.fraction, self.signs.over(low, high))

    @cached_property
    def slope(self) -> Fraction:
        """f'."""
        return self.signs.tower.derivative(self.fraction)

    @cached_property
    def bend(self) -> Fraction:
        """f''."""
        return self.signs.tower.derivative(self.slope)

    @cached_property
    def value_signs(self) -> Pattern:
        """Signs of f."""
        return self.signs.of(self.fraction)

    @cached_property
    def slope_signs(self) -> Pattern:
        """Signs of f'."""
        return self.signs.of(self.slope)

    @cached_property
    def bend_signs(self) -> Pattern:
        """Signs of f''."""
        return self.signs.of(self.bend)


@dataclass(frozen=True)
class Joint:
    """Where two pieces meet, at a point at which the function has a value."""

    cut: Cut
    value: Expr
    left: Smooth | None
    right: Smooth | None


class Function:
    """`expression` on the open interval `(low, high)`, or on the part of it where it is a real number."""

    def __init__(self, expression: Expr, low: Cut, high: Cut) -> None:
        expression = without_choices(expression)
        self.expression = expression
        self.given = (low, high)
        """The open interval that f was given on."""
        self.period = find_period(expression) if low.infinite and high.infinite else None
        """Where there is one, the pieces below cover three periods, which decide the whole line."""
        if self.period is not None:
            low, high = Exact(sp.S.Zero), Exact(3 * self.period.length)
        self.ball = evaluator(expression)
        self.obstacle: Undecided | None = None
        """Why the pieces are not known; values of f still are, and can refute a claim."""
        self.smooths: tuple[Smooth, ...] = ()
        self.joints: tuple[Joint, ...] = ()
        self.gap: Cut | None = None
        """A point of a hole in the domain; None where the domain is an interval."""
        self.holes: tuple[tuple[Cut, Cut], ...] = ()
        """Where the domain ends before a hole and begins again after it: one cut, if it lacks one point."""
        self.seams: tuple[Cut, ...] = ()
        """Points between two parts of a hole, on which different things may lack a value."""
        self.low, self.high = low, high
        self._at_joints: dict[fmpq, Evaluator] = {}
        try:
            self._build(expression)
        except OutOfTime:
            raise
        except Undecided as undecided:
            self.obstacle = undecided

    def _build(self, expression: Expr) -> None:
        parts = split(expression, self.low, self.high)
        pieces, breaks = _defined(parts.pieces, parts.breaks)
        if not any(piece.expression is not sp.nan for piece in pieces):
            raise Nowhere("the expression is nowhere a real number")
        self.tower = Tower(
            [p.expression for p in pieces if p.expression is not sp.nan]
            + [b.expression for b in breaks if b.expression is not None]
        )
        self.smooths = tuple(
            Smooth(p, self.tower.fraction(normal(p.expression)), Signs(self.tower, p.low, p.high))
            for p in pieces
            if p.expression is not sp.nan
        )
        by_low = {id(s.piece.low): s for s in self.smooths}
        by_high = {id(s.piece.high): s for s in self.smooths}
        self.joints = tuple(
            Joint(b.cut, b.expression, by_high.get(id(b.cut)), by_low.get(id(b.cut)))
            for b in breaks
            if b.expression is not None
        )
        self.low, self.high = self.smooths[0].piece.low, self.smooths[-1].piece.high
        self.holes = _holes(pieces, breaks)
        self.seams = tuple(
            right.low for left, right in pairwise(pieces) if left.expression is right.expression is sp.nan
        )
        self.gap = self.holes[0][0] if self.holes else None
        self._at_joints = {
            j.cut.rational: evaluator(j.value)
            for j in self.joints
            if j.cut.rational is not None and not j.value.has(x)
        }

    def contains(self, q: fmpq) -> bool:
        """Whether a rational point certainly lies in the open interval that f was given on."""
        low, high = self.given
        return (low.infinite or low.bracket()[1] < q) and (high.infinite or q < high.bracket()[0])

    @property
    def whole(self) -> bool:
        """Whether the domain is the whole line."""
        return (
            self.obstacle is None
            and self.gap is None
            and (self.period is not None or (self.low.infinite and self.high.infinite))
        )

    def value(self, point: Expr, digits: int = 40) -> arb:
        """A ball around f at an exact number."""
        return enclose(self.expression, point, digits)

    def at(self, q: fmpq) -> arb:
        """A ball around f at a rational point, at the working precision."""
        # At a joint the value is known exactly, where rounding could not tell on which side a point lies.
        return self._at_joints.get(q, self.ball)(arb(q))

    def limit(self, smooth: Smooth, side: int) -> Expr:
        """The limit of a piece at its low end (side 1) or high end (side -1), which has a closed form."""
        cut = smooth.piece.low if side == 1 else smooth.piece.high
        expression = normal(smooth.piece.expression)
        return limit_of(expression, cut, side)

    # ---- joints --------------------------------------------------------------------------------------

    def jumps(self, joint: Joint) -> tuple[int, int]:
        """Signs of `value - left limit` and of `right limit - value` (0 where there is no such side)."""
        below = self._step(joint, joint.left, -1) if joint.left else 0
        above = self._step(joint, joint.right, 1) if joint.right else 0
        return below, above

    def _step(self, joint: Joint, smooth: Smooth, side: int) -> int:
        tower = self.tower
        here = tower.fraction(normal(joint.value))
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), here)
        difference = tower.add(smooth.fraction, minus)
        if difference.is_zero:
            return 0
        sign = self._regular_sign(smooth, difference, joint.cut)
        if sign is None:
            limit = limit_of(normal(smooth.piece.expression), joint.cut, side)
            value = joint.value.subs(x, _number(joint.cut))
            sign = sign_of(limit) if limit in (sp.oo, -sp.oo) else sign_of(limit - value)
        return side * sign

    def kink(self, joint: Joint) -> int:
        """The sign of `right slope - left slope` at a joint of two pieces."""
        assert joint.left is not None
        assert joint.right is not None
        tower = self.tower
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), joint.left.slope)
        difference = tower.add(joint.right.slope, minus)
        if difference.is_zero:
            return 0
        sign = self._regular_sign(joint.left, difference, joint.cut)
        if sign is not None:
            return sign
        left = limit_of(normal(tower.expression(joint.left.slope)), joint.cut, -1)
        right = limit_of(normal(tower.expression(joint.right.slope)), joint.cut, 1)
        if left in (sp.oo, -sp.oo) or right in (sp.oo, -sp.oo):
            if left == right:
                return 0
            return 1 if right == sp.oo or left == -sp.oo else -1
        return sign_of(right - left)

    def _regular_sign(self, smooth: Smooth, f: Fraction, cut: Cut) -> int | None:
        """The sign of a fraction at a cut where its generators are regular; None where they are not."""
        try:
            values = self.tower.values(cut.rational, 64) if cut.rational is not None else None
            if values is None:
                values = self.tower.values(cut.ball(64), 64)
            if not all(v.is_finite() for v in values):
                return None
            bottom = smooth.signs.at(f.bottom, cut)
            return smooth.signs.at(f.top, cut) * bottom if bottom else None
        except Undecided:
            if isinstance(cut, Exact):
                return None
            raise

    # ---- values --------------------------------------------------------------------------------------

    def sign_between(self, a: fmpq, b: fmpq) -> int:
        """The certified sign of `f(b) - f(a)`; `Undecided` where it is too close to zero."""
        for bits in PRECISIONS:
            with precision(bits):
                sign = sign_of_ball(self.at(b) - self.at(a))
            if sign:
                return sign
        raise Undecided("two values could not be told apart")


def _number(cut: Cut) -> Expr:
    if isinstance(cut, Exact):
        return cut.number
    raise Undecided(f"no closed form for the {cut}")


def limit_of(expression: Expr, cut: Cut, side: int) -> Expr:
    """The one-sided limit of a smooth expression in normal form at a cut that has a closed form."""
    number = _number(cut)
    if not cut.infinite and enclose(expression, number, 20).is_finite():
        return expression.subs(x, number)
    return series.limit_at(expression, series.End(number, side))


def _holes(pieces: list[Piece], breaks: list[Break]) -> tuple[tuple[Cut, Cut], ...]:
    """The holes between the first and the last part of the domain."""
    valued = {id(b.cut): b.cut for b in breaks if b.expression is not None}
    parts: list[tuple[Cut, Cut]] = []
    joined = False
    for piece in pieces:
        cut = valued.get(id(piece.low))
        real = piece.expression is not sp.nan
        if cut is not None and not joined:  # a value with nothing real before it
            parts.append((cut, cut))
            joined = True
        if real:
            low = parts.pop()[0] if joined else piece.low
            parts.append((low, piece.high))
        joined = real and id(piece.high) in valued
    return tuple((left[1], right[0]) for left, right in pairwise(parts))


def _defined(pieces: tuple[Piece, ...], breaks: tuple[Break, ...]) -> tuple[list[Piece], list[Break]]:
    """Split pieces where their expressions stop being smooth or real; nan marks a piece that is undefined."""
    out: list[Piece] = []
    joints: list[Break] = []
    given = {id(b.cut): b for b in breaks}
    for piece in pieces:
        for left, right, real in regions([piece.expression], piece.low, piece.high):
            part = Piece(left, right, piece.expression if real else sp.nan)
            if out and out[-1].high is part.low:
                cut = part.low
                joints.append(given.get(id(cut)) or Break(cut, _value_if_real(piece.expression, cut)))
            out.append(part)
    # Whether f has a value where pieces were given was decided there, on the expression as it is written.
    known = {id(b.cut) for b in breaks}
    return out, [
        b
        if b.expression is None
        else Break(b.cut, _value_if_real(b.expression, b.cut, decided=id(b.cut) in known))
        for b in joints
    ]


def _value_if_real(expression: Expr, cut: Cut, *, decided: bool = False) -> Expr | None:
    """The expression if it is a finite real number at the cut, else None.

    Where it is `decided` that there is a value, a ball around a closed end, part of which lies outside the
    domain, is enough to see that it is finite.
    """

    def finite(value: Expr, at: arb) -> bool:
        with precision(100):
            return bool(evaluator(value, edges=decided)(at).is_finite())

    if not isinstance(cut, Exact):
        return expression if finite(expression, cut.ball(100)) else None
    if not expression.has(x):
        return expression if finite(expression, arb(0)) else None
    try:
        value = expression.subs(x, cut.number)
    except ValueError:  # sympy refuses to compare nan, in Max and Min
        return None
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I, sp.AccumBounds) or not finite(value, arb(0)):
        return None
    # At a root the equation that it solves can show that two values agree; a closed form would hide it.
    return expression if cut.root is not None else value
