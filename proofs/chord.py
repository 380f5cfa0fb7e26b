"""Convex f on [l, u] under average pooling: the gap is at most max_t chord(t) - f(t)."""

from sympy import Eq, Le, Rational, exp, log, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Greater, Identity

a, b, p, q, bound, f_a, f_b, f_m, c_a, c_b, c_m = symbols("a b p q B f_a f_b f_m c_a c_b c_m", real=True)

THEOREMS = (
    Derivation(
        "mean f(x) - f(mean x) <= chord(m) - f(m), m the mean",
        (
            Identity(
                (p * a + q + p * b + q) / 2,
                p * (a + b) / 2 + q,
                "the chord is affine: it commutes with the mean",
            ),
            Entailment(
                (Le(f_a, c_a), Le(f_b, c_b), Eq(2 * c_m, c_a + c_b), Le(c_m - f_m, bound)),
                Le(Rational(1, 2) * (f_a + f_b) - f_m, bound),
                "a convex f lies below its chord on [l, u]; B is the largest distance",
            ),
        ),
    ),
    Derivation(
        "the bound is attained: half of the elements at each end give chord(m) - f(m) at m = (l + u)/2",
        (
            Entailment(
                (Eq(f_a, c_a), Eq(f_b, c_b), Eq(2 * c_m, c_a + c_b)),
                Eq(Rational(1, 2) * (f_a + f_b) - f_m, c_m - f_m),
                "at the ends f is on the chord",
            ),
            Greater(log(1 + exp(1)) / 2 + log(1 + exp(-1)) / 2, log(2), "softplus on [-1, 1], for instance"),
        ),
    ),
)
