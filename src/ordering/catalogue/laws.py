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


def every_window_real(case: Case) -> bool:
    """No window lies wholly in padding (where max pooling gives -inf, a value that no element had)."""
    return not case.pooling.has_empty_windows(
        tuple(case.input.shape[-case.pooling.dimensions :]), case.arguments
    )


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
        condition=every_window_real,
        theorem="proofs/max_pooling.py",
    )
)
