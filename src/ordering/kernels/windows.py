"""The smallest call whose single window holds given values, and the replay of explicit inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

import torch
from torch import Tensor

from ordering.arguments import choice, real, several
from ordering.evidence import Counterexample, Shape
from ordering.kernels.checking import violates
from ordering.kernels.counterexample import describe
from ordering.kernels.layout import Layout, lay_out
from ordering.lattice import format_of
from ordering.law import Case
from ordering.loading import (
    ActivationLike,
    LawLike,
    PoolingLike,
    load_activation,
    load_law,
    load_pooling,
)

Path: TypeAlias = Literal["scalar", "vector"]
PATHS: Final[tuple[Path, ...]] = get_args(Path)
VECTOR_COPIES: Final = 64
"""Copies of a window that fill at least one vector block of every dtype (AVX-512: 32 float32 values)."""
LEAST_BLOCK: Final = 8
"""Fewer elements than this never fill a vector block: AVX2 holds eight float32 values."""


def window(
    pooling: PoolingLike,
    values: Sequence[float],
    dtype: torch.dtype | str = torch.float32,
    *,
    path: Path = "scalar",
) -> tuple[Tensor, Mapping[str, Any]]:
    """Input and arguments of a call to `pooling` whose windows hold exactly `values`, in this order.

    A pooling of fixed windows that are larger has each value in a window equally often, or the last one more
    often where it selects.

    With `path="scalar"` there is one window: too small for torch's vector code, or strided, which never takes
    it.  With `path="vector"` the window is repeated over 64 channels of a contiguous
    tensor, so that all of it goes through the vector code.

    Raises
    ------
    InvalidArgument
        If there are no values, or the pooling's windows cannot be placed like this.

    Examples
    --------
    >>> given, arguments = window("max_pool2d", [-2.0, -1.0])
    >>> given.tolist(), dict(arguments)
    ([[[[-2.0, -1.0]]]], {'kernel_size': (1, 2)})
    """
    operator, form = load_pooling(pooling), format_of(dtype)
    given = [float(real("a window's value", value)) for value in several("values", values)]
    choice("path", path, PATHS)
    spatial, arguments = operator.one_window(len(given))
    full = _repeated(given, math.prod(spatial))
    row = torch.tensor(full, dtype=torch.float64).to(form.dtype).reshape(spatial)
    if path == "vector":
        return row.expand(1, VECTOR_COPIES, *spatial).contiguous(), arguments
    layout = Layout.CONTIGUOUS if len(full) < LEAST_BLOCK else Layout.STRIDED
    return lay_out(row.reshape(1, 1, *spatial), layout), arguments


def _repeated(values: Sequence[float], count: int) -> list[float]:
    """The values in a window of that many: each as often as the others, and the last for what is left."""
    often = count // len(values)
    listed = [value for value in values for _ in range(often)]
    return listed + [values[-1]] * (count - len(listed))


def replay(
    activation: ActivationLike,
    pooling: PoolingLike,
    law: LawLike,
    input: Tensor,
    arguments: Mapping[str, Any],
    *,
    tolerance_ulp: int = 0,
    shape: Shape | None = None,
) -> Counterexample | None:
    """Whether a law breaks on one explicit input; nothing is drawn and nothing is shrunk.

    Raises
    ------
    KernelError
        If a kernel raises on this input.
    """
    claim = load_law(law)
    case = Case(load_activation(activation), load_pooling(pooling), input, arguments, shape)
    return describe(claim, case, tolerance_ulp) if violates(claim, case, tolerance_ulp) else None
