"""The numbers worth trying on an activation: simple ones, the dtype's extremes, and where `f` turns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.examination import evaluate
from ordering.lattice import format_of, from_rank, shift

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


def claims(limits: tuple[float, float], value: float) -> bool:
    """Whether an input lies in the open interval; NaN lies in every one, an infinity in the whole line."""
    low, high = limits
    return math.isnan(value) or limits == UNLIMITED or low < value < high


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
    numbers += between((low, high), dtype)
    return tuple(value for value in _distinct((*SIMPLE, *_finite(numbers, dtype))) if low < value < high)


def between(limits: tuple[float, float], dtype: torch.dtype) -> tuple[float, ...]:
    """The least and the largest finite value of the dtype between two limits, and some on the way."""
    info = torch.finfo(dtype)
    ends = torch.tensor(limits, dtype=torch.float64).clamp(info.min, info.max).to(dtype)
    first, last = (float(end) for end in ends)
    # The nearest value of the dtype may lie on either side of a limit, or on it.
    first = first if first > limits[0] else float(shift(ends[0], 1))
    last = last if last < limits[1] else float(shift(ends[1], -1))
    return (first, last, *(first * (1 - share) + last * share for share in (0.5, 0.25, 0.75)))


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
    """Where the kernel itself does something, on all values of a 16-bit dtype or eight in every binade.

    Kept are the neighbourhoods where `f` turns around, starts or stops being constant (saturation), becomes
    NaN, and values at which torch's vector and scalar code round differently; of each, those nearest to one.
    """
    grid = _grid(dtype)
    image, strided = image_of(activation, grid.clone()), image_of(activation, grid.repeat_interleave(2)[::2])
    invalid = image.isnan()
    image, strided = image.nan_to_num(nan=0.0), strided.nan_to_num(nan=0.0)
    splits = (image != strided).nonzero().flatten()
    changes = (invalid[1:] != invalid[:-1]).nonzero().flatten() + 1
    places = {near for place in _nearest(changes, grid) for near in (place - 1, place)}
    for turns in _turns(image.to(torch.float64)):
        places |= {near for place in _nearest(turns, grid) for near in (place - 1, place, place + 1)}
    kept = sorted({*places, *_nearest(splits, grid)})
    return tuple(float(grid[place]) for place in kept if 0 <= place < len(grid))


def image_of(activation: Activation, grid: Tensor) -> Tensor:
    """`f` on all these values, a tensor that it may write to; `KernelError` if it raises there."""
    with torch.no_grad():
        try:
            return evaluate(activation.kernel, grid)
        except KernelError as error:
            raise KernelError(f"{activation}: {error}") from error


def _turns(image: Tensor) -> tuple[Tensor, Tensor]:
    """Where a sequence turns from rising to falling or back, and where it starts or stops being constant."""
    direction = torch.sign(image[1:] - image[:-1])
    moving = direction.nonzero().flatten()
    course = direction[moving]
    reversals = moving[1:][course[1:] != course[:-1]]
    plateaus = ((direction[1:] == 0) != (direction[:-1] == 0)).nonzero().flatten() + 1
    return reversals, plateaus


def _nearest(places: Tensor, grid: Tensor) -> list[int]:
    """The `MOST_LANDMARKS` places whose values are nearest to one in order of magnitude."""
    return [int(place) for place in places[nearness(grid[places]).argsort()][:MOST_LANDMARKS]]


def nearness(values: Tensor) -> Tensor:
    """How far from one each value is, in order of magnitude."""
    return values.abs().to(torch.float64).clamp(min=1e-300).log2().abs()


@lru_cache(maxsize=8)
def _grid(dtype: torch.dtype) -> Tensor:
    """All finite values of a 16-bit dtype, or eight in every binade, rising."""
    if format_of(dtype).bits == 16:
        return every_value(dtype)
    positive = torch.cat([binade(exponent, 8) for exponent in binades(dtype)])
    return torch.cat((-positive.flip(0), positive.new_zeros(1), positive)).to(dtype)


@lru_cache(maxsize=4)
def every_value(dtype: torch.dtype) -> Tensor:
    """All finite values of a 16-bit dtype, rising."""
    form = format_of(dtype)
    return from_rank(torch.arange(form.bottom + 1, form.top), dtype)


def binades(dtype: torch.dtype) -> range:
    """The exponents of its normal numbers."""
    info = torch.finfo(dtype)
    return range(int(math.log2(info.smallest_normal)), math.frexp(info.max)[1])


def binade(exponent: int, count: int, offset: float = 0.0) -> Tensor:
    """`count` values at equal distances in `[2^exponent, 2^(exponent + 1))`, in float64.

    The first lies at the start, or `offset` of a distance after it.
    """
    return 2.0**exponent * (1 + (torch.arange(count, dtype=torch.float64) + offset) / count)


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
