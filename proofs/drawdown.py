"""Under max pooling the orders differ by at most the drawdown of f, which two elements attain.

The largest image in a window is taken by some element u, and the largest element is some v with u <= v. So
the orders are f(u) and f(v) with f(u) >= f(v): activation first is never below, and above it by at most the
furthest that f falls from an earlier to a later input, which is f's drawdown.
"""

from sympy import Eq, Function, Ge, Gt, Le, S, Symbol, symbols

from ordering.checking.sequences import FROM_ONE, Extreme, at_n, by_order, n
from ordering.checking.theorems import Congruent, Induction, Lemma, Linear, Rule, Split, Theorem, Use

u, v, e = symbols("u v e", real=True)
D = Symbol("D", real=True)
f, larger, X, M, H, U, V = (Function(name, real=True) for name in ("f", "max", "X", "M", "H", "U", "V"))

INPUTS, IMAGES = Extreme(M, X), Extreme(H, lambda k: f(X(k)))
_UPPER = Rule("D bounds every fall", (u, v), (Le(u, v),), Le(f(u) - f(v), D))
_NONDECREASING = Rule("f is nondecreasing", (u, v), (Le(u, v),), Le(f(u), f(v)))

# The largest image is at least that of the maximum, which is one of the images.
_ABOVE = Rule("max f(x) >= f(max x) for n elements", (n,), (FROM_ONE,), Ge(H(n), f(M(n))))
_GOAL = Ge(H(n + 1), f(M(n + 1)))
_SAME, _NEW = Eq(f(M(n + 1)), f(M(n))), Eq(f(M(n + 1)), f(X(n + 1)))

# And it falls to no value beyond the maximum by more than D.
_BOUND = Rule(
    "max f(x) <= f(v) + D for every v beyond the maximum", (n, v), (FROM_ONE, Ge(v, M(n))), Le(H(n), f(v) + D)
)
_FALL = Use(_UPPER, (X(1), v))
_FALL_NEXT = Use(_UPPER, (X(n + 1), v))
_NEXT = Le(H(n + 1), f(v) + D)
_GAP = Rule("max f(x) - f(max x) <= D for n elements", (n,), (FROM_ONE,), Le(H(n) - f(M(n)), D))

_FIRST = Rule("a maximum of two, the first being larger", (u, v), (Ge(u, v),), Eq(larger(u, v), u))
_SECOND = Rule("a maximum of two, the second being larger", (u, v), (Le(u, v),), Eq(larger(u, v), v))
_ATTAINED = Rule(
    "a pair that falls by D attains the gap",
    (u, v),
    (Le(u, v), Eq(f(u) - f(v), D), Ge(D, 0)),
    Eq(larger(f(u), f(v)) - f(larger(u, v)), D),
)

# D is a supremum: for every e > 0 some pair, (U(e), V(e)), falls by more than D - e.
_ORDERED = Rule("pairs near the supremum", (e,), (Gt(e, 0),), Le(U(e), V(e)))
_NEAR = Rule("they fall by nearly D", (e,), (Gt(e, 0),), Gt(f(U(e)) - f(V(e)), D - e))
_ZERO = Rule("D is zero", (), (), Eq(D, 0))
_NO_FALL = Use(_UPPER, (S.Zero, S.Zero))

THEOREMS = (
    Theorem(
        (*INPUTS.rules, *IMAGES.rules),
        _ABOVE,
        (
            IMAGES.keeps,
            IMAGES.covers,
            Induction(
                _ABOVE,
                1,
                (
                    Congruent(INPUTS.first.then, Eq(f(M(1)), f(X(1)))),
                    Linear((IMAGES.first.then, Eq(f(M(1)), f(X(1)))), Ge(H(1), f(M(1)))),
                ),
                (
                    by_order(
                        INPUTS,
                        _GOAL,
                        (
                            Use(INPUTS.stays, (n,)),
                            Congruent(INPUTS.stays.then, _SAME),
                            Use(IMAGES.keeps.rule, (n,)),
                            Linear((IMAGES.keeps.rule.then, _ABOVE.then, _SAME), _GOAL),
                        ),
                        (
                            Use(INPUTS.moves, (n,)),
                            Congruent(INPUTS.moves.then, _NEW),
                            Use(IMAGES.covers.rule, (n,)),
                            Linear((IMAGES.covers.rule.then, _NEW), _GOAL),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Theorem(
        (_UPPER, *INPUTS.rules, *IMAGES.rules),
        _GAP,
        (
            INPUTS.keeps,
            INPUTS.covers,
            Induction(
                _BOUND,
                1,
                (
                    Linear((INPUTS.first.then, Ge(v, M(1))), Le(X(1), v)),
                    _FALL,
                    Linear((_FALL.then, IMAGES.first.then), Le(H(1), f(v) + D)),
                ),
                (
                    Use(INPUTS.keeps.rule, (n,)),
                    Linear((INPUTS.keeps.rule.then, Ge(v, M(n + 1))), Ge(v, M(n))),
                    Use(at_n(_BOUND), (v,)),
                    Use(INPUTS.covers.rule, (n,)),
                    Linear((INPUTS.covers.rule.then, Ge(v, M(n + 1))), Le(X(n + 1), v)),
                    _FALL_NEXT,
                    by_order(
                        IMAGES,
                        _NEXT,
                        (Use(IMAGES.stays, (n,)), Linear((IMAGES.stays.then, _BOUND.then), _NEXT)),
                        (Use(IMAGES.moves, (n,)), Linear((IMAGES.moves.then, _FALL_NEXT.then), _NEXT)),
                    ),
                ),
            ),
            Lemma(
                _GAP,
                (Use(_BOUND, (n, M(n))), Linear((Le(H(n), f(M(n)) + D),), _GAP.then)),
            ),
        ),
    ),
    Theorem(
        (_FIRST, _SECOND),
        _ATTAINED,
        (
            Lemma(
                _ATTAINED,
                (
                    Use(_SECOND, (u, v)),
                    Congruent(Eq(larger(u, v), v), Eq(f(larger(u, v)), f(v))),
                    Linear((Eq(f(u) - f(v), D), Ge(D, 0)), Ge(f(u), f(v))),
                    Use(_FIRST, (f(u), f(v))),
                    Linear(
                        (
                            Eq(larger(f(u), f(v)), f(u)),
                            Eq(f(larger(u, v)), f(v)),
                            Eq(f(u) - f(v), D),
                        ),
                        _ATTAINED.then,
                    ),
                ),
            ),
        ),
    ),
    Theorem(
        (_UPPER, _ZERO),
        _NONDECREASING,
        (
            Lemma(
                _NONDECREASING,
                (Use(_UPPER, (u, v)), Linear((_UPPER.then, _ZERO.then), _NONDECREASING.then)),
            ),
        ),
    ),
    Theorem(
        (_NONDECREASING, _UPPER, _ORDERED, _NEAR),
        _ZERO,
        (
            Lemma(
                _ZERO,
                (
                    _NO_FALL,
                    Split(
                        D,
                        S.Zero,
                        (
                            Use(_ORDERED, (D,)),
                            Use(_NEAR, (D,)),
                            Use(_NONDECREASING, (U(D), V(D))),
                            Linear(
                                (Use(_NEAR, (D,)).then, Le(f(U(D)), f(V(D)))),
                                _ZERO.then,
                            ),
                        ),
                        (Linear((_NO_FALL.then, Le(D, 0)), _ZERO.then),),
                        _ZERO.then,
                    ),
                ),
            ),
        ),
    ),
)
