"""Jensen's inequality for means: convex f gives mean f(x) >= f(mean x)."""

from sympy import Ge, Le, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity

n, total, other, m, f_m, f_l, f_r, f_a, f_b, f_c, f_d = symbols(
    "n S T m f_m f_l f_r f_a f_b f_c f_d", real=True
)

THEOREMS = (
    Derivation(
        "from n elements to 2 n, and so to every power of two",
        (
            Entailment(
                (
                    Le(n * f_l, total),
                    Le(n * f_r, other),
                    Le(2 * n * f_m, n * f_l + n * f_r),
                ),
                Le(2 * n * f_m, total + other),
                "for every n: l and r are the means of the halves, S and T the sums of their images; the "
                "mean m of all is that of l and r, for which the inequality is known (times n)",
            ),
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
                (Le((n + 1) * f_m, total + f_m),),
                Le(n * f_m, total),
                "for every n: the added element contributes f(m) on both sides",
            ),
        ),
    ),
    Derivation(
        "concave f: the reverse, by taking -f",
        (Entailment((Ge(2 * f_m, f_a + f_b),), Le(2 * (-f_m), (-f_a) + (-f_b)), "-f is convex"),),
    ),
)
