"""`Pooling`: a reduction of windows, as the torch operator that runs and the kind of reduction it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ordering.arguments import choice, flag, function, integer, keywords, members, text
from ordering.errors import InvalidArgument, InvalidEntry
from ordering.naming import check_name

if TYPE_CHECKING:
    from torch import Tensor


Axis: TypeAlias = tuple[range, ...]
"""Along one spatial axis, the positions that each output reads."""


@dataclass(frozen=True)
class Window:
    """One output in exact arithmetic: `sum w_i x_i`, or with a power p `(sum w_i |x_i|^p)^(1/p)`."""

    positions: tuple[int, ...]
    """The elements that it reads, by their places in the flattened plane."""
    weights: tuple[Fraction, ...]
    """One for each."""
    power: Fraction | None = None


class Kind(Enum):
    """How a pooling reduces one window; a law is stated once for a kind, not once for an operator."""

    SELECT_MAX = "select_max"
    """`max(x_1, ..., x_n)`: the window's largest element."""
    SELECT_MIN = "select_min"
    """`min(x_1, ..., x_n)`: the window's smallest element."""
    MEAN = "mean"
    """`sum(w_i x_i)` with `w_i >= 0`, `sum(w_i) = 1`: a convex combination."""
    LINEAR = "linear"
    """`sum(w_i x_i)` with weights that do not sum to one (counted padding, `divisor_override`)."""
    NORM = "norm"
    """`(sum |x_i|^p)^(1/p)`: neither a selection nor linear."""
    REARRANGE = "rearrange"
    """Every output is a copy of one input, chosen by position and never by value."""
    REARRANGE_ZERO = "rearrange_zero"
    """Every output is a copy of one input or the constant zero (zero padding)."""


GEOMETRIES: Final = (
    "sliding",
    "sliding_inside",
    "sliding_into_padding",
    "norm",
    "adaptive",
    "whole",
    "fractional",
    "resize",
    "pad",
)
"""The placement strategies that `ordering.kernels.geometry` has, by name."""


FUNCTIONS: Final[Mapping[str, str]] = {
    "kind_of": "arguments -> Kind",
    "windows": "spatial shape, arguments -> axes",
    "reference": "Tensor, **arguments -> Tensor",
    "rounding": "Tensor, **arguments -> Tensor",
    "indices": "Tensor, **arguments -> Tensor",
    "reference_indices": "Tensor, **arguments -> Tensor",
    "row": "axes, count -> spatial shape, arguments",
    "exact": "spatial shape, arguments, place of an output -> Window",
}
"""Fields that are functions, and how they are called."""


