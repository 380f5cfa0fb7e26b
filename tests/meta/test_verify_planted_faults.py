"""One planted fault for each world, which `verify` must report, and controls on which it must not."""

import functools

import pytest
import torch
import torch.nn.functional as F
from sympy import Max, exp, tanh

import ordering
from ordering import Activation, Pooling, activations, poolings, x
from ordering.pooling import Kind

pytestmark = pytest.mark.machine

# One dtype is enough to see a fault caught; the properties suite runs the catalogue in more.
verify = functools.partial(ordering.verify, dtypes=("float16",))


def step_down(tensor):
    """The identity, but for one step down by a half at 1."""
    return torch.where(tensor > 1, tensor - 0.5, tensor)


def zero_padded_max(tensor, kernel_size, padding=0, **arguments):
    """Max pooling that pads with zero where torch pads with -inf."""
    height, width = (padding, padding) if isinstance(padding, int) else padding
    return F.max_pool2d(F.pad(tensor, (width, width, height, height)), kernel_size, **arguments)


ZERO_PADDED = Pooling(
    "zero_padded_max",
    kernel=zero_padded_max,
    dimensions=2,
    kinds=(Kind.SELECT_MAX,),
    arguments=frozenset({"kernel_size", "stride", "padding", "ceil_mode"}),
)


# ---- an activation with a downward step ----------------------------------------------------------------


def test_a_downward_step_without_an_expression_is_found_by_floats_and_kernels():
    verdict = verify(Activation("step_down", kernel=step_down), "max")
    assert verdict.verdict == "different", verdict.explain()
    assert verdict.worlds["floats"].outcome.value == "refuted"
    assert verdict.worlds["kernels"].outcome.value == "refuted"
    found = verdict.counterexample
    assert found is not None
    assert found.input.numel() == 2


def test_a_downward_step_hidden_behind_a_monotone_expression_is_an_error():
    verdict = verify(Activation("step_down", kernel=step_down, expression=x), "max")
    assert verdict.verdict == "error", verdict.explain()
    assert "1." in verdict.why


def test_a_step_at_a_single_value_is_found_by_the_floats():
    dented = Activation("dented", kernel=lambda t: torch.where(t == 1.5, t - 1, t), expression=x)
    assert verify(dented, "max").verdict in ("error", "different")


# ---- a wrong sympy expression --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "expression"),
    [
        pytest.param(F.silu, tanh(x), id="another function"),
        pytest.param(F.relu, -Max(x, 0), id="wrong sign"),
        pytest.param(F.sigmoid, 1 / (1 + exp(-x)) + x / 10**4, id="off by a little"),
        pytest.param(F.relu6, Max(x, 0), id="right only below 6"),
    ],
)
def test_a_wrong_expression_is_an_error_and_never_a_proof(kernel, expression):
    verdict = verify(Activation("mislabelled", kernel=kernel, expression=expression), "max")
    assert verdict.verdict == "error", verdict.explain()
    assert verdict.fidelity is not None
    assert verdict.fidelity.faithful is False
    assert verdict.fidelity.parting is not None


# ---- a pooling that pads with zero ---------------------------------------------------------------------


def increasing_here(kernel, both_codes):
    """What to expect of an increasing function: whether its results rise here, whichever code gives them."""
    _, vector, scalar = both_codes(kernel)
    highest = torch.maximum(vector, scalar).cummax(0).values
    return "exact" if bool((torch.minimum(vector, scalar) >= highest).all()) else "rounding"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_max_pooling_that_pads_with_zero_contradicts_the_proof(activation, both_codes):
    verdict = verify(activation, ZERO_PADDED)
    if activation == "tanh":
        # tanh is nondecreasing with tanh(0) = 0: the wrong padding commutes with it, and that is right.
        assert verdict.verdict == increasing_here(torch.tanh, both_codes), verdict.explain()
        assert not verdict.contradictions
    else:
        assert verdict.verdict == "different", verdict.explain()
        assert verdict.contradictions


# ---- kernels that are not functions of the value -------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "complaint"),
    [
        pytest.param(lambda t: t[..., :1], "shape", id="wrong shape"),
        pytest.param(lambda t: t.double(), "float64", id="wrong dtype"),
        pytest.param(lambda t: t + torch.rand_like(t), "", id="random"),
        pytest.param(lambda t: t - t.mean(), "", id="not pointwise"),
        pytest.param(lambda t: 1 // 0, "ZeroDivisionError", id="raises"),
        pytest.param(lambda t: None, "", id="no tensor"),
    ],
)
def test_a_kernel_that_cannot_be_examined_is_an_error(kernel, complaint):
    verdict = verify(Activation("broken", kernel=kernel), "max")
    assert verdict.verdict == "error", verdict.explain()
    assert complaint in verdict.why


# ---- controls ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_the_identity_is_exact(pooling):
    verdict = verify("identity", pooling)
    assert verdict.verdict == "exact", verdict.explain()
    assert not verdict.contradictions
    assert verdict.counterexample is None


@pytest.mark.parametrize(
    ("activation", "with_max"),
    [
        ("relu", "exact"),
        ("leaky_relu", "increasing"),
        ("tanh", "increasing"),
        ("sigmoid", "increasing"),
        ("gelu", "different"),
        ("silu", "different"),
    ],
)
def test_the_verdicts_of_the_first_seven(activation, with_max, both_codes):
    verdict = verify(activation, "max")
    if with_max == "increasing":
        # Whether the two code paths differ in half precision depends on the CPU.
        with_max = increasing_here(activations[activation].kernel, both_codes)
    assert verdict.verdict == with_max, verdict.explain()
    assert not verdict.contradictions
    average = verify(activation, "avg")
    assert average.verdict == "different", average.explain()
    assert not average.contradictions
    assert poolings["avg"].name == average.pooling
