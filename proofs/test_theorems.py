"""Every theorem in this folder is checked step by step, and every step's mutant is rejected."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ordering.evidence import Derivation, Step

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


@pytest.mark.parametrize("step", STEPS)
def test_step_holds_and_its_mutant_is_rejected(step: Step) -> None:
    assert step.check(), step.text()
    assert not step.broken().check(), step.broken().text()


@pytest.mark.parametrize("step", STEPS)
def test_step_renders(step: Step) -> None:
    assert step.text()
    assert step.why
    ElementTree.fromstring(step.mathml())
    latex = step.latex()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_states_its_theorem_and_has_steps(path: Path) -> None:
    theorems = _theorems(path)
    assert theorems
    assert all(theorem.claim and theorem.steps for theorem in theorems)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_theorem_renders_as_a_whole(path: Path) -> None:
    for theorem in _theorems(path):
        ElementTree.fromstring(theorem.mathml())
        assert theorem.latex().count(r" \\") == len(theorem.steps) - 1
