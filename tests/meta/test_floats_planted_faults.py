"""Faults planted at single values, which `certify` must find wherever they lie; and clean controls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ordering import Activation, certify
from ordering.errors import KernelError
from ordering.floats import lattice, walk
from ordering.floats.lattice import rank_of
from ordering.lattice import FORMATS, from_rank, shift

FORM = FORMATS[torch.float32]
SPAN, CHUNK = 2**12, 2**10


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Borders of pieces, chunks and spans every few hundred values."""
    monkeypatch.setattr(lattice, "SPAN", SPAN)
    monkeypatch.setattr(walk, "CHUNK", CHUNK)


def planted(base: Callable[[Tensor], Tensor], place: int, value: float) -> Callable[[Tensor], Tensor]:
    """`base`, but `value` at the input of one rank."""
    bits = int(from_rank(place, torch.float32).view(torch.int32))

    def kernel(t: Tensor) -> Tensor:
        return torch.where(t.view(torch.int32) == bits, value, base(t))

    return kernel


def ones(t: Tensor) -> Tensor:
    return torch.ones_like(t)


BELOW_ONE = 1 - 2.0**-24  # one float32 step below 1


def test_the_fault_is_one_step_deep() -> None:
    assert float(torch.tensor(1.0).view(torch.int32) - torch.tensor(BELOW_ONE).view(torch.int32)) == 1


def borders(start: int, stop: int) -> list[int]:
    """Ranks at which something ends or begins in a scan of `start` to `stop`, and their neighbours."""
    edges = {start, stop - 1, 0}
    for size in (SPAN, CHUNK, 128, 64, 32):
        first = start - start % size
        edges |= {first + size, first + 2 * size, stop - stop % size}
    return sorted({place + d for place in edges for d in (-1, 0, 1) if start < place + d < stop})


RANGES = {
    "across zero": (-3 * SPAN - 77, 2 * SPAN + 1033),
    "from -inf": (FORM.bottom, FORM.bottom + 2 * SPAN + 5),
    "to inf": (FORM.top - 2 * SPAN - 300, FORM.top + 1),
    "less than a block": (rank_of(1.0, "float32") - 9, rank_of(1.0, "float32") + 9),
}


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("where", RANGES)
def test_one_value_lowered_by_one_step_is_found_at_every_border(where: str, workers: int) -> None:
    start, stop = RANGES[where]
    low, high = FORM.value(start), FORM.value(stop - 1)
    for place in borders(start, stop)[:: 1 if workers == 1 else 5]:
        kernel = planted(ones, place, BELOW_ONE)
        found = certify(Activation("f", kernel=kernel), "float32", low=low, high=high, workers=workers)
        # A range that ends in a zero holds both zeros.
        assert found.values in (stop - start, stop - start + 1)
        assert (found.drops, found.drawdown_ulp) == (1, 1), place
        assert found.worst == (FORM.value(place - 1), FORM.value(place), 1.0, BELOW_ONE)
        assert found.first == found.worst == found.widest
        assert found.drawdown == 1 - BELOW_ONE


@pytest.mark.usefixtures("small_steps")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data(), path=st.sampled_from(["vector", "scalar", "all"]))
def test_one_value_raised_is_found_and_measured_from_afar(data: st.DataObject, path: str) -> None:
    """The identity, but one value as high as a later one: every value in between lies below it."""
    start = data.draw(st.integers(FORM.bottom, FORM.top - 3000))
    count = data.draw(st.integers(2, 3000))
    place = data.draw(st.integers(start, start + count - 2))
    height = data.draw(st.integers(place + 1, start + count - 1))
    kernel = planted(torch.clone, place, FORM.value(height))
    low, high = FORM.value(start), FORM.value(start + count - 1)
    found = certify(Activation("f", kernel=kernel), "float32", low=low, high=high, path=path)  # type: ignore[arg-type]
    # From the raised value down to its neighbour; -0.0 and 0.0 are one value.
    zero = place + 1 <= -1 and height >= 0
    depth = height - place - 1 - zero
    both_zeros = (place, height) == (-1, 0)
    assert found.drawdown_ulp == max(depth, 0)
    assert found.drops == (depth > 0)
    assert not found.identity or both_zeros
    if found.worst is not None:
        assert found.worst[:2] == (FORM.value(place), FORM.value(place + 1))


@pytest.mark.usefixtures("small_steps")
def test_a_fault_on_the_scalar_path_alone_is_found_there_and_by_all() -> None:
    kernel = planted(F.relu, 12345, 0.0)

    def scalar_only(t: Tensor) -> Tensor:
        return F.relu(t) if t.is_contiguous() else kernel(t)

    entry = Activation("f", kernel=scalar_only)
    low, high = FORM.value(10_000), FORM.value(20_000)
    drops = {
        path: certify(entry, "float32", path=path, low=low, high=high).drops
        for path in ("vector", "scalar", "all")
    }
    assert drops == {"vector": 0, "scalar": 1, "all": 1}
    split = certify(entry, "float32", path="all", low=low, high=high).disagreement
    assert split is not None
    assert (split.differing, split.worst_ulp) == (1, 12345)
    assert split.first == split.worst == (FORM.value(12345), FORM.value(12345), 0.0)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("place", [-SPAN, -1, 0, 77, CHUNK, SPAN - 1])
