"""Vocabulary of the theorems about functions: what monotone, convex, odd, bounded, ... mean, as rules.

Each rule is about a function of one real number, given as a Python callable that makes the term: `f` itself,
or `lambda t: f(t) + g(t)`.  So one definition serves as hypothesis and as statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import And, Eq, Expr, Ge, Gt, Le, Lt

from ordering.checking.theorems import Both, Hypothesis, Lemma, Linear, Rule, Scaled, Step, Theorem, parts

Function: TypeAlias = Callable[[Expr], Expr]
"""A function of one real number: the term that it is there."""

u, v, p, q, e = sp.symbols("u v p q e", real=True)

ORDERED: Final[Mapping[str, tuple[Any, Any]]] = MappingProxyType(
    {
        "nondecreasing": (Le, Le),
        "nonincreasing": (Le, Ge),
        "strictly_increasing": (Lt, Lt),
        "strictly_decreasing": (Lt, Gt),
    }
)
"""How two arguments are ordered, and their images."""
BENT: Final[Mapping[str, Any]] = MappingProxyType({"convex": Le, "concave": Ge})
PARITIES: Final[Mapping[str, int]] = MappingProxyType({"even": 1, "odd": -1})
SIGNS: Final[Mapping[str, Any]] = MappingProxyType({"nonnegative": Ge, "nonpositive": Le})


def within(number: Expr, bound: Expr) -> Any:
    """`|number| <= bound`."""
    return And(Ge(number, -bound), Le(number, bound))


def has(name: str, f: Function, label: str = "f", side: Expr | None = None) -> Rule:
    """That a function is monotone, bent, even or odd, or of one sign, by the name of the property.

    With a `side` s, only of arguments with s u >= 0: where s is 1, 0 or -1, of those that are not negative,
    of all, and of those that are not positive.
    """
    said = f"{label} is {name}" if side is None else f"{label} is {name} where {side} {u} >= 0"
    sided = () if side is None else (Ge(side * u, 0), Ge(side * v, 0))
    if name in ORDERED:
        before, after = ORDERED[name]
        return Rule(said, (u, v), (before(u, v), *sided), after(f(u), f(v)))
    if name in BENT:
        weights = (Ge(p, 0), Ge(q, 0), Eq(p + q, 1))
        return Rule(said, (u, v, p, q), (*weights, *sided), BENT[name](f(p * u + q * v), p * f(u) + q * f(v)))
    if name in PARITIES:
        return Rule(said, (u,), (), Eq(f(-u), PARITIES[name] * f(u)))
    return Rule(said, (u,), (), SIGNS[name](f(u), 0))


def affine(f: Function, slope: Expr, offset: Expr, label: str = "f") -> Rule:
    """`f(u) = slope u + offset`."""
    return Rule(f"{label} is affine", (u,), (), Eq(f(u), slope * u + offset))


def bounded(f: Function, bound: Expr, label: str = "f") -> Rule:
    """`|f(u)| <= bound`."""
    return Rule(f"{label} is bounded", (u,), (), within(f(u), bound))


def continuous(
    f: Function,
    *distances: Expr,
    label: str = "f",
    more: tuple[Expr, ...] = (),
    given: tuple[Any, ...] = (),
) -> Rule:
    """`|f(v) - f(u)| <= e` for e > 0, where v is no farther from u than each of the distances.

    The distances are terms in u, e and `more` variables, of which more may be `given`; all are positive.
    """
    near = tuple(relation for d in distances for relation in parts(within(v - u, d)))
    return Rule(f"{label} is continuous", (u, v, e, *more), (Gt(e, 0), *given, *near), within(f(v) - f(u), e))


def unbounded(f: Function, sign: Function, point: Function, label: str = "f") -> Rule:
    """`|f|` exceeds every u at a point: `sign f(point) > u`, where the sign is a number from -1 to 1."""
    return Rule(
        f"{label} is unbounded",
        (u,),
        (),
        And(*parts(within(sign(u), sp.S.One)), Gt(sign(u) * f(point(u)), u)),
    )


def fact(name: str, *relations: Any) -> Rule:
    """That numbers are related, as a hypothesis."""
    return Rule(name, (), (), And(*relations))


def theorem(
    statement: Rule, hypotheses: tuple[Hypothesis, ...], *steps: Step, lemmas: tuple[Step, ...] = ()
) -> Theorem:
    """From the hypotheses, and lemmas first, the statement by the steps; the last one concludes it."""
    return Theorem(hypotheses, statement, (*lemmas, Lemma(statement, steps)))


def concluded(goal: Any, *because: Any) -> tuple[Step, ...]:
    """The step by which a relation follows linearly from others; none where it is the last one of them."""
    return () if because == (goal,) else (Linear(because, goal),)


def joined(*each: tuple[Any, tuple[Any, ...]]) -> tuple[Step, ...]:
    """Several relations, each by its reasons, and then all of them as one."""
    steps = [step for relation, because in each if because != () for step in concluded(relation, *because)]
    return (*steps, Both(tuple(relation for relation, _ in each)))


_y, _z, _a, _b = sp.symbols("y z alpha beta", real=True)
_UP = (Scaled(Ge(_z, -_b), _a - _y), Scaled(Le(_z, _b), _a + _y))
_DOWN = (Scaled(Le(_z, _b), _a - _y), Scaled(Ge(_z, -_b), _a + _y))

SMALL_PRODUCT: Final = Lemma(
    Rule(
        "|y| <= alpha and |z| <= beta make |y z| <= alpha beta",
        (_y, _z, _a, _b),
        (*parts(within(_y, _a)), *parts(within(_z, _b))),
        within(_y * _z, _a * _b),
    ),
    (
        *_UP,
        Linear(tuple(step.then for step in _UP), Le(_y * _z, _a * _b)),
        *_DOWN,
        Linear(tuple(step.then for step in _DOWN), Ge(_y * _z, -_a * _b)),
        Both((Ge(_y * _z, -_a * _b), Le(_y * _z, _a * _b))),
    ),
)
"""What bounds two numbers bounds their product."""
