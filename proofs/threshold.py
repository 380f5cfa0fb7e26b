"""Threshold(t, v): nondecreasing iff v <= t, convex iff v = t, never strictly increasing."""

from itertools import product

from sympy import Eq, Expr, Piecewise, S, diff, false, oo, symbols

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

t, v = symbols("t v", real=True)
SAMPLES = tuple((S(a), S(b)) for a, b in product((-1, 0, 2), (-2, -1, 0, 2, 3)))


def threshold(at: Expr, value: Expr) -> Expr:
    return Piecewise((value, x <= at), (x, True))


_STEPS = (
    Identity(diff(v, x), S.Zero, "left of t, f' = 0"),
    SignFactor(diff(x, x), S.One, S.One, -oo, oo, "right of t, f' = 1"),
    SignFactor(t - v, t - v, S.One, -oo, oo, "at t the function jumps by t - v"),
)

THEOREMS = (
    Derivation(
        "Threshold(t, v) is nondecreasing iff v <= t, and never strictly increasing",
        (
            *_STEPS,
            Family(
                "nondecreasing <=> v <= t",
                threshold(t, v),
                (t, v),
                v <= t,
                "nondecreasing",
                SAMPLES,
                "jump >= 0",
            ),
            Family(
                "never strictly increasing",
                threshold(t, v),
                (t, v),
                false,
                "strictly_increasing",
                SAMPLES,
                "flat left of t",
            ),
        ),
    ),
    Derivation(
        "Threshold(t, v) is convex iff v = t",
        (
            *_STEPS,
            Family(
                "convex <=> v = t",
                threshold(t, v),
                (t, v),
                Eq(t, v),
                "convex",
                SAMPLES,
                "no jump; slopes 0 < 1",
            ),
        ),
    ),
)
