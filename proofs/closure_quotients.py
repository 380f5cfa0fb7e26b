"""Closure, h = f/g: which properties of f and g their quotient has; h is told by h g = f."""

from sympy import Eq, Expr, Function, Ge, Gt, Le, Ne, S, symbols

from ordering.checking.functions import (
    PARITIES,
    SIGNS,
    SMALL_PRODUCT,
    bounded,
    continuous,
    e,
    fact,
    has,
    joined,
    theorem,
    u,
    v,
    within,
)
from ordering.checking.theorems import Cancelled, Linear, Rule, Scaled, Step, Theorem, Use, parts

a, c, d, s, t = symbols("a c d s t", real=True)
f, g, h, D, D2 = (Function(name, real=True) for name in ("f", "g", "h", "D", "D_2"))

QUOTIENT = Rule("h is f/g", (u,), (), Eq(h(u) * g(u), f(u)))
POSITIVE = Rule("g is positive", (u,), (), Gt(g(u), 0))
NOT_ZERO = Rule("g is not zero", (u,), (), Ne(g(u), 0))
# Of one sign: s is 1 where g >= d, and -1 where g <= -d.
SIDE = fact("s is 1 or -1, or between", within(s, S.One))


def _nonnegative(end: Expr, known: Rule) -> tuple[Step, ...]:
    """h >= 0 (or <= 0) at one end, as f is and g > 0."""
    relation = known.then.func
    equal, sign = Use(QUOTIENT, (end,)), Use(known, (end,))
    return (
        equal,
        sign,
        Use(POSITIVE, (end,)),
        Linear((equal.then, sign.then), relation(h(end) * g(end), 0)),
        Cancelled(relation(h(end) * g(end), 0), g(end), relation(h(end), 0)),
    )


def _signed(name: str) -> Theorem:
    known = has(name, f)
    statement = has(name, h, f"quotient of {name} by positive: h")
    return theorem(statement, (known, QUOTIENT, POSITIVE), *_nonnegative(u, known))


def _ordered(name: str, other: str) -> Theorem:
    """h(v) g(v) = f(v) >= f(u) = h(u) g(u) >= h(u) g(v), and g(v) > 0; falling, with u and v exchanged."""
    numerator, denominator, sign = has(name, f), has(other, g, "g"), has("nonnegative", f)
    statement = has(name, h, f"quotient of nonnegative {name} by positive {other}: h")
    low, high = (u, v) if name == "nondecreasing" else (v, u)
    times = Scaled(denominator.then, h(low))
    equal = Use(QUOTIENT, (high,))
    relation = statement.then.func
    larger = relation(h(u) * g(high), h(v) * g(high))
    return theorem(
        statement,
        (sign, numerator, denominator, QUOTIENT, POSITIVE),
        *_nonnegative(low, sign),
        Use(numerator, (u, v)),
        Use(denominator, (u, v)),
        times,
        equal,
        Use(POSITIVE, (high,)),
        Linear((times.then, numerator.then, equal.then, Eq(h(low) * g(low), f(low))), larger),
        Cancelled(larger, g(high), statement.then),
    )


def _parity(one: str) -> Theorem:
    """h(-u) g(-u) = f(-u), where g(-u) = g(u) is divided away."""
    left, right = has(one, f), has("even", g, "g")
    statement = has(one, h, f"quotient of {one} by even: h")
    sign = PARITIES[one]
    there, here = Use(QUOTIENT, (-u,)), Use(QUOTIENT, (u,))
    same = Scaled(right.then, h(-u))
    multiplied = Eq(h(-u) * g(u), sign * h(u) * g(u))
    return theorem(
        statement,
        (left, right, QUOTIENT, NOT_ZERO),
        Use(left, (u,)),
        Use(right, (u,)),
        there,
        here,
        same,
        Linear((same.then, there.then, left.then, here.then), multiplied),
        Use(NOT_ZERO, (u,)),
        Cancelled(multiplied, g(u), statement.then),
    )


