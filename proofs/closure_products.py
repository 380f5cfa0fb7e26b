"""Closure, f g: which properties of f and g their product has."""

from sympy import Eq, Expr, Function, Ge, Gt, Le, symbols

from ordering.checking.functions import (
    PARITIES,
    SIGNS,
    SMALL_PRODUCT,
    bounded,
    concluded,
    continuous,
    e,
    has,
    joined,
    p,
    q,
    theorem,
    u,
    v,
    within,
)
from ordering.checking.theorems import Linear, Scaled, Split, Step, Theorem, Use, parts

a, b, c, d, t = symbols("a b c d t", real=True)
f, g, D, D2 = (Function(name, real=True) for name in ("f", "g", "D", "D_2"))


def product(at: Expr) -> Expr:
    """The product of f and g."""
    return f(at) * g(at)


F_NONNEGATIVE, G_NONNEGATIVE = has("nonnegative", f), has("nonnegative", g, "g")


def _ordered(name: str) -> Theorem:
    """f(v) g(v) - f(u) g(u) is (f(v) - f(u)) g + f (g(v) - g(u)), with g and f at one end each."""
    one, other = has(name, f), has(name, g, "g")
    statement = has(name, product, f"product of nonnegative {name}: f g")
    strict = name == "strictly_increasing"
    # The end at which g is multiplied with, and the one of f: of nonnegative numbers.
    at, of = (u, v) if name == "nonincreasing" else (v, u)
    first, second = Scaled(one.then, g(at)), Scaled(other.then, f(of))
    sign_of_g: tuple[Step, ...] = (Use(G_NONNEGATIVE, (at,)),)
    if strict:
        # g(v) > g(u) >= 0.
        lowest = Use(G_NONNEGATIVE, (u,))
        sign_of_g = (lowest, Linear((lowest.then, other.then), Gt(g(v), 0)))
        # Of f(u) >= 0 and a strict inequality, the wide one is the product.
        wide = Linear((other.then,), Ge(g(v), g(u)))
        second = Scaled(wide.then, f(u))
        sign_of_g = (*sign_of_g, wide)
    return theorem(
        statement,
        (one, other, F_NONNEGATIVE, G_NONNEGATIVE),
        Use(one, (u, v)),
        Use(other, (u, v)),
        Use(F_NONNEGATIVE, (of,)),
        *sign_of_g,
        first,
        second,
        Linear((first.then, second.then), statement.then),
    )


def _convex(name: str) -> Theorem:
    """The product of both means is the mean of the products, less p q (f(u) - f(v)) (g(u) - g(v))."""
    rises_f, rises_g = has(name, f), has(name, g, "g")
    bends_f, bends_g = has("convex", f), has("convex", g, "g")
    mean = p * u + q * v
    of_f = p * f(u) + q * f(v)
    alike = Ge((f(u) - f(v)) * (g(u) - g(v)), 0)

    def ordered(low: Expr, high: Expr, *before: Step) -> tuple[Step, ...]:
        top, bottom = (high, low) if name == "nondecreasing" else (low, high)
        rise_g = Ge(g(top) - g(bottom), 0)
        one, other = Use(rises_f, (low, high)), Use(rises_g, (low, high))
        times = Scaled(rise_g, f(top) - f(bottom))
        return (
            *before,
            one,
            other,
            Linear((other.then,), rise_g),
            times,
            *concluded(alike, times.then),
        )

    split = Split(u, v, ordered(v, u), ordered(u, v), alike)
    first, second = Scaled(bends_f.then, g(mean)), Scaled(bends_g.then, of_f)
    spread = Scaled(alike, p)
    spread_twice = Scaled(spread.then, q)
    ones = [Scaled(Eq(p + q, 1), weight * product(end)) for weight, end in ((p, u), (q, v))]
    statement = has("convex", product, f"product of nonnegative convex {name}: f g")
    return theorem(
        statement,
        (F_NONNEGATIVE, G_NONNEGATIVE, rises_f, rises_g, bends_f, bends_g),
        Use(bends_f, (u, v, p, q)),
        Use(bends_g, (u, v, p, q)),
        Use(F_NONNEGATIVE, (mean,)),
        Use(G_NONNEGATIVE, (mean,)),
        Linear((Ge(f(mean), 0), bends_f.then), Ge(of_f, 0)),
        first,
        second,
        split,
        spread,
        spread_twice,
        *ones,
        Linear(
            (first.then, second.then, spread_twice.then, *(one.then for one in ones)),
            statement.then,
        ),
    )


