"""Closure, f + g: which properties of f and g their sum has; sums of more, one after the other."""

from sympy import Expr, Function, Ge, Gt, Le, S, symbols

from ordering.checking.functions import (
    BENT,
    ORDERED,
    PARITIES,
    SIGNS,
    SMALL_PRODUCT,
    affine,
    bounded,
    concluded,
    continuous,
    e,
    has,
    joined,
    theorem,
    u,
    unbounded,
    v,
)
from ordering.checking.theorems import Rule, Theorem, Use

c, d, r, s, r2, s2 = symbols("c d r s r_2 s_2", real=True)
f, g, D, D2, E, X = (Function(name, real=True) for name in ("f", "g", "D", "D_2", "E", "X"))


def total(at: Expr) -> Expr:
    """The sum of f and g."""
    return f(at) + g(at)


def _added(statement: Rule, one: Rule, other: Rule) -> Theorem:
    """Both relations add up."""
    return theorem(
        statement,
        (one, other),
        Use(one, statement.variables),
        Use(other, statement.variables),
        *concluded(statement.then, one.then, other.then),
    )


def _plain(name: str, its: str) -> Theorem:
    """f has the one property, g the other, and the sum the first."""
    said = f"sum of {name}" if name == its else f"sum of {name} and {its}"
    statement = has(name, total, f"{said}: f + g")
    return _added(statement, has(name, f), has(its, g, "g"))


def _bounded() -> Theorem:
    one, other = bounded(f, c), bounded(g, d, "g")
    statement = bounded(total, c + d, "sum of bounded: f + g")
    return theorem(
        statement,
        (one, other),
        Use(one, (u,)),
        Use(other, (u,)),
        *joined(
            (Ge(total(u), -c - d), (Ge(f(u), -c), Ge(g(u), -d))),
            (Le(total(u), c + d), (Le(f(u), c), Le(g(u), d))),
        ),
    )


def _continuous() -> Theorem:
    one, other = continuous(f, D(u, e)), continuous(g, D2(u, e), label="g")
    statement = continuous(total, D(u, e / 2), D2(u, e / 2), label="sum of continuous: f + g")
    half = (u, v, e / 2)
    moves = [f(v) - f(u), g(v) - g(u)]
    moved = total(v) - total(u)
    return theorem(
        statement,
        (one, other),
        Use(one, half),
        Use(other, half),
        *joined(
            (Ge(moved, -e), tuple(Ge(move, -e / 2) for move in moves)),
            (Le(moved, e), tuple(Le(move, e / 2) for move in moves)),
        ),
    )


def _unbounded() -> Theorem:
    """Where |f| exceeds u + c, |f + g| exceeds u, as |g| <= c."""
    one, other = unbounded(f, E, X), bounded(g, c, "g")
    statement = unbounded(
        total, lambda t: E(t + c), lambda t: X(t + c), "sum of unbounded and bounded: f + g"
    )
    at = X(u + c)
    side = E(u + c)
    return theorem(
        statement,
        (one, other),
        Use(one, (u + c,)),
        Use(other, (at,)),
        Use(SMALL_PRODUCT.rule, (side, g(at), S.One, c)),
        *joined(
            (Ge(side, -1), ()),
            (Le(side, 1), ()),
            (Gt(side * total(at), u), (Gt(side * f(at), u + c), Ge(side * g(at), -c))),
        ),
        lemmas=(SMALL_PRODUCT,),
    )


THEOREMS = (
    *(_plain(name, name) for name in (*ORDERED, *BENT, *SIGNS, *PARITIES)),
    _plain("strictly_increasing", "nondecreasing"),
    _plain("strictly_decreasing", "nonincreasing"),
    _added(affine(total, r + r2, s + s2, "sum of affine: f + g"), affine(f, r, s), affine(g, r2, s2, "g")),
    _bounded(),
    _continuous(),
    _unbounded(),
)