def _bounded() -> Theorem:
    """|f| <= c d and |g| >= d > 0 make |h| <= c, as |h| s g = |s f| <= c d <= c s g."""
    known = bounded(f, c * d)
    away = Rule("s g is at least d", (u,), (), Ge(s * g(u), d))
    positive = fact("d is positive", Gt(d, 0))
    statement = bounded(h, c, "quotient of bounded: h")
    equal = Use(QUOTIENT, (u,))
    signed = Scaled(equal.then, s)
    enough = Scaled(away.then, c)
    above = Le(s * g(u) * h(u), s * g(u) * c)
    below = Ge(s * g(u) * h(u), -s * g(u) * c)
    return theorem(
        statement,
        (known, QUOTIENT, SIDE, positive, away),
        Use(known, (u,)),
        Linear((Ge(f(u), -c * d), Le(f(u), c * d)), Ge(c * d, 0)),
        Cancelled(Ge(c * d, 0), d, Ge(c, 0)),
        Use(away, (u,)),
        Linear((positive.then, away.then), Gt(s * g(u), 0)),
        equal,
        signed,
        Use(SMALL_PRODUCT.rule, (s, f(u), S.One, c * d)),
        enough,
        Linear((signed.then, enough.then, Le(s * f(u), c * d)), above),
        Linear((signed.then, enough.then, Ge(s * f(u), -c * d)), below),
        Cancelled(above, s * g(u), Le(h(u), c)),
        Cancelled(below, s * g(u), Ge(h(u), -c)),
        *joined((Ge(h(u), -c), ()), (Le(h(u), c), ())),
        lemmas=(SMALL_PRODUCT,),
    )


def _continuous() -> Theorem:
    """s g(v) (h(v) - h(u)) = s (f(v) - f(u)) - s h(u) (g(v) - g(u)) is small, and s g(v) >= d.

    The bound a of |h(u)|, and d, half of |g(u)|, are those at u; t is small enough.
    """
    one, other = continuous(f, D(u, e)), continuous(g, D2(u, e), label="g")
    enough, away = Le((a + 1) * t, d * e), Ge(s * g(u), 2 * d)
    given = (*parts(within(h(u), a)), Gt(d, 0), away, Gt(t, 0), Le(t, d), enough)
    statement = continuous(
        h, D(u, t), D2(u, t), label="quotient of continuous: h", more=(a, d, t), given=given
    )
    step_f, step_g, moved = f(v) - f(u), g(v) - g(u), h(v) - h(u)
    equal = [Use(QUOTIENT, (end,)) for end in (u, v)]
    signed = [Scaled(each.then, s) for each in equal]
    by_g = Use(SMALL_PRODUCT.rule, (s, step_g, S.One, t))
    by_f = Use(SMALL_PRODUCT.rule, (s, step_f, S.One, t))
    by_h = Use(SMALL_PRODUCT.rule, (h(u), s * step_g, a, t))
    still = Ge(s * g(v), d)
    size = Scaled(still, e)
    because = (signed[0].then, signed[1].then, enough, size.then)
    above, below = Le(s * g(v) * moved, s * g(v) * e), Ge(s * g(v) * moved, -s * g(v) * e)
    return theorem(
        statement,
        (one, other, QUOTIENT, SIDE),
        Use(one, (u, v, t)),
        Use(other, (u, v, t)),
        by_g,
        by_f,
        by_h,
        Linear((away, Ge(s * step_g, -t), Le(t, d)), still),
        Linear((still, Gt(d, 0)), Gt(s * g(v), 0)),
        size,
        *equal,
        *signed,
        Linear((*because, Le(s * step_f, t), Ge(h(u) * s * step_g, -a * t)), above),
        Linear((*because, Ge(s * step_f, -t), Le(h(u) * s * step_g, a * t)), below),
        Cancelled(below, s * g(v), Ge(moved, -e)),
        Cancelled(above, s * g(v), Le(moved, e)),
        *joined((Ge(moved, -e), ()), (Le(moved, e), ())),
        lemmas=(SMALL_PRODUCT,),
    )


THEOREMS = (
    *map(_signed, SIGNS),
    _ordered("nondecreasing", "nonincreasing"),
    _ordered("nonincreasing", "nondecreasing"),
    *map(_parity, PARITIES),
    _bounded(),
    _continuous(),
)
