"""falsify and examine: what is found, how small, how it is told, and how bad input is answered."""

import os
import subprocess
import sys
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis.database import InMemoryExampleDatabase
from sympy import Max, Rational

from ordering import Activation, activations, falsify, laws, poolings, prove, x
from ordering.errors import InvalidArgument, KernelError, NotApplicable, NothingCompared, UnknownEntry
from ordering.evidence import Counterexample, Grade, Survival
from ordering.kernels import examine, replay, window
from ordering.law import Domain, Law
from ordering.pooling import Kind

pytestmark = pytest.mark.machine


def run(script):
    environment = {**os.environ, "PYTHONPATH": ""}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)


def rounds_otherwise_when_strided(t):
    """Two code paths, one ULP apart on every CPU; whether those of torch's functions part depends on it."""
    bounded = t.clamp(-1, 1)
    return bounded if t.is_contiguous() else torch.nextafter(bounded, torch.zeros_like(bounded))


TWO_CODES = Activation("two_codes", kernel=rounds_otherwise_when_strided)


# ---- counterexamples are the least ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("activation", "pooling", "values"),
    [
        ("silu", "max_pool2d", {-2.0, -1.0}),
        ("abs", "max_pool1d", {0.0, -1.0}),
        ("relu", "avg_pool2d", {1.0, -1.0}),
        ("square", "adaptive_avg_pool2d", {0.0, 1.0}),
    ],
)
def test_two_elements_and_simple_numbers(activation, pooling, values, seed):
    found = falsify(activation, pooling, seed=seed)
    assert found is not None
    assert found.input.numel() == 2
    assert set(found.input.flatten().tolist()) == values
    assert len(found.pooling_arguments) == 1
    assert not found.input.requires_grad


def test_a_seed_gives_the_same_counterexample_again():
    first, second = (falsify("mish", "max_pool2d", seed=7) for _ in range(2))
    assert first is not None
    assert second is not None
    assert torch.equal(first.input, second.input)
    assert first.script == second.script


def test_a_counterexample_tells_both_orders_step_by_step():
    found = falsify("silu", "max")
    assert found is not None
    assert [name for name, _ in found.steps] == ["x", "f(x)", "P(f(x))", "P(x)", "f(P(x))"]
    assert found.gap == pytest.approx(abs(float(found.activation_first - found.pooling_first)))
    assert found.grade is Grade.ULP
    assert found.index == (0, 0, 0, 0)


def test_a_difference_of_rounding_does_not_hide_a_real_one():
    found = falsify("gelu", "max_pool2d")
    assert found is not None
    assert found.gap > 0.1


def test_the_gap_stays_within_the_drawdown():
    for name in ("silu", "hardswish"):
        found = falsify(name, "max_pool2d", examples=100)
        shape = prove(activations[name])
        assert found is not None
        bounded = examine(name, "max_pool2d", law="drawdown_bound", shape=shape, examples=50)
        assert isinstance(bounded, Survival)
        assert found.input.isfinite().all()


def test_what_is_large_by_need_stays_simple():
    def dented_tail(t):
        flat = t.contiguous().flatten()
        return torch.cat((flat[:40], flat[40:] + 1)).reshape(t.shape)

    found = falsify(Activation("tail", kernel=dented_tail), "max_pool2d", law="position_invariance")
    assert found is not None
    assert found.input.numel() <= 64


# ---- what survives -------------------------------------------------------------------------------------


def test_survival_counts_examples_elements_and_the_worst_grade():
    survived = examine("relu", "max_pool2d", examples=50)
    assert isinstance(survived, Survival)
    assert survived.examples >= 50
    assert survived.compared > survived.examples
    assert survived.grade in (Grade.BITWISE, Grade.EQUAL)
    assert falsify("relu", "max_pool2d", examples=50) is None


def test_windows_in_padding_are_outside_commutes_and_have_a_law_of_their_own():
    found = falsify("relu", "max_pool2d", law="commutes_in_padding")
    assert found is not None
    assert found.activation_first.min() == -torch.inf
    assert replay("relu", "max_pool2d", "commutes", found.input, found.pooling_arguments) is None
    assert falsify("leaky_relu", "max_pool2d", law="commutes_in_padding", examples=50) is None


