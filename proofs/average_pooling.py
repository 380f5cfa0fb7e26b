"""Average pooling commutes with a continuous f iff f is affine; linear, if weights do not sum to one.

The window {a, b} asks for f((a + b)/2) = (f(a) + f(b))/2: the value at each midpoint lies on the chord.
Halving again and again puts all values in between on it, where f is continuous, so that the graph is a
straight line. A straight line p x + q does pass through a mean; with weights that do not sum to one, only
if q = 0.
"""

from sympy import And, Eq, Expr, Function, Ge, Gt, Le, Ne, S, Symbol, symbols

from ordering.checking.sequences import FROM_ONE, n, total
from ordering.checking.theorems import (
    Both,
    Cancelled,
    Congruent,
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

u, v, m, a, b, c, e, p, q, s = symbols("u v m a b c e p q s", real=True)
k = Symbol("k", integer=True)
f, w, X, A, B, W = (Function(name, real=True) for name in ("f", "w", "X", "A", "B", "W"))

# ---- an affine f commutes with weighted means, a linear f with weighted sums ----------------------------

# A(n) is the weighted sum of the images, B(n) that of the elements, W(n) the sum of the weights.
_IMAGES, _ELEMENTS = total(A, lambda i: w(i) * f(X(i))), total(B, lambda i: w(i) * X(i))
_WEIGHTS = total(W, w)
_AFFINE = Rule("f is affine", (v,), (), Eq(f(v), p * v + q))
_LINEAR = Rule("f is linear", (v,), (), Eq(f(v), p * v))
_SUMS = Rule("weighted sums", (n,), (FROM_ONE,), Eq(A(n), p * B(n) + q * W(n)))
_COMMUTES = Rule("the weights sum to one: the orders agree", (n,), (FROM_ONE, Eq(W(n), 1)), Eq(A(n), f(B(n))))
_COMMUTES_TOO = Rule("any weights: the orders agree", (n,), (FROM_ONE,), Eq(A(n), f(B(n))))
_LINEAR_SUMS = Rule("weighted sums", (n,), (FROM_ONE,), Eq(A(n), p * B(n)))


def _summed(goal: Rule, image: Rule, sums: tuple[tuple[tuple[Rule, Rule], Expr], ...]) -> Induction:
    """A(n) is the sum of the other sums, times their coefficients: so it is for each element."""

    def steps(place: int, index: Expr) -> tuple[Step, ...]:
        at = () if place == 0 else (n,)
        of_image = Scaled(Use(image, (X(index),)).then, w(index))
        uses: list[Step] = [Use(image, (X(index),)), of_image]
        because = [of_image.then, _IMAGES[place].then]
        for rules, factor in sums:
            multiple = Scaled(rules[place].then, factor)
            uses += [*([Use(rules[place], at)] if place else []), multiple]
            because.append(multiple.then)
        uses += [Use(_IMAGES[place], at)] if place else []
        because += [goal.then] if place else []
        return (*uses, Linear(tuple(because), goal.then.xreplace({n: index})))

    return Induction(goal, 1, steps(0, S.One), steps(1, n + 1))


# ---- commuting on a window of n contains Jensen's equation on two ---------------------------------------

_WINDOW = Rule(
    "the orders agree on the window (a, b, m, ..., m) of n elements with the mean m",
    (u, v, m),
    (Eq(n * m, u + v + (n - 2) * m),),
    Eq(n * f(m), f(u) + f(v) + (n - 2) * f(m)),
)
_JENSEN = Rule("Jensen's equation", (u, v, m), (Eq(2 * m, u + v),), Eq(2 * f(m), f(u) + f(v)))

# ---- Jensen's equation and continuity put f on its chord ------------------------------------------------

# The interval (L(k), R(k)) of width V(k) holds c; its middle C(k) is its next end on the other side of c.
L, R, C, V, near = (Function(name, real=True) for name in ("L", "R", "C", "V", "delta"))
K = Function("K", integer=True)
FROM_ZERO = Ge(k, 0)


def off(t: Expr) -> Expr:
    """How far f lies above the line p t + q."""
    return f(t) - p * t - q


_ENDS = (
    Rule("f is on the line at a", (), (), Eq(off(a), 0)),
    Rule("f is on the line at b", (), (), Eq(off(b), 0)),
)
_INSIDE = Rule("c lies between a and b", (), (), And(Le(a, c), Le(c, b)))
_START = Rule("the first interval", (), (), And(Eq(L(0), a), Eq(R(0), b), Eq(V(0), b - a)))
_MIDDLE = Rule("C is the middle", (k,), (FROM_ZERO,), Eq(2 * C(k), L(k) + R(k)))
_HALF = Rule("the width halves", (k,), (FROM_ZERO,), Eq(2 * V(k + 1), V(k)))
_LOWER = Rule(
    "c in the lower half", (k,), (FROM_ZERO, Le(c, C(k))), And(Eq(L(k + 1), L(k)), Eq(R(k + 1), C(k)))
)
_UPPER = Rule(
    "c in the upper half", (k,), (FROM_ZERO, Gt(c, C(k))), And(Eq(L(k + 1), C(k)), Eq(R(k + 1), R(k)))
)
_ARCHIMEDES = Rule(
    "what halves becomes as small as one likes", (e,), (Gt(e, 0),), And(Ge(K(e), 0), Le(V(K(e)), e))
)
_DELTA = Rule("continuity at c: delta is positive", (e,), (Gt(e, 0),), Gt(near(e), 0))
_CONTINUOUS = Rule(
    "continuity at c: nearer than delta, f less the line changes by at most e",
    (e, u),
    (Gt(e, 0), Ge(u, c - near(e)), Le(u, c + near(e))),
    And(Le(off(u) - off(c), e), Le(off(c) - off(u), e)),
)


def _bracket(i: Expr) -> tuple[Expr, ...]:
    """f is on the line at both ends, which hold c."""
    return Eq(off(L(i)), 0), Eq(off(R(i)), 0), Le(L(i), c), Le(c, R(i)), Eq(R(i) - L(i), V(i))


_BRACKET = Rule("f is on the line at both ends of every interval", (k,), (FROM_ZERO,), And(*_bracket(k)))
_ON_LINE = Eq(off(C(k)), 0)


def _halved(rule: Rule, order: Expr) -> tuple[Step, ...]:
    """The next interval: one end is the old one, the other the middle."""
    low, high = (
        Eq(end(k + 1), new) for end, new in ((L, rule.then), (R, rule.then)) for new in (_new(rule, end),)
    )
    at_low, at_high = (Eq(off(eq.lhs), off(eq.rhs)) for eq in (low, high))
    goals = _bracket(k + 1)
    known = {L(k): _bracket(k)[0], R(k): _bracket(k)[1], C(k): _ON_LINE}
    below = order if low.rhs == C(k) else _bracket(k)[2]
    above = order if high.rhs == C(k) else _bracket(k)[3]
    return (
        Use(rule, (k,)),
        Congruent(low, at_low),
        Linear((at_low, known[low.rhs]), goals[0]),
        Congruent(high, at_high),
        Linear((at_high, known[high.rhs]), goals[1]),
        Linear((low, below), goals[2]),
        Linear((high, above), goals[3]),
        Linear((low, high, _MIDDLE.then, _HALF.then, _bracket(k)[4]), goals[4]),
        Both(goals),
    )


def _new(rule: Rule, end: Function) -> Expr:
    return next(part.rhs for part in rule.then.args if part.lhs == end(k + 1))


_AT_ENDS = tuple(Eq(off(end), off(at)) for end, at in ((L(0), a), (R(0), b)))
_TOWARDS = K(near(e))
_SMALL = Rule(
    "f(c) is as near to the line as one likes", (e,), (Gt(e, 0),), And(Le(off(c), e), Le(-off(c), e))
)
_CHORD = Rule("f(c) is on the line through f(a) and f(b)", (), (), Eq(off(c), 0))
_AT_END = Use(_CONTINUOUS, (e, L(_TOWARDS)))
_FALLS, _RISES = Le(off(L(_TOWARDS)) - off(c), e), Le(off(c) - off(L(_TOWARDS)), e)

# ---- weights that do not sum to one ---------------------------------------------------------------------

_ZEROS = Rule(
    "on a window of zeros, whose weights sum to s, the orders agree: f(0) = 0",
    (),
    (Ne(s, 1), Eq(s * f(0), f(0))),
    Eq(f(0), 0),
)

THEOREMS = (
    Theorem(
        (_AFFINE, *_IMAGES, *_ELEMENTS, *_WEIGHTS),
        _COMMUTES,
        (
            _summed(_SUMS, _AFFINE, ((_ELEMENTS, p), (_WEIGHTS, q))),
            Lemma(
                _COMMUTES,
                (
                    Use(_SUMS, (n,)),
                    Use(_AFFINE, (B(n),)),
                    Congruent(Eq(W(n), 1), Eq(q * W(n), q)),
                    Linear((_SUMS.then, Eq(f(B(n)), p * B(n) + q), Eq(q * W(n), q)), _COMMUTES.then),
                ),
            ),
        ),
    ),
    Theorem(
        (_LINEAR, *_IMAGES, *_ELEMENTS),
        _COMMUTES_TOO,
        (
            _summed(_LINEAR_SUMS, _LINEAR, ((_ELEMENTS, p),)),
            Lemma(
                _COMMUTES_TOO,
                (
                    Use(_LINEAR_SUMS, (n,)),
                    Use(_LINEAR, (B(n),)),
                    Linear((_LINEAR_SUMS.then, Eq(f(B(n)), p * B(n))), _COMMUTES_TOO.then),
                ),
            ),
        ),
    ),
    Theorem(
        (_WINDOW,),
        _JENSEN,
        (
            Lemma(
                _JENSEN,
                (
                    Use(_WINDOW, (u, v, m)),
                    Linear((_WINDOW.then,), _JENSEN.then),
                ),
            ),
        ),
    ),
    Theorem(
        (_JENSEN, *_ENDS, _INSIDE, _START, _MIDDLE, _HALF, _LOWER, _UPPER, _ARCHIMEDES, _DELTA, _CONTINUOUS),
        _CHORD,
        (
            Induction(
                _BRACKET,
                0,
                (
                    Congruent(Eq(L(0), a), _AT_ENDS[0]),
                    Linear((_AT_ENDS[0], _ENDS[0].then), _bracket(S.Zero)[0]),
                    Congruent(Eq(R(0), b), _AT_ENDS[1]),
                    Linear((_AT_ENDS[1], _ENDS[1].then), _bracket(S.Zero)[1]),
                    Linear((Eq(L(0), a), Le(a, c)), _bracket(S.Zero)[2]),
                    Linear((Eq(R(0), b), Le(c, b)), _bracket(S.Zero)[3]),
                    Linear((Eq(L(0), a), Eq(R(0), b), Eq(V(0), b - a)), _bracket(S.Zero)[4]),
                    Both(_bracket(S.Zero)),
                ),
                (
                    Use(_MIDDLE, (k,)),
                    Use(_HALF, (k,)),
                    Use(_JENSEN, (L(k), R(k), C(k))),
                    Scaled(_MIDDLE.then, p),
                    Linear(
                        (
                            Eq(2 * f(C(k)), f(L(k)) + f(R(k))),
                            Scaled(_MIDDLE.then, p).then,
                            *_bracket(k)[:2],
                        ),
                        _ON_LINE,
                    ),
                    Split(
                        c,
                        C(k),
                        _halved(_UPPER, Gt(c, C(k))),
                        _halved(_LOWER, Le(c, C(k))),
                        And(*_bracket(k + 1)),
                    ),
                ),
            ),
            Lemma(
                _SMALL,
                (
                    Use(_DELTA, (e,)),
                    Use(_ARCHIMEDES, (near(e),)),
                    Use(_BRACKET, (_TOWARDS,)),
                    Linear(
                        (_bracket(_TOWARDS)[3], _bracket(_TOWARDS)[4], Le(V(_TOWARDS), near(e))),
                        Ge(L(_TOWARDS), c - near(e)),
                    ),
                    Linear((_bracket(_TOWARDS)[2], Gt(near(e), 0)), Le(L(_TOWARDS), c + near(e))),
                    _AT_END,
                    Linear((_bracket(_TOWARDS)[0], _RISES), Le(off(c), e)),
                    Linear((_bracket(_TOWARDS)[0], _FALLS), Le(-off(c), e)),
                    Both((Le(off(c), e), Le(-off(c), e))),
                ),
            ),
            Lemma(
                _CHORD,
                (
                    Split(
                        off(c),
                        S.Zero,
                        (
                            Use(_SMALL, (off(c) / 2,)),
                            Linear((Gt(off(c), 0), Le(off(c), off(c) / 2)), _CHORD.then),
                        ),
                        (
                            Split(
                                -off(c),
                                S.Zero,
                                (
                                    Use(_SMALL, (-off(c) / 2,)),
                                    Linear((Gt(-off(c), 0), Le(-off(c), -off(c) / 2)), _CHORD.then),
                                ),
                                (Linear((Le(off(c), 0), Le(-off(c), 0)), _CHORD.then),),
                                _CHORD.then,
                            ),
                        ),
                        _CHORD.then,
                    ),
                ),
            ),
        ),
    ),
    Theorem(
        (),
        _ZEROS,
        (
            Lemma(
                _ZEROS,
                (
                    Linear((Eq(s * f(0), f(0)),), Eq((s - 1) * f(0), 0)),
                    Cancelled(Eq((s - 1) * f(0), 0), s - 1, Eq(f(0), 0)),
                ),
            ),
        ),
    ),
)
