"""One small window in both orders on the kernels: an example of what a verdict speaks of."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import InvalidArgument, KernelError
from ordering.examination import evaluate
from ordering.pooling import Pooling


@dataclass(frozen=True)
class Example:
    """An input of one window and the results of the two orders' steps, by name: `"x"`, `"P(f(x))"`, ..."""

    dtype: str
    results: dict[str, Tensor]


def example(activation: Activation, pooling: Pooling, dtype: str) -> Example | None:
    """Both orders on a window of two numbers; None where the pooling's windows cannot be placed."""
    low = None if activation.low is None else float(activation.low)
    high = None if activation.high is None else float(activation.high)
    values = [-1.0, 2.0]
    if low is not None and high is not None:
        values = [low + (high - low) / 4, low + (high - low) / 2]
    elif low is not None and low >= -1:
        values = [low + 1, low + 2]
    elif high is not None and high <= 2:
        values = [high - 2, high - 1]
    try:
        spatial, arguments = pooling.one_window(2)
        x = torch.tensor(values, dtype=getattr(torch, dtype)).reshape(1, 1, *spatial)
        activated = evaluate(activation.kernel, x)
        pooled = pooling.kernel(x, **arguments)
        left, right = pooling.kernel(activated, **arguments), evaluate(activation.kernel, pooled)
    except (InvalidArgument, KernelError):
        return None
    if left.shape != right.shape or left.numel() != 1:
        return None
    return Example(dtype, {"x": x, "f(x)": activated, "P(x)": pooled, "P(f(x))": left, "f(P(x))": right})
