"""Fractions of a tower as the factored expressions that derivations show."""

from __future__ import annotations

import sympy as sp
from flint import fmpq_mpoly
from sympy import Expr

from ordering.reals.tower import Fraction, Tower


def square_below(tower: Tower, slope: Fraction, divisor: fmpq_mpoly) -> tuple[fmpq_mpoly, Expr] | None:
    """The divisor, and how often its square is the slope's denominator, where roots in it hide that."""
    if tower.is_constant(divisor) or slope.bottom in (divisor, divisor**2):
        return None
    times = tower.divide(Fraction(slope.bottom), tower.power(Fraction(divisor), 2))
    if not (tower.is_constant(times.top) and tower.is_constant(times.bottom)):
        return None
    return divisor, tower.expression(times)


def factored(tower: Tower, fraction: Fraction) -> Expr:
    """A fraction of the tower as a factored sympy expression."""
    content, factors = fraction.top.factor()
    top = sp.Mul(sp.Rational(int(content.p), int(content.q)), *(tower.expression(f) ** m for f, m in factors))
    content, factors = fraction.bottom.factor()
    bottom = sp.Mul(
        sp.Rational(int(content.p), int(content.q)), *(tower.expression(f) ** m for f, m in factors)
    )
    return top / bottom
