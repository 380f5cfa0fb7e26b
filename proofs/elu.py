"""ELU(alpha): nondecreasing iff alpha >= 0, strictly iff alpha > 0, convex iff 0 <= alpha <= 1."""

from sympy import And, Expr, Piecewise, Rational, S, Symbol, diff, exp, oo

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

alpha = Symbol("alpha", real=True)
SAMPLES = tuple((Rational(n, 2),) for n in (-2, -1, 0, 1, 2, 3, 4))


def elu(parameter: Expr) -> Expr:
    return Piecewise((parameter * (exp(x) - 1), x <= 0), (x, True))


_LEFT = alpha * (exp(x) - 1)
_PIECES = (
    SignFactor(diff(_LEFT, x), alpha, exp(x), -oo, S.Zero, "left of 0, f' = alpha e^x has the sign of alpha"),
    SignFactor(diff(x, x), S.One, S.One, S.Zero, oo, "right of 0, f' = 1"),
    Identity(_LEFT.subs(x, 0), S.Zero, "no jump at 0"),
)

THEOREMS = (
    Derivation(
        "ELU(alpha) is nondecreasing iff alpha >= 0, strictly increasing iff alpha > 0",
        (
            *_PIECES,
            Family(
                "nondecreasing <=> alpha >= 0",
                elu(alpha),
                (alpha,),
                alpha >= 0,
                "nondecreasing",
                SAMPLES,
                "f' >= 0",
            ),
            Family(
                "strictly increasing <=> alpha > 0",
                elu(alpha),
                (alpha,),
                alpha > 0,
                "strictly_increasing",
                SAMPLES,
                "f' > 0",
            ),
        ),
    ),
    Derivation(
        "ELU(alpha) is convex iff 0 <= alpha <= 1",
        (
            SignFactor(
                diff(_LEFT, x, 2), alpha, exp(x), -oo, S.Zero, "f'' = alpha e^x: alpha >= 0 is needed"
            ),
            Identity(
                1 - diff(_LEFT, x).subs(x, 0),
                1 - alpha,
                "the slope changes by 1 - alpha at 0: alpha <= 1 is needed",
            ),
            Family(
                "convex <=> 0 <= alpha <= 1",
                elu(alpha),
                (alpha,),
                And(alpha >= 0, alpha <= 1),
                "convex",
                SAMPLES,
                "together",
            ),
        ),
    ),
)
