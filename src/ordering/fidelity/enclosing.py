"""The value of an expression at a point, as narrow as a comparison needs it, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import Final

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.reals import ball_function, precision, undefined

BITS: Final = 170
"""Working precision: 50 decimal digits."""
FINER: Final = (400, 1000, 3000)
"""Tried in turn where that does not suffice."""
NARROW: Final = 64
"""A radius of one part in so many of an ULP does not matter, nor one that leaves so many bits."""
MOST: Final = 100
"""Points at which everything is tried in vain; at further ones only `BITS` is."""
BEYOND: Final = 2.0**40
"""Inputs beyond which no more than `BITS` is tried: the exponential of a huge number has no narrow value."""


class No(Enum):
    """Why there is no value."""

    REAL = "the expression has no real value there"
    ENCLOSURE = "its value there could not be enclosed"


class Enclosing:
    """The values of one expression."""

    def __init__(self, expression: Expr) -> None:
        self._expression = expression
        self._first = ball_function(expression)
        self._undefined = undefined(expression)
        self._vain = 0

    def at(self, x: float, unit: Callable[[float, arb], float]) -> arb | No:
        """A ball around the value at x, narrow against `unit(x, ball)`; to be called at `BITS` of precision.

        Where x lies so close to the edge of the domain that no precision tells whether there is a value, the
        ball holds the one that there is, if any.
        """
        t = arb(x)
        value = self._first(t)
        # Nearly always; a huge value is accurate where its digits are, whatever its ULP.
        if value.rel_accuracy_bits() >= NARROW and value.is_finite():
            return value
        return value if _narrow(value, x, unit) else self._closer(x, t, value, unit)

    def _closer(self, x: float, t: arb, value: arb, unit: Callable[[float, arb], float]) -> arb | No:
        """The same where `BITS` do not suffice."""
        if not value.is_finite() and self._undefined(t):
            return No.REAL
        if abs(x) > BEYOND or self._vain >= MOST:
            return No.ENCLOSURE
        for evaluate in self._forms:
            for bits in (BITS, *FINER):
                with precision(bits):
                    value = evaluate(t)
                    if _narrow(value, x, unit):
                        return value
                    if not value.is_finite() and self._undefined(t):
                        return No.REAL
        self._vain += 1
        return No.ENCLOSURE

    @cached_property
    def _forms(self) -> list[Callable[[arb], arb]]:
        """The expression, with common terms cancelled, and the same with values at the edges of domains."""
        forms = [self._expression]
        if (other := cancelled(self._expression)) != self._expression:
            forms.append(other)
        return [ball_function(form, edges) for edges in (False, True) for form in forms]


def cancelled(expression: Expr) -> Expr:
    """The same function with exponentials for hyperbolic functions and no difference of equal terms left.

    `1 - tanh(x)` is `2 / (exp(2 x) + 1)`, which keeps its digits where tanh(x) is nearly 1.
    """
    plain = expression.replace(
        lambda e: e.func in (sp.tanh, sp.coth, sp.sinh, sp.cosh, sp.sech, sp.csch),
        lambda e: e.rewrite(sp.exp),
    )
    return plain.replace(lambda e: e.is_Add and e.has(sp.exp) and not e.has(sp.Piecewise), sp.cancel)


def _narrow(value: arb, x: float, unit: Callable[[float, arb], float]) -> bool:
    if not value.is_finite():
        return False
    return bool(value.rel_accuracy_bits() >= NARROW) or float(value.rad()) * NARROW <= unit(x, value)
