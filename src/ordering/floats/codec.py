"""Segments and certificates as plain JSON data, and back: read field by field, and never trusted."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from ordering.evidence import Certificate
from ordering.floats.segment import Segment

RecordT = TypeVar("RecordT")


class Malformed(ValueError):
    """Data that is not what it claims to be; the message says where."""


def encode(value: Any) -> Any:
    """A record as JSON data; floats as hexadecimal text, which is exact and knows infinities."""
    if dataclasses.is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: encode(item) for name, item in value._asdict().items()}
    return value.hex() if isinstance(value, float) else value


def decode(kind: type[RecordT], data: object, where: str = "") -> RecordT:
    """The record of that class which `data` describes.

    Raises
    ------
    Malformed
        If a field is missing, unknown, or not of its type.
    """
    where = where or kind.__name__
    if not isinstance(data, Mapping):
        raise Malformed(f"{where} is not an object")
    # The annotations are text; `Path` and the like live where the class does.
    hints = typing.get_type_hints(kind)
    if set(data) != set(hints):
        raise Malformed(f"{where} has other fields than a {kind.__name__}: {sorted(set(data) ^ set(hints))}")
    return kind(**{name: _read(hint, data[name], f"{where}.{name}") for name, hint in hints.items()})


def _read(hint: Any, data: object, where: str) -> Any:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        if data is None and type(None) in typing.get_args(hint):
            return None
        [hint] = (option for option in typing.get_args(hint) if option is not type(None))
    if typing.get_origin(hint) is Literal:
        if data not in typing.get_args(hint):
            raise Malformed(f"{where} is {data!r}")
        return data
    if hint is float:
        if not isinstance(data, str):
            raise Malformed(f"{where} is not a number in hexadecimal text")
        try:
            number = float.fromhex(data)
        except (ValueError, OverflowError):
            raise Malformed(f"{where} is not a number in hexadecimal text") from None
        # The one NaN of `math`, so that equal records compare equal.
        return math.nan if math.isnan(number) else number
    if hint in (int, str, bool):
        if type(data) is not hint:
            raise Malformed(f"{where} is not of type {hint.__name__}")
        return data
    return decode(hint, data, where)


def certificate_from(data: object) -> Certificate:
    """A certificate whose numbers fit together.

    Raises
    ------
    Malformed
        If the data is no certificate, or one that no scan can have produced.
    """
    found = decode(Certificate, data)
    fits = {
        "values": found.values > 0,
        "drops": 0 <= found.drops < found.values,
        "nan": 0 <= found.nan <= found.values and (found.nan == 0) == (found.nan_first is None),
        "drawdown": (found.drawdown_ulp == 0) == (found.worst is None) == (found.drawdown == 0)
        and found.drawdown_ulp >= 0,
        "scaled": (found.drawdown_scaled > 0) == (found.drawdown_ulp > 0) == (found.steepest is not None),
        "first": (found.first is not None) >= (found.drops > 0),
        "seconds": found.seconds >= 0,
        "disagreement": (found.disagreement is not None) == (found.path == "all"),
    }
    if found.disagreement is not None:
        split = found.disagreement
        fits["differing"] = 0 <= split.differing <= split.values == found.values
        fits["split"] = (split.differing == 0) == (split.first is None) == (split.worst is None)
    if wrong := [name for name, fine in fits.items() if not fine]:
        raise Malformed(f"the certificate's fields contradict each other: {', '.join(wrong)}")
    return found


def segment_from(data: object, values: int) -> Segment:
    """The segment of a span of that many values.

    Raises
    ------
    Malformed
        If the data is no segment, or that of another number of values.
    """
    found = decode(Segment, data)
    if found.values != values or not 0 <= found.nan <= values or not 0 <= found.drops < values:
        raise Malformed("the segment's counts do not fit its span")
    return found
