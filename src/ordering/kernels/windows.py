"""The smallest call whose single window holds given values, and the replay of explicit inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.catalogue import activations, laws, poolings
from ordering.errors import InvalidArgument
from ordering.evidence import Counterexample, Shape
from ordering.kernels.checking import violates
from ordering.kernels.counterexample import describe
from ordering.kernels.layout import Layout, lay_out
from ordering.law import Case, Law
from ordering.pooling import Pooling

Path: TypeAlias = Literal["scalar", "vector"]
PATHS: Final[tuple[Path, ...]] = get_args(Path)
VECTOR_COPIES: Final = 64
"""Copies of a window that fill at least one vector block of every dtype (AVX-512: 32 float32 values)."""
LEAST_BLOCK: Final = 8
"""Fewer elements than this never fill a vector block: AVX2 holds eight float32 values."""


def window(
    pooling: Pooling | str,
    values: Sequence[float],
    dtype: torch.dtype = torch.float32,
    *,
    path: Path = "scalar",
) -> tuple[Tensor, Mapping[str, Any]]:
    """Input and arguments of a call to `pooling` whose windows hold exactly `values`, in this order.

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
    operator = poolings.resolve(pooling)
    if not len(values):
        raise InvalidArgument("a window needs at least one value")
    if path not in PATHS:
        raise InvalidArgument(f"path must be 'scalar' or 'vector', got {path!r}")
    spatial, arguments = operator.one_window(len(values))
    row = torch.tensor([float(value) for value in values], dtype=torch.float64).to(dtype).reshape(spatial)
    if path == "vector":
        return row.expand(1, VECTOR_COPIES, *spatial).contiguous(), arguments
    layout = Layout.CONTIGUOUS if len(values) < LEAST_BLOCK else Layout.STRIDED
    return lay_out(row.reshape(1, 1, *spatial), layout), arguments


def replay(
    activation: Activation | str,
    pooling: Pooling | str,
    law: Law | str,
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
    claim = laws.resolve(law)
    case = Case(activations.resolve(activation), poolings.resolve(pooling), input, arguments, shape)
    return describe(claim, case, tolerance_ulp) if violates(claim, case, tolerance_ulp) else None
