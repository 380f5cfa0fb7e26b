"""The reducer's candidates: what is tried in place of a number."""

import math
import sys

import pytest

from ordering.kernels.reduce import _plainer

LARGEST = sys.float_info.max


@pytest.mark.parametrize("number", [LARGEST, -LARGEST, 5e-324, math.pi, -math.pi])
def test_plainer_numbers_are_finite(number):
    plainer = list(_plainer(number))
    assert plainer
    assert all(math.isfinite(value) for value in plainer)
