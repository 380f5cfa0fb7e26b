"""Instruction levels, and how many threads run."""

from __future__ import annotations

import json

import pytest
import torch
from click.testing import CliRunner

import ordering
from ordering import certify, falsify, this_machine, workers_at
from ordering.catalogue import laws
from ordering.cli import main
from ordering.law import Case, Law
from ordering.running.levels import LEVELS, NATIVE, levels
from ordering.running.machine import flags
from ordering.running.threads import SPLIT, one_thread, threads_for

# Tests without this mark go through the levels themselves, each in processes of its own.
MACHINE = pytest.mark.machine
DEFAULT = LEVELS[0]


@MACHINE
def test_the_levels_offered_are_those_of_the_processor_and_how_it_is_set_up() -> None:
    offered = levels()
    assert offered[-1] == NATIVE
    assert {level.needs for level in offered} <= {"", *flags()}
    assert ("avx2" in flags()) == any(level.name == "avx2" for level in offered)


def test_workers_run_at_the_level_that_is_asked_for() -> None:
    here = certify("sigmoid", "float16", path="all")
    for level in (DEFAULT, NATIVE):
        with workers_at(level, 1) as executor:
            there = certify("sigmoid", "float16", path="all", executor=executor, workers=1)
        if level is NATIVE:
            assert there.machine == here.machine
            assert there.observed == here.observed
        else:
            assert there.machine.aten == "DEFAULT"


@pytest.fixture
def two_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "levels", lambda: (DEFAULT, NATIVE))


@pytest.mark.usefixtures("two_levels")
def test_certify_tells_where_levels_differ() -> None:
    told = CliRunner().invoke(
        main, ["certify", "gelu", "--dtype=float16", "--levels", "--no-store"], catch_exceptions=False
    )
    assert told.exit_code == 0
    if this_machine().aten == "DEFAULT":
        pytest.skip("both levels are one here")
    rows = [line.split() for line in told.stdout.splitlines()]
    assert [row[1] for row in rows if row[:1] == ["gelu"]][:2] == ["default", "native"]
    summaries = ("gelu differs", "gelu computes")
    summary = next(line for line in told.stdout.splitlines() if line.startswith(summaries))
    assert "default" in summary
    assert "native" in summary


@pytest.mark.usefixtures("two_levels")
def test_check_says_what_is_true_on_every_level() -> None:
    told = CliRunner().invoke(
        main, ["check", "relu", "max", "--dtype=float16", "--levels"], catch_exceptions=False
    )
    assert told.exit_code == 0
    assert "exact on every level of this machine" in told.stdout
    data = CliRunner().invoke(
        main, ["check", "relu", "max", "--dtype=float16", "--levels", "--json"], catch_exceptions=False
    )
    assert [each["verdict"] for each in json.loads(data.stdout)] == ["exact", "exact"]


# ---- threads -------------------------------------------------------------------------------------------


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@MACHINE
def test_threads_are_put_back(three_threads: None) -> None:
    with one_thread():
        assert torch.get_num_threads() == 1
        with one_thread():
            assert torch.get_num_threads() == 1
        with threads_for(SPLIT):
            assert torch.get_num_threads() == 3
        with threads_for(SPLIT - 1):
            assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3
    with pytest.raises(ValueError, match="planted"), one_thread():
        raise ValueError("planted")
    assert torch.get_num_threads() == 3


@MACHINE
def test_small_tensors_have_one_thread_and_large_ones_the_callers(three_threads: None) -> None:
    seen: dict[bool, set[int]] = {True: set(), False: set()}
    commutes = laws["commutes"]

    def sides(case: Case):
        seen[case.input.numel() >= SPLIT].add(torch.get_num_threads())
        return commutes.sides(case)

    watched = Law("watched", statement="as commutes", sides=sides, needs=commutes.needs)
    assert falsify("relu", "max", law=watched, examples=60) is None
    assert seen == {True: {3}, False: {1}}
    assert torch.get_num_threads() == 3
    assert certify("relu", "float16").machine.threads == 1
    assert torch.get_num_threads() == 3
