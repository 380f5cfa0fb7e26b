"""One explicit input in the place of a drawn one: for `@example`, and as a failure prints it to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from ordering.arguments import shown
from ordering.errors import InvalidArgument
from ordering.kernels.literals import expression, literal
from ordering.law import Case
from ordering.testing.shown import Shown

LONGEST: Final = 1_000
"""Characters up to which an input is worth to be kept in the text of a test."""


@dataclass(frozen=True, repr=False)
class Explicit(Shown):
    """An input and the arguments of a pooling call, which every trial's `check_case` takes for a case."""

    input: Tensor
    arguments: Mapping[str, Any]

    def draw(self, strategy: object, label: object = None) -> Explicit:
        """Itself: so it stands for what `st.data()` gives, too, and `data.draw(trial.cases())` is this."""
        return self

    def __str__(self) -> str:
        return _text(self.input, self.arguments)


def explicit(input: Tensor, **arguments: Any) -> Explicit:
    """One input, and the arguments of the pooling call, for `@example`.

    It stands both for a drawn case and for `st.data()`:

        @given(case=trial.cases())                  @given(data=st.data())
        @example(case=explicit(x, kernel_size=2))   @example(data=explicit(x, kernel_size=2))

    A trial for which it lies outside the law passes over it.

    Raises
    ------
    InvalidArgument
        If the input is no tensor of floating-point numbers.
    """
    if not isinstance(input, torch.Tensor) or not input.is_floating_point():
        raise InvalidArgument(f"input must be a tensor of floating-point numbers, got {shown(input)}")
    return Explicit(input, arguments)


def told_to_keep(case: Case) -> str:
    """The decorator that keeps this case as an example; empty where it is too large to stand in a text."""
    values = [*case.arguments.values()]
    if any(literal(value) is None for value in values):
        return ""
    text = _text(case.input, case.arguments)
    return "" if len(text) > LONGEST else f"@example(data={text})"


def _text(input: Tensor, arguments: Mapping[str, Any]) -> str:
    gradient = ".requires_grad_()" if input.requires_grad else ""
    given = [f"{name}={literal(value) or repr(value)}" for name, value in arguments.items()]
    return f"explicit({', '.join([f'{expression(input)}{gradient}', *given])})"
