"""What is known of an activation by itself, whatever the pooling: gathered once, used for every law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from sympy import Expr, oo

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.evidence import Certificate, Fidelity, Shape
from ordering.fidelity import fidelity
from ordering.floats import Progress, certify
from ordering.lattice import shift
from ordering.reals import prove
from ordering.verdict.settings import SCANNABLE, Settings, name_of


@dataclass(frozen=True)
class Profile:
    """The shape, the certificates, and whether the expression is the kernel."""

    activation: Activation
    shape: Shape
    fidelity: Fidelity | None
    certificates: Mapping[torch.dtype, Certificate]
    broken: str
    """Why the kernel could not be examined; empty if it could."""


def profile(activation: Activation, settings: Settings) -> Profile:
    """Prove, compare expression and kernel, and scan, in this order.

    Nothing is scanned if the kernel cannot be examined or is not the expression's.
    """
    settings.tell(f"{activation}: proving")
    shape = prove(activation, timeout=settings.timeout)
    agreement: Fidelity | None = None
    certificates: Mapping[torch.dtype, Certificate] = {}
    broken = ""
    try:
        settings.tell(f"{activation}: comparing the expression with the kernel")
        agreement = fidelity(activation, seed=settings.seed)
        if agreement.faithful is False:
            broken = agreement.why
        else:
            certificates = {dtype: _scan(activation, dtype, settings) for dtype in _scannable(settings)}
    except KernelError as error:
        broken = str(error)
    return Profile(activation, shape, agreement, certificates, broken)


def _scannable(settings: Settings) -> list[torch.dtype]:
    return [dtype for dtype in settings.dtypes if dtype in SCANNABLE]


def _scan(activation: Activation, dtype: torch.dtype, settings: Settings) -> Certificate:
    low, high = ends(activation, dtype)
    tell = _scanning(activation, dtype, settings)
    return certify(activation, dtype, path="all", low=low, high=high, store=settings.store, progress=tell)


def _scanning(activation: Activation, dtype: torch.dtype, settings: Settings) -> Callable[[Progress], None]:
    """Tell how far a scan is, and how long it will take."""

    def tell(scan: Progress) -> None:
        left = f", {scan.remaining:.0f} s left" if scan.rate else ""
        settings.tell(f"{activation}: scanning {name_of(dtype)}: {scan.done / scan.total:.0%}{left}")

    return tell


def ends(activation: Activation, dtype: torch.dtype) -> tuple[float | None, float | None]:
    """The first and the last value of the dtype inside the activation's open domain; None: unbounded."""

    def inside(end: Expr | None, step: int) -> float | None:
        if end is None or end in (oo, -oo):
            return None
        nearest = torch.tensor(float(end), dtype=torch.float64).to(dtype)
        beyond = step * (float(nearest) - end) <= 0
        return float(shift(nearest, step)) if beyond else float(nearest)

    return inside(activation.low, 1), inside(activation.high, -1)
