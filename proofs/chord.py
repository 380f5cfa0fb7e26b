"""Convex f on [l, h] under average pooling: the gap is at most max_t chord(t) - f(t).

Each element lies between l and h, where convex f lies below its chord, so the mean of the images is at most
the chord at the mean. Pooling first gives the graph there; the gap is at most the largest height of the
chord above the graph.
"""

from sympy import Eq, Expr, Function, Ge, Le, S, Symbol, symbols

from ordering.checking.sequences import FROM_ONE, n, total
from ordering.checking.theorems import Cancelled, Induction, Lemma, Linear, Rule, Scaled, Theorem, Use

v, m = symbols("v m", real=True)
low, high, p, q, B = (Symbol(name, real=True) for name in ("l", "h", "p", "q", "B"))
f, X, M, T, F = (Function(name, real=True) for name in ("f", "X", "M", "T", "F"))


def chord(t: Expr) -> Expr:
    """The line through the ends of f's graph."""
    return p * t + q


# T(n) is the sum of n elements, M(n) their mean, F(n) the sum of their images.
_TOTAL, _IMAGES = total(T, X), total(F, lambda k: f(X(k)))
_MEAN = Rule("M is the mean", (n,), (FROM_ONE,), Eq(n * M(n), T(n)))
_BELOW = Rule("a convex f lies below its chord", (v,), (Ge(v, low), Le(v, high)), Le(f(v), chord(v)))
_LARGEST = Rule("B bounds their distance", (v,), (Ge(v, low), Le(v, high)), Le(chord(v) - f(v), B))
_FROM = Rule("no element is below l", (n,), (FROM_ONE,), Ge(X(n), low))
_TO = Rule("no element is above h", (n,), (FROM_ONE,), Le(X(n), high))

_SUM_FROM = Rule("so is their sum", (n,), (FROM_ONE,), Ge(T(n), n * low))
_SUM_TO = Rule("so is their sum, above", (n,), (FROM_ONE,), Le(T(n), n * high))
_SUM_BELOW = Rule("sums of images lie below the chord", (n,), (FROM_ONE,), Le(F(n), p * T(n) + n * q))
_GAP = Rule("sum f(x) - n f(mean x) <= n B", (n,), (FROM_ONE,), Le(F(n) - n * f(M(n)), n * B))


def _bounded(rule: Rule, element: Rule) -> Induction:
    first, after = Use(element, (S.One,)), Use(element, (n + 1,))
    goal = rule.then.func
    return Induction(
        rule,
        1,
        (first, Linear((_TOTAL[0].then, first.then), goal(T(1), first.then.rhs))),
        (
            Use(_TOTAL[1], (n,)),
            after,
            Linear((_TOTAL[1].then, after.then, rule.then), goal(T(n + 1), (n + 1) * first.then.rhs)),
        ),
    )


_FIRST, _NEXT = Use(_BELOW, (X(1),)), Use(_BELOW, (X(n + 1),))
_FIRST_SUM, _NEXT_SUM = Scaled(_TOTAL[0].then, p), Scaled(_TOTAL[1].then, p)
_AT_MEAN = Use(_LARGEST, (M(n),))

_HALVES = Rule(
    "the bound is attained by one element at each end",
    (m,),
    (Eq(2 * m, low + high),),
    Eq(f(low) + f(high) - 2 * f(m), 2 * (chord(m) - f(m))),
)
_ENDS = (
    Rule("f is on its chord at l", (), (), Eq(f(low), chord(low))),
    Rule("f is on its chord at h", (), (), Eq(f(high), chord(high))),
)

THEOREMS = (
    Theorem(
        (_BELOW, _LARGEST, _FROM, _TO, *_TOTAL, _MEAN, *_IMAGES),
        _GAP,
        (
            _bounded(_SUM_FROM, _FROM),
            _bounded(_SUM_TO, _TO),
            Induction(
                _SUM_BELOW,
                1,
                (
                    Use(_FROM, (S.One,)),
                    Use(_TO, (S.One,)),
                    _FIRST,
                    _FIRST_SUM,
                    Linear((_FIRST.then, _FIRST_SUM.then, _IMAGES[0].then), Le(F(1), p * T(1) + q)),
                ),
                (
                    Use(_FROM, (n + 1,)),
                    Use(_TO, (n + 1,)),
                    _NEXT,
                    Use(_TOTAL[1], (n,)),
                    _NEXT_SUM,
                    Use(_IMAGES[1], (n,)),
                    Linear(
                        (_NEXT.then, _NEXT_SUM.then, _IMAGES[1].then, _SUM_BELOW.then),
                        Le(F(n + 1), p * T(n + 1) + (n + 1) * q),
                    ),
                ),
            ),
            Lemma(
                _GAP,
                (
                    Use(_MEAN, (n,)),
                    Use(_SUM_FROM, (n,)),
                    Linear((_MEAN.then, _SUM_FROM.then), Ge(n * M(n), n * low)),
                    Cancelled(Ge(n * M(n), n * low), n, Ge(M(n), low)),
                    Use(_SUM_TO, (n,)),
                    Linear((_MEAN.then, _SUM_TO.then), Le(n * M(n), n * high)),
                    Cancelled(Le(n * M(n), n * high), n, Le(M(n), high)),
                    _AT_MEAN,
                    Scaled(_AT_MEAN.then, n),
                    Scaled(_MEAN.then, p),
                    Use(_SUM_BELOW, (n,)),
                    Linear(
                        (Scaled(_AT_MEAN.then, n).then, Scaled(_MEAN.then, p).then, _SUM_BELOW.then),
                        _GAP.then,
                    ),
                ),
            ),
        ),
    ),
    Theorem(
        _ENDS,
        _HALVES,
        (
            Lemma(
                _HALVES,
                (
                    Scaled(_HALVES.given[0], p),
                    Linear((_ENDS[0].then, _ENDS[1].then, Scaled(_HALVES.given[0], p).then), _HALVES.then),
                ),
            ),
        ),
    ),
)
