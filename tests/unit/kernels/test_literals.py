"""Tensors as text: short, and the same bits when it is read again."""

import math
from enum import IntEnum

import numpy as np
import pytest
import torch

from ordering.kernels.literals import literal, statements, tensor

INF, NAN = math.inf, math.nan


def read(text):
    namespace = {"torch": torch}
    exec(text, namespace)  # noqa: S102 - the text is ours, and reading it back is what is tested
    return namespace["x"]


def bits(values):
    return values.detach().contiguous().flatten().view(torch.uint8)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (torch.full((1, 1, 4, 4), 0.5), "torch.full((1, 1, 4, 4), 0.5, dtype=torch.float32)"),
        (torch.tensor([[1.0, -0.0]]), "torch.tensor([[1.0, -0.0]], dtype=torch.float32)"),
        (
            torch.tensor([1.0, 2.0]).repeat(64).reshape(1, 128),
            "torch.tensor([1.0, 2.0], dtype=torch.float32).repeat(64).reshape((1, 128))",
        ),
        (
            torch.tensor([0.0] * 15 + [1.0]).reshape(4, 4),
            "torch.tensor([*[0.0] * 15, 1.0], dtype=torch.float32).reshape((4, 4))",
        ),
        (torch.empty(0, 3), "torch.empty((0, 3), dtype=torch.float32)"),
        (torch.tensor(2.0), "torch.tensor(2.0, dtype=torch.float32)"),
        (torch.tensor([True, False]), "torch.tensor([True, False], dtype=torch.bool)"),
    ],
)
def test_equal_numbers_are_not_listed(values, text):
    assert tensor(values) == text
    assert torch.equal(read(f"x = {text}"), values)


def odd_nan():
    return torch.tensor([0x7FC00001, -1, 0x3F800000], dtype=torch.int32).view(torch.float32)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, INF, -INF, NAN, 0.1, -1e-40],
        [NAN] * 20,
        [0.0] * 10 + [-0.0] * 10,
        [1.0, NAN] * 40,
        [float(number) / 7 for number in range(70)],
        [3.0],
        [],
    ],
)
def test_every_bit_is_kept(values, dtype):
    given = torch.tensor(values, dtype=dtype)
    again = read(statements(given, "x"))
    assert again.dtype is dtype
    assert torch.equal(bits(again), bits(given))


def test_a_nan_of_other_bits_is_kept():
    assert torch.equal(bits(read(statements(odd_nan(), "x"))), bits(odd_nan()))


@pytest.mark.parametrize(
    "given",
    [
        torch.arange(12.0).reshape(1, 2, 2, 3).permute(0, 2, 3, 1),
        torch.arange(24.0).reshape(2, 12)[:, ::2],
        torch.tensor([1.0, 2.0]).expand(3, 2),
        torch.arange(64.0)[8:].reshape(7, 8).T,
    ],
)
def test_the_layout_and_the_gradient_are_rebuilt(given):
    again = read(statements(given.detach().requires_grad_(), "x"))
    assert again.stride() == given.stride()
    assert torch.equal(again, given)
    assert again.requires_grad


def test_lines_of_many_numbers_are_wrapped_between_numbers():
    given = torch.linspace(-1e-5, 1, 200)
    text = statements(given, "x")
    assert max(map(len, text.splitlines())) <= 110
    assert torch.equal(read(text), given)


class Level(IntEnum):
    LOW = 1


def test_only_the_very_types_are_plain():
    assert literal((1, 2.5, "a", None, INF)) == "(1, 2.5, 'a', None, float(\"inf\"))"
    for other in (Level.LOW, np.float64(1.5), (1, Level.LOW), [1]):
        assert literal(other) is None
