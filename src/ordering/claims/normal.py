"""Both orders on standard normal windows: shares of zeros, of elements without gradient, and mean gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.examination import evaluate
from ordering.law import Case
from ordering.pooling import Pooling
from ordering.running.threads import one_thread

SEED: Final = 7
SIGMAS: Final = 5.0
"""Standard errors beyond which a difference is no accident: one in 1.7 million."""


@dataclass(frozen=True)
class Zeros:
    """How many outputs are 0, of so many windows."""

    windows: int
    first: int
    """Activation first."""
    second: int
    """Pooling first."""
    only_first: int
    only_second: int

    @property
    def direction(self) -> int:
        """1 where activation first has fewer zeros, -1 where it has more, 0 where they cannot be told apart.

        Windows on which only one order is 0 decide (McNemar's test).
        """
        apart = self.only_second - self.only_first
        if abs(apart) <= SIGMAS * math.sqrt(self.only_first + self.only_second):
            return 0
        return 1 if apart > 0 else -1

    def near(self, first: float, second: float) -> bool:
        """Whether the shares are those that are expected, to within `SIGMAS` standard errors."""
        return all(
            abs(found / self.windows - share) <= SIGMAS * math.sqrt(share * (1 - share) / self.windows)
            for found, share in ((self.first, first), (self.second, second))
        )


@dataclass(frozen=True)
class Flat:
    """Shares of input elements whose gradient is exactly 0, in both orders."""

    first: float
    second: float


@lru_cache(maxsize=4)
def sample(side: int, windows: int) -> Tensor:
    """`(1, 1, side * rows, side * columns)`: independent standard normal elements, `windows` windows."""
    rows = max(1, math.isqrt(windows))
    columns = windows // rows
    generator = torch.Generator().manual_seed(SEED)
    return torch.randn(1, 1, side * rows, side * columns, generator=generator)


def _orders(activation: Activation, pooling: Pooling, given: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Both orders, in windows of side x side.

    Raises
    ------
    KernelError
        If a kernel raises or returns something else than a tensor of the same kind.
    """
    case = Case(activation, pooling, given, {"kernel_size": side})
    return case.pool(evaluate(activation.kernel, given)), evaluate(activation.kernel, case.pool(given))


def zeros(activation: Activation, pooling: Pooling, side: int = 2, windows: int = 2**16) -> Zeros:
    """Zeros of both orders on normal windows; `KernelError` where the kernels cannot be run."""
    with one_thread(), torch.no_grad():
        first, second = (order == 0 for order in _orders(activation, pooling, sample(side, windows), side))
    return Zeros(
        windows=first.numel(),
        first=int(first.sum()),
        second=int(second.sum()),
        only_first=int((first & ~second).sum()),
        only_second=int((second & ~first).sum()),
    )


def flat(activation: Activation, pooling: Pooling, side: int = 2, windows: int = 2**14) -> Flat:
    """Shares of normal elements that get no gradient from the sum of the outputs.

    Raises
    ------
    KernelError
        If the kernels cannot be run or record no gradient.
    """
    with one_thread(), torch.enable_grad():
        shares = []
        for order in (0, 1):
            leaf = sample(side, windows).clone().requires_grad_()
            output = _orders(activation, pooling, leaf, side)[order]
            if not output.requires_grad:
                raise KernelError(f"{activation}: the kernel records no gradient")
            (gradient,) = torch.autograd.grad(output.sum(), leaf)
            shares.append(float((gradient == 0).double().mean()))
    return Flat(*shares)


def mean_gap(activation: Activation, pooling: Pooling, side: int = 2, windows: int = 2**16) -> float:
    """The mean of `|P(f(x)) - f(P(x))|` on normal windows."""
    with one_thread(), torch.no_grad():
        first, second = _orders(activation, pooling, sample(side, windows), side)
    return float((first.double() - second.double()).abs().mean())
