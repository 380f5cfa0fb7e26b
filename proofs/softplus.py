"""Softplus(beta): strictly increasing and convex; with a threshold T it jumps down, and is neither."""

from sympy import Expr, Piecewise, Rational, S, Symbol, diff, exp, false, log, oo, true

from ordering import x
from ordering.evidence import Derivation
from ordering.reals.claims import Family, Identity, SignFactor

beta, T = Symbol("beta", positive=True), Symbol("T", real=True)
SAMPLES = tuple((Rational(b), Rational(t)) for b in ("1/2", "1", "2") for t in (0, 5, 20))
_SMOOTH = log(1 + exp(beta * x)) / beta


def softplus(b: Expr) -> Expr:
    return log(1 + exp(b * x)) / b


def thresholded(b: Expr, t: Expr) -> Expr:
    return Piecewise((softplus(b), x <= t / b), (x, True))


THEOREMS = (
    Derivation(
        "Softplus(beta), beta > 0, is strictly increasing and convex",
        (
            Identity(diff(_SMOOTH, x), 1 / (1 + exp(-beta * x)), "f' is the sigmoid of u = beta x"),
            SignFactor(1 / (1 + exp(-x)), S.One, 1 / (1 + exp(-x)), -oo, oo, "the sigmoid is positive"),
            SignFactor(
                diff(1 / (1 + exp(-x)), x),
                S.One,
                exp(-x) / (1 + exp(-x)) ** 2,
                -oo,
                oo,
                "and has a positive slope",
            ),
            Family(
                "strictly increasing",
                softplus(beta),
                (beta,),
                true,
                "strictly_increasing",
                tuple((s[0],) for s in SAMPLES[::3]),
                "for every beta > 0",
            ),
            Family(
                "convex",
                softplus(beta),
                (beta,),
                true,
                "convex",
                tuple((s[0],) for s in SAMPLES[::3]),
                "for every beta > 0",
            ),
        ),
    ),
    Derivation(
        "Softplus(beta, T) jumps down by log(1 + e^-T)/beta at x = T/beta: for no T is it nondecreasing",
        (
            Identity(
                (_SMOOTH - x).subs(x, T / beta),
                (log(1 + exp(T)) - T) / beta,
                "the value at T/beta less the limit",
            ),
            Identity(exp(T) * (1 + exp(-T)), 1 + exp(T), "so the jump is log(1 + e^-T)/beta"),
            SignFactor(
                log(1 + exp(-x)), S.One, log(1 + exp(-x)), -oo, oo, "the jump is positive for every T = x"
            ),
            Family(
                "never nondecreasing",
                thresholded(beta, T),
                (beta, T),
                false,
                "nondecreasing",
                SAMPLES,
                "the jump is down",
            ),
            Family(
                "never convex",
                thresholded(beta, T),
                (beta, T),
                false,
                "convex",
                SAMPLES,
                "a convex function has no jump",
            ),
        ),
    ),
)
