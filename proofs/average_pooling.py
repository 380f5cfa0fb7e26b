"""Average pooling commutes with a continuous f iff f is affine; linear, if weights do not sum to one."""

from sympy import Eq, Function, Rational, Symbol, symbols

from ordering.evidence import Derivation
from ordering.reals.claims import Entailment, Identity, Induction

a, b, p, q, w, s, n, f_0, f_a, f_b, f_m, f_l, f_r = symbols(
    "a b p q w s n f_0 f_a f_b f_m f_l f_r", real=True
)
k = Symbol("k", integer=True, positive=True)
A, B, W, X, weight = (Function(name, real=True) for name in ("A", "B", "W", "X", "w"))

THEOREMS = (
    Derivation(
        "f(x) = p x + q commutes with every weighted mean",
        (
            Identity(
                w * (p * a + q) + (1 - w) * (p * b + q),
                p * (w * a + (1 - w) * b) + q,
                "weights that sum to one",
            ),
            Induction(
                k,
                1,
                Eq(A(k), p * B(k) + q * W(k)),
                (
                    Eq(A(1), weight(1) * p * X(1) + weight(1) * q),
                    Eq(p * B(1), p * weight(1) * X(1)),
                    Eq(q * W(1), q * weight(1)),
                ),
                (
                    (
                        Eq(A(k + 1), A(k) + weight(k + 1) * p * X(k + 1) + weight(k + 1) * q),
                        Eq(p * B(k + 1), p * B(k) + p * weight(k + 1) * X(k + 1)),
                        Eq(q * W(k + 1), q * W(k) + q * weight(k + 1)),
                    ),
                ),
                "A, B and W are the sums of w f(x), of w x and of w: with W = 1, the mean of the images "
                "is the image of the mean",
            ),
        ),
    ),
    Derivation(
        "a window of n contains the condition on two: 2 f(m) = f(a) + f(b), m = (a + b)/2",
        (
            Identity(
                a + b + (n - 2) * (a + b) / 2, n * (a + b) / 2, "the window (a, b, m, ..., m) has mean m"
            ),
            Identity(
                n * f_m - (f_a + f_b + (n - 2) * f_m),
                2 * f_m - (f_a + f_b),
                "n f(m) = f(a) + f(b) + (n - 2) f(m) is Jensen's equation",
            ),
        ),
    ),
    Derivation(
        "Jensen's equation puts f on its chord at all dyadic points, hence, f being continuous, everywhere",
        (
            Entailment(
                (Eq(2 * f_m, f_a + f_b), Eq(2 * f_l, f_a + f_m)),
                Eq(f_l, Rational(3, 4) * f_a + Rational(1, 4) * f_b),
                "a quarter of the way: f lies on the chord; halving again gives every dyadic point",
            ),
            Entailment(
                (Eq(2 * f_m, f_a + f_b), Eq(2 * f_r, f_m + f_b)),
                Eq(f_r, Rational(1, 4) * f_a + Rational(3, 4) * f_b),
                "three quarters of the way",
            ),
        ),
    ),
    Derivation(
        "weights that sum to s != 1 (counted padding, divisor_override) need f(0) = 0 as well",
        (
            Identity(
                s * f_0 - f_0, (s - 1) * f_0, "on a window of zeros, s f(0) = f(0) forces (s - 1) f(0) = 0"
            ),
            Identity(
                w * (p * a) + s * (p * b), p * (w * a + s * b), "f(x) = p x commutes with every weighted sum"
            ),
        ),
    ),
)