def _signed(one: str, other: str) -> Theorem:
    """Like signs make a product nonnegative, unlike ones nonpositive."""
    left, right = has(one, f), has(other, g, "g")
    gives = "nonnegative" if one == other else "nonpositive"
    statement = has(gives, product, f"product of {one} and {other}: f g")
    times = Scaled(right.then, f(u) if one == "nonnegative" else -f(u))
    return theorem(
        statement,
        (left, right),
        Use(left, (u,)),
        Use(right, (u,)),
        times,
        *concluded(statement.then, times.then),
    )


def _parity(one: str, other: str) -> Theorem:
    """The signs multiply."""
    left, right = has(one, f), has(other, g, "g")
    gives = "even" if one == other else "odd"
    statement = has(gives, product, f"product of {one} and {other}: f g")
    first, second = Scaled(left.then, g(-u)), Scaled(right.then, f(u))
    return theorem(
        statement,
        (left, right),
        Use(left, (u,)),
        Use(right, (u,)),
        first,
        second,
        Linear((first.then, second.then), statement.then),
    )


def _bounded() -> Theorem:
    one, other = bounded(f, c), bounded(g, d, "g")
    return theorem(
        bounded(product, c * d, "product of bounded: f g"),
        (one, other),
        Use(one, (u,)),
        Use(other, (u,)),
        Use(SMALL_PRODUCT.rule, (f(u), g(u), c, d)),
        lemmas=(SMALL_PRODUCT,),
    )


def _continuous() -> Theorem:
    """(f(v) - f(u)) g(v) + f(u) (g(v) - g(u)), where |f(u)| <= a and |g(u)| <= b; t is small enough."""
    one, other = continuous(f, D(u, e)), continuous(g, D2(u, e), label="g")
    enough = Le((a + b + 1) * t, e)
    given = (*parts(within(f(u), a)), *parts(within(g(u), b)), Gt(t, 0), Le(t, 1), enough)
    statement = continuous(
        product, D(u, t), D2(u, t), label="product of continuous: f g", more=(a, b, t), given=given
    )
    step_f, step_g = f(v) - f(u), g(v) - g(u)
    moved = product(v) - product(u)
    first = Use(SMALL_PRODUCT.rule, (step_f, g(v), t, b + 1))
    second = Use(SMALL_PRODUCT.rule, (f(u), step_g, a, t))
    return theorem(
        statement,
        (one, other),
        Use(one, (u, v, t)),
        Use(other, (u, v, t)),
        Linear((Ge(g(u), -b), Ge(step_g, -t), Le(t, 1)), Ge(g(v), -(b + 1))),
        Linear((Le(g(u), b), Le(step_g, t), Le(t, 1)), Le(g(v), b + 1)),
        first,
        second,
        *joined(
            (Ge(moved, -e), (Ge(step_f * g(v), -t * (b + 1)), Ge(f(u) * step_g, -a * t), enough)),
            (Le(moved, e), (Le(step_f * g(v), t * (b + 1)), Le(f(u) * step_g, a * t), enough)),
        ),
        lemmas=(SMALL_PRODUCT,),
    )


THEOREMS = (
    *map(_ordered, ("nondecreasing", "nonincreasing", "strictly_increasing")),
    *map(_convex, ("nondecreasing", "nonincreasing")),
    *(_signed(one, other) for one in SIGNS for other in SIGNS),
    *(_parity(one, other) for one in PARITIES for other in PARITIES),
    _bounded(),
    _continuous(),
)
