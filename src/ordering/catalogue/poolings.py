"""The poolings that ship, one declarative entry each, by torch.nn.functional's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch.nn.functional as F

from ordering.pooling import Kind, Pooling
from ordering.registry import Registry

poolings: Final = Registry("pooling", Pooling)

SLIDING: Final = frozenset({"kernel_size", "stride", "padding", "ceil_mode"})


def _average_kind(arguments: Mapping[str, Any]) -> Kind:
    """Counted padding and `divisor_override` make weights that do not sum to one (torch's AvgPool docs)."""
    padding = arguments.get("padding", 0)
    padded = any(padding) if isinstance(padding, tuple) else bool(padding)
    counted = padded and arguments.get("count_include_pad", True)
    overridden = arguments.get("divisor_override") is not None
    return Kind.LINEAR if counted or overridden else Kind.MEAN


def _empty_windows(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> bool:
    """Whether a max pooling window touches only padding: possible with padding and dilation together."""
    ones = (1,) * len(spatial)
    padding, dilation = arguments.get("padding", (0,) * len(spatial)), arguments.get("dilation", ones)
    kernel = arguments["kernel_size"]
    stride = arguments.get("stride") or kernel
    ceil_mode = arguments.get("ceil_mode", False)
    axes = zip(
        spatial, *(_per_axis(v, len(spatial)) for v in (kernel, stride, padding, dilation)), strict=True
    )
    return any(_axis_has_empty(*axis, ceil_mode=ceil_mode) for axis in axes)


def _per_axis(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _axis_has_empty(
    size: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool
) -> bool:
    """Along one axis: torch's number of windows, and whether one of them has no tap inside `[0, size)`."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    windows = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (windows - 1) * stride >= size + padding:
        windows -= 1  # the last window has to start inside the image or its left padding
    starts = (window * stride - padding for window in range(windows))
    return any(all(not 0 <= start + tap * dilation < size for tap in range(kernel)) for start in starts)


max_pool2d = poolings.register(
    Pooling(
        "max_pool2d",
        kernel=F.max_pool2d,
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        arguments=SLIDING | {"dilation"},
        formula="the largest value of each window; padding never wins",
        empty_windows=_empty_windows,
    ),
    aliases=("max",),
)
avg_pool2d = poolings.register(
    Pooling(
        "avg_pool2d",
        kernel=F.avg_pool2d,
        dimensions=2,
        kinds=(Kind.MEAN, Kind.LINEAR),
        arguments=SLIDING | {"count_include_pad", "divisor_override"},
        kind_of=_average_kind,
        formula="the mean of each window; counted padding is zero",
    ),
    aliases=("avg",),
)
