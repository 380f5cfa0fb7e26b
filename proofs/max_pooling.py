"""Max pooling commutes with f on every window if and only if f is nondecreasing."""

from sympy import Eq, Function, Ge, Gt, Le, Symbol, symbols

from ordering.checking.theorems import Congruent, Induction, Lemma, Linear, Rule, Split, Theorem, Use

a, b, u, v = symbols("a b u v", real=True)
n = Symbol("n", integer=True)
f, larger, X, M, H = (Function(name, real=True) for name in ("f", "max", "X", "M", "H"))

NONDECREASING = Rule("f is nondecreasing", (u, v), (Le(u, v),), Le(f(u), f(v)))
FIRST = Rule("the maximum of two", (u, v), (Ge(u, v),), Eq(larger(u, v), u))
SECOND = Rule("the maximum of two, otherwise", (u, v), (Ge(v, u),), Eq(larger(u, v), v))
MAXIMUM_OF_ONE = Rule("the maximum of one element", (), (), Eq(M(1), X(1)))
MAXIMUM = Rule("the maximum of one more", (n,), (Ge(n, 1),), Eq(M(n + 1), larger(M(n), X(n + 1))))
IMAGE_OF_ONE = Rule("the largest image of one element", (), (), Eq(H(1), f(X(1))))
IMAGES = Rule("the largest image of one more", (n,), (Ge(n, 1),), Eq(H(n + 1), larger(H(n), f(X(n + 1)))))

# The next element X(n + 1) is smaller than the maximum so far, M(n), or it is not.
_NEXT = X(n + 1)
_LARGEST = Eq(larger(M(n), _NEXT), M(n))
_NEW = Eq(larger(M(n), _NEXT), _NEXT)
_FORWARD = Rule("the orders agree on n elements", (n,), (Ge(n, 1),), Eq(f(M(n)), H(n)))

THEOREMS = (
    Theorem(
        "f nondecreasing: the orders agree",
        (NONDECREASING, FIRST, SECOND, MAXIMUM_OF_ONE, MAXIMUM, IMAGE_OF_ONE, IMAGES),
        _FORWARD,
        (
            Induction(
                _FORWARD,
                1,
                (
                    Congruent(Eq(M(1), X(1)), Eq(f(M(1)), f(X(1)))),
                    Linear((Eq(f(M(1)), f(X(1))), Eq(H(1), f(X(1)))), Eq(f(M(1)), H(1))),
                ),
                (
                    Use(MAXIMUM, (n,)),
                    Use(IMAGES, (n,)),
                    Split(
                        M(n),
                        _NEXT,
                        (
                            Use(FIRST, (M(n), _NEXT)),
                            Linear((Use(MAXIMUM, (n,)).then, _LARGEST), Eq(M(n + 1), M(n))),
                            Congruent(Eq(M(n + 1), M(n)), Eq(f(M(n + 1)), f(M(n)))),
                            Use(NONDECREASING, (_NEXT, M(n))),
                            Linear((Eq(f(M(n)), H(n)), Le(f(_NEXT), f(M(n)))), Ge(H(n), f(_NEXT))),
                            Use(FIRST, (H(n), f(_NEXT))),
                            Linear(
                                (
                                    Eq(f(M(n + 1)), f(M(n))),
                                    Eq(f(M(n)), H(n)),
                                    Use(IMAGES, (n,)).then,
                                    Eq(larger(H(n), f(_NEXT)), H(n)),
                                ),
                                Eq(f(M(n + 1)), H(n + 1)),
                            ),
                        ),
                        (
                            Use(SECOND, (M(n), _NEXT)),
                            Linear((Use(MAXIMUM, (n,)).then, _NEW), Eq(M(n + 1), _NEXT)),
                            Congruent(Eq(M(n + 1), _NEXT), Eq(f(M(n + 1)), f(_NEXT))),
                            Use(NONDECREASING, (M(n), _NEXT)),
                            Linear((Eq(f(M(n)), H(n)), Le(f(M(n)), f(_NEXT))), Ge(f(_NEXT), H(n))),
                            Use(SECOND, (H(n), f(_NEXT))),
                            Linear(
                                (
                                    Eq(f(M(n + 1)), f(_NEXT)),
                                    Use(IMAGES, (n,)).then,
                                    Eq(larger(H(n), f(_NEXT)), f(_NEXT)),
                                ),
                                Eq(f(M(n + 1)), H(n + 1)),
                            ),
                        ),
                        Eq(f(M(n + 1)), H(n + 1)),
                    ),
                ),
            ),
        ),
    ),
)
