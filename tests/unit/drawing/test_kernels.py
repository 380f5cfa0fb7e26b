"""Kernels of terms: printed from the same expression, exact where floats can be, and programs."""

import inspect
import pickle
import subprocess
import sys
from fractions import Fraction

import cloudpickle
import pytest
import torch

from ordering import falsify
from ordering.drawing.building import number
from ordering.drawing.operations import OPERATIONS
from ordering.drawing.planting import EXACT
from ordering.drawing.term import Term, holds
from ordering.drawing.values import Undetermined, ball, value
from ordering.evidence import Counterexample
from ordering.floats.digest import digest
from ordering.strategies import term

EIGHTHS = [Fraction(n, 8) for n in range(-48, 49)]


def _drawn(sample, count):
    return list(dict.fromkeys([*sample(700), *sample(100, dip=True)]))[:count]


def test_a_kernel_is_its_expression_in_float64(sample):
    inputs = torch.tensor([float(at) for at in EIGHTHS], dtype=torch.float64)
    for each in _drawn(sample, 250):
        results = term(each).kernel(inputs)
        assert results.dtype == inputs.dtype
        for at, result in zip(EIGHTHS[::5], results.tolist()[::5], strict=True):
            try:
                exact = float(ball(value(each, at)).mid())
            except Undetermined:
                continue
            assert abs(result - exact) <= 1e-11 * max(1, abs(exact)), (term(each), at)


def _is_held(number):
    return isinstance(number, Fraction) and holds(number)


def test_piecewise_linear_terms_are_exact_in_float16(sample):
    compared = 0
    inputs = torch.tensor([float(at) for at in EIGHTHS], dtype=torch.float16)
    for each in _drawn(sample, 800):
        if {part.operation for part in each.walk()} <= EXACT and all(
            _is_held(value(part, at)) for at in EIGHTHS for part in each.walk()
        ):
            results = term(each).kernel(inputs).tolist()
            assert [Fraction(result) for result in results] == [value(each, at) for at in EIGHTHS], term(each)
            compared += 1
    assert compared > 30


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_kernels_work_in_every_dtype_and_shape(dtype, sample):
    for each in _drawn(sample, 150):
        kernel = term(each).kernel
        for shape in ((2, 3), (0,), ()):
            inputs = torch.ones(shape, dtype=dtype)
            assert kernel(inputs).dtype == dtype
            assert kernel(inputs).shape == inputs.shape
        assert term(each).keeps_nan is bool(kernel(torch.tensor(torch.nan, dtype=dtype)).isnan())


def test_ordinary_inputs_have_finite_results_in_float16(sample):
    inputs = torch.linspace(-8, 8, 257).half()
    results = [term(each).kernel(inputs).isfinite().double().mean() for each in _drawn(sample, 250)]
    assert sum(results) / len(results) > 0.98


def test_jumps_are_at_their_points_exactly():
    step = term("(0 if x < 1025/1024 else 1)")
    ends = torch.tensor([1.0, 1025 / 1024, 1026 / 1024])
    assert step.kernel(ends.half()).tolist() == [0, 1, 1]
    assert step.kernel(ends.double()).tolist() == [0, 1, 1]
    # bfloat16 has no number there, and is compared with the knot itself.
    assert step.kernel(torch.tensor([1.0, 1 + 2**-7], dtype=torch.bfloat16)).tolist() == [0, 1]
    assert term("floor(x)").kernel(torch.tensor([-1.0, 2.0, 1.5])).tolist() == [-1, 2, 1]
    assert term("sign(x)").kernel(torch.tensor([-2.0, 0.0, 3.0])).tolist() == [-1, 0, 1]


def test_a_dip_of_one_unit_is_a_fall_of_one_unit_in_float16():
    drawn = term("x - (x == 1)/512")
    dip = drawn.known.dip
    assert dip is not None
    assert dip.drop == Fraction(3, 2048)
    pair = torch.tensor([float(at) for at in dip.pair], dtype=torch.float16)
    before, at = drawn.kernel(pair).double().tolist()
    assert Fraction(before) - Fraction(at) == dip.drop
    flat = term("max(x, 0) - (x == -1)/16777216")
    assert flat.known.dip is not None
    assert flat.known.dip.drop == Fraction(1, 2**24)
    results = flat.kernel(torch.tensor([-1.0009765625, -1.0], dtype=torch.float16)).tolist()
    assert results == [0.0, -(2.0**-24)]


def test_every_planted_dip_falls_in_the_kernel(sample):
    for each in sample(100, dip=True):
        drawn = term(each)
        dip = drawn.known.dip
        assert dip is not None, drawn
        pair = torch.tensor([float(at) for at in dip.pair], dtype=torch.float16)
        assert Fraction(pair[0].item()) == dip.pair[0]
        assert drawn.known.properties["nondecreasing"] is False
        before, at = drawn.kernel(pair.double()).tolist()
        assert before > at, drawn


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_kernels_are_sent_by_their_program(pickler):
    kernel = term("max(tanh(x), 0) - (1 <= x <= 2)/4").kernel
    again = pickle.loads(pickler.dumps(kernel))  # noqa: S301 - our own bytes
    assert again == kernel
    inputs = torch.linspace(-3, 3, 50)
    assert torch.equal(again(inputs), kernel(inputs))
    assert "torch.where" in inspect.getsource(again.function)


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.printed and row.parts == 1])
def test_functions_of_torch_s_own_take_constants(name):
    f = term(Term(name, (number(1),)))
    assert f.expression is not None
    assert f.kernel(torch.zeros(3, dtype=torch.float64)).tolist() == [pytest.approx(float(f.expression))] * 3


def test_a_digest_is_that_of_the_program():
    one, same, other = (term(text).kernel for text in ("max(x, 0)", "max(0, x)", "min(x, 0)"))
    assert digest(one) == digest(same)
    assert digest(one) != digest(other)


@pytest.mark.parametrize("text", ["max(x, 0) - x/4", "tanh(x) - (x == 1)/8", "softplus(-x)*sigmoid(x)"])
def test_scripts_of_drawn_activations_run_alone(text):
    found = falsify(term(text), "max_pool2d")
    assert isinstance(found, Counterexample)
    assert "ordering" not in found.script.replace("ordering.", "")
    done = subprocess.run(
        [sys.executable, "-c", found.script], capture_output=True, text=True, env={"PYTHONPATH": ""}
    )
    assert (done.returncode, done.stderr) == (1, "")
