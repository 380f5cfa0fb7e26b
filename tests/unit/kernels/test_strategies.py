"""The strategies themselves: valid, reaching the edge cases, shrinking to the least."""

import math

import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from ordering import activations, poolings
from ordering.errors import InvalidArgument, InvalidEntry
from ordering.kernels import geometry
from ordering.kernels.geometry import invalid_placements, placements
from ordering.kernels.layout import Layout, lay_out
from ordering.kernels.strategies import Size, cases, cases_of, elements, tensors
from ordering.kernels.values import breakpoints, landmarks, pool
from ordering.law import Domain
from ordering.pooling import GEOMETRIES, Kind, Pooling

FINITE = {Domain.FINITE}
IDENTITY = activations["identity"]
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
# What is drawn in one example of eighty is found at once, or else much later: Hypothesis draws otherwise with
# each module that is loaded.
UNSHRUNK = settings(
    max_examples=5000, database=None, derandomize=True, deadline=None, phases=[Phase.generate]
)
SOME = settings(max_examples=300, database=None, derandomize=True, deadline=None)


@pytest.mark.parametrize("name", poolings)
def test_every_drawn_call_is_one_that_torch_takes(name):
    drawn = cases(IDENTITY, poolings[name], torch.float32)

    @settings(max_examples=30)
    @given(drawn)
    def takes(case):
        result = case.pool(case.input)
        assert result.shape[0] == case.input.shape[0]
        assert set(case.arguments) <= poolings[name].arguments

    takes()


@pytest.mark.parametrize(
    "name", [name for name, entry in poolings.items() if entry.geometry in ("sliding", "adaptive")]
)
def test_every_invalid_call_is_one_that_torch_refuses(name):
    @settings(max_examples=15)
    @given(invalid_placements(poolings[name]))
    def refuses(placement):
        with pytest.raises((RuntimeError, ValueError)):
            poolings[name].kernel(torch.zeros(1, 1, *placement.spatial), **placement.arguments)

    refuses()


def test_invalid_calls_are_known_for_sliding_and_adaptive_poolings_only():
    with pytest.raises(InvalidEntry, match="only sliding and adaptive"):
        invalid_placements(poolings["flatten"])


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ("stride", lambda value: max(value) > 1),
        ("padding", any),
        ("dilation", lambda value: max(value) > 1),
        ("ceil_mode", bool),
        ("count_include_pad", lambda value: value is False),
        ("divisor_override", lambda value: value > 1),
    ],
)
def test_every_argument_is_reached(argument, wanted):
    pooling = poolings["avg_pool2d" if argument.startswith(("count", "divisor")) else "max_pool2d"]
    find(
        placements(pooling),
        lambda placement: argument in placement.arguments and wanted(placement.arguments[argument]),
        settings=SOME,
    )


def test_kinds_choose_the_arguments():
    @settings(max_examples=50)
    @given(placements(poolings["avg_pool2d"], frozenset({Kind.LINEAR})))
    def linear(placement):
        assert poolings["avg_pool2d"].kind(placement.arguments) is Kind.LINEAR

    linear()


def test_a_geometry_that_does_not_exist_is_named():
    with pytest.raises(InvalidEntry, match="spiral"):
        Pooling("odd", kernel=torch.clone, dimensions=1, kinds=(Kind.REARRANGE,), geometry="spiral")
    with pytest.raises(InvalidEntry, match="spiral"):
        placements(poolings["flatten"], geometry="spiral")


def test_the_geometries_that_a_pooling_may_name_are_those_that_there_are():
    assert tuple(geometry.GEOMETRIES) == GEOMETRIES


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_elements_are_values_of_the_dtype(dtype):
    @settings(max_examples=100)
    @given(elements(dtype, activations["gelu"]))
    def representable(value):
        stored = torch.tensor(value, dtype=torch.float64).to(dtype).item()
        assert dtype is torch.bfloat16 or stored == value or math.isnan(value)
        assert math.isinf(stored) == math.isinf(value)

    representable()


@pytest.mark.parametrize(
    "wanted",
    [
        lambda v: v == 0 and math.copysign(1, v) < 0,
        math.isnan,
        lambda v: v == math.inf,
        lambda v: v == -math.inf,
        lambda v: 0 < abs(v) < torch.finfo(torch.float32).smallest_normal,
        lambda v: v == torch.finfo(torch.float32).max,
    ],
    ids=["-0", "NaN", "inf", "-inf", "subnormal", "max"],
)
def test_special_values_are_reached(wanted):
    find(elements(torch.float32), wanted, settings=settings(SOME, max_examples=3000))


def test_domains_leave_out_what_they_do_not_name():
    with pytest.raises(NoSuchExample):
        find(elements(torch.float32, domains={Domain.FINITE}), lambda v: not math.isfinite(v), settings=SOME)


@pytest.mark.parametrize("domain", [Domain.INFINITE, Domain.NAN])
def test_without_finite_every_input_holds_a_value_of_the_class(domain):
    test = torch.isinf if domain is Domain.INFINITE else torch.isnan

    @settings(max_examples=50)
    @given(cases(IDENTITY, poolings["max_pool2d"], torch.float32, domains={domain}))
    def holds_one(case):
        assert case.input.numel() == 0 or bool(test(case.input).any())

    holds_one()


