"""Vocabulary of the theorems about windows: running maxima, sums and means of n elements, as rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.theorems import Congruent, Induction, Lemma, Linear, Rule, Split, Step, Use, at_n

n: Final = sp.Symbol("n", integer=True)
"""How many elements there are so far."""
FROM_ONE: Final = sp.Ge(n, 1)
Sequence = Callable[[Expr], Expr]
"""A sequence: what it is at a whole number."""


@dataclass(frozen=True)
class Extreme:
    """`of(n)` is the largest (sign 1) or smallest (-1) of `element(1), ..., element(n)`."""

    of: Sequence
    element: Sequence
    sign: int = 1

    @property
    def first(self) -> Rule:
        """Of one element."""
        return Rule(f"{self.of(n)} starts", (), (), sp.Eq(self.of(1), self.element(1)))

    @property
    def stays(self) -> Rule:
        """Where the next element goes no further."""
        no_further = _beyond(-self.sign)(self.element(n + 1), self.of(n))
        return Rule(f"{self.of(n)} stays", (n,), (FROM_ONE, no_further), sp.Eq(self.of(n + 1), self.of(n)))

    @property
    def moves(self) -> Rule:
        """Where the next element goes at least as far."""
        further = _beyond(self.sign)(self.element(n + 1), self.of(n))
        return Rule(
            f"{self.of(n)} moves", (n,), (FROM_ONE, further), sp.Eq(self.of(n + 1), self.element(n + 1))
        )

    @property
    def rules(self) -> tuple[Rule, Rule, Rule]:
        """What defines it."""
        return self.first, self.stays, self.moves

    @property
    def keeps(self) -> Lemma:
        """It never goes back: `of(n + 1)` lies at or beyond `of(n)`."""
        return self._reaches("keeps what it has", self.of(n))

    @property
    def covers(self) -> Lemma:
        """`of(n + 1)` lies at or beyond the next element."""
        return self._reaches("covers the next element", self.element(n + 1))

    def _reaches(self, what: str, bound: Expr) -> Lemma:
        goal = _beyond(self.sign)(self.of(n + 1), bound)
        before, after = self.of(n), self.element(n + 1)
        order = (sp.Gt(before, after), sp.Le(before, after))
        staying, moving = order if self.sign > 0 else order[::-1]
        cases: list[tuple[Step, ...]] = []
        for rule, assumed, new in ((self.stays, staying, before), (self.moves, moving, after)):
            because = (rule.then,) if new == bound else (rule.then, assumed)
            cases.append((Use(rule, (n,)), Linear(because, goal)))
        return Lemma(Rule(f"{before} {what}", (n,), (FROM_ONE,), goal), (by_order(self, goal, *cases),))


def _beyond(sign: int) -> Any:
    return sp.Ge if sign > 0 else sp.Le


def by_order(extreme: Extreme, goal: Any, staying: tuple[Step, ...], moving: tuple[Step, ...]) -> Split:
    """Whether the next element goes no further, or it does."""
    cases = (staying, moving) if extreme.sign > 0 else (moving, staying)
    return Split(extreme.of(n), extreme.element(n + 1), *cases, goal)


def total(of: Sequence, element: Sequence) -> tuple[Rule, Rule]:
    """`of(n)` is the sum of the first n elements."""
    return (
        Rule(f"{of(n)} starts", (), (), sp.Eq(of(1), element(1))),
        Rule(f"{of(n)} adds", (n,), (FROM_ONE,), sp.Eq(of(n + 1), of(n) + element(n + 1))),
    )


def mean(of: Sequence, element: Sequence) -> tuple[Rule, Rule]:
    """`of(n)` is the mean of the first n elements."""
    return (
        Rule(f"{of(n)} starts", (), (), sp.Eq(of(1), element(1))),
        Rule(
            f"{of(n)} is the mean",
            (n,),
            (FROM_ONE,),
            sp.Eq((n + 1) * of(n + 1), n * of(n) + element(n + 1)),
        ),
    )


def exchanged(goal: Rule, f: Sequence, monotone: Rule, inner: Extreme, outer: Extreme) -> Induction:
    """`f(inner(n)) = outer(n)`, where a monotone f takes the order of elements to that of their images."""
    m, e = inner.of(n), inner.element(n + 1)

    def case(rule: Rule, image: Rule, new: Expr) -> tuple[Step, ...]:
        above = (rule == inner.stays) == (inner.sign > 0)
        ordered = Use(monotone, (e, m) if above else (m, e))
        equation = sp.Eq(f(inner.of(n + 1)), f(new))
        last = (image.then, equation, *((goal.then,) if new == m else ()))
        return (
            Use(rule, (n,)),
            ordered,
            Linear((ordered.then, goal.then), image.given[1]),
            Use(image, (n,)),
            Congruent(rule.then, equation),
            Linear(last, sp.Eq(f(inner.of(n + 1)), outer.of(n + 1))),
        )

    first = sp.Eq(f(inner.of(1)), f(inner.element(1)))
    return Induction(
        goal,
        1,
        (
            Congruent(inner.first.then, first),
            Linear((first, outer.first.then), sp.Eq(f(inner.of(1)), outer.of(1))),
        ),
        (
            by_order(
                inner,
                sp.Eq(f(inner.of(n + 1)), outer.of(n + 1)),
                case(inner.stays, outer.stays, m),
                case(inner.moves, outer.moves, e),
            ),
        ),
    )


__all__ = ["FROM_ONE", "Extreme", "at_n", "by_order", "exchanged", "mean", "n", "total"]
