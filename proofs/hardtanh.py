"""Hardtanh(m, M), m < M: always nondecreasing, never strictly, neither convex nor concave."""

from sympy import S, symbols

from ordering import x
from ordering.checking.parametric import ALWAYS, NEVER, Family, Knot, ParametricClaim
from ordering.reals.parametric import parametric

m, M = symbols("m M", real=True)
HARDTANH = Family("Hardtanh(m, M)", (m, x, M), (Knot(m), Knot(M)))
INSTANCES = {HARDTANH: tuple({m: S(a), M: S(b)} for a, b in ((-1, 1), (0, 6), (-3, -2), (2, 5)))}

THEOREMS = tuple(
    parametric(ParametricClaim(HARDTANH, (m < M,), question, when))
    for question, when in (
        ("nondecreasing", ALWAYS),
        ("strictly_increasing", NEVER),
        ("convex", NEVER),
        ("concave", NEVER),
    )
)
