"""Whether the expression is the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

ALLOWED_ULP: Final = {"float64": 16.0, "float32": 16.0, "float16": 8.0, "bfloat16": 8.0}
"""How far a kernel may be from its expression, in ULP of `max(1, |x|, |f(x)|)`, by the dtype's name.

Vector math libraries promise 4 ULP or less for one function; the catalogue's longest chain (mish: exp, log1p,
tanh, product) has four.  Half precision is computed in float32 and rounded once or twice."""


def allowed_ulp(dtype: str) -> float:
    """The same for every dtype."""
    return ALLOWED_ULP.get(dtype, 8.0)


@dataclass(frozen=True)
class Deviation:
    """How far a kernel strays from its expression in one dtype."""

    dtype: str
    points: int
    allowed_ulp: float
    worst_ulp: float
    """The largest deviation, in ULP of `max(1, |x|, |f(x)|)`."""
    worst_at: float | None
    missing: int = 0
    """Points at which the expression's value could not be enclosed, so that nothing was compared."""
    missing_first: float | None = None
    """The one of them nearest to zero."""


class Parting(NamedTuple):
    """The first input at which kernel and expression part."""

    dtype: str
    x: float
    kernel: float
    expression: float
    """NaN where it has no real value."""


@dataclass(frozen=True)
class Fidelity:
    """Whether an activation's expression describes its kernel (`fidelity`)."""

    activation: str
    faithful: bool | None
    """None where there is no expression, or it could not be evaluated at every point."""
    deviations: tuple[Deviation, ...]
    parting: Parting | None
    why: str
    """One line: the largest deviation, or where they part, or why it is not known."""
