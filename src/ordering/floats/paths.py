"""Evaluating a kernel purely on one code path: torch's vectorised code, or its scalar code.

In a contiguous call torch runs vector code over full blocks and scalar code over the remainder; over strided
tensors it runs scalar code throughout.  For several activations the two round differently.  So a vector path
gets contiguous tensors whose size is a multiple of every block, and a scalar path gets strided ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ordering.errors import KernelError

BLOCK: Final = 256
"""A multiple of every vector block that torch's CPU kernels use (two AVX-512 registers of int8 are 128)."""


def vector(kernel: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """The kernel's vectorised code: `values` is contiguous, its size a multiple of `BLOCK`."""
    return _checked(kernel, values)


def scalar(kernel: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """The kernel's scalar code, in every operator it is composed of."""
    with _Strided():  # type: ignore[no-untyped-call]  # torch leaves the mode's methods untyped
        return _checked(kernel, _strided(values)).contiguous()


def _checked(kernel: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    try:
        result = kernel(values)
    except Exception as error:  # a user's kernel may raise anything
        raise KernelError(
            f"the kernel raised {type(error).__name__} on a {_name(values.dtype)} tensor: {error}"
        ) from error
    if not isinstance(result, Tensor):
        raise KernelError(f"the kernel returned a {type(result).__name__}, not a Tensor")
    if result.shape != values.shape:
        raise KernelError(
            f"the kernel is not pointwise: shape {tuple(values.shape)} became {tuple(result.shape)}"
        )
    if result.dtype != values.dtype:
        raise KernelError(f"the kernel turned {_name(values.dtype)} into {_name(result.dtype)}")
    return result


def _strided(values: Tensor) -> Tensor:
    """A copy of a tensor in which neighbours lie two elements apart."""
    spread = torch.empty((*values.shape, 2), dtype=values.dtype)[..., 0]
    return spread.copy_(values)


class _Strided(TorchDispatchMode):  # type: ignore[no-untyped-call]  # see `scalar`
    """Lays the result of every operator out with a stride, so that the next one runs scalar code too."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        # An operator that returned one of its inputs worked in place or made a view: leave its layout alone.
        if not isinstance(result, Tensor) or func.is_view or any(result is given for given in args):
            return result
        return _strided(result) if result.dim() and result.is_contiguous() else result


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
