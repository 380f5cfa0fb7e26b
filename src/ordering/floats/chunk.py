"""The summary of one chunk of results, exactly, whatever they are."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from ordering.floats.segment import Fall, Point, Segment, Split
from ordering.lattice import Format, from_rank

Bits: TypeAlias = npt.NDArray[np.signedinteger]
"""Results as signed integers of the dtype's width."""


def summarise(vector: Bits | None, scalar: Bits | None, inputs: Bits, start: int, form: Format) -> Segment:
    """Compare the results at the ranks from `start` on, on one path or on two."""
    one = vector if vector is not None else scalar
    other = scalar if vector is not None and scalar is not None else None
    assert one is not None
    chunk = _Chunk(one, other, inputs, start, form)
    return chunk.summary()


class _Chunk:
    """The arrays that a summary is read from."""

    def __init__(self, one: Bits, other: Bits | None, inputs: Bits, start: int, form: Format) -> None:
        self.one, self.other, self.inputs, self.start, self.form = one, other, inputs, start, form
        nan = self._is_nan(one) if other is None else self._is_nan(one) | self._is_nan(other)
        self.nan = nan
        # Places, within the chunk, of the inputs whose results can be compared.
        self.places = np.flatnonzero(~nan)

    def summary(self) -> Segment:
        nan = len(self.one) - len(self.places)
        base = Segment(
            values=len(self.one),
            nan=nan,
            nan_first=self.start + int(np.argmax(self.nan)) if nan else None,
            identical=np.array_equal(self.one, self.inputs)
            and (self.other is None or np.array_equal(self.other, self.inputs)),
        )
        splits = self._splits()
        order = self._order() if len(self.places) else {}
        fields = {name: getattr(base, name) for name in ("values", "nan", "nan_first", "identical")}
        return Segment(**{**fields, **splits, **order})

    def _order(self) -> dict[str, object]:
        steps = self._steps(self.one[self.places])
        if self.other is None:
            low = high = steps
        else:
            others = self._steps(self.other[self.places])
            low, high = np.minimum(steps, others), np.maximum(steps, others)
        end = len(low) - 1

        def at(steps: Bits, index: int) -> Point:
            step = int(steps[index])
            return Point(
                self.start + int(self.places[index]), step, float(self._values(steps[index : index + 1])[0])
            )

        def fall_to(index: int, running: Bits) -> Fall:
            # The last input up to there that attains the running maximum.
            begin = int(np.flatnonzero(high[: index + 1] == running[index])[-1])
            return Fall(at(high, begin), at(low, index))

        found: dict[str, object] = {
            "first": at(low, 0),
            "last": at(high, end),
            "top": at(high, end - int(np.argmax(high[::-1]))),
            "bottom": at(low, int(np.argmin(low))),
        }
        falls = high[:-1] > low[1:]
        found["drops"] = drops = int(np.count_nonzero(falls))
        if drops:
            place = int(np.argmax(falls))
            found["first_drop"] = Fall(at(high, place), at(low, place + 1))
        running = np.maximum.accumulate(high)
        # The difference may need one bit more than a step: it is never negative, so read it unsigned.
        depth = (running - low).view(f"u{low.itemsize}")
        deepest = int(np.argmax(depth))
        if depth[deepest]:
            found["worst"] = fall_to(deepest, running)
            with np.errstate(invalid="ignore"):
                gaps = self._values(running) - self._values(low)
            gaps[depth == 0] = 0  # inf - inf
            found["widest"] = fall_to(int(np.argmax(gaps)), running)
        return found

    def _splits(self) -> dict[str, object]:
        if self.other is None:
            return {}
        both_nan = self._is_nan(self.one) & self._is_nan(self.other)
        where = np.flatnonzero((self.one != self.other) & ~both_nan)
        if not len(where):
            return {}
        one, other = self._steps(self.one[where]), self._steps(self.other[where])
        depth = (np.maximum(one, other) - np.minimum(one, other)).view(f"u{one.itemsize}").copy()
        depth[self.nan[where]] = 0

        other_bits = self.other

        def split(index: int) -> Split:
            place = int(where[index])
            return Split(
                self.start + place,
                self._value(self.one[place]),
                self._value(other_bits[place]),
                int(depth[index]),
            )

        return {
            "differing": len(where),
            "first_split": split(0),
            "worst_split": split(int(np.argmax(depth))),
        }

    def _is_nan(self, bits: Bits) -> npt.NDArray[np.bool_]:
        return (bits & self.form.magnitude_mask) > self.form.top

    def _steps(self, bits: Bits) -> Bits:
        magnitude = bits & bits.dtype.type(self.form.magnitude_mask)
        return np.where(bits < 0, -magnitude, magnitude)

    def _values(self, steps: Bits) -> npt.NDArray[np.float64]:
        ranks = torch.from_numpy(np.where(steps < 0, steps.astype(np.int64) - 1, steps))
        return from_rank(ranks, self.form.dtype).to(torch.float64).numpy()

    def _value(self, bits: np.signedinteger) -> float:
        return float(
            torch.tensor([int(bits)], dtype=getattr(torch, f"int{self.form.bits}"))
            .view(self.form.dtype)
            .to(torch.float64)
        )
