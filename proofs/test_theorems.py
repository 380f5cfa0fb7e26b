"""Every theorem in this folder is checked step by step, and every step's mutant is rejected."""

from __future__ import annotations

import importlib.util
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sympy import Eq, Ge, Gt, Not, Rational

from ordering import rendering
from ordering.evidence import Derivation, Step
from ordering.reals.claims import Entailment, Family, Greater, Identity, Induction, SignFactor

FILES = sorted(
    path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith(("test_", "conftest"))
)


def _theorems(path: Path) -> tuple[Derivation, ...]:
    spec = importlib.util.spec_from_file_location(f"proofs_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    theorems: tuple[Derivation, ...] = module.THEOREMS
    return theorems


STEPS = [
    pytest.param(step, id=f"{path.stem}-{number}.{place}")
    for path in FILES
    for number, theorem in enumerate(_theorems(path), 1)
    for place, step in enumerate(theorem.steps, 1)
]


SEVENTH = Rational(1, 7)


def mutant(step: Any) -> Any:
    """A wrong variant of a step, which its check must reject."""
    if isinstance(step, Identity):
        return replace(step, right=step.right + SEVENTH)
    if isinstance(step, SignFactor):
        return replace(step, factor=step.factor + SEVENTH)
    if isinstance(step, Greater):
        return replace(step, larger=step.smaller, smaller=step.larger)
    if isinstance(step, Family):
        return replace(step, condition=Not(step.condition))
    if isinstance(step, Induction):
        return replace(step, statement=step.statement.func(step.statement.lhs, step.statement.rhs + SEVENTH))
    assert isinstance(step, Entailment)
    goal = step.goal
    if isinstance(goal, Eq):
        return replace(step, goal=Eq(goal.lhs, goal.rhs + SEVENTH))
    return replace(
        step, goal=goal.func(goal.lhs, goal.rhs + (SEVENTH if isinstance(goal, (Ge, Gt)) else -SEVENTH))
    )


@pytest.mark.parametrize("step", STEPS)
def test_step_holds_and_its_mutant_is_rejected(step: Step) -> None:
    assert step.check()
    assert not mutant(step).check()


@pytest.mark.parametrize("step", STEPS)
def test_step_is_data(step: Step) -> None:
    assert step.why
    assert pickle.loads(pickle.dumps(step)).check()  # noqa: S301 - our own bytes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_states_its_theorem_and_has_steps(path: Path) -> None:
    theorems = _theorems(path)
    assert theorems
    assert all(theorem.claim and theorem.steps for theorem in theorems)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_theorem_renders(path: Path) -> None:
    for theorem in _theorems(path):
        ElementTree.fromstring(rendering.mathml(theorem))
        latex = rendering.latex(theorem)
        assert latex.count(r" \\") == len(theorem.steps) - 1
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert len(rendering.text(theorem).splitlines()) == len(theorem.steps) + 1
