"""The mission: random tensors, kernel sizes *and activations*; what commutes, what does not, and by how much.

Each test is one claim about functions that nobody chose.  `@kept` adds what `make fuzz` has found before.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import assume, event, given
from hypothesis.strategies import sampled_from

from ordering import Activation, catalogue, certify, falsify, prove
from ordering.catalogue import sides
from ordering.evidence import Cause, Certificate
from ordering.kernels import replay, window
from ordering.lattice import ulp_distance
from ordering.law import Case, Domain
from ordering.pooling import Kind, Pooling
from ordering.strategies import DrawnActivation, activations, cases
from ordering.testing import kept


def of_kind(kind: Kind) -> list[Pooling]:
    """The catalogue's poolings that reduce every window in this way."""
    return [pooling for pooling in catalogue.poolings.values() if set(pooling.kinds) == {kind}]


max_poolings, averages = sampled_from(of_kind(Kind.SELECT_MAX)), sampled_from(of_kind(Kind.MEAN))
sixteen_bits = sampled_from([torch.float16, torch.bfloat16])
either_float = sampled_from([torch.float32, torch.float64])


IN_ORDER = frozenset({"x", "number", "scale", "sum", "max", "min", "clip", "sign", "floor"})
"""Operations that a machine rounds once: of larger numbers, larger results or the same."""


def rounds_in_order(f: DrawnActivation) -> bool:
    """Whether the kernel cannot fall where the function does not: then the orders agree bit for bit."""
    return {part.operation for part in f.term.walk()} <= IN_ORDER


def certificate(activation: Activation, dtype: torch.dtype) -> Certificate:
    """What each of the dtype's values shows; a kernel that makes NaN of numbers is another matter."""
    found = certify(activation, dtype, path="all", workers=1)
    event("the kernel is NaN at some number" if found.nan else "the kernel has a result at every number")
    assume(found.nan == 0)
    return found


@kept
@given(cases(activations(nondecreasing=True), max_poolings, sixteen_bits, domains=Domain.FINITE))
def test_max_pooling_commutes_with_every_nondecreasing_activation(case: Case) -> None:
    assume(sides.every_window_real(case))
    f, pool, x = case.activate, case.pool, case.input
    apart = ulp_distance(pool(f(x)), f(pool(x)))
    # Bit for bit where the kernel falls nowhere, else by no more than it falls.
    assert apart.numel() == 0 or apart.max() <= certificate(case.activation, x.dtype).drawdown_ulp


@kept
@given(activations(nondecreasing=True).filter(rounds_in_order))
def test_rounding_takes_no_order_from_what_is_built_of_operations_that_round_in_order(
    f: DrawnActivation,
) -> None:
    assert certificate(f, torch.float16).drawdown == 0


@kept
@given(activations(dip=True))
def test_max_pooling_commutes_with_no_activation_that_dips(f: DrawnActivation) -> None:
    dip, certified = f.known.dip, certificate(f, torch.float16)
    assert dip is not None
    x, arguments = window("max_pool2d", [float(place) for place in dip.pair], "float16")
    witness = replay(f, "max_pool2d", "commutes", x, arguments)
    found = falsify(f, "max_pool2d", dtype="float16", domains=Domain.FINITE)
    assert (found is None) == (certified.drawdown == 0)
    event("the dip is hidden by rounding" if witness is None else "the dip shows")
    assert found is None or 0 < found.gap <= certified.drawdown
    assert witness is None or witness.gap <= certified.drawdown


@kept
@given(activations(affine=False), averages)
def test_average_pooling_commutes_with_no_activation_that_is_not_affine(
    f: DrawnActivation, pooling: Pooling
) -> None:
    found = falsify(f, pooling, dtype="float64", domains=Domain.FINITE, examples=100)
    assert found is not None
    assert found.symbolic is not None
    assert found.symbolic.conclusion is Cause.FUNCTION


@kept
@given(cases(activations(affine=True), averages, either_float, domains=Domain.FINITE))
def test_average_pooling_commutes_with_every_affine_activation(case: Case) -> None:
    assume(sides.averages_finite(case))
    activation_first, low, _, high = sides.averages(case)
    assert bool(((low <= activation_first) & (activation_first <= high)).all())


@kept
@given(cases(activations(convex=True), averages, either_float, domains=Domain.FINITE))
def test_the_average_of_convex_images_is_at_least_the_image_of_the_average(case: Case) -> None:
    assume(sides.averages_finite(case))
    activation_first, low, _, _ = sides.averages(case)
    assert bool((low <= activation_first).all())


@kept
@given(cases(activations(), max_poolings, either_float, domains=Domain.FINITE))
def test_the_orders_of_max_pooling_are_never_further_apart_than_the_drawdown(case: Case) -> None:
    assume(sides.every_window_real(case))
    drawdown = prove(case.activation).drawdown
    event(f"drawdown {'undecided' if drawdown is None else 'known'}")
    assume(drawdown is not None)
    larger, smaller_and_drawdown = sides.within_drawdown(replace(case, shape=prove(case.activation)))
    finite = larger.isfinite() & smaller_and_drawdown.isfinite()
    assert bool((larger <= smaller_and_drawdown)[finite].all())
