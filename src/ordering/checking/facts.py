"""Signs on open intervals: what can be read off, and what a step states and the checker verifies."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cmp_to_key, lru_cache
from itertools import pairwise
from math import prod
from typing import Final, TypeAlias

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.deriving import derivative
from ordering.checking.growth import limit_near, sign_near
from ordering.checking.points import (
    before,
    bracket,
    enclosure,
    infinite,
    inside,
    isolated,
    not_after,
    number_of,
    sign_at,
    sign_at_rational,
    sign_of_number,
)
from ordering.checking.reading import ANY, DOWN, UP, Signs, by_form, needs, read_off
from ordering.checking.records import (
    Factors,
    Missing,
    Number,
    Period,
    Plain,
    Point,
    Rejected,
    Rung,
    Sign,
    Turns,
)
from ordering.checking.repeating import require_period
from ordering.checking.waves import has_signs
from ordering.enclosures.balls import sign_of_ball, to_fmpq
from ordering.enclosures.budget import tick
from ordering.variable import x

MOST_CELLS: Final = 3000
"""Cells of a bounded interval."""

Pattern: TypeAlias = tuple[tuple[Point, ...], tuple[int, ...]]
"""Points, and the signs before, between and after them."""


@dataclass
class Facts:
    """The sign steps that were verified so far; `used` are those that something rests on."""

    known: dict[Expr, list[Sign]] = field(default_factory=dict)
    used: set[Sign] = field(default_factory=set)

    # ---- asking --------------------------------------------------------------------------------------

    def step(self, e: Expr, low: Point, high: Point) -> Sign | None:
        """The verified step on e whose interval holds this one."""
        for known in self.known.get(e, ()):
            if not_after(known.low, low) and not_after(high, known.high):
                self.used.add(known)
                return known
        return None

    def signs(self, e: Expr, low: Point, high: Point) -> Signs:
        """Signs among which those of e on the interval are: by a step, or read off."""
        for sign, form in ((1, e), (-1, -e)):
            step = self.step(form, low, high)
            if step is not None:
                points, signs = _part(step, low, high)
                return frozenset(sign * s for s in signs) | (frozenset({0}) if points else frozenset())
        plain = read_off(e, low, high)
        if plain != ANY or not e.args:
            return plain
        found = by_form(e, lambda part: self.signs(part, low, high))
        return frozenset({0}) if found == ANY and same(e, sp.S.Zero) else found

    def require(self, e: Expr, low: Point, high: Point, among: Signs) -> None:
        """That the signs of e on the interval are among these."""
        found = self.signs(e, low, high)
        if found <= among:
            return
        if self.step(e, low, high) is not None:
            raise Rejected(f"{e} has not the sign that is needed on ({low}, {high})")
        raise Missing(e, low, high)

    def smooth(self, e: Expr, low: Point, high: Point) -> None:
        """That e is a real, smooth function on the open interval."""
        if not e.has(x):
            sign_of_number(e)
            return
        for argument in e.args:
            self.smooth(argument, low, high)
        needed = needs(e)
        if needed is not None:
            what, positive = needed
            self.require(what, low, high, UP if positive else self._either(what, low, high))

    def _either(self, e: Expr, low: Point, high: Point) -> Signs:
        found = self.signs(e, low, high)
        return found if found in (UP, DOWN) else frozenset()

    # ---- stating -------------------------------------------------------------------------------------

    def add(self, step: Sign) -> None:
        """Verify a step and keep it."""
        if not before(step.low, step.high):
            raise Rejected(f"({step.low}, {step.high}) is no interval")
        if len(step.signs) != len(step.points) + 1 or not set(step.signs) <= {-1, 0, 1}:
            raise Rejected("the signs do not fit the points")
        for left, right in pairwise((step.low, *step.points, step.high)):
            if not before(left, right):
                raise Rejected(f"{left} is not known to lie before {right}")
        self.smooth(step.function, step.low, step.high)
        if isinstance(step.reason, Plain):
            plain = not step.points and self.signs(step.function, step.low, step.high) == frozenset(
                step.signs
            )
            if not plain and not has_signs(step):
                raise Rejected(f"the sign of {step.function} cannot be read off")
        elif isinstance(step.reason, Factors):
            self._factors(step, step.reason)
        elif isinstance(step.reason, Rung):
            self._rung(step, step.reason)
        elif isinstance(step.reason, Turns):
            self._repeated(step, step.reason)
        else:
            cells(step)
        self.known.setdefault(step.function, []).append(step)

    def _pattern(self, e: Expr, low: Point, high: Point, *, stated: bool = False) -> Pattern:
        """Zeros and signs of e on this interval; `stated`: by a step, though they could be read off."""
        step = self.step(e, low, high)
        if step is not None:
            points, signs = _part(step, low, high)
            if not all(before(low, p) and before(p, high) for p in points):
                raise Rejected(f"the zeros of {e} could not be told from the ends of ({low}, {high})")
            return points, signs
        found = self.signs(e, low, high)
        if stated or len(found) != 1 or 0 in found:
            raise Missing(e, low, high, stated=stated)
        return (), tuple(found)

    def _repeated(self, step: Sign, reason: Turns) -> None:
        require_period(Period(step.function, reason.length, sp.S.Zero))
        found = self._pattern(step.function, Number(sp.S.Zero), Number(2 * reason.length), stated=True)
        if found != (step.points, step.signs) or step.points:
            raise Rejected(f"{step.function} has another sign on two of its periods")

    def _factors(self, step: Sign, reason: Factors) -> None:
        product = sp.Mul(*(base**power for base, power in reason.parts))
        for base, _ in reason.parts:
            self.smooth(base, step.low, step.high)
        if not same(step.function, product):
            raise Rejected(f"{step.function} is not the product {product}")
        pattern: Pattern = (), (1,)
        for base, power in reason.parts:
            found, taken = self._pattern(base, step.low, step.high)
            if power < 0 and found:
                raise Rejected(f"{base} vanishes, and is divided by")
            pattern = _product(pattern, (found, tuple(s if power % 2 else s * s for s in taken)))
        if pattern != (step.points, step.signs):
            raise Rejected(f"the product has other signs than {step.function} is said to have")

    def _rung(self, step: Sign, reason: Rung) -> None:
        g, a, slope = step.function, reason.divisor, reason.slope
        self.smooth(a, step.low, step.high)
        if not same(derivative(g / a), slope):
            raise Rejected(f"{slope} is not the derivative of {g / a}")
        zeros, below = self._pattern(a, step.low, step.high, stated=a != 1)
        cuts: list[Point] = []
        rises: list[int] = []
        # Where g / a turns or has a pole, and between which sign its slope times a has.
        for (low, high), side in zip(pairwise((step.low, *zeros, step.high)), below, strict=True):
            self.smooth(slope, low, high)
            turning, slopes = self._pattern(slope, low, high, stated=True)
            cuts += [*([low] if rises else []), *turning]
            rises += [side * sign for sign in slopes]
        if 0 in rises:
            raise Rejected(f"{g / a} is constant somewhere")
        left_over = list(step.points)
        for (low, high), rising in zip(pairwise((step.low, *cuts, step.high)), rises, strict=True):
            if low in left_over:
                left_over.remove(low)
                if sign_at(g, low) != 0:
                    raise Rejected(f"{g} is not zero at {low}")
            elif low != step.low and sign_at(g, low) == 0:
                raise Rejected(f"{g} is zero at {low} too")
            inner = [p for p in left_over if before(low, p) and before(p, high)]
            start = step.signs[sum(not_after(p, low) for p in step.points)]
            end = step.signs[sum(before(p, high) for p in step.points)]
            if len(inner) > 1 or (len(inner) == 0) != (start == end) or 0 in (start, end):
                raise Rejected(f"{g} has at most one zero between {low} and {high}")
            if inner:
                if end != rising:
                    raise Rejected(f"{g} changes its sign the other way")
                left_over.remove(inner[0])
                require_root(g, inner[0], low, high, start)
            else:
                # g / a moves away from zero at one end: there it must not lie beyond zero.
                edge, side = (low, 1) if start == rising else (high, -1)
                require_near(g, a, edge, side, start)
        if left_over:
            raise Rejected(f"{g} is not known to be zero at {left_over[0]}")


def _apart(a: Point, b: Point) -> int:
    if before(a, b) or before(b, a):
        return -1 if before(a, b) else 1
    raise Rejected(f"{a} and {b} could not be told apart")


def _product(a: Pattern, b: Pattern) -> Pattern:
    """The pattern of a product."""
    points = sorted({*a[0], *b[0]}, key=cmp_to_key(_apart))
    signs = (
        prod(signs[len(set(own) & set(points[:i]))] for own, signs in (a, b)) for i in range(len(points) + 1)
    )
    return tuple(points), tuple(signs)


def require_root(g: Expr, point: Point, low: Point, high: Point, start: int) -> None:
    """That the point, between `low` and `high`, is a zero of g before which g has the sign `start`."""
    if isinstance(point, Number):
        if sign_at(g, point) != 0:
            raise Rejected(f"{g} is not zero at {point}")
        return
    ends = Number(point.low), Number(point.high)
    if not (not_after(low, ends[0]) and not_after(ends[1], high)):
        raise Rejected(f"the bracket of {point} is not inside ({low}, {high})")
    if not same(point.equation, g) or not isolated(point):
        raise Rejected(f"{point} is no zero of {g}")
    if sign_at_rational(g, to_fmpq(point.low)) != start:
        raise Rejected(f"{g} changes its sign the other way at {point}")


def require_near(g: Expr, a: Expr, edge: Point, side: int, sign: int) -> None:
    """That g / a, which moves away from zero from the edge on, has no other sign than g's `sign` there."""
    if not infinite(edge):
        try:
            at = sign_at(g, edge)
        except Rejected:
            at = None
        if at == sign or (at == 0 and sign_at(a, edge) != 0):
            return
        if at is not None and at != 0:
            raise Rejected(f"{g} has the other sign at {edge}")
    try:
        if sign_near(g, edge, side) == sign:
            return
    except Rejected:
        if infinite(edge) or limit_near(g / a, edge, side) != 0:
            raise
        return
    raise Rejected(f"{g} has another sign near {edge}")


