"""What is worth trying before anything is drawn: hinted windows, windows seen to break, bare padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import InvalidArgument
from ordering.evidence import Shape
from ordering.kernels import values
from ordering.kernels.asking import Hint
from ordering.kernels.course import breaches
from ordering.kernels.windows import PATHS, window
from ordering.law import ALWAYS, Case
from ordering.pooling import Pooling


@dataclass(frozen=True)
class Prospects:
    """For one activation and pooling in one dtype."""

    activation: Activation
    pooling: Pooling
    dtype: torch.dtype
    needs: tuple[str, ...]
    """The properties of the activation that the law rests on."""
    selects: bool
    """Whether windows may be reduced by selecting an element, where falls matter to every law."""
    hints: tuple[Hint, ...]
    shape: Shape | None
    seed: int

    @cached_property
    def windows(self) -> tuple[Sequence[float], ...]:
        """Hints that are whole windows, and those in which the kernel is seen to lack what the law needs."""
        needed = dict.fromkeys((*self.needs, "nondecreasing") if self.selects else self.needs)
        hinted = (tuple(hint) for hint in self.hints if isinstance(hint, Sequence))
        seen = (breaches(name, self.activation, self.dtype, self.seed) for name in needed if name != ALWAYS)
        return tuple(dict.fromkeys((*hinted, *chain.from_iterable(seen))))

    @cached_property
    def pool(self) -> tuple[float, ...]:
        """The values to draw from, those of the windows among the first."""
        single = (hint for hint in self.hints if not isinstance(hint, Sequence))
        return values.pool(self.activation, self.dtype, [*single, *chain.from_iterable(self.windows)])

    @cached_property
    def placed(self) -> Mapping[Sequence[float], Sequence[tuple[Tensor, Mapping[str, Any]]]]:
        """For each window the calls that hold its values and no others, on both code paths.

        Not every pooling can place every window: then there are none.
        """
        calls: dict[Sequence[float], list[tuple[Tensor, Mapping[str, Any]]]] = {}
        for row in self.windows:
            calls[row] = []
            with suppress(InvalidArgument):
                calls[row] = [window(self.pooling, row, self.dtype, path=path) for path in PATHS]
        return calls

    @property
    def unplaced(self) -> list[Sequence[float]]:
        """Windows whose values are to be looked for in the calls that the pooling's geometry draws."""
        limits = values.interval(self.activation)
        return [
            row
            for row, calls in self.placed.items()
            if row and not calls and all(values.claims(limits, value) for value in row)
        ]

    def cases(self) -> list[Case]:
        """One case on each code path for every window that can be placed, and those of `padded`."""
        calls = (*chain.from_iterable(self.placed.values()), *self.padded())
        return [Case(self.activation, self.pooling, *call, self.shape) for call in calls]

    def padded(self) -> list[tuple[Tensor, Mapping[str, Any]]]:
        """Inputs of one value throughout, in windows that hang over the border.

        With -inf, or the lowest value there is, only the padding can be wrong; drawn inputs are seldom so
        bare.
        """
        dimensions = self.pooling.dimensions
        if not {"kernel_size", "padding"} <= self.pooling.arguments:
            return []
        arguments = {"kernel_size": (2,) * dimensions, "padding": (1,) * dimensions}
        lowest = torch.finfo(self.dtype).min
        inputs = (torch.full((1, 1, *(2,) * dimensions), v, dtype=self.dtype) for v in (-torch.inf, lowest))
        return [(given, arguments) for given in inputs]