def test_a_tolerance_forgives_rounding():
    found = falsify(TWO_CODES, "max_pool2d", law="position_invariance")
    assert found is not None
    assert found.gap_ulp == 1
    assert falsify(TWO_CODES, "max_pool2d", law="position_invariance", tolerance_ulp=1) is None


def test_domains_are_told_apart():
    to_nan = Activation("to_nan", kernel=lambda t: torch.where(t.isinf(), torch.nan, F.relu(t)))
    assert falsify(to_nan, "max", domains={Domain.FINITE, Domain.NAN}, examples=60) is None
    found = falsify(to_nan, "max", domains={Domain.INFINITE}, examples=60)
    assert found is not None
    assert found.input.isinf().any()


def test_a_hint_is_tried_first_and_its_values_are_drawn():
    spiked = Activation("spiked", kernel=lambda t: torch.where(t == 1234.5625, torch.zeros_like(t), t))
    assert falsify(spiked, "max", examples=20, dtype=torch.float64) is None
    found = falsify(spiked, "max", examples=20, dtype=torch.float64, hints=[(1.0, 1234.5625)])
    assert found is not None
    assert 1234.5625 in found.input.flatten().tolist()


# ---- databases -----------------------------------------------------------------------------------------


def test_a_violation_is_remembered(tmp_path):
    database = InMemoryExampleDatabase()
    assert falsify("silu", "max", database=database) is not None
    assert database.data
    again = examine("silu", "max", examples=3, seed=99, database=database)
    assert isinstance(again, Counterexample)
    assert falsify("silu", "max", database=str(tmp_path / "examples")) is not None
    assert list((tmp_path / "examples").iterdir())


def test_a_database_that_is_none_of_the_kinds_is_refused():
    with pytest.raises(InvalidArgument, match="redis"):
        falsify("relu", "max", database=3)  # type: ignore[arg-type]  # the wrong type is what is tested


# ---- scripts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "pooling", "law"),
    [
        ("silu", "max_pool2d", "commutes"),
        ("elu(alpha=-1)", "min_pool1d", "commutes"),
        ("relu", "adaptive_max_pool2d", "indices_agree"),
        ("sigmoid", "avg_pool2d", "jensen"),
        ("silu", "fractional_max_pool2d", "commutes"),
        (TWO_CODES, "max_pool2d", "position_invariance"),
    ],
    ids=str,
)
def test_a_script_stands_alone_and_exits_1(activation, pooling, law):
    found = falsify(activation, pooling, law=law, examples=100)
    assert found is not None
    done = run(found.script)
    assert (done.returncode, done.stderr) == (1, "")
    assert len(done.stdout.splitlines()) == 2
    assert "ordering" not in found.script


def slope(a):
    return Activation("slope", kernel=lambda t: torch.where(t > 0, t, a * t))


def test_a_script_writes_out_lambdas_with_what_they_capture():
    found = falsify(slope(-0.5), "max")
    assert found is not None
    assert "-0.5" in found.script
    assert run(found.script).returncode == 1


def test_a_script_of_a_strided_input_rebuilds_its_layout():
    strided = Activation("strided", kernel=lambda t: t + (not t.is_contiguous()))
    found = falsify(strided, "max")
    assert found is not None
    assert run(found.script).returncode == 1


def test_a_script_exits_0_when_the_violation_is_gone():
    found = falsify("silu", "max")
    assert found is not None
    assert run(found.script.replace("F.silu", "F.relu")).returncode == 0


def test_a_script_that_lacks_a_source_exits_2():
    namespace: dict[str, Any] = {}
    exec("import torch\nkernel = lambda t: -t", namespace)  # noqa: S102 - a function without a source file
    found = falsify(Activation("typed_in", kernel=namespace["kernel"]), "max")
    assert found is not None
    done = run(found.script)
    assert done.returncode == 2
    assert done.stderr.startswith("This script cannot stand alone: fill in f")
    assert found.script.startswith(
        "# This script cannot stand alone: fill in f (a lambda has no source file)."
    )


