"""Asymptotic expansions with exact coefficients: limits, and signs near an end, of elementary functions.

A `Series` is a sum of terms `c exp(p(t)) t**a log(t)**k`, largest first, as t tends to infinity, with an
error that is smaller than the monomial `error` times a constant.  The end of interest is `x = t`, `x = -t`
or `x = c +- 1/t`.  Only what is proved by the expansion is answered: a sum whose known terms cancel is
`Undecided`, never zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.checking import Number
from ordering.checking.composing import composed_limit
from ordering.enclosures.balls import sign_of
from ordering.enclosures.budget import Undecided, tick
from ordering.variable import x

Exponent: TypeAlias = tuple[tuple[Any, Any], ...]
Monomial: TypeAlias = tuple[Exponent, Any, int]
"""`exp(sum c t**p) t**a log(t)**k` as `(((p, c), ...), a, k)`, powers p > 0 in decreasing order."""

UNIT: Final[Monomial] = ((), sp.S.Zero, 0)
KEPT: Final = 10
"""Terms kept; what is dropped goes into the error."""

TINY: Final[Monomial] = (((sp.Integer(KEPT), sp.S.NegativeOne),), sp.S.Zero, 0)
"""`exp(-t**KEPT)`, a bound for `exp(-exp(t))` and its like."""


def _plain(c: Any) -> Any:
    """The constant, 0 where it is zero without looking it."""
    return c if c.is_Rational or sign_of(c) else sp.S.Zero


def _times(m: Monomial, n: Monomial) -> Monomial:
    powers = dict(m[0])
    for p, c in n[0]:
        powers[p] = powers.get(p, sp.S.Zero) + c
    kept = ((p, c) for p, c in powers.items() if _plain(c) != 0)
    return tuple(sorted(kept, key=lambda pc: -pc[0])), _plain(m[1] + n[1]), m[2] + n[2]


def _raise(m: Monomial, r: Any) -> Monomial:
    if m[2] and not (r * m[2]).is_Integer:
        raise Undecided("a fractional power of a logarithm")
    return tuple((p, c * r) for p, c in m[0]), m[1] * r, int(m[2] * r)


def _size(m: Monomial) -> int:
    """1 if the monomial tends to infinity, -1 if to zero, 0 if it is one."""
    if m[0]:
        return sign_of(m[0][0][1])
    if m[1] != 0:
        return 1 if m[1] > 0 else -1
    return (m[2] > 0) - (m[2] < 0)


def _compare(m: Monomial, n: Monomial) -> int:
    return _size(_times(m, _raise(n, sp.S.NegativeOne)))


def _reverse(m: Monomial, n: Monomial) -> int:
    return -_compare(m, n)


_DECREASING = cmp_to_key(_reverse)


@dataclass(frozen=True)
class Series:
    """Terms `(monomial, coefficient)` in decreasing order; `error` None means exact.

    `huge` is 1 or -1 for what grows like `exp(exp(t))`, beyond all monomials: nothing else is kept of it.
    """

    terms: tuple[tuple[Monomial, Expr], ...]
    error: Monomial | None = None
    huge: int = 0

    @property
    def lead(self) -> tuple[Monomial, Expr]:
        """The dominant term."""
        if not self.terms:
            raise Undecided("the dominant terms of an expansion cancel")
        return self.terms[0]

    @property
    def is_zero(self) -> bool:
        """Whether the series is exactly zero."""
        return not self.terms and self.error is None and not self.huge


def _collect(terms: list[tuple[Monomial, Expr]], error: Monomial | None) -> Series:
    tick()
    sums: dict[Monomial, Expr] = {}
    for m, c in terms:
        sums[m] = sums[m] + c if m in sums else c
    kept = [(m, c if c.is_Rational else sp.expand(c)) for m, c in sums.items()]
    kept = [(m, c) for m, c in kept if c != 0]
    kept.sort(key=lambda mc: _DECREASING(mc[0]))
    kept = _joined(kept)
    if error is not None:
        kept = [(m, c) for m, c in kept if _compare(m, error) > 0]
    if len(kept) > KEPT:
        error = kept[KEPT][0]
        kept = kept[:KEPT]
    # A coefficient that is zero without looking it must not become the dominant one.
    while kept and not kept[0][1].is_Rational and sign_of(kept[0][1]) == 0:
        kept.pop(0)
    return Series(tuple(kept), error)


def _joined(kept: list[tuple[Monomial, Expr]]) -> list[tuple[Monomial, Expr]]:
    """Terms in decreasing order, those joined whose monomials are equal without looking it."""
    result: list[tuple[Monomial, Expr]] = []
    for m, c in kept:
        if result and _compare(result[-1][0], m) == 0:
            result[-1] = (result[-1][0], result[-1][1] + c)
        else:
            result.append((m, c))
    return result


def constant(c: Expr) -> Series:
    """The constant series."""
    return Series(((UNIT, c),) if _plain(c) != 0 else ())


def add(a: Series, b: Series) -> Series:
    """`a + b`."""
    if a.huge or b.huge:
        _require(a.huge * b.huge >= 0)
        return Series((), None, a.huge or b.huge)
    return _collect([*a.terms, *b.terms], _larger(a.error, b.error))


def _larger(m: Monomial | None, n: Monomial | None) -> Monomial | None:
    if m is None or n is None:
        return n if m is None else m
    return m if _compare(m, n) >= 0 else n


def multiply(a: Series, b: Series) -> Series:
    """`a b`."""
    if a.is_zero or b.is_zero:
        return Series(())
    if a.huge or b.huge:
        return Series((), None, sign(a) * sign(b))
    error: Monomial | None = None
    for one, other in ((a, b), (b, a)):
        if one.error is not None:
            bound = other.terms[0][0] if other.terms else other.error
            assert bound is not None
            error = _larger(error, _times(one.error, bound))
    return _collect([(_times(m, n), c * d) for m, c in a.terms for n, d in b.terms], error)


def _compose(small: Series, coefficient: Callable[[int], Expr]) -> Series:
    """`sum coefficient(j) small**j` for a series that tends to zero (or is zero)."""
    if small.is_zero:
        return constant(coefficient(0))
    if not small.terms:
        assert small.error is not None
        _require(_size(small.error) < 0)
        return _collect(list(constant(coefficient(0)).terms), small.error)
    _require(_size(small.lead[0]) < 0)
    if small.error is not None:
        _require(_size(small.error) < 0)
    total, power = constant(coefficient(0)), constant(sp.S.One)
    order = 5
    for j in range(1, order + 1):
        power = multiply(power, small)
        total = add(total, multiply(constant(coefficient(j)), power))
    truncation = _raise(small.lead[0], sp.Integer(order + 1))
    return _collect(list(total.terms), _larger(total.error, truncation))


def _require(truth: bool) -> None:
    if not truth:
        raise Undecided("an expansion is too coarse")


def _relative(a: Series) -> tuple[Monomial, Expr, Series]:
    """`a = c m (1 + rest)`: m, c and the rest, which tends to zero."""
    m, c = a.lead
    inverse = _raise(m, sp.S.NegativeOne)
    rest = [(_times(n, inverse), d / c) for n, d in a.terms[1:]]
    error = None if a.error is None else _times(a.error, inverse)
    return m, c, _collect(rest, error)


def power(a: Series, r: Expr) -> Series:
    """`a**r` for a number r; the dominant coefficient must be positive unless r is an integer."""
    if r == 1:
        return a
    if a.huge:
        _require(a.huge > 0 or bool(r.is_Integer))
        return Series((), None, a.huge ** int(r % 2) if r.is_Integer else 1) if r > 0 else Series((), TINY)
    if r.is_Integer and r >= 0 and (not a.terms or (len(a.terms) > 1 and r <= 3)):
        result = constant(sp.S.One)
        for _ in range(int(r)):
            result = multiply(result, a)
        return result
    if a.is_zero:
        _require(r > 0)
        return a
    m, c, rest = _relative(a)
    if not r.is_Integer:
        _require(sign_of(c) > 0)
    scale = Series(((_raise(m, r), c**r),))
    return multiply(scale, _compose(rest, lambda j: sp.binomial(r, j)))


def exponential(a: Series) -> Series:
    """`exp(a)`."""
    if a.huge:
        return Series((), None, 1) if a.huge > 0 else Series((), TINY)
    large = [(m, c) for m, c in a.terms if _size(m) > 0]
    middle = [c for m, c in a.terms if m == UNIT]
    if a.error is not None:
        _require(_size(a.error) < 0)
    if large and large[0][0][0]:  # exp(exp(t)), exp(-exp(t)) and their like
        return Series((), None, 1) if sign_of(large[0][1]) > 0 else Series((), TINY)
    exponent, log_power = [], sp.S.Zero
    for m, c in large:
        if m[0] or m[2] not in (0, 1) or (m[2] == 1 and m[1] != 0):
            raise Undecided("an exponential of an exponential at infinity")
        if m[2] == 1:
            log_power += c
        else:
            exponent.append((m[1], c))
    _require(log_power.is_Rational)
    scale = sp.exp(middle[0]) if middle else sp.S.One
    small = Series(tuple((m, c) for m, c in a.terms if _size(m) < 0), a.error)
    tail = _compose(small, lambda j: 1 / sp.factorial(j))
    return multiply(Series((((tuple(exponent), log_power, 0), scale),)), tail)


def logarithm(a: Series) -> Series:
    """`log(a)`."""
    m, c, rest = _relative(a)
    _require(sign_of(c) > 0 and m[2] == 0)
    terms: list[tuple[Monomial, Expr]] = [(((), p, 0), d) for p, d in m[0]]
    terms.append((((), sp.S.Zero, 1), m[1]))
    terms.append((UNIT, sp.log(c)))
    small = _compose(rest, lambda j: sp.S.Zero if j == 0 else sp.Rational((-1) ** (j + 1), j))
    return add(_collect(terms, None), small)


def limit(a: Series) -> Expr:
    """The limit: a number, oo or -oo."""
    if a.is_zero:
        return sp.S.Zero
    if a.huge:
        return sp.oo * a.huge
    if not a.terms:
        _require(a.error is not None and _size(a.error) < 0)
        return sp.S.Zero
    m, c = a.terms[0]
    size = _size(m)
    if size > 0:
        return sp.oo * sign_of(c)
    if size < 0:
        return sp.S.Zero
    if a.error is not None:
        _require(_size(a.error) < 0)
    return c


def limit_at(expression: Expr, end: End) -> Expr:
    """The limit of an expression in normal form: by the limits of its parts, else by its expansion."""
    composed = composed_limit(expression, Number(end.point))
    return limit(expand(expression, end, {})) if composed is None else composed


def sign(a: Series) -> int:
    """The sign of the function near the end."""
    return a.huge or (0 if a.is_zero else sign_of(a.lead[1]))


def _taylor(function: Callable[[Expr], Expr], a: Series) -> Series:
    """An analytic function of a series with a finite limit."""
    centre = limit(a)
    _require(centre not in (sp.oo, -sp.oo))
    small = add(a, constant(-centre)) if centre != 0 else a
    u = sp.Dummy("u", real=True)
    derivatives = [function(u)]
    for _ in range(5):
        derivatives.append(sp.diff(derivatives[-1], u))
    return _compose(small, lambda j: derivatives[j].subs(u, centre) / sp.factorial(j))


def _atan(a: Series) -> Series:
    end = limit(a)
    if end not in (sp.oo, -sp.oo):
        return _taylor(sp.atan, a)
    side = sp.pi / 2 if end == sp.oo else -sp.pi / 2
    return add(
        constant(side), multiply(constant(sp.S.NegativeOne), _taylor(sp.atan, power(a, sp.S.NegativeOne)))
    )


def _asin(a: Series) -> Series:
    end = limit(a)
    if sign_of(1 - end**2) != 0:
        return _taylor(sp.asin, a)
    # Near an end of its domain, asin(u) = atan(u / sqrt(1 - u**2)).
    square = add(constant(sp.S.One), multiply(constant(sp.S.NegativeOne), multiply(a, a)))
    if square.is_zero:
        return constant(sp.asin(end))
    return _atan(multiply(a, power(square, -sp.S.Half)))


def _erf(a: Series) -> Series:
    end = limit(a)
    if end not in (sp.oo, -sp.oo):
        return _taylor(sp.erf, a)
    # erf(u) = +-1 - exp(-u^2)/(u sqrt(pi)) (1 - 1/(2u^2) + 3/(4u^4) - ...): DLMF 7.12.1.
    square = multiply(a, a)
    gauss = exponential(multiply(constant(sp.S.NegativeOne), square))
    inverse = power(square, sp.S.NegativeOne)
    correction = _compose(
        inverse, lambda j: sp.factorial2(2 * j - 1) / sp.Integer(-2) ** j if j else sp.S.One
    )
    tail = multiply(multiply(gauss, power(a, sp.S.NegativeOne)), correction)
    return add(
        constant(sp.S.One if end == sp.oo else sp.S.NegativeOne),
        multiply(constant(-1 / sp.sqrt(sp.pi)), tail),
    )


@dataclass(frozen=True)
class End:
    """Where an expansion is taken: `x -> +-oo`, or `x -> point` from one side (1 right, -1 left)."""

    point: Expr
    side: int = 0

    def variable(self) -> Series:
        """x as a series in t."""
        t: Monomial = ((), sp.S.One, 0)
        if self.point in (sp.oo, -sp.oo):
            return Series(((t, sp.Integer(1 if self.point == sp.oo else -1)),))
        step = (_raise(t, sp.S.NegativeOne), sp.Integer(self.side))
        return _collect([(UNIT, self.point), step], None)


def expand(expression: Expr, end: End, known: dict[Expr, Series]) -> Series:
    """The expansion of a smooth expression in normal form; `known` remembers what was expanded."""
    found = known.get(expression)
    if found is None:
        found = known[expression] = _expand(expression, end, known)
    return found


def _expand(e: Expr, end: End, known: dict[Expr, Series]) -> Series:
    if e == x:
        return end.variable()
    if not e.has(x):
        return constant(e)
    parts = [expand(part, end, known) for part in e.args if part.has(x)]
    if e.is_Add or e.is_Mul:
        combine = add if e.is_Add else multiply
        fixed, _ = e.as_independent(x, as_Add=e.is_Add)
        total = constant(fixed)
        for part in parts:
            total = combine(total, part)
        return total
    if e.is_Pow and not e.exp.has(x):
        return power(parts[0], e.exp)
    functions: dict[Any, Callable[[Series], Series]] = {
        sp.exp: exponential,
        sp.log: logarithm,
        sp.atan: _atan,
        sp.asin: _asin,
        sp.erf: _erf,
        sp.sin: lambda a: _taylor(sp.sin, a),
        sp.cos: lambda a: _taylor(sp.cos, a),
    }
    if e.func not in functions:
        raise Undecided(f"no expansion of {e.func.__name__} at {end.point}")
    if e.func in (sp.sin, sp.cos) and limit(parts[0]) in (sp.oo, -sp.oo):
        return Series((), UNIT)  # bounded, and nothing more is known
    return functions[e.func](parts[0])
