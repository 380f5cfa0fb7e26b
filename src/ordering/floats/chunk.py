"""The exact summary of a few thousand results, whatever they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ordering.floats.lattice import value_of_step
from ordering.floats.paths import Bits, as_bits
from ordering.floats.segment import Fall, Point, Segment, Split, deeper, wider
from ordering.lattice import Format

Mask = npt.NDArray[np.bool_]


def summarise(start: int, vector: Bits, scalar: Bits, form: Format) -> Segment:
    """Summarise the results at consecutive ranks from `start` on; a single path is given twice."""
    one = _read(vector, form)
    other = one if scalar is vector else _read(scalar, form)
    nan = one.nan if other is one else one.nan | other.nan
    missing = int(np.count_nonzero(nan))
    low, high = one.steps, other.steps
    if other is not one:
        low, high = np.minimum(low, high), np.maximum(low, high)
    fields: dict[str, Any] = {"values": len(vector), "nan": missing}
    if other is not one:
        fields |= _splits(start, vector, scalar, one.nan & other.nan, _depth(high, low, nan), form)
    places: npt.NDArray[np.intp] | None = None
    if missing:
        fields["nan_first"] = start + int(np.argmax(nan))
        places = np.flatnonzero(~nan)
        low, high = low[places], high[places]
    if len(low):

        def at(steps: Bits, index: int) -> Point:
            place = index if places is None else int(places[index])
            step = int(steps[index])
            return Point(start + place, step, value_of_step(step, form))

        fields |= _order(low, high, at, form)
    return Segment(**fields)


def point(place: int, value: float, form: Format) -> Point:
    """The result `value` at the rank `place`."""
    bits = as_bits(torch.tensor([value], dtype=form.dtype), form)
    return Point(place, int(_read(bits, form).steps[0]), value)


def values(steps: Bits, form: Format) -> npt.NDArray[np.float64]:
    """The values that lie these steps from zero, exactly, as doubles; zeros as 0.0."""
    sign = steps >> (form.bits - 1)  # -1 where negative
    bits = ((steps ^ sign) - sign) | (sign & (-form.magnitude_mask - 1))
    return torch.from_numpy(bits).view(form.dtype).to(torch.float64).numpy()


class _Read(NamedTuple):
    """Results as steps from zero (meaningless where NaN), and where they are NaN."""

    steps: Bits
    nan: Mask


def _read(bits: Bits, form: Format) -> _Read:
    magnitude = bits & form.magnitude_mask
    sign = bits >> (form.bits - 1)  # -1 where the sign bit is set
    nan: Mask = magnitude > form.top
    magnitude ^= sign
    magnitude -= sign
    return _Read(magnitude, nan)


def _depth(high: Bits, low: Bits, nan: Mask | None = None) -> npt.NDArray[np.unsignedinteger]:
    """`high - low`, which is never negative but may need the sign's bit: so read as unsigned."""
    depth: npt.NDArray[np.unsignedinteger] = np.subtract(high, low).view(f"u{low.itemsize}")
    if nan is not None:
        depth[nan] = 0
    return depth


def _order(low: Bits, high: Bits, at: Callable[[Bits, int], Point], form: Format) -> dict[str, Any]:
    """The fields of a `Segment` that are about order, of results without NaN, `low[i] <= high[i]`."""
    falls = high[:-1] > low[1:]
    drops = int(np.count_nonzero(falls))

    def highest_up_to(index: int, height: int) -> int:
        """The last input up to there with that result."""
        return index - int(np.argmax(high[index::-1] == height))

    peak = int(np.argmax(high))
    fields: dict[str, Any] = {
        "first": at(low, 0),
        "last": at(high, len(high) - 1),
        "top": at(high, highest_up_to(len(high) - 1, high[peak])),
        "bottom": at(low, int(np.argmin(low))),
    }
    if drops:
        place = int(np.argmax(falls))
        fields |= {"drops": drops, "first_drop": Fall(at(high, place), at(low, place + 1))}
    elif low is high:
        return fields

    def fall_to(index: int, height: int) -> Fall:
        return Fall(at(high, highest_up_to(index, height)), at(low, index))

    worst, widest = _falls_while_rising(low[: peak + 1], high[: peak + 1], fall_to, form)
    if peak + 1 < len(low):
        # Behind the highest result it is the running maximum: the lowest one there lies deepest below it.
        lowest = peak + 1 + int(np.argmin(low[peak + 1 :]))
        if low[lowest] < high[peak]:
            behind = fall_to(lowest, high[peak])
            worst, widest = deeper(worst, behind), wider(widest, behind)
    return fields | {"worst": worst, "widest": widest}


def _falls_while_rising(
    low: Bits, high: Bits, fall_to: Callable[[int, int], Fall], form: Format
) -> tuple[Fall | None, Fall | None]:
    """The deepest and the widest fall among results of which the last is the highest."""
    running = np.maximum.accumulate(high)
    depth = _depth(running, low)
    below = np.flatnonzero(depth > 0)
    if not len(below):
        return None, None
    deepest = int(np.argmax(depth))
    gaps = values(running[below], form) - values(low[below], form)
    below = below[gaps == gaps.max()]  # rounded, and perhaps infinite: of equal ones the deepest counts
    widest = int(below[np.argmax(depth[below])])
    return fall_to(deepest, running[deepest]), fall_to(widest, running[widest])


def _splits(
    start: int,
    vector: Bits,
    scalar: Bits,
    both_nan: Mask,
    depth: npt.NDArray[np.unsignedinteger],
    form: Format,
) -> dict[str, Any]:
    """The fields of a `Segment` about inputs on which the bits of two paths differ, NaN payloads apart."""
    differ = vector != scalar
    differ &= ~both_nan
    differing = int(np.count_nonzero(differ))
    if not differing:
        return {}
    first, worst = int(np.argmax(differ)), int(np.argmax(depth))

    def split(place: int) -> Split:
        left, right = (_value(int(bits[place]), form) for bits in (vector, scalar))
        return Split(start + place, left, right, int(depth[place]))

    return {
        "differing": differing,
        "first_split": split(first),
        "worst_split": split(worst if depth[worst] else first),
    }


def _value(bits: int, form: Format) -> float:
    """The value with these (signed) bits."""
    magnitude = bits & form.magnitude_mask
    # The one NaN of `math`, so that equal records compare equal.
    return math.nan if magnitude > form.top else form.value(magnitude if bits >= 0 else -magnitude - 1)
