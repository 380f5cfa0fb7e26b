"""Whether a counterexample is no more than rounding."""

from __future__ import annotations

from typing import Final

import torch

from ordering.activation import Activation
from ordering.evidence import Counterexample
from ordering.kernels.search import ROUNDING
from ordering.law import Law
from ordering.testing.known import scan

ROUNDING_UNITS: Final = 8
"""Allowed where a law holds and no certificate bounds the kernel: units in the last place of `1 + |result|`.

torch's vector and scalar codes are each within a few units of the true value (SLEEF states 1 to 3.5)."""


def is_rounding(law: Law, activation: Activation, found: Counterexample) -> bool:
    """Whether a violation is no more than the kernel's rounding, as certified or as stated above."""
    if law.strict:
        return False
    dtype = found.input.dtype
    if dtype in (torch.float16, torch.bfloat16):
        certificate = scan(activation, dtype)
        split = certificate.disagreement
        bound = max(certificate.drawdown_ulp, split.worst_ulp if split is not None else 0)
        if found.gap_ulp is not None and found.gap_ulp <= min(bound, ROUNDING[dtype]):
            return True
    return found.gap <= rounding(found) or _underflows(found)


def _underflows(found: Counterexample) -> bool:
    """Whether a law about which results are zero breaks where both are zero or subnormal."""
    orders = [result for name, result in found.steps if name in ("P(f(x))", "f(P(x))")]
    if found.activation_first.is_floating_point() or len(orders) != 2:
        return False
    smallest = torch.finfo(found.input.dtype).smallest_normal
    return all(abs(float(result[found.index])) < smallest for result in orders)


def rounding(found: Counterexample) -> float:
    """`ROUNDING_UNITS` at the size of the results."""
    size = 1 + float(found.activation_first.to(torch.float64).abs().nan_to_num(posinf=0).max())
    return ROUNDING_UNITS * torch.finfo(found.input.dtype).eps * size
