"""The poolings that ship, one declarative entry each, by torch.nn.functional's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F

from ordering.catalogue import exact, reference, windows
from ordering.pooling import Kind, Pooling
from ordering.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

poolings: Final = Registry("pooling", Pooling)

SLIDING: Final = frozenset({"kernel_size", "stride", "padding", "ceil_mode"})
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {"max_pool2d": ("max",), "avg_pool2d": ("avg",)}
AXES: Final = (1, 2, 3)


def indices_of(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
    """The positions that a torch max pooling selects, counted in the flattened plane of its input."""

    def indices(input: Tensor, **arguments: Any) -> Tensor:
        selected: Tensor = kernel(input, return_indices=True, **arguments)[1]
        return selected

    return indices


def negated(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
    """Minimum from maximum: `-P(-x)`, exact because negation is."""

    def least(input: Tensor, **arguments: Any) -> Tensor:
        result: Tensor = -kernel(-input, **arguments)
        return result

    return least


def negated_indices(kernel: Callable[..., Any]) -> Callable[..., Tensor]:
    """The positions that `negated` selects."""

    def indices(input: Tensor, **arguments: Any) -> Tensor:
        selected: Tensor = kernel(-input, return_indices=True, **arguments)[1]
        return selected

    return indices


def global_max(input: Tensor) -> Tensor:
    """The largest element of each channel; every spatial axis becomes one element."""
    # Not amax, whose gradient is shared between equal elements: a selection selects one.
    largest = input.flatten(2).max(dim=2).values
    return largest.reshape(*largest.shape, *(1,) * (input.dim() - 2))


def global_avg(input: Tensor) -> Tensor:
    """The mean of each channel; every spatial axis becomes one element."""
    return input.mean(dim=tuple(range(2, input.dim())), keepdim=True)


def fractional(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Fractional max pooling with its random offsets fixed: the same `samples` for every plane."""

    def fixed(input: Tensor, samples: tuple[float, ...], **arguments: Any) -> Any:
        planes = torch.tensor(samples, dtype=input.dtype).expand(*input.shape[:2], len(samples))
        return kernel(input, _random_samples=planes.contiguous(), **arguments)

    return fixed


def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: tuple[int],
    stride: tuple[int] | None = None,
    *,
    ceil_mode: bool = False,
) -> Tensor:
    """torch's, which wants plain integers along its one axis."""
    step = None if stride is None else stride[0]
    return F.lp_pool1d(input, norm_type, kernel_size[0], step, ceil_mode)


def interpolate_nearest(input: Tensor, size: tuple[int, ...]) -> Tensor:
    """Each output is the nearest input."""
    return F.interpolate(input, size=size, mode="nearest")


def interpolate_bilinear(input: Tensor, size: tuple[int, ...], *, align_corners: bool = False) -> Tensor:
    """Each output is a convex combination of the four inputs around it."""
    return F.interpolate(input, size=size, mode="bilinear", align_corners=align_corners)


def flatten(input: Tensor) -> Tensor:
    """Everything but the batch in one axis."""
    return input.flatten(1)


def permute(input: Tensor) -> Tensor:
    """Channels last, as another view of the same elements."""
    return input.movedim(1, -1)


LP: Final[Mapping[int, Callable[..., Tensor]]] = {1: lp_pool1d, 2: F.lp_pool2d}
MAX: Final = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG: Final = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_MAX: Final = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
ADAPTIVE_AVG: Final = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
FRACTIONAL: Final = {
    2: fractional(F.fractional_max_pool2d),
    3: fractional(F.fractional_max_pool3d),
}

