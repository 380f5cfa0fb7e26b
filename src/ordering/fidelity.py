"""Is the expression the kernel?  Compared point by point, against rigorous values of the expression.

A proof about the wrong function is worse than none, so an activation whose expression does not describe its
kernel is an error.  The kernel may round, and may round its parameters: `kernel(x)` must lie within `k` ULP
of `f(y)` for some y within one ULP of x, an ULP being that of `max(1, |x|, |f(x)|)` (mixed forward and
backward error: it forgives 0.1 rounded to the dtype at a breakpoint, and cancellation as in `x - tanh(x)`,
and nothing that is larger than rounding).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from flint import arb, fmpq
from sympy import Expr
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.evidence import Deviation, Fidelity, Parting
from ordering.lattice import shift
from ordering.loading import ActivationLike, load_activation
from ordering.reals import Undecided, ball_function, breakpoints, precision

ALLOWED_ULP: Final = {torch.float64: 16.0, torch.float32: 16.0, torch.float16: 8.0, torch.bfloat16: 8.0}
"""Vector math libraries promise 4 ULP or less for one function; the catalogue's longest chain (mish: exp,
log1p, tanh, product) has four.  Half precision is computed in float32 and rounded once or twice."""

SPREAD: Final = 1500
"""Seeded points over the exponent range, of each sign."""
CENTRAL: Final = 1500
"""Seeded points in [-8, 8], where activations have their features."""
BEYOND: Final = 2.0**40
"""Inputs beyond which the expression may have no enclosure (the exponential of a huge number)."""
BITS: Final = 170
"""Working precision: 50 decimal digits."""


def fidelity(
    activation: ActivationLike,
    dtypes: Sequence[torch.dtype] = (torch.float32, torch.float64),
    seed: int = 0,
) -> Fidelity:
    """Compare an activation's kernel with its expression in every dtype.

    The points are: zeros of both signs, breakpoints of the expression and their float neighbours,
    subnormal, tiny, huge and extreme values, small integers and halves, and seeded points in [-8, 8] and
    over the whole exponent range; inputs outside the entry's domain `(low, high)` are left out.

    Raises
    ------
    KernelError
        If the kernel raises or changes the shape or the dtype in every dtype asked for (a kernel may refuse
        some), is not pointwise, or is random.
    """
    entry = load_activation(activation)
    supported, refusals = _supported(entry, dtypes)
    for dtype in supported:
        examine_kernel(entry, dtype, seed)
    if entry.expression is None:
        return Fidelity(entry.name, None, (), None, "the activation has no expression to compare with")
    try:
        results = [_compare(entry, entry.expression, dtype, seed) for dtype in supported]
    except Undecided as undecided:
        return Fidelity(entry.name, None, (), None, f"the expression could not be evaluated: {undecided}")
    deviations = tuple(result.deviation for result in results)
    parting = next((result.parting for result in results if result.parting is not None), None)
    if parting is not None:
        why = (
            f"the expression is not the kernel: in {parting.dtype} at x = {parting.x!r} the kernel gives "
            f"{parting.kernel!r} and the expression {parting.expression!r}"
        )
        return Fidelity(entry.name, False, deviations, parting, why)
    if not any(deviation.points for deviation in deviations):
        return Fidelity(entry.name, None, deviations, None, "no point could be compared")
    worst = max(deviations, key=lambda d: d.worst_ulp)
    where = "" if worst.worst_at is None else f", in {worst.dtype} at x = {worst.worst_at!r}"
    why = "; ".join([f"the largest deviation is {worst.worst_ulp:.3g} ULP{where}", *refusals])
    return Fidelity(entry.name, True, deviations, None, why)


def _supported(entry: Activation, dtypes: Sequence[torch.dtype]) -> tuple[list[torch.dtype], list[str]]:
    """The dtypes that the kernel takes and returns, and why it refuses the others; not all may be refused."""
    supported, refusals = [], []
    for dtype in dtypes:
        try:
            _run(entry, _sample(entry, dtype))
            supported.append(dtype)
        except KernelError as error:
            refusals.append(str(error))
    if not supported:
        raise KernelError("; ".join(refusals) or f"{entry}: no dtype was given to compare in")
    return supported, refusals


# ---- is the kernel one that can be examined? ---------------------------------------------------------------


def examine_kernel(activation: ActivationLike, dtype: torch.dtype, seed: int = 0) -> None:
    """Check that the kernel is a deterministic function of each element that keeps shape and dtype.

    An element's result may differ by rounding between calls of different sizes (vector and scalar code).

    Raises
    ------
    KernelError
        Naming which of these fails, and where.
    """
    entry = load_activation(activation)
    x = _sample(entry, dtype, seed)
    first = _run(entry, x.reshape(8, 12)).reshape(-1)
    again = _run(entry, x.reshape(8, 12)).reshape(-1)
    if not torch.equal(torch.nan_to_num(first), torch.nan_to_num(again)):
        at = int((torch.nan_to_num(first) != torch.nan_to_num(again)).nonzero()[0])
        raise KernelError(
            f"{entry}: the kernel is random: two calls on the same {_name(dtype)} tensor differ at "
            f"x = {x[at].item()!r} ({first[at].item()!r}, then {again[at].item()!r})"
        )
    for part in (slice(0, 1), slice(5, 42), slice(95, 96)):
        alone = _run(entry, x[part])
        scale = torch.maximum(torch.maximum(x[part].abs(), first[part].abs()), torch.ones_like(x[part]))
        apart = (alone - first[part]).abs() > 64 * torch.finfo(dtype).eps * scale
        apart |= alone.isnan() != first[part].isnan()
        if bool(apart.any()):
            at = int(apart.nonzero()[0])
            raise KernelError(
                f"{entry}: the kernel is not pointwise: at x = {x[part][at].item()!r} it gives "
                f"{first[part][at].item()!r} within a tensor of 96 elements and {alone[at].item()!r} "
                f"within one of {alone.numel()} ({_name(dtype)})"
            )


def _sample(entry: Activation, dtype: torch.dtype, seed: int = 0) -> Tensor:
    """96 seeded inputs in [-4, 4], or within the entry's domain."""
    generator = torch.Generator().manual_seed(seed)
    x = (torch.rand(96, generator=generator, dtype=torch.float64) * 8 - 4).to(dtype)
    if entry.low is not None or entry.high is not None:
        low = float(entry.low if entry.low is not None else entry.high - 8)  # type: ignore[operator]
        high = float(entry.high if entry.high is not None else entry.low + 8)  # type: ignore[operator]
        x = (low + (high - low) * (x.to(torch.float64) + 4.5) / 9).to(dtype)
    return x


