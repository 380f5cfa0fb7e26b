"""Claims 1, 2 and 4: what is ruled on known functions, and planted faults that change the ruling."""

import pytest
import torch
import torch.nn.functional as F
from sympy import Max

from ordering import Activation, Pooling, activations, poolings, x
from ordering.claims import gradients, max_pooling, normal, zeros
from ordering.claims.records import Answer
from ordering.claims.slopes import Slope, slopes
from ordering.pooling import Kind


def quiet(_line):
    """Tell nobody."""


def some(*names):
    return [activations[name] for name in names]


def raising(_tensor):
    raise RuntimeError("no kernel for this")


BROKEN = Activation("broken", kernel=raising, expression=Max(x, 0))
AVERAGING = Pooling(
    "averaging",
    lambda tensor, kernel_size: F.avg_pool2d(tensor, kernel_size),
    2,
    (Kind.SELECT_MAX,),
    arguments=frozenset({"kernel_size"}),
)
SELECTING = Pooling(
    "selecting",
    lambda tensor, kernel_size: F.max_pool2d(tensor, kernel_size),
    2,
    (Kind.MEAN,),
    arguments=frozenset({"kernel_size"}),
)


# ---- claim 1 -------------------------------------------------------------------------------------------


def test_max_pooling_holds_for_functions_that_never_fall():
    ruling = max_pooling.rule(quiet, subjects=some("relu", "identity"), workers=1, around=False)
    assert ruling.answer is Answer.HOLDS
    assert not ruling.open


def test_max_pooling_holds_under_conditions_where_one_falls():
    ruling = max_pooling.rule(quiet, subjects=some("relu", "silu"), workers=1)
    assert ruling.answer is Answer.CONDITIONS
    assert "not for silu" in ruling.conditions
    falling = next(each for each in ruling.evidence if dict(each.numbers).get("falling") == 1)
    assert "drawdown 0.278465" in falling.examples[0]
    padded = next(each for each in ruling.evidence if "wholly in padding" in each.sentence)
    assert dict(padded.numbers)["agree"] == len(padded.examples)
    slopes_told = next(each for each in ruling.evidence if "negative slope" in each.sentence)
    assert all("unbounded" in line for line in slopes_told.examples)


def test_a_max_pooling_that_averages_is_caught():
    ruling = max_pooling.rule(
        quiet, subjects=some("relu", "hardtanh"), pooling=AVERAGING, workers=1, around=False
    )
    assert ruling.answer is Answer.FAILS
    assert "contradict" in ruling.conditions


def test_max_pooling_of_a_function_that_falls_alone_does_not_hold():
    assert max_pooling.rule(quiet, subjects=some("neg"), workers=1, around=False).answer is Answer.FAILS


def test_what_could_not_be_examined_is_no_pass():
    ruling = max_pooling.rule(quiet, subjects=[*some("relu"), BROKEN], workers=1, around=False)
    assert ruling.answer is Answer.UNDECIDED
    assert any("broken" in each for each in ruling.open)


# ---- claim 2 -------------------------------------------------------------------------------------------


def test_relu_has_fewer_zeros_activation_first_as_the_theorem_expects():
    ruling = zeros.rule(quiet, subjects=some("relu"))
    assert ruling.answer is Answer.HOLDS
    assert any("as counted" in each.sentence and "NOT" not in each.sentence for each in ruling.evidence)
    counted = normal.zeros(activations["relu"], poolings["avg"])
    assert counted.near(1 / 16, 1 / 2)
    assert not counted.near(1 / 2, 1 / 16)
    assert counted.only_first == 0, "zeros of activation first are zeros of pooling first"


def test_the_zeros_of_sign_go_the_other_way():
    ruling = zeros.rule(quiet, subjects=some("sign"))
    assert ruling.answer is Answer.FAILS
    both = zeros.rule(quiet, subjects=some("relu", "sign", "exp"))
    assert both.answer is Answer.CONDITIONS
    assert "the other way for sign" in both.conditions


def test_an_average_that_selects_loses_the_difference():
    ruling = zeros.rule(quiet, subjects=some("relu"), pooling=SELECTING)
    assert ruling.answer is Answer.FAILS
    assert any("NOT as counted" in each.sentence for each in ruling.evidence)


def test_zeros_that_could_not_be_counted_are_no_pass():
    ruling = zeros.rule(quiet, subjects=[*some("relu"), BROKEN])
    assert ruling.answer is Answer.UNDECIDED
    assert "broken" in ruling.open[0]


# ---- claim 4 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("prelu(weight=0.25)", Slope.NOWHERE),
        ("prelu(weight=0)", Slope.INTERVALS),
        ("relu", Slope.INTERVALS),
        ("elu", Slope.NOWHERE),
        ("silu", Slope.POINTS),
        ("gelu", Slope.POINTS),
        ("tanhshrink", Slope.POINTS),
        ("sin", Slope.POINTS),
        ("floor", Slope.INTERVALS),
    ],
)
def test_where_the_derivative_is_zero(name, where):
    assert slopes(activations[name]).slope is where


def test_without_an_expression_the_derivative_is_not_known():
    unknown = Activation("unknown", kernel=torch.tanh)
    assert slopes(unknown).slope is Slope.UNKNOWN
    assert gradients.rule(quiet, subjects=[*some("prelu(weight=2)"), unknown]).answer is Answer.UNDECIDED


def test_prelu_keeps_gradients_under_average_pooling_and_not_under_max_pooling():
    ruling = gradients.rule(quiet, subjects=some("prelu(weight=0.25)", "relu"))
    assert ruling.answer is Answer.CONDITIONS
    most = next(dict(each.numbers) for each in ruling.evidence if "Average pooling" in each.sentence)
    assert most == {"most without gradient": 0.0}
    selected = next(dict(each.numbers) for each in ruling.evidence if "Max pooling" in each.sentence)
    assert selected == {"least": 0.75, "most": 0.75}


def test_the_gradient_of_elu_is_zero_on_the_floats_far_below_zero():
    ruling = gradients.rule(quiet, subjects=some("elu"))
    told = next(each for each in ruling.evidence if "rounded to 0" in each.sentence)
    assert dict(told.numbers) == {"saturating": 1}
    assert any("float16" in line for line in told.examples)


def test_a_kernel_that_drops_gradients_is_caught():
    lying = Activation("lying", kernel=torch.relu, expression=activations["prelu(weight=0.25)"].expression)
    ruling = gradients.rule(quiet, subjects=[lying])
    assert ruling.answer is Answer.FAILS
    assert "lying" in ruling.conditions


def test_a_pooling_that_drops_gradients_is_caught():
    def dropping(tensor, kernel_size):
        return F.avg_pool2d(torch.cat((tensor[..., :2].detach(), tensor[..., 2:]), -1), kernel_size)

    average = Pooling("dropping", dropping, 2, (Kind.MEAN,), arguments=frozenset({"kernel_size"}))
    assert gradients.rule(quiet, subjects=some("identity"), average=average).answer is Answer.FAILS


def test_a_kernel_without_gradients_is_open():
    rounded = Activation("rounded", kernel=lambda t: t.detach().clone(), expression=x)
    ruling = gradients.rule(quiet, subjects=[*some("identity"), rounded])
    assert ruling.answer is Answer.UNDECIDED
    assert "records no gradient" in ruling.open[0]
