"""Theorems about uninterpreted functions: does the statement follow from the hypotheses by the steps?

A hypothesis, a lemma and the statement are rules: for all values of the variables, the given relations imply
the last one.  Functions such as `f(v)` and sequences such as `X(n)` are symbols of which nothing is known but
the rules, so what is proved holds for every function and every sequence.  A step may use only hypotheses and
what earlier steps concluded, every step and every hypothesis must be used, and the last step concludes the
statement.  Variables that are whole numbers are sympy symbols with `integer=True`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import sympy as sp
from sympy import Expr
from sympy.core.function import AppliedUndef

from ordering.checking.algebra import same
from ordering.checking.deriving import derivative
from ordering.checking.facts import Facts
from ordering.checking.growth import limit_near
from ordering.checking.linear import RELATIONS, constraints, entails, possible
from ordering.checking.points import infinite, sign_of_number
from ordering.checking.reading import read_off
from ordering.checking.records import Number, Rejected
from ordering.checking.rules import (
    Area,
    Both,
    Cancelled,
    Congruent,
    Hypothesis,
    Induction,
    Integral,
    Lemma,
    Linear,
    Rule,
    Scaled,
    Split,
    Step,
    Use,
    at_n,
    parts,
)
from ordering.enclosures.budget import OutOfTime, Undecided

__all__ = [
    "Area",
    "Both",
    "Cancelled",
    "Congruent",
    "Hypothesis",
    "Induction",
    "Integral",
    "Lemma",
    "Linear",
    "Rule",
    "Scaled",
    "Split",
    "Step",
    "Theorem",
    "Use",
    "at_n",
    "parts",
    "refusal",
]

_FAILURES: Final = (ArithmeticError, AttributeError, NotImplementedError, TypeError, ValueError)
"""What sympy raises on data that is no relation."""


@dataclass(frozen=True)
class Theorem:
    """From the hypotheses follows the statement; the last step proves it."""

    hypotheses: tuple[Hypothesis, ...]
    statement: Rule
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """What the statement is called."""
        return self.statement.name

    def refusal(self) -> str:
        """Why the steps do not prove the statement; empty where they do."""
        return refusal(self)

    def check(self) -> bool:
        """Whether the steps prove the statement."""
        return not self.refusal()


@dataclass
class _Scope:
    """What is known at a place in a proof, and which of it was used, shared with the scopes around."""

    rules: tuple[Rule, ...] = ()
    facts: tuple[Any, ...] = ()
    areas: tuple[Area, ...] = ()
    used: set[Any] = field(default_factory=set)

    def with_facts(self, facts: Iterable[Any], rules: Iterable[Rule] = ()) -> _Scope:
        """A scope inside this one, in which these are known too."""
        facts = (part for fact in facts for part in parts(fact))
        return _Scope((*self.rules, *rules), (*self.facts, *facts), self.areas, self.used)

    def know(self, relation: Any) -> None:
        """That a relation is among the facts, or true by itself."""
        for part in parts(relation):
            if part in self.facts:
                self.used.add(part)
            elif part != sp.true and not entails((), part):
                raise Rejected(f"nothing before says that {part}")

    def follows(self, relation: Any) -> bool:
        """Whether a relation is true by itself, or follows from one fact."""
        if relation == sp.true or relation in self.facts:
            self.used.add(relation)
            return True
        if not isinstance(relation, RELATIONS):
            return False
        linear = [(fact,) for fact in self.facts if isinstance(fact, RELATIONS)]
        because = next((known for known in ((), *linear) if entails(known, relation)), None)
        self.used.update(because or ())
        return because is not None

    def fresh(self, variables: tuple[Expr, ...]) -> None:
        """That nothing is known of these variables."""
        bound: set[Any] = {v for fact in self.facts for v in fact.free_symbols}
        bound |= {area.symbol for area in self.areas}
        for rule in self.rules:
            inside = {s for r in (*rule.given, rule.then) for s in r.free_symbols}
            bound |= inside - set(rule.variables)
        if len(set(variables)) != len(variables) or bound & set(variables):
            raise Rejected(f"{variables} are not arbitrary: something is known of them")


def refusal(theorem: Theorem) -> str:
    """Why the steps of a theorem do not prove its statement; empty where they do."""
    try:
        _theorem(theorem)
    except OutOfTime:
        raise
    except (Rejected, Undecided) as rejected:
        return str(rejected)
    except _FAILURES as failure:
        return f"a step could not be checked: {type(failure).__name__}: {failure}"
    return ""


def _theorem(theorem: Theorem) -> None:
    areas = tuple(h for h in theorem.hypotheses if isinstance(h, Area))
    given = [h for h in theorem.hypotheses if isinstance(h, Rule)]
    for rule in (*given, theorem.statement):
        _well_formed(rule)
    for area in areas:
        if not area.symbol.is_Symbol or area.symbol != _real(area.symbol):
            raise Rejected(f"{area.symbol} must be a plain real symbol")
    if theorem.statement.then in (sp.true, sp.false):
        raise Rejected("the statement says nothing")
    if not theorem.steps:
        raise Rejected("there are no steps")
    last = theorem.steps[-1]
    if not isinstance(last, Lemma | Induction) or last.rule != theorem.statement:
        raise Rejected("the last step does not conclude the statement")
    if len(set(theorem.hypotheses)) != len(theorem.hypotheses) or len({a.symbol for a in areas}) != len(
        areas
    ):
        raise Rejected("a hypothesis stands twice")
    linear = [relation for relation in theorem.statement.given if not isinstance(relation, sp.Ne)]
    if not possible([c for relation in linear for c in constraints(relation)]):
        raise Rejected("what the statement assumes is impossible")
    facts = [part for h in given if not h.variables and not h.given for part in parts(h.then)]
    rules = [h for h in given if h.variables or h.given]
    scope = _Scope(areas=areas).with_facts(facts, rules)
    _steps(theorem.steps, scope, last.rule)
    for idle in (*facts, *rules, *areas):
        if idle not in scope.used:
            raise Rejected(f"nothing rests on the hypothesis {getattr(idle, 'name', idle)}")


def _well_formed(rule: Rule) -> None:
    for variable in rule.variables:
        if not (variable.is_Symbol and variable in (_real(variable), _whole(variable))):
            raise Rejected(f"{variable} is not a plain real or whole variable")
    for relation in (*rule.given, rule.then):
        _understood(relation)


def _real(symbol: Expr) -> Expr:
    return sp.Symbol(symbol.name, real=True)


def _whole(symbol: Expr) -> Expr:
    return sp.Symbol(symbol.name, integer=True)


def _understood(relation: Any) -> None:
    """That it relates polynomials in symbols and uninterpreted functions: no quotient may hide a zero."""
    if isinstance(relation, sp.And):
        for part in relation.args:
            _understood(part)
        return
    if relation == sp.true:
        return
    if not isinstance(relation, (*RELATIONS, sp.Ne)):
        raise Rejected(f"{relation} is no equation or inequality")
    for side in relation.args:
        _terms(side)


def _terms(e: Expr) -> None:
    for part in sp.preorder_traversal(e):
        if not _is_term(part):
            raise Rejected(f"{part} is not understood")


def _is_term(part: Expr) -> bool:
    if part.is_number:
        sign_of_number(part)
        return True
    if isinstance(part, AppliedUndef):
        name = part.func.__name__
        return part.func in (sp.Function(name, real=True), sp.Function(name, integer=True))
    if part.is_Symbol:
        return part in (_real(part), _whole(part))
    return bool(part.is_Add or part.is_Mul or (part.is_Pow and part.exp.is_Integer and part.exp > 0))


def _steps(steps: tuple[Step, ...], scope: _Scope, goal: Any) -> None:
    """Take the steps in order; the last one concludes the goal, and none is idle."""
    if not steps:
        # An empty case: what is assumed in it says the goal already.
        scope.know(goal)
        return
    made: list[Any] = []
    for step in steps:
        found = _taken(step, scope)
        if found in scope.rules or (not isinstance(step, Both) and set(parts(found)) <= set(scope.facts)):
            raise Rejected(f"a step concludes what is known: {found}")
        made.append(found)
        known: tuple[tuple[Any, ...], tuple[Rule, ...]] = ((found,), ())
        scope = scope.with_facts(*(((), (found,)) if isinstance(found, Rule) else known))
    if made[-1] != goal:
        raise Rejected(f"the steps end with {made[-1]}, not with {goal}")
    for found in made[:-1]:
        if not scope.used.intersection(parts(found)):
            raise Rejected(f"nothing rests on {getattr(found, 'name', found)}")


def _taken(step: Step, scope: _Scope) -> Any:
    """Verify one step; what it concludes."""
    if isinstance(step, Lemma):
        _lemma(step.rule, step.steps, scope)
        return step.rule
    if isinstance(step, Induction):
        _induction(step, scope)
        return step.rule
    if isinstance(step, Use):
        _used(step, scope)
    elif isinstance(step, Linear):
        for relation in step.because:
            _understood(relation)
            if relation not in scope.facts:
                raise Rejected(f"nothing before says that {relation}")
            scope.used.add(relation)
        if not entails(step.because, step.then):
            raise Rejected(f"{step.then} does not follow from {step.because}")
        if any(entails([r for r in step.because if r is not out], step.then) for out in step.because):
            raise Rejected(f"{step.then} follows from fewer relations than {step.because}")
    elif isinstance(step, Congruent):
        scope.know(step.because)
        at = {step.because.lhs: step.because.rhs}
        if not isinstance(step.because, sp.Eq) or not isinstance(step.then, sp.Eq):
            raise Rejected(f"{step.because} or {step.then} is no equation")
        if step.then.lhs.xreplace(at) != step.then.rhs.xreplace(at):
            raise Rejected(f"{step.then} is not what replacing by {step.because} gives")
    elif isinstance(step, Scaled):
        scope.know(step.because)
        _terms(step.factor)
        if not isinstance(step.because, RELATIONS):
            raise Rejected(f"{step.because} cannot be multiplied")
        least = sp.Gt if isinstance(step.because, (sp.Gt, sp.Lt)) else sp.Ge
        if not isinstance(step.because, sp.Eq) and not scope.follows(least(step.factor, 0)):
            raise Rejected(f"nothing before says that {step.factor} is not negative")
    elif isinstance(step, Cancelled):
        _cancelled(step, scope)
    elif isinstance(step, Both):
        scope.know(step.then)
        return step.then
    elif isinstance(step, Integral):
        _integral(step, scope)
    elif isinstance(step, Split):
        _terms(step.left)
        _terms(step.right)
        for assumed, steps in step.cases:
            _steps(steps, scope.with_facts((assumed,)), step.then)
    else:
        raise Rejected(f"{type(step).__name__} is no step of a theorem")
    _understood(step.then)
    return step.then


def _used(step: Use, scope: _Scope) -> None:
    if step.rule not in scope.rules:
        raise Rejected(f"nothing before says that {step.rule.name}")
    for variable, value in zip(step.rule.variables, step.values, strict=True):
        if variable.is_integer and not value.is_integer:
            raise Rejected(f"{value} is not known to be a whole number")
        _terms(value)
    given, _ = step.rule.at(step.values)
    for relation in given:
        if not scope.follows(relation):
            raise Rejected(f"{step.rule.name} needs {relation}, which nothing before says")
    scope.used.add(step.rule)


def _cancelled(step: Cancelled, scope: _Scope) -> None:
    scope.know(step.because)
    _terms(step.factor)
    relations = (step.because, step.then)
    if step.because.func is not step.then.func or not isinstance(step.then, RELATIONS):
        raise Rejected(f"{step.then} is no quotient of {step.because}")
    whole, part = (relation.lhs - relation.rhs for relation in relations)
    if sp.expand(step.factor * part - whole) != 0:
        raise Rejected(f"{step.because} is not {step.factor} times {step.then}")
    if scope.follows(sp.Gt(step.factor, 0)):
        return
    unequal = [fact for fact in scope.facts if isinstance(fact, sp.Ne) and isinstance(step.then, sp.Eq)]
    for fact in unequal:
        if sp.expand(fact.lhs - fact.rhs - step.factor) == 0:
            scope.used.add(fact)
            return
    raise Rejected(f"nothing before says that {step.factor} is not zero")


def _integral(step: Integral, scope: _Scope) -> None:
    area = step.of
    if area not in scope.areas:
        raise Rejected(f"nothing before says that {area.symbol} is an integral")
    scope.used.add(area)
    low, high = Number(area.low), Number(area.high)
    # A smooth integrand of one sign, with a smooth antiderivative, has the integral that its limits give.
    for function in (area.integrand, step.antiderivative):
        Facts().smooth(function, low, high)
    if read_off(area.integrand, low, high) not in (frozenset({1}), frozenset({-1})):
        raise Rejected(f"{area.integrand} may change its sign, and have no integral")
    if not same(derivative(step.antiderivative), area.integrand):
        raise Rejected(f"{step.antiderivative} is no antiderivative of {area.integrand}")
    first, last = limit_near(step.antiderivative, low, 1), limit_near(step.antiderivative, high, -1)
    if infinite(Number(first)) or infinite(Number(last)):
        raise Rejected(f"the integral of {area.integrand} is infinite")
    if not same(last - first, step.value):
        raise Rejected(f"the integral is {last - first}, not {step.value}")


def _lemma(rule: Rule, steps: tuple[Step, ...], scope: _Scope) -> None:
    _well_formed(rule)
    scope.fresh(rule.variables)
    if rule in scope.rules:
        raise Rejected(f"{rule.name} is known before")
    _steps(steps, scope.with_facts(rule.given), rule.then)


def _induction(step: Induction, scope: _Scope) -> None:
    rule = step.rule
    _well_formed(rule)
    scope.fresh(rule.variables)
    n = rule.variables[0] if rule.variables else None
    if n is None or not n.is_integer or not rule.given or rule.given[0] != sp.Ge(n, step.start):
        raise Rejected(f"{rule.name} is not about the whole numbers from {step.start} on")
    if not rule.then.has(n):
        raise Rejected(f"{rule.name} says nothing of {n}")
    _lemma(step.instance(sp.Integer(step.start)), step.base, scope)
    known = step.hypothesis
    plain = not known.variables and not known.given
    inside = scope.with_facts((rule.given[0], *((known.then,) if plain else ())), () if plain else (known,))
    _lemma(step.instance(n + 1), step.step, inside)
    if not scope.used.intersection(parts(known.then) if plain else (known,)):
        raise Rejected(f"the step to {n + 1} does not rest on {n}")
