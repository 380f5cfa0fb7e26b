"""What is known of an activation by itself, whatever the pooling: gathered once, used for every law."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from sympy import Expr, oo
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import InvalidArgument, KernelError
from ordering.evidence import Certificate, Fidelity, Finding, Shape
from ordering.examination import Kernel, examine_kernel
from ordering.fidelity import fidelity
from ordering.floats import Store, certify
from ordering.floats.lattice import Interval, interval
from ordering.floats.observed import SAMPLE, observed
from ordering.lattice import shift
from ordering.reals import prove
from ordering.verdict.settings import SCANNABLE, SMALL, Settings, name_of

SCAN_OVERHEAD: Final = 1.3
"""What a scan takes, as a multiple of evaluating its values on both code paths; for estimates alone."""


@dataclass(frozen=True)
class Facts:
    """The shape, the certificates, and whether the expression is the kernel."""

    shape: Shape
    fidelity: Fidelity | None = None
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    """By the dtype's name."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By the dtype's name: why the kernel cannot be examined there."""
    broken: str = ""
    """Why nothing can be said in any dtype; empty if something can."""


def gather(activation: Activation, settings: Settings) -> Facts:
    """Prove, compare expression and kernel, and scan the dtypes of 16 bits, in this order.

    Each dtype is looked at for itself: one that the kernel does not take says nothing of the others.  Nothing
    is scanned if the kernel is not the expression's; and where it is not known whether it is, nothing that is
    proved of the expression is taken for true of the kernel.
    """
    settings.tell(f"{activation}: proving")
    shape = prove(activation, timeout=settings.timeout)
    settings.tell(f"{activation}: comparing the expression with the kernel")
    refused: dict[str, str] = {}
    for dtype in settings.dtypes:
        try:
            if dtype in SCANNABLE:
                claimed(activation, dtype)
            examine_kernel(activation, dtype, seed=settings.seed)
        except (KernelError, InvalidArgument) as error:  # or it is claimed on no value of the dtype
            refused[name_of(dtype)] = str(error)
    accepted = [dtype for dtype in settings.dtypes if name_of(dtype) not in refused]
    if not accepted:
        return Facts(shape, refused=refused)
    agreement = _fidelity(activation, accepted, settings.seed)
    if agreement.faithful is False:
        return Facts(shape, agreement, refused=refused, broken=agreement.why)
    if agreement.faithful is None and activation.expression is not None:
        shape = _unknown(shape, agreement.why)
    certificates = {}
    for dtype in small(accepted):
        settings.tell(f"{activation}: scanning {name_of(dtype)}")
        try:
            certificates[name_of(dtype)] = scanned(activation, dtype, settings.store)
        except KernelError as error:
            refused[name_of(dtype)] = str(error)
    return Facts(shape, agreement, certificates, refused)


def _fidelity(activation: Activation, accepted: Sequence[torch.dtype], seed: int) -> Fidelity:
    """In float32 and float64, where rounding hides least; in the others where the kernel takes neither."""
    try:
        return fidelity(activation, seed=seed)
    except KernelError:
        return fidelity(activation, accepted, seed=seed)


def _unknown(shape: Shape, why: str) -> Shape:
    """The shape of an expression that is not known to be the kernel's: no finding says anything of it."""
    reason = f"it is not known whether the expression is the kernel: {why}"
    findings = {name: Finding(None, reason=reason) for name in shape.findings}
    return replace(
        shape, findings=findings, drawdown=None, drawdown_pair=None, drawdown_near=None, limits=(None, None)
    )


def scanned(activation: Activation, dtype: torch.dtype, store: Store | None) -> Certificate:
    """The certificate of a small dtype over every value on which the activation is claimed.

    Raises
    ------
    KernelError
        If the kernel cannot be examined.
    """
    low, high = ends(activation, dtype)
    return certify(activation, dtype, path="all", low=low, high=high, workers=1, store=store)


@dataclass(frozen=True)
class Negated:
    """`-f`, which rises where f falls."""

    kernel: Kernel

    def __call__(self, given: Tensor) -> Tensor:
        """`-f(x)`."""
        return -self.kernel(given)


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
