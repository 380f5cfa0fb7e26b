"""Code paths are evaluated purely: each lane against the torch code that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ordering import Activation, certify
from ordering.catalogue import activations
from ordering.floats.paths import BLOCK, Lane
from ordering.lattice import FORMATS, from_rank, ulp_distance

pytestmark = pytest.mark.machine
FORM = FORMATS[torch.float32]


def same(left: Tensor, right: Tensor) -> Tensor:
    return (left == right) | (left.isnan() & right.isnan())


def lane(kernel: Callable[[Tensor], Tensor], path: str, start: int, count: int) -> Tensor:
    with torch.no_grad():
        return Lane(kernel, FORM, path, count + BLOCK).results(start, count).clone()  # type: ignore[arg-type]


def composite(t: Tensor) -> Tensor:
    return t * torch.sigmoid(t) + torch.exp(-t.abs())


def two_codes(t: Tensor) -> Tensor:
    """As torch's kernels may be: one code for the full blocks of a contiguous tensor, another for the rest.

    Whether the codes of torch's own kernels part depends on the CPU; these part on all.
    """
    whole = t.numel() // 32 * 32 if t.is_contiguous() else 0
    return torch.cat([t[:whole].abs(), t[whole:].abs() + 1])


@pytest.mark.parametrize("kernel", [two_codes, torch.sigmoid, F.silu, F.mish, F.softplus, composite])
@pytest.mark.parametrize("start", [-0x4000_0000, 0x3F80_0000])
def test_the_scalar_lane_is_the_code_of_strided_tensors_and_of_remainders(
    kernel: Callable[[Tensor], Tensor], start: int
) -> None:
    count = 4096 + 31
    values = from_rank(torch.arange(start, start + count), torch.float32)
    scalar, vector = lane(kernel, "scalar", start, count), lane(kernel, "vector", start, count)
    if kernel is two_codes:
        assert not (scalar == vector).any()
    # Tensors smaller than a block, and the last element after a full block.
    assert torch.equal(scalar, torch.cat([kernel(part) for part in values.split(15)]))
    full = torch.zeros(32)
    last = [kernel(torch.cat([full, value]))[-1:] for value in values[:512].split(1)]
    assert torch.equal(scalar[:512], torch.cat(last))
    if kernel is not composite:  # a composite's later operators run on contiguous results
        assert torch.equal(scalar, kernel(values.repeat_interleave(2)[::2]))
    # The vector lane: the same whatever surrounds a value, as long as blocks are full.
    assert torch.equal(vector[:4096], kernel(values[:4096]))
    assert torch.equal(vector[64:4096], kernel(values[64:4096]))


@pytest.mark.parametrize("name", activations)
def test_remainders_show_no_third_path(name: str) -> None:
    """A tensor's remainder runs one of the two codes that a certificate with path="all" covers."""
    kernel = activations[name].kernel
    for start in (-0x4000_0000, -0x3000_0000, 0x3000_0000, 0x4000_0000):
        values = from_rank(torch.arange(start, start + 1984), torch.float32)
        scalar, vector = lane(kernel, "scalar", start, 1984), lane(kernel, "vector", start, 1984)
        tail = torch.cat([kernel(part) for part in values.split(31)])
        assert bool((same(tail, scalar) | same(tail, vector)).all())


@given(start=st.integers(FORM.bottom, FORM.top - 600), count=st.integers(1, 600))
def test_a_lane_gives_the_values_of_any_range(start: int, count: int) -> None:
    for begin, end in pairwise(sorted({start, min(max(start, 0), start + count), start + count})):
        expected = from_rank(torch.arange(begin, end), torch.float32)
        for path in ("vector", "scalar"):
            assert torch.equal(
                ulp_distance(lane(torch.clone, path, begin, end - begin), expected),
                torch.zeros_like(expected, dtype=torch.int64),
            )


@given(
    start=st.integers(FORM.bottom, FORM.top - 5000),
    count=st.integers(1, 5000),
    kernel=st.sampled_from([F.silu, F.gelu, torch.sin, torch.sigmoid, F.tanhshrink, F.softsign, torch.neg]),
    path=st.sampled_from(["vector", "scalar"]),
)
def test_any_range_agrees_with_a_plain_scan(
    start: int, count: int, kernel: Callable[[Tensor], Tensor], path: str
) -> None:
    """Through sorted values and float64, sharing no code with the scan but the order of the floats."""
    low, high = FORM.value(start), FORM.value(start + count - 1)
    found = certify(Activation("f", kernel=kernel), "float32", low=low, high=high, path=path)  # type: ignore[arg-type]
    first = start - (start == 0)  # a range that begins with a zero holds both
    last = start + count - 1 + (start + count - 1 == -1)
    values = from_rank(torch.arange(first, last + 1), torch.float32)
    padded = torch.cat([values, values[-1:].expand(-len(values) % 64)])
    results = (kernel(padded) if path == "vector" else kernel(padded.repeat_interleave(2)[::2]))[
        : len(values)
    ]
    numbers = results[~results.isnan()].double()
    assert found.values == len(values)
    assert found.nan == int(results.isnan().sum())
    assert found.drops == int((numbers[:-1] > numbers[1:]).sum())
    if len(numbers):
        falls = numbers.cummax(0).values - numbers
        assert found.drawdown == float(falls[~falls.isnan()].max())
