"""Jensen's inequality for means: convex f gives mean f(x) >= f(mean x)."""

from sympy import Ge, Le, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity

n, total, m, f_m, f_l, f_r, f_a, f_b, f_c, f_d = symbols("n S m f_m f_l f_r f_a f_b f_c f_d", real=True)

THEOREMS = (
    Derivation(
        "from two elements to four, and so to every power of two",
        (
            Entailment(
                (Le(2 * f_m, f_l + f_r), Le(2 * f_l, f_a + f_b), Le(2 * f_r, f_c + f_d)),
                Le(4 * f_m, f_a + f_b + f_c + f_d),
                "the mean of four is the mean of the two halves' means l and r",
            ),
        ),
    ),
    Derivation(
        "from n + 1 elements down to n (Cauchy), so for every n",
        (
            Identity(
                (total + total / n) / (n + 1), total / n, "adding the mean as one more element keeps the mean"
            ),
            Entailment(
                (Le(4 * f_m, f_a + f_b + f_c + f_m),),
                Le(3 * f_m, f_a + f_b + f_c),
                "n = 3: the added element contributes f(m) on both sides; for every n alike",
            ),
        ),
    ),
    Derivation(
        "concave f: the reverse, by taking -f",
        (Entailment((Ge(2 * f_m, f_a + f_b),), Le(2 * (-f_m), (-f_a) + (-f_b)), "-f is convex"),),
    ),
)
