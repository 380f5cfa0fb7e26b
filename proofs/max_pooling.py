"""Max pooling commutes with f on every window if and only if f is nondecreasing."""

from sympy import Eq, Function, Ge, Le, Max, Symbol, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity, Induction

a, b, c, f_a, f_b, f_max = symbols("a b c f_a f_b f_max", real=True)
n = Symbol("n", integer=True, positive=True)
M, X, F, f_of_max, f_of_x = (Function(name, real=True) for name in ("M", "X", "F", "f_of_max", "f_of_x"))

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
            Induction(
                n,
                1,
                Eq(f_of_max(n), F(n)),
                (Eq(f_of_max(1), f_of_x(1)), Eq(F(1), f_of_x(1))),
                (
                    (Ge(M(n), X(n + 1)), Eq(f_of_max(n + 1), f_of_max(n)), Eq(F(n + 1), F(n))),
                    (Ge(X(n + 1), M(n)), Eq(f_of_max(n + 1), f_of_x(n + 1)), Eq(F(n + 1), f_of_x(n + 1))),
                ),
                "M(n) is the maximum of n elements, F(n) that of their images; where the next element X is "
                "the smaller one, f(X) <= f(M(n)) = F(n), so neither maximum changes; where it is the larger "
                "one, f(X) >= f(M(n)) = F(n), so it is the new maximum, and f(X) that of the images",
            ),
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
