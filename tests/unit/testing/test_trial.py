"""Trials of laws: poolings that cannot place a window, witnesses that floats hide, and what is told."""

from dataclasses import replace

import hypothesis.core
import pytest
import torch
import torch.nn.functional as F
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from sympy import Max, Piecewise, Rational

from ordering import Activation, activations, laws, poolings, x
from ordering.evidence import Finding
from ordering.kernels.geometry import Placement
from ordering.pooling import Kind, Pooling
from ordering.testing import Trial
from ordering.testing.known import shape_of
from ordering.testing.reproducing import FailuresOnly, commands, seed_of_this_run


def own(kernel):
    """A pooling of rows that has neither kernel_size nor `row`, so that no window can be placed in it."""
    return Pooling(
        "own",
        kernel=kernel,
        dimensions=1,
        kinds=(Kind.SELECT_MAX,),
        geometry=lambda: st.integers(2, 6).map(lambda size: Placement((size,), {})),
    )


def larger_of_neighbours(t):
    return torch.maximum(t[..., :-1], t[..., 1:])


def first_of_neighbours(t):
    return t[..., :-1]


HIDDEN = Activation(
    "hidden",
    kernel=torch.clone,
    expression=Piecewise((x, x < 1), (x - Rational(1, 10**30), True)),
)
"""Falls by less than float64 can show."""


def trial(activation, pooling, law="commutes"):
    entry = activations[activation] if isinstance(activation, str) else activation
    return Trial(laws[law], poolings[pooling] if isinstance(pooling, str) else pooling, entry)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["silu", "hardswish", "threshold(threshold=0.1,value=20)", "neg"])
def test_a_witness_that_cannot_be_placed_is_drawn(name, seed):
    trial(name, own(larger_of_neighbours)).check(seed=seed)


def test_a_pooling_that_never_shows_the_witness_fails():
    with pytest.raises(pytest.fail.Exception, match="must fail for select_max, yet none of"):
        trial("silu", own(first_of_neighbours)).check()


def test_a_placeable_pooling_that_never_shows_the_witness_fails_too():
    lazy = Pooling(
        "lazy",
        kernel=lambda t, kernel_size: F.avg_pool2d(t, kernel_size) * 0 + F.max_pool2d(t, kernel_size) * 0,
        dimensions=2,
        kinds=(Kind.SELECT_MAX,),
        arguments=frozenset({"kernel_size"}),
    )
    zero_kept = Activation("bent", kernel=torch.neg, expression=-x)
    with pytest.raises(pytest.fail.Exception, match="must fail"):
        trial(zero_kept, lazy).check(examples=20)


@pytest.mark.parametrize("pooling", ["max_pool2d", own(larger_of_neighbours)], ids=str)
def test_a_witness_that_float64_rounds_away_is_a_skip_that_says_so(pooling):
    with pytest.raises(pytest.skip.Exception, match="do not break commutes in float64"):
        trial(HIDDEN, pooling).check(examples=20)


def test_a_decided_kind_is_tried_though_another_is_undecided(monkeypatch):
    # Over the positives 1/x is not affine; of what it is at 0 nothing is known here.
    def unsure(activation):
        shape = shape_of(activation)
        return replace(shape, findings={**shape.findings, "zero_at_zero": Finding(None, reason="not asked")})

    monkeypatch.setattr("ordering.testing.trial.shape_of", unsure)
    law = replace(laws["commutes"], needs={Kind.MEAN: "affine", Kind.LINEAR: "zero_at_zero"})
    reciprocal = activations["reciprocal"]
    with pytest.raises(pytest.skip.Exception, match="reciprocal and linear"):
        Trial(law, poolings["avg_pool2d"], reciprocal).check(examples=20)
    lazy = Pooling(
        "lazy",
        kernel=lambda t, kernel_size: t.flatten(-2)[..., :1, None],
        dimensions=2,
        kinds=(Kind.MEAN, Kind.LINEAR),
        arguments=frozenset({"kernel_size"}),
    )
    with pytest.raises(pytest.fail.Exception, match="must fail for mean"):
        Trial(law, lazy, reciprocal).check(examples=20)


def test_results_too_small_for_normal_numbers_break_no_law_about_zeros():
    for seed in range(5):
        trial("square", "avg_pool2d", "zeros_nest").check(seed=seed)
    nudged = Activation(
        "nudged", kernel=lambda t: torch.where(t == 1, torch.zeros_like(t), F.relu(t)), expression=Max(x, 0)
    )
    with pytest.raises(pytest.fail.Exception, match=r"must hold|is not its kernel"):
        trial(nudged, "avg_pool2d", "zeros_nest").check()


