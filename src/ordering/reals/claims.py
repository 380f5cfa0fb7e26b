"""Steps for theorems with symbols: identities, linear entailments, factors of known sign, inequalities.

`Entailment` is decided by Fourier-Motzkin elimination with exact rationals: complete for linear real
arithmetic, and small enough to read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.enclosures.balls import sign_of
from ordering.reals.cuts import Exact
from ordering.reals.proving import prove
from ordering.reals.rewriting import normal
from ordering.reals.signs import Signs
from ordering.reals.tower import Tower

Constraint: TypeAlias = tuple[dict[Expr, Any], bool]
"""`sum c v + c_1 >= 0` as {v: c, 1: c_1}, and whether it is strict."""


@dataclass(frozen=True)
class Identity:
    """`left = right` for all values of their symbols; integrals and derivatives are written unevaluated."""

    left: Expr
    right: Expr
    why: str

    def check(self) -> bool:
        """Evaluate both sides, and compare in normal form."""
        difference = (self.left - self.right).doit()
        return bool(sp.simplify(difference) == 0 or sp.simplify(sp.expand(difference.rewrite(sp.Abs))) == 0)


@dataclass(frozen=True)
class Entailment:
    """From the hypotheses follows the goal: linear (in)equalities between real numbers."""

    hypotheses: tuple[Any, ...]
    goal: Any
    why: str

    def check(self) -> bool:
        """The hypotheses are consistent, and impossible together with each way in which the goal may fail."""
        given = [c for h in self.hypotheses for c in _constraints(h)]
        return possible(given) and all(not possible([*given, c]) for c in _negations(self.goal))


def _linear(expression: Expr) -> dict[Expr, Any]:
    coefficients = dict(sp.expand(expression).as_coefficients_dict())
    if any(not c.is_Rational for c in coefficients.values()):
        raise ValueError(f"{expression} is not linear with rational coefficients")
    return coefficients


def _constraints(relation: Any) -> list[Constraint]:
    forward, backward = _linear(relation.lhs - relation.rhs), _linear(relation.rhs - relation.lhs)
    if isinstance(relation, sp.Eq):
        return [(forward, False), (backward, False)]
    strict = isinstance(relation, (sp.Gt, sp.Lt))
    return [(forward if isinstance(relation, (sp.Ge, sp.Gt)) else backward, strict)]


def _negations(goal: Any) -> list[Constraint]:
    """The constraints of which one holds exactly when the goal fails."""
    above, below = _linear(goal.lhs - goal.rhs), _linear(goal.rhs - goal.lhs)
    if isinstance(goal, sp.Eq):
        return [(above, True), (below, True)]
    failed = below if isinstance(goal, (sp.Ge, sp.Gt)) else above
    return [(failed, isinstance(goal, (sp.Ge, sp.Le)))]


def possible(constraints: list[Constraint]) -> bool:
    """Whether some real values satisfy all constraints: Fourier-Motzkin elimination.

    >>> a, b = sp.symbols("a b")
    >>> possible([({a: 1, b: -1}, True), ({b: 1, a: -1}, False)])    # a > b and b >= a
    False
    """
    pending = list(constraints)
    while variables := {v for c, _ in pending for v in c if v != 1}:
        v = min(variables, key=str)
        lower = [(c, s) for c, s in pending if c.get(v, 0) > 0]
        upper = [(c, s) for c, s in pending if c.get(v, 0) < 0]
        pending = [(c, s) for c, s in pending if c.get(v, 0) == 0]
        for low, strict_low in lower:
            for high, strict_high in upper:
                # v >= -(rest of low) / c and v <= (rest of high) / -c: eliminate v between them.
                p, q = low[v], -high[v]
                joined = {k: low.get(k, 0) * q + high.get(k, 0) * p for k in {*low, *high} - {v}}
                joined = {k: c for k, c in joined.items() if c != 0 or k == 1}
                pending.append((joined, strict_low or strict_high))
    return all((c.get(sp.S.One, 0) > 0) or (c.get(sp.S.One, 0) == 0 and not s) for c, s in pending)


@dataclass(frozen=True)
class Induction:
    """A statement for every whole number from `start` on: its first instance, and the step from n to n + 1.

    `statement` is a relation in the variable; `base` are relations from which the first instance follows.
    The step is taken in each of the `cases`: relations that hold there, of which the first says when.  Two
    cases start with `u >= v` and `v >= u`, so that one of them applies; one case always does.
    """

    variable: Expr
    start: int
    statement: Any
    base: tuple[Any, ...]
    cases: tuple[tuple[Any, ...], ...]
    why: str

    def check(self) -> bool:
        """The first instance follows from the base, and the next from this one in every case, linearly."""
        first = self.statement.subs(self.variable, self.start)
        after = self.statement.subs(self.variable, self.variable + 1)
        return (
            self._exhaustive()
            and self.statement.has(self.variable)
            and Entailment(self.base, first, self.why).check()
            and all(Entailment((self.statement, *case), after, self.why).check() for case in self.cases)
        )

    def _exhaustive(self) -> bool:
        if len(self.cases) != 2:
            return len(self.cases) == 1
        one, other = (case[0] for case in self.cases)
        return isinstance(one, sp.Ge) and isinstance(other, sp.Ge) and one.args == other.args[::-1]


@dataclass(frozen=True)
class SignFactor:
    """`expression = factor * definite` on an interval, and `definite` is positive there.

    So the expression has the sign of the factor, which holds the parameters: `>= 0` on the interval if and
    only if the factor is.
    """

    expression: Expr
    factor: Expr
    definite: Expr
    low: Expr
    high: Expr
    why: str

    def check(self) -> bool:
        """Multiply out, and decide the sign of the definite part again."""
        if sp.simplify((self.expression - self.factor * self.definite).doit()) != 0:
            return False
        tower = Tower([self.definite])
        fraction = tower.fraction(normal(self.definite))
        return Signs(tower, Exact(self.low), Exact(self.high)).of(fraction).taken == frozenset({1})


@dataclass(frozen=True)
class Greater:
    """`larger > smaller` between closed forms, by rigorous enclosures."""

    larger: Expr
    smaller: Expr
    why: str

    def check(self) -> bool:
        """Enclose both again."""
        return sign_of(self.larger - self.smaller) == 1


@dataclass(frozen=True)
class Family:
    """Instances of a parametric theorem: at each of the parameters, `prove` answers as the condition says.

    `member` is the function in `ordering.x` and the `symbols`, `condition` a relation between the symbols.
    The instances prove nothing about other parameters: the steps before do, with the parameters as symbols.
    """

    claim: str
    member: Expr
    symbols: tuple[Expr, ...]
    condition: Any
    question: str
    parameters: tuple[tuple[Expr, ...], ...]
    why: str

    def instances(self) -> Iterator[tuple[Expr, bool]]:
        """The function at each of the parameters, and the answer that the condition gives."""
        for values in self.parameters:
            at = dict(zip(self.symbols, values, strict=True))
            yield self.member.subs(at), bool(self.condition.subs(at))

    def check(self) -> bool:
        """The general prover gives the theorem's answer at every sample."""
        found = [
            prove(function).finding(self.question).holds is answer for function, answer in self.instances()
        ]
        return bool(found) and all(found)
