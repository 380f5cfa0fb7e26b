"""Where a pair of values is put so that `f` meets them on chosen code paths before and after the pooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from ordering.errors import InvalidArgument
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.windows import VECTOR_COPIES, window
from ordering.pooling import Kind, Pooling


def placements(
    pooling: Pooling, values: Sequence[float], dtype: torch.dtype
) -> Iterator[tuple[Tensor, Mapping[str, Any]]]:
    """Calls whose every window holds these values, one for each pair of code paths that can be had.

    Activation first, `f` runs on the input; pooling first, on the pooled result.  Either may be large and
    contiguous (vector code) or small or strided (scalar code).  A single window that is itself as long as a
    vector block repeats the last value, which only a selection does not notice.
    """
    yield window(pooling, values, dtype, path="scalar")
    many, arguments = window(pooling, values, dtype, path="vector")
    yield many, arguments
    yield lay_out(many, Layout.STRIDED), arguments
    if pooling.kinds[0] in (Kind.SELECT_MAX, Kind.SELECT_MIN):
        row = (*values, *[values[-1]] * (VECTOR_COPIES - len(values)))
        with suppress(InvalidArgument):  # a pooling of fixed windows has none that long
            one, arguments = window(pooling, row, dtype)
            yield one.contiguous(), arguments
