"""Closure, f(g(x)): which properties of f and g the composition has.

Of f some are needed for the values of g alone: with s g(x) >= 0, where s is 1, 0 or -1, for arguments that
are not negative, for all, or for those that are not positive.
"""

from sympy import And, Eq, Expr, Function, Ge, Gt, S, symbols

from ordering.checking.functions import (
    BENT,
    affine,
    bounded,
    concluded,
    continuous,
    e,
    has,
    p,
    q,
    theorem,
    u,
    unbounded,
    v,
    within,
)
from ordering.checking.theorems import Congruent, Linear, Rule, Scaled, Theorem, Use, parts

s, c, d, r, t, w, y = symbols("s c d r t w y", real=True)
f, g, D, D2, E, X, R, T = (Function(name, real=True) for name in ("f", "g", "D", "D_2", "E", "X", "R", "T"))

SIDE = Rule("s g >= 0", (u,), (), Ge(s * g(u), 0))


def composition(at: Expr) -> Expr:
    """f of g."""
    return f(g(at))


def _ordered(outer: str, inner: str, gives: str) -> Theorem:
    """The order of two values of g is that of u and v, or the other one; f keeps or turns it."""
    of_f, of_g = has(outer, f, side=s), has(inner, g, "g")
    statement = has(gives, composition, f"{outer} after {inner}: f(g)")
    rises = inner in ("nondecreasing", "strictly_increasing")
    images = Use(of_f, (g(u), g(v)) if rises else (g(v), g(u)))
    return theorem(
        statement,
        (of_f, of_g, SIDE),
        Use(of_g, (u, v)),
        Use(SIDE, (u,)),
        Use(SIDE, (v,)),
        images,
        *concluded(statement.then, images.then),
    )


def _bent(outer: str, monotone: str, inner: str) -> Theorem:
    """g at the mean of u and v is beyond the mean of its values, where f takes it back."""
    bends, rises, of_g = has(outer, f, side=s), has(monotone, f, side=s), has(inner, g, "g")
    statement = has(outer, composition, f"{outer} {monotone} after {inner}: f(g)")
    mean, of_mean = p * g(u) + q * g(v), g(p * u + q * v)
    sides = [Use(SIDE, (end,)) for end in (u, v)]
    weighed = [Scaled(side.then, weight) for side, weight in zip(sides, (p, q), strict=True)]
    moved = Use(rises, (of_mean, mean) if inner == "convex" else (mean, of_mean))
    images = Use(bends, (g(u), g(v), p, q))
    return theorem(
        statement,
        (bends, rises, of_g, SIDE),
        Use(of_g, (u, v, p, q)),
        *sides,
        *weighed,
        Linear(tuple(each.then for each in weighed), Ge(s * mean, 0)),
        Use(SIDE, (p * u + q * v,)),
        moved,
        images,
        Linear((moved.then, images.then), statement.then),
    )


def _after_affine() -> Theorem:
    """g at the mean of u and v is the mean of its values."""
    bends, of_g = has("convex", f), affine(g, r, t, "g")
    statement = has("convex", composition, "convex after affine: f(g)")
    middle = p * u + q * v
    mean = p * g(u) + q * g(v)
    at = [Use(of_g, (place,)) for place in (u, v, middle)]
    weighed = [Scaled(use.then, weight) for use, weight in zip(at[:2], (p, q), strict=True)]
    one = Scaled(Eq(p + q, 1), t)
    equal = Eq(g(middle), mean)
    images = Use(bends, (g(u), g(v), p, q))
    same = Eq(f(g(middle)), f(mean))
    return theorem(
        statement,
        (bends, of_g),
        *at,
        *weighed,
        one,
        Linear((at[2].then, *(each.then for each in weighed), one.then), equal),
        Congruent(equal, same),
        images,
        Linear((same, images.then), statement.then),
    )


def _parity(outer: str, inner: str) -> Theorem:
    """g(-u) is g(u) or -g(u), and f takes the sign away or keeps it."""
    of_g = has(inner, g, "g")
    gives = inner if outer in ("odd", "anything") else "even"
    statement = has(gives, composition, f"{outer} after {inner}: f(g)")
    same = Congruent(of_g.then, Eq(f(g(-u)), f(of_g.then.rhs)))
    if outer == "anything":
        return theorem(statement, (of_g,), Use(of_g, (u,)), same)
    of_f = has(outer, f)
    images = Use(of_f, (g(u),))
    return theorem(
        statement,
        (of_f, of_g),
        Use(of_g, (u,)),
        same,
        images,
        Linear((same.then, images.then), statement.then),
    )


def _continuous() -> Theorem:
    """g moves so little that f does: each distance of f is one of the allowed moves of g."""
    of_f, of_g = continuous(f, D(u, e)), continuous(g, D2(u, e), label="g")
    positive = Rule("the distances of f are positive", (u, e), (Gt(e, 0),), Gt(D(u, e), 0))
    move = D(g(u), e)
    statement = continuous(composition, D2(u, move), label="continuous after continuous: f(g)")
    return theorem(
        statement,
        (of_f, positive, of_g),
        Use(positive, (g(u), e)),
        Use(of_g, (u, v, move)),
        Use(of_f, (g(u), g(v), e)),
    )


def _weierstrass() -> Theorem:
    known = Rule(
        "f is continuous, and so, by Weierstrass, between -d and d from -c to c",
        (u,),
        parts(within(u, c)),
        within(f(u), d),
    )
    of_g = bounded(g, c, "g")
    statement = bounded(composition, d, "continuous after bounded: f(g)")
    return theorem(statement, (known, of_g), Use(of_g, (u,)), Use(known, (g(u),)))


def _large() -> Theorem:
    """Where |g| exceeds R(u), |f(g)| exceeds u; T is the sign of f."""
    coercive = Rule(
        "f is coercive",
        (y, w, v),
        (*parts(within(w, S.One)), Gt(w * y, R(v))),
        And(*parts(within(T(y), S.One)), Gt(T(y) * f(y), v)),
    )
    of_g = unbounded(g, E, X, "g")
    statement = unbounded(
        composition,
        lambda at: T(g(X(R(at)))),
        lambda at: X(R(at)),
        "coercive after unbounded: f(g)",
    )
    return theorem(
        statement,
        (coercive, of_g),
        Use(of_g, (R(u),)),
        Use(coercive, (g(X(R(u))), E(R(u)), u)),
    )


THEOREMS = (
    *(
        _ordered(outer, inner, rise if outer == inner else fall)
        for rise, fall in (("nondecreasing", "nonincreasing"), ("strictly_increasing", "strictly_decreasing"))
        for outer in (rise, fall)
        for inner in (rise, fall)
    ),
    *(_bent(bend, "nondecreasing", bend) for bend in BENT),
    _bent("convex", "nonincreasing", "concave"),
    _after_affine(),
    _parity("even", "odd"),
    _parity("odd", "odd"),
    _parity("anything", "even"),
    theorem(
        has("nonnegative", composition, "nonnegative after anything: f(g)"),
        (has("nonnegative", f),),
        Use(has("nonnegative", f), (g(u),)),
    ),
    theorem(
        bounded(composition, c, "bounded after anything: f(g)"),
        (bounded(f, c),),
        Use(bounded(f, c), (g(u),)),
    ),
    _continuous(),
    _weierstrass(),
    _large(),
)
