"""The drawdown `sup_{a <= b} f(a) - f(b)`: exact where a closed form exists, else a rigorous enclosure."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.enclosures.balls import ends, evaluator, precision, sign_of, to_sympy
from ordering.enclosures.budget import Undecided, tick
from ordering.reals.closed import closed_form, value_at_root
from ordering.reals.cuts import Cut, Exact, Root
from ordering.reals.function import Function, Smooth, limit_of
from ordering.reals.rewriting import normal

WIDTH = 1e-10
"""Relative width that an enclosure is refined to (the promise is 1e-9)."""


LONGEST_CLOSED_FORM = 60
"""Operations beyond which a closed form tells less than an enclosure."""


@dataclass(frozen=True)
class Level:
    """A value that f takes at a cut (`attained`), or approaches from one side (`side`)."""

    cut: Cut
    expression: Expr
    side: int
    attained: bool
    exact: Expr | None
    """The value in closed form."""
    smooth: Smooth
    """A piece on which, or at whose end, f takes or approaches the value."""
    place: Cut
    """The cut as the piece, or its f', has it; `cut` may be closer, or in closed form."""

    def ball(self, bits: int) -> arb:
        """A ball around the value."""
        if self.exact is not None:
            with precision(bits):
                return evaluator(self.exact)(arb(0))
        at = self.cut.ball(bits)
        with precision(bits):
            # At an end of the domain part of the ball lies outside.
            value = evaluator(self.expression, edges=True)(at)
        if not value.is_finite():
            raise Undecided(f"the value at the {self.cut} could not be enclosed")
        return value


@dataclass(frozen=True)
class Drawdown:
    """`value` is exact or an enclosure; `pair` attains it; `near` comes close to it (rational points).

    `peak` and `trough` are the levels between which f falls by it; None where it never falls, or falls in
    every period.
    """

    value: Expr | tuple[Expr, Expr]
    pair: tuple[Expr, Expr] | None = None
    near: tuple[Expr, Expr] | None = None
    peak: Level | None = None
    trough: Level | None = None


def drawdown(function: Function) -> Drawdown:
    """The drawdown over the function's domain, which need not be an interval; raises `Undecided`."""
    if function.obstacle is not None:
        raise function.obstacle
    if any(not joint.left and not joint.right for joint in function.joints):
        raise Undecided("the domain has an isolated point")
    if function.period is not None and sign_of(function.period.shift) < 0:
        return Drawdown(sp.oo)
    # With f(x + T) = f(x) + c, c >= 0, no pair further apart than T falls more than a nearer one.
    levels = _levels(function)
    best: tuple[Level, Level] | None = None
    for j, low in enumerate(levels):
        for high in levels[:j]:
            tick()
            if low.exact == -sp.oo or high.exact == sp.oo:
                if high.exact != low.exact:
                    return Drawdown(sp.oo, peak=high, trough=low)
                continue
            if low.exact == sp.oo or high.exact == -sp.oo:
                continue
            if best is None or _larger(high, low, best):
                best = (high, low)
    if best is None or _sign(*best) <= 0:
        return Drawdown(sp.S.Zero)
    high, low = best
    pair, near = _pair(high, low), _near(function, high, low)
    if high.exact is not None and low.exact is not None:
        value = high.exact - low.exact
        if value.count_ops() <= LONGEST_CLOSED_FORM:
            return Drawdown(value, pair, near, high, low)
    return Drawdown(enclosed(high, low), pair, near, high, low)


def enclosed(high: Level, low: Level) -> tuple[Expr, Expr]:
    """Rational bounds, as close as is promised, of a positive difference; raises `Undecided`."""
    bits = 80
    while True:
        with precision(bits):
            ball = high.ball(bits) - low.ball(bits)
            a, b = ends(ball)
        if a > 0 and float((b - a) / a) < WIDTH:
            return to_sympy(a), to_sympy(b)
        bits *= 2
        if bits > 2000:
            raise Undecided("the drawdown could not be enclosed tightly")


