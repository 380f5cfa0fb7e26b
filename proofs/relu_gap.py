"""f(x) = p x above zero and q x below, under average pooling: the gap is (p - q) min(sum x+, sum x-)/n.

Split each element into its part above zero and its part below: f multiplies one by p and the other by q.
When they are averaged first, the parts cancel before f sees them; what cancels is the smaller of the two
sums, and the slopes differ by p - q.
"""

from typing import Any

from sympy import Eq, Expr, Function, Ge, Gt, Le, S, symbols

from ordering.checking.sequences import FROM_ONE, n, total
from ordering.checking.theorems import (
    Cancelled,
    Induction,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Step,
    Theorem,
    Use,
)

u, v, p, q = symbols("u v p q", real=True)
f, positive, negative, smaller = (Function(name, real=True) for name in ("f", "pos", "neg", "min"))
X, M, T, F, P, N = (Function(name, real=True) for name in ("X", "M", "T", "F", "P", "N"))

_ABOVE = Rule("f above zero", (v,), (Ge(v, 0),), Eq(f(v), p * v))
_BELOW = Rule("f below zero", (v,), (Le(v, 0),), Eq(f(v), q * v))
_PARTS = (
    Rule("pos(v) = v above zero", (v,), (Ge(v, 0),), Eq(positive(v), v)),
    Rule("neg(v) = 0 above zero", (v,), (Ge(v, 0),), Eq(negative(v), 0)),
    Rule("pos(v) = 0 below zero", (v,), (Le(v, 0),), Eq(positive(v), 0)),
    Rule("neg(v) = -v below zero", (v,), (Le(v, 0),), Eq(negative(v), -v)),
)
_LEFT = Rule("the smaller of two", (u, v), (Le(u, v),), Eq(smaller(u, v), u))
_RIGHT = Rule("the smaller of two, otherwise", (u, v), (Le(v, u),), Eq(smaller(u, v), v))

# T(n), F(n), P(n) and N(n) are the sums of the elements, their images, positive and negative parts.
_TOTAL, _IMAGES = total(T, X), total(F, lambda k: f(X(k)))
_POSITIVE, _NEGATIVE = total(P, lambda k: positive(X(k))), total(N, lambda k: negative(X(k)))
_MEAN = Rule("M is the mean", (n,), (FROM_ONE,), Eq(n * M(n), T(n)))

_VALUE = Rule("an element is the difference of its parts", (v,), (), Eq(v, positive(v) - negative(v)))
_IMAGE = Rule("and its image", (v,), (), Eq(f(v), p * positive(v) - q * negative(v)))
_VALUES = Rule("so is the sum", (n,), (FROM_ONE,), Eq(T(n), P(n) - N(n)))
_SUMS = Rule("and that of the images", (n,), (FROM_ONE,), Eq(F(n), p * P(n) - q * N(n)))
_SMALLER = smaller(P(n), N(n))
_GAP = Rule(
    "sum f(x) - n f(mean x) = (p - q) min(sum x+, sum x-)",
    (n,),
    (FROM_ONE,),
    Eq(F(n) - n * f(M(n)), (p - q) * _SMALLER),
)


def _of_parts(goal: Rule, image: bool) -> Lemma:
    """Above zero and below: what the parts are, times p and q for the image."""
    (pos, neg, no_pos, no_neg) = _PARTS
    by_p, by_q = (p, q) if image else (S.One, S.One)
    cases: list[tuple[Step, ...]] = []
    for value, parts in ((_ABOVE, (pos, neg)), (_BELOW, (no_pos, no_neg))):
        first, second = (Use(part, (v,)) for part in parts)
        if not image:
            cases.append((first, second, Linear((first.then, second.then), goal.then)))
            continue
        multiples = Scaled(first.then, by_p), Scaled(second.then, by_q)
        known = (value.then, *(multiple.then for multiple in multiples))
        cases.append((Use(value, (v,)), first, second, *multiples, Linear(known, goal.then)))
    return Lemma(goal, (Split(v, S.Zero, cases[0], cases[1], goal.then),))


def _summed(goal: Rule, element: Rule, whole: tuple[Rule, Rule], by_p: Expr, by_q: Expr) -> Induction:
    """What holds of each element holds of the sums."""
    positives = tuple(Scaled(rule.then, by_p) for rule in _POSITIVE)
    negatives = tuple(Scaled(rule.then, by_q) for rule in _NEGATIVE)
    first, after = Use(element, (X(1),)), Use(element, (X(n + 1),))
    plain = by_p == 1
    known = (_POSITIVE, _NEGATIVE) if plain else (positives, negatives)
    return Induction(
        goal,
        1,
        (
            first,
            *(() if plain else (positives[0], negatives[0])),
            Linear((first.then, whole[0].then, *(one[0].then for one in known)), goal.then.subs(n, 1)),
        ),
        (
            after,
            Use(whole[1], (n,)),
            Use(_POSITIVE[1], (n,)),
            Use(_NEGATIVE[1], (n,)),
            *(() if plain else (positives[1], negatives[1])),
            Linear(
                (after.then, whole[1].then, *(one[1].then for one in known), goal.then),
                goal.then.xreplace({n: n + 1}),
            ),
        ),
    )


