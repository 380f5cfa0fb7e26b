"""A witness of one world, put on the real operators."""

from __future__ import annotations

import torch

from ordering.activation import Activation
from ordering.errors import InvalidArgument
from ordering.evidence import Counterexample, Shape
from ordering.examination import evaluate
from ordering.kernels import placements, replay
from ordering.law import Law
from ordering.pooling import Pooling
from ordering.verdict.records import Replay
from ordering.verdict.settings import name_of


def put(
    activation: Activation,
    pooling: Pooling,
    law: Law,
    values: tuple[float, float],
    dtype: torch.dtype,
    source: str,
    *,
    shape: Shape,
) -> Replay | None:
    """Whether the values break the law in a placement, on each pair of code paths; the largest gap is kept.

    None where the pooling's windows cannot be placed.

    Raises
    ------
    KernelError
        If a kernel raises on these values.
    """
    best: Counterexample | None = None
    shown = False
    try:
        for given, arguments in placements(pooling, values, dtype):
            shown |= _falls_on(activation, given)
            seen = replay(activation, pooling, law, given, arguments, shape=shape)
            if seen is not None and (best is None or (seen.gap_ulp or 0) > (best.gap_ulp or 0)):
                best = seen
    except InvalidArgument:
        return None
    return Replay(source, name_of(dtype), values, best, shown)


def _falls_on(activation: Activation, given: torch.Tensor) -> bool:
    """Whether the kernel's results on the tensor, in order of its values, fall."""
    flat = evaluate(activation.kernel, given).flatten()[given.flatten().argsort()]
    return bool((flat[:-1] > flat[1:]).any())
