"""Closure, h = max(f, g) and h = min(f, g): which properties of f and g the larger and the smaller have."""

from sympy import Function, Ge, Le, S, symbols

from ordering.checking.extremes import Extreme, Part
from ordering.checking.functions import (
    ORDERED,
    bounded,
    concluded,
    continuous,
    e,
    has,
    joined,
    theorem,
    u,
)
from ordering.checking.theorems import Rule, Step, Theorem, Use

c = symbols("c", real=True)
f, g, h, D, D2 = (Function(name, real=True) for name in ("f", "g", "h", "D", "D_2"))

WORDS = {1: "max", -1: "min"}


def _extreme(sign: int, one: Rule | None = None, other: Rule | None = None) -> Extreme:
    return Extreme(h, "h", (Part(f, "f", one), Part(g, "g", other)), sign)


def _of(sign: int, name: str) -> Extreme:
    """Of two that have the property."""
    return _extreme(sign, has(name, f), has(name, g, "g"))


def _said(sign: int, name: str) -> str:
    return f"{WORDS[sign]} of {name}: h"


def _kept(extreme: Extreme, statement: Rule, steps: tuple[Step, ...], strict: bool = False) -> Theorem:
    return theorem(statement, (*extreme.known(), *extreme.rules(strict)), *steps)


def _ordered(sign: int, name: str) -> Theorem:
    extreme = _of(sign, name)
    statement = has(name, h, _said(sign, name))
    return _kept(extreme, statement, extreme.keeps_order(name), name.startswith("strictly"))


def _bent(sign: int) -> Theorem:
    name = "convex" if sign > 0 else "concave"
    extreme = _of(sign, name)
    return _kept(extreme, has(name, h, _said(sign, name)), extreme.keeps_bend(name))


def _even(sign: int) -> Theorem:
    extreme = _of(sign, "even")
    return _kept(extreme, has("even", h, _said(sign, "even")), extreme.keeps_even())


def _continuous(sign: int) -> Theorem:
    extreme = _extreme(sign, continuous(f, D(u, e)), continuous(g, D2(u, e), label="g"))
    statement = continuous(h, D(u, e), D2(u, e), label=_said(sign, "continuous"))
    return _kept(extreme, statement, extreme.keeps_near())


def _bounded(sign: int) -> Theorem:
    """On one side both are within the bound, on the other one of them keeps h from going further."""
    extreme = _extreme(sign, bounded(f, c), bounded(g, c, "g"))
    reached = Use(extreme.reaches(extreme.two[0]), (u,))
    near, far = (Ge, Le) if sign > 0 else (Le, Ge)
    return theorem(
        bounded(h, c, _said(sign, "bounded")),
        (*extreme.known(), extreme.reaches(extreme.two[0]), extreme.least()),
        *(Use(known, (u,)) for known in extreme.known()),
        reached,
        Use(extreme.least(), (u, sign * c)),
        *joined((near(h(u), -sign * c), (reached.then, near(f(u), -sign * c))), (far(h(u), sign * c), ())),
    )


def _reaching(sign: int) -> Theorem:
    """One of both is enough."""
    name = "nonnegative" if sign > 0 else "nonpositive"
    extreme, known = _extreme(sign), has(name, f)
    reached = Use(extreme.reaches(extreme.two[0]), (u,))
    statement = has(name, h, f"{WORDS[sign]} of {name} and anything: h")
    return theorem(
        statement,
        (known, reached.rule),
        Use(known, (u,)),
        reached,
        *concluded(statement.then, reached.then, known.then),
    )


def _signed(sign: int) -> Theorem:
    name = "nonpositive" if sign > 0 else "nonnegative"
    extreme = _of(sign, name)
    return theorem(
        has(name, h, _said(sign, name)),
        (*extreme.known(), extreme.least()),
        *(Use(known, (u,)) for known in extreme.known()),
        Use(extreme.least(), (u, S.Zero)),
    )


THEOREMS = (
    *(_ordered(sign, name) for sign in WORDS for name in ORDERED),
    *(make(sign) for make in (_bent, _even, _continuous, _bounded, _reaching, _signed) for sign in WORDS),
)
