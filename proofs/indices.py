"""A strictly increasing f keeps the order of any two elements: the same one of them is the larger.

If f rises strictly, u < v is f(u) < f(v): the comparisons that a selection makes come out alike before and
after f, ties included. Where f(u) = f(v) although u < v, f(x) has a tie that x has not, and another
position may win.
"""

from sympy import Eq, Function, Gt, Le, Lt, symbols

from ordering.checking.theorems import Congruent, Lemma, Linear, Rule, Split, Theorem, Use

a, b, u, v = symbols("a b u v", real=True)
f = Function("f", real=True)

_STRICT = Rule("f is strictly increasing", (u, v), (Lt(u, v),), Lt(f(u), f(v)))
_KEPT = Rule("a larger element has the larger image", (a, b), (Gt(a, b),), Gt(f(a), f(b)))
_BACK = Rule("a larger image is that of the larger element", (a, b), (Gt(f(a), f(b)),), Gt(a, b))

THEOREMS = (
    Theorem(
        (_STRICT,),
        _KEPT,
        (Lemma(_KEPT, (Use(_STRICT, (b, a)), Linear((Lt(f(b), f(a)),), _KEPT.then))),),
    ),
    Theorem(
        (_STRICT,),
        _BACK,
        (
            Lemma(
                _BACK,
                (
                    Split(
                        a,
                        b,
                        (),
                        (
                            Split(
                                b,
                                a,
                                (
                                    Use(_STRICT, (a, b)),
                                    Linear((Lt(f(a), f(b)), Gt(f(a), f(b))), _BACK.then),
                                ),
                                (
                                    Linear((Le(a, b), Le(b, a)), Eq(a, b)),
                                    Congruent(Eq(a, b), Eq(f(a), f(b))),
                                    Linear((Eq(f(a), f(b)), Gt(f(a), f(b))), _BACK.then),
                                ),
                                _BACK.then,
                            ),
                        ),
                        _BACK.then,
                    ),
                ),
            ),
        ),
    ),
)
