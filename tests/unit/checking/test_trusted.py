"""The checker asks sympy for no mathematics: no derivative, limit or simplification is taken on trust."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ordering import checking

FOLDER = Path(checking.__file__).parent
MATHEMATICS = {
    "diff", "integrate", "limit", "series", "solve", "solveset", "simplify", "nsimplify", "trigsimp",
    "expand_trig", "factorint", "is_increasing", "minimal_polynomial", "evalf", "N", "is_real",
    "is_nonnegative", "equals", "doit",
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.stem)
def test_no_mathematics_of_sympys_is_used(file: Path) -> None:
    tree = ast.parse(file.read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & MATHEMATICS
