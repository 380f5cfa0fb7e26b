"""What one look at a kernel shows: falls between neighbours or far apart, rises, rests, bends, and none."""

import pytest
import torch
import torch.nn.functional as F
from sympy import Rational

from ordering import Activation, activations
from ordering.errors import KernelError
from ordering.kernels.course import breaches

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def seen(kernel, needed, dtype=torch.float32, **more):
    return breaches(needed, Activation("mine", kernel=kernel, **more), dtype)


def dent(low, high, depth):
    """The identity, lower by `depth` between two values."""
    return lambda t: t - depth * ((t > low) & (t < high)).to(t.dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    ("needed", "name"),
    [
        ("nondecreasing", "relu"),
        ("nondecreasing", "identity"),
        ("strictly_increasing", "identity"),
        ("nonincreasing", "neg"),
        ("convex", "relu"),
        ("convex", "abs"),
        ("concave", "neg"),
        ("affine", "identity"),
    ],
)
def test_what_has_the_property_shows_no_breach(needed, name, dtype):
    assert breaches(needed, activations[name], dtype) == ()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_window_is_a_breach_in_rising_order(dtype):
    kernel = dent(3.0, 3.5, 0.25)
    windows = seen(kernel, "nondecreasing", dtype)
    assert windows
    for values in windows:
        low, high = torch.tensor(values, dtype=torch.float64).to(dtype)
        assert low < high
        assert kernel(low) > kernel(high)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("centre", [0.0017, -0.31, 5.0, -1234.5, 3.0e5, -2.0e-7, 1.0e20])
def test_a_dip_that_is_narrow_and_shallow_is_seen(centre, seed, dtype):
    width = abs(centre) * 0.016
    kernel = dent(centre - width / 2, centre + width / 2, 0.1 * width)
    assert breaches("nondecreasing", Activation("dented", kernel=kernel), dtype, seed)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_where_activations_have_their_features_narrower_ones_are_seen(seed, dtype):
    for centre in (0.01, -1.7, 11.3, -200.0):
        width = abs(centre) * 0.002
        kernel = dent(centre - width / 2, centre + width / 2, 0.1 * width)
        assert breaches("nondecreasing", Activation("dented", kernel=kernel), dtype, seed)


def test_another_seed_looks_elsewhere_and_the_same_one_there_again():
    spike = Activation("spike", kernel=lambda t: F.relu(t) - 100 * ((t > 5.0001) & (t < 5.0006)).to(t.dtype))
    found = [breaches("nondecreasing", spike, torch.float32, seed) for seed in range(64)]
    assert any(found)
    assert not all(found)
    assert found == [breaches("nondecreasing", spike, torch.float32, seed) for seed in range(64)]


def test_among_many_small_falls_the_deepest_is_there():
    def ragged(t):
        near = (t > 0.5) & (t < 2) & ((t * 64).floor() % 2 == 0)
        return torch.where(t == 3000, torch.zeros_like(t), t - 0.02 * near.to(t.dtype))

    windows = seen(ragged, "nondecreasing", torch.float16)
    assert any(high == 3000 for _, high in windows)


def test_a_fall_far_from_its_top_has_the_top_in_its_window():
    # From 1 it climbs down so slowly that no neighbours differ by more than one step.
    windows = seen(lambda t: torch.where(t < 1, t, 1 - (t - 1) / 256), "nondecreasing", torch.float16)
    kernel_range = [(high - low) for low, high in windows]
    assert max(kernel_range) > 250


def test_rises_rests_and_bends_are_seen():
    assert seen(lambda t: dent(3.0, 3.1, 0.25)(t).neg(), "nonincreasing")
    assert seen(lambda t: torch.where((t > 5) & (t < 5.05), 5.0, t), "strictly_increasing")
    assert seen(dent(3.0, 3.02, -0.001), "convex")
    assert seen(dent(3.0, 3.02, 0.001), "concave")
    assert seen(dent(3.0, 3.02, 0.001), "affine")


def test_a_nan_at_a_number_is_seen():
    windows = seen(lambda t: torch.where((t > 3.01) & (t < 3.03), torch.nan, t), "nondecreasing")
    assert windows
    assert all(3.01 < low < 3.03 for low, _ in windows)


def test_nothing_outside_the_interval_of_the_activation_is_looked_at():
    kernel = dent(3.0, 3.5, 0.25)
    assert seen(kernel, "nondecreasing", low=Rational(4)) == ()
    narrow = seen(
        dent(0.50002, 0.50003, 1e-5), "nondecreasing", low=Rational(1, 2), high=Rational(50004, 100000)
    )
    assert narrow


def test_a_kernel_that_raises_is_named():
    def refuses(t):
        raise ValueError("not today")

    with pytest.raises(KernelError, match=r"mine.*not today"):
        seen(refuses, "nondecreasing")
