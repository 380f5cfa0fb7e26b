"""Drawn terms of a fixed seed, for tests that look at many."""

import functools

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ordering.drawing.activations import terms


@functools.cache
def _sample(count, wanted):
    found = []

    @seed(20)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(terms(**dict(wanted)))
    def collect(term):
        found.append(term)

    collect()
    return tuple(found)


@pytest.fixture(scope="session")
def sample():
    """So many terms of these arguments of `terms`, always the same, repeated ones included."""

    def sample(count, **wanted):
        if wanted.get("dip"):
            # As `activations` does: what is lowered has to rise.
            wanted["goal"] = wanted.get("goal", frozenset()) | {"nondecreasing"}
        return _sample(count, tuple(wanted.items()))

    return sample
