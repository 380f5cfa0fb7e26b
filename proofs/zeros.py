"""For f >= 0 whose zeros form an interval: zeros of activation first are zeros of pooling first.

If f >= 0 and a mean or a maximum of images is 0, every image in the window is 0. So every element lies in
the interval of zeros, and so does anything between them, as their mean and their maximum are: f is 0 there
too.
"""

from sympy import Eq, Function, Ge, Le, symbols

from ordering.checking.sequences import FROM_ONE, at_n, mean, n, total
from ordering.checking.theorems import (
    Cancelled,
    Congruent,
    Induction,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Theorem,
    Use,
)

u, v, w = symbols("u v w", real=True)
f, X, M, F, H = (Function(name, real=True) for name in ("f", "X", "M", "F", "H"))

_NONNEGATIVE = Rule("f is nonnegative", (v,), (), Ge(f(v), 0))
_INTERVAL = Rule(
    "between two zeros of f there are only zeros",
    (u, v, w),
    (Eq(f(u), 0), Eq(f(v), 0), Le(u, w), Le(w, v)),
    Eq(f(w), 0),
)

# M(n) is the mean of n elements, F(n) the sum of their images.
_MEAN, _SUM = mean(M, X), total(F, lambda k: f(X(k)))
_SUMS = Rule("sums of images are nonnegative", (n,), (FROM_ONE,), Ge(F(n), 0))
_ZERO = Rule("sum f(x) = 0 implies f(mean x) = 0", (n,), (FROM_ONE, Eq(F(n), 0)), Eq(f(M(n)), 0))
_BETWEEN = Rule(
    "a mean lies above the smaller of mean and next element",
    (n, u, v, w),
    (FROM_ONE, Le(u, v), Eq((n + 1) * w, n * u + v)),
    Le(u, w),
)
_BETWEEN_TOO = Rule(
    "and below the larger one", (n, u, v, w), (FROM_ONE, Le(u, v), Eq((n + 1) * w, n * u + v)), Le(w, v)
)
_OTHER = Rule(
    "and the same with the next element as the smaller one",
    (n, u, v, w),
    (FROM_ONE, Le(v, u), Eq((n + 1) * w, n * u + v)),
    Le(v, w),
)
_OTHER_TOO = Rule(
    "and the mean as the larger one", (n, u, v, w), (FROM_ONE, Le(v, u), Eq((n + 1) * w, n * u + v)), Le(w, u)
)


def _weighing(rule: Rule) -> Lemma:
    """From (n + 1) w = n u + v: multiply the order of u and v by n or by 1, and divide by n + 1."""
    _, order, balance = rule.given
    times = Scaled(order, n)
    small, large = rule.then.lhs, rule.then.rhs
    whole = Le((n + 1) * small, (n + 1) * large)
    # Where w is compared with u, v >= u (or <= u) is enough; compared with v, the n copies of u count.
    needed = (times,) if v in (small, large) else ()
    known = times.then if needed else order
    return Lemma(rule, (*needed, Linear((balance, known), whole), Cancelled(whole, n + 1, rule.then)))


_NEXT, _NEXT_SUM = Use(_MEAN[1], (n,)), Use(_SUM[1], (n,))
_AT = (n, M(n), X(n + 1), M(n + 1))

_ABOVE = Rule("max f(x) >= f(max x), as of every f (drawdown.py)", (n,), (FROM_ONE,), Ge(H(n), f(M(n))))
_MAX_ZERO = Rule("max f(x) = 0 implies f(max x) = 0", (n,), (FROM_ONE, Eq(H(n), 0)), Eq(f(M(n)), 0))

THEOREMS = (
    Theorem(
        (_NONNEGATIVE, _INTERVAL, *_MEAN, *_SUM),
        _ZERO,
        (
            Induction(
                _SUMS,
                1,
                (
                    Use(_NONNEGATIVE, (X(1),)),
                    Linear((_SUM[0].then, Ge(f(X(1)), 0)), Ge(F(1), 0)),
                ),
                (
                    Use(_NONNEGATIVE, (X(n + 1),)),
                    _NEXT_SUM,
                    Linear((_NEXT_SUM.then, Ge(f(X(n + 1)), 0), _SUMS.then), Ge(F(n + 1), 0)),
                ),
            ),
            *(_weighing(rule) for rule in (_BETWEEN, _BETWEEN_TOO, _OTHER, _OTHER_TOO)),
            Induction(
                _ZERO,
                1,
                (
                    Congruent(_MEAN[0].then, Eq(f(M(1)), f(X(1)))),
                    Linear((Eq(f(M(1)), f(X(1))), _SUM[0].then, Eq(F(1), 0)), Eq(f(M(1)), 0)),
                ),
                (
                    _NEXT,
                    _NEXT_SUM,
                    Use(_SUMS, (n,)),
                    Use(_NONNEGATIVE, (X(n + 1),)),
                    Linear((_NEXT_SUM.then, Eq(F(n + 1), 0), _SUMS.then, Ge(f(X(n + 1)), 0)), Eq(F(n), 0)),
                    Use(at_n(_ZERO), ()),
                    Linear((_NEXT_SUM.then, Eq(F(n + 1), 0), Eq(F(n), 0)), Eq(f(X(n + 1)), 0)),
                    Split(
                        M(n),
                        X(n + 1),
                        (
                            Use(_OTHER, _AT),
                            Use(_OTHER_TOO, _AT),
                            Use(_INTERVAL, (X(n + 1), M(n), M(n + 1))),
                        ),
                        (
                            Use(_BETWEEN, _AT),
                            Use(_BETWEEN_TOO, _AT),
                            Use(_INTERVAL, (M(n), X(n + 1), M(n + 1))),
                        ),
                        Eq(f(M(n + 1)), 0),
                    ),
                ),
            ),
        ),
    ),
    Theorem(
        (_NONNEGATIVE, _ABOVE),
        _MAX_ZERO,
        (
            Lemma(
                _MAX_ZERO,
                (
                    Use(_ABOVE, (n,)),
                    Use(_NONNEGATIVE, (M(n),)),
                    Linear((_ABOVE.then, Ge(f(M(n)), 0), Eq(H(n), 0)), Eq(f(M(n)), 0)),
                ),
            ),
        ),
    ),
)
