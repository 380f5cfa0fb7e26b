"""A trial's cases and the assertion of one case, without a test runner between."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from hypothesis.vendor.pretty import pretty
from sympy import Max, exp

from ordering import Activation, activations, laws, poolings, x
from ordering.errors import InvalidArgument, KernelError, NotApplicable
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.possible import Possible
from ordering.law import Case, Domain
from ordering.pooling import Kind, Pooling
from ordering.testing import ExpressionTrial, ScanTrial, Trial, explicit, parametrize_with_laws

TEN = settings(
    max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
PAIR = torch.tensor([[[[-1.0, -2.0]]]])
IN_A_ROW = {"kernel_size": (1, 2)}


def trial(activation, pooling="max_pool2d", law="commutes"):
    return Trial(
        laws[law] if isinstance(law, str) else law,
        poolings[pooling] if isinstance(pooling, str) else pooling,
        activations[activation] if isinstance(activation, str) else activation,
    )


# ---- the strategy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, "bfloat16"], ids=str)
def test_cases_are_of_the_trial_and_of_the_dtype(dtype):
    mine = trial("silu")

    @TEN
    @given(mine.cases(dtype))
    def drawn(case):
        assert str(case.input.dtype).endswith(str(dtype).removeprefix("torch."))
        assert (case.activation, case.pooling) == (mine.activation, mine.pooling)
        mine.check_case(case)

    drawn()


def test_a_strategy_costs_nothing_until_it_is_drawn_from(monkeypatch):
    def fails(*arguments):
        raise AssertionError("something was proved")

    monkeypatch.setattr("ordering.testing.trial.shape_of", fails)
    assert isinstance(trial("silu").cases(), SearchStrategy)
    with pytest.raises(InvalidArgument, match="float8"):
        trial("silu").cases("float8_e5m2")


def test_hinted_windows_are_among_the_cases():
    possible = Possible(
        activations["relu"],
        poolings["max_pool2d"],
        laws["commutes"],
        torch.float32,
        frozenset({Domain.FINITE}),
        frozenset({Kind.SELECT_MAX}),
        hints=((-123.25, 456.75),),
    )
    seen = set()

    @settings(TEN, max_examples=300)
    @given(possible.any_case())
    def drawn(case):
        seen.update(case.input.flatten().tolist())

    drawn()
    assert {-123.25, 456.75} <= seen


def test_a_kernel_that_writes_to_a_hinted_case_does_not_change_it_for_the_next():
    possible = Possible(
        activations["relu"],
        poolings["max_pool2d"],
        laws["commutes"],
        torch.float32,
        frozenset({Domain.FINITE}),
        frozenset({Kind.SELECT_MAX}),
        hints=((-123.25, 456.75),),
    )
    before = [case.input.tolist() for case in possible.hinted()]

    @settings(TEN, max_examples=100)
    @given(possible.any_case())
    def drawn(case):
        case.input.detach().fill_(0)

    drawn()
    assert [case.input.tolist() for case in possible.hinted()] == before


@pytest.mark.parametrize(
    "alone", [ExpressionTrial(activations["relu"]), ScanTrial(activations["relu"], torch.float16)]
)
def test_trials_of_an_activation_alone_draw_nothing_and_say_so(alone):
    for asked in (alone.cases, lambda: alone.check_case(explicit(PAIR))):
        with pytest.raises(NotApplicable, match=r"draws nothing.*alone=False"):
            asked()


def test_a_trial_without_an_answer_skips_at_the_first_draw():
    mine = trial(Activation("mine", kernel=F.silu))

    @TEN
    @given(mine.cases())
    def drawn(case):
        raise AssertionError

    with pytest.raises(pytest.skip.Exception, match="neither proved nor refuted for mine"):
        drawn()


# ---- one case ----------------------------------------------------------------------------------------------


def lazy(kernel):
    return Pooling(
        "lazy", kernel=kernel, dimensions=2, kinds=(Kind.SELECT_MAX,), arguments=frozenset({"kernel_size"})
    )


def test_a_case_that_breaks_a_law_which_must_hold_fails_with_both_orders_and_what_keeps_it():
    mine = trial("relu", lazy(F.avg_pool2d))
    mine.check_case(explicit(torch.tensor([[[[1.0, 2.0]]]]), **IN_A_ROW))
    with pytest.raises(AssertionError) as failure:
        mine.check_case(explicit(torch.tensor([[[[1.0, -1.0]]]]), **IN_A_ROW))
    told = str(failure.value)
    assert told.startswith("commutes[lazy-relu]: the law must hold for select_max, yet it is broken: 0.5 = ")
    assert "P(f(x)) = [[[[0.5]]]]\n" in told
    kept = "@example(data=explicit(torch.tensor([[[[1.0, -1.0]]]], dtype=torch.float32), kernel_size=(1, 2)))"
    assert kept in told


def test_a_case_too_large_to_be_read_is_told_by_a_small_one_with_the_same_fault():
    ramp = (torch.arange(10_000) - 5000.5).reshape(1, 5000, 1, 2)
    with pytest.raises(AssertionError) as failure:
        trial("relu", lazy(F.avg_pool2d)).check_case(explicit(ramp, **IN_A_ROW))
    told = str(failure.value)
    assert "x       = [[[[1.0, -1.0]]]]\n" in told
    assert "@example(data=explicit(torch.tensor([[[[1.0, -1.0]]]]" in told


def test_a_large_case_is_told_as_it_is_where_no_small_one_has_its_fault():
    def averages_what_is_large(t, kernel_size):
        return (F.max_pool2d if t.numel() < 2000 else F.avg_pool2d)(t, kernel_size)

    large = explicit(torch.linspace(-16, 16, 4097)[None, None, None, :], kernel_size=(1, 4097))
    with pytest.raises(AssertionError, match="must hold") as failure:
        trial("relu", lazy(averages_what_is_large)).check_case(large)
    told = " ".join(str(failure.value).split())
    # How far through it the differing element lies, so far through the input one looks.
    assert (
        "x = 4,097 numbers, shape (1, 1, 1, 4097), of which [0, 0, 0:1, 0:8] is [[-16.0, -15.9921875, "
        in told
    )
    assert "@example" not in told


def test_a_law_that_must_fail_may_do_either_on_one_case_but_not_pass_the_drawdown(monkeypatch):
    mine = trial("silu")
    mine.check_case(explicit(PAIR, **IN_A_ROW))
    mine.check_case(explicit(-PAIR, **IN_A_ROW))
    monkeypatch.setattr("ordering.testing.trial.largest_fall", lambda shape: 0.0)
    mine.check_case(explicit(-PAIR, **IN_A_ROW))
    with pytest.raises(AssertionError, match="passes the proved drawdown 0"):
        mine.check_case(explicit(PAIR, **IN_A_ROW))


def test_rounding_is_forgiven_and_a_strict_law_forgives_none():
    def kernel(t):
        return F.relu(t) - 8 * torch.finfo(t.dtype).eps * (t == 1)

    rounded = Activation("rounded", kernel=kernel, expression=Max(x, 0))
    close = explicit(torch.tensor([[[[1.0, 1 - 2 * torch.finfo(torch.float32).eps]]]]), **IN_A_ROW)
    trial(rounded).check_case(close)
    with pytest.raises(AssertionError, match="must hold"):
        trial(rounded, law=replace(laws["commutes"], name="to_the_bit", strict=True)).check_case(close)


def test_an_overflow_is_no_failure_where_it_is_to_be_expected():
    doubled = Activation("doubled", kernel=lambda t: t * 4 / 4, expression=x)
    largest = torch.finfo(torch.float32).max
    trial(doubled, "avg_pool2d").check_case(explicit(torch.tensor([[[[largest, -largest]]]]), **IN_A_ROW))


def test_an_infinite_drawdown_bounds_nothing_even_where_a_kernel_overflows():
    falling = Activation("falling", kernel=lambda t: -torch.exp(t), expression=-exp(x))
    trial(falling, law="drawdown_bound").check_case(explicit(torch.tensor([[[[89.0, 1.0]]]]), **IN_A_ROW))


def test_a_case_outside_the_law_is_told():
    outside = explicit(torch.zeros(1, 1, 1, 1), kernel_size=2, padding=1, dilation=2)
    with pytest.raises(
        NotApplicable, match=r"lies outside the law: Case\(relu, max_pool2d, \[\[\[\[0.0\]\]\]\]"
    ):
        trial("relu").check_case(outside)


def test_arguments_that_the_pooling_does_not_take_are_an_error():
    with pytest.raises(KernelError, match="kernal_size"):
        trial("relu").check_case(explicit(PAIR, kernal_size=2))


@pytest.mark.parametrize("wrong", [[1.0], torch.tensor([1]), None], ids=str)
def test_an_explicit_input_is_a_tensor_of_floats(wrong):
    with pytest.raises(InvalidArgument, match="tensor of floating-point numbers"):
        explicit(wrong)


# ---- what is shown -----------------------------------------------------------------------------------------


def case_of(given_input, **arguments):
    return Case(activations["silu"], poolings["max_pool2d"], given_input, arguments)


def test_a_case_shows_names_exact_values_and_arguments():
    shown = "Case(silu, max_pool2d, [[[[-1.0, -2.0]]]], torch.float32, kernel_size=(1, 2))"
    assert repr(case_of(PAIR, **IN_A_ROW)) == pretty(case_of(PAIR, **IN_A_ROW)) == shown
    third = torch.tensor([1 / 3], dtype=torch.bfloat16)
    assert "[0.333984375], torch.bfloat16" in repr(case_of(third))


def test_a_large_case_is_cut_and_its_layout_is_told():
    large = lay_out(torch.arange(4096.0).reshape(1, 1, 64, 64), Layout.STRIDED).requires_grad_()
    shown = repr(case_of(large))
    assert "14.0, 15.0, ... 4,080 more], torch.float32, shape=(1, 1, 64, 64), stride=(" in shown
    assert "requires_grad=True" in shown
    assert len(shown) < 300


def test_an_explicit_input_is_shown_as_it_is_written():
    for given_input in (PAIR, lay_out(PAIR, Layout.STRIDED), PAIR.clone().requires_grad_()):
        shown = repr(explicit(given_input, **IN_A_ROW))
        again = eval(shown, {"explicit": explicit, "torch": torch})  # noqa: S307  # our own text
        assert again.input.tolist() == given_input.tolist()
        assert again.input.stride() == given_input.stride()
        assert again.input.requires_grad == given_input.requires_grad
        assert repr(again) == shown == pretty(again)


def test_a_trial_is_shown_as_its_id():
    for mine in (trial("silu"), ExpressionTrial(activations["relu"])):
        assert repr(mine) == str(mine) == pretty(mine)


# ---- @given and the trials of activations alone ------------------------------------------------------------


def ids(test):
    (mark,) = test.pytestmark
    return [parameter.id for parameter in mark.args[1]]


def test_a_test_that_draws_has_no_trials_of_activations_alone():
    chosen: dict[str, Any] = {"laws": ["commutes"], "activations": ["relu"], "poolings": ["max_pool2d"]}

    def test_checks(trial):
        trial.check()

    @given(data=st.data())
    def test_draws(trial, data):
        trial.check_case(data.draw(trial.cases()))

    assert ids(parametrize_with_laws(**chosen)(test_draws)) == ["commutes[max_pool2d-relu]"]
    assert len(ids(parametrize_with_laws(**chosen)(test_checks))) == 4
