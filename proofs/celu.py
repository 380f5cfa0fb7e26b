"""CELU(alpha) is strictly increasing and convex for every alpha > 0: its slopes agree at 0."""

from sympy import Rational, S, Symbol, exp

from ordering import x
from ordering.checking.parametric import Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

alpha = Symbol("alpha", real=True)
CELU = Family("CELU(alpha)", (alpha * (exp(x / alpha) - 1), x), (Knot(S.Zero),))
INSTANCES = {CELU: tuple({alpha: Rational(n, 4)} for n in (1, 2, 4, 8, 40))}

THEOREMS = (
    parametric(ParametricClaim(CELU, (alpha > 0,), "strictly_increasing")),
    parametric(ParametricClaim(CELU, (alpha > 0,), "convex")),
)