# ---- what is remembered ------------------------------------------------------------------------------------


@pytest.fixture
def database():
    """The database of a profile that is loaded for one test."""
    before = settings.get_current_profile_name()
    kept = InMemoryExampleDatabase()
    settings.register_profile("remembering", max_examples=20, database=kept, derandomize=False)
    settings.load_profile("remembering")
    yield kept
    settings.load_profile(before)


def entries(database):
    return {value for values in database.data.values() for value in values}


def one_at(value):
    """ReLU, but for one value that nothing but a hint comes upon, and -inf."""
    return Activation(
        "one_at",
        kernel=lambda t: torch.where(t == value, torch.ones_like(t), F.relu(t)),
        expression=Max(x, 0),
    )


def test_a_failing_trial_is_remembered_and_a_mended_one_forgotten(database):
    faulty = one_at(-torch.inf)
    told = []
    for seed in (1, 2):
        with pytest.raises(pytest.fail.Exception) as failure:
            trial(faulty, "max_pool2d").check(seed=seed)
        told.append(str(failure.value).partition("\nseed  ")[0])
        assert entries(database)
    assert told[0] == told[1]
    trial(one_at(torch.nan), "max_pool2d").check(seed=3)
    assert not entries(database)


def test_what_breaks_as_it_should_is_not_remembered(database):
    trial("silu", "max_pool2d").check()
    trial("relu", "avg_pool2d").check()
    assert not entries(database)


def test_a_database_of_failures_alone():
    kept = InMemoryExampleDatabase()
    kept.save(b"key", b"old")
    view = FailuresOnly(kept)
    view.save(b"key", b"new")
    assert set(view.fetch(b"key")) == {b"old", b"new"}
    view.delete(b"key", b"old")
    assert set(view.fetch(b"key")) == {b"new"}
    assert set(kept.fetch(b"key")) == {b"old"}
    view.settle(failed=True)
    assert set(kept.fetch(b"key")) == {b"new"}
    view = FailuresOnly(kept)
    assert list(view.fetch(b"key")) == [b"new"]
    view.save(b"key", b"newer")
    view.settle(failed=False)
    assert not set(kept.fetch(b"key"))


# ---- seeds, and the command --------------------------------------------------------------------------------


def test_the_seed_is_pytests_then_the_profiles(monkeypatch, database):
    assert len({seed_of_this_run() for _ in range(8)}) > 1
    monkeypatch.setattr(hypothesis.core, "global_force_seed", 123)
    assert seed_of_this_run() == 123
    monkeypatch.setattr(hypothesis.core, "global_force_seed", "monday")
    assert seed_of_this_run() == seed_of_this_run()
    monkeypatch.setattr(hypothesis.core, "global_force_seed", None)
    settings.load_profile("ci")
    assert seed_of_this_run() == 0


def test_the_command_names_the_file_from_where_it_is_called(monkeypatch, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_mine.py").write_text("")
    node = "tests/test_mine.py::test_laws[commutes[max_pool2d-elu(alpha=-1)]]"
    monkeypatch.setenv("PYTEST_CURRENT_TEST", f"{node} (call)")
    options = f"--hypothesis-seed=5 --hypothesis-profile={settings.get_current_profile_name()}"
    monkeypatch.chdir(tmp_path)
    assert commands(5) == (f"pytest '{node}' {options}",)
    monkeypatch.chdir(tmp_path / "tests")
    assert commands(5) == (f"pytest '{node.removeprefix('tests/')}' {options}",)
    assert commands(None) == (f"pytest '{node.removeprefix('tests/')}' {options.partition(' ')[2]}",)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert commands(5) == ()


@pytest.mark.parametrize("name", ["commutes", "mine"])
def test_a_law_of_the_orders_is_held_to_the_drawdown_whatever_its_name(name, monkeypatch):
    orders = laws["commutes"]
    law = orders if name == "commutes" else replace(orders, name=name, sides=lambda case: orders.sides(case))
    monkeypatch.setattr("ordering.testing.trial.largest_fall", lambda shape: 0.0)  # less than silu falls
    with pytest.raises(pytest.fail.Exception, match="passes the proved drawdown"):
        Trial(law, poolings["max_pool2d"], activations["silu"]).check(examples=20)
