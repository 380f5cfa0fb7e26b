"""A module with weights as a kernel: it computes in the dtype of its input, whichever it was built in."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from torch import Tensor, nn

_EXCHANGING: Final = threading.RLock()
"""A module's tensors are exchanged for the time of a call: one thread at a time."""


@dataclass(frozen=True, eq=False, repr=False)
class ModuleKernel:
    """`module(x)` with its floating parameters and buffers in x's dtype, as `module.to(x.dtype)` has them.

    The module itself is neither copied nor converted: what is done to it later (`eval()`, training) is seen,
    and state that it keeps is kept in it.  Gradients flow to x; in a dtype that is not the module's own, none
    flow to its parameters.
    """

    module: nn.Module

    def __call__(self, x: Tensor) -> Tensor:
        """The module's result on x."""
        if x.dtype.is_floating_point:
            foreign = {name: own for name, own in _floating(self.module).items() if own.dtype != x.dtype}
            if foreign:
                return self._converted(x, foreign)
        result: Tensor = self.module(x)
        return result

    def _converted(self, x: Tensor, foreign: dict[str, Tensor]) -> Tensor:
        torch: Any = sys.modules["torch"]  # there is a tensor, so it is loaded; see `kernel_of`
        given = {name: own.detach().to(x.dtype) for name, own in foreign.items()}
        before = {name: (tensor, _writes(tensor)) for name, tensor in given.items()}
        with _EXCHANGING:
            result: Tensor = torch.func.functional_call(self.module, given, (x,))
            for name, (tensor, writes) in before.items():
                if given[name] is not tensor or _writes(tensor) != writes:
                    with torch.no_grad():
                        foreign[name].copy_(given[name])
        return result

    def __repr__(self) -> str:
        return repr(self.module)


def kernel_of(kernel: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The kernel itself, or a `ModuleKernel` if it is a module that holds floating-point tensors.

    torch is not imported for this: whoever has a module has imported it.
    """
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(kernel, torch.nn.Module) and _floating(kernel):
        return ModuleKernel(kernel)
    return kernel


def _floating(module: nn.Module) -> dict[str, Tensor]:
    named = chain(module.named_parameters(), module.named_buffers())
    return {name: tensor for name, tensor in named if tensor.dtype.is_floating_point}


def _writes(tensor: Tensor) -> int:
    """How often torch has written to the tensor; inference tensors do not count."""
    return 0 if tensor.is_inference() else tensor._version
