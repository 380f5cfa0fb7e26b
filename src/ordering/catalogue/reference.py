"""Poolings written out plainly, window by window: what the fast operators are compared with.

Slow, obvious, differentiable, and independent of torch's pooling code: gathers, sums and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ordering.catalogue.windows import per_axis
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


def average(windows: Windows) -> Callable[..., Tensor]:
    """The reference of average pooling, in float64.

    The divisor is `divisor_override`; or the taps inside input and padding, where padding counts; or the taps
    inside the input.  `ceil_mode` adds no taps beyond the padding.
    """

    def reference(input: Tensor, **arguments: Any) -> Tensor:
        spatial = tuple(input.shape[2:])
        axes = windows(spatial, arguments)
        padding = per_axis(arguments.get("padding", 0), len(spatial))
        counted = arguments.get("count_include_pad", True)
        override = arguments.get("divisor_override")
        planes = input.to(torch.float64).flatten(2)
        reach = [size + pad for size, pad in zip(spatial, padding, strict=True)]
        sizes = [
            [sum(tap < end for tap in taps) for taps in axis] for axis, end in zip(axes, reach, strict=True)
        ]
        means = []
        for cell, counts in zip(cells(spatial, axes), product(*sizes), strict=True):
            divisor = override or (prod(counts) if counted else len(cell))
            means.append(planes[..., cell].sum(-1) / divisor)
        return torch.stack(means, -1).reshape(*input.shape[:2], *map(len, axes))

    return reference