def test_an_empty_set_of_domains_is_refused():
    with pytest.raises(InvalidArgument, match="domains"):
        cases(IDENTITY, poolings["max_pool2d"], torch.float32, domains=())


def test_an_activation_claimed_on_an_interval_sees_nothing_outside():
    @settings(max_examples=50)
    @given(cases(activations["reciprocal"], poolings["max_pool2d"], torch.float32, size=Size.SEEDED))
    def positive(case):
        assert bool(((case.input > 0) | case.input.isnan()).all())

    positive()


@pytest.mark.parametrize("layout", list(Layout))
def test_layouts_keep_the_values_and_differ_in_memory(layout):
    plain = torch.arange(24.0).reshape(1, 2, 3, 4)
    laid = lay_out(plain, layout)
    assert torch.equal(laid, plain)
    assert (laid.stride() != plain.stride() or laid.storage_offset() > 0) is (
        layout not in (Layout.CONTIGUOUS, Layout.EXPANDED)
    )


def test_an_expanded_tensor_repeats_its_first_entry():
    laid = lay_out(torch.arange(4.0).reshape(2, 2), Layout.EXPANDED)
    assert laid.stride()[0] == 0
    assert laid.tolist() == [[0.0, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_is_drawn_with_and_without_gradient(layout):
    target = lay_out(torch.arange(24.0).reshape(2, 2, 2, 3), layout)
    for grad in (False, True):
        drawn = tensors((2, 2, 2, 3), torch.float32)
        find(
            drawn,
            lambda t: (t.requires_grad, t.stride()) == (grad, target.stride()),  # noqa: B023 - called at once
            settings=UNSHRUNK,
        )


@pytest.mark.parametrize(
    "wanted",
    [
        lambda case: case.input.shape[0] == 0,
        lambda case: case.input.shape[0] == 3,
        lambda case: case.input.requires_grad,
        lambda case: len(set(case.input.flatten().tolist())) < case.input.numel(),
    ],
    ids=["empty batch", "batch of three", "gradient", "ties"],
)
def test_the_situations_that_matter_are_reached(wanted):
    find(cases(IDENTITY, poolings["max_pool2d"], torch.float32), wanted, settings=UNSHRUNK)


@pytest.mark.parametrize("size", [Size.TILED, Size.SEEDED])
@pytest.mark.parametrize("least", [33, 2**15])
def test_large_tensors_reach_vector_bodies_and_thread_splits(size, least):
    drawn = cases(IDENTITY, poolings["max_pool1d"], torch.float32, size=size)
    find(drawn, lambda case: case.input.numel() > least, settings=UNSHRUNK)


def is_close(case):
    values = sorted(set(case.input.flatten().tolist()))
    return len(values) > 2 and 0 < values[-1] - values[0] < 1e-3 * abs(values[0])


def is_rising(case):
    flat = case.input.contiguous().flatten()
    return flat.numel() > 2**12 and bool((flat[1:] > flat[:-1]).all())


@pytest.mark.parametrize("name", ["identity", "reciprocal"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_windows_of_values_that_lie_close_together_are_reached(dtype, name):
    small = cases(activations[name], poolings["max_pool2d"], dtype, domains={Domain.FINITE})
    find(small, is_close, settings=UNSHRUNK)
    seeded = cases(
        activations[name], poolings["max_pool1d"], dtype, domains={Domain.FINITE}, size=Size.SEEDED
    )
    find(seeded, is_rising, settings=UNSHRUNK)


def test_of_given_windows_each_case_holds_one_and_nothing_else():
    windows = ((1.0, 2.0), (-3.0, 5.0, 7.0))
    drawn = cases_of(
        IDENTITY,
        poolings["max_pool1d"],
        torch.float32,
        pooled=(0.0,),
        domains={Domain.FINITE},
        windows=windows,
    )

    @settings(max_examples=50)
    @given(drawn)
    def one_of_them(case):
        values = set(case.input.flatten().tolist())
        assert any(values <= set(window) for window in windows)

    one_of_them()
    find(drawn, lambda case: set(case.input.flatten().tolist()) == {1.0, 2.0}, settings=UNSHRUNK)
    find(drawn, lambda case: set(case.input.flatten().tolist()) == {-3.0, 5.0, 7.0}, settings=UNSHRUNK)


def test_a_case_shrinks_to_one_element():
    drawn = cases(IDENTITY, poolings["max_pool2d"], torch.float32)
    case = find(drawn, lambda case: case.input.numel() > 0, settings=SOME)
    assert case.input.tolist() == [[[[0.0]]]]
    assert case.arguments == {"kernel_size": (1, 1)}


def test_values_of_interest():
    assert set(breakpoints(activations["hardswish"])) >= {0.0, 3.0, -3.0}
    assert -0.0 in pool(None, torch.float32)
    turning = landmarks(activations["silu"], torch.float32)
    assert any(-1.4 < value < -1.1 for value in turning)
