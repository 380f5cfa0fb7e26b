"""`ordering certify`: what it prints, writes and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch.nn.functional as F
from click.testing import CliRunner, Result
from torch import Tensor

from ordering import this_machine
from ordering.cli import main

pytestmark = pytest.mark.machine


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["certify", *arguments], catch_exceptions=False)


def test_a_certificate_is_printed_for_people(
    tmp_path: Path, both_codes: Callable[[Callable[[Tensor], Tensor]], tuple[Tensor, Tensor, Tensor]]
) -> None:
    result = run("gelu", "--dtype", "float16", "--store", str(tmp_path))
    assert result.exit_code == 0
    assert "63,490, every value from -inf to inf" in result.output
    assert "drops between neighbours" in result.output
    # gelu is NaN at -inf, where zero meets infinity, and on some CPUs' vector code at inf as well.
    values, vector, scalar = both_codes(F.gelu)
    nan = vector.isnan() | scalar.isnan()
    assert f"{int(nan.sum())} inputs give NaN, the first {float(values[nan][0])}" in result.output
    assert len(list(tmp_path.iterdir())) == 1


def test_json_holds_one_certificate_for_each_dtype(tmp_path: Path) -> None:
    result = run("relu", "--dtype", "float16", "--dtype", "float8_e5m2", "--json", "--store", str(tmp_path))
    found = json.loads(result.stdout)
    assert [(each["dtype"], each["drops"]) for each in found] == [("float16", 0), ("float8_e5m2", 0)]


def test_a_range_of_float64_is_scanned(tmp_path: Path) -> None:
    result = run("relu", "--dtype", "float64", "--low", "1", "--high", "1.0000000001", "--no-store")
    assert result.exit_code == 0
    assert "in order     yes: f never falls" in result.output


def test_the_whole_catalogue_makes_a_table_and_a_page(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "table.md"
    arguments = ("--all", "--dtype", "bfloat16", "--no-store", "--markdown", str(page))
    result = run(*arguments)
    assert result.exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "ordering certify --all --dtype=bfloat16 --path=all" in text
    assert f"| relu | {this_machine().kind} | 0 | 0 | 0 |" in text
    assert f"machine {this_machine().kind}: {this_machine().cpu}" in text
    assert "silu" in result.output


def test_users_kernels_are_loaded_and_a_broken_one_exits_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "floats_cli_kernels.py").write_text(
        "import torch\n\ndef fine(t):\n    return t + 1\n\ndef broken(t):\n    return t.sum()\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert run("floats_cli_kernels:fine", "--dtype", "float16", "--no-store").exit_code == 0
    result = run("floats_cli_kernels:broken", "--dtype", "float16", "--no-store")
    assert result.exit_code == 2
    assert "not pointwise" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name one ACTIVATION, or give --all"),
        (("relu", "--all"), "name one ACTIVATION, or give --all"),
        (("nosuch",), "no activation named"),
        (("relu", "--dtype", "float64"), "too many to walk"),
        (("relu", "--low", "2", "--high", "1"), "no value of float32"),
        (("relu", "--store", "somewhere", "--no-store"), "exclude each other"),
        (("relu", "--path", "diagonal"), "diagonal"),
    ],
)
def test_impossible_questions_exit_2(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
