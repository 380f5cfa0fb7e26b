"""The lattice of a floating dtype: its values in increasing order, their ranks, and distances in ULP.

The values of a dtype, NaN apart, form a finite chain

    -inf < -max < ... < -tiny < -0.0 < 0.0 < tiny < ... < max < inf

in which `rank` numbers the places: `rank(0.0) = 0`, `rank(-0.0) = -1`, and neighbours differ by one.  Ranks
come from the bits without a search: IEEE 754 formats store sign and magnitude, and magnitudes are ordered as
unsigned integers.  (float8_e4m3fn has no infinities: its chain ends with the largest finite values.)

A distance in ULP is the number of steps between two *values*.  -0.0 and 0.0 are two places and one value, so
`ulp_distance(-0.0, 0.0) = 0` and a pair of opposite signs is one step nearer than its ranks say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor

from ordering.arguments import shown
from ordering.errors import InvalidArgument


@dataclass(frozen=True)
class Format:
    """How a dtype stores its values: sign bit, then a magnitude whose integer order is the values' order."""

    dtype: torch.dtype
    bits: int
    fraction: int
    """Stored bits of the significand."""
    top: int
    """Magnitude, and rank, of the largest value: of +inf where the format has it; beyond it lie the NaNs."""

    @property
    def name(self) -> str:
        """The dtype's name without `torch.`: `"float32"`."""
        return str(self.dtype).removeprefix("torch.")

    @property
    def integer(self) -> torch.dtype:
        """The integer dtype of the same width, through which the bits are seen."""
        return {8: torch.uint8, 16: torch.int16, 32: torch.int32, 64: torch.int64}[self.bits]

    @property
    def bottom(self) -> int:
        """Rank of the smallest value (-inf): one below `-top`, because there are two zeros."""
        return -self.top - 1

    @property
    def magnitude_mask(self) -> int:
        """Every bit but the sign."""
        return (1 << (self.bits - 1)) - 1

    @property
    def one(self) -> int:
        """Rank of 1."""
        exponents = (1 << (self.bits - 1 - self.fraction)) - 1
        return (exponents // 2) << self.fraction

    def value(self, rank: int) -> float:
        """The value at a rank of the lattice, exactly, without a tensor."""
        magnitude = rank if rank >= 0 else -rank - 1
        exponent, fraction = divmod(magnitude, 1 << self.fraction)
        widest = (1 << (self.bits - 1 - self.fraction)) - 1  # the exponent field of the infinities
        if exponent == widest and self.top == widest << self.fraction:
            size = math.inf
        else:
            # Subnormals have the least exponent and no hidden one in front.
            significand = fraction + (1 << self.fraction if exponent else 0)
            size = math.ldexp(significand, max(exponent, 1) - widest // 2 - self.fraction)
        return size if rank >= 0 else -size


FORMATS: Final[Mapping[torch.dtype, Format]] = MappingProxyType(
    {
        form.dtype: form
        for form in (
            Format(torch.float16, 16, 10, 0x7C00),
            Format(torch.bfloat16, 16, 7, 0x7F80),
            Format(torch.float32, 32, 23, 0x7F80_0000),
            Format(torch.float64, 64, 52, 0x7FF0_0000_0000_0000),
            Format(torch.float8_e4m3fn, 8, 3, 0x7E),
            Format(torch.float8_e5m2, 8, 2, 0x7C),
        )
    }
)

FAR: Final = 2**63 - 2
"""The largest distance that `ulp_distance` states: float64 values farther apart than int64 can count."""
UNORDERED: Final = 2**63 - 1
"""The `ulp_distance` of NaN and a number: more than any distance between numbers."""


def format_of(dtype: torch.dtype | str) -> Format:
    """The format of a dtype, given as `torch.float32` or `"float32"`.

    Raises
    ------
    InvalidArgument
        If it is not one of the floating dtypes in `FORMATS`.
    """
    found = getattr(torch, dtype.removeprefix("torch."), None) if isinstance(dtype, str) else dtype
    if isinstance(found, torch.dtype) and found in FORMATS:
        return FORMATS[found]
    known = ", ".join(form.name for form in FORMATS.values())
    raise InvalidArgument(f"{shown(dtype)} is not a dtype whose values can be put in order; known: {known}")


def _magnitudes(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """Magnitude bits (int64) and sign (True where the sign bit is set) of every element."""
    form = format_of(tensor.dtype)
    bits = tensor.detach().view(form.integer)
    sign = bits > form.magnitude_mask if form.integer == torch.uint8 else bits < 0
    return bits.to(torch.int64) & form.magnitude_mask, sign


def rank(tensor: Tensor) -> Tensor:
    """The rank of every element: int64, same shape.

    Raises
    ------
    InvalidArgument
        If the dtype is not in `FORMATS` or an element is NaN, which has no place in the order.

    Examples
    --------
    >>> rank(torch.tensor([-0.0, 0.0, 1e-45, float("inf")])).tolist()
    [-1, 0, 1, 2139095040]
    """
    magnitude, negative = _magnitudes(tensor)
    if bool((magnitude > format_of(tensor.dtype).top).any()):
        raise InvalidArgument("NaN has no rank: mask NaN elements out first")
    return torch.where(negative, -magnitude - 1, magnitude)


def from_rank(ranks: Tensor | int, dtype: torch.dtype) -> Tensor:
    """The values at these ranks: a tensor of `dtype`, same shape; the inverse of `rank`.

    Raises
    ------
    InvalidArgument
        If the dtype is not in `FORMATS` or a rank lies outside the dtype's lattice.

    Examples
    --------
    >>> from_rank(torch.tensor([-1, 0, 1]), torch.float16).tolist()
    [-0.0, 0.0, 5.960464477539063e-08]
    """
    form = format_of(dtype)
    places = torch.as_tensor(ranks, dtype=torch.int64)
    if places.numel() and not form.bottom <= int(places.min()) <= int(places.max()) <= form.top:
        raise InvalidArgument(f"ranks of {form.name} lie in [{form.bottom}, {form.top}]")
    negative = places < 0
    magnitude = torch.where(negative, -places - 1, places)
    if form.integer == torch.uint8:
        return (magnitude + negative * 0x80).to(torch.uint8).view(dtype)
    # The sign bit of a two's complement integer: adding the most negative one sets it.
    lowest = -form.magnitude_mask - 1
    return torch.where(negative, magnitude + lowest, magnitude).to(form.integer).view(dtype)


def shift(tensor: Tensor, steps: Tensor | int) -> Tensor:
    """The values `steps` places up (or down, where negative), stopping at the ends of the lattice.

    Raises
    ------
    InvalidArgument
        If the dtype is not in `FORMATS` or an element is NaN.

    Examples
    --------
    >>> shift(torch.tensor([1.0, -0.0, float("inf")]), 1).tolist()
    [1.0000001192092896, 0.0, inf]
    """
    form = format_of(tensor.dtype)
    places = rank(tensor)
    moves = torch.as_tensor(steps, dtype=torch.int64)
    # int64 wraps, and float64's ranks nearly fill it: a sum on the wrong side has passed the end.
    moved = places + moves
    moved = torch.where((moves > 0) & (moved < places), form.top, moved)
    moved = torch.where((moves < 0) & (moved > places), form.bottom, moved)
    return from_rank(moved.clamp(form.bottom, form.top), tensor.dtype)


def ulp_distance(left: Tensor, right: Tensor) -> Tensor:
    """Representable steps between `left` and `right`, element by element: int64, broadcast shape.

    Zero where the values are equal (-0.0 and 0.0 are, and NaN is taken to equal NaN), `UNORDERED` where one
    is NaN and the other is not, and `FAR` where float64 values are too far apart for int64.  An infinity is
    one step beyond the largest finite value, as in the order.

    Raises
    ------
    InvalidArgument
        If the dtypes differ or are not in `FORMATS`.

    Examples
    --------
    >>> ulp_distance(torch.tensor([1.0, -0.0, 1e-45]), torch.tensor([1.0000001, 0.0, -1e-45])).tolist()
    [1, 0, 2]
    """
    if left.dtype != right.dtype:
        raise InvalidArgument(f"ULP distance needs one dtype, got {left.dtype} and {right.dtype}")
    form = format_of(left.dtype)
    (left_size, left_negative), (right_size, right_negative) = _magnitudes(left), _magnitudes(right)
    # Steps from zero, signed; both zeros are at 0.  Sums of two float64 magnitudes can pass int64's end.
    apart = (left_size - right_size).abs()
    across = left_size + right_size
    across = torch.where(across < 0, FAR, across).clamp(max=FAR)
    distance = torch.where(left_negative == right_negative, apart, across)
    left_nan, right_nan = left_size > form.top, right_size > form.top
    distance = torch.where(left_nan | right_nan, UNORDERED, distance)
    return torch.where(left_nan & right_nan, 0, distance)
