"""Tensors as text: short, and the same bits when it is read again."""

import math
from enum import IntEnum

import numpy as np
import pytest
import torch

from ordering.kernels.inputs import statements
from ordering.kernels.literals import literal, numbers, tensor

INF, NAN = math.inf, math.nan


def read(text):
    namespace = {"torch": torch}
    exec(text, namespace)  # noqa: S102 - the text is ours, and reading it back is what is tested
    return namespace["x"]


def told(values):
    """The statements of a script, those that stand last before those that need them."""
    parts = statements(values, "x")
    return "\n".join(filter(None, [*parts.imports, parts.data, *parts.lines]))


def bits(values):
    return values.detach().contiguous().flatten().view(torch.uint8)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (torch.full((1, 1, 4, 4), 0.5), "torch.full((1, 1, 4, 4), 0.5, dtype=torch.float32)"),
        (torch.tensor([[1.0, -0.0]]), "torch.tensor([[1.0, -0.0]], dtype=torch.float32)"),
        (
            torch.tensor([1.0, 2.0]).repeat(64).reshape(1, 128),
            "torch.tensor([1.0, 2.0], dtype=torch.float32).repeat(64).reshape(1, 128)",
        ),
        (
            torch.tensor([0.0] * 15 + [1.0]).reshape(4, 4),
            "torch.tensor([*[0.0] * 15, 1.0], dtype=torch.float32).reshape(4, 4)",
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
    again = read(told(given))
    assert again.dtype is dtype
    assert torch.equal(bits(again), bits(given))


def test_a_nan_of_other_bits_is_kept():
    assert torch.equal(bits(read(told(odd_nan()))), bits(odd_nan()))


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
    again = read(told(given.detach().requires_grad_()))
    assert again.stride() == given.stride()
    assert torch.equal(again, given)
    assert again.requires_grad


def test_lines_of_many_numbers_are_wrapped_between_numbers():
    given = torch.linspace(-1e-5, 1, 200)
    text = told(given)
    assert max(map(len, text.splitlines())) <= 110
    assert torch.equal(read(text), given)


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (0.1, torch.float16, "0.1"),
        (0.1, torch.float32, "0.1"),
        (1 / 3, torch.bfloat16, "0.334"),
        (1 / 3, torch.float32, "0.33333334"),
        (1 / 3, torch.float64, 'float.fromhex("0x1.5555555555555p-2")'),
        (0.1, torch.float64, "0.1"),
        (-(2.0**-24), torch.float32, "-2.0**-24"),
        (2.0**-1074, torch.float64, "5e-324"),
        (torch.finfo(torch.float32).max, torch.float32, "3.402823466e+38"),
        (-0.0, torch.float32, "-0.0"),
        (INF, torch.float64, 'float("inf")'),
        (3, torch.int32, "3"),
    ],
)
def test_a_number_is_as_short_as_its_dtype_allows(value, dtype, text):
    assert numbers(torch.tensor([value], dtype=dtype)) == [text]


def noise(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(987_654_321))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (torch.linspace(-16, 16, 4097)[None], "x = torch.linspace(-16.0, 16.0, 4097).reshape(1, 4097)"),
        (torch.arange(24.0).reshape(4, 6), "x = torch.arange(24.0).reshape(4, 6)"),
        (torch.arange(7.0, 107.0, 4), "x = torch.arange(7.0, 107.0, 4.0)"),
        (torch.tensor([1.0, 2.0, 3.0]).repeat(10)[:29], "x = torch.tensor([1.0, 2.0, 3.0]).repeat(10)[:29]"),
        (torch.full((5, 5), 0.5).half(), "x = torch.full((5, 5), 0.5, dtype=torch.float16)"),
        (
            torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
            "x = torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)",
        ),
        (torch.arange(24.0).reshape(6, 4).mT, "x = torch.arange(24.0).reshape(6, 4).mT"),
        (
            torch.arange(40.0).reshape(1, 20, 2).repeat_interleave(3, -1)[..., ::3],
            "x = torch.arange(40.0).reshape(1, 20, 2).repeat_interleave(3, -1)[..., ::3]",
        ),
        (torch.arange(20.0).expand(3, 20), "x = torch.arange(20.0).reshape(1, 20).expand(3, 20)"),
    ],
)
def test_a_large_tensor_is_told_in_one_expression(given, text):
    assert told(given) == text
    again = read(told(given))
    assert again.stride() == given.stride()
    assert torch.equal(bits(again), bits(given))


@pytest.mark.parametrize(
    "given",
    [
        noise(3000),
        noise(2, 30, 10, 10).half().to(memory_format=torch.channels_last),
        noise(1, 30, 10, 10).expand(2, 30, 10, 10),
        noise(3000).unfold(0, 5, 2),
        noise(30, 100)[:, ::2].requires_grad_(),
        noise(1001)[1:],
        noise(4, 4)[1:].mT,
        torch.where(noise(40, 50) > 0, NAN, -0.0),
    ],
)
def test_what_cannot_be_told_is_packed_and_keeps_layout_and_bits(given):
    again = read(told(given))
    assert again.stride() == given.stride()
    assert again.requires_grad == given.requires_grad
    assert torch.equal(bits(again), bits(given))
    if given.is_contiguous():
        assert again.storage_offset() % 16 == given.storage_offset() % 16


def test_one_bit_that_a_guess_misses_is_seen():
    given = torch.linspace(-1, 1, 500)
    assert "linspace" in told(given)
    given[250] = torch.nextafter(given[250], torch.tensor(2.0))
    assert "linspace" not in told(given)
    assert torch.equal(read(told(given)), given)


class Level(IntEnum):
    LOW = 1


def test_only_the_very_types_are_plain():
    assert literal((1, 2.5, "a", None, INF)) == "(1, 2.5, 'a', None, float(\"inf\"))"
    for other in (Level.LOW, np.float64(1.5), (1, Level.LOW), [1]):
        assert literal(other) is None
