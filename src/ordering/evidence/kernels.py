"""What the kernels say: comparisons, counterexamples, survival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ordering.evidence.symbolic import Symbolic

if TYPE_CHECKING:
    from torch import Tensor


class Grade(Enum):
    """How well two tensors agree, best first."""

    BITWISE = "bitwise"
    EQUAL = "equal value"
    """Equal but for the sign of a zero."""
    ULP = "ulp"
    """Different by a finite number of representable steps."""
    DIFFERENT = "different"
    """NaN against a number, an infinity against a finite value, or different shapes or dtypes."""


@dataclass(frozen=True)
class Comparison:
    """Two tensors compared element by element (`kernels.compare`)."""

    compared: int
    differing: int
    """Elements that are not the same bit for bit (NaN payloads apart)."""
    grade: Grade
    index: tuple[int, ...] | None
    """The first element at which the relation fails; None where it holds everywhere."""
    gap: float
    """Largest `|left - right|` among elements at which the relation fails; NaN where it is undefined."""
    gap_ulp: int | None
    """The same in representable steps; None where it is undefined (NaN)."""
    worst_ulp: int | None = 0
    """The largest distance of all elements, forgiven ones included; None where one is undefined."""

    @property
    def holds(self) -> bool:
        """Whether the relation holds at every element."""
        return self.index is None


@dataclass(frozen=True)
class Counterexample:
    """A shrunk input on which a law fails on the real operators (`falsify`)."""

    activation: str
    pooling: str
    law: str
    dtype: str
    input: Tensor
    pooling_arguments: Mapping[str, Any]
    activation_first: Tensor
    """The law's left side: `P(f(x))` for laws about the two orders."""
    pooling_first: Tensor
    """The law's right side: `f(P(x))` for laws about the two orders."""
    index: tuple[int, ...]
    gap: float
    gap_ulp: int | None
    grade: Grade
    seed: int | None
    script: str
    """A program that needs torch alone and exits 1 while the violation stands."""
    steps: tuple[tuple[str, Tensor], ...] = ()
    """Both orders, step by step: what was computed and its result."""
    symbolic: Symbolic | None = None
    """Both sides at `index` in exact arithmetic, and whose the difference is; None if made by hand."""
    tolerance_ulp: int = 0
    """So many ULP between the sides were forgiven when it was found."""


@dataclass(frozen=True)
class Survival:
    """What `examine` went through without finding a violation."""

    examples: int
    compared: int
    """Elements."""
    grade: Grade = Grade.BITWISE
    """The worst agreement seen, violation or not: a tolerance may have forgiven it."""
    worst_ulp: int = 0
    """The largest distance seen where the law compares for equality."""
    outside: int = 0
    """Examples drawn that the law's side condition excludes; not in `examples`."""
