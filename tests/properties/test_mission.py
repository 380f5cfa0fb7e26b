"""The mission: random tensors, kernel sizes *and activations*; what commutes, what does not, and by how much.

Each test is one claim about functions that nobody chose.  `@kept` adds what `make fuzz` has found before.
"""

from __future__ import annotations

import torch
from hypothesis import assume, event, given
from hypothesis.strategies import sampled_from

from ordering import catalogue, certify, falsify, prove
from ordering.catalogue.sides import every_window_real
from ordering.evidence import Certificate
from ordering.kernels import replay, window
from ordering.lattice import ulp_distance
from ordering.law import Case, Domain
from ordering.pooling import Kind
from ordering.strategies import DrawnActivation, activations, cases
from ordering.testing import kept

MAX_POOLINGS = sampled_from([p for p in catalogue.poolings.values() if set(p.kinds) == {Kind.SELECT_MAX}])
AVERAGES = sampled_from([p for p in catalogue.poolings.values() if set(p.kinds) == {Kind.MEAN}])
SIXTEEN_BITS = sampled_from([torch.float16, torch.bfloat16])
ROUNDINGS = 8
"""Of both orders together, in units in the last place of the largest number on the way, for each element of
the window: its image, its addition and its division round once or twice."""


def certificate(activation: DrawnActivation, dtype: torch.dtype) -> Certificate:
    """What each of the dtype's values shows; a kernel that makes NaN of numbers is another matter."""
    found = certify(activation, dtype, path="all", workers=1)
    event("the kernel is NaN at some number" if found.nan else "the kernel has a result at every number")
    assume(found.nan == 0)
    return found


@kept
@given(cases(activations(nondecreasing=True), MAX_POOLINGS, SIXTEEN_BITS, domains=Domain.FINITE))
def test_max_pooling_commutes_with_every_nondecreasing_activation(case: Case) -> None:
    assume(every_window_real(case))
    f, pool, x = case.activate, case.pool, case.input
    apart = ulp_distance(pool(f(x)), f(pool(x)))
    # Bit for bit where the kernel falls nowhere, else by no more than it falls.
    assert apart.numel() == 0 or apart.max() <= certificate(case.activation, x.dtype).drawdown_ulp


@kept
@given(activations(dip=True))
def test_max_pooling_commutes_with_no_activation_that_dips(f: DrawnActivation) -> None:
    dip, certified = f.known.dip, certificate(f, torch.float16)
    x, arguments = window("max_pool2d", [float(place) for place in dip.pair], "float16")
    witness = replay(f, "max_pool2d", "commutes", x, arguments)
    if witness is None:
        # A kernel that computes in float16 may round one unit away: then no window shows the dip.
        event("rounding hides the dip")
        assert certified.drawdown <= float(dip.drop)
        return
    found = falsify(f, "max_pool2d", dtype="float16", domains=Domain.FINITE)
    assert found is not None
    assert 0 < found.gap <= certified.drawdown
    assert witness.gap <= certified.drawdown


@kept
@given(activations(affine=False), AVERAGES)
def test_average_pooling_commutes_with_no_activation_that_is_not_affine(f: DrawnActivation, pooling) -> None:
    assert falsify(f, pooling, dtype="float64", domains=Domain.FINITE, hints=...) is not None


@kept
@given(cases(activations(affine=True), AVERAGES, sampled_from(["float32", "float64"]), domains=Domain.FINITE))
def test_average_pooling_commutes_with_every_affine_activation(case: Case) -> None:
    ...


@kept
@given(cases(activations(convex=True), AVERAGES, "float64", domains=Domain.FINITE))
def test_the_image_of_an_average_is_at_most_the_average_of_images(case: Case) -> None:
    ...
