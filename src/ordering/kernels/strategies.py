"""Hypothesis strategies for elements, tensors and whole cases; public, and usable with `@given`."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from functools import partial
from itertools import product
from typing import Any, Final

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

from ordering.activation import Activation
from ordering.arguments import member, members
from ordering.errors import NotApplicable
from ordering.evidence import Shape
from ordering.kernels.asking import Hint, asked_dtype, asked_shape, asked_strategy, asked_values
from ordering.kernels.geometry import Placement, placements
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.values import SIMPLE, UNLIMITED, between, claims, interval, pool
from ordering.lattice import format_of
from ordering.law import Case, Domain
from ordering.loading import ActivationLike, PoolingLike, load_activation, load_pooling
from ordering.pooling import Kind, Pooling

EVERYWHERE: Final = frozenset(Domain)
MOST_DRAWN: Final = 24
"""Elements drawn one by one; a larger tensor repeats them, so that it still shrinks."""
MOST_ELEMENTS: Final = 1 << 16
"""Of a large tensor: torch splits pointwise work between threads from 2^15 elements on."""
RISING: Final = 1 << 14
"""Elements of a tensor whose values rise."""
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
    """The same sizes, every element from a seeded generator: no structure to hide behind.  Half of them rise
    instead, from one element to the next."""


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
    return _elements(dtype, interval(activation), domains, pool(activation, dtype, hints))


def _elements(
    dtype: torch.dtype, limits: tuple[float, float], domains: Collection[Domain], pooled: Sequence[float]
) -> SearchStrategy[float]:
    """`elements`, of a pool that is known already.

    Raises
    ------
    NotApplicable
        If no value of the dtype lies between the limits.
    """
    special = (*pooled, *_non_finite(domains) * 3)
    width = {torch.float64: 64, torch.float16: 16}.get(dtype, 32)
    # bfloat16 has fewer digits than float32: the largest float32 values would round to infinity.
    largest = torch.finfo(dtype).max
    anything = st.floats(-largest, largest, width=width)  # type: ignore[arg-type]
    if limits == UNLIMITED:
        return st.one_of(st.sampled_from(SIMPLE), st.sampled_from(special), anything)
    within = [value for value in special if claims(limits, value)]
    first, last, *_ = between(limits, dtype)
    if first > last:
        raise NotApplicable(f"no value of {format_of(dtype).name} lies between {limits[0]} and {limits[1]}")
    inside = st.floats(first, last, width=width)  # type: ignore[arg-type]
    return st.one_of(st.sampled_from(within), inside) if within else inside


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
    activation: ActivationLike | SearchStrategy[Activation],
    pooling: PoolingLike | SearchStrategy[PoolingLike],
    dtype: torch.dtype | str | SearchStrategy[torch.dtype | str],
    *,
    domains: Domain | str | Iterable[Domain | str] = EVERYWHERE,
    hints: Hint | Iterable[Hint] = (),
    kinds: Kind | str | Iterable[Kind | str] | None = None,
    shape: Shape | None = None,
    size: Size | str = Size.SMALL,
    geometry: str = "",
) -> SearchStrategy[Case]:
    """Whole situations: a valid placement, and a tensor for it.

    Activation, pooling and dtype may be drawn too: each is one of them, or a strategy of such.

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
    if (
        isinstance(activation, SearchStrategy)
        or isinstance(pooling, SearchStrategy)
        or isinstance(dtype, SearchStrategy)
    ):
        rest = partial(
            cases, domains=domains, hints=hints, kinds=kinds, shape=shape, size=size, geometry=geometry
        )
        drawn = st.tuples(_drawn(activation), _drawn(pooling), _drawn(dtype))
        return drawn.flatmap(lambda these: rest(*these))
    subject, operator = load_activation(activation), load_pooling(pooling)
    dtype = asked_dtype(dtype)
    return cases_of(
        subject,
        operator,
        dtype,
        pooled=pool(subject, dtype, asked_values(hints)),
        domains=members("domains", domains, Domain),
        kinds=None if kinds is None else frozenset(members("kinds", kinds, Kind)),
        shape=shape,
        size=member("size", size, Size),
        geometry=geometry,
    )


def _drawn(part: Any) -> SearchStrategy[Any]:
    return part if isinstance(part, SearchStrategy) else st.just(part)


def cases_of(
    activation: Activation,
    pooling: Pooling,
    dtype: torch.dtype,
    *,
    pooled: Sequence[float],
    domains: Collection[Domain],
    kinds: frozenset[Kind] | None = None,
    shape: Shape | None = None,
    size: Size = Size.SMALL,
    geometry: str = "",
    windows: Sequence[Sequence[float]] = (),
) -> SearchStrategy[Case]:
    """`cases`, of records and of a pool of values that is known already: it is worth milliseconds.

    Where `windows` are given, every tensor holds the values of one of them and no others.

    Raises
    ------
    NotApplicable
        If the activation is claimed on no value of the classes.
    """
    limits = interval(activation)
    values = _elements(dtype, limits, domains, pooled)
    non_finite = tuple(value for value in _non_finite(domains) if claims(limits, value))
    if Domain.FINITE not in domains and not non_finite:
        raise NotApplicable(f"{activation} is claimed between {limits[0]} and {limits[1]}: no such input is")
    plain = [value for value in SIMPLE if claims(limits, value)][:2]
    outside = st.sampled_from((*plain, *non_finite)) if non_finite else None
    forced = None if Domain.FINITE in domains else st.sampled_from(non_finite)
    placed = placements(pooling, kinds, geometry)
    if windows:
        inputs = _of_windows(placed, dtype, st.sampled_from(tuple(windows)))
    else:
        inputs = _inputs(placed, dtype, values, outside, forced, limits, size)
    return inputs.map(lambda drawn: Case(activation, pooling, drawn[1], drawn[0].arguments, shape))


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
        tensor = _small(draw, placement, dtype, values, outside, limits)
    elif size is Size.SEEDED and all(placement.spatial) and draw(st.booleans()):
        tensor = _rising(draw, placement, dtype, values, limits)
    else:
        tensor = _large(draw, placement, dtype, values, limits, seeded=size is Size.SEEDED)
    if forced is not None and tensor.numel():
        tensor = _with(tensor, draw(st.integers(0, tensor.numel() - 1)), draw(forced))
    return placement, tensor


