"""A term's value at a rational point: the exact number where it is one, else a ball that certainly holds it."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

import flint
from flint import arb

from ordering.drawing.operations import OPERATIONS, Undetermined, Value, add, ball, compare, times
from ordering.drawing.term import Term

BITS: Final = 256
"""Precision of balls."""


@lru_cache(maxsize=65536)
def value(term: Term, at: Fraction) -> Value:
    """The value at a rational point.

    Raises
    ------
    Undetermined
        If a function jumps so close to its argument that the ball does not say on which side.
    """
    parts = [value(part, at) for part in term.parts]
    with flint.ctx.workprec(BITS):
        found = OPERATIONS[term.operation].value(parts, term.numbers, at)
        if not isinstance(found, Fraction) and not found.is_finite():
            raise Undetermined
        return found


def difference(left: Value, right: Value) -> int | None:
    """The sign of `left - right`; None if the balls do not tell."""
    try:
        return compare(left, right)
    except Undetermined:
        return None


def combined(weights: tuple[int, ...], values: tuple[Value, ...]) -> Value:
    """A sum of whole multiples of values."""
    with flint.ctx.workprec(BITS):
        result: Value = Fraction(0)
        for weight, each in zip(weights, values, strict=True):
            result = add(result, times(Fraction(weight), each))
        return result


def above(number: Value) -> Fraction:
    """A rational that is not below the value, and within 2^-60 of it."""
    if isinstance(number, Fraction):
        return number
    return _rational(number.upper()) + Fraction(1, 1 << 60)


def _rational(exact: arb) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


__all__ = ["BITS", "Undetermined", "Value", "above", "ball", "combined", "difference", "value"]
