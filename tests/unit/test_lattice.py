"""The order of a dtype's values: ranks, neighbours and distances, checked against numpy and torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ordering.errors import InvalidArgument
from ordering.lattice import FAR, FORMATS, UNORDERED, format_of, from_rank, rank, shift, ulp_distance

SMALL = [dtype for dtype, form in FORMATS.items() if form.bits <= 16]
WIDE = [torch.float32, torch.float64]
COUNTS = {
    torch.float16: 2**16 - 2 * 1023,
    torch.bfloat16: 2**16 - 2 * 127,
    torch.float8_e4m3fn: 2**8 - 2,
    torch.float8_e5m2: 2**8 - 2 * 3,
}


@pytest.mark.parametrize("dtype", SMALL, ids=str)
def test_all_values_of_a_small_dtype_are_enumerated_once_in_increasing_order(dtype: torch.dtype) -> None:
    form = FORMATS[dtype]
    ranks = torch.arange(form.bottom, form.top + 1)
    values = from_rank(ranks, dtype)
    assert len(ranks) == COUNTS[dtype]
    assert torch.equal(rank(values), ranks)
    exact = values.to(torch.float64)
    assert [form.value(place) for place in ranks.tolist()] == exact.tolist()
    assert not exact.isnan().any()
    ties = (exact[1:] == exact[:-1]).nonzero().flatten()
    assert (exact[1:] >= exact[:-1]).all()
    assert exact[ties].tolist() == [0.0]
    assert math.copysign(1.0, exact[ties[0]].item()) == -1.0


@pytest.mark.parametrize(("dtype", "kind"), [(torch.float32, np.float32), (torch.float64, np.float64)])
@given(data=st.data())
def test_one_step_is_numpys_nextafter(dtype: torch.dtype, kind: type, data: st.DataObject) -> None:
    value = data.draw(st.floats(allow_nan=False, width=32))
    start = torch.tensor([value], dtype=dtype)
    if value == 0:
        assert shift(torch.tensor([0.0], dtype=dtype), 1).item() == np.nextafter(kind(0), kind(1))
        return
    with np.errstate(all="ignore"):
        assert shift(start, 1).item() == np.nextafter(kind(value), kind(math.inf))
        assert shift(start, -1).item() == np.nextafter(kind(value), kind(-math.inf))


@given(steps=st.integers(-(2**63), 2**63 - 1), start=st.floats(allow_nan=False))
def test_shift_is_addition_of_ranks_that_stops_at_the_infinities(steps: int, start: float) -> None:
    form = FORMATS[torch.float64]
    tensor = torch.tensor(start, dtype=torch.float64)
    wanted = min(max(int(rank(tensor)) + steps, form.bottom), form.top)
    assert int(rank(shift(tensor, steps))) == wanted


@pytest.mark.parametrize("dtype", WIDE, ids=str)
@given(data=st.data())
def test_rank_follows_the_order_and_distance_counts_steps_between_values(
    dtype: torch.dtype, data: st.DataObject
) -> None:
    a, b = (data.draw(st.floats(allow_nan=False, width=32)) for _ in range(2))
    left, right = torch.tensor(a, dtype=dtype), torch.tensor(b, dtype=dtype)
    ranks = int(rank(left)), int(rank(right))
    assert FORMATS[dtype].value(ranks[0]) == left.item()
    if a != b:
        assert (ranks[0] < ranks[1]) == (a < b)
    opposite = math.copysign(1, a) != math.copysign(1, b)
    assert int(ulp_distance(left, right)) == min(abs(ranks[0] - ranks[1]) - opposite, FAR)
    assert torch.equal(ulp_distance(left, right), ulp_distance(right, left))


def test_distances_that_are_special() -> None:
    nan, inf = math.nan, math.inf
    left = torch.tensor([-0.0, nan, nan, 1.0, inf, -inf])
    right = torch.tensor([0.0, nan, 1.0, nan, torch.finfo(torch.float32).max, inf])
    assert ulp_distance(left, right).tolist() == [0, 0, UNORDERED, UNORDERED, 1, 2 * 0x7F80_0000]
    assert ulp_distance(left.double()[-1:], right.double()[-1:]).item() == FAR


def test_views_of_any_layout_are_ranked_in_place() -> None:
    values = torch.arange(12.0).reshape(3, 4)
    assert torch.equal(rank(values.t()), rank(values).t())
    assert torch.equal(rank(values[:, ::2]), rank(values)[:, ::2])
    assert ulp_distance(values[:, :1], values).shape == (3, 4)


@pytest.mark.parametrize("dtype", [torch.int32, torch.complex64, "float33", "tensor", None])
def test_a_dtype_without_an_order_is_refused(dtype: object) -> None:
    with pytest.raises(InvalidArgument, match="known: float16"):
        format_of(dtype)  # type: ignore[arg-type]  # the point of the test


def test_bad_input_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="NaN has no rank"):
        rank(torch.tensor([0.0, math.nan]))
    with pytest.raises(InvalidArgument, match="lie in"):
        from_rank(0x7C01, torch.float16)
    with pytest.raises(InvalidArgument, match="one dtype"):
        ulp_distance(torch.zeros(1), torch.zeros(1).double())
