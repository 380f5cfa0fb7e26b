"""How an expression behaves near an end: its fastest terms, exactly, and a bound for the rest.

With t to infinity (t = x, -x, or 1/|x - p| beside a point p) every term is a number times a *scale*, a
product of factors exp(c t**i log(t)**j) and log(t)**c; so powers are exp(c log t).  The last scale may have
the coefficient None: all that was left out is at most a constant times it.  The sign of the sum is that of
its fastest term.  Where the limits of an expression's parts decide its own, they do (`composing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cmp_to_key, lru_cache, reduce
from itertools import product, takewhile
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.checking.algebra import defined_by
from ordering.checking.composing import composed_limit
from ordering.checking.deriving import derivative
from ordering.checking.points import infinite, sign_of_number
from ordering.checking.records import Number, Point, Rejected
from ordering.enclosures.budget import tick
from ordering.variable import x

Key: TypeAlias = tuple[Any, Any, Any]
"""t**i log(t)**j log(log t)**k as (i, j, k); keys grow as their monomials do."""
Scale: TypeAlias = tuple[tuple[Key, Expr], ...]
"""exp of a sum of monomials, each with its coefficient, the largest first."""
Growth: TypeAlias = dict[Scale, Expr | None]

UNIT: Final[Scale] = ()
POWER: Final[Key] = (0, 1, 0)
LOGARITHM: Final[Key] = (0, 0, 1)
ORDER: Final = 4
"""Terms of a series before its rest."""
LONGEST: Final = 24
"""Terms of a sum."""

_t: Final = sp.Symbol("t", positive=True)


def _times(a: Scale, b: Scale, power: Any = 1) -> Scale:
    """`a b**power`."""
    total = dict(a)
    for key, c in b:
        total[key] = sp.expand(total.get(key, 0) + power * c)
    return tuple((key, total[key]) for key in sorted(total, reverse=True) if total[key] != 0)


def _order(a: Scale, b: Scale = UNIT) -> int:
    """1 if a grows faster than b, -1 if slower, 0 if alike."""
    signs = (sign_of_number(c) for _, c in _times(a, b, -1))
    return next((sign for sign in signs if sign), 0)


def _sorted(g: Growth) -> list[Scale]:
    return sorted(g, key=cmp_to_key(_order), reverse=True)


def _gathered(terms: Iterable[tuple[Scale, Expr | None]]) -> Growth:
    """The sum of terms, which may share scales."""
    total: Growth = {}
    for s, c in terms:
        known = total.get(s, sp.S.Zero)
        total[s] = None if c is None or known is None else sp.expand(known + c)
    scales = _sorted({s: c for s, c in total.items() if c is None or sign_of_number(c) != 0})
    kept = {s: total[s] for s in takewhile(lambda s: total[s] is not None, scales[:LONGEST])}
    return {**kept, **dict.fromkeys(scales[len(kept) : len(kept) + 1])}


def _add(a: Growth, b: Growth) -> Growth:
    return _gathered([*a.items(), *b.items()])


def _multiply(a: Growth, b: Growth) -> Growth:
    tick()
    return _gathered(
        (_times(s, r), None if c is None or d is None else c * d)
        for (s, c), (r, d) in product(a.items(), b.items())
    )


def _fastest(g: Growth) -> tuple[Scale, Expr]:
    scales = _sorted(g)
    first = g[scales[0]] if scales else None
    if first is None or (len(scales) > 1 and _order(*scales[:2]) == 0):
        raise Rejected("a growth is not known: terms cancel")
    return scales[0], first


def _led(g: Growth, *, positive: bool = False) -> tuple[Scale, Expr, Growth]:
    """A scale, a number c and v with `g = c scale (1 + v)`, v to 0."""
    scale, c = _fastest(g)
    if positive and sign_of_number(c) != 1:
        raise Rejected("a root or a logarithm of what is negative")
    return scale, c, _multiply({s: d for s, d in g.items() if s != scale}, {_times((), scale, -1): 1 / c})


def _series(v: Growth, coefficients: list[Expr]) -> Growth:
    """`sum c_k v**k` and a rest of the next power's size: v tends to 0."""
    total: Growth = {}
    power: Growth = {UNIT: sp.S.One}
    for c in coefficients:
        total = _add(total, _multiply(power, {UNIT: c}))
        power = _multiply(power, v)
    return _add(total, dict.fromkeys(power))


def _smooth(f: Expr, at: Expr, v: Growth) -> Growth:
    """`f(at + v)` by Taylor's series, where f is smooth and v tends to 0."""
    coefficients = []
    for k in range(ORDER if v else 1):
        coefficients.append(f.subs(x, at) / sp.factorial(k))
        f = derivative(f)
    return _series(v, coefficients)


