"""Steps for theorems with symbols: identities, linear entailments, factors of known sign, inequalities.

`Entailment` is decided by Fourier-Motzkin elimination with exact rationals: complete for linear real
arithmetic, and small enough to read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.reals.balls import sign_of
from ordering.reals.cuts import Exact
from ordering.reals.proving import prove
from ordering.reals.rewriting import normal
from ordering.reals.signs import Signs
from ordering.reals.steps import mathml_of
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

    def broken(self) -> Identity:
        """Off by 1/7."""
        return replace(self, right=self.right + sp.Rational(1, 7))

    def text(self) -> str:
        """One line."""
        return f"{self.left} = {self.right}"

    def latex(self) -> str:
        """LaTeX."""
        return f"{sp.latex(self.left)} = {sp.latex(self.right)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        return f"<mrow>{mathml_of(self.left)}<mo>=</mo>{mathml_of(self.right)}</mrow>"


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

    def broken(self) -> Entailment:
        """A stronger goal, which does not follow: a strict one, or an equation off by 1/7."""
        if isinstance(self.goal, sp.Eq):
            return replace(self, goal=sp.Eq(self.goal.lhs, self.goal.rhs + sp.Rational(1, 7)))
        margin = sp.Rational(1, 7) if isinstance(self.goal, (sp.Ge, sp.Gt)) else -sp.Rational(1, 7)
        return replace(self, goal=self.goal.func(self.goal.lhs, self.goal.rhs + margin))

    def text(self) -> str:
        """One line."""
        return f"{'; '.join(map(str, self.hypotheses))}  |-  {self.goal}"

    def latex(self) -> str:
        """LaTeX."""
        given = r",\; ".join(sp.latex(h) for h in self.hypotheses)
        return rf"{given} \;\vdash\; {sp.latex(self.goal)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        given = "<mo>,</mo>".join(mathml_of(h) for h in self.hypotheses)
        return f"<mrow>{given}<mo>&#x22A2;</mo>{mathml_of(self.goal)}</mrow>"


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

    def broken(self) -> SignFactor:
        """The factor, off by 1/7."""
        return replace(self, factor=self.factor + sp.Rational(1, 7))

    def text(self) -> str:
        """One line."""
        return (
            f"{self.expression} = ({self.factor}) * ({self.definite}), and {self.definite} > 0 "
            f"on ({self.low}, {self.high})"
        )

    def latex(self) -> str:
        """LaTeX."""
        interval = rf"\left({sp.latex(self.low)}, {sp.latex(self.high)}\right)"
        product = rf"\left({sp.latex(self.factor)}\right) \cdot {sp.latex(self.definite)}"
        positive = rf"{sp.latex(self.definite)} > 0 \text{{ on }} {interval}"
        return rf"{sp.latex(self.expression)} = {product},\quad {positive}"

    def mathml(self) -> str:
        """Presentation MathML."""
        return (
            f"<mrow>{mathml_of(self.expression)}<mo>=</mo><mo>(</mo>{mathml_of(self.factor)}<mo>)</mo>"
            f"<mo>&#x22C5;</mo>{mathml_of(self.definite)}<mo>,</mo>{mathml_of(self.definite)}"
            f"<mo>&gt;</mo><mn>0</mn></mrow>"
        )


@dataclass(frozen=True)
class Comparison:
    """`larger > smaller` between closed forms, by rigorous enclosures."""

    larger: Expr
    smaller: Expr
    why: str

    def check(self) -> bool:
        """Enclose both again."""
        return sign_of(self.larger - self.smaller) == 1

    def broken(self) -> Comparison:
        """The two sides exchanged."""
        return replace(self, larger=self.smaller, smaller=self.larger)

    def text(self) -> str:
        """One line."""
        return f"{self.larger} > {self.smaller}"

    def latex(self) -> str:
        """LaTeX."""
        return f"{sp.latex(self.larger)} > {sp.latex(self.smaller)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        return f"<mrow>{mathml_of(self.larger)}<mo>&gt;</mo>{mathml_of(self.smaller)}</mrow>"


def decision(expression: Expr, question: str) -> bool | None:
    """What the general prover answers."""
    return prove(expression).finding(question).holds


@dataclass(frozen=True)
class Family:
    """A parametric theorem's answer, `condition(parameters)`, against `prove` at chosen parameters."""

    claim: str
    member: Callable[..., Expr]
    condition: Callable[..., bool]
    question: str
    parameters: tuple[tuple[Any, ...], ...]
    why: str
    decide: Callable[[Expr, str], bool | None] = decision

    def check(self) -> bool:
        """The general prover gives the theorem's answer at every sample, on both sides of the condition."""
        return bool(self.parameters) and all(
            self.decide(self.member(*values), self.question) is bool(self.condition(*values))
            for values in self.parameters
        )

    def broken(self) -> Family:
        """The opposite condition."""
        condition = self.condition
        return replace(self, condition=lambda *values: not condition(*values))

    def text(self) -> str:
        """One line."""
        return f"{self.claim}   (confirmed at {len(self.parameters)} parameters)"

    def latex(self) -> str:
        """LaTeX."""
        return rf"\text{{{self.claim.replace('_', ' ').replace('<=>', 'iff')}}}"

    def mathml(self) -> str:
        """Presentation MathML."""
        claim = self.claim.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<mtext>{claim}</mtext>"
