"""Trials with `@given` are ordinary Hypothesis tests, to each option of its ecosystem."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import hypothesis.core
import pytest
from hypothesis import settings

from ordering import activations, laws, poolings
from ordering.testing import Trial

pytest_plugins = ["pytester"]

CONFTEST = """
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase
from ordering.testing import register_profiles

register_profiles()
kept = DirectoryBasedExampleDatabase("kept")
settings.register_profile("keeping", settings.get_profile("dev"), database=kept)
"""

SUITE = """
import torch
import torch.nn.functional as F
from hypothesis import example, given, reproduce_failure, settings, strategies as st
from ordering.pooling import Kind, Pooling
from ordering.testing import explicit, parametrize_with_laws

# Said to select, but it averages.
LAZY = Pooling(
    "lazy",
    kernel=F.avg_pool2d,
    dimensions=2,
    kinds=(Kind.SELECT_MAX,),
    arguments=frozenset({"kernel_size"}),
)

@parametrize_with_laws(laws=["commutes"], activations=["relu"], poolings=["max_pool2d", LAZY])
@given(data=st.data())
def test_cases(trial, data):
    trial.check_case(data.draw(trial.cases(), label="case"))
"""
FAULTY, SOUND = "test_cases[commutes[lazy-relu]]", "test_cases[commutes[max_pool2d-relu]]"
DEV = "--hypothesis-profile=dev"


def suite(decorator=""):
    return SUITE.replace("\n@given", f"\n{decorator}\n@given" if decorator else "\n@given")


@pytest.fixture
def run(pytester):
    """Run pytest on the suite, in this process: what Hypothesis sets for a session is put back."""
    seed, profile = hypothesis.core.global_force_seed, settings.get_current_profile_name()

    def runs(*options, decorator="", names=FAULTY):
        hypothesis.core.global_force_seed = None
        pytester.makepyfile(conftest=CONFTEST, test_mine=suite(decorator))
        node = f"test_mine.py::{names}" if names else "test_mine.py"
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options, node)

    yield runs
    hypothesis.core.global_force_seed = seed
    settings.load_profile(profile)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """What one run in a process of its own prints, and what it leaves in its folder."""
    folder = tmp_path_factory.mktemp("ecosystem")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_mine.py").write_text(suite())
    options = (DEV, "--hypothesis-seed=0", "--hypothesis-show-statistics")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    observed = {"HYPOTHESIS_EXPERIMENTAL_OBSERVABILITY_NOCOVER": "1"}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **observed}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return folder, done.stdout


def plain(printed):
    """What a failure tells, without the marks of a traceback: law, both orders, script, examples."""
    return "\n".join(re.sub(r"^E ?( |$)", "", line) for line in printed.splitlines())


def found(printed):
    """The counterexample of the failure, both orders included."""
    told = re.search(r"(commutes\[lazy-relu\]: the law must hold .*?first at .*?)\n", plain(printed), re.S)
    assert told is not None, printed
    return re.sub(r"\n +", "\n", told[1])


def printed_decorator(printed, name):
    """A decorator that is printed, up to where its parentheses close."""
    _, _, text = plain(printed).partition(f"@{name}(")
    ends = [place + 1 for place, sign in enumerate(text) if sign == ")"]
    return f"@{name}(" + next(
        text[:end] for end in ends if text[:end].count("(") + 1 == text[:end].count(")")
    )


# ---- what a run prints and leaves behind -------------------------------------------------------------------


def test_a_failure_prints_the_input_both_orders_and_what_runs_it_again(first):
    printed = plain(first[1])
    assert re.search(
        r"Draw 1 \(case\): Case\(relu, lazy, \[\[.*\]\], torch\.float32, .*kernel_size=\(", printed
    )
    assert "trial=commutes[lazy-relu]" in printed
    assert "P(f(x)) = [" in printed
    assert "sys.exit(" in printed, "the standalone script"
    assert "kernel=" not in printed.partition("Falsifying example")[2].partition("Statistics")[0]


def test_statistics_count_verdicts_sizes_and_time(first):
    statistics = first[1].partition("Hypothesis Statistics")[2]
    _, sound = re.split(rf"(?=test_mine\.py::{re.escape(SOUND)})", statistics, maxsplit=1)
    sound = sound.partition(FAULTY)[0]
    assert "100 passing, 0 failing" in sound
    for counted in (
        "commutes, select_max: holds",
        "elements of the input: ",
        "time for both sides of the law: ",
    ):
        assert re.search(rf"\d%, {counted}", sound)
    assert "Found 1 distinct error" in statistics


def test_observability_reports_every_case_under_the_id_of_its_test(first):
    (written,) = (first[0] / ".hypothesis" / "observed").glob("*_testcases.jsonl")
    rows = [json.loads(line) for line in written.read_text().splitlines()]
    assert {row["property"] for row in rows} == {f"test_mine.py::{name}" for name in (FAULTY, SOUND)}
    assert {"passed", "failed"} <= {row["status"] for row in rows}
    drawn = [row for row in rows if row["status"] == "passed" and "Draw 1 (case)" in row["arguments"]]
    for row in drawn:
        case = row["arguments"]["Draw 1 (case)"]
        assert case["activation"] == "relu"
        assert case["dtype"] == "float32"
        assert len(case["values"]) <= 16
        assert any(feature.startswith("commutes, select_max: ") for feature in row["features"])
    assert drawn


def test_the_inner_searches_of_check_are_observed_under_the_trials_id():
    observability = pytest.importorskip("hypothesis.internal.observability")
    rows: list[Any] = []
    with observability.with_observability_callback(rows.append):
        Trial(laws["commutes"], poolings["max_pool2d"], activations["relu"]).check(examples=20, seed=0)
    assert {row.property.partition(", ")[0] for row in rows} == {"commutes[max_pool2d-relu]"}


# ---- running it again --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["reproduce_failure", "example"])
def test_the_decorator_that_a_failure_prints_shows_the_same_again(first, run, name):
    decorator = printed_decorator(first[1], name)
    # The profile draws nothing that fails by itself: what is seen comes from the decorator.
    again = run(DEV, "--hypothesis-seed=0", decorator=decorator, names=FAULTY)
    again.assert_outcomes(failed=1)
    assert found(again.stdout.str()) == found(first[1])


def test_the_database_of_the_profile_shows_a_failure_again(run, pytester):
    keeping = "--hypothesis-profile=keeping"
    first_time = found(run(keeping).stdout.str())
    assert any((pytester.path / "kept").iterdir())
    again = run(keeping, "--hypothesis-show-statistics").stdout.str()
    assert found(again) == first_time
    assert "during reuse phase" in again
    assert "during generate phase" not in again


def test_a_seed_draws_the_same_and_another_seed_does_not(run):
    few = "@settings(max_examples=20, database=None, deadline=None)"
    drawn = []
    for seed in (1, 1, 2):
        options = (DEV, f"--hypothesis-seed={seed}", "--hypothesis-verbosity=verbose", "-s")
        done = run(*options, decorator=few, names=SOUND)
        drawn.append(re.findall(r"Case\(.*", done.stdout.str()))
    assert len(drawn[0]) >= 20
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(("profile", "examples"), [("ci", 20), ("dev", 100)])
def test_a_profile_says_how_many_cases_are_drawn(run, profile, examples):
    done = run(f"--hypothesis-profile={profile}", "--hypothesis-show-statistics", names=SOUND)
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines([f"*{examples} passing, 0 failing*"])


def test_an_example_outside_the_law_is_passed_over_and_one_inside_is_tried(run):
    outside = "@example(data=explicit(torch.zeros(1, 1, 1, 1), kernel_size=2, padding=1, dilation=2))"
    run("--hypothesis-profile=ci", decorator=outside, names=SOUND).assert_outcomes(passed=1)
    inside = "@example(data=explicit(torch.tensor([[[[1.0, -1.0]]]]), kernel_size=(1, 2)))"
    done = run("--hypothesis-profile=ci", decorator=inside, names="")
    done.assert_outcomes(passed=1, failed=1)
    assert (
        "explicit(torch.tensor([[[[1.0, -1.0]]]], dtype=torch.float32), kernel_size=(1, 2))"
        in done.stdout.str()
    )


def test_hypofuzz_collects_every_trial(tmp_path, monkeypatch):
    collection = pytest.importorskip("hypofuzz.collection")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(suite())
    monkeypatch.chdir(tmp_path)
    before = settings.get_current_profile_name()
    settings.load_profile("dev")
    try:
        targets = collection.collect_tests(["-p", "no:cacheprovider", str(tmp_path)]).fuzz_targets
    finally:
        settings.load_profile(before)
    assert {target.nodeid.rpartition("::")[2] for target in targets} == {FAULTY, SOUND}
