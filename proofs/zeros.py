"""For f >= 0 whose zeros form an interval: zeros of activation first are zeros of pooling first."""

from sympy import Eq, Ge, Le, Rational, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment

a, b, low, high, f_a, f_b = symbols("a b l h f_a f_b", real=True)

THEOREMS = (
    Derivation(
        "average pooling: if mean f(x) = 0 then f(mean x) = 0",
        (
            Entailment(
                (Ge(f_a, 0), Ge(f_b, 0), Eq(f_a + f_b, 0)), Eq(f_a, 0), "a sum of terms >= 0 is zero: each is"
            ),
            Entailment(
                (Le(low, a), Le(a, high), Le(low, b), Le(b, high)),
                Le(low, Rational(1, 2) * (a + b)),
                "all elements lie in the interval of zeros, so their mean does",
            ),
            Entailment(
                (Le(low, a), Le(a, high), Le(low, b), Le(b, high)),
                Ge(high, Rational(1, 2) * (a + b)),
                "likewise above",
            ),
        ),
    ),
    Derivation(
        "max pooling: if max f(x) = 0 then f(max x) = 0",
        (
            Entailment(
                (Le(f_a, 0), Ge(f_a, 0)),
                Eq(f_a, 0),
                "every image is zero, and that of the maximum is one of them",
            ),
        ),
    ),
)
