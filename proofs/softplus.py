"""Softplus(beta): strictly increasing and convex; with a threshold T it jumps down, and is neither."""

from sympy import Rational, S, exp, factor, log, symbols

from ordering import x
from ordering.checking.parametric import NEVER, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

beta, T = symbols("beta T", real=True)
_SMOOTH = log(1 + exp(beta * x)) / beta
SOFTPLUS = Family("Softplus(beta)", (_SMOOTH,))
THRESHOLDED = Family("Softplus(beta, T)", (_SMOOTH, x), (Knot(T / beta),))
INSTANCES = {
    SOFTPLUS: tuple({beta: Rational(b)} for b in ("1/2", "1", "2")),
    THRESHOLDED: tuple({beta: Rational(b), T: S(t)} for b in ("1/2", "1", "2") for t in (0, 5, 20)),
}

# The function jumps by T/beta - log(1 + e^T)/beta, which is -log(1 + e^-T)/beta.
_JUMP = {factor(THRESHOLDED.jump(0)): -log(1 + exp(-T)) / beta}

THEOREMS = (
    parametric(ParametricClaim(SOFTPLUS, (beta > 0,), "strictly_increasing")),
    parametric(ParametricClaim(SOFTPLUS, (beta > 0,), "convex")),
    parametric(ParametricClaim(THRESHOLDED, (beta > 0,), "nondecreasing", NEVER), _JUMP),
    parametric(ParametricClaim(THRESHOLDED, (beta > 0,), "convex", NEVER), _JUMP),
)
