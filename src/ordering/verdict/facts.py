"""What is known of an activation by itself, whatever the pooling: gathered once, used for every law."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import torch
from sympy import Expr, oo

from ordering.activation import Activation
from ordering.evidence import Certificate, Fidelity, Shape
from ordering.fidelity import fidelity
from ordering.floats import certify
from ordering.floats.lattice import Interval, interval
from ordering.floats.observed import SAMPLE, observed
from ordering.lattice import shift
from ordering.reals import prove
from ordering.verdict.settings import Settings, name_of

SMALL: Final = (torch.float16, torch.bfloat16)
"""Dtypes whose every value is evaluated in milliseconds: they are always scanned."""
SCAN_OVERHEAD: Final = 1.3
"""What a scan takes, as a multiple of evaluating its values on both code paths; for estimates alone."""


@dataclass(frozen=True)
class Facts:
    """The shape, the certificates, and whether the expression is the kernel."""

    shape: Shape
    fidelity: Fidelity | None = None
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    """By the dtype's name."""
    broken: str = ""
    """Why the kernel could not be examined; empty if it could."""


def gather(activation: Activation, settings: Settings) -> Facts:
    """Prove, compare expression and kernel, and scan the dtypes of 16 bits, in this order.

    Nothing is scanned if the kernel is not the expression's.

    Raises
    ------
    KernelError
        If the kernel cannot be examined.
    """
    settings.tell(f"{activation}: proving")
    shape = prove(activation, timeout=settings.timeout)
    settings.tell(f"{activation}: comparing the expression with the kernel")
    agreement = fidelity(activation, seed=settings.seed)
    if agreement.faithful is False:
        return Facts(shape, agreement, broken=agreement.why)
    certificates = {}
    for dtype in small(settings.dtypes):
        settings.tell(f"{activation}: scanning {name_of(dtype)}")
        low, high = ends(activation, dtype)
        certificates[name_of(dtype)] = certify(
            activation, dtype, path="all", low=low, high=high, workers=1, store=settings.store
        )
    return Facts(shape, agreement, certificates)


def small(dtypes: Sequence[torch.dtype]) -> list[torch.dtype]:
    """Those of 16 bits."""
    return [dtype for dtype in dtypes if dtype in SMALL]


def expected_seconds(activation: Activation, over: Interval) -> tuple[str, float]:
    """What the kernel computes on a sample, as a digest, and how long a scan on both code paths may take.

    Raises
    ------
    KernelError
        If the kernel cannot be evaluated.
    """
    start = time.perf_counter()
    seen = observed(activation.kernel, over)
    seconds = time.perf_counter() - start
    return seen, SCAN_OVERHEAD * seconds * max(over.count / SAMPLE, 1.0)


def claimed(activation: Activation, dtype: torch.dtype) -> Interval:
    """The values of a dtype on which the activation is claimed."""
    return interval(dtype, *ends(activation, dtype))


def ends(activation: Activation, dtype: torch.dtype) -> tuple[float | None, float | None]:
    """The first and the last value of the dtype inside the activation's open domain; None: unbounded."""

    def inside(end: Expr | None, step: int) -> float | None:
        if end is None or end in (oo, -oo):
            return None
        nearest = torch.tensor(float(end), dtype=torch.float64).to(dtype)
        beyond = step * (float(nearest) - end) <= 0
        return float(shift(nearest, step)) if beyond else float(nearest)

    return inside(activation.low, 1), inside(activation.high, -1)
