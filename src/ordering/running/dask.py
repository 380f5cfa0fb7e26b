"""The workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from ordering.arguments import text
from ordering.errors import InvalidArgument

PATIENCE: Final = 10
"""Seconds until a scheduler that does not answer is taken not to be there."""


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor on the workers of the scheduler at an address, `tcp://host:port`, and how many they are.

    Raises
    ------
    InvalidArgument
        If Dask is not installed, the address is none, no scheduler answers there, or it has no workers.
    """
    if not text("the scheduler's address", address).strip():
        raise InvalidArgument("the scheduler's address is empty; it looks like tcp://host:8786")
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise InvalidArgument(
            "a scheduler needs Dask: pip install 'ordering[dask]', here and on every worker"
        ) from error
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidArgument(f"no Dask scheduler answers at {address!r}: {error}") from error
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise InvalidArgument(
                f"the scheduler at {address!r} has no workers: start some with `dask worker`"
            )
        yield client.get_executor(pure=False), workers
