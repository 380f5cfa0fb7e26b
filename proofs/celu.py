"""CELU(alpha) is strictly increasing for every alpha > 0, and convex with slope continuous at 0."""

from sympy import Expr, Piecewise, Rational, S, Symbol, diff, exp, oo, true

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

alpha = Symbol("alpha", positive=True)
SAMPLES = tuple((Rational(n, 4),) for n in (1, 2, 4, 8, 40))


def celu(parameter: Expr) -> Expr:
    return Piecewise((parameter * (exp(x / parameter) - 1), x <= 0), (x, True))


_LEFT = alpha * (exp(x / alpha) - 1)

THEOREMS = (
    Derivation(
        "CELU(alpha), alpha > 0, is strictly increasing and convex",
        (
            Identity(diff(_LEFT, x), exp(x / alpha), "left of 0, with u = x/alpha"),
            SignFactor(exp(x), S.One, exp(x), -oo, oo, "e^u > 0: f' > 0 for every alpha"),
            Identity(diff(_LEFT, x, 2), exp(x / alpha) / alpha, "f'' = e^u/alpha > 0"),
            Identity(_LEFT.subs(x, 0), S.Zero, "no jump at 0"),
            Identity(diff(_LEFT, x).subs(x, 0), S.One, "the slopes agree at 0"),
            Family(
                "strictly increasing",
                celu(alpha),
                (alpha,),
                true,
                "strictly_increasing",
                SAMPLES,
                "for every alpha > 0",
            ),
            Family("convex", celu(alpha), (alpha,), true, "convex", SAMPLES, "for every alpha > 0"),
        ),
    ),
)
