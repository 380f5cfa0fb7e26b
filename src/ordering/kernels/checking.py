"""One law on one case: the two sides computed, guarded and compared."""

from __future__ import annotations

from ordering.errors import KernelError, OrderingError
from ordering.evidence import Comparison
from ordering.kernels.compare import compare
from ordering.law import Case, Law


def check(law: Law, case: Case, tolerance_ulp: int = 0) -> Comparison:
    """The law's two sides on this case, compared.

    Raises
    ------
    KernelError
        If a kernel raises on this input.
    """
    try:
        left, right = law.sides(case)
    except OrderingError:
        raise
    except Exception as error:
        raise KernelError(
            f"{law}: {case.activation} with {case.pooling} raised {type(error).__name__} on shape "
            f"{tuple(case.input.shape)} with {dict(case.arguments)}: {error}"
        ) from error
    return compare(left, right, law.relation, tolerance_ulp=tolerance_ulp)


def within(law: Law, case: Case) -> bool:
    """Whether the law's side condition admits the case."""
    return law.condition is None or law.condition(case)


def violates(law: Law, case: Case, tolerance_ulp: int = 0) -> bool:
    """Whether the case lies within the law's claim and breaks it."""
    return within(law, case) and not check(law, case, tolerance_ulp).holds
