"""PReLU(a): nondecreasing iff a >= 0, strictly iff a > 0, convex iff a <= 1, affine iff a = 1."""

from sympy import Eq, Rational, S, Symbol

from ordering import x
from ordering.checking.parametric import IFF, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

a = Symbol("a", real=True)
PRELU = Family("PReLU(a)", (a * x, x), (Knot(S.Zero),))
INSTANCES = {PRELU: tuple({a: Rational(n, 4)} for n in (-4, -1, 0, 1, 4, 5, 8))}

THEOREMS = (
    parametric(ParametricClaim(PRELU, (), "nondecreasing", IFF, (a >= 0,))),
    parametric(ParametricClaim(PRELU, (), "strictly_increasing", IFF, (a > 0,))),
    parametric(ParametricClaim(PRELU, (), "convex", IFF, (a <= 1,))),
    parametric(ParametricClaim(PRELU, (), "concave", IFF, (a >= 1,))),
    parametric(ParametricClaim(PRELU, (), "affine", IFF, (Eq(a, 1),))),
    parametric(ParametricClaim(PRELU, (), "nonnegative", IFF, (a <= 0,))),
)
