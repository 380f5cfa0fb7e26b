"""One torch thread, for as long as our own loops run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Set torch to one thread, and back.

    A chunk of a scan that is split among torch's threads would have a scalar remainder in the middle; and
    on small tensors, waking the other threads takes several times as long as the work.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
