"""Fidelity accepts every catalogue entry, and finds wrong expressions, odd kernels and random ones."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from sympy import Abs, Max, Min, Piecewise, Rational, exp, log, tanh

from ordering.activation import Activation
from ordering.catalogue import activations
from ordering.errors import KernelError
from ordering.fidelity import fidelity
from ordering.variable import x

pytestmark = pytest.mark.machine


@pytest.mark.parametrize("name", list(activations))
def test_every_entry_is_its_kernel(name: str) -> None:
    found = fidelity(name)
    assert found.faithful is True, found.why
    assert all(d.points > 2000 and d.worst_ulp <= d.allowed_ulp for d in found.deviations)


WRONG = {
    "relu with a leak of 1e-6": (F.relu, Piecewise((x / 10**6, x < 0), (x, True))),
    "sigmoid for silu": (F.silu, 1 / (1 + exp(-x))),
    "softplus without its threshold of 5": (lambda t: F.softplus(t, threshold=5), log(1 + exp(x))),
    "celu for elu": (lambda t: F.celu(t, alpha=2.0), Piecewise((2 * (exp(x) - 1), x <= 0), (x, True))),
    "hard for true tanh": (F.hardtanh, tanh(x)),
    "breakpoint at 3 for 2.999": (lambda t: torch.clamp(t, -3, 3), Max(-3, -Max(-x, Rational(-2999, 1000)))),
    "gelu for its tanh form": (F.gelu, activations["gelu_tanh"].expression),
    "a bump of 1e-4": (F.relu, Max(x, 0) + exp(-((x - 2) ** 2)) / 10**4),
    "square for |x|": (torch.abs, x**2),
    "wrong only below -6": (torch.tanh, Piecewise((-Rational(99, 100), x < -6), (tanh(x), True))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_expression_is_found_with_the_point(name: str) -> None:
    kernel, expression = WRONG[name]
    found = fidelity(Activation("planted", kernel=kernel, expression=expression))
    assert found.faithful is False
    assert found.parting is not None
    assert repr(found.parting.x) in found.why


def test_the_first_parting_is_the_one_nearest_zero() -> None:
    planted = Activation("planted", kernel=F.relu, expression=Piecewise((Max(x, 0), x < 3), (2 * x, True)))
    parting = fidelity(planted).parting
    assert parting is not None
    assert 3.0 <= parting.x < 3.000001  # the float next to the breakpoint forgives it there


def test_a_parameter_rounded_to_the_dtype_is_forgiven() -> None:
    entry = Activation(
        "rounded",
        kernel=lambda t: F.threshold(t, 0.1, 20.0),
        expression=Piecewise((20, x <= Rational(1, 10)), (x, True)),
    )
    assert fidelity(entry).faithful is True


def test_without_an_expression_nothing_is_claimed() -> None:
    assert fidelity(Activation("bare", kernel=F.relu)).faithful is None


def test_an_overflow_of_the_kernel_alone_is_not_a_parting() -> None:
    entry = Activation("naive", kernel=lambda t: torch.log(1 + torch.exp(t)), expression=log(1 + exp(x)))
    assert fidelity(entry).faithful is True


def test_a_step_that_overflows_early_is_no_parting_where_more_room_gives_the_value() -> None:
    """exp(3 x) leaves float32 at x = 29.6, far below where exp(x) does; the function is small there."""
    f = exp(3 * x) / (2**24 * (x**2 + 1) ** 3)

    def kernel(t: torch.Tensor) -> torch.Tensor:
        return torch.exp(3 * t) / (2**24 * (t * t + 1) ** 3)

    found = fidelity(Activation("early", kernel=kernel, expression=f))
    assert found.faithful is True, found.why


def test_an_infinity_that_more_room_does_not_mend_is_a_parting() -> None:
    at_one = Activation(
        "at_one", kernel=lambda t: torch.relu(t).masked_fill(t == 1, torch.inf), expression=Max(x, 0)
    )
    found = fidelity(at_one)
    assert found.faithful is False
    assert "x = 1" in found.why


def test_a_pole_inside_the_line_is_no_parting() -> None:
    assert fidelity(Activation("pole", kernel=torch.reciprocal, expression=1 / x)).faithful is True


ODD = {
    "random": (lambda t: t + torch.rand_like(t), "random"),
    "softmax": (lambda t: F.softmax(t.reshape(-1), 0).reshape(t.shape), "not pointwise"),
    "raises": (lambda t: t.no_such_method(), "raised"),
    "flattens": (lambda t: t.reshape(-1)[:5], "shape"),
    "halves": (lambda t: t.half(), "float16"),
    "list": (lambda t: t.tolist(), "list"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_kernel_is_a_typed_error(name: str) -> None:
    kernel, word = ODD[name]
    with pytest.raises(KernelError, match=word):
        fidelity(Activation("odd", kernel=kernel, expression=Abs(x)))


def test_a_kernel_that_takes_only_float32_is_compared_there() -> None:
    entry = Activation(
        "float32_only",
        kernel=lambda t: F.prelu(t, torch.tensor([0.25])),
        expression=Max(x, 0) + Min(x, 0) / 4,
    )
    found = fidelity(entry)
    assert found.faithful is True
    assert [deviation.dtype for deviation in found.deviations] == ["float32"]
    assert "float64" in found.why
