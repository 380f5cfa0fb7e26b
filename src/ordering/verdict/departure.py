"""Where a kernel leaves the function that it stands for: overflow, lost digits, or another function.

A function that is proved not to fall may still fall on the floats, by rounding.  Where it falls by more than
rounding, one end of the fall is wrong, and its exact value tells which.  If the same kernel is right there in
float64, the dtype is to blame; if not, the expression is not the kernel's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import torch
from flint import arb
from torch import Tensor

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.evidence import Pair
from ordering.examination import evaluate
from ordering.floats import Store, certify
from ordering.floats.lattice import Interval
from ordering.kernels.overflow import overflows_on_the_way
from ordering.lattice import from_rank, rank
from ordering.reals import ball_function, precision
from ordering.verdict.records import Departure
from ordering.verdict.rounding import unit, units
from ordering.verdict.settings import SMALL

BITS: Final = 400
ENOUGH: Final = 60
"""Bits of which the value has to be certain: more than a double holds."""


def departure(
    activation: Activation, pairs: Sequence[Pair], over: Interval, store: Store | None
) -> Departure | None:
    """The first end of these falls at which the kernel is not near the function's exact value.

    For dtypes of 16 bits also the range of inputs around it in which the kernel keeps to the function, with a
    scan of that range; of larger dtypes the range alone, by bisection.

    None without an expression, or where each end is near enough (then the function itself falls).
    """
    if activation.expression is None:
        return None
    dtype = over.form.dtype
    for pair in pairs:
        for at, given in ((pair.b, pair.fb), (pair.a, pair.fa)):
            true = _true(activation, at)
            if true is None or _near(given, true, dtype):
                continue
            found = _double(activation, at)
            # In units of the dtype: what float64 loses of its own digits is not what made this fall.
            foreign = found is not None and not _near(found, true, dtype)
            overflow = overflows_on_the_way(activation.kernel, torch.tensor([at], dtype=dtype))
            calm = None if foreign or found is None else calm_range(activation, over, (at,))
            within = None
            if calm is not None and dtype in SMALL:
                low, high = calm
                within = certify(activation, dtype, path="all", low=low, high=high, workers=1, store=store)
            return Departure(at, given, true, found, foreign, overflow, calm, within)
    return None


def _true(activation: Activation, at: float) -> float | None:
    """The function's value at a float; None where it cannot be enclosed."""
    if activation.expression is None or not math.isfinite(at):
        return None
    with precision(BITS):
        value = ball_function(activation.expression)(arb(at))
        return float(value.mid()) if value.is_finite() and value.rel_accuracy_bits() >= ENOUGH else None


def _double(activation: Activation, at: float) -> float | None:
    """What the kernel gives in float64."""
    try:
        return float(evaluate(activation.kernel, torch.tensor([at], dtype=torch.float64))[0])
    except KernelError:
        return None


def _near(given: float, true: float, dtype: torch.dtype) -> bool:
    """Whether a result is the true value, rounded: to infinity where that is beyond the dtype's largest."""
    info = torch.finfo(dtype)
    if abs(true) > info.max / 2 and math.isinf(given) and given * true > 0:
        return True
    allowed = units(info.eps, proved=True) / 2 * unit(info.eps, true)
    return abs(given - true) <= allowed if math.isfinite(given) else False


def calm_range(
    activation: Activation, over: Interval, outside: Sequence[float]
) -> tuple[float, float] | None:
    """The inputs around the one nearest to zero between which the kernel is near its results in float64.

    In 16 bits every value is looked at; in larger dtypes the range ends, by bisection, before the nearest of
    the values `outside`, or of their mirror images, at which the kernel is not near.  None where it is not
    near in the middle, or there is no telling.
    """
    try:
        return _calm(activation, over, outside)
    except KernelError:  # it does not take float64
        return None


def _calm(activation: Activation, over: Interval, outside: Sequence[float]) -> tuple[float, float] | None:
    dtype = over.form.dtype

    def calm(values: Tensor) -> Tensor:
        with torch.no_grad():
            here = evaluate(activation.kernel, values.clone()).double()
            wide = evaluate(activation.kernel, values.double())
        info = torch.finfo(dtype)
        size = wide.abs().clamp(min=1.0).nan_to_num(posinf=info.max)
        last = info.eps * 2.0 ** (size.frexp().exponent - 1).double()
        near = (here - wide).abs() <= units(info.eps, proved=True) / 2 * last
        beyond = (wide.abs() > info.max / 2) & here.isinf() & (here.sign() == wide.sign())
        return near | beyond | (here == wide)

    def calm_at(place: int) -> bool:
        return bool(calm(from_rank(torch.tensor([place]), dtype)).all())

    middle = min(max(0, over.start), over.stop - 1)
    if not calm_at(middle):
        return None
    if dtype in SMALL:
        ranks = torch.arange(over.start, over.stop)
        values = from_rank(ranks, dtype)
        wild = ranks[~calm(values) & values.isfinite()]
        below, above = wild[wild < middle], wild[wild > middle]
        low = int(below.max()) + 1 if len(below) else over.start
        high = int(above.min()) - 1 if len(above) else over.stop - 1
        return over.form.value(low), over.form.value(high)
    # Too many to look at each: from places that are known to be wild, or their mirror images, to the middle.
    edges = [int(rank(torch.tensor(each, dtype=dtype))) for each in dict.fromkeys(outside)]
    wild_places = [p for edge in edges for p in (edge, -edge - 1) if over.start <= p < over.stop]
    low = max([_bisected(middle, p, calm_at) for p in wild_places if p < middle], default=over.start)
    high = min([_bisected(middle, p, calm_at) for p in wild_places if p > middle], default=over.stop - 1)
    return over.form.value(low), over.form.value(high)


def _bisected(inside: int, outside: int, calm: Callable[[int], bool]) -> int:
    """A calm rank whose neighbour away from `inside` is not calm; `outside` itself where that is calm."""
    if calm(outside):
        return outside
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if calm(middle):
            inside = middle
        else:
            outside = middle
    return inside
