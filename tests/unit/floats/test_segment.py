"""The monoid of segments, and chunk summaries, against a brute force that looks at every pair."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import reduce

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering.floats.chunk import events, summarise, summarise_events, summarise_numbers
from ordering.floats.paths import as_bits
from ordering.floats.segment import EMPTY, Point, Segment, join, rising
from ordering.lattice import FORMATS, from_rank, rank

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e5m2, torch.float8_e4m3fn]
# Few different results, so that ties, falls, zeros of both signs, infinities and NaN all meet.
RESULTS: st.SearchStrategy[int | str] = st.sampled_from(
    ["nan", "bottom", "above one", -3, -2, -1, 0, 1, 2, "below one", "top"]
)


def result(name: int | str, dtype: torch.dtype) -> torch.Tensor:
    if name == "nan":
        return torch.full((1,), math.nan).to(dtype)
    form = FORMATS[dtype]
    far = {"bottom": form.bottom, "top": form.top, "below one": form.one - 1, "above one": form.one + 5}
    place = name if isinstance(name, int) else far[name]
    return from_rank(torch.tensor([place]), dtype)


def summary(start: int, vector: list[int | str], scalar: list[int | str], dtype: torch.dtype) -> Segment:
    def bits(names: list[int | str]) -> np.ndarray:
        return as_bits(
            torch.cat([result(name, dtype).view(torch.uint8) for name in names]).view(dtype), FORMATS[dtype]
        )

    one = bits(vector)
    ranks = np.arange(start, start + len(one))
    other = one if vector == scalar else bits(scalar)
    return summarise(ranks, one, other, FORMATS[dtype], values=len(one))


@st.composite
def observations(draw: st.DrawFn) -> tuple[torch.dtype, list[int | str], list[int | str], list[int]]:
    dtype = draw(st.sampled_from(DTYPES))
    vector = draw(st.lists(RESULTS, min_size=1, max_size=12))
    scalar = draw(st.one_of(st.just(vector), st.lists(RESULTS, min_size=len(vector), max_size=len(vector))))
    cuts = draw(st.lists(st.integers(1, len(vector)), max_size=4))
    return dtype, vector, scalar, sorted({0, *cuts, len(vector)})


def units(value: float, dtype: torch.dtype) -> float:
    """A result in units of the last place of `max(1, |result|)`, by bisection-free counting of ranks."""
    if abs(value) < 1:
        return value / torch.finfo(dtype).eps
    from_one = rank(torch.tensor([abs(value)], dtype=torch.float64).to(dtype)) - rank(
        torch.ones(1, dtype=dtype)
    )
    return math.copysign(1 / torch.finfo(dtype).eps + float(from_one), value)


def extremes(numbers: list[tuple[int, float, float]]) -> Iterator[tuple[float, float]]:
    """The lower and the higher result of every fall."""
    for i, _, high in numbers:
        for j, low, _ in numbers:
            if i <= j and high > low:
                yield low, high


@given(observations())
def test_however_the_values_are_cut_the_joined_summary_is_the_same(
    given_: tuple[torch.dtype, list[int | str], list[int | str], list[int]],
) -> None:
    dtype, vector, scalar, cuts = given_
    whole = summary(-5, vector, scalar, dtype)
    parts = [
        summary(-5 + begin, vector[begin:end], scalar[begin:end], dtype)
        for begin, end in itertools.pairwise(cuts)
    ]
    assert reduce(join, parts, EMPTY) == whole
    # From the right as well: joining is associative.
    assert reduce(lambda after, before: join(before, after), reversed(parts), EMPTY) == whole


@given(observations())
def test_a_summary_says_what_looking_at_every_pair_says(
    given_: tuple[torch.dtype, list[int | str], list[int | str], list[int]],
) -> None:
    dtype, vector, scalar, _ = given_
    found = summary(0, vector, scalar, dtype)
    pairs = [
        [float(result(name, dtype).to(torch.float64)) for name in both]
        for both in zip(vector, scalar, strict=True)
    ]
    numbers = [(i, min(both), max(both)) for i, both in enumerate(pairs) if not any(map(math.isnan, both))]
    falls = [(i, j, high - low) for i, _, high in numbers for j, low, _ in numbers if i <= j and high > low]
    nan = [i for i, both in enumerate(pairs) if any(map(math.isnan, both))]
    assert (found.values, found.nan, found.nan_first) == (len(pairs), len(nan), nan[0] if nan else None)
    neighbours = [(a[0], b[0]) for a, b in itertools.pairwise(numbers) if a[2] > b[1]]
    assert found.drops == len(neighbours)
    if neighbours:
        assert found.first_drop is not None
        assert (found.first_drop.high.rank, found.first_drop.low.rank) == neighbours[0]
    assert (found.worst is None) == (found.widest is None) == (found.steepest is None) == (not falls)
    if found.worst is not None and found.widest is not None and found.steepest is not None:
        assert found.widest.gap == max(gap for _, _, gap in falls)
        form = FORMATS[dtype]
        steps: dict[int | str, int] = {
            "bottom": -form.top,
            "top": form.top,
            "below one": form.one - 1,
            "above one": form.one + 5,
            -1: 0,
            -2: -1,
            -3: -2,
            0: 0,
            1: 1,
            2: 2,
        }
        low = [min(steps[vector[i]], steps[scalar[i]]) for i, _, _ in numbers]
        high = [max(steps[vector[i]], steps[scalar[i]]) for i, _, _ in numbers]
        assert found.worst.depth == max(high[i] - low[j] for i in range(len(low)) for j in range(i, len(low)))
        sizes = [units(float(high), dtype) - units(float(low), dtype) for low, high in extremes(numbers)]
        assert found.steepest.size == max(sizes)
    split = [i for i, (one, other) in enumerate(zip(vector, scalar, strict=True)) if one != other]
    assert found.differing == len(split)
    assert (found.first_split.rank if found.first_split else None) == (split[0] if split else None)


@given(observations())
def test_the_quick_summary_is_the_exact_one(
    given_: tuple[torch.dtype, list[int | str], list[int | str], list[int]],
) -> None:
    dtype, vector, _, _ = given_
    results = torch.cat([result(name, dtype).view(torch.uint8) for name in vector]).view(dtype)
    numbers = (results.float() if dtype.itemsize < 4 else results).numpy()
    rises = numbers[:-1] <= numbers[1:]
    found = summarise_numbers(7, numbers, as_bits(results, FORMATS[dtype]), rises, FORMATS[dtype])
    assert found == (None if "nan" in vector else summary(7, vector, vector, dtype))


@settings(max_examples=300)
@given(observations())
def test_the_quick_summary_of_two_paths_is_the_exact_one(
    given_: tuple[torch.dtype, list[int | str], list[int | str], list[int]],
) -> None:
    dtype, vector, scalar, _ = given_
    results = [
        torch.cat([result(name, dtype).view(torch.uint8) for name in names]).view(dtype)
        for names in (vector, scalar)
    ]
    numbers = [(each.float() if dtype.itemsize < 4 else each).numpy() for each in results]
    bits = [as_bits(each, FORMATS[dtype]) for each in results]
    # In two parts, one after the other, or in one.
    cut = len(vector) // 2
    parts = []
    for begin, end in ((0, cut), (cut, len(vector))):
        if end > begin:
            one, other = (each[begin:end] for each in bits)
            values = numbers[0][begin:end], numbers[1][begin:end]
            parts.append(events(7 + begin, values, (one, other), one != other))
    found = summarise_events(parts, FORMATS[dtype])
    ranks = np.arange(7, 7 + len(vector))
    assert found == summarise(ranks, bits[0], bits[1], FORMATS[dtype], values=len(vector))


def test_a_rising_run_is_known_by_its_ends() -> None:
    names: list[int | str] = ["bottom", -3, 0, 0, 2, "top"]
    whole = summary(10, names, names, torch.float32)
    assert whole.first is not None
    assert whole.last is not None
    assert rising(whole.first, whole.last) == whole
    assert join(EMPTY, whole) == join(whole, EMPTY) == whole
    steps = FORMATS[torch.float32].top
    assert whole.first == Point(10, -steps, -math.inf, FORMATS[torch.float32].one - steps - 2.0**23)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_depths_that_need_every_bit_are_not_negative(dtype: torch.dtype) -> None:
    names: list[int | str] = ["top", "bottom"]
    found = summary(0, names, names, dtype)
    assert found.worst is not None
    assert found.worst.depth == 2 * FORMATS[dtype].top
    assert found.worst.gap == math.inf
