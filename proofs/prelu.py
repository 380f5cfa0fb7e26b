"""PReLU(a): nondecreasing iff a >= 0, strictly iff a > 0, convex iff a <= 1, affine iff a = 1."""

from sympy import Eq, Expr, Piecewise, Rational, S, Symbol, oo

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

a = Symbol("a", real=True)
SAMPLES = tuple((Rational(n, 4),) for n in (-4, -1, 0, 1, 4, 5, 8))


def prelu(slope: Expr) -> Expr:
    return Piecewise((slope * x, x <= 0), (x, True))


_SLOPES = (
    SignFactor((a * x).diff(x), a, S.One, -oo, S.Zero, "left of 0, f' = a has the sign of a"),
    SignFactor(x.diff(x), S.One, S.One, S.Zero, oo, "right of 0, f' = 1"),
    Identity((a * x).subs(x, 0), S.Zero, "no jump at 0"),
)

THEOREMS = (
    Derivation(
        "PReLU(a) is nondecreasing iff a >= 0, strictly increasing iff a > 0",
        (
            *_SLOPES,
            Family(
                "nondecreasing <=> a >= 0",
                prelu(a),
                (a,),
                a >= 0,
                "nondecreasing",
                SAMPLES,
                "f' >= 0 throughout",
            ),
            Family(
                "strictly increasing <=> a > 0",
                prelu(a),
                (a,),
                a > 0,
                "strictly_increasing",
                SAMPLES,
                "f' > 0",
            ),
        ),
    ),
    Derivation(
        "PReLU(a) is convex iff a <= 1, concave iff a >= 1, affine iff a = 1",
        (
            *_SLOPES,
            SignFactor(
                1 - a, 1 - a, S.One, -oo, oo, "at the kink the slope changes by 1 - a; f'' = 0 elsewhere"
            ),
            Family("convex <=> a <= 1", prelu(a), (a,), a <= 1, "convex", SAMPLES, "the slope must not fall"),
            Family(
                "concave <=> a >= 1", prelu(a), (a,), a >= 1, "concave", SAMPLES, "the slope must not rise"
            ),
            Family("affine <=> a = 1", prelu(a), (a,), Eq(a, 1), "affine", SAMPLES, "both"),
        ),
    ),
)