def test_nan_at_one_value_is_counted_and_neighbours_are_compared_across_it(place: int) -> None:
    low, high = FORM.value(-SPAN - 10), FORM.value(SPAN + 10)
    found = certify(Activation("f", kernel=planted(F.relu, place, math.nan)), "float32", low=low, high=high)
    assert (found.nan, found.drops, found.drawdown_ulp) == (1, 0, 0)
    assert found.nan_first == FORM.value(place)

    def step_down(t: Tensor) -> Tensor:
        return torch.where(t > FORM.value(place), 0.0, 1.0)

    found = certify(
        Activation("f", kernel=planted(step_down, place, math.nan)), "float32", low=low, high=high
    )
    assert (found.nan, found.drops) == (1, 1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])
@pytest.mark.parametrize("path", ["vector", "scalar", "all"])
def test_the_identity_is_clean(dtype: str, path: str) -> None:
    found = certify("identity", dtype, path=path)  # type: ignore[arg-type]  # one of the three
    assert (found.drops, found.drawdown, found.nan, found.identity) == (0, 0, 0, True)
    assert found.first is found.worst is found.widest is None


def test_every_float32_is_scanned_and_a_single_fault_among_them_is_found() -> None:
    place = rank_of(-1.5, "float32")
    fault = planted(F.relu, place, -1e-45)

    def kernel(t: Tensor) -> Tensor:
        # The fault costs time only in the chunk that holds it.
        row = t.reshape(-1)
        return fault(t) if row[0] <= -1.5 <= row[-1] else F.relu(t)

    found = certify(Activation("f", kernel=kernel), torch.float32)
    assert found.values == 2**32 - 2 * (2**23 - 1)
    assert (found.drops, found.drawdown_ulp, found.nan) == (1, 1, 0)
    assert found.worst is not None
    assert found.worst[:2] == (FORM.value(place - 1), -1.5)


def kernels_that_are_no_functions() -> Iterator[tuple[str, Callable[[Tensor], Tensor], str]]:
    calls = [0]

    def counting(t: Tensor) -> Tensor:
        calls[0] += 1
        return t + calls[0]

    def behind_torchs_back(t: Tensor) -> Tensor:
        result = t * 2
        t.numpy()[...] = 0
        return result

    yield "random", lambda t: t + torch.rand_like(t), "random"
    yield "stateful", counting, "keeps state"
    yield "softmax", lambda t: torch.softmax(t.clamp(-9, 9), 0) + t.cumsum(0), "not pointwise"
    yield "by place", lambda t: t + torch.arange(t.numel()).reshape(t.shape), "not pointwise"

    def wrong_in_small_tensors(t: Tensor) -> Tensor:
        return t * 2 if t.numel() < 16 else t

    def a_third_result_in_the_remainder(t: Tensor) -> Tensor:
        row, whole = t.reshape(-1), t.numel() // 32 * 32
        third = torch.cat((row[:whole], shift(row[whole:], 3)))
        return third.reshape(t.shape) if t.is_contiguous() else t

    def another_by_a_step_in_the_second_half(t: Tensor) -> Tensor:
        row, half = t.reshape(-1), t.numel() // 2
        return torch.cat((row[:half], shift(row[half:], 1))).reshape(t.shape)

    yield "small", wrong_in_small_tensors, "not pointwise"
    # Rounding, for all that the examination knows; but results that no code path gives.
    yield "remainder", a_third_result_in_the_remainder, "another size"
    yield "halves", another_by_a_step_in_the_second_half, "reverse order"
    yield "writes", behind_torchs_back, "writes to its input"


@pytest.mark.parametrize(
    ("kernel", "message"), [pytest.param(*rest, id=name) for name, *rest in kernels_that_are_no_functions()]
)
def test_what_is_no_function_of_the_value_is_an_error(
    kernel: Callable[[Tensor], Tensor], message: str
) -> None:
    with pytest.raises(KernelError, match=message):
        certify(Activation("f", kernel=kernel), "float32", low=1, high=1.001)


def test_kernels_that_reuse_a_buffer_are_read_right() -> None:
    buffer = torch.empty(0)

    def reusing(t: Tensor) -> Tensor:
        if buffer.shape != t.shape:
            buffer.resize_(t.shape)
        return torch.sigmoid(t, out=buffer)

    low, high = -1.001, -1.0
    expected = certify("sigmoid", "float32", low=low, high=high, path="all").disagreement
    assert (
        certify(Activation("s", kernel=reusing), "float32", low=low, high=high, path="all").disagreement
        == expected
    )