@dataclass(frozen=True)
class Placement:
    """The spatial shape of an input and the keyword arguments of the pooling call."""

    spatial: tuple[int, ...]
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Pooling:
    """A pooling `P`.

    Parameters
    ----------
    name:
        torch.nn.functional's name: `"max_pool2d"`.
    kernel:
        `kernel(input, **arguments) -> Tensor`: the operator, taking a tensor of shape
        `(batch, channels, *spatial)` with `dimensions` spatial axes.
    dimensions:
        Number of spatial axes, 1 to 3.
    kinds:
        Every kind of reduction that some valid arguments give, the plain one first:
        `avg_pool2d` is `(MEAN, LINEAR)`, because counted padding breaks the weights' sum.
    geometry:
        Which strategy draws the arguments: the name of one in `ordering.kernels.strategies`, such as
        `"sliding"`, or a callable without arguments that returns a Hypothesis strategy of
        `Placement(spatial shape, arguments)`.
    arguments:
        Keyword arguments that `kernel` takes and the geometry may draw (`"kernel_size"`, `"stride"`, ...).
    kind_of:
        Which of `kinds` these arguments give; by default always the first.
    formula:
        One line for people: what a window is reduced to.
    windows:
        `(spatial shape, arguments) -> axes`: for each spatial axis the positions that each output reads;
        those outside the input are padding.
    reference:
        `reference(input, **arguments)`: the same pooling written out plainly, window by window and
        differentiable, for comparison with the operator; exact for selections and rearrangements, in
        float64 for averages and norms.
    rounding:
        `rounding(input, **arguments) -> Tensor`: how far rounding may take each output from the reference, in
        float64, and infinity where the operator is held to nothing.  By default a selection or rearrangement
        is exact, and of n elements an average rounds n + 2 times.
    indices:
        `indices(input, **arguments) -> Tensor`: the positions that a selection selects, where the operator
        tells them.
    reference_indices:
        The same, written out plainly.
    row:
        `(axes, count) -> (spatial shape, arguments)` of the call whose only window is a row of `count`
        elements.  By default the window of that `kernel_size`, where the pooling has one.
    exact:
        `(spatial shape, arguments, place of an output) -> Window`: the weights of an average or a norm as
        fractions, so that counterexamples can be told in exact arithmetic; None where that output is no
        number.  Selections do not need it, where `windows` is given, nor rearrangements with a `reference`.
    unbatched:
        Whether the kernel also takes one picture without a batch axis, `(channels, *spatial)`.

    Raises
    ------
    InvalidEntry
        If a field is malformed; the message names it.
    """

    name: str
    kernel: Callable[..., Tensor]
    dimensions: int
    kinds: tuple[Kind, ...]
    geometry: str | Callable[[], Any] = "sliding"
    arguments: frozenset[str] = frozenset()
    kind_of: Callable[[Mapping[str, Any]], Kind] | None = None
    formula: str = ""
    windows: Callable[[tuple[int, ...], Mapping[str, Any]], tuple[Axis, ...]] | None = None
    reference: Callable[..., Tensor] | None = None
    rounding: Callable[..., Tensor] | None = None
    indices: Callable[..., Tensor] | None = None
    reference_indices: Callable[..., Tensor] | None = None
    row: Callable[[int, int], tuple[tuple[int, ...], Mapping[str, Any]]] | None = None
    unbatched: bool = False
    exact: Callable[[tuple[int, ...], Mapping[str, Any], tuple[int, ...]], Window | None] | None = None

    def __post_init__(self) -> None:
        check_name("pooling", self.name)
        where = f"pooling {self.name!r}: "
        takes = "Tensor, **arguments -> Tensor"
        function(f"{where}kernel", self.kernel, takes, optional=False, error=InvalidEntry)
        dimensions = integer(f"{where}dimensions", self.dimensions, least=1, most=3, error=InvalidEntry)
        kinds = members(f"{where}kinds", self.kinds, Kind, error=InvalidEntry)
        if not callable(self.geometry):
            choice(
                f"{where}geometry, where it is no callable that returns a Hypothesis strategy,",
                self.geometry,
                GEOMETRIES,
                error=InvalidEntry,
            )
        elif isinstance(self.geometry, type):
            raise InvalidEntry(f"{where}geometry is the class {self.geometry.__name__}; name a function")
        named = keywords(f"{where}arguments", self.arguments, error=InvalidEntry)
        for name, takes in FUNCTIONS.items():
            function(f"{where}{name}", getattr(self, name), takes, error=InvalidEntry)
        text(f"{where}formula", self.formula, error=InvalidEntry)
        flag(f"{where}unbatched", self.unbatched, error=InvalidEntry)
        object.__setattr__(self, "dimensions", dimensions)
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "arguments", named)

    def kind(self, arguments: Mapping[str, Any]) -> Kind:
        """The kind of reduction that these arguments give."""
        return self.kinds[0] if self.kind_of is None else self.kind_of(arguments)

    def has_empty_windows(self, spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> bool:
        """Whether some window of this call lies wholly in padding, as `padding` with `dilation` can make it.

        The operator then returns a value that no element had: -inf for max pooling.
        """
        if self.windows is None:
            return False
        axes = zip(spatial, self.windows(spatial, arguments), strict=True)
        return any(all(not 0 <= tap < size for tap in taps) for size, axis in axes for taps in axis)

    def one_window(self, count: int) -> tuple[tuple[int, ...], Mapping[str, Any]]:
        """Spatial shape and arguments of the call whose only window is a row of `count` elements.

        Raises
        ------
        InvalidArgument
            If no call has a single window of that many elements, or the pooling does not say how.
        """
        if self.row is not None:
            return self.row(self.dimensions, count)
        if "kernel_size" not in self.arguments:
            raise InvalidArgument(f"{self.name}: without kernel_size or `row`, its windows cannot be placed")
        spatial = (1,) * (self.dimensions - 1) + (count,)
        return spatial, {"kernel_size": spatial}

    def __str__(self) -> str:
        return self.name
