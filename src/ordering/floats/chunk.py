"""The exact summary of a few thousand results, whatever they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from ordering.floats.lattice import value_of_step
from ordering.floats.paths import Bits, as_bits
from ordering.floats.segment import Fall, Point, Segment, Split, deeper, steeper, wider
from ordering.lattice import Format

Mask: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.floating]
"""Results as floats of a dtype that numpy has and that holds them exactly."""
Places: TypeAlias = npt.NDArray[np.intp]


def summarise(ranks: Places, vector: Bits, scalar: Bits, form: Format, *, values: int) -> Segment:
    """Summarise the results at rising ranks; a single path is given twice.

    The ranks are those of `values` consecutive ones, or all of them at which something happens: see `Events`.
    """
    one = _read(vector, form)
    other = one if scalar is vector else _read(scalar, form)
    nan = one.nan if other is one else one.nan | other.nan
    missing = int(np.count_nonzero(nan))
    low, high = one.steps, other.steps
    if other is not one:
        low, high = np.minimum(low, high), np.maximum(low, high)
    fields: dict[str, Any] = {"values": values, "nan": missing}
    if other is not one:
        fields |= _splits(ranks, vector, scalar, one.nan & other.nan, _depth(high, low, nan), form)
    if missing:
        fields["nan_first"] = int(ranks[np.argmax(nan)])
        ranks, low, high = ranks[~nan], low[~nan], high[~nan]
    if len(low):
        fields |= _order(low, high, ranks, form)
    return Segment(**fields)


MANY: Final = 16
"""Where more than one result in so many differs in its bits, it is asked whether only signs of zeros do."""


class Events(NamedTuple):
    """Where something happens among consecutive results, and the results there.

    Something happens at the ends, where two paths differ and next to there, where a result is NaN, and on
    both sides of a drop.  Between two such places results rise, and so the highest, the lowest and every
    fall's two ends are among them.  Where many zeros differ in sign alone, only their number and the first
    are kept.
    """

    values: int
    ranks: Places
    vector: Bits
    scalar: Bits
    signs: int
    first_sign: Split | None


def events(start: int, numbers: tuple[Numbers, Numbers], bits: tuple[Bits, Bits], differ: Mask) -> Events:
    """The events from the rank `start` on.

    `numbers` and `bits` are the same results: the vector path's and the scalar one's, or one path's twice;
    `differ` tells where their bits differ.
    """
    many = np.count_nonzero(differ) > len(differ) // MANY
    happens = np.not_equal(*numbers) if many else differ.copy()
    line = numbers[0]
    # Where nothing differs both paths are one line; next to where something does, both neighbours are events.
    falls = ~(line[:-1] <= line[1:])
    beside = happens.copy()
    happens[:-1] |= falls | beside[1:]
    happens[1:] |= falls | beside[:-1]
    happens[0] = happens[-1] = True
    places = np.flatnonzero(happens)
    count, first = 0, None
    if many:
        signs = differ > happens
        if count := int(np.count_nonzero(signs)):
            place = int(signs.argmax())
            first = Split(start + place, float(numbers[0][place]), float(numbers[1][place]), 0)
    vector = bits[0][places]
    scalar = vector if bits[1] is bits[0] else bits[1][places]
    return Events(len(line), places + start, vector, scalar, count, first)


def summarise_events(parts: Sequence[Events], form: Format) -> Segment:
    """What `summarise` says of all the results that follow one another in these parts."""
    one = parts[0].vector is parts[0].scalar
    vector = np.concatenate([part.vector for part in parts])
    scalar = vector if one else np.concatenate([part.scalar for part in parts])
    ranks = np.concatenate([part.ranks for part in parts])
    found = summarise(ranks, vector, scalar, form, values=sum(part.values for part in parts))
    signs = sum(part.signs for part in parts)
    if not signs:
        return found
    candidates = (found.first_split, *(part.first_sign for part in parts))
    first = min((split for split in candidates if split is not None), key=lambda split: split.rank)
    farthest = found.worst_split
    return replace(
        found,
        differing=found.differing + signs,
        first_split=first,
        worst_split=farthest if farthest is not None and farthest.depth else first,
    )


def summarise_numbers(start: int, numbers: Numbers, bits: Bits, rises: Mask, form: Format) -> Segment | None:
    """What `summarise` says of one path's results, in a fraction of its time; None if one of them is NaN.

    `numbers` and `bits` are the same results, and `rises[i]` is `numbers[i] <= numbers[i + 1]`.
    """
    if np.isnan(numbers[numbers.argmax()]):  # which is where NaN is, if it is anywhere
        return None

    def steps(places: Places) -> Bits:
        return _read(bits[places], form).steps

    def at(place: int) -> Point:
        magnitude = int(bits[place]) & form.magnitude_mask
        step = -magnitude if bits[place] < 0 else magnitude
        value = float(numbers[place]) or 0.0  # -0.0 is 0.0 too
        return Point(start + place, step, value, _scaled_one(step, value, form))

    fields = _extremes(numbers, rises, steps, at, form)
    if drops := len(rises) - int(np.count_nonzero(rises)):
        first = int(rises.argmin())
        fields |= {"drops": drops, "first_drop": Fall(at(first), at(first + 1))}
    return Segment(values=len(bits), first=at(0), last=at(len(bits) - 1), **fields)


def point(place: int, value: float, form: Format) -> Point:
    """The result `value` at the rank `place`."""
    bits = as_bits(torch.tensor([value], dtype=form.dtype), form)
    step = int(_read(bits, form).steps[0])
    return Point(place, step, value, _scaled_one(step, value, form))


def values(steps: Bits, form: Format) -> npt.NDArray[np.float64]:
    """The values that lie these steps from zero, exactly, as doubles; zeros as 0.0."""
    sign = steps >> (form.bits - 1)  # -1 where negative
    bits = ((steps ^ sign) - sign) | (sign & (-form.magnitude_mask - 1))
    return torch.from_numpy(bits).view(form.dtype).to(torch.float64).numpy()


def scaled(steps: Bits, of: npt.NDArray[np.float64], form: Format) -> npt.NDArray[np.float64]:
    """The results, given as steps and as values, in units of the last place of `max(1, |result|)`."""
    units = 1 << form.fraction
    # Subtracted as integers: the steps of float64 are more than doubles can count.
    beyond = np.sign(of) * (np.abs(steps) - steps.dtype.type(form.one - units)).astype(np.float64)
    return np.where(np.abs(of) < 1, of * units, beyond)


def _scaled_one(step: int, value: float, form: Format) -> float:
    return float(scaled(np.array([step]), np.array([value]), form)[0])


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


def _point(rank: int, step: np.signedinteger, form: Format) -> Point:
    value = value_of_step(int(step), form)
    return Point(rank, int(step), value, _scaled_one(int(step), value, form))


def _order(low: Bits, high: Bits, ranks: Places, form: Format) -> dict[str, Any]:
    """The fields of a `Segment` that are about order, of results without NaN, `low[i] <= high[i]`."""
    line, rank_at = high, ranks
    if low is not high:
        # Each input's high result and then its low one, so that their difference is a fall as well.
        line, rank_at = np.stack((high, low), axis=1).ravel(), ranks.repeat(2)

    def at(place: int) -> Point:
        return _point(int(rank_at[place]), line[place], form)

    def of(steps: Bits, place: int) -> Point:
        return _point(int(ranks[place]), steps[place], form)

    fields = _extremes(line, line[:-1] <= line[1:], lambda places: line[places], at, form)
    drops = high[:-1] > low[1:]
    if count := int(np.count_nonzero(drops)):
        first = int(drops.argmax())
        fields |= {"drops": count, "first_drop": Fall(of(high, first), of(low, first + 1))}
    return fields | {"first": of(low, 0), "last": of(high, len(high) - 1)}


def _extremes(
    line: Numbers | Bits,
    rises: Mask,
    steps: Callable[[Places], Bits],
    at: Callable[[int], Point],
    form: Format,
) -> dict[str, Any]:
    """The highest and the lowest results, and the deepest, the widest and the steepest fall.

    `steps` and `at` tell the results at places in the line, as steps and as points.

    From one drop to the next results rise.  So the running maximum is always one at which such a run ends,
    and what lies deepest below it begins one: only these are looked at.  Behind the highest result, which
    is the running maximum there, only the lowest one counts.
    """
    first = int(line.argmax())
    top = first + int(np.flatnonzero(line[first:] == line[first])[-1])
    bottom, worst, widest, steepest = 0, None, None, None
    ends = np.flatnonzero(~rises[:top])
    if len(ends):
        peaks, low = steps(ends), steps(ends + 1)
        high = np.maximum.accumulate(peaks)
        depth = _depth(high, low)

        def fall_to(run: int) -> Fall:
            last = run - int(np.argmax(peaks[run::-1] == high[run]))
            return Fall(at(int(ends[last])), at(int(ends[run]) + 1))

        def deepest_of(sizes: npt.NDArray[np.float64]) -> Fall:
            largest = np.flatnonzero(sizes == sizes.max())  # rounded, perhaps infinite: of equals the deepest
            return fall_to(int(largest[depth[largest].argmax()]))

        tops, feet = values(high, form), values(low, form)
        worst, widest = fall_to(int(depth.argmax())), deepest_of(tops - feet)
        steepest = deepest_of(scaled(high, tops, form) - scaled(low, feet, form))
        bottom = _lower(line, bottom, int(ends[low.argmin()]) + 1)
    if top + 1 < len(line):
        lowest = top + 1 + int(line[top + 1 :].argmin())
        behind = Fall(at(top), at(lowest))
        worst, widest, steepest = deeper(worst, behind), wider(widest, behind), steeper(steepest, behind)
        bottom = _lower(line, bottom, lowest)
    return {"top": at(top), "bottom": at(bottom), "worst": worst, "widest": widest, "steepest": steepest}


def _lower(line: Numbers | Bits, one: int, other: int) -> int:
    """The place of the lower result; of equals `one`."""
    return other if line[other] < line[one] else one


def _splits(
    ranks: Places,
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
        return Split(int(ranks[place]), left, right, int(depth[place]))

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
