"""`Pooling`: a reduction of windows, as the torch operator that runs and the kind of reduction it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ordering.errors import InvalidArgument, InvalidEntry
from ordering.naming import check_name

if TYPE_CHECKING:
    from torch import Tensor


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
    empty_windows:
        `(spatial shape, arguments) -> bool`: whether some window lies wholly in padding, so that the result
        holds a value (-inf for max pooling) that no element had.  By default never.
    indices:
        `indices(input, **arguments) -> Tensor`: the positions that a selection selects, where the operator
        tells them.
    row:
        `(axes, count) -> (spatial shape, arguments)` of the call whose only window is a row of `count`
        elements.  By default the window of that `kernel_size`, where the pooling has one.

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
    empty_windows: Callable[[tuple[int, ...], Mapping[str, Any]], bool] | None = None
    indices: Callable[..., Tensor] | None = None
    row: Callable[[int, int], tuple[tuple[int, ...], Mapping[str, Any]]] | None = None

    def __post_init__(self) -> None:
        check_name("pooling", self.name)
        if not callable(self.kernel):
            raise InvalidEntry(
                f"pooling {self.name!r}: kernel must be callable (Tensor, **arguments -> Tensor), "
                f"got {type(self.kernel).__name__}"
            )
        if self.dimensions not in (1, 2, 3):
            raise InvalidEntry(
                f"pooling {self.name!r}: dimensions must be 1, 2 or 3, got {self.dimensions!r}"
            )
        kinds = (self.kinds,) if isinstance(self.kinds, Kind) else tuple(self.kinds)
        if not kinds or not all(isinstance(kind, Kind) for kind in kinds):
            raise InvalidEntry(
                f"pooling {self.name!r}: kinds must be one or more `Kind`s, got {self.kinds!r}"
            )
        if not isinstance(self.geometry, str) and not callable(self.geometry):
            raise InvalidEntry(
                f"pooling {self.name!r}: geometry must be a strategy's name or a callable that returns a "
                f"Hypothesis strategy, got {self.geometry!r}"
            )
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "arguments", frozenset(self.arguments))

    def kind(self, arguments: Mapping[str, Any]) -> Kind:
        """The kind of reduction that these arguments give."""
        return self.kinds[0] if self.kind_of is None else self.kind_of(arguments)

    def has_empty_windows(self, spatial: tuple[int, ...], arguments: Mapping[str, Any]) -> bool:
        """Whether some window of this call lies wholly in padding."""
        return self.empty_windows is not None and self.empty_windows(spatial, arguments)

    def one_window(self, count: int) -> tuple[tuple[int, ...], Mapping[str, Any]]:
        """Spatial shape and arguments of the call whose only window is a row of `count` elements.

        Raises
        ------
        InvalidArgument
            If the pooling has no `kernel_size` and does not say how its windows are placed.
        """
        if self.row is not None:
            return self.row(self.dimensions, count)
        if "kernel_size" not in self.arguments:
            raise InvalidArgument(f"{self.name}: without kernel_size or `row`, its windows cannot be placed")
        spatial = (1,) * (self.dimensions - 1) + (count,)
        return spatial, {"kernel_size": spatial}

    def __str__(self) -> str:
        return self.name
