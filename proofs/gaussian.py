"""ReLU on independent standard normal elements: expectations, zeros, and who receives gradient.

What probability theory says (the mean of n elements is normal, expectations add, independent probabilities
multiply) stands among the hypotheses; the integrals are evaluated by antiderivatives that are checked.
"""

from sympy import And, Eq, Function, Ge, Rational, S, Symbol, erf, exp, oo, pi, sqrt, symbols

from ordering import x
from ordering.checking.sequences import FROM_ONE, n, total
from ordering.checking.theorems import (
    Area,
    Both,
    Induction,
    Integral,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Theorem,
    Use,
)

DENSITY = exp(-(x**2) / 2) / sqrt(2 * pi)
s, r, t = symbols("s r t", real=True)
sigma = Symbol("sigma", real=True)
mean_positive, below, above = symbols("E_1 P_0 P_1", real=True)
E, Q, T, G = (Function(name, real=True) for name in ("E", "Q", "T", "G"))

_EXPECTED = Area(
    "E_1 is the expectation of relu of a standard normal", mean_positive, x * DENSITY, S.Zero, oo
)
_ZERO = Area("P_0 is the probability that a standard normal is <= 0", below, DENSITY, -oo, S.Zero)
_POSITIVE = Area("P_1 is the probability that it is > 0", above, DENSITY, S.Zero, oo)

# ---- expectations ---------------------------------------------------------------------------------------

_SCALED = Rule("E(s), that of relu on N(0, s^2)", (s,), (Ge(s, 0),), Eq(E(s), s * mean_positive))
_ROOT = Rule("r is the root of n, t the deviation of the mean of n elements", (), (), Eq(r * t, sigma))
_SIGNS = Rule("deviations are not negative", (), (), And(Ge(sigma, 0), Ge(t, 0)))
_EXPECTATIONS = Rule(
    "activation first: sigma/sqrt(2 pi); pooling first: less by the factor sqrt(n)",
    (),
    (),
    And(Eq(E(sigma), sigma / sqrt(2 * pi)), Eq(r * E(t), sigma / sqrt(2 * pi))),
)
_VALUE = Integral(_EXPECTED, -DENSITY, 1 / sqrt(2 * pi))
_OF_ELEMENT, _OF_MEAN = Use(_SCALED, (sigma,)), Use(_SCALED, (t,))
_BY_SIGMA = Scaled(_VALUE.then, sigma)
_BY_ROOT, _ROOTS = Scaled(_OF_MEAN.then, r), Scaled(_ROOT.then, mean_positive)

# ---- zeros ----------------------------------------------------------------------------------------------

# Q(n) is the probability that n independent elements are <= 0, T(n) = 2^n.
_FIRST = Rule("one element", (), (), Eq(Q(1), below))
_NEXT = Rule("independent elements", (n,), (FROM_ONE,), Eq(Q(n + 1), Q(n) * below))
_TWO = Rule("2^1", (), (), Eq(T(1), 2))
_DOUBLE = Rule("2^(n + 1)", (n,), (FROM_ONE,), Eq(T(n + 1), 2 * T(n)))
_ALL_ZERO = Rule("all n elements are <= 0 with probability 2^-n", (n,), (FROM_ONE,), Eq(T(n) * Q(n), 1))
_HALF = Integral(_ZERO, erf(x / sqrt(2)) / 2, Rational(1, 2))
_MEAN_ZERO = Rule("the mean is <= 0 with probability 1/2", (), (), Eq(below, Rational(1, 2)))

# ---- who receives gradient ------------------------------------------------------------------------------

# G(n) is the expected number of positive elements among n: expectations add.
_COUNT = total(G, lambda k: above)
_BOTH = Rule("activation first, half of the elements receive gradient", (n,), (FROM_ONE,), Eq(2 * G(n), n))
_ALL = Rule(
    "pooling first, all n with the probability that the mean is > 0: half of them too",
    (n,),
    (FROM_ONE,),
    Eq(2 * n * above, n),
)
_OTHER_HALF = Integral(_POSITIVE, erf(x / sqrt(2)) / 2, Rational(1, 2))

_HALVED, _TIMES = Scaled(_HALF.then, Q(n)), Scaled(_DOUBLE.then, Q(n + 1))
_AGAIN = Scaled(_NEXT.then, T(n))
_AGAIN_HALVED = Scaled(_HALVED.then, T(n))

THEOREMS = (
    Theorem(
        (_EXPECTED, _SCALED, _ROOT, _SIGNS),
        _EXPECTATIONS,
        (
            Lemma(
                _EXPECTATIONS,
                (
                    _VALUE,
                    _BY_SIGMA,
                    _OF_ELEMENT,
                    Linear((_OF_ELEMENT.then, _BY_SIGMA.then), _EXPECTATIONS.then.args[0]),
                    _OF_MEAN,
                    _BY_ROOT,
                    _ROOTS,
                    Linear((_BY_ROOT.then, _ROOTS.then, _BY_SIGMA.then), _EXPECTATIONS.then.args[1]),
                    Both(_EXPECTATIONS.then.args),
                ),
            ),
        ),
    ),
    Theorem(
        (_ZERO, _FIRST, _NEXT, _TWO, _DOUBLE),
        _ALL_ZERO,
        (
            Induction(
                _ALL_ZERO,
                1,
                (
                    _HALF,
                    Scaled(_TWO.then, Q(1)),
                    Linear((Scaled(_TWO.then, Q(1)).then, _FIRST.then, _HALF.then), Eq(T(1) * Q(1), 1)),
                ),
                (
                    _HALF,
                    _HALVED,
                    _AGAIN_HALVED,
                    Use(_NEXT, (n,)),
                    _AGAIN,
                    Use(_DOUBLE, (n,)),
                    _TIMES,
                    Linear(
                        (_TIMES.then, _AGAIN.then, _AGAIN_HALVED.then, _ALL_ZERO.then),
                        Eq(T(n + 1) * Q(n + 1), 1),
                    ),
                ),
            ),
        ),
    ),
    Theorem((_ZERO,), _MEAN_ZERO, (Lemma(_MEAN_ZERO, (_HALF,)),)),
    Theorem(
        (_POSITIVE, *_COUNT),
        _BOTH,
        (
            _OTHER_HALF,
            Induction(
                _BOTH,
                1,
                (Linear((_COUNT[0].then, _OTHER_HALF.then), Eq(2 * G(1), 1)),),
                (
                    Use(_COUNT[1], (n,)),
                    Linear((_COUNT[1].then, _OTHER_HALF.then, _BOTH.then), Eq(2 * G(n + 1), n + 1)),
                ),
            ),
        ),
    ),
    Theorem(
        (_POSITIVE,),
        _ALL,
        (
            Lemma(
                _ALL,
                (
                    _OTHER_HALF,
                    Scaled(_OTHER_HALF.then, n),
                    Linear((Scaled(_OTHER_HALF.then, n).then,), _ALL.then),
                ),
            ),
        ),
    ),
)
