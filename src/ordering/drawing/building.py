"""Terms in the one form that their text is read back to: sums flattened, factors in front, numbers last.

What is built here is the function that was asked for; only its tree is tidied, so that `x + x` is `2*x`,
and nothing is evaluated that is not exact.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from ordering.drawing.operations import OPERATIONS
from ordering.drawing.ranges import ALL, Range
from ordering.drawing.term import Term, holds
from ordering.drawing.writing import written
from ordering.errors import InvalidArgument

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)


def number(value: Fraction | int) -> Term:
    """A constant.

    Raises
    ------
    InvalidArgument
        If float16 does not hold it: kernels would compute with another one.
    """
    exact = Fraction(value)
    if not holds(exact):
        raise InvalidArgument(
            f"{exact} is no value of float16, so that kernels would compute with another number; write a "
            "fraction with a power of two below, at most 11 binary digits above, and less than 65505"
        )
    return Term("number", (), (exact,))


def is_number(term: Term) -> bool:
    """Whether it is a constant."""
    return term.operation == "number"


def scaled(factor: Fraction | int, term: Term) -> Term:
    """`factor * term`, with one factor in front; those that float16 does not hold together stay apart."""
    factor = Fraction(factor)
    number(factor)
    if factor == 0:
        return number(0)
    if is_number(term) and holds(factor * term.numbers[0]):
        return number(factor * term.numbers[0])
    if term.operation == "scale" and holds(factor * term.numbers[0]):
        factor, term = factor * term.numbers[0], term.parts[0]
    if is_number(term):
        raise InvalidArgument(f"{factor} times {term.numbers[0]} is no value of float16")
    return term if factor == 1 else Term("scale", (term,), (factor,))


def spread(factor: Fraction | int, term: Term) -> Term:
    """`factor * term`, where a sum's parts are multiplied one by one if float16 holds the factors."""
    if term.operation == "sum" and all(holds(factor * _factor(part)) for part in term.parts):
        return total(*(scaled(factor, part) for part in term.parts))
    return scaled(factor, term)


def _factor(term: Term) -> Fraction:
    """The number in front of a term, or that it is."""
    return term.numbers[0] if term.operation in ("scale", "number") else ONE


def total(*terms: Term) -> Term:
    """The sum: like parts are collected, and the constant comes last."""
    collected: dict[Term, Fraction] = {}
    constant = ZERO
    for term in _flat(terms):
        if is_number(term):
            constant += term.numbers[0]
            continue
        factor, base = (term.numbers[0], term.parts[0]) if term.operation == "scale" else (ONE, term)
        collected[base] = collected.get(base, ZERO) + factor
    if not all(map(holds, (constant, *collected.values()))):
        raise InvalidArgument("the numbers of this sum add up to one that float16 does not hold")
    parts = [scaled(factor, base) for base, factor in collected.items() if factor]
    if constant or not parts:
        parts.append(number(constant))
    return parts[0] if len(parts) == 1 else Term("sum", tuple(parts))


def _flat(terms: tuple[Term, ...]) -> list[Term]:
    return [part for term in terms for part in (term.parts if term.operation == "sum" else (term,))]


def product(left: Term, right: Term) -> Term:
    """The product; constant factors are taken to the front, and a part times itself is its square."""
    if is_number(left):
        return scaled(left.numbers[0], right)
    if is_number(right):
        return scaled(right.numbers[0], left)
    for one, other in ((left, right), (right, left)):
        if one.operation == "scale":
            rest = (one.parts[0], other) if one is left else (other, one.parts[0])
            return scaled(one.numbers[0], product(*rest))
    return unary("power2", left) if left == right else Term("product", (left, right))


def quotient(above: Term, below: Term) -> Term:
    """The quotient by something that is never zero; a constant factor above is taken to the front.

    Raises
    ------
    InvalidArgument
        If the ranges of the parts do not keep the denominator from zero.
    """
    if is_number(below):
        inverse = ZERO if not below.numbers[0] else 1 / below.numbers[0]
        if not inverse or not holds(inverse):
            raise InvalidArgument(f"division by {below.numbers[0]}: its inverse is no value of float16")
        return scaled(inverse, above)
    if is_number(above) and above.numbers[0] != 1:
        return scaled(above.numbers[0], quotient(number(1), below))
    if above.operation == "scale":
        return scaled(above.numbers[0], quotient(above.parts[0], below))
    within = range_of(below)
    if not ((within.low is not None and within.low > 0) or (within.high is not None and within.high < 0)):
        raise InvalidArgument(
            f"the denominator {written(below)} may be zero, as far as its parts tell; write one such as 1 + square"
        )
    return Term("quotient", (above, below))


def unary(name: str, inner: Term, *numbers: Fraction) -> Term:
    """A function of one argument, by its name in `OPERATIONS`.

    Raises
    ------
    InvalidArgument
        If the argument is a constant, whose image need not be exact.
    """
    if is_number(inner):
        raise InvalidArgument(f"{name} of the constant {inner.numbers[0]}: write its value")
    if name == "root" and not (numbers[0] > 0 and holds(numbers[0])):
        raise InvalidArgument("the number under the root must be positive, and a value of float16")
    return Term(name, (inner,), numbers)


def extreme(name: str, left: Term, right: Term) -> Term:
    """`max` or `min` of two terms; of a term and itself it is the term."""
    if left == right:
        return left
    if is_number(left) and is_number(right):
        return max(left, right, key=lambda term: term.numbers[0] * (1 if name == "max" else -1))
    # A constant comes second, as one writes max(x, 0).
    return Term(name, (right, left) if is_number(left) else (left, right))


def clipped(inner: Term, low: Fraction, high: Fraction) -> Term:
    """`min(max(inner, low), high)`.

    Raises
    ------
    InvalidArgument
        If `low` is not below `high`, or there is nothing to clip.
    """
    number(low), number(high)
    if not low < high:
        raise InvalidArgument(f"clip(u, {low}, {high}): the second end must be larger")
    if is_number(inner):
        raise InvalidArgument("clip of a constant: write its value")
    return Term("clip", (inner,), (low, high))


def piecewise(first: Term, second: Term, knot: Fraction, *, closed: bool) -> Term:
    """The first piece below the knot (up to it, if `closed`), the second one above."""
    number(knot)
    return first if first == second else Term("piecewise", (first, second), (knot, Fraction(closed)))


def dipped(inner: Term, low: Fraction, high: Fraction, depth: Fraction) -> Term:
    """`inner`, lower by `depth` for `low <= x <= high`; a negative depth is a bump.

    Raises
    ------
    InvalidArgument
        If the ends are in the wrong order.
    """
    number(low), number(high), number(depth)
    if low > high:
        raise InvalidArgument(f"({low} <= x <= {high}) is empty")
    return inner if depth == 0 else Term("dip", (inner,), (low, high, depth))


@lru_cache(maxsize=8192)
def range_of(term: Term, inputs: Range = ALL) -> Range:
    """An interval that holds all values of the term where x is in `inputs`, from its construction alone."""
    if term.operation == "x":
        return inputs
    parts = [range_of(part, inputs) for part in term.parts]
    return OPERATIONS[term.operation].range(parts, term.numbers)
