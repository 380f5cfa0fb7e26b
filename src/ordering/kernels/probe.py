"""Whether a kernel can be examined at all: same shape and dtype, pointwise, and not random."""

from __future__ import annotations

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import InvalidArgument, KernelError, NotApplicable
from ordering.pooling import Pooling

_PROBE = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 0.1, -0.1, 7.0, -7.0, 0.25, -0.75, 1.5)


def check_kernel(activation: Activation, dtype: torch.dtype) -> None:
    """Run the kernel on small probes.

    Pointwise means that an element's result does not change with the other elements.  The elements that are
    kept stay where they are, so that both calls take the same code path and must agree bit for bit; what
    depends on the position is for the law `position_invariance`.

    Raises
    ------
    KernelError
        If the kernel raises, changes the shape or the dtype, is random, writes to its input, or is not
        pointwise.
    """
    probe = torch.tensor(_PROBE, dtype=torch.float64).to(dtype).reshape(2, 2, 2, 2)
    first = _run(activation, probe)
    if not _same(first, _run(activation, probe)):
        raise KernelError(
            f"{activation}: two calls on the same input differ; a random kernel cannot be examined"
        )
    for axis in range(probe.dim()):
        for kept in range(probe.shape[axis]):
            others = probe * -1.5 + 0.375
            changed = others.index_copy(axis, torch.tensor([kept]), probe.select(axis, kept).unsqueeze(axis))
            if not _same(first.select(axis, kept), _run(activation, changed).select(axis, kept)):
                raise KernelError(
                    f"{activation}: an element's result changes with the other elements along axis {axis}; "
                    f"only pointwise kernels can be examined"
                )


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


def _run(activation: Activation, probe: Tensor) -> Tensor:
    given = probe.clone()
    try:
        with torch.no_grad():
            result = activation.kernel(given)
    except Exception as error:
        raise KernelError(
            f"{activation}: the kernel raised {type(error).__name__} on a {probe.dtype} tensor: {error}"
        ) from error
    if not isinstance(result, Tensor):
        raise KernelError(f"{activation}: the kernel returned {type(result).__name__}, not a tensor")
    if result.shape != probe.shape or result.dtype != probe.dtype:
        raise KernelError(
            f"{activation}: the kernel turned {probe.dtype} of shape {tuple(probe.shape)} into "
            f"{result.dtype} of shape {tuple(result.shape)}; an activation keeps both"
        )
    if not _same(given, probe):
        raise KernelError(f"{activation}: the kernel writes to its input; use the out-of-place form")
    return result


def _same(left: Tensor, right: Tensor) -> bool:
    """Equal values, NaN being equal to NaN."""
    return bool(((left == right) | (left.isnan() & right.isnan())).all())