ENTRIES: Final = (
    *(
        Pooling(
            f"max_pool{axes}d",
            kernel=MAX[axes],
            dimensions=axes,
            kinds=(Kind.SELECT_MAX,),
            arguments=SLIDING | {"dilation"},
            formula="the largest value of each window; padding never wins",
            windows=windows.sliding,
            reference=reference.selection(windows.sliding),
            reference_indices=reference.selection_indices(windows.sliding),
            indices=indices_of(MAX[axes]),
            unbatched=True,
        )
        for axes in AXES
    ),
    *(
        Pooling(
            f"avg_pool{axes}d",
            kernel=AVG[axes],
            dimensions=axes,
            kinds=(Kind.MEAN, Kind.LINEAR),
            # torch's avg_pool1d has no divisor_override.
            arguments=SLIDING | {"count_include_pad"} | ({"divisor_override"} if axes > 1 else set()),
            kind_of=windows.average_kind,
            windows=windows.sliding,
            reference=reference.average(windows.sliding),
            exact=exact.average(windows.sliding),
            # torch's avg_pool3d refuses an input that is smaller than its window, padding or not.
            geometry="sliding" if axes < 3 else "sliding_inside",
            formula="the mean of each window; counted padding is zero",
            unbatched=True,
        )
        for axes in AXES
    ),
    *(
        Pooling(
            f"min_pool{axes}d",
            kernel=negated(MAX[axes]),
            dimensions=axes,
            kinds=(Kind.SELECT_MIN,),
            arguments=SLIDING | {"dilation"},
            formula="the smallest value of each window, -max_pool(-x)",
            windows=windows.sliding,
            reference=reference.selection(windows.sliding, sign=-1),
            reference_indices=reference.selection_indices(windows.sliding, sign=-1),
            indices=negated_indices(MAX[axes]),
            unbatched=True,
        )
        for axes in AXES
    ),
    *(
        Pooling(
            f"adaptive_max_pool{axes}d",
            kernel=ADAPTIVE_MAX[axes],
            dimensions=axes,
            kinds=(Kind.SELECT_MAX,),
            geometry="adaptive",
            arguments=frozenset({"output_size"}),
            formula="the largest value of each of output_size even shares",
            windows=windows.adaptive,
            reference=reference.selection(windows.adaptive),
            reference_indices=reference.selection_indices(windows.adaptive),
            indices=indices_of(ADAPTIVE_MAX[axes]),
            row=windows.row,
            unbatched=True,
        )
        for axes in AXES
    ),
    *(
        Pooling(
            f"adaptive_avg_pool{axes}d",
            kernel=ADAPTIVE_AVG[axes],
            dimensions=axes,
            kinds=(Kind.MEAN,),
            geometry="adaptive",
            arguments=frozenset({"output_size"}),
            formula="the mean of each of output_size even shares",
            windows=windows.adaptive,
            reference=reference.average(windows.adaptive),
            exact=exact.average(windows.adaptive),
            row=windows.row,
            unbatched=True,
        )
        for axes in AXES
    ),
    *(
        Pooling(
            f"fractional_max_pool{axes}d",
            kernel=FRACTIONAL[axes],
            dimensions=axes,
            kinds=(Kind.SELECT_MAX,),
            geometry="fractional",
            arguments=frozenset({"kernel_size", "output_size", "samples"}),
            formula="the largest value of each window, placed by fixed random samples",
            windows=windows.fractional,
            reference=reference.selection(windows.fractional),
            reference_indices=reference.selection_indices(windows.fractional),
            indices=indices_of(FRACTIONAL[axes]),
            # torch's 3-d operator wants inputs larger than the window: no window can be the whole of one.
            row=windows.row_fractional if axes == 2 else windows.row_impossible,
        )
        for axes in (2, 3)
    ),
    *(
        Pooling(
            f"lp_pool{axes}d",
            kernel=LP[axes],
            dimensions=axes,
            kinds=(Kind.NORM,),
            geometry="norm",
            arguments=frozenset({"norm_type", "kernel_size", "stride", "ceil_mode"}),
            formula="(sum |x|^p)^(1/p) of each window, for even p; incomplete windows count as if filled",
            windows=windows.sliding,
            reference=reference.norm(windows.sliding),
            rounding=reference.norm_rounding(windows.sliding),
            exact=exact.norm(windows.sliding),
            row=windows.row_norm,
            unbatched=True,
        )
        for axes in (1, 2)
    ),
    Pooling(
        "global_max_pool2d",
        kernel=global_max,
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        geometry="whole",
        formula="the largest value of each channel",
        windows=windows.whole,
        reference=reference.selection(windows.whole),
        row=windows.row_whole,
    ),
    Pooling(
        "global_avg_pool2d",
        kernel=global_avg,
        dimensions=2,
        kinds=(Kind.MEAN,),
        geometry="whole",
        formula="the mean of each channel",
        windows=windows.whole,
        reference=reference.average(windows.whole),
        exact=exact.average(windows.whole),
        row=windows.row_whole,
    ),
    Pooling(
        "interpolate_nearest",
        kernel=interpolate_nearest,
        dimensions=2,
        kinds=(Kind.REARRANGE,),
        geometry="resize",
        arguments=frozenset({"size"}),
        formula="each output is a copy of the nearest input",
        windows=windows.nearest,
        reference=reference.copies(windows.nearest),
    ),
    Pooling(
        "interpolate_bilinear",
        kernel=interpolate_bilinear,
        dimensions=2,
        kinds=(Kind.MEAN,),
        geometry="resize",
        arguments=frozenset({"size", "align_corners"}),
        formula="each output is a convex combination of the four inputs around it",
        reference=reference.interpolation,
        rounding=reference.interpolation_rounding,
        exact=exact.interpolation,
        row=windows.row_between,
    ),
    Pooling(
        "zero_pad2d",
        kernel=F.pad,
        dimensions=2,
        kinds=(Kind.REARRANGE_ZERO,),
        geometry="pad",
        arguments=frozenset({"pad"}),
        formula="the input with a border of zeros",
        windows=windows.padded,
        reference=reference.copies(windows.padded),
        unbatched=True,
    ),
    Pooling(
        "flatten",
        kernel=flatten,
        dimensions=2,
        kinds=(Kind.REARRANGE,),
        geometry="whole",
        formula="the same elements in one axis",
        reference=reference.in_a_row,
    ),
    Pooling(
        "permute",
        kernel=permute,
        dimensions=2,
        kinds=(Kind.REARRANGE,),
        geometry="whole",
        formula="the same elements, channels last",
        reference=reference.channels_last,
    ),
)

for entry in ENTRIES:
    poolings.register(entry, aliases=ALIASES.get(entry.name, ()))
