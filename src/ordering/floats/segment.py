"""What a stretch of consecutive values showed: a monoid, so that stretches can be scanned apart and joined.

Inputs are named by their ranks.  At each input the kernel is known by two results, `low <= high`: equal on
one code path, and the smaller and the larger one where two paths are scanned together.  Results are compared
as steps from zero (`ordering.floats.lattice`), exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple


class Point(NamedTuple):
    """An input, by its rank, and a result there: as steps from zero, as a value, and scaled.

    `scaled` counts the result in units of the last place of `max(1, |result|)`: steps beyond one, and
    multiples of the dtype's epsilon up to there.  It rises where the result does.
    """

    rank: int
    step: int
    value: float
    scaled: float


class Fall(NamedTuple):
    """A result at `high.rank` that is larger than one at `low.rank >= high.rank`."""

    high: Point
    low: Point

    @property
    def depth(self) -> int:
        """Representable steps between the two."""
        return self.high.step - self.low.step

    @property
    def gap(self) -> float:
        """The difference of the two values, rounded to a double."""
        return self.high.value - self.low.value

    @property
    def size(self) -> float:
        """The difference in units of the last place of `max(1, |result|)`."""
        return self.high.scaled - self.low.scaled


class Split(NamedTuple):
    """An input, by its rank, on which two code paths differ; NaN for a result that is none."""

    rank: int
    vector: float
    scalar: float
    depth: int
    """Steps between the two; 0 for zeros of different sign, and where one of the results is NaN."""


def join(left: Segment, right: Segment) -> Segment:
    """The summary of a stretch and of the one right after it.  Associative; `EMPTY` is neutral."""
    drops, first_drop = left.drops + right.drops, left.first_drop
    worst, widest = deeper(left.worst, right.worst), wider(left.widest, right.widest)
    steepest = steeper(left.steepest, right.steepest)
    if left.last and right.first and left.last.step > right.first.step:
        drops += 1
        first_drop = first_drop or Fall(left.last, right.first)
    if left.top and right.bottom and left.top.step > right.bottom.step:
        across = Fall(left.top, right.bottom)
        worst, widest, steepest = deeper(worst, across), wider(widest, across), steeper(steepest, across)
    return Segment(
        values=left.values + right.values,
        nan=left.nan + right.nan,
        nan_first=right.nan_first if left.nan_first is None else left.nan_first,
        first=left.first or right.first,
        last=right.last or left.last,
        top=max(left.top, right.top, key=_height) if left.top and right.top else left.top or right.top,
        bottom=(
            min(left.bottom, right.bottom, key=_depth)
            if left.bottom and right.bottom
            else left.bottom or right.bottom
        ),
        drops=drops,
        first_drop=first_drop or right.first_drop,
        worst=worst,
        widest=widest,
        steepest=steepest,
        identical=left.identical and right.identical,
        differing=left.differing + right.differing,
        first_split=left.first_split or right.first_split,
        worst_split=_farther(left.worst_split, right.worst_split),
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """The summary of consecutive values.

    Among `values` inputs, `nan` have a NaN result (on some path). Of the others: the low result at the
    `first` and the high result at the `last`; the `top` high result (the last of equals) and the `bottom`
    low result (the first of equals); how many neighbours are out of order (`drops`, looking across NaN)
    and the first of them; the `worst` fall in steps (see `deeper`), the `widest` in value (see `wider`)
    and the `steepest` in units of the last place of `max(1, |result|)` (see `steeper`). `identical`: every
    result was its input, bit for bit. `differing` inputs on which the bits of two paths differ, with the
    first of them and the farthest apart.
    """

    values: int = 0
    nan: int = 0
    nan_first: int | None = None
    first: Point | None = None
    last: Point | None = None
    top: Point | None = None
    bottom: Point | None = None
    drops: int = 0
    first_drop: Fall | None = None
    worst: Fall | None = None
    widest: Fall | None = None
    steepest: Fall | None = None
    identical: bool = True
    differing: int = 0
    first_split: Split | None = None
    worst_split: Split | None = None


EMPTY: Final = Segment()
"""The summary of no values."""


def rising(first: Point, last: Point) -> Segment:
    """The summary of values on which one path never falls, from its two ends alone."""
    return Segment(values=last.rank - first.rank + 1, first=first, last=last, top=last, bottom=first)


def _height(point: Point) -> tuple[int, int]:
    return point.step, point.rank


def _depth(point: Point) -> tuple[int, int]:
    return point.step, point.rank


def deeper(left: Fall | None, right: Fall | None) -> Fall | None:
    """The fall of more steps; of equals the one that ends first, of those the shortest."""
    if not (left and right):
        return left or right
    return max(left, right, key=lambda fall: (fall.depth, -fall.low.rank, fall.high.rank))


def wider(left: Fall | None, right: Fall | None) -> Fall | None:
    """The fall by the larger value; of equals (values are rounded) the `deeper` one."""
    if not (left and right):
        return left or right
    if left.gap != right.gap:
        return left if left.gap > right.gap else right
    return deeper(left, right)


def steeper(left: Fall | None, right: Fall | None) -> Fall | None:
    """The fall by more units of the last place of `max(1, |result|)`; of equals the `deeper` one."""
    if not (left and right):
        return left or right
    if left.size != right.size:
        return left if left.size > right.size else right
    return deeper(left, right)


def _farther(left: Split | None, right: Split | None) -> Split | None:
    if not (left and right):
        return left or right
    return right if right.depth > left.depth else left
