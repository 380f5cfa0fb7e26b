"""What a case counts as in Hypothesis' statistics and observability reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from hypothesis import currently_in_test_context, event

_ELEMENTS: Final = {0: "none", 16: "1 to 16", 1024: "17 to 1,024", math.inf: "more than 1,024"}
_MILLISECONDS: Final = {1: "1 ms at most", 10: "1 to 10 ms", 100: "10 to 100 ms", math.inf: "more than 0.1 s"}
"""Upper ends, and how events tell what is no larger: few different texts, so that they can be counted."""


def count(verdict: str, elements: int, milliseconds: float) -> None:
    """Record what came of a case, the size of its input and the time; nothing outside a Hypothesis test."""
    if currently_in_test_context():
        event(verdict)
        event(f"elements of the input: {_range(elements, _ELEMENTS)}")
        event(f"time for both sides of the law: {_range(milliseconds, _MILLISECONDS)}")


def _range(value: float, names: Mapping[float, str]) -> str:
    """The name of the smallest upper end that the value does not pass."""
    return next(name for end, name in names.items() if value <= end)
