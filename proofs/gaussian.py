"""ReLU on independent standard normal elements: expectations, zeros, and who receives gradient."""

from sympy import Integral, Rational, Symbol, exp, oo, pi, sqrt

from ordering.evidence import Derivation
from ordering.reals.claims import Greater, Identity

u = Symbol("u", real=True)
n = Symbol("n", positive=True)
s = Symbol("sigma", positive=True)

THEOREMS = (
    Derivation(
        "E mean relu(X) = sigma/sqrt(2 pi);  E relu(mean X) = sigma/sqrt(2 pi n)",
        (
            Identity(
                Integral(u * exp(-(u**2) / (2 * s**2)) / (s * sqrt(2 * pi)), (u, 0, oo)),
                s / sqrt(2 * pi),
                "E relu(X) for X ~ N(0, sigma^2); the mean over the window has the same expectation",
            ),
            Identity(
                Integral(u * exp(-n * u**2 / (2 * s**2)) * sqrt(n / (2 * pi)) / s, (u, 0, oo)),
                s / sqrt(2 * pi * n),
                "the mean of n elements is N(0, sigma^2/n)",
            ),
            Greater(
                1 / sqrt(2 * pi), 1 / sqrt(2 * pi * 4), "n = 4: pooling first keeps half of the expectation"
            ),
        ),
    ),
    Derivation(
        "P(zero) = 2^-n with activation first, 1/2 with pooling first",
        (
            Identity(
                Integral(exp(-(u**2) / 2) / sqrt(2 * pi), (u, -oo, 0)),
                Rational(1, 2),
                "P(X <= 0); the mean likewise",
            ),
            Identity(Rational(1, 2) ** n, 2 ** (-n), "all n independent elements are <= 0"),
        ),
    ),
    Derivation(
        "the expected number of elements that receive gradient is n/2 in both orders",
        (
            Identity(
                n * Rational(1, 2), n / 2, "activation first: each element is positive with probability 1/2"
            ),
            Identity(
                Rational(1, 2) * n + Rational(1, 2) * 0,
                n / 2,
                "pooling first: all n if the mean is positive (probability 1/2), else none",
            ),
        ),
    ),
)
