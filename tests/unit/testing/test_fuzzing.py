"""`ordering fuzz` in folders of its own: what it finds, keeps, counts and refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from importlib import import_module

import pytest
from click.testing import CliRunner

from ordering.cli import main
from ordering.errors import InvalidArgument
from ordering.testing.fuzzing import Failure, Harvest, fuzz

CONFTEST = "from ordering.testing import register_profiles\nregister_profiles()\n"
RARE = """
from hypothesis import event, given, strategies as st
from ordering.strategies import activations
from ordering.testing import kept

LIMIT = 1000

@kept
@given(n=st.integers(0, 10**6))
def test_rare(n):
    assert n <= LIMIT

@kept
@given(f=activations(depth=1))
def test_counted(f):
    event("odd: " + ("undecided" if f.known.properties["odd"] is None else "decided"))

def test_plain():
    assert False, "no test with @given, which is not run"
"""
# What a project may have set for itself, and would change a round.
SETTINGS = """
[pytest]
addopts = -n 2 -x -q --import-mode=importlib
filterwarnings = error
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(RARE)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    return tmp_path


def run_pytest(folder):
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-m", "hypothesis"]
    return subprocess.run([*command, "--hypothesis-profile=ci"], cwd=folder, capture_output=True, text=True)


def test_a_failure_is_found_kept_run_first_and_passes_when_mended(project, monkeypatch):
    monkeypatch.chdir(project)
    told: list[str] = []
    found = fuzz("test_mine.py", 9, workers=2, rounds=2, progress=told.append)
    assert {each.test.rpartition("::")[2] for each in found.failures} == {"test_rare"}
    kept = project / "kept" / "test_rare.jsonl"
    assert {each.kept for each in found.failures} == {str(kept)}
    assert [json.loads(line) for line in kept.read_text().splitlines()] == [{"n": 1001}]
    assert found.rounds == 2
    assert found.examples > 100
    assert found.functions > 5
    assert list(found.asked) == ["odd"]
    assert 0 < found.undecided["odd"] < found.asked["odd"] <= found.examples
    assert "minutes left" in told[-1]
    assert sorted(each.name for each in project.iterdir() if each.name != "__pycache__") == [
        "conftest.py",
        "kept",
        "pytest.ini",
        "test_mine.py",
    ]

    done = run_pytest(project)
    assert done.returncode == 1
    assert "n=1001" in done.stdout
    assert "explicit" in done.stdout.lower()
    (project / "test_mine.py").write_text(RARE.replace("1000\n", "10**6\n"))
    assert run_pytest(project).returncode == 0


@pytest.mark.parametrize(
    ("text", "conftest", "why"),
    [
        ("def test_plain():\n    pass\n", CONFTEST, "no tests with @given"),
        ("import no_such_module_at_all\n", CONFTEST, "could not run"),
        (RARE, "", "call ordering.testing.register_profiles"),
    ],
)
def test_what_pytest_cannot_run_is_told_at_once(text, conftest, why, tmp_path):
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_mine.py").write_text(text)
    started = time.monotonic()
    done = CliRunner().invoke(main, ["fuzz", str(tmp_path), "--minutes", "5", "--workers", "1"])
    assert done.exit_code == 2
    assert why in done.output
    assert time.monotonic() - started < 100


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), "long"])
def test_minutes_must_be_a_time(minutes, project):
    with pytest.raises(InvalidArgument, match="minutes"):
        fuzz(project, minutes)


@pytest.mark.parametrize("options", [["no_such.py"], [], ["--minutes", "0", "."], ["--workers", "0", "."]])
def test_the_command_refuses_what_makes_no_sense(options):
    assert CliRunner().invoke(main, ["fuzz", *options]).exit_code == 2


def _of_group(text):
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if text in line and "ps -eo" not in line]


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_keeps_what_was_found_and_leaves_nothing_running(project):
    command = [sys.executable, "-m", "ordering", "fuzz", str(project), "--minutes", "5", "--workers", "1"]
    running = subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that started the tests in the background had them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    kept = project / "kept" / "test_rare.jsonl"
    deadline = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert kept.exists()
    assert _of_group(str(project)) == []


FOUND = Harvest(
    61.0,
    2,
    300,
    40,
    {"odd": 8},
    {"odd": 2},
    (Failure("test_mine.py::test_rare", 7, "assert 3 < 2", "kept/x"),),
)


@pytest.mark.parametrize(("found", "code"), [(FOUND, 1), (replace(FOUND, failures=()), 0)])
def test_the_command_prints_the_harvest(found, code, monkeypatch):
    command = import_module("ordering.cli.fuzz")
    monkeypatch.setattr(command, "fuzz", lambda *_, **__: found)
    told = CliRunner().invoke(main, ["fuzz", "."])
    assert told.exit_code == code
    assert "300 examples with 40 different functions" in told.stdout
    assert "25.00 %" in told.stdout
    assert ("kept in kept/x" in told.stdout) == bool(code)
    data = CliRunner().invoke(main, ["fuzz", ".", "--json"])
    assert data.exit_code == code
    assert json.loads(data.stdout) == json.loads(json.dumps(asdict(found)))
