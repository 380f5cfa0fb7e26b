"""One law on one case: the two sides computed, guarded and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError, OrderingError
from ordering.evidence import Comparison
from ordering.kernels.compare import compare
from ordering.kernels.values import UNLIMITED, interval
from ordering.law import Case, Domain, Law
from ordering.running.threads import threads_for


def check(law: Law, case: Case, tolerance_ulp: int = 0) -> Comparison:
    """The law's two sides on this case, compared.

    Raises
    ------
    KernelError
        If a kernel raises on this input, or writes to it.
    """
    version = case.input._version  # counts the writes to a tensor and its views
    with _kernel_errors(law, case), threads_for(case.input.numel()):
        left, right = law.sides(case)
    if case.input._version != version:
        raise KernelError(
            f"{law}: {case.activation} or {case.pooling} writes to its input, of shape "
            f"{tuple(case.input.shape)} with {dict(case.arguments)}; the law inputs_are_kept shows it"
        )
    return compare(left, right, law.relation, tolerance_ulp=tolerance_ulp)


def within(law: Law, case: Case) -> bool:
    """Whether the law's side condition admits the case.

    Raises
    ------
    KernelError
        If the arguments are such that the condition cannot be decided.
    """
    with _kernel_errors(law, case):
        return law.condition is None or law.condition(case)


def inside(domains: Collection[Domain], tensor: Tensor) -> bool:
    """Whether an input belongs to the classes of inputs that were asked for.

    Every value has to belong to one of them, finite values to any; without `Domain.FINITE`, one value at
    least must not be finite.
    """
    nan, infinite = bool(tensor.isnan().any()), bool(tensor.isinf().any())
    foreign = (nan and Domain.NAN not in domains) or (infinite and Domain.INFINITE not in domains)
    return not foreign and (Domain.FINITE in domains or nan or infinite)


def violates(law: Law, case: Case, tolerance_ulp: int = 0) -> bool:
    """Whether the case lies within the law's claim and breaks it."""
    return within(law, case) and not check(law, case, tolerance_ulp).holds


def claimed_on(activation: Activation, tensor: Tensor) -> bool:
    """Whether every number lies in the open interval on which the activation is claimed."""
    low, high = interval(activation)
    return not bool(((tensor <= low) | (tensor >= high)).any()) or (low, high) == UNLIMITED


@contextmanager
def _kernel_errors(law: Law, case: Case) -> Iterator[None]:
    """Whatever a kernel raises, with the call that made it raise."""
    try:
        yield
    except OrderingError:
        raise
    except (Exception, SystemExit) as error:  # a user's kernel may call sys.exit
        raise KernelError(
            f"{law}: {case.activation} with {case.pooling} raised {type(error).__name__} on shape "
            f"{tuple(case.input.shape)} with {dict(case.arguments)}: {error}"
        ) from error
