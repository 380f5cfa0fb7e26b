"""Overflow: finite inputs whose results are not, and the inputs on which none is to be expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import torch
from sympy import Rational
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ordering.activation import Activation
from ordering.evidence import Counterexample


def overflows(found: Counterexample) -> bool:
    """Whether a counterexample rests on a step that turned finite numbers into an infinity or NaN."""
    results = (found.activation_first, found.pooling_first, *(result for _, result in found.steps))
    return _finite((found.input,)) and not _finite(results)


def moderate(activation: Activation, dtype: torch.dtype) -> Activation:
    """The activation, claimed only where neither sums nor squares leave the dtype's range."""
    limit = math.sqrt(torch.finfo(dtype).max)
    return within(activation, -limit, limit)


def within(activation: Activation, low: float, high: float) -> Activation:
    """The activation, claimed between two values alone; as it is where it is claimed on none of these."""
    lowest = Rational(low) if activation.low is None else max(activation.low, Rational(low))
    highest = Rational(high) if activation.high is None else min(activation.high, Rational(high))
    return activation if lowest >= highest else replace(activation, low=lowest, high=highest)


def overflows_on_the_way(kernel: Callable[[Tensor], Tensor], given: Tensor) -> bool:
    """Whether a torch function that the kernel calls turns finite numbers into an infinity.

    NaN alone is no overflow: a logarithm of -1 has no value at all.  What happens inside of a single torch
    function is not seen.
    """
    with torch.no_grad(), _Watch() as watch:
        result = kernel(given.clone())
    return watch.seen or (_finite((given,)) and bool(result.isinf().any()))


class _Watch(TorchFunctionMode):
    """Notes whether a call overflows."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        given = [each for each in (*args, *(kwargs or {}).values()) if isinstance(each, Tensor)]
        if isinstance(result, Tensor) and result.is_floating_point():
            self.seen |= _finite(given) and bool(result.isinf().any())
        return result


def _finite(tensors: Iterable[Tensor]) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in tensors)
