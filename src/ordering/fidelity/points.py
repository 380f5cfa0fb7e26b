"""Where expression and kernel are compared: the points that matter to one of them, and some of all sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import torch
from flint import fmpq
from sympy import Expr
from torch import Tensor

from ordering.activation import Activation
from ordering.lattice import FORMATS, from_rank, shift
from ordering.reals import breakpoints

SPREAD: Final = 1500
"""Seeded points over the exponent range, of each sign."""
CENTRAL: Final = 1500
"""Seeded points in [-8, 8], where activations have their features."""
DENSE: Final = 2**16
"""Points in [-8, 8] at which only a quick look is taken."""


def points(entry: Activation, expression: Expr, dtype: torch.dtype, seed: int) -> set[float]:
    """Inputs in the entry's domain, one zero for both.

    Zero, breakpoints of the expression and their float neighbours, subnormal, tiny, huge and extreme values,
    small integers and halves, and seeded points in [-8, 8] and over the whole exponent range.
    """
    info = torch.finfo(dtype)
    special = [0.0, info.smallest_normal, info.tiny * info.eps, info.eps, info.max, info.max / 4, 1.0]
    special += [n / 2 for n in range(1, 33)]
    corners = [float(q.p) / float(q.q) for q in breakpoints(expression, entry.low, entry.high)]
    near = torch.tensor([*special, *(-s for s in special), *corners], dtype=dtype)
    around = [shift(near, steps) for steps in (-2, -1, 0, 1, 2)]
    generator = torch.Generator().manual_seed(seed)
    central = (torch.rand(CENTRAL, generator=generator, dtype=torch.float64) * 16 - 8).to(dtype)
    low, high = math.log2(info.tiny), math.log2(info.max)
    exponents = torch.rand(2 * SPREAD, generator=generator, dtype=torch.float64) * (high - low) + low
    spread = torch.exp2(exponents).to(dtype)
    spread[::2] *= -1
    # Half of them where functions still vary: magnitudes from 2**-20 to 2**10.
    middle = torch.exp2(torch.rand(SPREAD, generator=generator, dtype=torch.float64) * 30 - 20).to(dtype)
    middle[::2] *= -1
    found = torch.cat([*around, central, spread, middle]).to(torch.float64)
    return inside(entry, found[found.isfinite()].tolist())


@lru_cache(maxsize=8)
def many(dtype: torch.dtype, seed: int) -> Tensor:
    """Every value that a 16-bit dtype has (the dtype's own, if it is one), and `DENSE` in [-8, 8]."""
    halves = [dtype] if FORMATS[dtype].bits == 16 else [torch.float16, torch.bfloat16]
    values = [
        from_rank(torch.arange(FORMATS[half].bottom + 1, FORMATS[half].top), half).to(dtype)
        for half in halves
    ]
    generator = torch.Generator().manual_seed(seed)
    values.append((torch.rand(DENSE, generator=generator, dtype=torch.float64) * 16 - 8).to(dtype))
    return torch.cat(values)


def ordered(values: set[float]) -> list[float]:
    """By increasing magnitude, each once, and both zeros."""
    zeros = [-0.0, 0.0] if 0.0 in values else []  # a set has but one of them
    return zeros + sorted(values - {0.0}, key=lambda value: (abs(value), value))


def inside(entry: Activation, values: list[float]) -> set[float]:
    """Those in the entry's open domain."""
    low, high = _end(entry.low), _end(entry.high)

    def holds(value: float) -> bool:
        if low is None and high is None:
            return True
        exact = fmpq(*value.as_integer_ratio())
        return (low is None or exact > low) and (high is None or exact < high)

    return {value for value in values if holds(value)}


def _end(number: Expr | None) -> fmpq | None:
    if number is None or not number.is_finite:
        return None
    ratio = (int(number.p), int(number.q)) if number.is_Rational else float(number).as_integer_ratio()
    return fmpq(*ratio)


def neighbours(xs: list[float], dtype: torch.dtype) -> Iterator[tuple[float, float]]:
    """The float values just below and just above each point."""
    tensor = torch.tensor(xs, dtype=dtype)
    largest = torch.finfo(dtype).max
    below = shift(tensor, -1).to(torch.float64).clamp(-largest, largest)
    above = shift(tensor, 1).to(torch.float64).clamp(-largest, largest)
    return zip(below.tolist(), above.tolist(), strict=True)
