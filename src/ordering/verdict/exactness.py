"""Kernels that round nothing: each result is the input itself, or one of a few constants.

Of such a kernel no scan is needed to know that what is true of the function is true of the floats.
"""

from __future__ import annotations

from typing import Final

import torch
from sympy import Abs, Expr, Max, Min, Piecewise, Rational, sign
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanFunction

from ordering.activation import Activation
from ordering.evidence import Fidelity
from ordering.variable import x

SELECTING: Final = (Max, Min, Piecewise, Abs, sign)


def exactly(activation: Activation, agreement: Fidelity | None, dtype: torch.dtype) -> str:
    """Why nothing is rounded in the dtype; empty where that is not known.

    The expression must be built of x and numbers of the dtype by selection alone (maximum, minimum, cases),
    and the kernel must have equalled it at every point at which `fidelity` compared the two.
    """
    name = str(dtype).removeprefix("torch.")
    if activation.expression is None or agreement is None or agreement.faithful is not True:
        return ""
    if not _selects(activation.expression, dtype):
        return ""
    seen = next((each for each in agreement.deviations if each.dtype == name), None)
    if seen is None or seen.worst_ulp > 0 or not seen.points:
        return ""
    return (
        f"f returns its input, its negative or a constant, so that nothing is rounded; the kernel gives "
        f"exactly that at {seen.points:,} values of {name}"
    )


def _selects(expression: Expr | Boolean, dtype: torch.dtype) -> bool:
    """Whether an expression takes x, -x, and numbers of the dtype as they are."""
    if expression in (x, -x) or expression in (True, False):
        return True
    if isinstance(expression, Rational):
        return _held(expression, dtype)
    kinds = (*SELECTING, Relational, BooleanFunction)
    parts = expression.args
    if expression.func.__name__ == "ExprCondPair":
        return all(_selects(part, dtype) for part in parts)
    return isinstance(expression, kinds) and all(_selects(part, dtype) for part in parts)


def _held(number: Rational, dtype: torch.dtype) -> bool:
    """Whether the dtype holds the number exactly."""
    stored = float(torch.tensor(float(number), dtype=dtype))
    return bool(Rational(*stored.as_integer_ratio()) == number)
