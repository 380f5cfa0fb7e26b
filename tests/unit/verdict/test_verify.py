"""`verify`'s own part: what it accepts, and how it writes numbers; the rules are tested with the judge."""

from dataclasses import replace

import pytest
import torch
from sympy import Integer, Rational, log

import ordering
from ordering import Activation, activations, verify, x
from ordering.errors import InvalidArgument, UnknownEntry
from ordering.evidence import Answer
from ordering.verdict.account import apart
from ordering.verdict.facts import ends

pytestmark = pytest.mark.machine


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ([Rational(-1, 3), Integer(20)], ["-1/3", "20"]),
        ([Rational(123456789, 1000)], ["123457"]),
        ([Integer(20), 20 + Rational(1, 2**30)], ["20", "20.0000000009"]),
        ([Rational(1, 3**30), Rational(1, 3**30)], ["4.85694e-15", "4.85694e-15"]),
    ],
)
def test_numbers_are_short_but_different_ones_look_different(numbers, texts):
    assert apart(numbers) == texts


def test_numbers_too_close_for_doubles_are_written_out():
    near = 20 + Rational(1, 2**100)
    assert apart([Integer(20), near]) == ["20", str(near)]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_an_open_domainends_at_the_next_value_of_the_dtype(dtype):
    smallest = torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
    assert ends(activations["reciprocal"], dtype) == (smallest, None)
    third = Activation("f", torch.relu, low=Rational(-1), high=Rational(1, 3))
    low, high = ends(third, dtype)
    assert low is not None
    assert high is not None
    assert -1 < low < -1 + 2 * torch.finfo(dtype).eps
    assert high < Rational(1, 3) < high + torch.finfo(dtype).eps


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"effort": "lazy"}, InvalidArgument),
        ({"dtypes": ()}, InvalidArgument),
        ({"dtypes": (torch.int8,)}, InvalidArgument),
        ({"dtypes": ("float13",)}, InvalidArgument),
        ({"law": "nothere"}, UnknownEntry),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_computed(arguments, error):
    with pytest.raises(error):
        verify("relu", "max", **arguments)


def test_relu_is_exact_but_for_the_sign_of_a_zero_and_says_so():
    [verdict] = verify("relu", "max", dtypes=("float16",)).by_dtype.values()
    assert verdict.answer.value == "exact"
    assert any("[-1.0, -0.0]" in note for note in verdict.notes)
    [identity] = verify("identity", "max", dtypes=("float16",)).by_dtype.values()
    assert not identity.notes


def test_nan_outside_an_activations_interval_is_no_evidence():
    positive = Activation("log", kernel=torch.log, expression=log(x), low=Rational(0))
    verdict = verify(positive, "max", dtypes=("float16",))
    assert verdict.verdict in ("exact", "rounding"), verdict.explain()
    assert verdict.worlds["floats"].outcome.value.startswith("holds")
    assert not verdict.contradictions


def test_zeros_outside_an_activations_interval_are_not_spoken_of():
    positive = replace(activations["relu"], name="positive_relu", low=Rational(0))
    [verdict] = verify(positive, "max", dtypes=("float16",)).by_dtype.values()
    assert verdict.answer.value == "exact"
    assert not verdict.notes


def test_dtypes_by_name_and_by_value_are_the_same_and_repetition_is_one():
    verdict = verify("identity", "max", dtypes=("float16", torch.float16))
    assert list(verdict.by_dtype) == ["float16"]


@pytest.mark.parametrize(
    ("activation", "pooling", "expected"),
    [
        ("tanh", "max", "undecided"),
        ("relu", "max", "exact"),
        ("hardtanh", "max", "exact"),
        ("identity", "avg", "exact"),
        ("gelu", "max", "different"),
        ("gelu", "avg", "different"),
    ],
)
def test_float64_is_decided_where_nothing_rounds_or_a_witness_shows(activation, pooling, expected):
    verdict = verify(activation, pooling, dtypes=("float64",))
    assert verdict.verdict == expected, verdict.explain()
    if expected == "undecided":
        assert "too many values" in verdict.why
        assert "too many values" in verdict.worlds["floats"].why


def test_the_worst_dtype_decides_and_is_named():
    verdict = verify("tanh", "max", dtypes=("float16", "float64"))
    assert verdict.by_dtype["float64"].answer.value == "undecided"
    assert verdict.verdict == "undecided"
    assert verdict.why.startswith("float64: ")


def test_refuted_in_one_dtype_is_not_undecided_as_a_whole():
    step = Activation("step_down", kernel=lambda t: torch.where(t > 1, t - 0.5, t) if t.itemsize < 8 else t)
    verdict = verify(step, "max", dtypes=("float64", "float16"))
    assert [each.answer.value for each in verdict.by_dtype.values()] == ["undecided", "different"]
    assert verdict.verdict == "different"


def test_every_public_name_loads():
    for name in ordering.__all__:
        assert getattr(ordering, name) is not None
    assert set(ordering.__all__) <= set(dir(ordering))
    with pytest.raises(AttributeError, match="nothere"):
        _ = ordering.nothere


def test_a_kernel_that_fails_in_the_middle_of_a_large_scan_has_one_verdict():
    """Several spans are under way when the first of them fails."""

    def kernel(t):
        if t.dtype == torch.float32 and t.numel() == 2**16 and bool((t[0] - t[-1]).abs() < 1e-30):
            raise RuntimeError("not here")
        return t.clamp(min=0)

    verdict = verify(Activation("f", kernel=kernel), "max", dtypes=("float16", "float32"), workers=2)
    assert verdict.by_dtype["float32"].answer is Answer.ERROR
    assert "not here" in verdict.by_dtype["float32"].why
    assert verdict.by_dtype["float16"].answer is not Answer.ERROR
