"""Numbers, falls and differences in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ordering.evidence.floats import Certificate, Pair
from ordering.evidence.kernels import Counterexample
from ordering.evidence.symbolic import Cause, Symbolic, SymbolicSide

if TYPE_CHECKING:
    from torch import Tensor

DIGITS = {"float16": 5, "bfloat16": 4, "float32": 9, "float64": 17}
"""Significant digits that tell any two values of a dtype apart."""
FEW = 8
"""Elements of an input that are listed."""


def number(value: float, dtype: str) -> str:
    """A value of a dtype, with as many digits as it takes to know it."""
    return f"{value:.{DIGITS.get(dtype, 17)}g}"


def fall(pair: Pair, dtype: str, of: str = "f") -> str:
    """`f(a) = .. > f(b) = ..`; or the two results of one input on two code paths.

    `of` is the function that was scanned.
    """
    a, b, fa, fb = (number(value, dtype) for value in pair)
    if pair.a == pair.b:
        return f"{of}({a}) is {fa} on one code path and {fb} on the other"
    return f"{of}({a}) = {fa} > {of}({b}) = {fb}"


def bound(certificate: Certificate, of: str = "f") -> str:
    """How far the sides may be apart: each maximum with the pair that attains it."""
    worst, widest, steepest = certificate.worst, certificate.widest, certificate.steepest
    if worst is None or widest is None:
        return f"at most {certificate.drawdown:.4g}, {ulp(certificate.drawdown_ulp)}"
    if math.isinf(certificate.drawdown):
        return f"an infinity ({fall(widest, certificate.dtype, of)})"
    by_value = f"at most {certificate.drawdown:.4g}"
    if worst == widest:
        text = f"{by_value} = {ulp(certificate.drawdown_ulp)} ({fall(worst, certificate.dtype, of)})"
    else:
        text = (
            f"{by_value} ({fall(widest, certificate.dtype, of)}) and at most {ulp(certificate.drawdown_ulp)} "
            f"({fall(worst, certificate.dtype, of)})"
        )
    if steepest is not None and certificate.drawdown_scaled < certificate.drawdown_ulp:
        text += f"; {certificate.drawdown_scaled:.3g} ULP of max(1, |f|)"
    return text


def ulp(steps: int) -> str:
    """`1 ULP`, `1,024 ULP`."""
    return f"{steps:,} ULP"


def difference(found: Counterexample, *, orders: bool) -> str:
    """How the sides of a law differ: in shape, in dtype, in whole numbers, in a NaN, or by how much."""
    sides = "the orders" if orders else "the two sides"
    left, right = found.activation_first, found.pooling_first
    if left.shape != right.shape:
        return f"{sides} have different shapes, {tuple(left.shape)} and {tuple(right.shape)}"
    if left.dtype != right.dtype:
        return f"{sides} have different dtypes, {_dtype(left)} and {_dtype(right)}"
    one, other = (side[found.index].item() for side in (left, right))
    if not left.is_floating_point():
        return f"{sides} differ: {one} against {other}, first at {list(found.index)}"
    if found.gap_ulp is None or not math.isfinite(found.gap):
        shown = f"{number(one, found.dtype)} against {number(other, found.dtype)}"
        return f"{sides} differ: {shown}, first at {list(found.index)}"
    steps = steps_apart(found)
    counted = "" if steps is None else f" ({ulp(steps)})"
    return f"{sides} differ by {found.gap:.4g}{counted}, first at {list(found.index)}"


def steps_apart(found: Counterexample) -> int | None:
    """How many ULP the sides are apart; None where they are not values of the input's dtype, or NaN."""
    return found.gap_ulp if _dtype(found.activation_first) == found.dtype else None


def two_codes(found: Counterexample) -> str:
    """That the orders differ because one number has two results, if so; else empty."""
    steps = dict(found.steps)
    if not {"x", "f(x)", "P(x)", "f(P(x))"} <= set(steps):
        return ""
    one, first, second = (set(steps[name].flatten().tolist()) for name in ("x", "f(x)", "f(P(x))"))
    alone = one == set(steps["P(x)"].flatten().tolist()) and len(one) == len(first) == len(second) == 1
    if not alone or first == second:
        return ""
    at, left, right = (number(values.pop(), found.dtype) for values in (one, first, second))
    sizes = f"of {steps['f(x)'].numel():,} and of {steps['f(P(x))'].numel():,} elements"
    results = f"f({at}) is {left} in one and {right} in the other"
    return f"the orders call f on tensors {sizes}, by different code: {results}"


def exactly(found: Counterexample) -> list[str]:
    """Both sides in exact arithmetic beside the kernels' values, a line each, and whose the difference is."""
    symbolic = found.symbolic
    if symbolic is None:
        return []
    return [*(beside(side, found.dtype) for side in symbolic.sides), conclusion(symbolic)]


def conclusion(symbolic: Symbolic) -> str:
    """Whose the difference is, with the gap in exact arithmetic."""
    if symbolic.conclusion is Cause.FUNCTION:
        return f"the gap {symbolic.gap_value} is of the function"
    if symbolic.conclusion is Cause.ARITHMETIC:
        if symbolic.gap_sign == 0:
            return "exactly, both are equal: the difference is of the arithmetic"
        return f"exactly, the gap {symbolic.gap_value} obeys the law: the difference is of the arithmetic"
    if symbolic.conclusion is Cause.UNDECIDED:
        return f"of the function or of the arithmetic: undecided, {symbolic.why}"
    return f"no exact values: {symbolic.why}"


def beside(side: SymbolicSide, dtype: str) -> str:
    """`silu(max(-1, -2)) = -1/(1 + e) = -0.2689..   kernel -0.26894143 (0.36 ULP)`."""
    terms = [side.formula, side.written, side.value]
    written = " = ".join(dict.fromkeys(term for term in terms if term))
    return f"{written}   kernel {number(side.kernel, dtype)}{_off(side)}"


def _off(side: SymbolicSide) -> str:
    if side.distance_ulp is None:
        return ""
    beyond = f", where rounding allows {steps(side.allowed_ulp)}" if side.misses and side.allowed_ulp else ""
    return f" ({steps(side.distance_ulp)} ULP{beyond})"


def steps(count: float) -> str:
    """A number of ULP, whole or not."""
    return f"{count:,.0f}" if 100 <= count < 1e15 else f"{count:.2g}"


def given(found: Counterexample) -> str:
    """The input, as far as it is short."""
    tensor = found.input
    if tensor.numel() <= FEW:
        return f"x = {tensor.tolist()}"
    distinct = list(dict.fromkeys(tensor.flatten().tolist()))
    if len(distinct) == 1:
        return f"an x of shape {tuple(tensor.shape)} with {number(distinct[0], found.dtype)} throughout"
    return f"an x of shape {tuple(tensor.shape)}"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
