"""A violating case as bytes and back, so that a database remembers the least one, however it was found.

Hypothesis remembers the draws that led to a violation.  A case of the sweep or of a hint has none, and the
reduced one is another than the drawn one.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import torch
from hypothesis.database import ExampleDatabase
from torch import Tensor

from ordering.errors import InvalidArgument
from ordering.evidence.storing import restored, stored
from ordering.lattice import format_of
from ordering.law import Case

KEY: Final = b"least"
"""Under which cases lie, within the key of one search."""
MOST: Final = 1 << 16
"""Elements of storage; a larger case is not kept."""


def remember(database: ExampleDatabase, case: Case) -> None:
    """Keep a case, in place of others; one that holds more than numbers, or too many, is not kept."""
    kept = encode(case)
    if kept is None:
        return
    database.save(KEY, kept)
    for other in tuple(database.fetch(KEY)):
        if other != kept:
            database.delete(KEY, other)


def forget(database: ExampleDatabase, entry: bytes) -> None:
    """Remove an entry."""
    database.delete(KEY, entry)


def remembered(database: ExampleDatabase, like: Case) -> Iterator[tuple[bytes, Case]]:
    """The cases that were kept, with the activation, pooling and shape of `like`, and their entries.

    Entries that cannot be read, of another version or another hand, are removed.
    """
    for entry in sorted(database.fetch(KEY)):
        case = decode(entry, like)
        if case is None:
            forget(database, entry)
        else:
            yield entry, case


def encode(case: Case) -> bytes | None:
    """Input, layout and arguments as bytes; None where the arguments are more than numbers and tuples."""
    given = case.input.detach()
    reach = 1 + sum((size - 1) * step for size, step in zip(given.shape, given.stride(), strict=True))
    extent = given.storage_offset() + max(reach, 0)
    if extent > MOST:
        return None
    integer = format_of(given.dtype).integer
    storage = given.as_strided((extent,), (1,), 0).clone().view(integer)
    try:
        arguments = {name: stored(value) for name, value in case.arguments.items()}
    except TypeError:
        return None
    text = json.dumps(
        {
            "dtype": format_of(given.dtype).name,
            "size": list(given.shape),
            "stride": list(given.stride()),
            "offset": given.storage_offset(),
            "storage": base64.b85encode(zlib.compress(storage.numpy().tobytes())).decode(),
            "gradient": case.input.requires_grad,
            "arguments": arguments,
        },
        sort_keys=True,
    )
    return text.encode()


def decode(entry: bytes, like: Case) -> Case | None:
    """The case that `encode` made an entry of; None if it did not."""
    try:
        read = json.loads(entry)
        form = format_of(read["dtype"])
        raw = bytearray(zlib.decompress(base64.b85decode(read["storage"])))
        storage = (
            torch.frombuffer(raw, dtype=form.integer).clone() if raw else torch.empty(0, dtype=form.integer)
        )
        given: Tensor = storage.view(form.dtype).as_strided(read["size"], read["stride"], read["offset"])
        arguments = {str(name): restored(value) for name, value in read["arguments"].items()}
        given.requires_grad_(bool(read["gradient"]))
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, zlib.error, InvalidArgument):
        return None
    return replace(like, input=given, arguments=arguments)
