"""What one output of a pooling is in exact arithmetic, for those that combine the values of a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, TypeAlias

from ordering.catalogue.windows import divisor, per_axis, sources
from ordering.pooling import Axis, Window

Windows: TypeAlias = Callable[[tuple[int, ...], Mapping[str, Any]], tuple[Axis, ...]]
Exact: TypeAlias = Callable[[tuple[int, ...], Mapping[str, Any], tuple[int, ...]], Window | None]


def positions(spatial: tuple[int, ...], taps: tuple[range, ...]) -> tuple[int, ...]:
    """The real elements of one window, by their places in the flattened plane."""
    strides = [prod(spatial[axis + 1 :]) for axis in range(len(spatial))]
    inside = [[tap for tap in along if 0 <= tap < size] for along, size in zip(taps, spatial, strict=True)]
    return tuple(sum(map(int.__mul__, place, strides)) for place in product(*inside))


def average(windows: Windows) -> Exact:
    """`sum x_i / d`, where the divisor d is that of the reference; None where it is zero."""

    def exact(
        spatial: tuple[int, ...], arguments: Mapping[str, Any], place: tuple[int, ...]
    ) -> Window | None:
        axes = windows(spatial, arguments)
        taps = tuple(axis[output] for axis, output in zip(axes, place, strict=True))
        read = positions(spatial, taps)
        share = divisor(spatial, taps, arguments)
        return Window(read, (Fraction(1, share),) * len(read)) if share else None

    return exact


def norm(windows: Windows) -> Exact:
    """`(w sum |x_i|^p)^(1/p)` with `w = kernel_size / n`: torch fills an incomplete window of n elements."""

    def exact(spatial: tuple[int, ...], arguments: Mapping[str, Any], place: tuple[int, ...]) -> Window:
        axes = windows(spatial, arguments)
        taps = tuple(axis[output] for axis, output in zip(axes, place, strict=True))
        read = positions(spatial, taps)
        weight = Fraction(prod(len(along) for along in taps), len(read)) if read else Fraction(0)
        return Window(read, (weight,) * len(read), Fraction(arguments["norm_type"]))

    return exact


def interpolation(spatial: tuple[int, ...], arguments: Mapping[str, Any], place: tuple[int, ...]) -> Window:
    """The product of `1 - w` and `w` along each axis, by the elements on both sides of the output."""
    align = bool(arguments.get("align_corners", False))
    sizes = per_axis(arguments["size"], len(spatial))
    along: list[dict[int, Fraction]] = []
    for size, outputs, output in zip(spatial, sizes, place, strict=True):
        element, above, below = sources(size, outputs, align_corners=align)[output]
        share, last = Fraction(above, below), size - 1
        shares = {element: 1 - share}
        there = min(element + 1, last)
        shares[there] = shares.get(there, Fraction(0)) + share
        along.append(shares)
    strides = [prod(spatial[axis + 1 :]) for axis in range(len(spatial))]
    read = []
    for corner in product(*(shares.items() for shares in along)):
        weight = prod((share for _, share in corner), start=Fraction(1))
        if weight:
            read.append((sum(tap * stride for (tap, _), stride in zip(corner, strides, strict=True)), weight))
    return Window(tuple(tap for tap, _ in read), tuple(weight for _, weight in read))
