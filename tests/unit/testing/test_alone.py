"""Trials of an activation alone, and what they mean for the trials of its laws."""

import re
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from sympy import Abs, Max, Min, Piecewise, Rational, exp, sqrt, tanh

from ordering import Activation, activations, laws, poolings, x
from ordering.testing import ExpressionTrial, ScanTrial, Trial, parametrize_with_laws

RELU = Max(x, 0)
WRONG: dict[str, tuple[Any, Any]] = {
    "relu_as_minus_x": (F.relu, -x),
    "relu_as_x": (F.relu, x),
    "tanh_as_softsign": (torch.tanh, x / (1 + Abs(x))),
    "silu_as_relu": (F.silu, RELU),
    "sigmoid_mirrored": (torch.sigmoid, 1 / (1 + exp(x))),
    "abs_as_square": (torch.abs, x**2),
    "hardtanh_to_two": (F.hardtanh, Min(Max(x, -1), 2)),
    "softplus_as_relu": (F.softplus, RELU),
}


def wrong(name):
    kernel, expression = WRONG[name]
    return Activation(name, kernel=kernel, expression=expression)


def at(values, result, f=F.relu):
    """`f`, with another result where `values(t)`, in half precision alone."""

    def kernel(t):
        changed = values(t) & (t.element_size() == 2)
        return torch.where(changed, torch.tensor(result, dtype=t.dtype), f(t))

    return kernel


def scan_of(kernel, expression, dtype=torch.float16, **more):
    return ScanTrial(Activation("mine", kernel=kernel, expression=expression, **more), dtype)


def failing(trial, words):
    """What a failing trial tells, as one line."""
    with pytest.raises(pytest.fail.Exception) as failure:
        trial.check()
    told = " ".join(str(failure.value).split())
    assert re.search(words, told)
    return told


def skipping(trial, words):
    with pytest.raises(pytest.skip.Exception, match=words):
        trial.check()


# ---- is the expression the kernel? -----------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_expression_fails_with_the_point_where_they_part(name):
    told = failing(ExpressionTrial(wrong(name)), "at x = ")
    assert told.startswith(f"expression_is_kernel[{name}]: the expression is not the kernel")


@pytest.mark.parametrize("law", ["commutes", "indices_agree", "nan_is_kept", "antitone_dual", "zeros_nest"])
@pytest.mark.parametrize("name", WRONG)
def test_no_law_passes_or_is_skipped_for_a_wrong_expression(name, law):
    told = failing(Trial(laws[law], poolings["max_pool2d"], wrong(name)), "is not its kernel")
    assert f"expression_is_kernel[{name}]" in told
    assert "counterexample" not in told


def test_no_scan_is_held_against_a_wrong_expression():
    failing(ScanTrial(wrong("relu_as_x"), torch.float16), "is not its kernel")


def test_without_an_expression_nothing_is_known_and_nothing_passes():
    mine = Activation("mine", kernel=F.silu)
    skipping(ExpressionTrial(mine), "no expression to compare with")
    skipping(Trial(laws["commutes"], poolings["max_pool2d"], mine), "neither proved nor refuted for mine")
    skipping(
        ScanTrial(mine, torch.float16), r"whether mine is nondecreasing is not known .*it falls after \d"
    )


# ---- every value of 16 bits ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize(
    ("kernel", "expression", "words"),
    [
        (at(lambda t: t == 85.0, torch.nan), RELU, r"NaN at 1 finite inputs, the first 85\.0"),
        (
            at(lambda t: t == 85.0, 0.0),
            RELU,
            r"proved to be nondecreasing, yet the kernel falls .*f\(85\.0\) = 0\.0",
        ),
        (
            at(lambda t: t == 85.0, 80.0, F.silu),
            x / (1 + exp(-x)),
            r"its drawdown is proved to be 0\.278\d*, yet the kernel falls .*f\(85\.0\) = 80\.0",
        ),
        (
            lambda t: F.relu(t) if t.element_size() == 2 else F.silu(t),
            x / (1 + exp(-x)),
            r"the expression falls from f\(-.* = -0\.2\d*, yet the kernel falls nowhere",
        ),
    ],
    ids=["NaN", "falls", "falls too far", "does not fall"],
)
def test_what_one_value_of_half_precision_shows_is_a_failure(kernel, expression, words, dtype):
    failing(scan_of(kernel, expression, dtype), words)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", ["relu", "silu", "square", "reciprocal", "softsign", "tanhshrink", "neg"])
def test_rounding_and_overflow_are_no_failures(name, dtype):
    ScanTrial(activations[name], dtype).check()


def test_a_fall_that_the_dtype_cannot_show_is_no_failure():
    half, tiny = Rational(1, 2), Rational(1, 10**6)
    jump = Piecewise((x, x <= half), (x - tiny, True))
    scan_of(lambda t: torch.where(t <= 0.5, t, t - 1e-6), jump).check()


def test_only_where_the_activation_is_claimed_is_it_looked_at():
    failing(scan_of(torch.sqrt, sqrt(Abs(x)), low=Rational(-1)), "is not its kernel|NaN at")
    scan_of(torch.sqrt, sqrt(x), low=Rational(0)).check()


def test_a_kernel_that_takes_no_half_precision_is_not_scanned():
    def single(t):
        if t.element_size() == 2:
            raise NotImplementedError("\"mine\" not implemented for 'Half'")
        return torch.tanh(t)

    skipping(scan_of(single, tanh(x)), "takes no float16")


# ---- they are part of the parametrization ------------------------------------------------------------------


def ids(decorate):
    def test_something(trial):
        trial.check()

    (mark,) = decorate(test_something).pytestmark
    return [parameter.id for parameter in mark.args[1]]


def test_every_activation_has_trials_of_its_own_before_those_of_laws():
    decorate = parametrize_with_laws(laws=["commutes"], activations=["relu", "silu"], poolings=["max_pool2d"])
    alone = [
        trial
        for name in ("relu", "silu")
        for trial in (f"expression_is_kernel[{name}]", f"scan[float16-{name}]", f"scan[bfloat16-{name}]")
    ]
    of_laws = ["commutes[max_pool2d-relu]", "commutes[max_pool2d-silu]"]
    assert ids(decorate) == alone + of_laws
    decorate = parametrize_with_laws(["commutes"], ["relu", "silu"], ["max_pool2d"], alone=False)
    assert ids(decorate) == of_laws


@parametrize_with_laws(laws=["commutes"], activations=["tanh"], poolings=["max_pool1d"])
def test_every_trial_takes_the_same_arguments(trial):
    trial.check(torch.float16, examples=5, seed=3)