@st.composite
def _of_windows(
    draw: DrawFn,
    placed: SearchStrategy[Placement],
    dtype: torch.dtype,
    windows: SearchStrategy[Sequence[float]],
) -> tuple[Placement, Tensor]:
    """One picture and channel of one window's values, at random places."""
    placement = draw(placed)
    values = st.sampled_from(tuple(draw(windows)))
    return placement, _filled(draw, (1, 1, *placement.spatial), dtype, values)


_MIXED: Final = "mixed"
_OUTSIDE_VALUES: Final = "outside"
"""Infinities and NaN, where they are asked for, make up most of the values."""
_CLOSE: Final = "close"
"""All values lie close to one of the others."""
_SCALES: Final = st.integers(-20, 1)
"""Powers of two: distances of close values."""
_WIDTHS: Final = st.integers(-9, 3)
"""Powers of two: how far what rises goes, as a share of where it starts."""
_SEEDS: Final = st.integers(0, 2**32 - 1)
# Batch, channels, layout and gradient in one draw, because draws are what an example costs.
_FORMS: Final = (
    *product((1, 2), (1, 2), Layout, (False, True), (_MIXED,)),
    *((1, 1, layout, False, _OUTSIDE_VALUES) for layout in Layout for _ in range(4)),
    (3, 1, Layout.CONTIGUOUS, False, _MIXED),
    *[(0, 1, Layout.CONTIGUOUS, False, _MIXED)] * 2,
    *((1, 1, layout, False, _CLOSE) for layout in (Layout.CONTIGUOUS, Layout.STRIDED) for _ in range(8)),
)
"""The last entry: which values there are."""


def _small(
    draw: DrawFn,
    placement: Placement,
    dtype: torch.dtype,
    values: SearchStrategy[float],
    outside: SearchStrategy[float] | None,
    limits: tuple[float, float],
) -> Tensor:
    batch, channels, layout, requires_grad, which = draw(st.sampled_from(_FORMS))
    if which == _CLOSE:
        source = _close(draw, dtype, values, limits)
    else:
        source = outside if which == _OUTSIDE_VALUES and outside is not None else values
    filled = _filled(draw, (batch, channels, *placement.spatial), dtype, source)
    return lay_out(filled, layout).requires_grad_(requires_grad)


def _close(
    draw: DrawFn, dtype: torch.dtype, values: SearchStrategy[float], limits: tuple[float, float]
) -> SearchStrategy[float]:
    """One value, and those up to four steps from it; a step is a power of two, or that share of the value."""
    centre, power, share = draw(values), 2.0 ** draw(_SCALES), draw(st.booleans())
    step = power * abs(centre) if share and math.isfinite(centre) and centre else power
    row = torch.tensor([centre + step * place for place in range(-4, 5)], dtype=torch.float64).to(dtype)
    inside = [value for value in row.tolist() if math.isfinite(value) and claims(limits, value)]
    return st.sampled_from(inside or [centre])


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
    count = math.prod(full)
    if seeded:
        flat = _scattered(drawn, count, draw(_SEEDS), limits)
    else:
        flat = drawn.repeat(count // len(drawn) + 1)[:count]
    return lay_out(flat.reshape(full), layout).requires_grad_(requires_grad)


def _scattered(palette: Tensor, count: int, seed: int, limits: tuple[float, float]) -> Tensor:
    """Normal noise in which one element in eight, and what lies outside the limits, is the palette's."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, generator=generator, dtype=torch.float32).to(palette.dtype)
    chosen = torch.randint(8 * len(palette), (count,), generator=generator)
    low, high = limits
    usual = (noise <= low) | (noise >= high) | (chosen < len(palette))
    return torch.where(usual, palette[chosen % len(palette)], noise)


def _rising(
    draw: DrawFn,
    placement: Placement,
    dtype: torch.dtype,
    values: SearchStrategy[float],
    limits: tuple[float, float],
) -> Tensor:
    """Values in order, so that those of a window lie close together: thousands of pairs in one example.

    They start at a drawn value, or fill [-16, 16]; a seed shifts them by less than their distance.
    """
    layout = draw(layouts())
    usual, start, seed = draw(st.booleans()), draw(values), draw(_SEEDS)
    width = 2.0 ** draw(_WIDTHS) * (abs(start) if start and math.isfinite(start) else 1)
    first, span = (-16.0, 32.0) if usual else (start, width)
    full = (1, max(RISING // math.prod(placement.spatial), 1), *placement.spatial)
    count = math.prod(full)
    shift = torch.rand((), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    stored = (first + span * (torch.arange(count, dtype=torch.float64) + shift) / count).to(dtype)
    low, high = limits
    usable = stored.isfinite() & (stored > low) & (stored < high)
    instead = torch.tensor(start, dtype=torch.float64).to(dtype)
    return lay_out(torch.where(usable, stored, instead).reshape(full), layout)


def _with(tensor: Tensor, place: int, value: float) -> Tensor:
    """A copy in the same layout with one element replaced."""
    copy = tensor.detach().clone(memory_format=torch.preserve_format)
    copy[torch.unravel_index(torch.tensor(place), copy.shape)] = value
    return copy.requires_grad_(tensor.requires_grad)
