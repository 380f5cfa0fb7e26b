"""What the floats say: certificates over every value of a dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from ordering.evidence.machine import Machine


class Pair(NamedTuple):
    """Two inputs `a <= b` of a dtype with `f(a) > f(b)`; values as Python floats, exactly."""

    a: float
    b: float
    fa: float
    fb: float


class Split(NamedTuple):
    """One input on which the vector and the scalar code path give different results."""

    x: float
    vector: float
    scalar: float


@dataclass(frozen=True)
class Disagreement:
    """How a kernel's vector and scalar code paths differ over the scanned values (`worst_ulp`: in steps)."""

    values: int
    differing: int
    worst_ulp: int
    first: Split | None
    worst: Split | None


Path: TypeAlias = Literal["vector", "scalar", "all"]


@dataclass(frozen=True)
class Certificate:
    """What an exhaustive scan of a dtype's values, in increasing order, found (`certify`).

    `path` is the code path that was evaluated: `"vector"`, `"scalar"`, or `"all"`, where at each value
    the smaller and the larger of the two results stand for the kernel, so that the drawdown bounds what a
    tensor can show whose elements take different paths.

    `values` counts the inputs compared (NaN apart); `drops` adjacent pairs `a < b` with `f(a) > f(b)`;
    `drawdown` is `max_{a<=b} f(a) - f(b)` as a value and `drawdown_ulp` the same as a number of
    representable steps (ULP, difference of ranks); `drawdown_scaled` the same in units of the last place of
    `max(1, |f|)`, in which rounding is measured: near zero a step says little.  These three maxima may belong
    to three pairs: `widest`, `worst` and `steepest` attain them.  `first` is the first drop (where only the
    two paths of one value differ, and nothing drops, a pair is that value twice);
    `nan` counts inputs, not NaN, on which f is NaN and `nan_first` is the first of them.
    """

    activation: str
    dtype: str
    path: Path
    low: float
    high: float
    values: int
    drops: int
    drawdown: float
    drawdown_ulp: int
    first: Pair | None
    worst: Pair | None
    nan: int
    nan_first: float | None
    identity: bool
    """Whether f returned its input bit for bit at every value."""
    disagreement: Disagreement | None
    """Vector against scalar; None unless `path` is `"all"`."""
    machine: Machine
    """Where it was made, and of which it is true."""
    observed: str
    """A digest of f's results on fixed values there, on both paths: see `Kind`."""
    seconds: float
    note: str = ""
    widest: Pair | None = None
    steepest: Pair | None = None
    drawdown_scaled: float = 0.0

    @property
    def nondecreasing(self) -> bool:
        """Whether `a <= b` implies `f(a) <= f(b)` for all scanned values on the scanned path(s)."""
        return self.drawdown_ulp == 0
