"""A pooling's arguments and a tensor's layout as JSON data, from which the same call is made again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def stored(value: object) -> Any:
    """A value for JSON, so that `restored` gives the same one: tuples are marked, and what is no JSON number.

    Raises
    ------
    TypeError
        If it is more than numbers, texts, None, and tuples or lists of them.
    """
    if isinstance(value, tuple):
        return {"tuple": [stored(entry) for entry in value]}
    if type(value) is list:
        return [stored(entry) for entry in value]
    if type(value) is float and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def restored(value: Any) -> Any:
    """The value that `stored` made data of.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no such data.
    """
    if isinstance(value, dict):
        if "float" in value:
            return float(value["float"])
        return tuple(restored(entry) for entry in value["tuple"])
    return [restored(entry) for entry in value] if isinstance(value, list) else value


def stored_call(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The keyword arguments of a call; None where one of them is more than `stored` takes."""
    try:
        return {str(name): stored(value) for name, value in arguments.items()}
    except TypeError:
        return None


def layout(tensor: Tensor) -> dict[str, Any]:
    """How a tensor lies in its storage, in elements, and whether gradients are asked of it."""
    return {
        "stride": list(tensor.stride()),
        "offset": int(tensor.storage_offset()),
        "requires_grad": bool(tensor.requires_grad),
    }
