"""Plain data and tensors as Python text that reads back to the same value, bit for bit."""

from __future__ import annotations

import math
import textwrap
from typing import Final

import torch
from torch import Tensor

LISTED: Final = 16
"""Elements up to which a tensor's numbers are written as nested lists of its shape."""
WIDTH: Final = 100
_INTEGERS: Final = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def literal(value: object) -> str | None:
    """Python text for plain data, or None.

    Only the very types are plain: a subclass, such as a number of numpy or a member of an enumeration, has a
    text of its own that need not read back.
    """
    kind = type(value)
    if value is None or value is Ellipsis or kind in (bool, int, str, bytes):
        return repr(value)
    if isinstance(value, float) and kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, complex) and kind is complex:
        return repr(value) if math.isfinite(abs(value)) else None
    if isinstance(value, tuple) and kind in (tuple, torch.Size):
        parts = [literal(part) for part in value]
        texts = [part for part in parts if part is not None]
        if len(texts) == len(parts):
            text = f"({', '.join(texts)}{',' * (len(texts) == 1)})"
            return text if kind is tuple else f"torch.Size({text})"
    if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
        return str(value)
    if isinstance(value, torch.device):
        return f"torch.device({str(value)!r})"
    return None


def tensor(values: Tensor) -> str:
    """An expression for a contiguous tensor of these values.

    Equal numbers are not listed: `torch.full((1, 1, 4, 4), 0.5)`, `torch.tensor([1.0, 2.0]).repeat(64)`, or
    `[*[0.0] * 15, 1.0]` for runs.
    """
    values = values.detach().contiguous()
    shape, count, dtype = tuple(values.shape), values.numel(), f"dtype={values.dtype}"
    if count == 0:
        return f"torch.empty({shape}, {dtype})"
    flat = values.flatten()
    if values.dtype.is_floating_point and not _plain_nan(flat):
        bits = _INTEGERS[values.element_size()]  # a NaN other than float("nan") is kept as its bits
        return f"{tensor(values.view(bits))}.view({values.dtype})"
    # Zeros of both signs are told apart, and NaN is itself.
    places = torch.unique(_bits(flat), return_inverse=True)[1]
    if count > 1 and bool((places == places[0]).all()):
        return f"torch.full({shape}, {_number(flat[0].item())}, {dtype})"
    period = _period(places)
    if period < count:
        return f"{_listed(flat[:period], places[:period], dtype)}.repeat({count // period}){_shaped(shape)}"
    runs = len(torch.unique_consecutive(places))
    if count <= LISTED and runs > count // 2:
        return f"torch.tensor({_nested(values.tolist())}, {dtype})"
    return f"{_listed(flat, places, dtype)}{_shaped(shape)}"


def expression(values: Tensor) -> str:
    """An expression for the tensor, with its layout in memory."""
    given = values.detach()
    if given.is_contiguous():
        return tensor(given)
    extent = 1 + sum((size - 1) * step for size, step in zip(given.shape, given.stride(), strict=True))
    storage = tensor(given.as_strided((extent,), (1,)))
    return f"{storage}.as_strided({tuple(given.shape)}, {tuple(given.stride())})"


def statements(values: Tensor, name: str) -> str:
    """Statements that give `name` the tensor: values, layout in memory, gradient."""
    text = f"{name} = {expression(values)}"
    return text + (f"\n{name}.requires_grad_()" if values.requires_grad else "")


def _bits(flat: Tensor) -> Tensor:
    return flat.view(_INTEGERS[flat.element_size()]) if flat.dtype.is_floating_point else flat


def _plain_nan(flat: Tensor) -> bool:
    """Whether every NaN is the one that `float("nan")` gives."""
    plain = torch.tensor(math.nan, dtype=flat.dtype).reshape(1)
    return bool((~flat.isnan() | (_bits(flat) == _bits(plain))).all())


def _period(places: Tensor) -> int:
    """The length of the shortest part of which the whole is repetitions."""
    count = len(places)
    for period in range(1, count // 2 + 1):
        if count % period == 0 and bool((places.view(-1, period) == places[:period]).all()):
            return period
    return count


def _shaped(shape: tuple[int, ...]) -> str:
    return f".reshape({shape})" if len(shape) != 1 else ""


def _listed(flat: Tensor, places: Tensor, dtype: str) -> str:
    """A one-dimensional tensor, runs of four equal numbers or more as repetitions."""
    numbers = flat.tolist()
    counts = torch.unique_consecutive(places, return_counts=True)[1].tolist()
    parts, start = [], 0
    for count in counts:
        number = _number(numbers[start])
        parts += [f"*[{number}] * {count}"] if count > 3 else [number] * count
        start += count
    text = ", ".join(parts)
    if len(text) > WIDTH:
        lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
        text = "\n    " + "\n    ".join(lines) + "\n"
    return f"torch.tensor([{text}], {dtype})"


def _nested(numbers: object) -> str:
    if isinstance(numbers, list):
        return f"[{', '.join(map(_nested, numbers))}]"
    return _number(numbers)


def _number(value: object) -> str:
    """Exact text: every narrower value is a double, and Python's repr of a double reads back to the same."""
    text = literal(value)
    assert text is not None
    return text
