"""Where the windows of a pooling call lie: the positions that each output reads, axis by axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from ordering.errors import InvalidArgument
from ordering.pooling import Axis, Kind


def per_axis(value: int | Iterable[int], axes: int) -> tuple[int, ...]:
    """torch's shorthand: one number stands for all axes, and so does a list of one."""
    listed = (value,) * axes if isinstance(value, int) else tuple(value)
    return listed * axes if len(listed) == 1 else listed


def sliding(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Windows that slide: kernel_size, stride, padding, dilation, ceil_mode."""
    axes = len(spatial)
    kernel = per_axis(arguments["kernel_size"], axes)
    columns = (
        spatial,
        kernel,
        per_axis(arguments.get("stride") or kernel, axes),
        per_axis(arguments.get("padding", 0), axes),
        per_axis(arguments.get("dilation", 1), axes),
    )
    ceil_mode = bool(arguments.get("ceil_mode", False))
    return tuple(_slide(*column, ceil_mode=ceil_mode) for column in zip(*columns, strict=True))


def _slide(size: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool) -> Axis:
    """One axis.  The number of windows is torch's `pooling_output_shape`.

    With `ceil_mode` a last, incomplete window counts if it starts inside the input or its left padding.
    """
    reach = dilation * (kernel - 1)
    room = size + 2 * padding - reach - 1
    windows = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (windows - 1) * stride >= size + padding:
        windows -= 1
    starts = (window * stride - padding for window in range(windows))
    return tuple(range(start, start + reach + 1, dilation) for start in starts)


def adaptive(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Even shares: output i of n reads from `floor(i size / n)` up to `ceil((i + 1) size / n)`."""
    outputs = per_axis(arguments["output_size"], len(spatial))
    return tuple(
        tuple(range(i * size // n, -(-(i + 1) * size // n)) for i in range(n))
        for size, n in zip(spatial, outputs, strict=True)
    )


def whole(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """One window that holds everything."""
    return tuple((range(size),) for size in spatial)


def fractional(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Windows of one size whose distances vary with a sample `u` for each axis.

    With `a = (size - kernel) / (outputs - 1)`, output i starts at `floor((i + u) a) - floor(u a)` and the
    last at `size - kernel`.  In exact arithmetic: torch's is that of the input's dtype, which at other sizes
    and samples than those drawn here may come to lie one element off.  Of two samples torch takes the first
    for the last axis; of three, the first for the first.
    """
    samples = arguments["samples"] if len(spatial) > 2 else arguments["samples"][::-1]
    columns = spatial, arguments["kernel_size"], arguments["output_size"], samples
    axes = []
    for size, kernel, outputs, sample in zip(*columns, strict=True):
        above, below = float(sample).as_integer_ratio()
        room, steps = size - kernel, below * (outputs - 1)
        starts = [(i * below + above) * room // steps - above * room // steps for i in range(outputs - 1)]
        axes.append(tuple(range(start, start + kernel) for start in (*starts, room)))
    return tuple(axes)


def nearest(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Output i of n copies element `floor(i size / n)`."""
    return tuple(
        tuple(range(i * size // n, i * size // n + 1) for i in range(n))
        for size, n in zip(spatial, arguments["size"], strict=True)
    )


def padded(spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Each output is one element, or one place of the border; `pad` names the last axis first, as `F.pad`."""
    before, after = arguments["pad"][::2][::-1], arguments["pad"][1::2][::-1]
    return tuple(
        tuple(range(place, place + 1) for place in range(-left, size + right))
        for size, left, right in zip(spatial, before, after, strict=True)
    )


def sources(size: int, outputs: int, *, align_corners: bool) -> tuple[tuple[int, int, int], ...]:
    """Where along one axis each output of linear interpolation lies: `(element, above, below)`.

    Output i lies `above / below` beyond the element, with elements and outputs as areas of width one at
    `(i + 1/2) size / outputs - 1/2`, no less than 0; with `align_corners` as points, the outermost of both
    at the same places, at `i (size - 1) / (outputs - 1)`.
    """
    if align_corners:
        places = [(i * (size - 1), max(outputs - 1, 1)) for i in range(outputs)]
    else:
        places = [(max((2 * i + 1) * size - outputs, 0), 2 * outputs) for i in range(outputs)]
    return tuple((place // unit, place % unit, unit) for place, unit in places)


def average_kind(arguments: Mapping[str, Any]) -> Kind:
    """Counted padding and `divisor_override` make weights that do not sum to one (torch's AvgPool docs)."""
    padding = arguments.get("padding", 0)
    padded = bool(padding) if isinstance(padding, int) else any(padding)
    counted = padded and arguments.get("count_include_pad", True)
    overridden = arguments.get("divisor_override") is not None
    return Kind.LINEAR if counted or overridden else Kind.MEAN


def divisor(spatial: tuple[int, ...], taps: tuple[range, ...], arguments: Mapping[str, Any]) -> int:
    """What an average divides the sum of one window by.

    That is `divisor_override`; or the taps inside input and padding, where padding counts; or the taps inside
    the input.  `ceil_mode` adds no taps beyond the padding.
    """
    if (override := arguments.get("divisor_override")) is not None:
        return int(override)
    if not arguments.get("count_include_pad", True):
        return prod(sum(0 <= tap < size for tap in along) for size, along in zip(spatial, taps, strict=True))
    padding = per_axis(arguments.get("padding", 0), len(spatial))
    return prod(
        sum(tap < size + pad for tap in along)
        for size, pad, along in zip(spatial, padding, taps, strict=True)
    )


def row(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Adaptive pooling to one output, of a row of `count` elements."""
    return (1,) * (axes - 1) + (count,), {"output_size": (1,) * axes}


def row_whole(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """A pooling without arguments, of a row of `count` elements."""
    return (1,) * (axes - 1) + (count,), {}


def row_fractional(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """One window as large as the row: the samples cannot move it."""
    spatial = (1,) * (axes - 1) + (count,)
    return spatial, {"kernel_size": spatial, "output_size": (1,) * axes, "samples": (0.5,) * axes}


def row_norm(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """The Euclidean norm of a row of `count` elements."""
    spatial = (1,) * (axes - 1) + (count,)
    return spatial, {"norm_type": 2, "kernel_size": spatial}


def row_impossible(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """No arguments make a window that is the whole input.

    Raises
    ------
    InvalidArgument
        Always.
    """
    raise InvalidArgument("this pooling has no call with a single window that holds the whole input")


def row_between(axes: int, count: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Interpolation to one output, which lies midway between the two elements of a row.

    Raises
    ------
    InvalidArgument
        If there are more than two elements: only the nearest two have a weight.
    """
    if count > 2:
        raise InvalidArgument(f"interpolation combines at most two elements of a row, got {count}")
    return (1,) * (axes - 1) + (count,), {"size": (1,) * axes}
