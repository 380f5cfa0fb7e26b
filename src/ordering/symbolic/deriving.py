"""Both sides of a law at one output by exact arithmetic, and whose the difference of the kernels is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from flint import fmpq
from torch import Tensor

from ordering.enclosures.balls import PRECISIONS, ends, precision
from ordering.enclosures.budget import OutOfTime, Undecided, budget, tick
from ordering.evidence.symbolic import Cause, Symbolic, SymbolicSide
from ordering.lattice import FORMATS
from ordering.law import Case, Law, Relation
from ordering.symbolic.measure import allowance, distance
from ordering.symbolic.numbers import NoNumber, Real, combination, decimals, fraction, sign_of_difference
from ordering.symbolic.standins import Element, ExactCase, NotFollowed, Standin, numbers_of
from ordering.symbolic.texts import closed_text

SECONDS: Final = 3.0
"""Time for one counterexample; what is not known by then is undecided."""
ENOUGH: Final = 100
"""Bits of a value that have to be certain before a distance is measured from it."""
ZERO: Final = fraction(fmpq(0))
BROKEN: Final[Mapping[Relation, frozenset[int]]] = {
    Relation.EQUAL: frozenset({-1, 1}),
    Relation.AT_LEAST: frozenset({-1}),
    Relation.AT_MOST: frozenset({1}),
}
"""Signs of `left - right` that break a relation."""


def derive(
    law: Law,
    case: Case,
    index: tuple[int, ...],
    results: tuple[Tensor, Tensor],
    seconds: float = SECONDS,
) -> Symbolic:
    """What exact arithmetic says of the law's two sides at `index`, where the kernels gave `results`.

    The law's sides are run on stand-ins for tensors, so that every law is covered that is made of f, P,
    negation, sums and the larger or smaller of two results; a law whose sides allow for rounding names others
    without it (`Law.exact_sides`), and the kernels are asked for these again.  `f` is the activation's
    expression, taken at the exact rationals that the inputs are; `P` is the exact meaning of the pooling's
    windows.
    """
    if results[0].shape != results[1].shape or results[0].dtype != results[1].dtype:
        return Symbolic(Cause.NO_EXPRESSION, "the sides differ in shape or dtype, and not in a value")
    try:
        with budget(seconds):
            left, right = _elements(law, case, index)
            return _concluded(law, (left, right), index, _kernels(law, case, results))
    except NoNumber as reason:
        return Symbolic(Cause.NO_EXPRESSION, str(reason))
    except OutOfTime:
        return Symbolic(Cause.UNDECIDED, f"not decided in {seconds:g} s")
    except Undecided as reason:
        return Symbolic(Cause.UNDECIDED, str(reason))


def _kernels(law: Law, case: Case, results: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """What the kernels make of the sides that exact arithmetic is asked for.

    Raises
    ------
    NoNumber
        If the law's exact sides cannot be run on tensors, or have other shapes than its sides.
    """
    if law.exact_sides is None:
        return results
    try:
        left, right = (side.detach() for side in law.exact_sides(case))
    except Exception as error:  # a law of the user's own may raise anything
        told = f"{type(error).__name__}: {error}"
        raise NoNumber(f"the exact sides of the law {law} cannot be run: {told}") from error
    if not left.shape == right.shape == results[0].shape:
        raise NoNumber(f"the exact sides of the law {law} have other shapes than its sides")
    return left, right


def _elements(law: Law, case: Case, index: tuple[int, ...]) -> tuple[Element, Element]:
    """Both sides at the index.

    Raises
    ------
    NoNumber
        If there is nothing exact to work with.
    Undecided
        If a number could not be enclosed.
    """
    given = case.input.detach()
    standin: Any = numbers_of(given)  # which a law's sides take for a tensor
    exact = ExactCase(case.activation, case.pooling, standin, case.arguments, case.shape, given=given)
    try:
        sides: tuple[Any, Any] = (law.exact_sides or law.sides)(exact)
        if not all(isinstance(side, Standin) for side in sides):
            raise NoNumber(f"a side of the law {law} is computed apart from x, f and P")
        return sides[0].element(index), sides[1].element(index)
    except (NoNumber, Undecided):
        raise
    except NotFollowed as reason:
        raise NoNumber(f"the sides of the law {law} are not made of f, P and sums alone: {reason}") from None
    except Exception as error:  # a law or a pooling of the user's own may trip over a stand-in anywhere
        told = f"{type(error).__name__}: {error}"
        raise NoNumber(
            f"the sides of the law {law} cannot be followed by exact arithmetic: {told}"
        ) from error


def _concluded(
    law: Law, elements: tuple[Element, Element], index: tuple[int, ...], results: tuple[Tensor, Tensor]
) -> Symbolic:
    sides = tuple(_side(element, result, index) for element, result in zip(elements, results, strict=True))
    left, right = (element.real for element in elements)
    try:
        sign: int | None = sign_of_difference(left, right)
        why = ""
    except OutOfTime:
        sign, why = None, "whether the gap is zero was not decided in time"
    except Undecided as reason:
        sign, why = None, str(reason)
    if sign is None:
        return Symbolic(Cause.UNDECIDED, why, sides)
    gap = ZERO if sign == 0 else combination([(fmpq(1), left), (fmpq(-1), right)])
    cause = Cause.FUNCTION if sign in BROKEN[law.relation] else Cause.ARITHMETIC
    return Symbolic(cause, "", sides, gap.closed, closed_text(gap.closed), decimals(gap), sign)


def _side(element: Element, result: Tensor, index: tuple[int, ...]) -> SymbolicSide:
    """One side with its numbers; those that cannot be enclosed are left out."""
    kernel, form = float(result[index]), FORMATS.get(result.dtype)
    value, middle = "", None
    try:
        value, middle = decimals(element.real), _middle(element.real)
    except OutOfTime:
        raise
    except Undecided:  # too large to be written out, or zero
        with suppress(Undecided):
            if sign_of_difference(element.real, ZERO) == 0:
                value, middle = "0", fmpq(0)
    apart = allowed = None
    if form is not None and middle is not None:
        apart, allowed = distance(kernel, middle, form), allowance(element.permitted, middle, form)
    closed = element.real.closed
    return SymbolicSide(element.text, closed, closed_text(closed), value, kernel, apart, allowed)


def _middle(number: Real) -> fmpq:
    """A fraction that is the number to far more digits than any float has.

    Raises
    ------
    Undecided
        If it cannot be enclosed so narrowly.
    """
    if number.rational is not None:
        return number.rational
    for bits in PRECISIONS:
        tick()
        with precision(bits):
            ball = number.ball()
            if ball.rel_accuracy_bits() >= ENOUGH:
                low, high = ends(ball)
                return (low + high) / 2
    raise Undecided("a value could not be enclosed narrowly")
