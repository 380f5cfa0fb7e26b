"""The course of a kernel over rising values: the windows of two in which it falls, rises, rests or bends.

A law fails on a window `(a, b)` where `f` lacks what the law needs of it, and draws seldom bring two values
together that lie close to each other.  So `f` is evaluated once on all values of a 16-bit dtype, or on many
in every binade, and then more finely wherever it bends; the windows that this shows are tried on the
operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.kernels.values import UNLIMITED, binade, binades, every_value, image_of, interval, nearness
from ordering.lattice import format_of

Window: TypeAlias = tuple[float, float]

PER_BINADE: Final = 128
"""Values in every binade that float32 has."""
BEYOND: Final = 8
"""Values in each of the binades that only float64 has."""
USUAL: Final = range(-12, 16)
"""Binades in which activations have their features ..."""
PER_USUAL_BINADE: Final = 1024
"""... with so many values, placed by the seed."""
OFFSETS: Final = 256
"""Places that the seed chooses from, in the gap between two of these values."""
INSIDE: Final = 4096
"""Values in a bounded interval, beside those in its binades."""
PLACES: Final = 24
"""So many places where `f` bends most are looked at more closely, ..."""
CLOSER: Final = 256
"""... with so many values each."""
LEAST_BEND: Final = 0.01
"""Change of slope, as a share of the slope, below which a place is not looked at more closely."""
ROUNDING: Final = 2.0
"""Distance in ULP up to which a bend is rounding."""
NEAREST: Final = 2
"""Windows of one sort that are kept: so many nearest to one, and as many of the largest."""


def breaches(needed: str, activation: Activation, dtype: torch.dtype, seed: int = 0) -> tuple[Window, ...]:
    """Windows `(a, b)`, `a < b`, that show `f` to lack a property: few, and none if none is seen.

    | property | what is looked for |
    | --- | --- |
    | nondecreasing, and any that is not named here | `f(a) > f(b)` |
    | strictly_increasing | `f(a) >= f(b)` |
    | nonincreasing | `f(a) < f(b)` |
    | convex | `f((a + b) / 2) > (f(a) + f(b)) / 2` |
    | concave | `f((a + b) / 2) < (f(a) + f(b)) / 2` |
    | affine, linear | either of these two |

    `a` and `b` need not be neighbours on the grid.  Where `f` is NaN it counts as larger than any number at
    `a`, and as no breach at `b`.

    Raises
    ------
    KernelError
        If the kernel raises on finite values of the dtype.
    """
    sought = _SOUGHT.get(needed, _falls)
    found = (window for course in _courses(activation, dtype, seed) for window in sought(course))
    return tuple(dict.fromkeys(found))


# ---- where f is evaluated ------------------------------------------------------------------------------


class _Course(NamedTuple):
    """Rows of rising values with `f` on them, both in float64, and the machine epsilon of the dtype."""

    grid: Tensor
    image: Tensor
    epsilon: float


def _courses(activation: Activation, dtype: torch.dtype, seed: int) -> Iterator[_Course]:
    low, high = limits = interval(activation)

    def within(grid: Tensor) -> Tensor:
        return grid if limits == UNLIMITED else grid[(grid > low) & (grid < high)]

    if format_of(dtype).bits == 16:
        yield _course(activation, within(every_value(dtype))[None])
        return
    grids = [_fixed(dtype), _seeded(dtype, seed % OFFSETS)]
    if math.isfinite(low) and math.isfinite(high):
        inside = torch.arange(1, INSIDE, dtype=torch.float64) / INSIDE
        grids.append((low + (high - low) * inside).to(dtype))
    for grid in map(within, grids):
        course = _course(activation, grid[None])
        yield course
        yield from _closer(activation, course, dtype)


def _course(activation: Activation, rows: Tensor) -> _Course:
    image = image_of(activation, rows.clone().flatten()).view_as(rows)
    return _Course(rows.to(torch.float64), image.to(torch.float64), torch.finfo(rows.dtype).eps)


def _closer(activation: Activation, course: _Course, dtype: torch.dtype) -> Iterator[_Course]:
    """The same between the neighbours of each place at which the slope changes most: one row a place."""
    grid, image, _ = course
    if grid.shape[1] < 3:
        return
    bend, rounding = _bend(course)
    slope = (image[0, 2:] / 2 - image[0, :-2] / 2).abs()
    share = ((bend.abs() - rounding)[0] / (slope + rounding[0])).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    most = share.topk(min(PLACES, len(share)))
    places = most.indices[most.values > LEAST_BEND]
    if len(places):
        first, last = grid[0, places, None], grid[0, places + 2, None]
        rows = first + (last - first) * (torch.arange(CLOSER + 1, dtype=torch.float64) / CLOSER)
        yield _course(activation, rows.to(dtype))


@lru_cache(maxsize=4)
def _fixed(dtype: torch.dtype) -> Tensor:
    """The same values every time: `PER_BINADE` in the binades of float32, and `BEYOND` in the others."""
    known, all_of_them = binades(torch.float32), binades(dtype)
    positive = [binade(exponent, PER_BINADE if exponent in known else BEYOND) for exponent in all_of_them]
    return _both_signs(torch.cat(positive)).to(dtype)


@lru_cache(maxsize=4)
def _seeded(dtype: torch.dtype, offset: int) -> Tensor:
    """`PER_USUAL_BINADE` values in each of the usual binades, the first `offset` places after its start."""
    positive = [binade(exponent, PER_USUAL_BINADE, offset / OFFSETS) for exponent in USUAL]
    return _both_signs(torch.cat(positive)).to(dtype)


def _both_signs(positive: Tensor) -> Tensor:
    return torch.cat((-positive.flip(0), positive.new_zeros(1), positive))


# ---- what it shows -------------------------------------------------------------------------------------


def _falls(course: _Course) -> list[Window]:
    """`f(b)` below the largest value so far."""
    heights = course.image.nan_to_num(nan=math.inf, posinf=math.inf, neginf=-math.inf)
    top, before = heights.cummax(1)
    fallen = top > heights
    if not bool(fallen.any()):
        return []
    row, place = fallen.nonzero(as_tuple=True)
    first, last = course.grid[row, before[row, place]], course.grid[row, place]
    high, low = top[row, place], heights[row, place]
    depth = (high - low).nan_to_num(posinf=0.0)
    return _kept(first, last, depth, depth / (high.abs() + low.abs()))


def _rises(course: _Course) -> list[Window]:
    """`f(b)` above the least value so far."""
    return _falls(course._replace(image=-course.image))


def _falls_or_rests(course: _Course) -> list[Window]:
    """A fall, or neighbours with one result."""
    rests = (course.image[:, 1:] == course.image[:, :-1]) & (course.grid[:, 1:] > course.grid[:, :-1])
    row, place = rests.nonzero(as_tuple=True)
    size = course.grid[row, place + 1] - course.grid[row, place]
    return _falls(course) + _kept(course.grid[row, place], course.grid[row, place + 1], size)


def _bends_down(course: _Course) -> list[Window]:
    """`f` in the middle above the chord."""
    bend, rounding = _bend(course)
    return _bent(course, -bend, rounding)


def _bends_up(course: _Course) -> list[Window]:
    """`f` in the middle below the chord."""
    bend, rounding = _bend(course)
    return _bent(course, bend, rounding)


def _bends(course: _Course) -> list[Window]:
    bend, rounding = _bend(course)
    return _bent(course, bend.abs(), rounding)


def _bend(course: _Course) -> tuple[Tensor, Tensor]:
    """`(f(a) + f(b)) / 2 - f(m)` for neighbours `a, m, b`, 0 where `2 m != a + b`; what may be rounding."""
    grid, image, epsilon = course
    bend = image[:, :-2] / 2 - image[:, 1:-1] + image[:, 2:] / 2
    even = grid[:, :-2] / 2 + grid[:, 2:] / 2 == grid[:, 1:-1]
    size = image.abs()
    largest = torch.maximum(torch.maximum(size[:, :-2], size[:, 2:]), size[:, 1:-1])
    smallest = torch.finfo(torch.float64).tiny
    return bend.where(even, torch.zeros(())), ROUNDING * epsilon * largest + smallest


def _bent(course: _Course, bend: Tensor, rounding: Tensor) -> list[Window]:
    row, place = (bend > rounding).nonzero(as_tuple=True)
    size = bend[row, place].nan_to_num(posinf=0.0)
    return _kept(course.grid[row, place], course.grid[row, place + 2], size, size / rounding[row, place])


def _kept(first: Tensor, last: Tensor, *sizes: Tensor) -> list[Window]:
    """Windows nearest to one in order of magnitude, and the largest by each of the sizes."""
    chosen = [nearness(last).topk(min(NEAREST, len(last)), largest=False).indices]
    chosen += [size.topk(min(NEAREST, len(size))).indices for size in sizes]
    places = dict.fromkeys(torch.cat(chosen).tolist())
    return [(float(first[place]), float(last[place])) for place in places]


_SOUGHT: Final[Mapping[str, Callable[[_Course], list[Window]]]] = {
    "strictly_increasing": _falls_or_rests,
    "nonincreasing": _rises,
    "convex": _bends_down,
    "concave": _bends_up,
    "affine": _bends,
    "linear": _bends,
}
