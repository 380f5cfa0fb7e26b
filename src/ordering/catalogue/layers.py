"""torch.nn's pooling layers: their entry of the catalogue, with the arguments of the layer and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor, nn

from ordering.arguments import integer, shown
from ordering.catalogue.functions import as_built
from ordering.catalogue.poolings import poolings
from ordering.catalogue.windows import per_axis
from ordering.errors import InvalidArgument, InvalidEntry
from ordering.naming import name_from
from ordering.pooling import Axis, Kind, Placement, Pooling, Window

MOST_EXTRA: Final = 3
"""Elements per axis beyond the smallest input that the layer takes."""
EXACT: Final = (Kind.SELECT_MAX, Kind.SELECT_MIN)


class Layer(NamedTuple):
    """The entry of a layer, and which of the layer's attributes are its arguments, with torch's defaults."""

    entry: str
    arguments: Mapping[str, Any]


SLIDING: Final[Mapping[str, Any]] = {"kernel_size": None, "stride": None, "padding": 0, "ceil_mode": False}
LAYERS: Final[Mapping[type[nn.Module], Layer]] = {
    nn.MaxPool1d: Layer("max_pool1d", {**SLIDING, "dilation": 1}),
    nn.MaxPool2d: Layer("max_pool2d", {**SLIDING, "dilation": 1}),
    nn.MaxPool3d: Layer("max_pool3d", {**SLIDING, "dilation": 1}),
    nn.AvgPool1d: Layer("avg_pool1d", {**SLIDING, "count_include_pad": True}),
    nn.AvgPool2d: Layer("avg_pool2d", {**SLIDING, "count_include_pad": True, "divisor_override": None}),
    nn.AvgPool3d: Layer("avg_pool3d", {**SLIDING, "count_include_pad": True, "divisor_override": None}),
    nn.AdaptiveMaxPool1d: Layer("adaptive_max_pool1d", {"output_size": None}),
    nn.AdaptiveMaxPool2d: Layer("adaptive_max_pool2d", {"output_size": None}),
    nn.AdaptiveMaxPool3d: Layer("adaptive_max_pool3d", {"output_size": None}),
    nn.AdaptiveAvgPool1d: Layer("adaptive_avg_pool1d", {"output_size": None}),
    nn.AdaptiveAvgPool2d: Layer("adaptive_avg_pool2d", {"output_size": None}),
    nn.AdaptiveAvgPool3d: Layer("adaptive_avg_pool3d", {"output_size": None}),
    nn.LPPool1d: Layer(
        "lp_pool1d", {"norm_type": None, "kernel_size": None, "stride": None, "ceil_mode": False}
    ),
    nn.LPPool2d: Layer(
        "lp_pool2d", {"norm_type": None, "kernel_size": None, "stride": None, "ceil_mode": False}
    ),
}
PER_AXIS: Final = ("kernel_size", "stride", "padding", "dilation", "output_size")


def layer(module: nn.Module) -> Pooling:
    """The pooling that a layer is: called without arguments, for it has its own.

    Its windows, reference, rounding and indices are the entry's, at the layer's arguments; its kind is the
    one that these arguments give.

    Raises
    ------
    InvalidEntry
        If it is no pooling layer of the catalogue, or its arguments are such that the entry does not speak
        of them.
    """
    if type(module) not in LAYERS or not as_built(module):
        raise InvalidEntry(
            f"{type(module).__name__} is no pooling layer that is known; write "
            f"Pooling(name, kernel=..., dimensions=..., kinds=...) with the module as its kernel.  Known are "
            f"{', '.join(kind.__name__ for kind in LAYERS)}"
        )
    entry = poolings[LAYERS[type(module)].entry]
    given = _arguments(module, entry)
    name = _name(module, given)
    if getattr(module, "return_indices", False):
        raise InvalidEntry(f"{name}: with return_indices it returns two tensors; build it without")
    return Pooling(
        name,
        kernel=module,
        dimensions=entry.dimensions,
        kinds=(entry.kind(given),),
        geometry=partial(_inputs, _least(entry, given)),
        formula=entry.formula,
        windows=partial(_windows, entry, given),
        reference=_fixed(entry.reference, given),
        rounding=_fixed(entry.rounding, given),
        indices=_fixed(entry.indices, given),
        reference_indices=_fixed(entry.reference_indices, given),
        row=partial(_row, name, entry, given),
        unbatched=entry.unbatched,
        exact=None if entry.exact is None else partial(_exact, entry, given),
    )


def _name(module: nn.Module, given: Mapping[str, Any]) -> str:
    """`MaxPool2d(kernel_size=2)`, or `kernel_size=2x3` where the axes differ."""
    written = {
        key: "x".join(map(str, value if len(set(value)) > 1 else value[:1]))
        if isinstance(value, tuple)
        else value
        for key, value in given.items()
    }
    kind = type(module).__name__
    return name_from(f"{kind}({', '.join(f'{key}={value}' for key, value in written.items())})", kind)


def _arguments(module: nn.Module, entry: Pooling) -> dict[str, Any]:
    """The layer's arguments where they are not torch's defaults, each axis by itself."""
    found: dict[str, Any] = {}
    for name, default in LAYERS[type(module)].arguments.items():
        value = getattr(module, name)
        if name in PER_AXIS and value is not None:
            value = _sizes(f"{type(module).__name__}: {name}", value, entry.dimensions)
        usual = per_axis(default, entry.dimensions) if name in PER_AXIS and default is not None else default
        if value != usual:
            found[name] = value
    if found.get("stride") == found.get("kernel_size"):
        found.pop("stride", None)
    if found.get("norm_type", 2) % 2:
        raise InvalidEntry(
            f"{type(module).__name__}: torch's power pooling is a norm for an even norm_type only, "
            f"got {found['norm_type']}"
        )
    return found


def _sizes(name: str, value: Any, axes: int) -> tuple[int, ...]:
    """One whole number for each axis."""
    listed = value if isinstance(value, tuple | list) else (value,)
    if len(listed) not in (1, axes):
        raise InvalidEntry(f"{name} must be one number or {axes}, got {shown(value)}")
    sizes = [integer(name, each, least=0, error=InvalidEntry) for each in listed]
    return per_axis(sizes, axes)


def _fixed(function: Callable[..., Tensor] | None, given: Mapping[str, Any]) -> Callable[..., Tensor] | None:
    return None if function is None else partial(function, **given)


def _windows(
    entry: Pooling, given: Mapping[str, Any], spatial: tuple[int, ...], _arguments: Mapping[str, Any]
) -> tuple[Axis, ...]:
    assert entry.windows is not None
    return entry.windows(spatial, given)


def _exact(
    entry: Pooling,
    given: Mapping[str, Any],
    spatial: tuple[int, ...],
    _arguments: Mapping[str, Any],
    place: tuple[int, ...],
) -> Window | None:
    assert entry.exact is not None
    return entry.exact(spatial, given, place)


def _least(entry: Pooling, given: Mapping[str, Any]) -> tuple[int, ...]:
    """The smallest input along each axis: one window fits, and is no larger where torch wants that."""
    axes = entry.dimensions
    if "output_size" in given:
        return (1,) * axes
    kernel = given["kernel_size"]
    columns = kernel, given.get("dilation", (1,) * axes), given.get("padding", (0,) * axes)
    reach = [max(1, (k - 1) * d + 1 - 2 * p) for k, d, p in zip(*columns, strict=True)]
    return tuple(map(max, reach, kernel)) if entry.geometry == "sliding_inside" else tuple(reach)


def _inputs(least: tuple[int, ...]) -> SearchStrategy[Placement]:
    """Inputs of a few windows or fewer."""
    sides = st.tuples(*(st.integers(side, 2 * side + MOST_EXTRA) for side in least))
    return sides.map(lambda spatial: Placement(tuple(spatial), {}))


def _row(
    name: str, entry: Pooling, given: Mapping[str, Any], axes: int, count: int
) -> tuple[tuple[int, ...], dict[str, Any]]:
    """An input that is one window of the layer, in which `count` values are repeated until it is full.

    A selection does not notice how often; a mean does, unless each value is repeated as often as the others.

    Raises
    ------
    InvalidArgument
        If the layer has no such window.
    """
    if "output_size" in given and prod(given["output_size"]) == 1:
        return (1,) * (axes - 1) + (count,), {}
    size = prod(sides := _one_window(entry, given))
    if count > size or (size % count and entry.kind(given) not in EXACT):
        raise InvalidArgument(
            f"{name}: no window of it holds {count} values, and each as often as the others"
        )
    return sides, {}


def _one_window(entry: Pooling, given: Mapping[str, Any]) -> tuple[int, ...]:
    """The largest input all of which is one window's; zeros where there is none."""
    assert entry.windows is not None
    found = [0] * entry.dimensions
    for side in range(1, max(given.get("kernel_size", (0,))) + 1):
        for axis, windows in enumerate(entry.windows((side,) * entry.dimensions, given)):
            if len(windows) == 1 and set(range(side)) <= set(windows[0]):
                found[axis] = side
    return tuple(found)
