"""Closure, k f: which properties of f its multiples have (`ordering.drawing.rules`)."""

from sympy import Eq, Expr, Function, Ge, Gt, Le, Lt, symbols

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
    fact,
    has,
    joined,
    theorem,
    u,
    unbounded,
    v,
    within,
)
from ordering.checking.theorems import Scaled, Theorem, Use

k, K, r, s, c, t = symbols("k K r s c t", real=True)
f, D, E, X = (Function(name, real=True) for name in ("f", "D", "E", "X"))

_DUAL = {"nonincreasing": "nondecreasing", "strictly_decreasing": "strictly_increasing"}
_DUAL |= {"concave": "convex", "nonpositive": "nonnegative"}
DUAL = _DUAL | {other: name for name, other in _DUAL.items()}

POSITIVE, NEGATIVE = fact("k is positive", Gt(k, 0)), fact("k is negative", Lt(k, 0))
# Of either sign, and perhaps 0: K is its absolute value, or more.
SIZED = fact("|k| <= K", within(k, K))
INVERSE = fact("r is 1/k", Eq(r * k, 1))


def multiple(at: Expr) -> Expr:
    """The multiple of f."""
    return k * f(at)


def _signed(sign: int, name: str) -> Theorem:
    """What f, which has the property, gives to its multiple."""
    gives, word = (name, "positive") if sign > 0 else (DUAL[name], "negative")
    statement = has(gives, multiple, f"{word} multiple of {name}: k f")
    used = Use(has(name, f), statement.variables)
    scaled = Scaled(used.then, sign * k)
    return theorem(
        statement,
        (POSITIVE if sign > 0 else NEGATIVE, has(name, f)),
        used,
        scaled,
        *concluded(statement.then, scaled.then),
    )


def _unbounded(sign: int) -> Theorem:
    """Where |f| exceeds u / |k|, |k f| exceeds u."""
    known = unbounded(f, E, X)
    statement = unbounded(
        multiple,
        lambda t: sign * E(sign * t * r),
        lambda t: X(sign * t * r),
        f"{'positive' if sign > 0 else 'negative'} multiple of unbounded: k f",
    )
    at = sign * u * r
    side = E(at)
    scaled, inverse = Scaled(Gt(side * f(X(at)), at), sign * k), Scaled(INVERSE.then, u)
    ends = (Ge(side, -1), Le(side, 1))
    low, high = ends if sign > 0 else (Ge(-side, -1), Le(-side, 1))
    return theorem(
        statement,
        (POSITIVE if sign > 0 else NEGATIVE, INVERSE, known),
        Use(known, (at,)),
        scaled,
        inverse,
        *joined(
            (low, () if sign > 0 else (ends[1],)),
            (high, () if sign > 0 else (ends[0],)),
            (Gt(sign * side * k * f(X(at)), u), (scaled.then, inverse.then)),
        ),
    )


def _affine() -> Theorem:
    known = affine(f, r, s)
    statement = affine(multiple, k * r, k * s, "multiple of affine: k f")
    scaled = Scaled(known.then, k)
    return theorem(statement, (known,), Use(known, (u,)), scaled, *concluded(statement.then, scaled.then))


def _parity(name: str) -> Theorem:
    known, statement = has(name, f), has(name, multiple, f"multiple of {name}: k f")
    scaled = Scaled(known.then, k)
    return theorem(statement, (known,), Use(known, (u,)), scaled, *concluded(statement.then, scaled.then))


def _bounded() -> Theorem:
    known, statement = bounded(f, c), bounded(multiple, K * c, "multiple of bounded: k f")
    return theorem(
        statement,
        (SIZED, known),
        Use(known, (u,)),
        Use(SMALL_PRODUCT.rule, (k, f(u), K, c)),
        lemmas=(SMALL_PRODUCT,),
    )


def _continuous() -> Theorem:
    """t is e/K, or any number where K is 0."""
    known = continuous(f, D(u, e))
    small = Le(K * t, e)
    statement = continuous(
        multiple, D(u, t), label="multiple of continuous: k f", more=(t,), given=(Gt(t, 0), small)
    )
    step, moved = f(v) - f(u), k * f(v) - k * f(u)
    bound = Use(SMALL_PRODUCT.rule, (k, step, K, t))
    return theorem(
        statement,
        (SIZED, known),
        Use(known, (u, v, t)),
        bound,
        *joined(
            (Ge(moved, -e), (Ge(k * step, -K * t), small)),
            (Le(moved, e), (Le(k * step, K * t), small)),
        ),
        lemmas=(SMALL_PRODUCT,),
    )


THEOREMS = (
    *(_signed(sign, name) for sign in (1, -1) for name in (*ORDERED, *BENT, *SIGNS)),
    *(_unbounded(sign) for sign in (1, -1)),
    _affine(),
    *map(_parity, PARITIES),
    _bounded(),
    _continuous(),
)