def _levels(function: Function) -> list[Level]:
    """Every local extreme of f along the line: limits at ends, critical values, both sides of jumps."""
    joints = {id(j.cut): j for j in function.joints}
    levels: list[Level] = []

    def add(smooth: Smooth, cut: Cut, expression: Expr, side: int) -> None:
        exact: Expr | None
        if side:
            try:
                exact = limit_of(normal(expression), cut, side) if isinstance(cut, Exact) else None
            except Undecided:
                if cut.infinite:
                    raise
                exact = None
        else:
            exact = expression.subs(sp.Symbol("x", real=True), cut.number) if isinstance(cut, Exact) else None
        levels.append(Level(_copied(cut), expression, side, side == 0, exact, smooth, cut))

    for smooth in function.smooths:
        piece = smooth.piece
        start = joints.get(id(piece.low))
        if start is not None:
            add(smooth, start.cut, start.value, 0)
        add(smooth, piece.low, piece.expression, 1)
        for point in smooth.slope_signs.points:
            cut = closed_form(function.tower, point)
            level_value = value_at_root(function.tower, smooth.fraction, point, cut)
            levels.append(Level(_copied(cut), piece.expression, 0, True, level_value, smooth, point))
        add(smooth, piece.high, piece.expression, -1)
        end = joints.get(id(piece.high))
        if end is not None and end.right is None:  # otherwise the next piece begins with it
            add(smooth, end.cut, end.value, 0)
    return levels


def _copied(cut: Cut) -> Cut:
    """A cut that may be refined, while derivations go on to show the wider bracket."""
    return cut.copied() if isinstance(cut, Root) else cut


def _sign(high: Level, low: Level) -> int:
    if high.exact is not None and low.exact is not None:
        return sign_of(high.exact - low.exact)
    for bits in (64, 160, 400):
        with precision(bits):
            difference = high.ball(bits) - low.ball(bits)
        if difference > 0:
            return 1
        if difference < 0:
            return -1
    raise Undecided("two extreme values could not be told apart")


def _larger(high: Level, low: Level, best: tuple[Level, Level]) -> bool:
    """Whether `high - low` is certainly larger than the best so far (ties keep an attained pair)."""
    for bits in (64, 160, 400):
        with precision(bits):
            difference = (high.ball(bits) - low.ball(bits)) - (best[0].ball(bits) - best[1].ball(bits))
        if difference > 0:
            return True
        if difference < 0:
            return False
    # Indistinguishable at 400 bits: either may stand, as an enclosure; prefer the one that is attained.
    return high.attained + low.attained > best[0].attained + best[1].attained


def _pair(high: Level, low: Level) -> tuple[Expr, Expr] | None:
    if not (high.attained and low.attained):
        return None
    if isinstance(high.cut, Exact) and isinstance(low.cut, Exact):
        return high.cut.number, low.cut.number
    return None


def _near(function: Function, high: Level, low: Level) -> tuple[Expr, Expr] | None:
    """Rational `a < b` whose gap is within a millionth of the drawdown, searched towards the two levels."""
    with precision(120):
        target = high.ball(120) - low.ball(120)
        for k in range(4, 60, 4):
            tick()
            a, b = _approach(high, k), _approach(low, k)
            if a < b and abs(target - (function.at(a) - function.at(b))) < target / 10**6:
                return to_sympy(a), to_sympy(b)
    return None


def _approach(level: Level, k: int) -> fmpq:
    """A rational point close to where the level is taken."""
    if isinstance(level.cut, Exact) and level.cut.infinite:
        return fmpq(-(2 ** (k // 2)) if level.cut.number == -sp.oo else 2 ** (k // 2))
    if level.cut.rational is not None:
        return level.cut.rational + fmpq(level.side, 2**k)
    low, high = ends(level.cut.ball(k + 10))
    # The middle of the ball, shortened to a few more bits than its accuracy.
    scale = 2 ** (k + 8)
    return fmpq(((low + high) / 2 * scale).floor(), scale) + fmpq(level.side, 2**k)
