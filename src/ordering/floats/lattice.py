"""Which values a scan walks: an interval of a dtype's lattice, and its ends as Python floats.

The arithmetic of ranks is `ordering.lattice`'s.  Here two numberings of it meet: *ranks*, in which -0.0 and
0.0 are neighbours, number the inputs; *steps*, in which they are one place, number the results, because a
result falls from 0.0 to -0.0 without any value getting smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import torch

from ordering.errors import InvalidArgument
from ordering.lattice import Format, format_of, rank

# More values than this are not walked: at a nanosecond each it is the better part of an hour.
MOST_VALUES: Final = 2**40


SPAN: Final = 2**26
"""Ranks of a *span*, a fixed stretch of the lattice that one worker walks and that is kept as a whole when a
scan is interrupted: some 100 milliseconds of ReLU, a second of a slow activation; handing it over takes about
half of a millisecond."""
Span: TypeAlias = tuple[int, int]
"""First rank, and the one past the last."""


@dataclass(frozen=True)
class Interval:
    """The values of `form` with ranks from `start` up to, not including, `stop`."""

    form: Format
    start: int
    stop: int

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.stop - self.start


def value_of_step(step: int, form: Format) -> float:
    """The value a number of steps from zero, exactly; zero comes back as 0.0."""
    return form.value(step if step >= 0 else step - 1)


def first_rank_at_least(value: float, form: Format) -> int:
    """The lowest rank whose value is at least `value`; one past the top where there is none.

    A zero of either sign means both zeros: comparing by value, each is at least the other.
    """
    if value == 0:
        return -1
    # Bisection needs no rounding rule, and is exact for a `value` that the dtype cannot represent.
    low, high = form.bottom, form.top + 1
    while low < high:
        middle = (low + high) // 2
        if form.value(middle) < value:
            low = middle + 1
        else:
            high = middle
    return low


def interval(dtype: torch.dtype | str, low: float | None = None, high: float | None = None) -> Interval:
    """The values `v` of a dtype with `low <= v <= high`; a missing end is the end of the lattice.

    Raises
    ------
    InvalidArgument
        If the dtype has no order, an end is NaN, no value lies between the ends, or there are too many
        (float64 is scanned in ranges that the caller names).

    Examples
    --------
    >>> interval("float16", low=1, high=2).count
    1025
    """
    form = format_of(dtype)
    for name, end in (("low", low), ("high", high)):
        if end is not None and end != end:
            raise InvalidArgument(f"{name} is NaN, which bounds no range")
    start = form.bottom if low is None else first_rank_at_least(low, form)
    if high is None:
        stop = form.top + 1
    elif high == 0:
        stop = 1
    else:
        # Ranks above `high` begin where those of -high's mirror image end.
        stop = -first_rank_at_least(-high, form)
    if stop <= start:
        raise InvalidArgument(f"no value of {form.name} lies between low={low} and high={high}")
    if stop - start > MOST_VALUES:
        raise InvalidArgument(
            f"{stop - start:,} values of {form.name} are too many to walk: name a range with low and high "
            f"that holds at most {MOST_VALUES:,}"
        )
    return Interval(form, start, stop)


def ends(of: Interval) -> tuple[float, float]:
    """The smallest and the largest value, exactly."""
    return of.form.value(of.start), of.form.value(of.stop - 1)


def spans(over: Interval) -> list[Span]:
    """The spans of an interval.  No span holds values of both signs."""
    firsts = range(over.start - over.start % SPAN, over.stop, SPAN)
    return [(max(first, over.start), min(first + SPAN, over.stop)) for first in firsts]


def rank_of(value: float, dtype: torch.dtype | str) -> int:
    """The rank of a number that the dtype holds exactly.

    Raises
    ------
    InvalidArgument
        If the dtype has no order, or does not hold the value exactly (NaN among them).

    Examples
    --------
    >>> rank_of(0.0, "float32"), rank_of(-0.0, "float32")
    (0, -1)
    """
    form = format_of(dtype)
    held = torch.tensor(value, dtype=torch.float64).to(form.dtype)
    if float(held.to(torch.float64)) != value:
        raise InvalidArgument(f"{value!r} is not a value of {form.name}")
    return int(rank(held))
