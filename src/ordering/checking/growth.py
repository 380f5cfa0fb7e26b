"""How an expression behaves near an end: as a sum of powers of t, log t and exp(t**k), t to infinity.

Every coefficient is an exact number, or a ball that holds the coefficient for all sufficiently large t; so
the sign of the sum is that of its fastest term, if this term's coefficient has one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key, lru_cache, reduce
from itertools import pairwise
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb
from sympy import Expr

from ordering.checking.algebra import defined_by
from ordering.checking.points import enclosure, sign_of_number
from ordering.checking.records import Number, Point, Rejected
from ordering.enclosures.budget import tick
from ordering.variable import x

Scale: TypeAlias = tuple[Any, Any, tuple[tuple[Any, Any, Expr], ...]]
"""`t**n log(t)**m exp(sum c t**i log(t)**j)` as (n, m, ((i, j, c), ...))."""
Coefficient: TypeAlias = Expr | arb
Growth: TypeAlias = dict[Scale, Coefficient]

UNIT: Final[Scale] = (sp.S.Zero, sp.S.Zero, ())
NEARLY: Final = arb(0, 2**-20)
ORDER: Final = 4
"""Terms of the series of 1/(1+v), exp v, log(1+v) before the remainder."""
LONGEST: Final = 24
"""Terms of a sum."""

_t: Final = sp.Symbol("t", positive=True)


def _ball(c: Coefficient) -> arb:
    return c if isinstance(c, arb) else enclosure(c, arb(0), 200)


def _sign(c: Coefficient) -> int:
    if not isinstance(c, arb):
        return sign_of_number(c)
    return 1 if c > 0 else -1 if c < 0 else 0 if c.is_zero() else 2


def _order(a: Scale, b: Scale) -> int:
    """1 if a grows faster than b, -1 if slower."""
    rate: dict[tuple[Any, Any], Expr] = {}
    for sign, scale in ((1, a), (-1, b)):
        for i, j, c in scale[2]:
            rate[i, j] = rate.get((i, j), sp.S.Zero) + sign * c
    for key in sorted(rate, reverse=True):
        sign = sign_of_number(rate[key])
        if sign:
            return sign
    return int(bool(a[:2] > b[:2])) - int(bool(a[:2] < b[:2]))


def _add(a: Growth, b: Growth) -> Growth:
    return _gathered([*a.items(), *b.items()])


def _gathered(terms: Iterable[tuple[Scale, Coefficient]]) -> Growth:
    total: Growth = {}
    for scale, c in terms:
        known = total.get(scale)
        if known is None:
            total[scale] = c
        elif isinstance(known, arb) or isinstance(c, arb):
            total[scale] = _ball(known) + _ball(c)
        else:
            total[scale] = sp.expand(known + c)
    return _shortened({s: c for s, c in total.items() if isinstance(c, arb) or c != 0})


def _shortened(g: Growth) -> Growth:
    """The slowest terms beyond a number of them, gathered in one with a ball."""
    if len(g) <= LONGEST:
        return g
    scales = _sorted(g)
    first, rest = scales[: LONGEST - 1], scales[LONGEST - 1 :]
    gathered = sum((_ball(g[s]) if s == rest[0] else _ball(g[s]) * NEARLY for s in rest), arb(0))
    return {**{s: g[s] for s in first}, rest[0]: gathered}


def _sorted(g: Growth) -> list[Scale]:
    """The scales, fastest first; no two that grow alike may be told as two."""
    scales = sorted(g, key=cmp_to_key(_order), reverse=True)
    if any(_order(a, b) == 0 for a, b in pairwise(scales)):
        raise Rejected("two terms grow alike and are written in two ways")
    return scales


def _merge(a: Scale, b: Scale) -> Scale:
    rate: dict[tuple[Any, Any], Expr] = {}
    for scale in (a, b):
        for i, j, c in scale[2]:
            rate[i, j] = sp.expand(rate.get((i, j), sp.S.Zero) + c)
    return (a[0] + b[0], a[1] + b[1], tuple(sorted((i, j, c) for (i, j), c in rate.items() if c != 0)))


def _multiply(a: Growth, b: Growth) -> Growth:
    tick()
    terms: list[tuple[Scale, Coefficient]] = []
    for s, c in a.items():
        for r, d in b.items():
            exact = not isinstance(c, arb) and not isinstance(d, arb)
            terms.append((_merge(s, r), sp.expand(c * d) if exact else _ball(c) * _ball(d)))
    return _gathered(terms)


def _lead(g: Growth) -> tuple[Scale, Coefficient, Growth]:
    """The fastest term, whose coefficient is not zero, and v where `g = term (1 + v)`, v to 0."""
    if not g:
        raise Rejected("a growth is not known: it may be zero")
    first = _sorted(g)[0]
    c = g[first]
    if _sign(c) not in (1, -1):
        raise Rejected("a growth is not known: terms cancel")
    inverse = 1 / c if not isinstance(c, arb) else 1 / _ball(c)
    rest = {s: d for s, d in g.items() if s != first}
    return first, c, _multiply(rest, {_power_of(first, sp.S.NegativeOne): inverse})


def _power_of(s: Scale, r: Expr) -> Scale:
    return (s[0] * r, s[1] * r, tuple((i, j, c * r) for i, j, c in s[2]))


def _series(v: Growth, coefficients: list[Expr]) -> Growth:
    """`sum c_k v**k`, the last coefficient known up to a little: v tends to 0."""
    total: Growth = {}
    power: Growth = {UNIT: sp.S.One}
    for k, c in enumerate(coefficients):
        last = k == len(coefficients) - 1
        factor: Coefficient = _ball(c) + NEARLY if last else c
        if last or c != 0:
            total = _add(total, _multiply(power, {UNIT: factor}))
        power = _multiply(power, v)
        if not power:
            break
    return total


def _raised(g: Growth, r: Expr) -> Growth:
    if r.is_Integer and r >= 0 and (r <= 3 or len(g) == 1):
        return reduce(_multiply, [g] * int(r), {UNIT: sp.S.One})
    scale, c, v = _lead(g)
    if not r.is_Integer and _sign(c) != 1:
        raise Rejected("a root of a negative number")
    lead: Coefficient = c**r if not isinstance(c, arb) else (_ball(c).log() * _ball(r)).exp()
    if isinstance(c, arb) and r.is_Integer:
        lead = _ball(c) ** int(r)
    coefficients = [sp.ff(r, k) / sp.factorial(k) for k in range(ORDER + 1)]
    return _multiply({_power_of(scale, r): lead}, _series(v, coefficients) if v else {UNIT: sp.S.One})


def _exponential(g: Growth) -> Growth:
    rate = []
    constant: Growth = {UNIT: sp.S.One}
    small: Growth = {}
    for scale, c in g.items():
        order = _order(scale, UNIT)
        if order > 0:
            if scale[2] or isinstance(c, arb):
                raise Rejected("an exponential grows too fast to be compared")
            rate.append((scale[0], scale[1], c))
        elif order == 0:
            constant = {UNIT: _ball(c).exp() if isinstance(c, arb) else sp.exp(c)}
        else:
            small[scale] = c
    turn = sp.S.Zero
    kept = []
    for i, j, c in rate:
        if i == 0 and j == 1 and c.is_Rational:  # exp(c log t) is a power of t
            turn += c
        else:
            kept.append((i, j, c))
    result = _multiply({(turn, sp.S.Zero, tuple(sorted(kept))): sp.S.One}, constant)
    if small:
        result = _multiply(result, _series(small, [1 / sp.factorial(k) for k in range(ORDER + 1)]))
    return result


def _logarithm(g: Growth) -> Growth:
    (n, m, rate), c, v = _lead(g)
    if m != 0 or _sign(c) != 1:
        raise Rejected("a logarithm is too slow to be compared")
    total: Growth = {}
    number = _ball(c).log() if isinstance(c, arb) else sp.log(c)
    if isinstance(number, arb) or number != 0:
        total = _add(total, {UNIT: number})
    if n != 0:
        total = _add(total, {(sp.S.Zero, sp.S.One, ()): n})
    for i, j, k in rate:
        total = _add(total, {(i, j, ()): k})
    if v:
        logs = [sp.S.Zero, *((-1) ** (k + 1) / sp.Integer(k) for k in range(1, ORDER + 1))]
        total = _add(total, _series(v, logs))
    return total


def _saturating(kind: Any, g: Growth) -> Growth:
    """erf and atan: near a limit of the argument, or where it grows."""
    if not g:
        return {}
    order = _order(_sorted(g)[0], UNIT)
    if order > 0:
        _, c, _ = _lead(g)
        side = _sign(c)
        if kind is sp.atan:
            # atan u = pi/2 - 1/u + 1/(3 u**3) - ... for u > 0; the error is below the first term left out.
            inverse = _raised(g, sp.S.NegativeOne)
            powers = [(-1) ** k / sp.Integer(2 * k + 1) for k in range(ORDER)]
            tail = _multiply(inverse, _series(_multiply(inverse, inverse), powers))
            return _add({UNIT: side * sp.pi / 2}, _multiply(tail, {UNIT: sp.S.NegativeOne}))
        # 1 - erf u = exp(-u**2) / (u sqrt(pi)) (1 - 1/(2 u**2) + 3/(4 u**4) - ...), likewise.
        square = _multiply(g, g)
        powers = [(-sp.S.Half) ** k * sp.factorial2(2 * k - 1) for k in range(ORDER)]
        tail = _multiply(_raised(g, sp.S.NegativeOne), _series(_raised(square, sp.S.NegativeOne), powers))
        tail = _multiply(tail, _exponential(_multiply(square, {UNIT: sp.S.NegativeOne})))
        return _add({UNIT: sp.Integer(side)}, _multiply(tail, {UNIT: -1 / sp.sqrt(sp.pi)}))
    limit = g.get(UNIT, sp.S.Zero)
    if isinstance(limit, arb):
        return {UNIT: (limit + NEARLY).atan() if kind is sp.atan else (limit + NEARLY).erf()}
    small = {s: c for s, c in g.items() if s != UNIT}
    derivatives = [kind(x)]
    for k in range(1, ORDER + 1):
        derivatives.append(sp.diff(derivatives[-1], x) / k)
    coefficients = [d.subs(x, limit) for d in derivatives]
    return (
        _series(small, coefficients) if small else ({UNIT: coefficients[0]} if coefficients[0] != 0 else {})
    )


def _growth(e: Expr) -> Growth:
    if e == _t:
        return {(sp.S.One, sp.S.Zero, ()): sp.S.One}
    if not e.has(_t):
        return {} if sign_of_number(e) == 0 else {UNIT: e}
    if e.is_Add:
        return reduce(_add, map(_growth, e.args))
    if e.is_Mul:
        return reduce(_multiply, map(_growth, e.args))
    if isinstance(e, sp.exp):
        return _exponential(_growth(e.args[0]))
    if e.is_Pow and not e.exp.has(_t):
        return _raised(_growth(e.base), e.exp)
    if isinstance(e, sp.log):
        return _logarithm(_growth(e.args[0]))
    if isinstance(e, (sp.atan, sp.erf)):
        return _saturating(e.func, _growth(e.args[0]))
    if isinstance(e, (sp.sin, sp.cos)):
        u = _growth(e.args[0])
        if u and _order(_sorted(u)[0], UNIT) >= 0:
            return {UNIT: arb(0, 1)}
        one = [e.func(x).diff(x, k).subs(x, 0) / sp.factorial(k) for k in range(ORDER + 1)]
        return _series(u, one) if u else {UNIT: e.func(0)}
    raise Rejected(f"the growth of {e.func.__name__} is not known")


@lru_cache(maxsize=4096)
def _at_end(e: Expr, point: Point, side: int) -> tuple[Growth, Scale | None]:
    if not isinstance(point, Number):
        raise Rejected(f"no growth near {point}")
    if point.value in (sp.oo, -sp.oo):
        near = _t if point.value == sp.oo else -_t
    else:
        near = point.value + side / _t
    found = _growth(defined_by(e).subs(x, near))
    return found, _sorted(found)[0] if found else None


def sign_near(e: Expr, point: Point, side: int) -> int:
    """The sign of e right (side 1) or left (-1) of a point in closed form, or far out."""
    found, scale = _at_end(e, point, side)
    if scale is None:
        return 0
    sign = _sign(found[scale])
    if sign not in (1, -1):
        raise Rejected(f"the sign of {e} near {point} could not be decided")
    return sign


def limit_near(e: Expr, point: Point, side: int) -> Expr:
    """The one-sided limit of e, a number in closed form or infinite."""
    found, scale = _at_end(e, point, side)
    if scale is None:
        return sp.S.Zero
    order = _order(scale, UNIT)
    if order < 0:
        return sp.S.Zero
    c = found[scale]
    if order == 0 and not isinstance(c, arb):
        return c
    sign = _sign(c)
    if order == 0 or sign not in (1, -1):
        raise Rejected(f"the limit of {e} at {point} could not be decided")
    return sign * sp.oo
