"""Two tensors compared element by element, with a grade: bitwise, equal value, ULP apart, different."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from ordering.evidence import Comparison, Grade
from ordering.lattice import UNORDERED, ulp_distance
from ordering.law import Relation

_BITS: Final = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def compare(
    left: Tensor, right: Tensor, relation: Relation = Relation.EQUAL, *, tolerance_ulp: int = 0
) -> Comparison:
    """Whether `left relation right` holds at every element, and how well the two agree.

    An element satisfies the relation if the values do (-0.0 equals 0.0, NaN equals NaN), or if both are
    finite and at most `tolerance_ulp` representable steps apart.  NaN against a number satisfies nothing, and
    neither does a difference in shape or dtype, for which `index` is `()`.

    The grade speaks of equality, whatever the relation: `left >= right` may hold with grade `DIFFERENT`.
    Integer and boolean tensors are compared exactly; their distance is the plain difference.

    Examples
    --------
    >>> compare(torch.tensor([1.0, 0.0]), torch.tensor([1.0, -0.0])).grade
    <Grade.EQUAL: 'equal value'>
    >>> compare(torch.tensor([2.0, 3.0]), torch.tensor([2.0, 2.5])).index
    (1,)
    """
    left, right = left.detach(), right.detach()
    if left.shape != right.shape or left.dtype != right.dtype:
        elements = max(left.numel(), right.numel())
        return Comparison(elements, elements, Grade.DIFFERENT, (), math.nan, None, worst_ulp=None)
    same_bits = _bits(left) == _bits(right)
    if bool(same_bits.all()):
        return Comparison(left.numel(), 0, Grade.BITWISE, None, 0.0, 0)

    left_nan, right_nan = torch.isnan(left), torch.isnan(right)
    equal = (left == right) | (left_nan & right_nan)
    finite = torch.isfinite(left) & torch.isfinite(right)
    distance = _distance(left, right)
    related = equal | (finite & (distance <= (tolerance_ulp if left.dtype.is_floating_point else 0)))
    if relation is not Relation.EQUAL:
        related |= left > right if relation is Relation.AT_LEAST else left < right
    failing = ~related

    differing = int((~(same_bits | (left_nan & right_nan))).sum())
    worst = int(distance.max())
    return Comparison(
        compared=left.numel(),
        differing=differing,
        grade=_grade(differing, equal, finite),
        index=_first(failing),
        gap=_largest_gap(left, right, failing),
        gap_ulp=_largest(distance[failing & (distance != UNORDERED)]) if bool(failing.any()) else 0,
        worst_ulp=None if worst == UNORDERED else worst,
    )


def _bits(tensor: Tensor) -> Tensor:
    """The elements as integers of their width, so that zeros of both signs are told apart."""
    return tensor.contiguous().view(_BITS[tensor.element_size()])


def _distance(left: Tensor, right: Tensor) -> Tensor:
    if left.dtype.is_floating_point:
        return ulp_distance(left, right)
    return (left.to(torch.int64) - right.to(torch.int64)).abs()


def _grade(differing: int, equal: Tensor, finite: Tensor) -> Grade:
    if bool((~equal & ~finite).any()):
        return Grade.DIFFERENT
    if not bool(equal.all()):
        return Grade.ULP
    return Grade.EQUAL if differing else Grade.BITWISE


def _first(mask: Tensor) -> tuple[int, ...] | None:
    """Index of the first True in row-major order."""
    places = mask.nonzero()
    return tuple(int(place) for place in places[0]) if len(places) else None


def _largest_gap(left: Tensor, right: Tensor, failing: Tensor) -> float:
    """Largest `|left - right|` where the relation fails, in float64; NaN where no failing pair has one."""
    if not bool(failing.any()):
        return 0.0
    gaps = (left[failing].to(torch.float64) - right[failing].to(torch.float64)).abs()
    defined = gaps[~gaps.isnan()]
    return float(defined.max()) if defined.numel() else math.nan


def _largest(distances: Tensor) -> int | None:
    return int(distances.max()) if distances.numel() else None
