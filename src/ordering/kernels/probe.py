"""Whether torch implements a pooling for a dtype at all."""

from __future__ import annotations

import torch

from ordering.errors import InvalidArgument, NotApplicable
from ordering.pooling import Pooling


def check_pooling(pooling: Pooling, dtype: torch.dtype) -> None:
    """Run the pooling on one window, where it can be placed.

    Raises
    ------
    NotApplicable
        If torch does not implement the operator for this dtype.
    """
    try:
        spatial, arguments = pooling.one_window(1)
    except InvalidArgument:
        return
    try:
        pooling.kernel(torch.zeros((1, 1, *spatial), dtype=dtype), **arguments)
    except (NotImplementedError, RuntimeError) as error:
        if "not implemented for" in str(error):
            raise NotApplicable(f"torch does not implement {pooling} for {dtype}: {error}") from error
