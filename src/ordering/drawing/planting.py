"""Faults planted into terms: a dip into a rising one, and whatever else breaks a property at known points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hypothesis import strategies as st

from ordering.drawing import building
from ordering.drawing.building import number, range_of, total
from ordering.drawing.growing import Draw
from ordering.drawing.term import LARGEST, Term, X, before, holds, rounded_up, unit
from ordering.drawing.values import Undetermined, above, combined, value

_STEPS: Final = (0, 1, 2, 5, 16, 100, 1000, 5000)
"""Widths of dips in float16's values: from one value on."""
_DEPTHS: Final = (1, 2, 3, 8, 64, 512, 4096)
"""Depths in units in the last place, from one on."""
EXACT: Final = frozenset(
    {"x", "number", "scale", "sum", "max", "min", "clip", "abs", "sign", "floor", "piecewise", "dip"}
)
"""Operations whose values at float16's numbers are rational, and mostly numbers of float16 again."""
NOISE: Final = 8
"""Units in the last place that a kernel of other operations may be wrong by: a dip has to be deeper."""


def dip(draw: Draw, term: Term) -> Term:
    """The term with a dip: at a drawn value of float16 it falls by a drawn depth below its value before it.

    The width goes down to a single value, and the depth to one unit in the last place of float16: where the
    values at both are float16's own.  Elsewhere kernels round, and the depth is some units more.
    """
    low: Fraction = draw(PLACES)
    high = low
    steps = draw(st.sampled_from(_STEPS))
    if steps:
        high = low + steps * unit(low)
        high = high if holds(high) else low + unit(low)
    before_, at = value(term, before(low)), value(term, low)
    size = max(above(at), above(combined((-1,), (at,))), Fraction(0))
    exact = isinstance(at, Fraction) and isinstance(before_, Fraction) and holds(at) and holds(before_)
    step = unit(size) if exact else unit(max(size, Fraction(1)))
    deep = step * draw(st.sampled_from(_DEPTHS)) + (0 if exact else NOISE * step)
    depth = rounded_up(above(combined((1, -1), (at, before_))) + deep, step)
    return building.dipped(term, low, high, _held(depth))


def _held(size: Fraction) -> Fraction:
    """The next value of float16 from a positive number on.

    Raises
    ------
    Undetermined
        If the number is beyond them all: the term is too large here to be lowered exactly.
    """
    if size > LARGEST:
        raise Undetermined
    while not holds(size):
        size = rounded_up(size, unit(size) * 2)
    return size


_EXPONENTS: Final = tuple(Fraction(2) ** power for power in range(-14, 4))
PLACES: Final = st.one_of(
    st.sampled_from([Fraction(text) for text in ("1", "0", "-1", "2", "-2", "1/2", "-1/2", "3", "-3")]),
    st.builds(
        lambda scale, digits, sign: sign * scale * (1024 + digits) / 1024,
        st.sampled_from(_EXPONENTS),
        st.integers(0, 1023),
        st.sampled_from((1, -1)),
    ),
)
"""Values of float16, up to 16: simple ones, and any others."""


def _bump(draw: Draw, term: Term) -> Term:
    """Higher at one drawn value, by more than the term changes around it."""
    return _spike(draw, term, -1)


def _hole(draw: Draw, term: Term) -> Term:
    """Lower at one drawn value, by more than the term changes around it."""
    return _spike(draw, term, 1)


def _spike(draw: Draw, term: Term, sign: int) -> Term:
    place: Fraction = draw(st.sampled_from([Fraction(text) for text in ("0", "1", "-1", "2", "1/2", "-3")]))
    around = [value(term, place + offset) for offset in (Fraction(-4), Fraction(0), Fraction(4))]
    sizes = [max(above(each), above(combined((-1,), (each,)))) for each in around]
    height = _held(rounded_up(2 * max(sizes) + 1, Fraction(1)))
    return building.dipped(term, place, place, sign * height)


def _below_zero(draw: Draw, term: Term) -> Term:
    """Lowered until it is negative at 0."""
    shift = _held(rounded_up(max(above(value(term, Fraction(0))), Fraction(0)), Fraction(1)) + 1)
    return total(term, number(-shift))


def _without_bounds(draw: Draw, term: Term) -> Term:
    return total(term, X) if range_of(term).size is not None else term


BREAKS: Final[Mapping[str, Callable[[Draw, Term], Term]]] = MappingProxyType(
    {
        "nondecreasing": dip,
        "strictly_increasing": dip,
        "nonincreasing": _bump,
        "strictly_decreasing": _bump,
        "convex": _bump,
        "concave": _hole,
        "affine": _hole,
        "odd": lambda draw, term: total(term, number(1)),
        "even": lambda draw, term: total(term, X),
        "nonnegative": _below_zero,
        "bounded": _without_bounds,
    }
)
"""How a term that has a property is made one that has not, if nothing else is wanted of it."""
