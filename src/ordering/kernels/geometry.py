"""Placements: the spatial shape and the arguments of one pooling call, drawn so that they are valid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ordering.arguments import shown
from ordering.errors import InvalidEntry
from ordering.pooling import Kind, Pooling
from ordering.pooling import Placement as Placement

MOST_EXTRA: Final = 3
"""Elements per axis beyond the smallest window: enough for neighbouring and overlapping windows."""


def placements(
    pooling: Pooling, kinds: frozenset[Kind] | None = None, geometry: str = ""
) -> SearchStrategy[Placement]:
    """Valid placements for `pooling`, of the given kinds only where `kinds` is given.

    `geometry` names one to use in place of the pooling's own.

    They shrink towards one window of one element, then of two, without stride, padding or dilation.

    Raises
    ------
    InvalidEntry
        If the pooling names a geometry that does not exist, or its own geometry is no strategy, or draws what
        is no placement of it.
    """
    chosen = geometry or pooling.geometry
    if callable(chosen):
        drawn: SearchStrategy[Placement] = _of_user(pooling, chosen)
    elif chosen in GEOMETRIES:
        drawn = GEOMETRIES[chosen](pooling)
    else:
        known = ", ".join(GEOMETRIES)
        raise InvalidEntry(f"pooling {pooling.name!r}: no geometry {chosen!r}; known: {known}")
    if kinds is None or kinds.issuperset(pooling.kinds):
        return drawn
    return drawn.filter(lambda placement: pooling.kind(placement.arguments) in kinds)


def _of_user(pooling: Pooling, geometry: Callable[[], object]) -> SearchStrategy[Placement]:
    """What a geometry of the user's own draws, looked at."""
    try:
        drawn = geometry()
    except Exception as error:  # a user's function may raise anything
        raise InvalidEntry(
            f"pooling {pooling.name!r}: its geometry raised {type(error).__name__}: {error}"
        ) from error
    if not isinstance(drawn, SearchStrategy):
        raise InvalidEntry(
            f"pooling {pooling.name!r}: its geometry must return a Hypothesis strategy of Placement, "
            f"it returned {shown(drawn)} (a {type(drawn).__name__})"
        )
    return drawn.map(partial(_placement, pooling))


def _placement(pooling: Pooling, drawn: object) -> Placement:
    """What was drawn, if the pooling can be called with it."""
    where = f"pooling {pooling.name!r}: its geometry"
    if not isinstance(drawn, Placement):
        raise InvalidEntry(
            f"{where} must draw Placement(spatial shape, arguments), it drew {shown(drawn)} "
            f"(a {type(drawn).__name__})"
        )
    sides = drawn.spatial
    if not isinstance(sides, tuple) or not all(isinstance(side, int) and side >= 0 for side in sides):
        raise InvalidEntry(f"{where} must draw spatial shapes such as (2, 3), it drew {shown(sides)}")
    if len(sides) != pooling.dimensions:
        raise InvalidEntry(f"{where} must draw {pooling.dimensions} spatial axes, it drew {shown(sides)}")
    if not isinstance(drawn.arguments, Mapping) or not all(isinstance(key, str) for key in drawn.arguments):
        raise InvalidEntry(f"{where} must draw keyword arguments by name, it drew {shown(drawn.arguments)}")
    return drawn


# What a sliding window may do beyond having a size; one draw chooses, plain first.
MANNERS: Final = (
    (),
    ("stride",),
    ("padding",),
    ("padding", "stride"),
    ("ceil_mode", "stride"),
    ("dilation",),
    ("divisor_override",),
    ("count_include_pad", "padding"),
    ("dilation", "padding", "stride"),
    ("ceil_mode", "padding", "stride"),
    ("ceil_mode", "count_include_pad", "padding", "stride"),
    ("ceil_mode", "dilation", "padding", "stride"),
    ("divisor_override", "padding"),
)


@st.composite
def sliding(draw: DrawFn, pooling: Pooling) -> Placement:
    """Windows that slide: kernel_size, stride, padding, dilation, ceil_mode, whichever the pooling takes.

    torch's rules: `padding <= kernel_size // 2`, and one window fits:
    `size + 2 padding >= (kernel_size - 1) * dilation + 1`.
    """
    axes = range(pooling.dimensions)
    manners = [manner for manner in MANNERS if pooling.arguments.issuperset(manner)]
    manner = draw(st.sampled_from(manners))
    kernel = tuple(draw(st.integers(1, 3)) for _ in axes)
    dilation, padding = (1,) * len(kernel), (0,) * len(kernel)
    arguments: dict[str, Any] = {"kernel_size": kernel}
    if "dilation" in manner:
        dilation = tuple(draw(st.integers(1, 3)) for _ in axes)
    if "padding" in manner:
        padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    if any(step > 1 for step in dilation):
        arguments["dilation"] = dilation
    if any(padding):
        arguments["padding"] = padding
    if "stride" in manner:
        arguments["stride"] = tuple(draw(st.integers(1, 3)) for _ in axes)
    if "ceil_mode" in manner:
        arguments["ceil_mode"] = True
    if "count_include_pad" in manner:
        arguments["count_include_pad"] = False
    if "divisor_override" in manner:
        arguments["divisor_override"] = draw(st.integers(1, 4))
    smallest = [max(1, (k - 1) * d + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True)]
    spatial = tuple(least + draw(st.integers(0, MOST_EXTRA)) for least in smallest)
    return Placement(spatial, arguments)


@st.composite
def sliding_inside(draw: DrawFn, pooling: Pooling) -> Placement:
    """Sliding windows no larger than the unpadded input."""
    placement = draw(sliding(pooling))
    kernel = placement.arguments["kernel_size"]
    return Placement(tuple(map(max, placement.spatial, kernel)), placement.arguments)


