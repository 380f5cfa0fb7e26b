"""One call of a kernel: its result, or in words why it has none that an activation could have."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import torch
from torch import Tensor, nn

from ordering.errors import KernelError
from ordering.modules import ModuleKernel

Kernel: TypeAlias = Callable[[Tensor], Tensor]

LONGEST_TITLE: Final = 60
"""Characters of a module's text that still fit into a sentence; of a longer one the class is named."""
LONGEST_ERROR: Final = 200
"""Characters of the first line of what a kernel raised; the error itself is the cause of ours."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a kernel: `title` is or does `head`, as `tail` shows or helps."""

    title: str
    head: str
    tail: str = ""
    error: BaseException | None = None
    """What the kernel raised."""

    def sentence(self, where: str = "", advice: str = "") -> str:
        """One sentence; `where` is said of the head."""
        parts = (f"{self.title} {self.head}{where}", "; ".join(filter(None, (self.tail, advice))))
        return ": ".join(filter(None, parts))


def evaluate(kernel: Kernel, x: Tensor) -> Tensor:
    """The kernel's result, which has the shape, the dtype and the device of x.

    Raises
    ------
    KernelError
        If the kernel raises (whatever but `KeyboardInterrupt`), or returns anything else.
    """
    result = attempt(kernel, x)
    if isinstance(result, Fault):
        raise KernelError(result.sentence()) from result.error
    return result


def attempt(kernel: Kernel, x: Tensor) -> Tensor | Fault:
    """As `evaluate`, with what is wrong in place of an error."""
    try:
        result = kernel(x)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a user's kernel may raise anything, SystemExit included
        return _of_error(kernel, x, error)
    if (
        isinstance(result, Tensor)
        and result.shape == x.shape
        and result.dtype == x.dtype
        and result.device == x.device
        and result.layout == x.layout
    ):
        return result
    return _of_result(kernel, x, result)


def module_of(kernel: Kernel) -> nn.Module | None:
    """The module that the kernel is, or whose method it is."""
    if isinstance(kernel, ModuleKernel):
        return kernel.module
    owner = getattr(kernel, "__self__", None)
    return next((each for each in (kernel, owner) if isinstance(each, nn.Module)), None)


def title_of(kernel: Kernel) -> str:
    """What the kernel is called in a sentence: a module by its text, anything else `the kernel`."""
    if isinstance(kernel, type):
        return f"the kernel {kernel.__name__}"
    module = module_of(kernel)
    if module is None:
        return "the kernel"
    text = repr(module)
    return text if len(text) <= LONGEST_TITLE and "\n" not in text else type(module).__name__


def name_of(dtype: torch.dtype) -> str:
    """`float16`."""
    return str(dtype).removeprefix("torch.")


def _of_error(kernel: Kernel, x: Tensor, error: BaseException) -> Fault:
    title = title_of(kernel)
    if isinstance(kernel, type):
        return _of_class(kernel, error)
    if isinstance(error, SystemExit):
        return Fault(title, "calls sys.exit", "a kernel has to return a tensor", error)
    if isinstance(error, TypeError) and (missing := _unbound(kernel, error)):
        tail = f"{missing}; fix the others first, for example with functools.partial"
        return Fault(title, "cannot be called with one tensor", tail, error)
    head = f"raised {type(error).__name__} on a {name_of(x.dtype)} tensor of shape {tuple(x.shape)}"
    lines = str(error).strip().splitlines() or [""]
    return Fault(title, head, textwrap.shorten(lines[0], LONGEST_ERROR, placeholder=" ..."), error)


def _of_class(kernel: type, error: BaseException | None = None) -> Fault:
    return Fault(title_of(kernel), "is a class", f"give an object of it, such as {kernel.__name__}()", error)


def _unbound(kernel: Kernel, error: TypeError) -> str:
    """Why the kernel's signature does not take one positional argument; empty if it does."""
    module = module_of(kernel)
    try:
        inspect.signature(kernel if module is None else module.forward).bind(None)
    except TypeError as reason:
        return str(reason)
    except ValueError:  # functions of torch have no signature that Python knows; their errors tell
        text = str(error).partition("\n")[0].removesuffix(", but expected one of:")
        known = ("required positional argument", "invalid combination of arguments")
        return text if any(words in text for words in known) else ""
    return ""


def _of_result(kernel: Kernel, x: Tensor, result: object) -> Fault:
    title = title_of(kernel)
    if isinstance(kernel, type):
        return _of_class(kernel)
    if not isinstance(result, Tensor):
        count = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
        return Fault(title, f"returned a {type(result).__name__}{count}, not a tensor")
    if result.shape != x.shape:
        return Fault(
            title, "is not pointwise", f"it turned shape {tuple(x.shape)} into {tuple(result.shape)}"
        )
    if result.dtype != x.dtype:
        return Fault(title, f"turned {name_of(x.dtype)} into {name_of(result.dtype)}")
    if result.device != x.device:
        return Fault(title, f"moved a tensor from {x.device} to {result.device}")
    return Fault(title, f"returned a tensor with the layout {result.layout}, not {x.layout}")
