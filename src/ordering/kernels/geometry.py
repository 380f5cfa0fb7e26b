"""Placements: the spatial shape and the arguments of one pooling call, drawn so that they are valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ordering.errors import InvalidEntry
from ordering.pooling import Kind, Pooling

MOST_EXTRA: Final = 3
"""Elements per axis beyond the smallest window: enough for neighbouring and overlapping windows."""


@dataclass(frozen=True)
class Placement:
    """The spatial shape of an input and the keyword arguments of the pooling call."""

    spatial: tuple[int, ...]
    arguments: Mapping[str, Any]


def placements(pooling: Pooling, kinds: frozenset[Kind] | None = None) -> SearchStrategy[Placement]:
    """Valid placements for `pooling`, of the given kinds only where `kinds` is given.

    They shrink towards one window of one element, then of two, without stride, padding or dilation.

    Raises
    ------
    InvalidEntry
        If the pooling names a geometry that does not exist.
    """
    if callable(pooling.geometry):
        drawn: SearchStrategy[Placement] = pooling.geometry()
    elif pooling.geometry in GEOMETRIES:
        drawn = GEOMETRIES[pooling.geometry](pooling)
    else:
        known = ", ".join(GEOMETRIES)
        raise InvalidEntry(f"pooling {pooling.name!r}: no geometry {pooling.geometry!r}; known: {known}")
    if kinds is None or kinds.issuperset(pooling.kinds):
        return drawn
    return drawn.filter(lambda placement: pooling.kind(placement.arguments) in kinds)


@st.composite
def sliding(draw: DrawFn, pooling: Pooling) -> Placement:
    """Windows that slide: kernel_size, stride, padding, dilation, ceil_mode, whichever the pooling takes.

    torch's rules: `padding <= kernel_size // 2`, and one window fits:
    `size + 2 padding >= (kernel_size - 1) * dilation + 1`.
    """
    axes = range(pooling.dimensions)
    takes = pooling.arguments
    kernel = tuple(draw(st.integers(1, 3)) for _ in axes)
    arguments: dict[str, Any] = {"kernel_size": kernel}
    dilation, padding = (1,) * len(kernel), (0,) * len(kernel)
    if "dilation" in takes and draw(_rarely()):
        dilation = tuple(draw(st.integers(1, 2)) for _ in axes)
        arguments["dilation"] = dilation
    if "padding" in takes and draw(_rarely()):
        padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
        arguments["padding"] = padding
    if "stride" in takes and draw(_rarely()):
        arguments["stride"] = tuple(draw(st.integers(1, 3)) for _ in axes)
    arguments |= {flag: True for flag in ("ceil_mode",) if flag in takes and draw(_rarely())}
    if "count_include_pad" in takes and any(padding) and draw(st.booleans()):
        arguments["count_include_pad"] = False
    if "divisor_override" in takes and draw(_rarely()):
        arguments["divisor_override"] = draw(st.integers(1, 4))
    smallest = (max(1, (k - 1) * d + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True))
    spatial = tuple(least + draw(st.integers(0, MOST_EXTRA)) for least in smallest)
    return Placement(spatial, arguments)


def _rarely() -> SearchStrategy[bool]:
    """True in about a quarter of the draws, shrinking to False."""
    return st.sampled_from((False, False, False, True))


GEOMETRIES: Final[Mapping[str, Callable[[Pooling], SearchStrategy[Placement]]]] = {
    "sliding": sliding,
}
