"""What is known of a term by its construction: True by closure rules, False by exact points, else unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from ordering.drawing.building import range_of
from ordering.drawing.ranges import Range
from ordering.drawing.rules import PROPERTIES, properties
from ordering.drawing.term import Term, before, unit
from ordering.drawing.values import Undetermined, Value, above, combined, difference, value

Points: TypeAlias = tuple[Fraction, ...]

_POSITIVE: Final = tuple(
    Fraction(n, 8) for n in (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
)
GRID: Final = (*(-place for place in reversed(_POSITIVE)), Fraction(0), *_POSITIVE)
"""Where a term is looked at: what breaks a property here is a witness, and what does not says nothing."""


@dataclass(frozen=True)
class Dip:
    """A place where a term was lowered: on `low <= x <= high`, by `depth`, below what stands before it.

    At the pair `(a, b)`, `a < b = low`, the term falls by `drop`, or more: so it is not nondecreasing, and
    both orders of max pooling differ by as much on a window of the two.
    """

    low: Fraction
    high: Fraction
    depth: Fraction
    pair: tuple[Fraction, Fraction]
    drop: Fraction


@dataclass(frozen=True)
class Known:
    """What a term's construction says.

    `properties` has every name of `rules.PROPERTIES`: True where the closure rules give it, False where a
    witness or a rule breaks it, None where nothing is known.  `witnesses` has the exact points for each False that
    points show: a pair of the wrong order, three points `a, (a + b)/2, b` for convexity, concavity and affinity,
    `-a, a` for oddness and evenness, one point for a sign.  `range` holds all values; `dip` is the planted
    one, where there is one.
    """

    term: Term
    properties: Mapping[str, bool | None]
    witnesses: Mapping[str, Points]
    range: Range
    dip: Dip | None = None


@lru_cache(maxsize=2048)
def known(term: Term) -> Known:
    """All that is known of the term by its construction."""
    holds = properties(term)
    witnesses = {name: found for name in BROKEN if name not in holds and (found := witness(term, name))}
    answers: dict[str, bool | None] = dict.fromkeys(PROPERTIES)
    answers |= dict.fromkeys(witnesses, False) | dict.fromkeys(holds, True)
    for name, opposite in (("bounded", "unbounded"), ("unbounded", "bounded")):
        if opposite in holds:
            answers[name] = False
    return Known(
        term, MappingProxyType(answers), MappingProxyType(witnesses), range_of(term), planted(term)
    )


# ---- witnesses -----------------------------------------------------------------------------------------


def _falls(term: Term, points: Points, *, strictly: bool = True) -> bool:
    """Whether the values at two points fall; not strictly: or are the same."""
    sign = difference(*(value(term, at) for at in points))
    return sign == 1 or (sign == 0 and not strictly)


def _rises(term: Term, points: Points, *, strictly: bool = True) -> bool:
    return _falls(term, (points[1], points[0]), strictly=strictly)


def _bend(term: Term, points: Points) -> int | None:
    """The sign of `f(a) + f(b) - 2 f(m)`."""
    a, m, b = (value(term, at) for at in points)
    return difference(combined((1, 1), (a, b)), combined((2,), (m,)))


def _mirrored(term: Term, points: Points, sign: int) -> bool:
    """Whether `f(-a)` and `sign * f(a)` are certainly two numbers."""
    left, right = (value(term, at) for at in points)
    return difference(left, combined((sign,), (right,))) not in (0, None)


def _neighbours(term: Term) -> Iterator[Points]:
    places = sorted({*GRID, *_knots(term)})
    yield from zip(places, places[1:], strict=False)


def _thirds(term: Term) -> Iterator[Points]:
    for middle in (*GRID[8:-8], *_knots(term)):
        for width in (Fraction(1, 4), Fraction(1), Fraction(4), *_widths(term)):
            yield middle - width, middle, middle + width


def _mirrors(term: Term) -> Iterator[Points]:
    for place in (*_POSITIVE, *map(abs, _knots(term)), Fraction(0)):
        yield -place, place


def _single(term: Term) -> Iterator[Points]:
    for place in (*GRID, *_knots(term)):
        yield (place,)


def _sign(term: Term, points: Points, sign: int) -> bool:
    return difference(value(term, points[0]), Fraction(0)) == sign


BROKEN: Final[Mapping[str, tuple[Callable[[Term], Iterator[Points]], Callable[[Term, Points], bool]]]] = (
    MappingProxyType(
        {
            "nondecreasing": (_neighbours, _falls),
            "nonincreasing": (_neighbours, _rises),
            "strictly_increasing": (_neighbours, lambda term, at: _falls(term, at, strictly=False)),
            "strictly_decreasing": (_neighbours, lambda term, at: _rises(term, at, strictly=False)),
            "convex": (_thirds, lambda term, at: _bend(term, at) == -1),
            "concave": (_thirds, lambda term, at: _bend(term, at) == 1),
            "affine": (_thirds, lambda term, at: _bend(term, at) not in (0, None)),
            "odd": (_mirrors, lambda term, at: _mirrored(term, at, -1)),
            "even": (_mirrors, lambda term, at: _mirrored(term, at, 1)),
            "nonnegative": (_single, lambda term, at: _sign(term, at, -1)),
            "nonpositive": (_single, lambda term, at: _sign(term, at, 1)),
        }
    )
)
"""Where to look for points that break a property, and whether points do."""


@lru_cache(maxsize=8192)
def witness(term: Term, name: str) -> Points | None:
    """Exact points at which the term certainly breaks the property; None if none of those looked at does."""
    candidates, breaks = BROKEN[name]
    for points in candidates(term):
        if violates(term, name, points, breaks):
            return points
    return None


def violates(
    term: Term, name: str, points: Points, breaks: Callable[[Term, Points], bool] | None = None
) -> bool:
    """Whether the term certainly breaks the property at these points."""
    try:
        return (breaks or BROKEN[name][1])(term, points)
    except Undetermined:
        return False


# ---- places of interest --------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _knots(term: Term) -> tuple[Fraction, ...]:
    """Where pieces and dips begin and end, with float16's value before each."""
    ends: list[Fraction] = []
    for part in term.walk():
        if part.operation == "dip":
            ends += [*part.numbers[:2], part.numbers[1] + unit(part.numbers[1])]
        elif part.operation == "piecewise":
            ends += [part.numbers[0], part.numbers[0] + unit(part.numbers[0])]
    return tuple(dict.fromkeys(place for end in ends for place in (before(end), end)))


def _widths(term: Term) -> tuple[Fraction, ...]:
    """Distances that lead from one end of a dip out of it."""
    return tuple(unit(place) for place in _knots(term))[:4]


def planted(term: Term) -> Dip | None:
    """The dip at the top of a term, or under sums with what is constant; None where there is none that falls."""
    if term.is_shift or (term.operation == "scale" and term.numbers[0] > 0):
        inner = planted(term.parts[0])
        if inner is None:
            return None
        factor = term.numbers[0] if term.operation == "scale" else Fraction(1)
        return Dip(inner.low, inner.high, inner.depth * factor, inner.pair, inner.drop * factor)
    if term.operation != "dip" or term.numbers[2] < 0:
        return None
    low, high, depth = term.numbers
    pair = before(low), low
    try:
        first, second = (value(term, at) for at in pair)
    except Undetermined:
        return None
    drop = _below(combined((1, -1), (first, second)))
    return Dip(low, high, depth, pair, drop) if drop > 0 else None


def _below(number: Value) -> Fraction:
    """A rational that is not above the value, and close to it."""
    return -above(combined((-1,), (number,)))
