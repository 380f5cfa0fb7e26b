"""The shapes of catalogue entries, against facts stated here by hand."""

from __future__ import annotations

import pytest
from sympy import LambertW, exp, oo

from ordering.reals import prove

SHAPES = {
    # name: nondecreasing, strictly increasing, convex, concave, affine, drawdown
    "relu": (True, False, True, False, False, 0),
    "leaky_relu": (True, True, True, False, False, 0),
    "tanh": (True, True, False, False, False, 0),
    "sigmoid": (True, True, False, False, False, 0),
    "silu": (False, False, False, False, False, LambertW(exp(-1))),
    "identity": (True, True, True, True, True, 0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_the_known_one(name: str) -> None:
    shape = prove(name)
    found = [
        shape.finding(question).holds
        for question in ("nondecreasing", "strictly_increasing", "convex", "concave", "affine")
    ]
    assert (*found, shape.drawdown) == SHAPES[name]


def test_gelu_drawdown_is_enclosed_tightly() -> None:
    enclosure = prove("gelu").drawdown
    assert isinstance(enclosure, tuple)
    low, high = enclosure
    assert float((high - low) / low) < 1e-9
    assert abs(float(low) - 0.169971) < 1e-6


def test_limits_of_relu() -> None:
    assert prove("relu").limits == (0, oo)
