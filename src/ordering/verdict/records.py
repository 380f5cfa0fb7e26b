"""What was gathered about one law, activation and pooling in one dtype: the judge's only input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ordering.evidence import Certificate, Counterexample, Finding, Survival
from ordering.law import Case


class Decides(Enum):
    """What a certificate over every value of a dtype says of a law."""

    FALLS = "falls"
    """It decides the law: the orders agree exactly where the function never falls (the transfer theorem)."""
    PATHS = "paths"
    """The law holds to the bit where the two code paths agree at every value."""
    INDICES = "indices"
    """The law holds where the function never falls, and no two values share an image."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class Requirement:
    """The property of `f` that a law rests on for a pooling, with what the reals found of it."""

    property: str
    finding: Finding
    account: str
    """The finding in one line, with numbers: `f(-2) = -0.2384 > f(-1) = -0.2689`."""
    claimed: bool = False
    """The law is claimed of every f and there is no theorem: nothing to prove, only operators to examine."""
    outside: bool = False
    """f lacks the property, and without it the law claims nothing."""


@dataclass(frozen=True)
class Replay:
    """A witness of one world, put on the real operators."""

    source: str
    """Where the values come from: `"reals"`, `"floats"`."""
    dtype: str
    values: tuple[float, ...]
    counterexample: Counterexample | None
    shown: bool = True
    """Whether the kernel, in some placement, gave the results that should break the law."""


@dataclass(frozen=True)
class Departure:
    """An input at which a kernel leaves the function that it stands for."""

    at: float
    kernel: float
    true: float
    """The function's value."""
    double: float | None
    """What the kernel gives in float64; None if it does not take that."""
    foreign: bool
    """It leaves it in float64 as well: the expression is another function than the kernel."""
    overflow: bool
    """A result on the way is not finite."""
    calm: tuple[float, float] | None = None
    """Inputs between which the kernel keeps to the function."""
    within: Certificate | None = None
    """The scan of these inputs alone."""


@dataclass(frozen=True)
class Hearing:
    """All that was gathered about one law, activation and pooling in one dtype."""

    dtype: str
    epsilon: float
    """The dtype's machine epsilon: the unit of the allowance for rounding."""
    requirement: Requirement
    kernels: Counterexample | Survival
    """On finite inputs, compared bit for bit."""
    certificate: Certificate | None = None
    """Of f; of -f where the law is about falling functions."""
    scanned: str = "f"
    """The function that was scanned: `f`, or `-f`."""
    no_certificate: str = ""
    """Why there is none."""
    decides: Decides = Decides.NOTHING
    """What the certificate says of the law."""
    orders: bool = True
    """Whether the law says that the two orders are equal."""
    strict: bool = False
    """Whether the law forgives no rounding beyond what it allows itself."""
    exactly: str = ""
    """Why nothing is rounded, where that is known without a scan."""
    departure: Departure | None = None
    infinite_nan: int = 0
    """How many of -inf and inf are inputs on which f is NaN."""
    finite_nan: float | None = None
    """The first finite input on which f is NaN, where it is known."""
    nan_overflow: bool = False
    """Whether the kernel overflows on the way to that NaN."""
    bounded: Counterexample | Survival | None = None
    """On finite inputs, compared within the certificate's bound."""
    padding: bool = False
    """Whether `kernels` is a counterexample with a window wholly in padding, of which no theorem speaks."""
    moderate: Counterexample | Survival | None = None
    """On inputs that do not overflow, where `kernels` is an overflow."""
    overflow: bool = False
    """Whether even `moderate` is an overflow."""
    wide: Counterexample | None = None
    """What `kernels` has found in an unproved law, if float64 shows it on the same input."""
    replays: tuple[Replay, ...] = ()
    special: Mapping[str, Counterexample | Survival] = field(default_factory=dict)
    """On inputs with infinities or NaN, by the domain's name."""
    drawdown: float | None = None
    """An upper bound of the gap between the orders over the reals, where the law has one."""
    visible: bool = True
    """Whether the witness of the reals breaks the law by more than the rounding of float64."""
    zeros: Case | None = None
    """A case in which the orders are equal but for the sign of a zero."""
    carries: bool | None = True
    """Whether what the law needs of f survives rounding to the dtype; None where that is not known."""
