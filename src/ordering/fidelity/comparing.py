"""Is the expression the kernel?  Compared point by point, against rigorous values of the expression.

A proof about the wrong function is worse than none, so an activation whose expression does not describe its
kernel is an error.  The kernel may round, and may round its parameters: `kernel(x)` must lie within `k` ULP
of `f(y)` for some y within one ULP of x, an ULP being that of `max(1, |x|, |f(x)|)` (mixed forward and
backward error: it forgives 0.1 rounded to the dtype at a breakpoint, and cancellation as in `x - tanh(x)`,
and nothing that is larger than rounding).

A point at which the expression's value could not be enclosed tells nothing: it is neither a parting nor a
pass.  A number that the kernel gives where the expression certainly has no real value is a parting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import torch
from flint import arb
from sympy import Expr
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.evidence import Deviation, Fidelity, Parting
from ordering.evidence.fidelity import allowed_ulp
from ordering.examination import evaluate, examine_kernel
from ordering.fidelity.enclosing import BEYOND, BITS, Enclosing, No
from ordering.fidelity.points import inside, many, neighbours, ordered, points
from ordering.fidelity.quick import quick
from ordering.kernels.overflow import overflows_on_the_way
from ordering.loading import ActivationLike, load_activation
from ordering.reals import Undecided, precision
from ordering.running.threads import one_thread

SUSPECTS: Final = 32
"""Points that a quick look adds: so many nearest to zero, and as many that stray the most."""


def fidelity(
    activation: ActivationLike,
    dtypes: Sequence[torch.dtype] = (torch.float32, torch.float64),
    seed: int = 0,
) -> Fidelity:
    """Compare an activation's kernel with its expression in every dtype.

    The points are: zeros of both signs, breakpoints of the expression and their float neighbours,
    subnormal, tiny, huge and extreme values, small integers and halves, seeded points in [-8, 8] and
    over the whole exponent range, and those where a quick look at every value of 16 bits and 2^16 more sees
    the two part; inputs outside the entry's domain `(low, high)` are left out.

    Raises
    ------
    KernelError
        If the kernel raises or changes the shape or the dtype in every dtype asked for (a kernel may refuse
        some), is not pointwise, is random, keeps state, or writes to its input.
    """
    entry = load_activation(activation)
    supported, refusals = _supported(entry, dtypes, seed)
    if entry.expression is None:
        return Fidelity(entry.name, None, (), None, "the activation has no expression to compare with")
    try:
        with one_thread(), torch.no_grad(), precision(BITS):
            results = [_compare(entry, entry.expression, dtype, seed) for dtype in supported]
    except Undecided as undecided:
        return Fidelity(entry.name, None, (), None, f"the expression could not be evaluated: {undecided}")
    deviations = tuple(result.deviation for result in results)
    parting = next((result.parting for result in results if result.parting is not None), None)
    if parting is not None:
        return Fidelity(entry.name, False, deviations, parting, _told(parting))
    missing = next((deviation for deviation in deviations if deviation.missing), None)
    if missing is not None:
        why = (
            f"the expression's value could not be enclosed at {missing.missing:,} of "
            f"{missing.missing + missing.points:,} points in {missing.dtype}, the first of them "
            f"x = {missing.missing_first!r}: whether it is the kernel is not known there"
        )
        return Fidelity(entry.name, None, deviations, None, why)
    if not any(deviation.points for deviation in deviations):
        return Fidelity(entry.name, None, deviations, None, "no point could be compared")
    worst = max(deviations, key=lambda d: d.worst_ulp)
    where = "" if worst.worst_at is None else f", in {worst.dtype} at x = {worst.worst_at!r}"
    why = "; ".join([f"the largest deviation is {worst.worst_ulp:.3g} ULP{where}", *refusals])
    return Fidelity(entry.name, True, deviations, None, why)


def _supported(
    entry: Activation, dtypes: Sequence[torch.dtype], seed: int
) -> tuple[list[torch.dtype], list[str]]:
    """The dtypes that the kernel takes and returns, and why it refuses the others; not all may be refused."""
    supported: list[torch.dtype] = []
    refusals: list[KernelError] = []
    for dtype in dtypes:
        try:
            examine_kernel(entry, dtype, seed=seed)
            supported.append(dtype)
        except KernelError as error:
            refusals.append(error)
    if refusals and not supported:
        raise refusals[0]
    if not supported:
        raise KernelError(f"{entry}: no dtype was given to compare in")
    return supported, [str(refusal) for refusal in refusals]


def _told(parting: Parting) -> str:
    given = (
        "the expression has no real value"
        if math.isnan(parting.expression)
        else f"the expression {parting.expression!r}"
    )
    return (
        f"the expression is not the kernel: in {parting.dtype} at x = {parting.x!r} the kernel gives "
        f"{parting.kernel!r} and {given}"
    )


# ---- comparison --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Result:
    deviation: Deviation
    parting: Parting | None


def _compare(entry: Activation, expression: Expr, dtype: torch.dtype, seed: int) -> _Result:
    enclosing = Enclosing(expression)
    found = points(entry, expression, dtype, seed)
    xs = ordered(found | inside(entry, _suspects(entry, expression, dtype, seed)))
    # One call for all points: most take the kernel's vector path, the last few its scalar one.
    ys = _run(entry, torch.tensor(xs, dtype=dtype)).to(torch.float64).tolist() if xs else []
    allowed, eps = allowed_ulp(str(dtype).removeprefix("torch.")), torch.finfo(dtype).eps
    largest = torch.finfo(dtype).max
    overflowing = _overflowing(dtype)
    tally = _Tally(dtype, allowed)
    unit = partial(_unit, eps)
    for x, y, beside in zip(xs, ys, neighbours(xs, dtype), strict=True):
        if not math.isfinite(y) and abs(x) >= overflowing:
            continue
        value = enclosing.at(x, unit)
        if not math.isfinite(y):
            if (
                not isinstance(value, No)
                and not abs(value) > largest / 2
                and not _only_overflows(entry, x, dtype, value, allowed * unit(x, value))
            ):
                return tally.parted(x, y, float(value.mid()))
        elif isinstance(value, No):
            if value is No.REAL:
                # Neighbours decide: a hole or a pole is no parting.
                near = [enclosing.at(t, unit) for t in beside]
                if all(each is No.REAL for each in near):
                    return tally.parted(x, y, math.nan)
                if all(isinstance(each, No) for each in near):
                    tally.miss(x)
            elif abs(x) <= BEYOND:
                tally.miss(x)
        else:
            size = unit(x, value)
            deviation = float(abs(value - y).upper()) / size
            if deviation > allowed:
                near = [enclosing.at(t, unit) for t in beside]
                hull = [value, *(each for each in near if not isinstance(each, No))]
                deviation = _distance(y, _least(hull), _most(hull)) / size
                if deviation > allowed and No.ENCLOSURE in near:
                    tally.miss(x)
                    continue
                if deviation > allowed and (
                    (abs(x) >= overflowing and _overflows(entry, x, dtype))
                    or _only_overflows(entry, x, dtype, value, allowed * size)
                ):
                    continue  # the float's fault, as where the result itself is infinite
            tally.compared(x, deviation)
            if deviation > allowed:
                return tally.parted(x, y, float(value.mid()))
    return tally.agreed()


def _suspects(entry: Activation, expression: Expr, dtype: torch.dtype, seed: int) -> list[float]:
    """Points at which a quick look sees kernel and expression part: the nearest to zero, and the worst."""
    look = quick(expression)
    if look is None:
        return []
    low = -math.inf if entry.low is None else float(entry.low)
    high = math.inf if entry.high is None else float(entry.high)
    xs = many(dtype, seed)
    xs = xs[(xs > low) & (xs < high)]
    at, ys = xs.double(), _run(entry, xs).double()
    values = look(at)
    scale = torch.maximum(torch.maximum(at.abs(), values.abs().nan_to_num(0.0)), torch.ones_like(at))
    strays = ((ys - values).abs() / (torch.finfo(dtype).eps * scale)).nan_to_num(torch.inf)
    strays[~ys.isfinite() & (~values.isfinite() | (at.abs() >= _overflowing(dtype)))] = 0
    places = (strays > allowed_ulp(str(dtype).removeprefix("torch.")) / 2).nonzero().flatten()
    nearest = places[at[places].abs().argsort()][:SUSPECTS]
    worst = places[strays[places].argsort(descending=True)][:SUSPECTS]
    found: list[float] = at[torch.cat([nearest, worst])].tolist()
    return found


def _overflows(entry: Activation, x: float, dtype: torch.dtype) -> bool:
    """Whether the kernel overflows on the way to its result there."""
    return overflows_on_the_way(entry.kernel, torch.tensor([x], dtype=dtype))


def _only_overflows(entry: Activation, x: float, dtype: torch.dtype, value: arb, allowed: float) -> bool:
    """Whether the kernel overflows on the way, in a dtype in which it is right where there is more room.

    float64 has no dtype with more room: there the argument has to be large enough for an exponential of a
    small multiple of it to overflow.
    """
    if not _overflows(entry, x, dtype):
        return False
    if dtype == torch.float64:
        return abs(x) >= _overflowing(dtype) / 8
    wide = float(_run(entry, torch.tensor([x], dtype=torch.float64)))
    return math.isfinite(wide) and bool(abs(value - wide) <= allowed)


def _overflowing(dtype: torch.dtype) -> float:
    """exp and squares overflow from here on: an infinite or NaN result is the float's, not the function's."""
    return math.log(torch.finfo(dtype).max) / 2


def _run(entry: Activation, x: Tensor) -> Tensor:
    try:
        return evaluate(entry.kernel, x.clone())
    except KernelError as error:
        raise KernelError(f"{entry}: {error}") from error


class _Tally:
    """What was seen so far in one dtype."""

    def __init__(self, dtype: torch.dtype, allowed: float) -> None:
        self._dtype, self._allowed = str(dtype).removeprefix("torch."), allowed
        self._points, self._worst, self._worst_at = 0, 0.0, None
        self._missing, self._missing_first = 0, None

    _worst_at: float | None
    _missing_first: float | None

    def compared(self, x: float, deviation: float) -> None:
        """One more point."""
        self._points += 1
        if deviation > self._worst:
            self._worst, self._worst_at = deviation, x

    def miss(self, x: float) -> None:
        """One more point at which nothing could be compared."""
        self._missing += 1
        if self._missing_first is None:
            self._missing_first = x

    def parted(self, x: float, kernel: float, expression: float) -> _Result:
        """They part here."""
        return _Result(self._deviation(), Parting(self._dtype, x, kernel, expression))

    def agreed(self) -> _Result:
        """They part nowhere."""
        return _Result(self._deviation(), None)

    def _deviation(self) -> Deviation:
        return Deviation(
            self._dtype,
            self._points,
            self._allowed,
            self._worst,
            self._worst_at,
            self._missing,
            self._missing_first,
        )


def _unit(eps: float, x: float, value: arb) -> float:
    """One ULP of `max(1, |x|, |f(x)|)`: eps times the power of two at or below it."""
    scale = max(1.0, abs(x), min(abs(float(value)), 1e308))
    return eps * 2.0 ** (math.frexp(scale)[1] - 1)


def _distance(y: float, least: arb, most: arb) -> float:
    """How far y lies outside `[least, most]`, in float."""
    at = arb(y)
    return max(0.0, float((least - at).upper()), float((at - most).upper()))


def _least(values: list[arb]) -> arb:
    result = values[0]
    for value in values[1:]:
        result = result.min(value)
    return result


def _most(values: list[arb]) -> arb:
    result = values[0]
    for value in values[1:]:
        result = result.max(value)
    return result
