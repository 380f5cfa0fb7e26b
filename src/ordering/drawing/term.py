"""`Term`: a function of x, as a tree of operations on parts that are terms again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

SIGNIFICANT: Final = 11
LEAST: Final = -24
LARGEST: Final = 65504
"""What float16 holds: multiples of 2^-24 with 11 significant bits, up to 65504."""


@dataclass(frozen=True)
class Term:
    """One operation of `operations.OPERATIONS`, by name, on its parts; `numbers` are its exact parameters.

    Equal terms are equal trees.  They are made by `building`, which keeps them in the one form that their
    text (`str`) is read back to.
    """

    operation: str
    parts: tuple[Term, ...] = ()
    numbers: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        # Terms are keys of caches, and a tree's hash would be computed anew at each look.
        object.__setattr__(self, "_hash", hash((self.operation, self.parts, self.numbers)))

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]  # set above

    def __reduce__(self) -> tuple[type[Term], tuple[object, ...]]:
        # The hash of text is another one in each process, so it is made anew where a term is unpacked.
        return Term, (self.operation, self.parts, self.numbers)

    @property
    def depth(self) -> int:
        """How many operations stand above each other; x, numbers, and maps p x + q of them, count nothing."""
        below = max((part.depth for part in self.parts), default=0)
        return below if self.operation in ("scale", "number", "x") else below + (not self.is_shift)

    @property
    def is_shift(self) -> bool:
        """Whether it is a sum of one part and a number."""
        return self.operation == "sum" and len(self.parts) == 2 and self.parts[1].operation == "number"

    def walk(self) -> Iterator[Term]:
        """The term, its parts, their parts, ..."""
        yield self
        for part in self.parts:
            yield from part.walk()


X: Final = Term("x")


def holds(number: Fraction) -> bool:
    """Whether float16 holds the number exactly.

    >>> holds(Fraction(1, 4)), holds(Fraction(2049, 2048)), holds(Fraction(1, 3))
    (True, False, False)
    """
    if number.denominator & (number.denominator - 1) or number.denominator > 1 << -LEAST:
        return False
    odd = abs(number.numerator)
    while odd and odd % 2 == 0:
        odd //= 2
    return odd.bit_length() <= SIGNIFICANT and abs(number) <= LARGEST


def unit(number: Fraction) -> Fraction:
    """The distance of float16's values around a number: its unit in the last place.

    >>> unit(Fraction(1)), unit(Fraction(3)), unit(Fraction(0))
    (Fraction(1, 1024), Fraction(1, 512), Fraction(1, 16777216))
    """
    size, power = abs(number), LEAST
    while Fraction(2) ** (power + SIGNIFICANT) <= size:
        power += 1
    return Fraction(2) ** power


def before(number: Fraction) -> Fraction:
    """The next value of float16 below one of its values.

    >>> before(Fraction(1)), before(Fraction(-1)), before(Fraction(0))
    (Fraction(2047, 2048), Fraction(-1025, 1024), Fraction(-1, 16777216))
    """
    step = unit(number)
    below = number - step
    # Below a power of two the values lie twice as close.
    return number - step / 2 if number > 0 and unit(below) < step and holds(number - step / 2) else below


def rounded_up(number: Fraction, step: Fraction) -> Fraction:
    """The least multiple of the step that is not below the number."""
    return -((-number) // step) * step
