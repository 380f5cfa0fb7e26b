"""The antitone dual: f nonincreasing turns max pooling into min pooling, and min pooling into max pooling.

If f never rises, the largest element of a window has the smallest image, so f(max x) = min f(x): the
selection turns round. If f rises somewhere, the two elements between which it does tell that it does not.
"""

from sympy import Eq, Function, Ge, Le, symbols

from ordering.checking.sequences import FROM_ONE, Extreme, exchanged, n
from ordering.checking.theorems import Congruent, Lemma, Linear, Rule, Theorem, Use

u, v = symbols("u v", real=True)
f, larger, smaller, X, M, H = (Function(name, real=True) for name in ("f", "max", "min", "X", "M", "H"))

NONINCREASING = Rule("f is nonincreasing", (u, v), (Le(u, v),), Ge(f(u), f(v)))


def _forward(sign: int, inner: str, outer: str) -> Theorem:
    """M(n) is the maximum of n elements, and H(n) the minimum of their images; or the other way round."""
    inputs, images = Extreme(M, X, sign), Extreme(H, lambda k: f(X(k)), -sign)
    goal = Rule(f"f({inner} x) = {outer} f(x) for n elements", (n,), (FROM_ONE,), Eq(f(M(n)), H(n)))
    return Theorem(
        (NONINCREASING, *inputs.rules, *images.rules),
        goal,
        (exchanged(goal, f, NONINCREASING, inputs, images),),
    )


_DUAL = Rule("the dual holds on two elements", (u, v), (), Eq(f(larger(u, v)), smaller(f(u), f(v))))
_IS_SECOND = Rule("a maximum of two is the larger one", (u, v), (Le(u, v),), Eq(larger(u, v), v))
_IS_BELOW = Rule("a minimum is at most the first element", (u, v), (), Le(smaller(u, v), u))

THEOREMS = (
    _forward(1, "max", "min"),
    _forward(-1, "min", "max"),
    Theorem(
        (_DUAL, _IS_SECOND, _IS_BELOW),
        NONINCREASING,
        (
            Lemma(
                NONINCREASING,
                (
                    Use(_DUAL, (u, v)),
                    Use(_IS_SECOND, (u, v)),
                    Congruent(Eq(larger(u, v), v), Eq(f(larger(u, v)), f(v))),
                    Use(_IS_BELOW, (f(u), f(v))),
                    Linear(
                        (
                            Eq(f(larger(u, v)), smaller(f(u), f(v))),
                            Eq(f(larger(u, v)), f(v)),
                            Le(smaller(f(u), f(v)), f(u)),
                        ),
                        Ge(f(u), f(v)),
                    ),
                ),
            ),
        ),
    ),
)
