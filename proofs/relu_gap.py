"""ReLU under average pooling: the gap is exactly min(sum x+, sum x-)/n."""

from sympy import Abs, Eq, Expr, Ge, Max, Min, S, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity

P, N, r, g = symbols("P N r g", real=True)
p, q, n = symbols("p q n", positive=True)


def _gap(a: Expr, b: Expr) -> Expr:
    return (Abs(a) + Abs(b) - Abs(a + b)) / 4


THEOREMS = (
    Derivation(
        "mean relu(x) - relu(mean x) = min(P, N)/n with P = sum x+, N = sum x-",
        (
            Entailment(
                (Ge(P, N), Eq(r, P - N), Eq(g, P - r)),
                Eq(g, N),
                "P >= N: n relu(mean) = P - N, the gap is N/n",
            ),
            Entailment(
                (Ge(N, P), Eq(r, 0), Eq(g, P - r)), Eq(g, P), "N >= P: n relu(mean) = 0, the gap is P/n"
            ),
        ),
    ),
    Derivation(
        "two elements: (|a| + |b| - |a + b|)/4",
        (
            Identity(_gap(p, q), S.Zero, "both positive"),
            Identity(_gap(-p, -q), S.Zero, "both negative"),
            Identity(_gap(p, -q), (Min(p, q) / 2).rewrite(Abs), "opposite signs: min(P, N)/2"),
            Identity(
                (p + Max(-q, 0)) / 2 - Max((p - q) / 2, 0),
                (Min(p, q) / 2).rewrite(Abs),
                "the same, from the definition",
            ),
        ),
    ),
)
