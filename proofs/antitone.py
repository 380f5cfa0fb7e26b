"""The antitone dual: f nonincreasing turns max pooling into min pooling."""

from sympy import Eq, Ge, Le, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment

f_a, f_b, f_max = symbols("f_a f_b f_max", real=True)

THEOREMS = (
    Derivation(
        "f nonincreasing: f(max(a, b)) = min(f(a), f(b))",
        tuple(
            Entailment((Eq(f_max, of_larger), Le(of_larger, of_smaller)), goal, why)
            for of_larger, of_smaller, why in (
                (f_a, f_b, "a >= b: max(a, b) = a, and f(a) <= f(b)"),
                (f_b, f_a, "b >= a: max(a, b) = b, and f(b) <= f(a)"),
            )
            for goal in (Le(f_max, f_a), Le(f_max, f_b), Ge(f_max, of_larger))
        ),
    ),
    Derivation(
        "conversely, if f(max(a, b)) = min(f(a), f(b)) on all pairs, f is nonincreasing",
        (
            Entailment(
                (Eq(f_max, f_b), Le(f_max, f_a)), Le(f_b, f_a), "let a <= b: f(b) = f(max(a, b)) <= f(a)"
            ),
        ),
    ),
)
