"""Jensen's inequality for means: convex f gives mean f(x) >= f(mean x), concave f the reverse.

For convex f the chord lies above the graph, so the mean of two images is at least the image of the mean; a
window of n elements follows by adding one at a time. For concave f it is the other way round.
"""

from typing import Any

from sympy import Eq, Function, Ge, Gt, Le, S, symbols

from ordering.checking.sequences import FROM_ONE, mean, n, total
from ordering.checking.theorems import Congruent, Induction, Linear, Rule, Theorem, Use

u, v, w, p, q = symbols("u v w p q", real=True)
f, X, M, F = (Function(name, real=True) for name in ("f", "X", "M", "F"))

_MEAN, _SUM = mean(M, X), total(F, lambda k: f(X(k)))


def _jensen(word: str, relation: Any) -> Theorem:
    """M(n) is the mean of X(1), ..., X(n), and F(n) the sum of their images."""
    bent = Rule(
        f"f is {word}: w is the mean of u and v with weights p and q",
        (u, v, w, p, q),
        (Ge(p, 0), Ge(q, 0), Gt(p + q, 0), Eq((p + q) * w, p * u + q * v)),
        relation((p + q) * f(w), p * f(u) + q * f(v)),
    )
    goal = Rule(
        f"n f(mean x) {'<=' if relation is Le else '>='} sum f(x)",
        (n,),
        (FROM_ONE,),
        relation(n * f(M(n)), F(n)),
    )
    with_next = Use(bent, (M(n), X(n + 1), M(n + 1), n, S.One))
    return Theorem(
        (bent, *_MEAN, *_SUM),
        goal,
        (
            Induction(
                goal,
                1,
                (
                    Congruent(_MEAN[0].then, Eq(f(M(1)), f(X(1)))),
                    Linear((Eq(f(M(1)), f(X(1))), _SUM[0].then), relation(f(M(1)), F(1))),
                ),
                (
                    Use(_MEAN[1], (n,)),
                    with_next,
                    Use(_SUM[1], (n,)),
                    Linear(
                        (with_next.then, _SUM[1].then, goal.then), relation((n + 1) * f(M(n + 1)), F(n + 1))
                    ),
                ),
            ),
        ),
    )


THEOREMS = (_jensen("convex", Le), _jensen("concave", Ge))
