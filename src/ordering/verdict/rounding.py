"""What may be called rounding: a few units in the last place of the larger of 1 and the results.

Near zero a ULP of the result is no measure: `x - tanh(x)` rounds in units of x, and its result may be a
thousandth of that.  The size of the inputs is no measure either: `x / sqrt(1 + x^2)` that overflows to 0 at
x = 256 is wrong by one, however large 256 is.  A sum of inputs, though, rounds in units of what is summed.
"""

from __future__ import annotations

import math
from typing import Final

from ordering.evidence import Certificate, Counterexample, Pair
from ordering.verdict.settings import HALF_EPSILON

UNITS: Final = 32
"""Twice what `fidelity` allows a kernel at one input: a gap between orders has two ends."""
HALF_UNITS: Final = 16
"""The same in half precision."""
HALF_UNITS_UNPROVED: Final = 4
"""In half precision without a proof: kernels compute in float32 and round once or twice; 16 units of bfloat16
are an eighth of the value."""


def units(epsilon: float, *, proved: bool) -> int:
    """How many units rounding alone may take between the orders, in the dtype of this machine epsilon."""
    if epsilon < HALF_EPSILON:
        return UNITS
    return HALF_UNITS if proved else HALF_UNITS_UNPROVED


def unit(epsilon: float, *numbers: float) -> float:
    """One unit in the last place of the largest of 1 and the numbers; infinite ones are left out."""
    largest = max(1.0, *(abs(number) for number in numbers if math.isfinite(number)))
    return epsilon * 2.0 ** (math.frexp(largest)[1] - 1)


def exceeds(pair: Pair, limit: float, epsilon: float, allowed: int, *, inputs: bool = False) -> bool:
    """Whether a fall passes the limit by more than the allowed units; an infinite result always does.

    With `inputs`, the unit is that of the inputs where these are larger: what passes even that is no rounding
    by any measure.
    """
    if not (math.isfinite(pair.fa) and math.isfinite(pair.fb)):
        return True
    sizes = (*pair, limit) if inputs else (pair.fa, pair.fb, limit)
    return pair.fa - pair.fb - limit > allowed * unit(epsilon, *sizes)


def falls(certificate: Certificate) -> tuple[Pair, ...]:
    """The certificate's three largest falls: scaled, by value, by steps; each pair once."""
    found = (certificate.steepest, certificate.widest, certificate.worst)
    return tuple(dict.fromkeys(pair for pair in found if pair is not None))


def excess(
    found: Counterexample, limit: float, epsilon: float, allowed: int, *, inputs: bool = False
) -> bool:
    """Whether the two sides differ somewhere by more than the limit and the allowed units; as `exceeds`."""
    left, right = (side.double() for side in (found.activation_first, found.pooling_first))
    if left.shape != right.shape:
        return True
    given = found.input[found.input.isfinite()].double()
    largest = float(given.abs().max()) if inputs and given.numel() else 0.0
    both = left.isfinite() & right.isfinite() | (left == right) | (left.isnan() & right.isnan())
    if not bool(both.all()):
        return True
    gap = (left - right).abs().nan_to_num(nan=0.0)
    size = left.abs().maximum(right.abs()).nan_to_num(nan=0.0, posinf=0.0).clamp(min=max(1.0, largest, limit))
    last = epsilon * 2.0 ** (size.frexp().exponent - 1).double()
    return bool((gap - limit > allowed * last).any())
