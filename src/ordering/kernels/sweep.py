"""The sweep: fixed cases that bring together what draws seldom do - arguments, layouts, special values.

Each holds many windows at once: planes of plain noise, of ties, of negatives, of the activation's own values,
of infinities and of NaN, in every manner of sliding and every layout.  They depend on no seed, so what they
show is shown every time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.evidence import Shape
from ordering.kernels.geometry import MANNERS, Placement
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.values import SIMPLE, claims, interval, pool
from ordering.law import Case, Domain
from ordering.pooling import Pooling

_TYPES: Final[tuple[Mapping[str, tuple[int, int, int]], ...]] = (
    # Different on every axis, so that no two can be swapped unseen; then equal on all, as networks have them.
    {"kernel_size": (2, 2, 3), "stride": (1, 3, 2), "padding": (1, 0, 1), "dilation": (2, 1, 2)},
    {"kernel_size": (3, 3, 2), "stride": (2, 1, 3), "padding": (0, 1, 0), "dilation": (1, 2, 1)},
    {"kernel_size": (2, 2, 2), "stride": (3, 3, 3), "padding": (1, 1, 1), "dilation": (2, 2, 2)},
    {"kernel_size": (3, 3, 3), "stride": (2, 2, 2), "padding": (1, 1, 1), "dilation": (2, 2, 2)},
)
_ADAPTIVE: Final = (
    ((5, 4, 7), (2, 4, 3)),
    ((6, 7, 5), (4, 2, 3)),
    ((3, 2, 4), (5, 3, 2)),
    ((4, 5, 3), (1, 1, 1)),
    ((4, 6, 6), (2, 3, 4)),
)
"""Inputs and outputs along each axis: uneven shares, even, more outputs than inputs, one of all, a square."""
_SAMPLES: Final = ((0.0, 0.875, 0.5), (0.75, 0.25, 0.0))
_CHANNELS: Final = (5, 17, 2, 33)
"""Beside a few, one more than a vector block of 16 or of 32."""
_WIDE: Final = {1: (2400,), 2: (48, 50), 3: (14, 14, 13)}
"""One window of more elements than half precision can count: in float16 2048 + 1 is 2048."""
THREADED: Final = 70_000
"""Elements beyond which torch splits the work between threads, twice over."""


def sweep(
    activation: Activation,
    pooling: Pooling,
    dtype: torch.dtype,
    domains: Collection[Domain],
    shape: Shape | None = None,
    geometry: str = "",
    pooled: Sequence[float] | None = None,
) -> Iterator[Case]:
    """The cases, finite ones first; none for a geometry of the user's own, of which nothing is known.

    `pooled` is `values.pool(activation, dtype)`, or that with hints.
    """
    placed = typical(pooling, geometry or pooling.geometry)
    source = _Values(activation, dtype, domains, pool(activation, dtype) if pooled is None else pooled)
    layouts = tuple(Layout)
    for number, placement in enumerate(placed):
        form = (2, _CHANNELS[number % len(_CHANNELS)], *placement.spatial)
        # 6 layouts against manners of 4 types each: the step makes every manner meet several layouts.
        layout = layouts[(number + number // len(layouts)) % len(layouts)]
        for wild in (False, True)[: 1 + (number % 3 == 0)]:
            given = lay_out(source.fill(form, number, wild=wild), layout).requires_grad_(number % 3 == 1)
            yield Case(activation, pooling, given, placement.arguments, shape)
    for placement in placed[:1]:
        yield Case(
            activation,
            pooling,
            torch.zeros((0, 2, *placement.spatial), dtype=dtype),
            placement.arguments,
            shape,
        )
    for number, placement in enumerate(placed[:2]):
        channels = THREADED // math.prod(placement.spatial)
        given = lay_out(source.fill((1, channels, *placement.spatial), number), layouts[number])
        yield Case(activation, pooling, given, placement.arguments, shape)


def typical(pooling: Pooling, geometry: object) -> list[Placement]:
    """One placement or more for every manner of calling the pooling."""
    axes = pooling.dimensions
    if geometry in ("sliding", "sliding_inside", "norm"):
        manners = [manner for manner in MANNERS if pooling.arguments.issuperset(manner)]
        norm = {"norm_type": 2} if geometry == "norm" else {}
        wide = Placement(_WIDE[axes], {**norm, "kernel_size": _WIDE[axes]})
        return [*(_slid(axes, manner, sizes, norm) for manner in manners for sizes in _TYPES), wide]
    if geometry == "adaptive":
        uneven = [Placement(spatial[-axes:], {"output_size": out[-axes:]}) for spatial, out in _ADAPTIVE]
        return [*uneven, Placement(_WIDE[axes], {"output_size": (1,) * axes})]
    if geometry == "resize":
        # Values are in the middle of things with odd sizes, and exact copies with equal ones.
        return [
            Placement(spatial[-axes:], {"size": out[-axes:], **more})
            for spatial, out in _ADAPTIVE
            for more in ({}, {"align_corners": True})
            if pooling.arguments.issuperset(more)
        ]
    if geometry == "whole":
        return [Placement(spatial[-axes:], {}) for spatial in (*(size for size, _ in _ADAPTIVE), _WIDE[axes])]
    if geometry == "pad":
        return [
            Placement(spatial[-axes:], {"pad": sizes[: 2 * axes]})
            for spatial, sizes in zip(_ADAPTIVE[0], ((1, 0, 2, 1, 0, 2), (0, 2, 1, 1, 2, 0)), strict=True)
        ]
    if geometry == "fractional":
        return [
            Placement(
                tuple(
                    kernel + out + extra
                    for kernel, out, extra in zip(sizes, (3, 2, 3), (3, 2, 1), strict=True)
                )[-axes:],
                {"kernel_size": sizes[-axes:], "output_size": (3, 2, 3)[-axes:], "samples": samples[-axes:]},
            )
            for sizes in ((2, 2, 3), (3, 3, 2))
            for samples in _SAMPLES
        ]
    return []


def _slid(
    axes: int, manner: tuple[str, ...], sizes: Mapping[str, tuple[int, int, int]], more: Mapping[str, Any]
) -> Placement:
    """Windows of these sizes, sliding in this manner over an input that they do not divide."""
    kernel = sizes["kernel_size"][-axes:]
    dilation = sizes["dilation"][-axes:] if "dilation" in manner else (1,) * axes
    arguments: dict[str, Any] = {"kernel_size": kernel}
    arguments |= {name: sizes[name][-axes:] for name in ("stride", "padding", "dilation") if name in manner}
    arguments |= {"ceil_mode": True} if "ceil_mode" in manner else {}
    arguments |= {"count_include_pad": False} if "count_include_pad" in manner else {}
    arguments |= {"divisor_override": 3} if "divisor_override" in manner else {}
    spans = ((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    extra = (2, 3, 3)[-axes:]
    return Placement(tuple(map(int.__add__, spans, extra)), {**more, **arguments})


class _Values:
    """Fills tensors, plane by plane in turn, with the kinds of values that break things."""

    def __init__(
        self, activation: Activation, dtype: torch.dtype, domains: Collection[Domain], pooled: Sequence[float]
    ) -> None:
        self.dtype, self.limits = dtype, interval(activation)
        special = [value for value in pooled if claims(self.limits, value)]
        self.simple = self._listed([v for v in SIMPLE[:5] if claims(self.limits, v)] or special)
        self.one = self.simple[min(1, len(self.simple) - 1) :][:1]
        self.special = self._listed(special)
        largest = math.sqrt(torch.finfo(dtype).max)
        self.tame = self._listed([value for value in special if abs(value) < largest] or special)
        self.infinite = Domain.INFINITE in domains and claims(self.limits, math.inf)
        # A class that is not asked for is left to the plain values.
        self.infinities = self._listed([-math.inf, math.inf]) if self.infinite else self.simple
        self.nan = self._listed([math.nan]) if Domain.NAN in domains else self.simple
        self.finite = Domain.FINITE in domains

    def _listed(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float64).to(self.dtype)

    def fill(self, form: tuple[int, ...], number: int, *, wild: bool = False) -> Tensor:
        """A tensor of this form.  A wild one holds the largest values too, which some sums cannot take."""
        generator = torch.Generator().manual_seed(number)

        def any_of(values: Tensor, count: int) -> Tensor:
            return values[torch.randint(len(values), (count, plane), generator=generator)]

        planes, plane = form[0] * form[1], math.prod(form[2:])
        noise = torch.randn((planes, plane), generator=generator, dtype=torch.float32).to(self.dtype)
        low, high = self.limits
        filled = torch.where((noise > low) & (noise < high), noise, any_of(self.simple, planes))
        own = self.special if wild else self.tame
        ends = self.infinities if self.infinite else own
        rare = torch.rand((planes, plane), generator=generator) < 0.15
        kinds = (
            None,
            self.simple,
            None,
            self.one,
            own,
            own,
            self.nan,
            self.infinities,
            ends.amin(0, keepdim=True),
            ends.amax(0, keepdim=True),
        )
        for place, values in enumerate(kinds):
            # Each tensor begins with another kind: some have fewer planes than there are kinds.
            rows = slice((place + number) % len(kinds), None, len(kinds))
            if values is None:
                if place and low < -1:
                    filled[rows] = -filled[rows].abs()
                continue
            drawn = any_of(values, len(filled[rows]))
            sparse = values is self.nan or values is self.infinities
            filled[rows] = torch.where(rare[rows], drawn, filled[rows]) if sparse else drawn
        if not self.finite and planes:
            # Every input has to hold a value that is not finite.
            filled[0, 0] = self.nan[0] if bool(self.nan[0].isnan()) else self.infinities[0]
        return filled.reshape(form)
