"""Poolings written out plainly, window by window: what the fast operators are compared with.

Slow, obvious, differentiable, and independent of torch's pooling code: gathers, sums and nothing else.
Beside those that round stands how far rounding may take the operator from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ordering.catalogue.windows import divisor, per_axis, sources
from ordering.pooling import Axis

Windows: TypeAlias = Callable[[tuple[int, ...], Mapping[str, Any]], tuple[Axis, ...]]


def cells(spatial: tuple[int, ...], axes: tuple[Axis, ...]) -> Iterator[list[int]]:
    """For each output in row-major order, the flattened positions of the real elements of its window."""
    strides = [prod(spatial[axis + 1 :]) for axis in range(len(spatial))]
    inside = [
        [[tap for tap in taps if 0 <= tap < size] for taps in axis]
        for size, axis in zip(spatial, axes, strict=True)
    ]
    for window in product(*inside):
        yield [sum(map(int.__mul__, place, strides)) for place in product(*window)]


# ---- selections ----------------------------------------------------------------------------------------


def selected(input: Tensor, axes: tuple[Axis, ...], *, sign: int) -> Tensor:
    """Positions of the first largest (`sign` 1) or smallest (-1) element of each window, or of its last NaN.

    Taking the last NaN is what torch does, whose loops let every NaN replace what came before.  A window
    wholly in padding gets -1.
    """
    planes = input.detach().flatten(2)
    winners = []
    for cell in cells(tuple(input.shape[2:]), axes):
        if not cell:
            winners.append(torch.full(planes.shape[:2], -1))
            continue
        values = planes[..., cell]
        nan = values.isnan()
        # argmax of the NaN positions counted upwards is the last one; without NaN, ties go to the first.
        order = torch.arange(1, len(cell) + 1)
        last_nan = (nan * order).argmax(-1)
        ranked = (sign * values).nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
        best = (ranked == ranked.amax(-1, keepdim=True)).to(torch.int8).argmax(-1)
        winners.append(torch.tensor(cell)[torch.where(nan.any(-1), last_nan, best)])
    return torch.stack(winners, -1).reshape(*input.shape[:2], *map(len, axes))


def selection(windows: Windows, *, sign: int = 1) -> Callable[..., Tensor]:
    """The reference of max (or min) pooling; its gradient goes to the element selected."""

    def reference(input: Tensor, **arguments: Any) -> Tensor:
        index = selected(input, windows(tuple(input.shape[2:]), arguments), sign=sign).to(input.device)
        taken = input.flatten(2).gather(2, index.flatten(2).clamp(min=0)).reshape(index.shape)
        return torch.where(index >= 0, taken, -sign * torch.inf)

    return reference


def selection_indices(windows: Windows, *, sign: int = 1) -> Callable[..., Tensor]:
    """The reference of the positions that max (or min) pooling selects."""

    def indices(input: Tensor, **arguments: Any) -> Tensor:
        return selected(input, windows(tuple(input.shape[2:]), arguments), sign=sign)

    return indices


# ---- rearrangements ------------------------------------------------------------------------------------


def copies(windows: Windows) -> Callable[..., Tensor]:
    """The reference of what copies: the one element of each window, and zero where that lies outside."""

    def reference(input: Tensor, **arguments: Any) -> Tensor:
        spatial = tuple(input.shape[2:])
        axes = windows(spatial, arguments)
        planes = input.flatten(2)
        border = torch.zeros(planes.shape[:2], dtype=input.dtype, device=input.device)
        taken = [planes[..., cell[0]] if cell else border for cell in cells(spatial, axes)]
        return torch.stack(taken, -1).reshape(*input.shape[:2], *map(len, axes))

    return reference


def in_a_row(input: Tensor) -> Tensor:
    """The reference of `flatten`: channel by channel, each in row-major order."""
    height, width = input.shape[2:]
    places = product(range(height), range(width))
    rows = torch.stack([input[:, :, row, column] for row, column in places], dim=-1)
    return torch.cat(rows.unbind(1), dim=1)


def channels_last(input: Tensor) -> Tensor:
    """The reference of `permute`: the channels of one position side by side."""
    return torch.stack([input[:, channel] for channel in range(input.shape[1])], dim=-1)


# ---- averages ------------------------------------------------------------------------------------------


def average(windows: Windows) -> Callable[..., Tensor]:
    """The reference of average pooling, in float64; `windows.divisor` says what a sum is divided by."""

    def reference(input: Tensor, **arguments: Any) -> Tensor:
        spatial = tuple(input.shape[2:])
        axes = windows(spatial, arguments)
        planes = input.to(torch.float64).flatten(2)
        means = [
            planes[..., cell].sum(-1) / divisor(spatial, taps, arguments)
            for cell, taps in zip(cells(spatial, axes), product(*axes), strict=True)
        ]
        return torch.stack(means, -1).reshape(*input.shape[:2], *map(len, axes))

    return reference


def interpolation(input: Tensor, size: tuple[int, ...], *, align_corners: bool = False) -> Tensor:
    """The reference of linear interpolation along every axis, in float64: `(1 - w) x_j + w x_(j+1)`."""
    result = input.to(torch.float64)
    for axis, outputs in enumerate(size, start=2):
        last = input.shape[axis] - 1
        between = []
        for element, above, below in sources(last + 1, outputs, align_corners=align_corners):
            here, there = result.select(axis, element), result.select(axis, min(element + 1, last))
            between.append(here * ((below - above) / below) + there * (above / below))
        result = torch.stack(between, axis)
    return result


def interpolation_rounding(input: Tensor, size: tuple[int, ...], *, align_corners: bool = False) -> Tensor:
    """How far rounding may take interpolation from its reference.

    torch rounds an output's place, which is at most `n` on an axis of n elements, four times: in float32 for
    half precision.  A weight is off by as much, or the next element is taken for this one with weights that
    differ by as little; the sums round six times, and the result once.  All of it by the largest element
    around, and nothing is claimed where that is no finite number: zero times infinity is NaN.
    """
    largest = input.detach().abs().to(torch.float64).nan_to_num(nan=torch.inf, posinf=torch.inf)
    for axis, outputs in enumerate(size, start=2):
        last = input.shape[axis] - 1
        around = []
        for element, _, _ in sources(last + 1, outputs, align_corners=align_corners):
            near = [result for result in range(element - 1, element + 3) if 0 <= result <= last]
            around.append(torch.stack([largest.select(axis, place) for place in near]).amax(0))
        largest = torch.stack(around, axis)
    info = torch.finfo(input.dtype)
    fine = min(info.eps, torch.finfo(torch.float32).eps)
    allowed = (4 * sum(input.shape[2:]) + 6) * fine + info.eps
    return allowed * largest + 8 * info.smallest_normal * info.eps


# ---- norms ---------------------------------------------------------------------------------------------


def norm(windows: Windows, *, filled: bool = True) -> Callable[..., Tensor]:
    """The reference of power pooling, in float64: `(sum |x|^p)^(1/p)`; its gradient at zero is zero.

    torch's documentation says no more, but torch takes `kernel_size` times the mean of the powers: it fills
    an incomplete window (`ceil_mode`) with what its elements are on average.  `filled=False` is the text.
    """

    def reference(input: Tensor, **arguments: Any) -> Tensor:
        spatial = tuple(input.shape[2:])
        axes = windows(spatial, arguments)
        power = arguments["norm_type"]
        planes = input.to(torch.float64).flatten(2)
        full = prod(len(axis[0]) for axis in axes)
        sums = torch.stack(
            [
                planes[..., cell].abs().pow(power).sum(-1) * (full / len(cell) if filled else 1)
                for cell in cells(spatial, axes)
            ],
            -1,
        )
        # The root of zero would have an infinite slope, and a gradient of NaN.
        roots = torch.where(sums == 0, 1, sums).pow(1 / power)
        return torch.where(sums == 0, 0, roots).reshape(*input.shape[:2], *map(len, axes))

    return reference


def norm_rounding(windows: Windows) -> Callable[..., Tensor]:
    """How far rounding may take power pooling from `norm`.

    Of k elements, powers, mean, factor and root round k + 8 times.  What the k powers and their mean lose by
    underflow is at most a smallest step each, k times over, and the root of that.  Where the sum of powers
    overflows, as it does in the dtype itself, nothing is claimed.
    """
    reference = norm(windows)

    def rounding(input: Tensor, **arguments: Any) -> Tensor:
        given = input.detach()
        power = arguments["norm_type"]
        kernel = per_axis(arguments["kernel_size"], given.dim() - 2)
        roots = reference(given, **arguments)
        info = torch.finfo(given.dtype)
        relative = (prod(kernel) + 8) * info.eps
        lost = (2 * prod(kernel) * info.smallest_normal * info.eps) ** (1 / power)
        # Powers may leave float64 too: then they are beyond every dtype.
        beyond = roots.pow(power) * (1 + relative) > info.max
        infinite = reference(given.isinf().to(given.dtype), **arguments) > 0
        return torch.where(beyond & ~infinite, torch.inf, relative * roots.nan_to_num() + lost)

    return rounding
