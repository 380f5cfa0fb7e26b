"""Hypothesis strategies for elements, tensors and whole cases; public, and usable with `@given`."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from itertools import product
from typing import Final

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from ordering.arguments import member, members
from ordering.errors import NotApplicable
from ordering.evidence import Shape
from ordering.kernels.asking import Hint, asked_dtype, asked_shape, asked_strategy, asked_values
from ordering.kernels.geometry import Placement, placements
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.values import SIMPLE, UNLIMITED, claims, interval, pool
from ordering.law import Case, Domain
from ordering.loading import ActivationLike, PoolingLike, load_activation, load_pooling
from ordering.pooling import Kind

EVERYWHERE: Final = frozenset(Domain)
MOST_DRAWN: Final = 24
"""Elements drawn one by one; a larger tensor repeats them, so that it still shrinks."""
MOST_ELEMENTS: Final = 1 << 16
"""Of a large tensor: torch splits pointwise work between threads from 2^15 elements on."""
_CHANNEL_BITS: Final = (1, *(3, 4, 5, 6, 7, 8) * 3, 10, 16)

_OUTSIDE: Final = {
    Domain.INFINITE: (math.inf, -math.inf),
    Domain.NAN: (math.nan,),
}


class Size(Enum):
    """How large the tensors of a case are, and how their values come."""

    SMALL = "small"
    """A few windows, each element drawn by itself."""
    TILED = "tiled"
    """Up to some 70,000 elements that repeat a few drawn values: reaches vector bodies, tails and thread
    splits."""
    SEEDED = "seeded"
    """The same sizes, every element from a seeded generator: no structure to hide behind."""


def elements(
    dtype: torch.dtype | str,
    activation: ActivationLike | None = None,
    *,
    domains: Domain | str | Iterable[Domain | str] = EVERYWHERE,
    hints: Hint | Iterable[Hint] = (),
) -> SearchStrategy[float]:
    """Values of `dtype` as Python floats: an activation's own special values, and any others.

    Half come from `values.pool`, the rest are any finite float; infinities and NaN appear if `domains` says
    so.  They shrink to 0, then 1, -1, 2, ...

    Raises
    ------
    OrderingError
        If an argument cannot be used.
    """
    dtype, hints = asked_dtype(dtype), asked_values(hints)
    domains = members("domains", domains, Domain)
    activation = None if activation is None else load_activation(activation)
    special = (*pool(activation, dtype, hints), *_non_finite(domains) * 3)
    width = {torch.float64: 64, torch.float16: 16}.get(dtype, 32)
    # bfloat16 has fewer digits than float32: the largest float32 values would round to infinity.
    largest = torch.finfo(dtype).max
    anything = st.floats(-largest, largest, width=width)  # type: ignore[arg-type]
    limits = interval(activation)
    if limits == UNLIMITED:
        return st.one_of(st.sampled_from(SIMPLE), st.sampled_from(special), anything)
    within = [value for value in special if claims(limits, value)]
    return st.one_of(st.sampled_from(within), anything.filter(lambda value: claims(limits, value)))


def _non_finite(domains: Collection[Domain]) -> tuple[float, ...]:
    return tuple(
        value for domain in (Domain.INFINITE, Domain.NAN) if domain in domains for value in _OUTSIDE[domain]
    )


def layouts() -> SearchStrategy[Layout]:
    """Memory layouts, shrinking towards contiguous."""
    return st.sampled_from(tuple(Layout))


@st.composite
def tensors(
    draw: DrawFn,
    shape: Sequence[int],
    dtype: torch.dtype | str,
    values: SearchStrategy[float] | None = None,
    *,
    layout: SearchStrategy[Layout] | None = None,
    requires_grad: SearchStrategy[bool] | None = None,
) -> Tensor:
    """Tensors of a shape: the first `MOST_DRAWN` elements are drawn, the rest repeat them out of step.

    `layout` and `requires_grad` are drawn too, because some kernels differ with them.

    Raises
    ------
    InvalidArgument
        If the shape or the dtype is none, or one of the others is no strategy.
    """
    shape, dtype = asked_shape(shape), asked_dtype(dtype)
    for name, given in (("values", values), ("layout", layout), ("requires_grad", requires_grad)):
        asked_strategy(name, given)
    filled = _filled(draw, shape, dtype, elements(dtype) if values is None else values)
    laid = lay_out(filled, draw(layouts() if layout is None else layout))
    return laid.requires_grad_(draw(st.booleans() if requires_grad is None else requires_grad))


def _filled(draw: DrawFn, shape: Sequence[int], dtype: torch.dtype, values: SearchStrategy[float]) -> Tensor:
    count = math.prod(shape)
    drawn = [draw(values) for _ in range(min(count, MOST_DRAWN))]
    # 7 and 24 have no common factor, so that equal neighbours do not come back in every window.
    places = [(place * 7 + place // MOST_DRAWN) % MOST_DRAWN for place in range(count)]
    listed = drawn if count <= MOST_DRAWN else [drawn[place] for place in places]
    return torch.tensor(listed, dtype=torch.float64).to(dtype).reshape(tuple(shape))


def cases(
    activation: ActivationLike,
    pooling: PoolingLike,
    dtype: torch.dtype | str,
    *,
    domains: Domain | str | Iterable[Domain | str] = EVERYWHERE,
    hints: Hint | Iterable[Hint] = (),
    kinds: Kind | str | Iterable[Kind | str] | None = None,
    shape: Shape | None = None,
    size: Size | str = Size.SMALL,
    geometry: str = "",
) -> SearchStrategy[Case]:
    """Whole situations: a valid placement, and a tensor for it.

    Where `domains` leaves `Domain.FINITE` out, every input holds at least one value of the named classes.

    Raises
    ------
    InvalidArgument
        If `domains` or `kinds` is empty, or another argument cannot be used.
    UnknownEntry, LoadError, InvalidEntry
        If there is no such activation or pooling.
    NotApplicable
        If the activation is claimed on no value of the classes.
    """
    activation = subject = load_activation(activation)
    pooling = operator = load_pooling(pooling)
    dtype, hints, size = asked_dtype(dtype), asked_values(hints), member("size", size, Size)
    domains = members("domains", domains, Domain)
    kinds = None if kinds is None else frozenset(members("kinds", kinds, Kind))
    # The pool of values is worth milliseconds: it is built once, not in every draw.
    values = elements(dtype, activation, domains=domains, hints=hints)
    limits = interval(activation)
    non_finite = tuple(value for value in _non_finite(domains) if claims(limits, value))
    if Domain.FINITE not in domains and not non_finite:
        raise NotApplicable(f"{activation} is claimed between {limits[0]} and {limits[1]}: no such input is")
    plain = [value for value in SIMPLE if claims(limits, value)][:2]
    outside = st.sampled_from((*plain, *non_finite)) if non_finite else None
    forced = None if Domain.FINITE in domains else st.sampled_from(non_finite)
    inputs = _inputs(placements(pooling, kinds, geometry), dtype, values, outside, forced, limits, size)
    return inputs.map(lambda drawn: Case(subject, operator, drawn[1], drawn[0].arguments, shape))


@st.composite
def _inputs(
    draw: DrawFn,
    placed: SearchStrategy[Placement],
    dtype: torch.dtype,
    values: SearchStrategy[float],
    outside: SearchStrategy[float] | None,
    forced: SearchStrategy[float] | None,
    limits: tuple[float, float],
    size: Size,
) -> tuple[Placement, Tensor]:
    placement = draw(placed)
    if size is Size.SMALL:
        tensor = _small(draw, placement, dtype, values, outside)
    else:
        tensor = _large(draw, placement, dtype, values, limits, seeded=size is Size.SEEDED)
    if forced is not None and tensor.numel():
        tensor = _with(tensor, draw(st.integers(0, tensor.numel() - 1)), draw(forced))
    return placement, tensor


# Batch, channels, layout and gradient in one draw, because draws are what an example costs.
_FORMS: Final = (
    *product((1, 2), (1, 2), Layout, (False, True), (False,)),
    *((1, 1, layout, False, True) for layout in Layout for _ in range(4)),
    (3, 1, Layout.CONTIGUOUS, False, False),
    *[(0, 1, Layout.CONTIGUOUS, False, False)] * 2,
)
"""The last entry: whether infinities and NaN, where they are asked for, make up most of the values."""


def _small(
    draw: DrawFn,
    placement: Placement,
    dtype: torch.dtype,
    values: SearchStrategy[float],
    outside: SearchStrategy[float] | None,
) -> Tensor:
    batch, channels, layout, requires_grad, special = draw(st.sampled_from(_FORMS))
    source = outside if special and outside is not None else values
    filled = _filled(draw, (batch, channels, *placement.spatial), dtype, source)
    return lay_out(filled, layout).requires_grad_(requires_grad)


def _large(
    draw: DrawFn,
    placement: Placement,
    dtype: torch.dtype,
    values: SearchStrategy[float],
    limits: tuple[float, float],
    *,
    seeded: bool,
) -> Tensor:
    batch, _, layout, requires_grad, _ = draw(st.sampled_from(_FORMS))
    # The number of channels is drawn by its order of magnitude, and exactly, so that it shrinks.
    bits = draw(st.sampled_from(_CHANNEL_BITS))
    channels = draw(st.integers((1 << bits) >> 1, 1 << bits))
    plane = batch * math.prod(placement.spatial)
    full = (batch, min(channels, MOST_ELEMENTS // max(plane, 1) + 1), *placement.spatial)
    palette = [draw(values) for _ in range(draw(st.integers(1, 4)))]
    drawn = torch.tensor(palette, dtype=torch.float64).to(dtype)
    if seeded:
        flat = _scattered(drawn, math.prod(full), draw(st.integers(0, 2**32 - 1)), limits)
    else:
        flat = drawn.repeat(math.prod(full) // len(drawn) + 1)[: math.prod(full)]
    return lay_out(flat.reshape(full), layout).requires_grad_(requires_grad)


def _scattered(palette: Tensor, count: int, seed: int, limits: tuple[float, float]) -> Tensor:
    """Normal noise in which one element in eight, and what lies outside the limits, is the palette's."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, generator=generator, dtype=torch.float32).to(palette.dtype)
    chosen = torch.randint(8 * len(palette), (count,), generator=generator)
    low, high = limits
    usual = (noise <= low) | (noise >= high) | (chosen < len(palette))
    return torch.where(usual, palette[chosen % len(palette)], noise)


def _with(tensor: Tensor, place: int, value: float) -> Tensor:
    """A copy in the same layout with one element replaced."""
    copy = tensor.detach().clone(memory_format=torch.preserve_format)
    copy[torch.unravel_index(torch.tensor(place), copy.shape)] = value
    return copy.requires_grad_(tensor.requires_grad)
