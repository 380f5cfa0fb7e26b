"""The laws that ship, one declarative entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ordering.law import ALWAYS, Case, Law
from ordering.pooling import Kind
from ordering.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor

laws: Final = Registry("law", Law)


def _both_orders(case: Case) -> tuple[Tensor, Tensor]:
    """`P(f(x))` and `f(P(x))`."""
    return case.pool(case.activate(case.input)), case.activate(case.pool(case.input))


commutes = laws.register(
    Law(
        "commutes",
        statement="P(f(x)) = f(P(x)), where every window holds at least one real element",
        sides=_both_orders,
        needs={
            Kind.SELECT_MAX: "nondecreasing",
            Kind.SELECT_MIN: "nondecreasing",
            Kind.MEAN: "affine",
            Kind.LINEAR: "linear",
            Kind.REARRANGE: ALWAYS,
            Kind.REARRANGE_ZERO: "zero_at_zero",
        },
        theorem="proofs/max_pooling.py",
    )
)
