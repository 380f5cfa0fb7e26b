"""Hypothesis strategies for elements, tensors and whole cases; public, and usable with `@given`."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from enum import Enum
from typing import Final

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import InvalidArgument
from ordering.evidence import Shape
from ordering.kernels.geometry import Placement, placements
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.values import SIMPLE, pool
from ordering.lattice import format_of
from ordering.law import Case, Domain
from ordering.pooling import Kind, Pooling

EVERYWHERE: Final = frozenset(Domain)
MOST_DRAWN: Final = 24
"""Elements drawn one by one; a larger tensor repeats them, so that it still shrinks."""

_OUTSIDE: Final = {
    Domain.INFINITE: (math.inf, -math.inf),
    Domain.NAN: (math.nan,),
}


class Size(Enum):
    """How large the tensors of a case are, and how their values come."""

    SMALL = "small"
    """A few windows, each element drawn by itself: shrinks to the least."""
    TILED = "tiled"
    """Up to some 70,000 elements that repeat a few drawn values: reaches vector bodies, tails and thread
    splits, and shrinks in size and values."""
    SEEDED = "seeded"
    """The same sizes, every element from a seeded generator: no structure to hide behind, no shrinking."""


def elements(
    dtype: torch.dtype,
    activation: Activation | None = None,
    *,
    domains: Collection[Domain] = EVERYWHERE,
    hints: Sequence[float] = (),
) -> SearchStrategy[float]:
    """Values of `dtype` as Python floats: an activation's own special values, and any others.

    Half come from `values.pool`, the rest are any finite float; infinities and NaN appear if `domains` says
    so.  They shrink to 0, then 1, -1, 2, ...
    """
    format_of(dtype)
    special = (*pool(activation, dtype, hints), *_non_finite(domains))
    width = {torch.float64: 64, torch.float16: 16}.get(dtype, 32)
    # bfloat16 has fewer digits than float32: the largest float32 values would round to infinity.
    largest = torch.finfo(dtype).max
    anything = st.floats(-largest, largest, width=width)  # type: ignore[arg-type]
    few = st.sampled_from(SIMPLE)
    return st.one_of(few, st.sampled_from(special), anything)


def _non_finite(domains: Collection[Domain]) -> tuple[float, ...]:
    return tuple(
        value for domain in (Domain.INFINITE, Domain.NAN) if domain in domains for value in _OUTSIDE[domain]
    )


def layouts() -> SearchStrategy[Layout]:
    """Memory layouts, contiguous in half of the draws and when shrunk."""
    return st.sampled_from((*(Layout.CONTIGUOUS,) * (len(Layout) - 1), *Layout))


@st.composite
def tensors(
    draw: DrawFn,
    shape: Sequence[int],
    dtype: torch.dtype,
    values: SearchStrategy[float] | None = None,
    *,
    layout: SearchStrategy[Layout] | None = None,
    requires_grad: SearchStrategy[bool] | None = None,
) -> Tensor:
    """Tensors of a shape: the first `MOST_DRAWN` elements are drawn, the rest repeat them out of step.

    `requires_grad` is drawn too (for floating dtypes), because some kernels differ with it.
    """
    values = elements(dtype) if values is None else values
    count = math.prod(shape)
    drawn = [draw(values) for _ in range(min(count, MOST_DRAWN))]
    # 7 and 24 have no common factor, so that equal neighbours do not come back in every window.
    places = [(place * 7 + place // MOST_DRAWN) % MOST_DRAWN for place in range(count)]
    listed = drawn if count <= MOST_DRAWN else [drawn[place] for place in places]
    filled = torch.tensor(listed, dtype=torch.float64).to(dtype).reshape(tuple(shape))
    laid = lay_out(filled, draw(layouts() if layout is None else layout))
    return laid.requires_grad_(draw(st.booleans() if requires_grad is None else requires_grad))


def cases(
    activation: Activation,
    pooling: Pooling,
    dtype: torch.dtype,
    *,
    domains: Collection[Domain] = EVERYWHERE,
    hints: Sequence[float] = (),
    kinds: frozenset[Kind] | None = None,
    shape: Shape | None = None,
    size: Size = Size.SMALL,
) -> SearchStrategy[Case]:
    """Whole situations: a valid placement, and a tensor for it.

    Where `domains` leaves `Domain.FINITE` out, every input holds at least one value of the named classes.

    Raises
    ------
    InvalidArgument
        If `domains` is empty.
    """
    if not domains:
        raise InvalidArgument("domains is empty: name at least one of finite, infinite, nan")
    # The pool of values is worth milliseconds: it is built once, not in every draw.
    values = elements(dtype, activation, domains=domains, hints=hints)
    outside = None if Domain.FINITE in domains else st.sampled_from(_non_finite(domains))
    inputs = _inputs(placements(pooling, kinds), dtype, values, outside, size)
    return inputs.map(lambda drawn: Case(activation, pooling, drawn[1], drawn[0].arguments, shape))


@st.composite
def _inputs(
    draw: DrawFn,
    placed: SearchStrategy[Placement],
    dtype: torch.dtype,
    values: SearchStrategy[float],
    outside: SearchStrategy[float] | None,
    size: Size,
) -> tuple[Placement, Tensor]:
    placement = draw(placed)
    if size is Size.SMALL:
        tensor = draw(_small(placement, dtype, values))
    else:
        tensor = draw(_large(placement, dtype, values, seeded=size is Size.SEEDED))
    if outside is not None and tensor.numel():
        tensor = _with(tensor, draw(st.integers(0, tensor.numel() - 1)), draw(outside))
    return placement, tensor


def _small(placement: Placement, dtype: torch.dtype, values: SearchStrategy[float]) -> SearchStrategy[Tensor]:
    sizes = st.tuples(st.sampled_from((1, 1, 1, 1, 2, 0)), st.sampled_from((1, 1, 1, 2)))
    return sizes.flatmap(lambda outer: tensors((*outer, *placement.spatial), dtype, values))


@st.composite
def _large(
    draw: DrawFn, placement: Placement, dtype: torch.dtype, values: SearchStrategy[float], *, seeded: bool
) -> Tensor:
    bits = draw(st.sampled_from((0, 4, 5, 6, 7, 8, 10, 12, 16)))
    channels = draw(st.integers(1 << bits >> 1, 1 << bits))
    batch = draw(st.integers(1, 2)) if bits < 12 else 1
    full = (batch, max(channels, 1), *placement.spatial)
    if math.prod(full) > 1 << 17:
        full = (1, (1 << 17) // math.prod(placement.spatial), *placement.spatial)
    count = math.prod(full)
    palette = [draw(values) for _ in range(draw(st.integers(1, 4)))]
    flat = torch.tensor(palette, dtype=torch.float64).to(dtype)
    if seeded:
        generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
        noise = torch.randn(count, generator=generator, dtype=torch.float64).to(dtype)
        chosen = torch.randint(0, 8 * len(flat), (count,), generator=generator)
        flat = torch.where(chosen < len(flat), flat[chosen.clamp(max=len(flat) - 1)], noise)
    else:
        flat = flat.repeat(-(-count // len(flat)))[:count]
    laid = lay_out(flat.reshape(full), draw(layouts()))
    return laid.requires_grad_(draw(st.booleans()))


def _with(tensor: Tensor, place: int, value: float) -> Tensor:
    """A copy in the same layout with one element replaced."""
    copy = tensor.detach().clone(memory_format=torch.preserve_format)
    copy[torch.unravel_index(torch.tensor(place), copy.shape)] = value
    return copy.requires_grad_(tensor.requires_grad)
