"""The numbers worth trying on an activation: simple ones, the dtype's extremes, and where `f` turns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.lattice import shift

SIMPLE: Final = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 4.0, -4.0, 10.0, -10.0)
"""First in every pool, so that counterexamples shrink towards them."""
UNLIMITED: Final = (-math.inf, math.inf)
MOST_LANDMARKS: Final = 16
"""Places of one sort that are kept from the scan of an activation; a rough `f` has no end of them."""


def interval(activation: Activation | None) -> tuple[float, float]:
    """The open interval on which the activation is claimed."""
    if activation is None:
        return UNLIMITED
    low = -math.inf if activation.low is None else float(activation.low)
    high = math.inf if activation.high is None else float(activation.high)
    return low, high


def pool(activation: Activation | None, dtype: torch.dtype, hints: Sequence[float] = ()) -> tuple[float, ...]:
    """Finite values of `dtype` to draw from, simplest first, without repetition.

    `SIMPLE`, then `hints` and their neighbours, then the activation's breakpoints and landmarks with their
    neighbours in the dtype, then -0.0, subnormals, powers of two around one, and the extremes.
    """
    numbers: list[float] = [*_with_neighbours(hints, dtype)]
    if activation is not None:
        numbers += _with_neighbours(breakpoints(activation), dtype)
        numbers += landmarks(activation, dtype)
    info = torch.finfo(dtype)
    edges = (
        -0.0,
        info.smallest_normal,
        info.tiny * info.eps,
        info.eps,
        1 + info.eps,
        1 - info.eps / 2,
        100.0,
    )
    numbers += [value for edge in edges for value in (edge, -edge)]
    numbers += [value for edge in (info.max, info.max / 2, 2.0**10, 2.0**-10) for value in (edge, -edge)]
    low, high = interval(activation)
    return tuple(value for value in _distinct((*SIMPLE, *_finite(numbers, dtype))) if low < value < high)


@lru_cache(maxsize=256)
def _constants(expression: object) -> tuple[float, ...]:
    """Real numbers that occur in a sympy expression: its breakpoints and scales are among them."""
    numbers = {abs(float(atom)) for atom in expression.atoms() if atom.is_number and atom.is_real}  # type: ignore[attr-defined]
    return tuple(sorted(number for number in numbers if 0 < number < math.inf))


def breakpoints(activation: Activation) -> tuple[float, ...]:
    """Where the expression may change its piece: zero, and every number that occurs in it with both signs."""
    if activation.expression is None:
        return (0.0,)
    return (0.0, *(value for number in _constants(activation.expression) for value in (number, -number)))


def landmarks(activation: Activation, dtype: torch.dtype) -> tuple[float, ...]:
    """Where the kernel itself does something on a coarse grid of the whole dtype.

    The grid has eight values in every binade.  Kept are both ends of each step at which `f` turns around,
    jumps to or from a constant (saturation), or becomes NaN, and values at which torch's vector and scalar
    code round differently; of each, those nearest to one.
    """
    grid = _grid(dtype)
    with torch.no_grad():
        image = activation.kernel(grid.clone())
        strided = activation.kernel(grid.repeat_interleave(2)[::2])
    image, strided = image.nan_to_num(nan=0.0), strided.nan_to_num(nan=0.0)
    splits = (image != strided).nonzero().flatten()
    wide = image.to(torch.float64)
    direction = torch.sign(wide[1:] - wide[:-1])
    turns = (direction[1:] != direction[:-1]).nonzero().flatten() + 1
    around = {near for place in _nearest(turns, grid) for near in (place - 1, place, place + 1)}
    return tuple(float(grid[place]) for place in sorted({*around, *_nearest(splits, grid)}))


def _nearest(places: Tensor, grid: Tensor) -> list[int]:
    """The `MOST_LANDMARKS` places whose values are nearest to one in order of magnitude."""
    distances = grid[places].abs().to(torch.float64).clamp(min=1e-300).log2().abs()
    return [int(place) for place in places[distances.argsort()][:MOST_LANDMARKS]]


@lru_cache(maxsize=8)
def _grid(dtype: torch.dtype) -> Tensor:
    info = torch.finfo(dtype)
    lowest, highest = int(math.log2(info.smallest_normal)), int(math.log2(info.max))
    exponents = torch.arange(lowest, highest + 1, dtype=torch.float64)
    positive = (2.0 ** exponents[:, None] * (1 + torch.arange(8, dtype=torch.float64) / 8)).flatten()
    return torch.cat((-positive.flip(0), torch.zeros(1, dtype=torch.float64), positive)).to(dtype)


def _with_neighbours(numbers: Iterable[float], dtype: torch.dtype) -> list[float]:
    """Each number as `dtype` stores it, the value below and the value above."""
    stored = torch.tensor([n for n in numbers if math.isfinite(n)], dtype=torch.float64).to(dtype)
    return [value for steps in (0, 1, -1) for value in shift(stored, steps).tolist()]


def _finite(numbers: Iterable[float], dtype: torch.dtype) -> list[float]:
    """The numbers as `dtype` stores them, without those that it stores as infinite."""
    stored: list[float] = torch.tensor(list(numbers), dtype=torch.float64).to(dtype).tolist()
    return [value for value in stored if math.isfinite(value)]


def _distinct(numbers: Iterable[float]) -> list[float]:
    """Without repetitions, first occurrences kept; -0.0 and 0.0 are two."""
    return list({(value, math.copysign(1.0, value)): value for value in numbers}.values())
