"""`PrintedKernel`: the kernel that a printed program defines; it is sent, kept and written out by its text."""

from __future__ import annotations

import builtins
import hashlib
import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import Tensor

_GLOBALS: Final = {"torch": torch, "__name__": "drawn", "__builtins__": builtins}
"""What a program sees; torch imports parts of itself by the builtins of who calls it."""


@dataclass(frozen=True)
class PrintedKernel:
    """`Tensor -> Tensor`, by the text of a function `f(x)` in which nothing but torch is used.

    The texts are those of `printer.program`: of terms and exact numbers, and of no user's text.  The function
    in it is found by Python's own compiler and by nothing that would run the text.
    """

    text: str
    function: Callable[[Tensor], Tensor] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "function", _defined(self.text))

    def __call__(self, x: Tensor) -> Tensor:
        """The kernel's result on x."""
        return self.function(x)

    def __reduce__(self) -> tuple[type[PrintedKernel], tuple[str]]:
        return PrintedKernel, (self.text,)


def _defined(text: str) -> FunctionType:
    """The function that the text defines, with a source that `inspect` and a traceback can show."""
    file = f"<drawn {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    code = compile(text, file, "exec")
    [body] = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return FunctionType(body, _GLOBALS, body.co_name)
