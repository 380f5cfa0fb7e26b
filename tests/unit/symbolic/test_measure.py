"""Distances from exact values, in the steps of a dtype, against the lattice itself."""

from __future__ import annotations

import math

import pytest
import torch
from flint import fmpq

from ordering.lattice import format_of, shift
from ordering.symbolic.measure import distance, exactly, spacing

VALUES = (1.0, 1.5, 0.75, 3.0, 1 / 3, 255.0, 1e-3, 60000.0, 2.0**-14, 2.0**-24)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_spacing_is_the_step_to_the_next_value(name: str) -> None:
    form = format_of(name)
    for sign in (1, -1):
        values = torch.tensor(VALUES, dtype=form.dtype) * sign
        beyond = shift(values, sign)
        for one, other in zip(values.tolist(), beyond.tolist(), strict=True):
            step = abs(exactly(other) - exactly(one))
            assert spacing(exactly(one), form) == step
            assert spacing(exactly(one) + sign * step / 3, form) == step
            assert distance(other, exactly(one), form) == 1.0


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
def test_zero_and_subnormals_are_measured_in_the_smallest_step(name: str) -> None:
    form = format_of(name)
    least = exactly(float(shift(torch.zeros((), dtype=form.dtype), 1)))
    assert spacing(fmpq(0), form) == least
    assert spacing(least / 1000, form) == least
    assert distance(-0.0, least / 2, form) == 0.5


def test_infinities_are_right_where_the_value_rounds_to_them() -> None:
    form = format_of("float16")
    assert distance(math.inf, fmpq(65520), form) == 0.0
    assert distance(math.inf, fmpq(65519), form) == math.inf
    assert distance(-math.inf, fmpq(70000), form) == math.inf
    assert distance(65504.0, fmpq(65520), form) == 0.5
    assert distance(math.nan, fmpq(1), form) is None