@st.composite
def sliding_into_padding(draw: DrawFn, pooling: Pooling) -> Placement:
    """Sliding windows, the first of which steps over the whole last axis: taps at -1 and at its end."""
    placement = draw(sliding(pooling))
    axes = range(pooling.dimensions)
    kernel = placement.arguments["kernel_size"]
    padding = placement.arguments.get("padding", tuple(0 for _ in axes))
    dilation = placement.arguments.get("dilation", tuple(1 for _ in axes))
    size = draw(st.integers(1, 2))
    stepping = {
        "kernel_size": (*kernel[:-1], 2),
        "padding": (*padding[:-1], 1),
        "dilation": (*dilation[:-1], size + 1),
    }
    return Placement((*placement.spatial[:-1], size), {**placement.arguments, **stepping})


@st.composite
def norm(draw: DrawFn, pooling: Pooling) -> Placement:
    """Sliding windows with an even `norm_type`, for which torch's power pooling is a norm."""
    placement = draw(sliding(pooling))
    return Placement(placement.spatial, {"norm_type": draw(st.sampled_from((2, 4))), **placement.arguments})


@st.composite
def adaptive(draw: DrawFn, pooling: Pooling) -> Placement:
    """Any input and any number of outputs, more outputs than inputs included."""
    sides = st.integers(1, 2 + MOST_EXTRA)
    spatial = tuple(draw(sides) for _ in range(pooling.dimensions))
    return Placement(spatial, {"output_size": tuple(draw(st.integers(1, size + 1)) for size in spatial)})


def whole(pooling: Pooling) -> SearchStrategy[Placement]:
    """No arguments: the spatial shape is all there is."""
    sides = st.tuples(*[st.integers(1, 1 + MOST_EXTRA)] * pooling.dimensions)
    return sides.map(lambda spatial: Placement(tuple(spatial), {}))


@st.composite
def fractional(draw: DrawFn, pooling: Pooling) -> Placement:
    """`output_size + kernel_size - 1 <= size` on every axis (< in three dimensions), one sample for each.

    Not four outputs: torch places their windows, multiples of a third apart, by the rounding of the dtype.
    """
    axes = range(pooling.dimensions)
    kernel = tuple(draw(st.integers(1, 3)) for _ in axes)
    output = tuple(draw(st.sampled_from((1, 2, 3, 5))) for _ in axes)
    least = 0 if pooling.dimensions < 3 else 1
    extra = st.integers(least, MOST_EXTRA)
    spatial = tuple(k + o - 1 + draw(extra) for k, o in zip(kernel, output, strict=True))
    samples = tuple(draw(st.sampled_from((0.5, 0.0, 0.25, 0.75, 0.875))) for _ in axes)
    return Placement(spatial, {"kernel_size": kernel, "output_size": output, "samples": samples})


@st.composite
def resize(draw: DrawFn, pooling: Pooling) -> Placement:
    """Interpolation from any size to any size."""
    sides = st.integers(1, 2 + MOST_EXTRA)
    spatial = tuple(draw(sides) for _ in range(pooling.dimensions))
    arguments: dict[str, Any] = {"size": tuple(draw(sides) for _ in spatial)}
    if "align_corners" in pooling.arguments and draw(st.booleans()):
        arguments["align_corners"] = True
    return Placement(spatial, arguments)


@st.composite
def pad(draw: DrawFn, pooling: Pooling) -> Placement:
    """Zero to two elements on either side of each spatial axis, the last axis first, as `F.pad` counts."""
    spatial = tuple(draw(st.integers(1, 1 + MOST_EXTRA)) for _ in range(pooling.dimensions))
    return Placement(spatial, {"pad": tuple(draw(st.integers(0, 2)) for _ in range(2 * len(spatial)))})


def invalid_placements(pooling: Pooling) -> SearchStrategy[Placement]:
    """Sliding or adaptive calls that torch must refuse, one thing wrong with each: for tests of errors.

    Raises
    ------
    InvalidEntry
        If the pooling is neither sliding nor adaptive.
    """
    ones = (1,) * pooling.dimensions
    if pooling.geometry == "adaptive":
        wrong: list[dict[str, Any]] = [{"output_size": (-1,) * pooling.dimensions}]
        return st.sampled_from(wrong).map(lambda arguments: Placement(ones, arguments))
    if pooling.geometry != "sliding":
        raise InvalidEntry(
            f"pooling {pooling.name!r}: only sliding and adaptive geometries have invalid ones"
        )
    outer = ones[:-1]
    two = (*outer, 2)
    wrong = [
        {"kernel_size": (*outer, 3)},  # larger than the input
        {"kernel_size": (*outer, 0)},
        {"kernel_size": two, "stride": (*outer, 0)},
        {"kernel_size": two, "padding": (*outer, 2)},  # more than half the kernel
        {"kernel_size": two, "padding": (*outer, -1)},
    ]
    if "dilation" in pooling.arguments:
        wrong += [{"kernel_size": two, "dilation": (*outer, step)} for step in (0, 2)]
    if "divisor_override" in pooling.arguments:
        wrong += [{"kernel_size": two, "divisor_override": 0}]
    return st.sampled_from(wrong).map(lambda arguments: Placement(two, arguments))


GEOMETRIES: Final[Mapping[str, Callable[[Pooling], SearchStrategy[Placement]]]] = {
    "sliding": sliding,
    "sliding_inside": sliding_inside,
    "sliding_into_padding": sliding_into_padding,
    "norm": norm,
    "adaptive": adaptive,
    "whole": whole,
    "fractional": fractional,
    "resize": resize,
    "pad": pad,
}
