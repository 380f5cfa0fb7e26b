"""What an activation does at infinities, where it has no result, and at zeros of two signs."""

from __future__ import annotations

from itertools import permutations

import torch

from ordering.activation import Activation
from ordering.catalogue.sides import both_orders
from ordering.errors import InvalidArgument
from ordering.evidence import Certificate, Grade
from ordering.examination import evaluate
from ordering.kernels import compare, window
from ordering.kernels.checking import claimed_on
from ordering.lattice import from_rank
from ordering.law import Case, Relation
from ordering.pooling import Pooling
from ordering.verdict.facts import claimed
from ordering.verdict.settings import SMALL


def nan_results(
    activation: Activation, dtype: torch.dtype, certificate: Certificate | None
) -> tuple[int, float | None]:
    """How many infinities f turns into NaN, of those scanned; and the first such finite input.

    That input is None where there is none, or where it takes another scan to know it.

    Raises
    ------
    KernelError
        If the kernel raises.
    """
    infinities = torch.tensor([-torch.inf, torch.inf], dtype=dtype)
    if certificate is not None:
        infinities = infinities[(infinities >= certificate.low) & (infinities <= certificate.high)]
    at_infinity = int(evaluate(activation.kernel, infinities).isnan().sum())
    if certificate is None or certificate.nan_first is None:
        return at_infinity, None
    if abs(certificate.nan_first) != torch.inf:
        return at_infinity, certificate.nan_first
    if dtype not in SMALL:
        return at_infinity, None
    over = claimed(activation, dtype)
    values = from_rank(torch.arange(over.start, over.stop), dtype)
    bad = values[evaluate(activation.kernel, values.clone()).isnan() & values.isfinite()]
    return at_infinity, float(bad[0]) if len(bad) else None


def zeros_of_two_signs(activation: Activation, pooling: Pooling, dtype: torch.dtype) -> Case | None:
    """A window in which the orders return zeros of different sign.

    Max pooling takes -0.0 and 0.0 for a tie and keeps the first; relu, which keeps -0.0 and makes -1 a 0.0,
    gives both in the window (-1, -0.0).
    """
    for values in permutations((-1.0, -0.0, 0.0), 2):
        try:
            given, arguments = window(pooling, values, dtype)
        except InvalidArgument:  # no window of the pooling can be placed
            return None
        case = Case(activation, pooling, given, arguments)
        if not claimed_on(activation, given):
            continue
        if compare(*both_orders(case), Relation.EQUAL).grade is Grade.EQUAL:
            return case
    return None
