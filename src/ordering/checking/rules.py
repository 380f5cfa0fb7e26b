"""Rules about uninterpreted functions, and the steps of their proofs, as plain data.

A rule holds for all values of its variables.  Functions such as `f(v)` and sequences such as `X(n)` are
symbols of which nothing is known but the rules; variables that are whole numbers have sympy's `integer=True`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy as sp
from sympy import Expr


def parts(relation: Any) -> tuple[Any, ...]:
    """The relations that a conjunction joins."""
    return relation.args if isinstance(relation, sp.And) else (relation,)


@dataclass(frozen=True)
class Rule:
    """For all values of the variables, the given relations imply `then`; `name` is how steps refer to it.

    `then` is a relation, or sympy's `And` of several.
    """

    name: str
    variables: tuple[Expr, ...]
    given: tuple[Any, ...]
    then: Any

    def at(self, values: tuple[Expr, ...]) -> tuple[tuple[Any, ...], Any]:
        """What must hold, and what follows, for these values of the variables."""
        replaced = dict(zip(self.variables, values, strict=True))
        return tuple(g.xreplace(replaced) for g in self.given), self.then.xreplace(replaced)


@dataclass(frozen=True)
class Use:
    """A rule for certain values of its variables."""

    rule: Rule
    values: tuple[Expr, ...] = ()

    @property
    def then(self) -> Any:
        """What follows."""
        return self.rule.at(self.values)[1]


@dataclass(frozen=True)
class Linear:
    """`then` follows linearly from relations that are known."""

    because: tuple[Any, ...]
    then: Any


@dataclass(frozen=True)
class Congruent:
    """Both sides of the equation `then` are one when the left side of `because` is replaced by its right."""

    because: Any
    then: Any


@dataclass(frozen=True)
class Scaled:
    """A known relation times a factor that is not negative (in an equation: any factor)."""

    because: Any
    factor: Expr

    @property
    def then(self) -> Any:
        """Both sides multiplied."""
        return self.because.func(self.factor * self.because.lhs, self.factor * self.because.rhs)


@dataclass(frozen=True)
class Cancelled:
    """`then`, of which `because` is the multiple by a positive factor (in an equation: one that is not 0)."""

    because: Any
    factor: Expr
    then: Any


@dataclass(frozen=True)
class Both:
    """Several known relations as one."""

    parts: tuple[Any, ...]

    @property
    def then(self) -> Any:
        """All of them."""
        return sp.And(*self.parts)


@dataclass(frozen=True)
class Area:
    """A hypothesis: the symbol is the integral of a function of x from `low` to `high`."""

    name: str
    symbol: Expr
    integrand: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Integral:
    """The value of an integral, by an antiderivative."""

    of: Area
    antiderivative: Expr
    value: Expr

    @property
    def then(self) -> Any:
        """The integral's value."""
        return sp.Eq(self.of.symbol, self.value)


@dataclass(frozen=True)
class Split:
    """`then` in both cases: `left > right`, and `left <= right`."""

    left: Expr
    right: Expr
    above: tuple[Step, ...]
    below: tuple[Step, ...]
    then: Any

    @property
    def cases(self) -> tuple[tuple[Any, tuple[Step, ...]], ...]:
        """What is assumed in each case, and its steps."""
        return (
            (sp.Gt(self.left, self.right), self.above),
            (sp.Le(self.left, self.right), self.below),
        )


@dataclass(frozen=True)
class Lemma:
    """A rule: its variables are fixed, its given relations assumed, and the steps end with its conclusion."""

    rule: Rule
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Induction:
    """A rule for every whole number from `start` on, its first variable: the first instance, and the next.

    In `step` the rule is known at n (`hypothesis`), n >= start, and is concluded at n + 1.
    """

    rule: Rule
    start: int
    base: tuple[Step, ...]
    step: tuple[Step, ...]

    @property
    def hypothesis(self) -> Rule:
        """The rule at n, for all values of the other variables."""
        return at_n(self.rule)

    def instance(self, n: Expr) -> Rule:
        """The rule at another whole number."""
        rule, at = self.rule, {self.rule.variables[0]: n}
        given = tuple(g.xreplace(at) for g in rule.given[1:])
        return Rule(f"{rule.name} at {n}", rule.variables[1:], given, rule.then.xreplace(at))


def at_n(rule: Rule) -> Rule:
    """What the step of an induction may use: the rule at its first variable, for all values of the others."""
    return Rule(f"{rule.name} at {rule.variables[0]}", rule.variables[1:], rule.given[1:], rule.then)


Hypothesis: TypeAlias = Rule | Area
Step: TypeAlias = Use | Linear | Congruent | Scaled | Cancelled | Both | Integral | Split | Lemma | Induction
