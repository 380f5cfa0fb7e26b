"""The poolings that ship, one declarative entry each, by torch.nn.functional's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch.nn.functional as F

from ordering.pooling import Kind, Pooling
from ordering.registry import Registry

poolings: Final = Registry("pooling", Pooling)

SLIDING: Final = frozenset({"kernel_size", "stride", "padding", "ceil_mode"})


def _average_kind(arguments: Mapping[str, Any]) -> Kind:
    """Counted padding and `divisor_override` make weights that do not sum to one (torch's AvgPool docs)."""
    padding = arguments.get("padding", 0)
    padded = any(padding) if isinstance(padding, tuple) else bool(padding)
    counted = padded and arguments.get("count_include_pad", True)
    overridden = arguments.get("divisor_override") is not None
    return Kind.LINEAR if counted or overridden else Kind.MEAN


max_pool2d = poolings.register(
    Pooling(
        "max_pool2d",
        kernel=F.max_pool2d,
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        arguments=SLIDING | {"dilation"},
        formula="the largest value of each window; padding never wins",
    ),
    aliases=("max",),
)
avg_pool2d = poolings.register(
    Pooling(
        "avg_pool2d",
        kernel=F.avg_pool2d,
        dimensions=2,
        kinds=(Kind.MEAN, Kind.LINEAR),
        arguments=SLIDING | {"count_include_pad", "divisor_override"},
        kind_of=_average_kind,
        formula="the mean of each window; counted padding is zero",
    ),
    aliases=("avg",),
)
