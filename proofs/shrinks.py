"""Hardshrink and Softshrink, lambda > 0: always nondecreasing, never strictly; neither convex nor concave."""

from sympy import Expr, Piecewise, Rational, S, Symbol, diff, false, oo, true

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

lam = Symbol("lambda", positive=True)
SAMPLES = tuple((Rational(n, 2),) for n in (1, 2, 5))


def hardshrink(size: Expr) -> Expr:
    return Piecewise((x, x < -size), (S.Zero, x <= size), (x, True))


def softshrink(size: Expr) -> Expr:
    return Piecewise((x + size, x < -size), (S.Zero, x <= size), (x - size, True))


THEOREMS = tuple(
    Derivation(
        f"{name} is nondecreasing for every lambda > 0, never strictly, neither convex nor concave",
        (
            SignFactor(diff(x, x), S.One, S.One, -oo, oo, "outside [-lambda, lambda], f' = 1"),
            *jumps,
            Family(
                "nondecreasing",
                member(lam),
                (lam,),
                true,
                "nondecreasing",
                SAMPLES,
                "no piece and no jump falls",
            ),
            Family(
                "never strictly",
                member(lam),
                (lam,),
                false,
                "strictly_increasing",
                SAMPLES,
                "zero on [-lambda, lambda]",
            ),
            Family("never convex", member(lam), (lam,), false, "convex", SAMPLES, why),
            Family("never concave", member(lam), (lam,), false, "concave", SAMPLES, why),
        ),
    )
    for name, member, jumps, why in (
        (
            "Hardshrink",
            hardshrink,
            (
                SignFactor(S.Zero - (-lam), lam, S.One, -oo, oo, "jump at -lambda: 0 - (-lambda) > 0"),
                SignFactor(lam - S.Zero, lam, S.One, -oo, oo, "jump at lambda: lambda - 0 > 0"),
            ),
            "it jumps",
        ),
        (
            "Softshrink",
            softshrink,
            (
                Identity((x + lam).subs(x, -lam), S.Zero, "no jump at -lambda"),
                Identity((x - lam).subs(x, lam), S.Zero, "no jump at lambda"),
            ),
            "the slope falls at -lambda and rises at lambda",
        ),
    )
)
