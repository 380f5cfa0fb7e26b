"""Max pooling commutes with f on every window if and only if f is nondecreasing."""

from sympy import Eq, Ge, Le, Max, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity

a, b, c, f_a, f_b, f_max = symbols("a b c f_a f_b f_max", real=True)

_CASES = tuple(
    Entailment((Eq(f_max, larger), Ge(larger, smaller)), goal, why)
    for larger, smaller, why in (
        (f_a, f_b, "a >= b: max(a, b) = a, and f(a) >= f(b) because f is nondecreasing"),
        (f_b, f_a, "b >= a: max(a, b) = b, and f(b) >= f(a) because f is nondecreasing"),
    )
    for goal in (Ge(f_max, f_a), Ge(f_max, f_b), Le(f_max, larger))
)

THEOREMS = (
    Derivation("f nondecreasing: f(max(a, b)) = max(f(a), f(b))", _CASES),
    Derivation(
        "by induction the same holds for n elements",
        (
            Identity(
                Max(Max(a, b, evaluate=False), c, evaluate=False),
                Max(a, b, c),
                "the maximum of n + 1 elements is that of two: of the first n, and of the last",
            ),
            *_CASES,
        ),
    ),
    Derivation(
        "conversely, if the orders agree on windows of two, f is nondecreasing",
        (
            Entailment(
                (Eq(f_max, f_b), Ge(f_max, f_a), Ge(f_max, f_b)),
                Ge(f_b, f_a),
                "let a <= b: f(b) = f(max(a, b)) = max(f(a), f(b)) >= f(a)",
            ),
        ),
    ),
)
