"""What exact arithmetic says of a counterexample: both sides of the law, and whose the difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr


class Cause(Enum):
    """Whose a difference on the operators is."""

    FUNCTION = "of the function"
    """The law fails for the exact numbers too: it is no matter of rounding."""
    ARITHMETIC = "of the arithmetic"
    """The law holds for the exact numbers, and the kernels break it all the same."""
    UNDECIDED = "undecided"
    """The exact numbers could not be told apart, or not enclosed, in the time given."""
    NO_EXPRESSION = "no expression"
    """There are no exact numbers: an expression is missing, or an input is no real number."""


@dataclass(frozen=True)
class SymbolicSide:
    """One side of a law at one output, in exact arithmetic, and the kernel's value there."""

    formula: str
    """The side written out, at the exact rationals that the inputs are: `max(silu(-2), silu(-1))`."""
    closed: Expr | None
    """Its value in closed form, as sympy has it; None where that has too many terms to be written."""
    written: str
    """The closed form as text; empty where there is none."""
    value: str
    """Its value, correctly rounded to 17 significant digits; empty where it could not be enclosed."""
    kernel: float
    """What the kernels gave."""
    distance_ulp: float | None
    """`|kernel - value| / u`, where `u` is the distance between the two values of the dtype around the exact
    value: a correctly rounded result is at most 1/2 away.  An infinity stands for the power of two after the
    largest finite value and is right (0) where the exact value rounds to it; it is infinitely far from any
    other.  None for NaN, and where the value could not be enclosed."""
    allowed_ulp: float | None
    """How far rounding may take the kernels from the value, in the same unit: by what `fidelity` allows an
    activation, and the pooling's own rounding, one after the other.  None where nothing is claimed."""

    @property
    def misses(self) -> bool:
        """Whether the kernel gave a finite value that is farther away than rounding may take it."""
        if self.distance_ulp is None or self.allowed_ulp is None or math.isinf(self.kernel):
            return False
        return self.distance_ulp > self.allowed_ulp


@dataclass(frozen=True)
class Symbolic:
    """Both sides of a counterexample at its index, by exact arithmetic (`Counterexample.symbolic`)."""

    conclusion: Cause
    why: str = ""
    """Why there is no conclusion, where there is none."""
    sides: tuple[SymbolicSide, ...] = ()
    """The law's left and right side (for the two orders `P(f(x))` and `f(P(x))`), where they are known."""
    gap: Expr | None = None
    """`left - right` in closed form; None where that has too many terms."""
    gap_written: str = ""
    gap_value: str = ""
    """`left - right`, correctly rounded to 17 significant digits; "0" where it is proved to be zero."""
    gap_sign: int | None = None
    """-1, 0 or 1, decided by enclosures or by an identity; None where it could not be decided."""
    overflow: bool = False
    """Whether a step of the activation's kernel overflows, which explains a side that misses its value."""

    @property
    def missed(self) -> tuple[SymbolicSide, ...]:
        """The sides that kernels miss by more than rounding allows, where no overflow explains it."""
        return () if self.overflow else tuple(side for side in self.sides if side.misses)
