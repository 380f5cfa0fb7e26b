"""The sweep: every case is one that torch takes, with all manners and layouts among them."""

import pytest
import torch

from ordering import activations, laws, poolings
from ordering.kernels.checking import claimed_on, inside
from ordering.kernels.geometry import MANNERS
from ordering.kernels.layout import Layout
from ordering.kernels.sweep import THREADED, sweep, typical
from ordering.law import Domain
from ordering.pooling import Kind, Pooling

IDENTITY = activations["identity"]
EVERYWHERE = frozenset(Domain)


def swept(pooling, domains=EVERYWHERE, activation=IDENTITY, dtype=torch.float32):
    return list(sweep(activation, poolings[pooling], dtype, domains))


@pytest.mark.parametrize("name", poolings)
def test_every_pooling_of_the_catalogue_has_cases_that_torch_takes(name):
    cases = swept(name)
    assert cases
    for case in cases:
        assert set(case.arguments) <= poolings[name].arguments
        assert len(case.pool(case.input)) == len(case.input)
    assert max(case.input.numel() for case in cases) > THREADED / 2
    assert any(len(case.input) == 0 for case in cases)


def test_a_geometry_of_ones_own_has_none():
    mine = Pooling("mine", kernel=torch.clone, dimensions=1, kinds=(Kind.REARRANGE,), geometry=lambda: None)
    assert typical(mine, mine.geometry) == []


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_every_manner_of_sliding_is_there_with_unequal_axes(name):
    entry, calls = poolings[name], [set(case.arguments) for case in swept(name)]
    for manner in MANNERS:
        if entry.arguments.issuperset(manner):
            assert {"kernel_size", *manner} in calls
    for argument in ("kernel_size", "stride", "padding"):
        assert any(len(set(case.arguments.get(argument, ()))) == 2 for case in swept(name))


def test_every_layout_is_there_with_and_without_gradient():
    cases = swept("max_pool2d")
    for layout in Layout:
        alike = [case for case in cases if is_laid_out(case.input, layout)]
        assert {case.input.requires_grad for case in alike} == {True, False}


def is_laid_out(tensor, layout):
    known = {
        Layout.CONTIGUOUS: tensor.is_contiguous() and tensor.storage_offset() == 0,
        Layout.CHANNELS_LAST: tensor.stride(1) == 1 and tensor.shape[1] > 1,
        Layout.STRIDED: tensor.stride(-1) == 2,
        Layout.TRANSPOSED: tensor.stride(-2) == 1 < tensor.stride(-1) and tensor.stride(1) > 1,
        Layout.OFFSET: tensor.storage_offset() == 1,
        Layout.EXPANDED: tensor.stride(0) == 0,
    }
    return known[layout]


@pytest.mark.parametrize(
    "domains",
    [{Domain.FINITE}, {Domain.NAN}, {Domain.INFINITE}, EVERYWHERE],
    ids=["finite", "nan", "infinite", "all"],
)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_inputs_belong_to_the_domains(domains, dtype):
    cases = swept("max_pool2d", domains=domains, dtype=dtype)
    # An empty batch holds nothing.
    assert sum(inside(domains, case.input) for case in cases) >= len(cases) - 1
    for domain in domains - {Domain.FINITE}:
        test = torch.isnan if domain is Domain.NAN else torch.isinf
        assert any(bool(test(case.input).any()) for case in cases)


def test_nothing_lies_outside_the_interval_of_the_activation():
    cases = swept("max_pool2d", activation=activations["reciprocal"])
    assert all(claimed_on(activations["reciprocal"], case.input) for case in cases)


def test_most_cases_meet_the_condition_that_sums_fit():
    law = laws["reduces_as_declared"]
    assert law.condition is not None
    for name in ("avg_pool2d", "adaptive_avg_pool2d", "global_avg_pool2d"):
        fits = [law.condition(case) for case in swept(name)]
        assert sum(fits) > 0.6 * len(fits)


def test_the_sweep_is_the_same_every_time():
    for first, second in zip(swept("avg_pool2d"), swept("avg_pool2d"), strict=True):
        assert first.arguments == second.arguments
        assert torch.equal(first.input.nan_to_num(nan=7), second.input.nan_to_num(nan=7))
