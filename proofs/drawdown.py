"""Under max pooling the orders differ by at most the drawdown of f, which two elements attain."""

from sympy import Eq, Ge, Le, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment

f_k, f_m, gap, drop, f_a, f_b, top = symbols("f_k f_m gap D f_a f_b H", real=True)

THEOREMS = (
    Derivation(
        "0 <= max_i f(x_i) - f(max_i x_i) <= D = sup_{a <= b} f(a) - f(b)",
        (
            Entailment(
                (Eq(gap, f_k - f_m), Ge(f_k, f_m)),
                Ge(gap, 0),
                "f(x_k) is the largest image, and f(m), m = max x, is one of the images",
            ),
            Entailment(
                (Eq(gap, f_k - f_m), Le(f_k - f_m, drop)),
                Le(gap, drop),
                "x_k <= m, so (x_k, m) is a pair of D",
            ),
        ),
    ),
    Derivation(
        "a pair a <= b that attains D is a window of two that attains the gap",
        (
            Entailment(
                (Eq(f_a - f_b, drop), Ge(drop, 0), Ge(top, f_a), Le(top, f_a)),
                Eq(top - f_b, drop),
                "max(f(a), f(b)) = f(a) because D >= 0, and f(max(a, b)) = f(b)",
            ),
        ),
    ),
    Derivation(
        "D = 0 if and only if f is nondecreasing",
        (
            Entailment((Eq(drop, 0), Le(f_a - f_b, drop)), Le(f_a, f_b), "for every a <= b"),
            Entailment((Le(f_a, f_b),), Le(f_a - f_b, 0), "so the supremum is at most 0, and a = b gives 0"),
        ),
    ),
)
