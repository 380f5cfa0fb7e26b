"""Dips: an activation that falls on a narrow stretch alone, where a coarse look and draws step over it.

Each must be found, and in a window of two values, for every seed.  Run with `ORDERING_SEEDS=20` to repeat
every one with twenty seeds.
"""

import os

import pytest
import torch
import torch.nn.functional as F
from hypothesis import strategies as st

from ordering import Activation, falsify
from ordering.evidence import Counterexample, Survival
from ordering.kernels import examine
from ordering.kernels.geometry import Placement
from ordering.pooling import Kind, Pooling
from ordering.testing import EXAMPLES

SEEDS = range(int(os.environ.get("ORDERING_SEEDS", "2")))
DIPS = [(3.25, 0.5), (-1.7, 0.11), (11.3, 0.4), (5.0, 0.07), (0.02, 1e-4), (-740.0, 3.0)]
"""Centre and width; as deep as half the width."""


def dented(centre, width, f=torch.clone):
    low, high, depth = centre - width / 2, centre + width / 2, width / 2
    return Activation("dented", kernel=lambda t: f(t) - depth * ((t > low) & (t < high)).to(t.dtype))


def pairs_along_a_row(t):
    """The largest of each element and the next, without an argument that says so."""
    return torch.maximum(t[..., :-1], t[..., 1:])


PAIRS = Pooling(
    "pairs_along_a_row",
    kernel=pairs_along_a_row,
    dimensions=1,
    kinds=(Kind.SELECT_MAX,),
    geometry=lambda: st.integers(2, 6).map(lambda size: Placement((size,), {})),
)
"""A geometry of the user's own, of which neither the sweep nor the reducer knows anything."""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16], ids=str)
@pytest.mark.parametrize("pooling", ["max_pool2d", "min_pool1d", PAIRS], ids=str)
@pytest.mark.parametrize(("centre", "width"), DIPS)
def test_a_dip_is_found_in_a_window_of_two(centre, width, pooling, dtype, seed):
    found = falsify(dented(centre, width), pooling, dtype=dtype, examples=EXAMPLES["ci"], seed=seed)
    assert found is not None
    assert found.input.numel() == 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("law", "pooling", "f"),
    [
        ("antitone_dual", "max_pool2d", torch.neg),
        ("indices_agree", "max_pool2d", torch.clone),
        ("jensen", "avg_pool2d", torch.clone),
        ("jensen_concave", "avg_pool2d", torch.clone),
        ("commutes", "avg_pool2d", torch.clone),
    ],
)
def test_a_dent_breaks_the_other_laws_too(law, pooling, f, seed):
    for width in (0.05, -0.05) if law == "antitone_dual" else (0.05,):
        activation = dented(11.3, width, f) if width > 0 else bulging(11.3, -width, f)
        found = falsify(activation, pooling, law=law, examples=EXAMPLES["ci"], seed=seed)
        assert found is not None
        assert found.input.numel() == 2


def bulging(centre, width, f):
    low, high, depth = centre - width / 2, centre + width / 2, width / 2
    return Activation("bulging", kernel=lambda t: f(t) + depth * ((t > low) & (t < high)).to(t.dtype))


@pytest.mark.parametrize("seed", SEEDS)
def test_windows_that_cannot_be_placed_are_drawn(seed):
    spiked = Activation("spiked", kernel=lambda t: torch.where(t == 1234.5625, torch.zeros_like(t), t))
    hint = (1.0, 1234.5625)
    found = examine(spiked, PAIRS, dtype=torch.float64, examples=EXAMPLES["ci"], seed=seed, hints=[hint])
    assert isinstance(found, Counterexample)
    assert 1234.5625 in found.input.flatten().tolist()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pooling", ["max_pool2d", PAIRS], ids=str)
@pytest.mark.parametrize("f", [F.relu, torch.clone, F.hardtanh])
def test_what_does_not_fall_raises_no_alarm(f, pooling, seed):
    found = examine(Activation("sound", kernel=f), pooling, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Survival)