def _raised(g: Growth, r: Expr) -> Growth:
    if r.is_Integer and 0 <= r <= LONGEST:
        return reduce(_multiply, [g] * int(r), {UNIT: sp.S.One})
    scale, c, v = _led(g, positive=not r.is_Integer)
    return _multiply({_times((), scale, r): c**r}, _smooth(x**r, sp.S.One, v))


def _exponential(g: Growth) -> Growth:
    rate, number = UNIT, sp.S.Zero
    small: Growth = {}
    for scale, c in g.items():
        order, powers = _order(scale), dict(scale)
        i, j = powers.pop(POWER, sp.S.Zero), powers.pop(LOGARITHM, sp.S.Zero)
        if order < 0:
            small[scale] = c
        elif c is None or powers or not (i.is_Rational and j.is_Rational):
            raise Rejected("an exponential grows too fast to be compared")
        elif order == 0:
            number = c
        else:
            rate = _times(rate, (((i, j, 0), c),))
    return _multiply({rate: sp.S.One}, _smooth(sp.exp(x), number, small))


def _logarithm(g: Growth) -> Growth:
    scale, c, v = _led(g, positive=True)
    total = _add({UNIT: sp.log(c)}, _smooth(sp.log(x), sp.S.One, v))
    for (i, j, k), a in scale:
        if k:
            raise Rejected("a logarithm is too slow to be compared")
        total = _add(total, {_times(((POWER, sp.sympify(i)),), ((LOGARITHM, sp.sympify(j)),)): a})
    return total


def _bounded(kind: Any, u: Growth) -> Growth:
    """atan, erf, sin or cos, where the argument has a limit; the first two also where it grows."""
    if not u or _order(_sorted(u)[0]) <= 0:
        limit = u.get(UNIT, sp.S.Zero)
        if limit is None:
            raise Rejected("a limit is not known")
        return _smooth(kind(x), limit, {s: c for s, c in u.items() if s != UNIT})
    side = sign_of_number(_fastest(u)[1])
    inverse = _raised(u, sp.S.NegativeOne)
    if kind is sp.atan:  # atan u = pi/2 - atan(1/u) for u > 0
        return _add({UNIT: side * sp.pi / 2}, _smooth(-sp.atan(x), sp.S.Zero, inverse))
    if kind is sp.erf:  # 1 - erf u = exp(-u**2) / (u sqrt(pi)) (1 - 1/(2 u**2) + 3/(4 u**4) - ...) for u > 0
        tail = _multiply(inverse, _exponential(_multiply({UNIT: sp.S.NegativeOne}, _multiply(u, u))))
        tail = _multiply(tail, _series(_multiply(inverse, inverse), [1, -sp.S.Half, sp.Rational(3, 4)]))
        return _add({UNIT: sp.Integer(side)}, _multiply({UNIT: -1 / sp.sqrt(sp.pi)}, tail))
    raise Rejected(f"{kind.__name__} turns for ever")


def _growth(e: Expr) -> Growth:
    if e == _t:
        return {((POWER, sp.S.One),): sp.S.One}
    if not e.has(_t):
        return _gathered([(UNIT, e)])
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
    if isinstance(e, (sp.atan, sp.erf, sp.sin, sp.cos)):
        return _bounded(e.func, _growth(e.args[0]))
    raise Rejected(f"the growth of {e.func.__name__} is not known")


@lru_cache(maxsize=4096)
def _near(e: Expr, point: Point, side: int) -> Growth:
    if not isinstance(point, Number):
        raise Rejected(f"no growth near {point}")
    to = sp.sign(point.value) * _t if infinite(point) else point.value + side / _t
    return _growth(defined_by(e).subs(x, to))


def sign_near(e: Expr, point: Point, side: int) -> int:
    """The sign of e right (side 1) or left (-1) of a point in closed form, or far out."""
    limit = composed_limit(e, point) if isinstance(point, Number) else None
    if limit is not None and sign_of_number(limit) != 0:
        return sign_of_number(limit)
    found = _near(e, point, side)
    return sign_of_number(_fastest(found)[1]) if found else 0


def limit_near(e: Expr, point: Point, side: int) -> Expr:
    """The one-sided limit of e, a number in closed form or infinite."""
    limit = composed_limit(e, point) if isinstance(point, Number) else None
    if limit is not None:
        return limit
    found = _near(e, point, side)
    if not found or _order(_sorted(found)[0]) < 0:
        return sp.S.Zero
    scale, c = _fastest(found)
    return c if _order(scale) == 0 else sign_of_number(c) * sp.oo
