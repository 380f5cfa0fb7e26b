"""Hardtanh(m, M), m < M: always nondecreasing, never strictly, neither convex nor concave."""

from sympy import Expr, Ge, Le, Max, Min, S, diff, false, oo, symbols, true

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Family, SignFactor

a, b, c_a, c_b, m, M = symbols("a b c_a c_b m M", real=True)
SAMPLES = ((S(-1), S(1)), (S(0), S(6)), (S(-3), S(-2)), (S(2), S(5)))


def hardtanh(low: Expr, high: Expr) -> Expr:
    return Min(Max(x, low), high)


THEOREMS = (
    Derivation(
        "Hardtanh(m, M) is nondecreasing for all m < M, and never strictly increasing",
        (
            SignFactor(
                diff(x, x),
                S.One,
                S.One,
                -oo,
                oo,
                "between m and M, f' = 1; outside f is constant, without jumps",
            ),
            Entailment(
                (Le(a, b), Ge(c_b, b), Ge(c_b, m), Le(c_a, b)),
                Ge(c_b, c_a),
                "max(a, m) <= max(b, m): a above m",
            ),
            Entailment((Ge(c_b, m), Le(c_a, m)), Ge(c_b, c_a), "max(a, m) <= max(b, m): a below m"),
            Family("nondecreasing", hardtanh(m, M), (m, M), true, "nondecreasing", SAMPLES, "for all m < M"),
            Family(
                "never strictly",
                hardtanh(m, M),
                (m, M),
                false,
                "strictly_increasing",
                SAMPLES,
                "flat outside [m, M]",
            ),
            Family("never convex", hardtanh(m, M), (m, M), false, "convex", SAMPLES, "the slope falls at M"),
            Family(
                "never concave", hardtanh(m, M), (m, M), false, "concave", SAMPLES, "the slope rises at m"
            ),
        ),
    ),
)
