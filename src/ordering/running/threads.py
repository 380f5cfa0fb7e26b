"""How many torch threads our own loops run with: one, but for tensors that torch splits between several."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

SPLIT: Final = 2**15
"""Elements from which on torch splits pointwise work between its threads (`at::internal::GRAIN_SIZE`)."""
_callers: list[int] = []
"""The caller's number of threads, inside `one_thread`."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Set torch to one thread, and back to the caller's number.

    A chunk of a scan that is split among threads would have a scalar remainder in the middle; and on small
    tensors, waking the other threads takes longer than the work: on a busy machine ten times as long.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    _callers.append(before)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(_callers.pop())


@contextmanager
def threads_for(elements: int) -> Iterator[None]:
    """Inside `one_thread`: the caller's number of threads again, for a tensor that is split between them.

    What a second thread does wrong is looked for too.
    """
    if elements < SPLIT or not _callers:
        yield
        return
    torch.set_num_threads(_callers[-1])
    try:
        yield
    finally:
        torch.set_num_threads(1)
