"""Threshold(t, v): nondecreasing iff v <= t, convex iff v = t, never strictly increasing."""

from itertools import product

from sympy import Eq, S, symbols

from ordering import x
from ordering.checking.parametric import IFF, NEVER, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

t, v = symbols("t v", real=True)
THRESHOLD = Family("Threshold(t, v)", (v, x), (Knot(t),))
INSTANCES = {THRESHOLD: tuple({t: S(a), v: S(b)} for a, b in product((-1, 0, 2), (-2, -1, 0, 2, 3)))}

THEOREMS = (
    parametric(ParametricClaim(THRESHOLD, (), "nondecreasing", IFF, (v <= t,))),
    parametric(ParametricClaim(THRESHOLD, (), "strictly_increasing", NEVER)),
    parametric(ParametricClaim(THRESHOLD, (), "convex", IFF, (Eq(t, v),))),
    parametric(ParametricClaim(THRESHOLD, (), "concave", NEVER)),
)
