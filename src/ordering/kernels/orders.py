"""Is a law about the two orders?  Seen from what its sides compute, and not from how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ordering.activation import Activation
from ordering.catalogue.sides import both_orders
from ordering.errors import InvalidArgument
from ordering.kernels.windows import window
from ordering.law import Case, Law, Relation
from ordering.pooling import Pooling

ORDERS = {"P(f(x))", "f(P(x))"}


def equates_orders(law: Law, activation: Activation, pooling: Pooling, dtype: torch.dtype) -> bool:
    """Whether the law claims `P(f(x)) = f(P(x))`, and computes just that.

    The sides are computed once, on a window of two values, by kernels that write down what they are applied
    to.  A pooling whose windows cannot be placed is known for the catalogue's own sides alone.
    """
    if law.relation is not Relation.EQUAL:
        return False
    if law.sides is both_orders:
        return True
    try:
        given, arguments = window(pooling, _two_values(activation), dtype)
    except InvalidArgument:
        return False
    names = _Names()
    names.of[id(given)] = "x"
    case = Case(
        replace(activation, kernel=names.applying("f", activation.kernel)),
        replace(pooling, kernel=names.applying("P", pooling.kernel)),
        given,
        arguments,
    )
    try:
        sides = law.sides(case)
    except Exception:  # noqa: BLE001  # what a law's sides raise is told where the law is examined
        return False
    return {names.of.get(id(side), "") for side in sides} == ORDERS


def _two_values(activation: Activation) -> tuple[float, float]:
    """Two inputs on which the activation is claimed."""
    low = None if activation.low is None else float(activation.low)
    high = None if activation.high is None else float(activation.high)
    if low is None:
        low = -1.0 if high is None else high - 3
    if high is None:
        high = low + 3
    return low + (high - low) / 3, low + 2 * (high - low) / 3


@dataclass
class _Names:
    """What each tensor was computed by."""

    of: dict[int, str] = field(default_factory=dict)
    kept: list[Tensor] = field(default_factory=list)

    def applying(self, name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        """The function, which notes what it returns."""

        def applied(tensor: Tensor, **arguments: Any) -> Tensor:
            result = function(tensor, **arguments)
            if id(result) in self.of:  # the identity returns what it was given
                result = result.view_as(result)
            self.kept.append(result)  # kept alive, so that no id is used twice
            self.of[id(result)] = f"{name}({self.of.get(id(tensor), '?')})"
            return result

        return applied
