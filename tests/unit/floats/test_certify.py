"""`certify` against a slow, plain scan that shares no code with it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ordering import Activation, certify
from ordering.errors import InvalidArgument, KernelError

pytestmark = pytest.mark.machine


def plain_scan(f: Callable[[Tensor], Tensor], dtype: torch.dtype) -> tuple[int, int, float]:
    """Values, drops and drawdown over a 16-bit dtype, by sorting and looking at the whole list."""
    values = torch.arange(-(2**15), 2**15).to(torch.int16).view(dtype)
    values = values[~values.isnan()]
    values = values[torch.argsort(values.double(), stable=True)]
    # In full blocks, or the last values would run through scalar code.
    full = torch.cat([values, values[-1:].expand(-len(values) % 128)])
    results = f(full)[: len(values)].double().tolist()
    results = [result for result in results if not math.isnan(result)]
    drops = sum(a > b for a, b in itertools.pairwise(results))
    highest, drawdown = -math.inf, 0.0
    for result in results:
        highest = max(highest, result)
        if highest > result:
            drawdown = max(drawdown, highest - result)
    return len(values), drops, drawdown


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("f", [F.relu, F.silu, F.gelu, torch.sin, torch.square, torch.neg, torch.reciprocal])
def test_a_whole_16_bit_dtype_agrees_with_a_plain_scan(
    f: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> None:
    found = certify(Activation("f", kernel=f), dtype)
    assert (found.values, found.drops, found.drawdown) == plain_scan(f, dtype)
    assert found.nondecreasing == (found.drops == 0)


def test_the_identity_is_recognised_and_relu_is_not() -> None:
    assert certify("identity", "float16", path="all").identity
    assert not certify("relu", "float16", path="all").identity


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (lambda t: t[:-1], "not pointwise"),
        (lambda t: t.double(), "into float64"),
        (lambda t: 3, "returned a int"),
        (lambda t: t @ t.reshape(3, 5, 7), "raised RuntimeError"),
    ],
)
def test_a_kernel_that_is_no_activation_is_a_typed_error(kernel: Callable[..., Tensor], message: str) -> None:
    with pytest.raises(KernelError, match=message):
        certify(Activation("odd", kernel=kernel), "float16")


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="path"):
        certify("relu", "float16", path="diagonal")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="no value"):
        certify("relu", "float16", low=1, high=0)
    with pytest.raises(InvalidArgument, match="NaN"):
        certify("relu", "float16", low=math.nan)
    with pytest.raises(InvalidArgument, match="too many"):
        certify("relu", "float64")
