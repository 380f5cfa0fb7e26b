"""`Range`: an interval with exact rational ends that certainly holds a function's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

End: TypeAlias = Fraction | None
"""An end of an interval; None where there is none on this side."""


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`."""

    low: End = None
    high: End = None

    @property
    def size(self) -> End:
        """The largest absolute value; None where there is none."""
        return None if self.low is None or self.high is None else max(abs(self.low), abs(self.high))

    def __add__(self, other: Range) -> Range:
        return Range(_sum(self.low, other.low), _sum(self.high, other.high))

    def scaled(self, factor: Fraction) -> Range:
        """The range of `factor * u`."""
        low, high = (None if end is None else factor * end for end in (self.low, self.high))
        return Range(low, high) if factor > 0 else Range(high, low)

    def __mul__(self, other: Range) -> Range:
        """The range of a product; where one end is missing, what the signs alone say."""
        ends = (self.low, self.high, other.low, other.high)
        if None not in ends:
            corners = [a * b for a in (ends[0], ends[1]) for b in (ends[2], ends[3])]  # type: ignore[operator]
            return Range(min(corners), max(corners))
        if self == Range(ZERO, ZERO) or other == Range(ZERO, ZERO):
            return Range(ZERO, ZERO)
        signs = self.sign * other.sign
        return Range(ZERO if signs > 0 else None, ZERO if signs < 0 else None)

    @property
    def sign(self) -> int:
        """1 where nothing is negative, -1 where nothing is positive, else 0."""
        if self.low is not None and self.low >= 0:
            return 1
        return -1 if self.high is not None and self.high <= 0 else 0

    def inverse(self) -> Range:
        """The range of `1/u`, for a range without zero.

        Raises
        ------
        ZeroDivisionError
            If zero is in the range.
        """
        if self.low is not None and self.low > 0:
            return Range(ZERO if self.high is None else 1 / self.high, 1 / self.low)
        if self.high is not None and self.high < 0:
            return Range(1 / self.high, ZERO if self.low is None else 1 / self.low)
        raise ZeroDivisionError("the range holds zero")

    def largest(self, other: Range) -> Range:
        """The range of the maximum of two."""
        return Range(_known(max, self.low, other.low), _both(max, self.high, other.high))

    def least(self, other: Range) -> Range:
        """The range of the minimum of two."""
        return Range(_both(min, self.low, other.low), _known(min, self.high, other.high))

    def union(self, other: Range) -> Range:
        """The least range that holds both."""
        return Range(_both(min, self.low, other.low), _both(max, self.high, other.high))

    def magnitude(self) -> Range:
        """The range of the absolute value."""
        if self.sign:
            return self if self.sign > 0 else self.scaled(Fraction(-1))
        return Range(ZERO, self.size)

    def power(self, exponent: int) -> Range:
        """The range of a whole power, of 2 or more."""
        base = self.magnitude() if exponent % 2 == 0 else self
        low, high = (None if end is None else end**exponent for end in (base.low, base.high))
        return Range(low, high)


ZERO: Final = Fraction(0)
ALL: Final = Range()


def _sum(a: End, b: End) -> End:
    return None if a is None or b is None else a + b


def _both(choose: Callable[[Fraction, Fraction], Fraction], a: End, b: End) -> End:
    return None if a is None or b is None else choose(a, b)


def _known(choose: Callable[[Fraction, Fraction], Fraction], a: End, b: End) -> End:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)