def _run(entry: Activation, x: Tensor) -> Tensor:
    """The kernel on a copy, so that one that works in place does no harm; raises `KernelError`."""
    try:
        y = entry.kernel(x.clone())
    except Exception as error:
        raise KernelError(
            f"{entry}: the kernel raised on a {_name(x.dtype)} tensor of shape {tuple(x.shape)}: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(y, Tensor):
        raise KernelError(f"{entry}: the kernel returned a {type(y).__name__}, not a tensor")
    if y.shape != x.shape:
        raise KernelError(f"{entry}: the kernel turned shape {tuple(x.shape)} into {tuple(y.shape)}")
    if y.dtype != x.dtype:
        raise KernelError(f"{entry}: the kernel turned {_name(x.dtype)} into {_name(y.dtype)}")
    return y.detach()


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


# ---- comparison --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Result:
    deviation: Deviation
    parting: Parting | None


def _compare(entry: Activation, expression: Expr, dtype: torch.dtype, seed: int) -> _Result:
    xs = _points(entry, expression, dtype, seed)
    # One call for all points: most take the kernel's vector path, the last few its scalar one.
    ys = _run(entry, torch.tensor(xs, dtype=dtype)).to(torch.float64).tolist() if xs else []
    neighbours = _neighbours(xs, dtype)
    f = ball_function(expression)
    allowed, eps = ALLOWED_ULP.get(dtype, 8.0), torch.finfo(dtype).eps
    largest = torch.finfo(dtype).max
    # exp and squares overflow from here on: an infinite or NaN result is the float's, not the function's.
    overflowing = math.log(largest) / 2
    worst, worst_at, compared = 0.0, None, 0
    with precision(BITS):
        for x, y, (below, above) in zip(xs, ys, neighbours, strict=True):
            value = f(arb(x))
            if not math.isfinite(y):
                if abs(x) >= overflowing or (value.is_finite() and abs(value) > largest / 2):
                    continue
                if not value.is_finite():
                    continue
                parting = Parting(_name(dtype), x, y, float(value.mid()))
                return _Result(_deviation(dtype, compared, worst, worst_at), parting)
            if value.is_finite():
                compared += 1
                deviation = _distance(y, value, value) / _unit(x, value, eps)
                if deviation > allowed:
                    hull = [v for v in (value, f(arb(below)), f(arb(above))) if v.is_finite()]
                    deviation = _distance(y, _least(hull), _most(hull)) / _unit(x, value, eps)
                if deviation > worst:
                    worst, worst_at = deviation, x
                if deviation <= allowed:
                    continue
            elif abs(x) > BEYOND or _defined_nearby(f, below, above):
                continue
            parting = Parting(_name(dtype), x, y, float(value.mid()) if value.is_finite() else math.nan)
            return _Result(_deviation(dtype, compared, worst, worst_at), parting)
    return _Result(_deviation(dtype, compared, worst, worst_at), None)


def _defined_nearby(f: Callable[[arb], arb], below: float, above: float) -> bool:
    """Where the expression has no value at x, its neighbours decide: a hole or a pole is not a parting."""
    return any(f(arb(t)).is_finite() for t in (below, above))


def _deviation(dtype: torch.dtype, compared: int, worst: float, worst_at: float | None) -> Deviation:
    return Deviation(_name(dtype), compared, ALLOWED_ULP.get(dtype, 8.0), worst, worst_at)


def _unit(x: float, value: arb, eps: float) -> float:
    """One ULP of `max(1, |x|, |f(x)|)`: eps times the power of two at or below it."""
    scale = max(1.0, abs(x), min(abs(float(value.mid())), 1e308))
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


# ---- points ------------------------------------------------------------------------------------------------


def _points(entry: Activation, expression: Expr, dtype: torch.dtype, seed: int) -> list[float]:
    """Inputs in the entry's domain, by increasing magnitude, each once (both zeros)."""
    info = torch.finfo(dtype)
    special = [0.0, info.smallest_normal, info.tiny * info.eps, info.eps, info.max, info.max / 4, 1.0]
    special += [n / 2 for n in range(1, 33)]
    corners = [float(q.p) / float(q.q) for q in breakpoints(expression, entry.low, entry.high)]
    near = torch.tensor([*special, *(-s for s in special), *corners], dtype=dtype)
    around = [shift(near, steps) for steps in (-2, -1, 0, 1, 2)]
    generator = torch.Generator().manual_seed(seed)
    central = (torch.rand(CENTRAL, generator=generator, dtype=torch.float64) * 16 - 8).to(dtype)
    low, high = math.log2(info.tiny), math.log2(info.max)
    exponents = torch.rand(2 * SPREAD, generator=generator, dtype=torch.float64) * (high - low) + low
    spread = torch.exp2(exponents).to(dtype)
    spread[::2] *= -1
    # Half of them where functions still vary: magnitudes from 2**-20 to 2**10.
    middle = torch.exp2(torch.rand(SPREAD, generator=generator, dtype=torch.float64) * 30 - 20).to(dtype)
    middle[::2] *= -1
    points = torch.cat([*around, central, spread, middle]).to(torch.float64)
    points = points[points.isfinite()]
    inside = {value for value in points.tolist() if _in_domain(value, entry)}
    ordered = sorted(inside, key=lambda value: (abs(value), value))
    return [*([-0.0] if 0.0 in inside else []), *ordered]


def _in_domain(value: float, entry: Activation) -> bool:
    exact = fmpq(*value.as_integer_ratio())
    low = entry.low is None or not entry.low.is_finite or exact > fmpq(*_ratio(entry.low))
    return low and (entry.high is None or not entry.high.is_finite or exact < fmpq(*_ratio(entry.high)))


def _ratio(number: Expr) -> tuple[int, int]:
    if number.is_Rational:
        return int(number.p), int(number.q)
    return float(number).as_integer_ratio()


def _neighbours(xs: list[float], dtype: torch.dtype) -> Iterator[tuple[float, float]]:
    """The float values just below and just above each point."""
    tensor = torch.tensor(xs, dtype=dtype)
    largest = torch.finfo(dtype).max
    below = shift(tensor, -1).to(torch.float64).clamp(-largest, largest)
    above = shift(tensor, 1).to(torch.float64).clamp(-largest, largest)
    return zip(below.tolist(), above.tolist(), strict=True)
