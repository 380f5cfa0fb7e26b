"""Signs by counting zeros: polynomials with all their zeros, and `a + b sin(u)` by the sine's range."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.points import before, bracket, infinite, sign_at, sign_of_number
from ordering.checking.records import Number, Point, Rejected, Sign
from ordering.enclosures.budget import tick
from ordering.variable import x

MOST_ZEROS: Final = 40
"""Zeros of a wave on one interval that a step may list."""


class Wave(NamedTuple):
    """`level + height * head(rate x + phase)`, head the sine or the cosine, rate and height not zero."""

    level: Expr
    height: Expr
    head: type
    rate: Expr
    phase: Expr


def all_zeros(step: Sign) -> bool:
    """Whether the step lists n zeros of a polynomial of degree n: these are all, and simple.

    So the signs alternate, and the last is that of the leading coefficient.
    """
    e = step.function
    if not e.is_polynomial(x) or not step.points:
        return False
    polynomial = sp.Poly(e, x)
    if polynomial.degree() != len(step.points):
        return False
    if any(sign_at(e, point) != 0 for point in step.points):
        return False
    return step.signs[-1] == sign_of_number(polynomial.LC()) and all(a == -b for a, b in pairwise(step.signs))


def as_wave(e: Expr) -> Wave | None:
    """The expression as a wave, where it is one."""
    turns = e.atoms(sp.sin, sp.cos)
    if len(turns) != 1:
        return None
    (turn,) = turns
    mark = sp.Dummy()
    form = e.xreplace({turn: mark})
    outer, inner = _line(form, mark), _line(turn.args[0], x)
    if outer is None or inner is None or form.has(x):
        return None
    return Wave(outer[1], outer[0], turn.func, *inner)


def _line(e: Expr, symbol: Expr) -> tuple[Expr, Expr] | None:
    """p and q where the expression is `p symbol + q`, p not 0."""
    if not e.is_polynomial(symbol):
        return None
    polynomial = sp.Poly(e, symbol)
    return tuple(polynomial.all_coeffs()) if polynomial.degree() == 1 else None


def wave_signs(e: Expr, low: Point, high: Point) -> tuple[tuple[Point, ...], tuple[int, ...]] | None:
    """Zeros and signs of a wave on a bounded interval, if it keeps its sign or is a multiple of a sine.

    With |level| = |height| it vanishes only where the sine is 1 or -1; with level 0 where the sine is 0,
    where it changes its sign.
    """
    wave = as_wave(e)
    if wave is None or infinite(low) or infinite(high):
        return None
    level, height = sign_of_number(wave.level), sign_of_number(wave.height)
    if level == 0:
        first, turn = (sp.S.Zero if wave.head is sp.sin else sp.pi / 2), sp.pi
    elif same(wave.level, level * height * wave.height):
        # level * height = -1: zero where the sine is 1; else where it is -1.
        first = sp.pi / 2 if wave.head is sp.sin else sp.S.Zero
        first, turn = first + (sp.pi if level * height == 1 else 0), 2 * sp.pi
    else:
        return None
    points = _hits(wave, first, turn, low, high)
    if level:
        return points, (level,) * (len(points) + 1)
    start = sign_at(e, Number(_between(low, points[0] if points else high)))
    return points, tuple(start * (-1) ** i for i in range(len(points) + 1))


def _hits(wave: Wave, first: Expr, turn: Expr, low: Point, high: Point) -> tuple[Point, ...]:
    """Points of the open interval at which `rate x + phase` is `first` up to multiples of `turn`."""
    ends = [bracket(Number((first + k * turn - wave.phase) / wave.rate), 24) for k in (0, 1)]
    origin, step = ends[0][0], ends[1][0] - ends[0][0]
    reach = sorted((end - origin) / step for end in (bracket(low, 24)[0], bracket(high, 24)[1]))
    if reach[1] - reach[0] > MOST_ZEROS:
        raise Rejected("the interval holds too many zeros of a wave")
    found: list[Point] = []
    for k in range(int(reach[0].floor()) - 1, int(reach[1].ceil()) + 2):
        tick()
        number = (first + k * turn - wave.phase) / wave.rate
        point = Number(sp.expand(number))
        if before(low, point) and before(point, high):
            found.append(point)
        elif not any(_equal(end, point) for end in (low, high)) and not (
            before(point, low) or before(high, point)
        ):
            raise Rejected(f"{point} and the ends of ({low}, {high}) could not be told apart")
    return tuple(found if step > 0 else reversed(found))


def _equal(a: Point, b: Point) -> bool:
    return isinstance(a, Number) and isinstance(b, Number) and same(a.value - b.value, sp.S.Zero)


def _between(low: Point, high: Point) -> Expr:
    left, right = bracket(low)[1], bracket(high)[0]
    middle: fmpq = (left + right) / 2
    return sp.Rational(int(middle.p), int(middle.q))


def has_signs(step: Sign) -> bool:
    """Whether a zero count gives the step's points and signs."""
    if all_zeros(step):
        return True
    found = wave_signs(step.function, step.low, step.high)
    if found is None or found[1] != step.signs or len(found[0]) != len(step.points):
        return False
    return all(a == b or _equal(a, b) for a, b in zip(found[0], step.points, strict=True))