# ---- replays -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["scalar", "vector"])
@pytest.mark.parametrize(
    "name", ["max_pool1d", "max_pool3d", "adaptive_avg_pool2d", "global_max_pool2d", "min_pool2d"]
)
def test_a_window_holds_exactly_the_values(name, path):
    given, arguments = window(name, [3.0, 1.0, 2.0], path=path)
    result = poolings[name].kernel(given, **arguments)
    expected = {"max": 3.0, "min": 1.0, "avg": 2.0}[
        "avg" if "avg" in name else "min" if "min" in name else "max"
    ]
    assert result.shape[2:].numel() == 1
    assert set(result.flatten().tolist()) == {expected}
    assert given.numel() == (3 if path == "scalar" else 192)


def test_a_replay_says_whether_the_law_breaks():
    assert replay("silu", "max", "commutes", *window("max", [-2.0, -1.0])) is not None
    assert replay("silu", "max", "commutes", *window("max", [1.0, 2.0])) is None


@pytest.mark.parametrize(("values", "path"), [([], "scalar"), ([1.0], "sideways")])
def test_an_impossible_window_is_refused(values, path):
    with pytest.raises(InvalidArgument):
        window("max", values, path=path)


# ---- bad input -----------------------------------------------------------------------------------------


def random_kernel(t):
    return t + torch.rand_like(t)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (lambda t: t[..., :1], "shape"),
        (lambda t: t.to(torch.float64), "float64"),
        (lambda t: t.softmax(-1), "pointwise"),
        (lambda t: t - t.mean(0, keepdim=True), "pointwise"),
        (lambda t: t.cumsum(1), "pointwise"),
        (random_kernel, "random"),
        (lambda t: t.relu_(), "writes to its input"),
        (lambda t: None, "NoneType"),
        (lambda t: t @ torch.zeros(5, 5), "RuntimeError"),
    ],
)
def test_a_kernel_that_is_no_activation_is_named(kernel, words):
    with pytest.raises(KernelError, match=words):
        falsify(Activation("odd", kernel=kernel), "max")


def test_a_kernel_that_raises_on_some_inputs_is_named_with_the_call():
    def touchy(t):
        if bool((t == 4).any()):
            raise ValueError("four is not for me")
        return t

    with pytest.raises(KernelError, match="four is not for me"):
        falsify(Activation("touchy", kernel=touchy), "max", examples=300)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"law": "commute"}, UnknownEntry),
        ({"law": "jensen"}, NotApplicable),
        ({"law": "drawdown_bound"}, InvalidArgument),
        ({"examples": 0}, InvalidArgument),
        ({"tolerance_ulp": -1}, InvalidArgument),
        ({"dtype": torch.int64}, InvalidArgument),
        ({"domains": ()}, InvalidArgument),
        ({"kinds": {Kind.MEAN}}, InvalidArgument),
    ],
)
def test_bad_arguments_are_typed_errors(arguments, error):
    with pytest.raises(error):
        falsify("relu", "max", **arguments)


def test_a_dtype_that_torch_does_not_implement_is_not_applicable():
    with pytest.raises(NotApplicable, match="Half"):
        falsify("relu", "avg_pool3d", dtype=torch.float16)


def test_nothing_compared_is_an_error_and_not_a_pass():
    never = Law(
        "never",
        statement="no case is within it",
        sides=laws["commutes"].sides,
        needs={Kind.SELECT_MAX: "nondecreasing"},
        condition=lambda case: False,
    )
    with pytest.raises(NothingCompared):
        falsify("relu", "max", law=never, examples=5)


def test_an_entry_of_ones_own_needs_one_record():
    mine = Activation(
        "bent", kernel=lambda t: torch.where(t > 0, t, 2 * t), expression=Max(x, 0) - 2 * Max(-x, 0)
    )
    assert falsify(mine, "max", examples=50) is None
    assert falsify(mine, "avg", examples=50) is not None


def test_an_activation_that_is_claimed_on_no_value_of_the_dtype_cannot_be_examined():
    one = Rational(1)
    narrow = Activation("narrow", torch.relu, low=one + Rational(1, 2**40), high=one + Rational(1, 2**30))
    with pytest.raises(NotApplicable, match="no value of float16 lies between"):
        falsify(narrow, "max_pool2d", dtype=torch.float16)
    assert falsify(narrow, "max_pool2d", dtype=torch.float64) is None
