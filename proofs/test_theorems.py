"""Every theorem in this folder is proved by its steps, and by nothing less; mutants are rejected."""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
import sympy as sp
from sympy import Rational

from ordering import prove, x
from ordering.checking.parametric import NEVER, Difference, Family, ParametricTheorem, Under
from ordering.checking.theorems import Theorem
from ordering.rendering import theorems as rendering

FILES = sorted(
    path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith(("test_", "conftest"))
)
SEVENTH = Rational(1, 7)


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"proofs_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = {path.stem: _module(path) for path in FILES}
ALL: dict[str, Theorem | ParametricTheorem] = {
    f"{name}-{number}": theorem
    for name, module in MODULES.items()
    for number, theorem in enumerate(module.THEOREMS, 1)
}
GENERAL = {name: theorem for name, theorem in ALL.items() if isinstance(theorem, Theorem)}
PARAMETRIC = {name: theorem for name, theorem in ALL.items() if isinstance(theorem, ParametricTheorem)}


def _shortened(steps: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The steps without one of them, at whatever depth."""
    for i, step in enumerate(steps):
        yield (*steps[:i], *steps[i + 1 :])
        for entry in fields(step):
            inner = getattr(step, entry.name)
            if entry.name in ("steps", "base", "step", "above", "below"):
                for fewer in _shortened(inner):
                    yield (*steps[:i], replace(step, **{entry.name: fewer}), *steps[i + 1 :])


def _with(theorem: Theorem | ParametricTheorem, steps: tuple[Any, ...]) -> Theorem | ParametricTheorem:
    if isinstance(theorem, Theorem):
        return replace(theorem, steps=steps)
    return ParametricTheorem(theorem.claim, steps)


def _shifted(relation: Any) -> Any:
    """Another relation: one side moved by a seventh, so that more is claimed."""
    if isinstance(relation, sp.And):
        return sp.And(_shifted(relation.args[0]), *relation.args[1:])
    by = SEVENTH if isinstance(relation, (sp.Ge, sp.Gt, sp.Eq)) else -SEVENTH
    return relation.func(relation.lhs, relation.rhs + by)


def test_every_file_has_theorems_that_are_data() -> None:
    for path in FILES:
        assert MODULES[path.stem].THEOREMS
    for name, theorem in ALL.items():
        assert theorem.refusal() == "", name
        assert pickle.loads(pickle.dumps(theorem)).check()  # noqa: S301 - our own bytes


@pytest.mark.parametrize("name", ALL)
def test_no_step_can_be_left_out(name: str) -> None:
    theorem = ALL[name]
    for fewer in _shortened(theorem.steps):
        assert _with(theorem, fewer).refusal()


@pytest.mark.parametrize("name", GENERAL)
def test_no_hypothesis_can_be_left_out(name: str) -> None:
    theorem = GENERAL[name]
    for i in range(len(theorem.hypotheses)):
        fewer = (*theorem.hypotheses[:i], *theorem.hypotheses[i + 1 :])
        assert replace(theorem, hypotheses=fewer).refusal()


@pytest.mark.parametrize("name", GENERAL)
def test_no_more_can_be_stated(name: str) -> None:
    theorem = GENERAL[name]
    more = replace(theorem.statement, then=_shifted(theorem.statement.then))
    assert replace(theorem, statement=more).refusal()
    last = replace(theorem.steps[-1], rule=more)  # type: ignore[arg-type]
    assert replace(theorem, statement=more, steps=(*theorem.steps[:-1], last)).refusal()


def test_statements_and_steps_cannot_be_exchanged() -> None:
    for one, other in combinations(GENERAL.values(), 2):
        if one.statement != other.statement:
            assert replace(one, statement=other.statement).refusal()
            assert replace(one, steps=other.steps).refusal()
    for mine, its in combinations(PARAMETRIC.values(), 2):
        assert replace(mine, claim=its.claim).refusal()
        # One sign refutes, and two functions may share it: Hardshrink and Softshrink are flat on one piece.
        if mine.claim.family != its.claim.family and mine.claim.when != NEVER:
            assert ParametricTheorem(mine.claim, (*its.steps[:-1], mine.claim)).refusal()


@pytest.mark.parametrize("name", PARAMETRIC)
def test_another_condition_is_rejected(name: str) -> None:
    """A weaker claim too: steps would be idle."""
    theorem = PARAMETRIC[name]
    claim = theorem.claim
    others = [(), (sp.false,), *((_shifted(r), *claim.condition[1:]) for r in claim.condition[:1])]
    others += [(sp.Not(r), *claim.condition[1:]) for r in claim.condition[:1]]
    whens = ("always", "never", "if", "only if", "if and only if")
    for condition in [claim.condition, *others]:
        for when in whens:
            changed = replace(claim, condition=condition, when=when)
            if changed != claim:
                swapped = ParametricTheorem(changed, (*theorem.steps[:-1], changed))
                assert swapped.refusal(), (condition, when)


@pytest.mark.parametrize("name", PARAMETRIC)
def test_another_function_is_rejected(name: str) -> None:
    """Any change to a piece that a step is about: one sign refutes, whatever the other pieces are."""
    theorem = PARAMETRIC[name]
    family = theorem.claim.family
    about: set[int] = set()
    for step in theorem.steps:
        if isinstance(step, Under) and step.piece is not None:
            about.add(step.piece)
        elif isinstance(step, Difference):
            about |= {step.knot, step.knot + 1}
    assert about
    for i in about:
        for other in (-family.pieces[i] - x, family.pieces[i] + sp.exp(x), family.pieces[i] + x**2 + 1):
            pieces = (*family.pieces[:i], other, *family.pieces[i + 1 :])
            claim = replace(theorem.claim, family=replace(family, pieces=pieces))
            assert ParametricTheorem(claim, (*theorem.steps[:-1], claim)).refusal(), other


@pytest.mark.parametrize("name", [name for name, module in MODULES.items() if hasattr(module, "INSTANCES")])
def test_instances_cross_examine_the_theorem(name: str) -> None:
    """The general prover knows nothing of parameters: at each of these it finds what the theorem says."""
    instances: dict[Family, tuple[dict[sp.Expr, sp.Expr], ...]] = MODULES[name].INSTANCES
    theorems = list(MODULES[name].THEOREMS)
    assert {theorem.claim.family for theorem in theorems} == set(instances)
    for family, parameters in instances.items():
        for at in parameters:
            shape = prove(family.expression.subs(at))
            for theorem in theorems:
                if theorem.claim.family == family:
                    assert shape.finding(theorem.claim.question).holds is theorem.claim.holds(at)


@pytest.mark.parametrize("name", ALL)
def test_theorem_renders(name: str) -> None:
    theorem = ALL[name]
    ElementTree.fromstring(rendering.mathml(theorem))
    latex = rendering.latex(theorem)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    text = rendering.text(theorem).splitlines()
    assert len(text) >= len(theorem.steps)