def _by_sign(relation: Any, value: Rule, choice: Rule) -> tuple[Step, ...]:
    """The sum, and so the mean, has a sign: which piece of f holds there, and which sum is smaller."""
    whole, factor = relation(n * M(n), 0), p if value is _ABOVE else q
    at_mean, chosen = Use(value, (M(n),)), Use(choice, (P(n), N(n)))
    order = Gt(P(n), N(n)) if value is _ABOVE else Le(P(n), N(n))
    multiple, mean, part = Scaled(at_mean.then, n), Scaled(_MEAN.then, factor), Scaled(chosen.then, p - q)
    values = Scaled(_VALUES.then, factor)
    return (
        Linear((_MEAN.then, _VALUES.then, order), whole),
        Cancelled(whole, n, relation(M(n), 0)),
        at_mean,
        chosen,
        multiple,
        mean,
        values,
        part,
        Linear((multiple.then, mean.then, values.then, part.then, _SUMS.then), _GAP.then),
    )


# ---- two elements ---------------------------------------------------------------------------------------

size, relu = Function("abs", real=True), Function("relu", real=True)
a, b, m = symbols("a b m", real=True)
_SIZE = (
    Rule("|v| above zero", (v,), (Ge(v, 0),), Eq(size(v), v)),
    Rule("|v| below zero", (v,), (Le(v, 0),), Eq(size(v), -v)),
)
_RELU = (
    Rule("relu above zero", (v,), (Ge(v, 0),), Eq(relu(v), v)),
    Rule("relu below zero", (v,), (Le(v, 0),), Eq(relu(v), 0)),
)
_BY_SIZE = Rule("relu by |v|", (v,), (), Eq(2 * relu(v), v + size(v)))
_HALF = Rule("|.| of a half", (u, v), (Eq(2 * u, v),), Eq(2 * size(u), size(v)))
_TWO = Rule(
    "two elements with the mean m: twice the gap of relu is (|a| + |b| - |a + b|)/2",
    (a, b, m),
    (Eq(2 * m, a + b),),
    Eq(relu(a) + relu(b) - 2 * relu(m), (size(a) + size(b) - size(a + b)) / 2),
)


def _half(place: int, order: Any, sign: Any) -> tuple[Step, ...]:
    first, second = Use(_SIZE[place], (u,)), Use(_SIZE[place], (v,))
    return (
        first,
        Linear((order, Eq(2 * u, v)), sign),
        second,
        Linear((first.then, second.then, Eq(2 * u, v)), _HALF.then),
    )


def _sized(place: int) -> tuple[Step, ...]:
    rules = _RELU[place], _SIZE[place]
    return (*(Use(rule, (v,)) for rule in rules), Linear(tuple(rule.then for rule in rules), _BY_SIZE.then))


THEOREMS = (
    Theorem(
        (
            _ABOVE,
            _BELOW,
            *_PARTS,
            _LEFT,
            _RIGHT,
            *_TOTAL,
            *_IMAGES,
            *_POSITIVE,
            *_NEGATIVE,
            _MEAN,
        ),
        _GAP,
        (
            _of_parts(_VALUE, image=False),
            _of_parts(_IMAGE, image=True),
            _summed(_VALUES, _VALUE, _TOTAL, S.One, S.One),
            _summed(_SUMS, _IMAGE, _IMAGES, p, q),
            Lemma(
                _GAP,
                (
                    Use(_MEAN, (n,)),
                    Use(_VALUES, (n,)),
                    Use(_SUMS, (n,)),
                    Split(P(n), N(n), _by_sign(Ge, _ABOVE, _RIGHT), _by_sign(Le, _BELOW, _LEFT), _GAP.then),
                ),
            ),
        ),
    ),
    Theorem(
        (*_SIZE, *_RELU),
        _TWO,
        (
            Lemma(_BY_SIZE, (Split(v, S.Zero, _sized(0), _sized(1), _BY_SIZE.then),)),
            Lemma(
                _HALF,
                (Split(u, S.Zero, _half(0, Gt(u, 0), Ge(v, 0)), _half(1, Le(u, 0), Le(v, 0)), _HALF.then),),
            ),
            Lemma(
                _TWO,
                (
                    *(Use(_BY_SIZE, (t,)) for t in (a, b, m)),
                    Use(_HALF, (m, a + b)),
                    Linear(
                        (
                            *(Use(_BY_SIZE, (t,)).then for t in (a, b, m)),
                            Use(_HALF, (m, a + b)).then,
                            Eq(2 * m, a + b),
                        ),
                        _TWO.then,
                    ),
                ),
            ),
        ),
    ),
)
