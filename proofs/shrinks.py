"""Hardshrink and Softshrink, lambda > 0: always nondecreasing, never strictly; neither convex nor concave."""

from sympy import Rational, S, Symbol

from ordering import x
from ordering.checking.parametric import ALWAYS, NEVER, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

lam = Symbol("lambda", real=True)
_KNOTS = (Knot(-lam, "right"), Knot(lam))
HARDSHRINK = Family("Hardshrink(lambda)", (x, S.Zero, x), _KNOTS)
SOFTSHRINK = Family("Softshrink(lambda)", (x + lam, S.Zero, x - lam), _KNOTS)
INSTANCES = {family: tuple({lam: Rational(n, 2)} for n in (1, 2, 5)) for family in (HARDSHRINK, SOFTSHRINK)}

THEOREMS = tuple(
    parametric(ParametricClaim(family, (lam > 0,), question, when))
    for family in (HARDSHRINK, SOFTSHRINK)
    for question, when in (
        ("nondecreasing", ALWAYS),
        ("strictly_increasing", NEVER),
        ("convex", NEVER),
        ("concave", NEVER),
    )
)
