"""Records as bytes for other processes of ours, kernels that are lambdas among them.

Only what this package itself has sent to a worker, or a worker has answered, is ever unpacked: nothing from a
file, and nothing from a user.
"""

from __future__ import annotations

import io
from collections import ChainMap
from types import MappingProxyType
from typing import Any, ClassVar

import cloudpickle

from ordering.errors import InvalidArgument


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle ships no types
    """cloudpickle, which also knows the read-only mappings of our records."""

    dispatch_table: ClassVar = ChainMap(
        {MappingProxyType: lambda proxy: (MappingProxyType, (dict(proxy),))},
        cloudpickle.Pickler.dispatch_table,
    )


def pack(value: object) -> bytes:
    """The value as bytes.

    Raises
    ------
    InvalidArgument
        If part of it cannot be sent: an open file, a lock, a generator.
    """
    sink = io.BytesIO()
    try:
        _Pickler(sink).dump(value)
    except Exception as error:  # whatever the pieces of a user's kernel raise when they are copied
        raise InvalidArgument(
            f"{type(value).__name__} cannot be sent to another process: {type(error).__name__}: {error}"
        ) from error
    return sink.getvalue()


def unpack(data: bytes) -> Any:
    """What `pack` has packed."""
    return cloudpickle.loads(data)
