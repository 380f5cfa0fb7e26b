"""The catalogue's entries: torch's functions are all there, and families refuse impossible parameters."""

from __future__ import annotations

import pytest
import torch
from sympy import Rational

from ordering.catalogue import activations, families
from ordering.errors import InvalidEntry

REQUIRED = [
    "relu",
    "relu6",
    "leaky_relu",
    "rrelu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softplus",
    "sigmoid",
    "logsigmoid",
    "tanh",
    "tanhshrink",
    "softsign",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
    "hardshrink",
    "softshrink",
    "identity",
    "abs",
    "square",
    "exp",
    "sin",
    "sign",
    "floor",
    "neg",
    "reciprocal",
    "elu(alpha=2)",
    "elu(alpha=-1)",
    "softplus(threshold=5)",
    "softplus(beta=2)",
    "prelu(weight=-0.25)",
    "prelu(weight=0)",
    "prelu(weight=0.25)",
    "prelu(weight=1)",
    "prelu(weight=2)",
    "threshold(threshold=1,value=0)",
    "threshold(threshold=0.1,value=20)",
    "fake_quantize(scale=0.25,low=-8,high=7)",
]


@pytest.mark.parametrize("name", REQUIRED)
def test_entry_is_there_with_an_expression_and_a_formula(name: str) -> None:
    entry = activations[name]
    assert entry.expression is not None
    assert entry.formula.startswith("x -> ")


@pytest.mark.parametrize("name", list(activations))
def test_kernel_keeps_shape_and_dtype(name: str) -> None:
    entry = activations[name]
    for dtype in (torch.float32, torch.float64):
        x = torch.linspace(0.25, 3, 12, dtype=dtype).reshape(3, 4)
        y = entry.kernel(x)
        assert (y.shape, y.dtype) == (x.shape, dtype)


def test_a_member_with_default_parameters_has_the_plain_name() -> None:
    assert families.elu(1).name == "elu"
    assert families.elu(Rational(3, 2)).name == "elu(alpha=1.5)"
    assert families.prelu("1/3").name == "prelu(weight=1/3)"


@pytest.mark.parametrize(
    ("family", "arguments"),
    [
        (families.celu, (0,)),
        (families.softplus, (-1, 20)),
        (families.hardtanh, (1, 1)),
        (families.fake_quantize, (0, -8, 7)),
        (families.elu, (0.1,)),
    ],
)
def test_impossible_parameters_are_refused(family: object, arguments: tuple[object, ...]) -> None:
    with pytest.raises(InvalidEntry):
        family(*arguments)  # type: ignore[operator]
