"""ELU(alpha): nondecreasing iff alpha >= 0, strictly iff alpha > 0, convex iff 0 <= alpha <= 1."""

from sympy import Rational, S, Symbol, exp

from ordering import x
from ordering.checking.parametric import IFF, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

alpha = Symbol("alpha", real=True)
ELU = Family("ELU(alpha)", (alpha * (exp(x) - 1), x), (Knot(S.Zero),))
INSTANCES = {ELU: tuple({alpha: Rational(n, 2)} for n in (-2, -1, 0, 1, 2, 3, 4))}

THEOREMS = (
    parametric(ParametricClaim(ELU, (), "nondecreasing", IFF, (alpha >= 0,))),
    parametric(ParametricClaim(ELU, (), "strictly_increasing", IFF, (alpha > 0,))),
    parametric(ParametricClaim(ELU, (), "convex", IFF, (alpha >= 0, alpha <= 1))),
    parametric(ParametricClaim(ELU, (), "nonnegative", IFF, (alpha <= 0,))),
)
