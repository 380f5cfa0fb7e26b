"""`ordering prove --check FILE`: derivations that were saved are checked in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ordering.checking import claim_and_steps
from ordering.checking.saving import read
from ordering.cli import main
from ordering.errors import InvalidArgument


def saved(function: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["prove", function, "--json"])
    assert result.exit_code == 0, result.output
    data: dict[str, Any] = json.loads(result.output)
    return data


def checked(tmp_path: Path, data: object) -> tuple[int, str]:
    file = tmp_path / "derivation.json"
    file.write_text(json.dumps(data))
    result = CliRunner().invoke(main, ["prove", "--check", str(file)])
    return result.exit_code, result.output


def test_a_saved_derivation_is_accepted_in_a_fresh_process(tmp_path: Path) -> None:
    file = tmp_path / "tanhshrink.json"
    file.write_text(json.dumps(saved("tanhshrink")))
    command = [sys.executable, "-m", "ordering", "prove", "--check", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accepted: f(x) = x - tanh(x) is strictly increasing" in done.stdout


def test_a_derivation_without_a_step_is_rejected_with_the_reason(tmp_path: Path) -> None:
    data = saved("relu")
    steps = data["findings"]["convex"]["derivation"]["steps"]
    del steps[1]
    code, output = checked(tmp_path, data)
    assert code == 1
    assert "rejected: f(x) = Max(0, x) is convex" in output
    assert "nothing is said of the point 0" in output
    assert "accepted: f(x) = Max(0, x) is nondecreasing" in output


def test_one_derivation_may_stand_alone(tmp_path: Path) -> None:
    derivation = saved("relu")["findings"]["convex"]["derivation"]
    assert checked(tmp_path, derivation)[0] == 0
    derivation["of"]["question"] = "strictly_increasing"
    assert checked(tmp_path, derivation)[0] == 1


@pytest.mark.parametrize("data", [{}, [], 3, {"findings": {}}, {"steps": 1}, {"of": {}, "steps": []}])
def test_a_file_without_a_derivation_is_malformed(tmp_path: Path, data: object) -> None:
    assert checked(tmp_path, data)[0] == 2


def test_text_that_is_no_json_is_malformed(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("{")
    assert CliRunner().invoke(main, ["prove", "--check", str(file)]).exit_code == 2
    assert CliRunner().invoke(main, ["prove"]).exit_code == 2
    assert CliRunner().invoke(main, ["prove", "relu", "--check", str(file)]).exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "Symbol('y')",
        "Symbol('x')",
        "Integer(1).__class__",
        "open('x')",
        "lambda: 1",
        "Integer(10**99)",
        f"Integer({10**61})",
        "exp(Symbol('x', real=True), evaluate=False)",
        "(" * 400 + "pi" + ")" * 400 + "+",
        "Derivative(Symbol('x', real=True))",
        "Pow(pi)",
        "Pow(Pow(Pow(Integer(9), Integer(1000)), Integer(1000)), Integer(1000))",
        "floor(exp(Integer(100000000)))",
        "'x'",
        "x" * 30_000,
        "sin(" * 200 + "Symbol('x', real=True)" + ")" * 200,
    ],
)
def test_the_reader_evaluates_nothing(text: str) -> None:
    with pytest.raises(InvalidArgument):
        read(text)


def test_fields_of_the_wrong_kind_are_malformed() -> None:
    derivation = saved("relu")["findings"]["convex"]["derivation"]
    kinds = [step["is"] for step in derivation["steps"]]
    for kind, field, value in (
        ("Piece", "expression", 3),
        ("Piece", "low", {"expression": "oo"}),
        ("Piece", "is", "Nothing"),
        ("Sign", "signs", ["a"]),
        ("Sign", "reason", {"is": "Claim"}),
        ("Comparison", "sign", "1"),
    ):
        wrong = json.loads(json.dumps(derivation))
        wrong["steps"][kinds.index(kind)][field] = value
        with pytest.raises(InvalidArgument):
            claim_and_steps(wrong)


def test_the_checker_loads_neither_prover_nor_torch() -> None:
    code = "import sys, ordering.checking; print(*(m for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    loaded = set(done.stdout.split())
    assert "ordering.checking.checker" in loaded
    assert not loaded & {
        "torch",
        "ordering.reals",
        "ordering.evidence",
        "ordering.activation",
        "ordering.catalogue",
    }