def cells(step: Sign) -> None:
    """Verify a step by dividing its bounded interval until g or g' has no zero on each part."""
    g, low, high = step.function, step.low, step.high
    if infinite(low) or infinite(high):
        raise Rejected("an unbounded interval is not divided into cells")
    slope = derivative(g)
    left = list(step.points)
    for start, end, first, last in _monotone_cells(g, slope, low, high):
        inner = [p for p in left if before(start, p) and before(p, end)]
        crosses = first * last < 0
        if len(inner) != (1 if crosses else 0):
            raise Rejected(f"{g} has other zeros between {start} and {end}")
        if crosses:
            require_root(g, inner[0], start, end, first)
            left.remove(inner[0])
    if left or sign_at_rational(g, inside(low, step.points[0] if step.points else high)) != step.signs[0]:
        raise Rejected(f"{g} has other signs than said")
    if any(a != -b for a, b in pairwise(step.signs)):
        raise Rejected(f"{g} changes its sign at simple zeros")


@lru_cache(maxsize=512)
def _monotone_cells(
    g: Expr, slope: Expr, low: Point, high: Point
) -> tuple[tuple[Point, Point, int, int], ...]:
    """Cells with g's signs at their ends, on each of which g has no zero or is strictly monotone."""
    outer = bracket(low)[0], bracket(high)[1]
    todo = [outer]
    done: list[tuple[fmpq, fmpq]] = []
    count = 0
    while todo:
        tick()
        count += 1
        if count > MOST_CELLS:
            raise Rejected(f"the zeros of {g} could not be isolated")
        a, b = todo.pop()
        if any(sign_of_ball(enclosure(e, (a, b), 80)) in (1, -1) for e in (g, slope)):
            done.append((a, b))
            continue
        middle = a + (b - a) * fmpq(31, 64)
        todo += [(middle, b), (a, middle)]
    found = []
    for a, b in done:
        start = low if a == outer[0] else number_of(a)
        end = high if b == outer[1] else number_of(b)
        found.append((start, end, sign_at(g, start), sign_at(g, end)))
    if any(first == 0 for _, _, first, _ in found[1:]):
        raise Rejected(f"{g} is zero where cells meet")
    return tuple(found)


def _part(step: Sign, low: Point, high: Point) -> Pattern:
    """The points and signs of a step that are not surely outside of a part of its interval."""
    gaps = zip(step.signs, pairwise((step.low, *step.points, step.high)), strict=True)
    points = tuple(p for p in step.points if not (not_after(p, low) or not_after(high, p)))
    return points, tuple(sign for sign, (a, b) in gaps if not (not_after(b, low) or not_after(high, a)))
