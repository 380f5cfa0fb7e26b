"""Max pooling commutes with f on every window if and only if f is nondecreasing; min pooling likewise.

If f never falls, the image of the largest element of a window is at least the image of every other one, so
it is the largest image: f(max x) = max f(x). If f falls somewhere, f(a) > f(b) with a < b, then the window
{a, b} tells: f(max(a, b)) = f(b), but max(f(a), f(b)) = f(a), which is larger.
"""

from sympy import Eq, Function, Ge, Le, symbols

from ordering.checking.sequences import FROM_ONE, Extreme, exchanged, n
from ordering.checking.theorems import Congruent, Lemma, Linear, Rule, Theorem, Use

u, v = symbols("u v", real=True)
f, larger, X, M, H = (Function(name, real=True) for name in ("f", "max", "X", "M", "H"))

NONDECREASING = Rule("f is nondecreasing", (u, v), (Le(u, v),), Le(f(u), f(v)))


def _forward(sign: int, word: str) -> Theorem:
    """M(n) is the maximum (or minimum) of X(1), ..., X(n), and H(n) that of their images."""
    inputs, images = Extreme(M, X, sign), Extreme(H, lambda k: f(X(k)), sign)
    goal = Rule(f"f({word} x) = {word} f(x) for n elements", (n,), (FROM_ONE,), Eq(f(M(n)), H(n)))
    return Theorem(
        (NONDECREASING, *inputs.rules, *images.rules),
        goal,
        (exchanged(goal, f, NONDECREASING, inputs, images),),
    )


_AGREE = Rule("the orders agree on two elements", (u, v), (), Eq(f(larger(u, v)), larger(f(u), f(v))))
_IS_SECOND = Rule("a maximum of two is the larger one", (u, v), (Le(u, v),), Eq(larger(u, v), v))
_IS_ABOVE = Rule("a maximum is at least the first element", (u, v), (), Ge(larger(u, v), u))

THEOREMS = (
    _forward(1, "max"),
    _forward(-1, "min"),
    Theorem(
        (_AGREE, _IS_SECOND, _IS_ABOVE),
        NONDECREASING,
        (
            Lemma(
                NONDECREASING,
                (
                    Use(_AGREE, (u, v)),
                    Use(_IS_SECOND, (u, v)),
                    Congruent(Eq(larger(u, v), v), Eq(f(larger(u, v)), f(v))),
                    Use(_IS_ABOVE, (f(u), f(v))),
                    Linear(
                        (
                            Eq(f(larger(u, v)), larger(f(u), f(v))),
                            Eq(f(larger(u, v)), f(v)),
                            Ge(larger(f(u), f(v)), f(u)),
                        ),
                        Le(f(u), f(v)),
                    ),
                ),
            ),
        ),
    ),
)
