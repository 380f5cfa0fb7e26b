"""What a trial found as properties of its pytest test: pytest's plugin of this package.

`pytest --junitxml=FILE` then holds, in each test that calls `trial.check()` or `trial.check_case(...)`, the
properties `ordering.law`, `ordering.activation`, `ordering.pooling`, `ordering.dtype`, `ordering.seed`,
`ordering.answer`, and what was found: `ordering.found`, `ordering.gap`, `ordering.gap_ulp`.  They are in
`item.user_properties`, where pytest's own `record_property` puts things, so that they reach every reporter.

pytest loads it by itself where the package is installed.  It imports nothing but pytest, so that it costs
other people's runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

import pytest

PREFIX: Final = "ordering."
_current: Final[ContextVar[dict[str, str] | None]] = ContextVar("current", default=None)
"""What the test that runs now has recorded."""


def record(**properties: object) -> None:
    """Note properties of the running test; None leaves one out.  What is noted later replaces it.

    Outside a test, or where the plugin is not loaded, nothing happens.
    """
    noted = _current.get()
    if noted is not None:
        noted.update({name: str(value) for name, value in properties.items() if value is not None})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Give the test what was noted while it ran, however it ended."""
    noted: dict[str, str] = {}
    token = _current.set(noted)
    try:
        return (yield)
    finally:
        _current.reset(token)
        item.user_properties.extend((PREFIX + name, value) for name, value in noted.items())
