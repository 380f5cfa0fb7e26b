"""Vocabulary of the theorems about maxima and minima of functions: least upper and greatest lower bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Eq, Expr, Ge, Gt, Le, Lt

from ordering.checking.functions import (
    BENT,
    ORDERED,
    Function,
    concluded,
    e,
    joined,
    p,
    q,
    u,
    v,
)
from ordering.checking.theorems import Linear, Rule, Scaled, Step, Use


@dataclass(frozen=True)
class Part:
    """One of the two: a function of which a property is known, or a constant, which has it by itself."""

    of: Function
    label: str
    known: Rule | None = None

    def at(self, *values: Expr) -> tuple[tuple[Step, ...], tuple[Any, ...]]:
        """Its property at these values: the step, and what it says; nothing of a constant."""
        if self.known is None:
            return (), ()
        used = Use(self.known, values)
        return (used,), (used.then,)


@dataclass(frozen=True)
class Extreme:
    """`of(u)` is the largest (sign 1) or smallest (-1) of two numbers, those of the parts at u."""

    of: Function
    label: str
    two: tuple[Part, Part]
    sign: int

    def beyond(self, number: Expr, other: Expr, strict: bool = False) -> Any:
        """That a number is at least the other one, for a maximum; at most, for a minimum."""
        return ((Gt if strict else Ge) if self.sign > 0 else (Lt if strict else Le))(number, other)

    def inside(self, number: Expr, other: Expr, strict: bool = False) -> Any:
        """The other way around."""
        return ((Lt if strict else Le) if self.sign > 0 else (Gt if strict else Ge))(number, other)

    def reaches(self, part: Part) -> Rule:
        """It is no less than a part, for a maximum."""
        word = "at least" if self.sign > 0 else "at most"
        return Rule(f"{self.label} is {word} {part.label}", (u,), (), self.beyond(self.of(u), part.of(u)))

    def least(self, strict: bool = False) -> Rule:
        """What is no less than both parts is no less than the maximum; `strict`: what is more than both."""
        word = (
            ("less" if self.sign > 0 else "more") if strict else ("at most" if self.sign > 0 else "at least")
        )
        both = " and ".join(part.label for part in self.two)
        than = " than" if strict else ""
        return Rule(
            f"{self.label} is {word}{than} what {both} are {word}{than}",
            (u, v),
            tuple(self.inside(part.of(u), v, strict) for part in self.two),
            self.inside(self.of(u), v, strict),
        )

    def rules(self, strict: bool = False) -> tuple[Rule, ...]:
        """What defines it."""
        return (*map(self.reaches, self.two), self.least(strict))

    def known(self) -> tuple[Rule, ...]:
        """What is known of the parts."""
        return tuple(part.known for part in self.two if part.known is not None)

    # Each of the following are the steps by which the extreme has the property that its parts have.

    def keeps_order(self, name: str) -> tuple[Step, ...]:
        """Monotone, at u and v: the end with the smaller images is not beyond the other one."""
        _, after = ORDERED[name]
        strict = after in (Lt, Gt)
        low, high = (u, v) if after in (Le, Lt) else (v, u)
        here, there = (low, high) if self.sign > 0 else (high, low)
        steps: list[Step] = []
        for part in self.two:
            own, said = part.at(u, v)
            reached = Use(self.reaches(part), (there,))
            goal = self.inside(part.of(here), self.of(there), strict)
            steps += [*own, reached, *(concluded(goal, *said, reached.then) if own else ())]
        last = Use(self.least(strict), (here, self.of(there)))
        return (*steps, last, *concluded(after(self.of(u), self.of(v)), last.then))

    def keeps_bend(self, name: str) -> tuple[Step, ...]:
        """Convex, of a maximum, or concave, of a minimum: at the mean each part is inside."""
        mean = p * self.of(u) + q * self.of(v)
        steps: list[Step] = []
        for part in self.two:
            own, said = part.at(u, v, p, q)
            ends = [Use(self.reaches(part), (end,)) for end in (u, v)]
            weighed = [Scaled(end.then, weight) for end, weight in zip(ends, (p, q), strict=True)]
            goal = BENT[name](part.of(p * u + q * v), mean)
            steps += [*own, *ends, *weighed, *concluded(goal, *said, *(each.then for each in weighed))]
        return (*steps, Use(self.least(), (p * u + q * v, mean)))

    def keeps_even(self) -> tuple[Step, ...]:
        """Even: neither of the values at u and -u is beyond the other one."""
        steps: list[Step] = []
        lasts = []
        for part in self.two:
            steps += part.at(u)[0]
        for here, there in ((-u, u), (u, -u)):
            for part in self.two:
                said = part.at(u)[1]
                reached = Use(self.reaches(part), (there,))
                goal = self.inside(part.of(here), self.of(there))
                steps += [reached, *(concluded(goal, *said, reached.then) if said else ())]
            lasts.append(Use(self.least(), (here, self.of(there))))
            steps.append(lasts[-1])
        equal = Eq(self.of(-u), self.of(u))
        return (*steps, Linear(tuple(last.then for last in lasts), equal))

    def keeps_near(self) -> tuple[Step, ...]:
        """Continuous: the value at each of u and v exceeds that at the other one by at most e."""
        steps: list[Step] = []
        ends = []
        for part in self.two:
            steps += part.at(u, v, e)[0]
        for here, there in ((u, v), (v, u)):
            farthest = self.of(there) + self.sign * e
            for part in self.two:
                reached = Use(self.reaches(part), (there,))
                move = part.of(v) - part.of(u)
                near = Gt(e, 0)
                if part.known is not None:
                    # The value here is inside the one there, and e more.
                    near = Ge(move, -e) if (here == u) == (self.sign > 0) else Le(move, e)
                goal = self.inside(part.of(here), farthest)
                steps += [reached, Linear((near, reached.then), goal)]
            ends.append(Use(self.least(), (here, farthest)))
            steps.append(ends[-1])
        moved = self.of(v) - self.of(u)
        first, second = (end.then for end in (ends if self.sign > 0 else ends[::-1]))
        return (*steps, *joined((Ge(moved, -e), (first,)), (Le(moved, e), (second,))))
