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
MOST_DIGITS: Final = 12
"""Significant digits up to which a number is written as a decimal."""
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


def tensor(values: Tensor, *, named: bool = True) -> str:
    """An expression for a contiguous tensor of these values.

    Equal numbers are not listed: `torch.full((1, 1, 4, 4), 0.5)`, `torch.tensor([1.0, 2.0]).repeat(64)`, or
    `[*[0.0] * 15, 1.0]` for runs.

    Parameters
    ----------
    values:
        Floating-point numbers, whole numbers or truth values, in any layout.
    named:
        Whether the dtype is named even where torch would choose it by itself, which depends on its settings.
    """
    values = values.detach().contiguous()
    shape, count, dtype = tuple(values.shape), values.numel(), _named(values.dtype, named=named)
    if count == 0:
        return f"torch.empty({shape}{dtype})"
    flat = values.flatten()
    if values.dtype.is_floating_point and not _plain_nan(flat):
        bits = _INTEGERS[values.element_size()]  # a NaN other than float("nan") is kept as its bits
        return f"{tensor(values.view(bits))}.view({values.dtype})"
    # Zeros of both signs are told apart, and NaN is itself.
    distinct, places = torch.unique(bits_of(flat), return_inverse=True)
    texts = numbers(_of_bits(distinct, values.dtype))
    if count > 1 and len(texts) == 1:
        return f"torch.full({shape}, {texts[0]}{dtype})"
    part = period(places)
    if part < count:
        cut = f"[:{count}]" if count % part else ""
        repeated = f"{_listed(texts, places[:part], dtype)}.repeat({-(-count // part)}){cut}"
        return f"{repeated}{shaped(shape)}"
    runs = len(torch.unique_consecutive(places))
    if count <= LISTED and runs > count // 2:
        return f"torch.tensor({_nested(texts, places.view(shape).tolist())}{dtype})"
    return f"{_listed(texts, places, dtype)}{shaped(shape)}"


def numbers(values: Tensor) -> list[str]:
    """The shortest text of each number that a tensor of this dtype reads back to the same bits.

    `0.1` in every dtype; `2.0**-24`, where the decimal is longer; `float.fromhex("0x1.5bf0a8b145769p+1")`,
    where so many digits would be needed that nobody sees whether they are the number.
    """
    return [
        _clearest(value, text) if isinstance(value, float) else text
        for value, text in zip(values.tolist(), decimals(values), strict=True)
    ]


def decimals(values: Tensor) -> list[str]:
    """The shortest decimal of each number that a tensor of this dtype reads back to the same bits."""
    if not values.dtype.is_floating_point:
        return [_number(value) for value in values.tolist()]
    left = dict(enumerate(values.tolist()))
    texts: dict[int, str] = {}
    largest = torch.finfo(values.dtype).max
    for digits in range(1, 18):
        # What rounds to the largest number from above is refused by some functions of torch.
        rounded = {place: float(f"{value:.{digits}g}") for place, value in left.items()}
        tried = {place: _number(value) for place, value in rounded.items() if abs(value) <= largest}
        read = torch.tensor([float(text) for text in tried.values()], dtype=torch.float64).to(values.dtype)
        same = (bits_of(read) == bits_of(values[list(tried)])).tolist()
        for (place, text), found in zip(tried.items(), same, strict=True):
            if found:
                texts[place] = text
                del left[place]
    return [texts.get(place) or _number(value) for place, value in enumerate(values.tolist())]


def _clearest(value: float, text: str) -> str:
    """This decimal, or a power of two, or hexadecimal digits."""
    if not math.isfinite(value):
        return text
    mantissa, exponent = math.frexp(value)
    power = f"{'-' * (value < 0)}2.0**{exponent - 1}"
    if abs(mantissa) == 0.5 and len(power) < len(text):
        return power
    digits = sum(sign.isdigit() for sign in text.partition("e")[0].lstrip("-0.").rstrip("0."))
    return f'float.fromhex("{_hexadecimal(value)}")' if digits > MOST_DIGITS else text


def _hexadecimal(value: float) -> str:
    """Without the zeros at the end of the digits, which Python writes."""
    digits, power, exponent = value.hex().partition("p")
    return digits.rstrip("0").rstrip(".") + power + exponent


def expression(values: Tensor) -> str:
    """An expression for the tensor, with its layout in memory."""
    given = values.detach()
    if given.is_contiguous():
        return tensor(given)
    return strided(given)


def strided(values: Tensor, *, named: bool = True) -> str:
    """An expression for a tensor in any layout: all that lies in memory between its ends, and its strides."""
    given = values.detach()
    return f"{tensor(extent(given), named=named)}.as_strided({tuple(given.shape)}, {tuple(given.stride())})"


def extent(given: Tensor) -> Tensor:
    """All that lies in memory from the first element of a tensor to its last, as one axis."""
    length = 1 + sum((size - 1) * step for size, step in zip(given.shape, given.stride(), strict=True))
    return given.as_strided((length,), (1,))


def bits_of(flat: Tensor) -> Tensor:
    """The bits of each number, as whole numbers."""
    return flat.view(_INTEGERS[flat.element_size()]) if flat.dtype.is_floating_point else flat


def _of_bits(bits: Tensor, dtype: torch.dtype) -> Tensor:
    return bits.view(dtype) if dtype.is_floating_point else bits


def _named(dtype: torch.dtype, *, named: bool) -> str:
    return f", dtype={dtype}" if named or dtype not in (torch.float32, torch.bool, torch.int64) else ""


def _plain_nan(flat: Tensor) -> bool:
    """Whether every NaN is the one that `float("nan")` gives."""
    plain = torch.tensor(math.nan, dtype=flat.dtype).reshape(1)
    return bool((~flat.isnan() | (bits_of(flat) == bits_of(plain))).all())


def period(places: Tensor) -> int:
    """The length of the shortest part of which the whole is repetitions, the last perhaps cut off."""
    count = len(places)
    whole = (
        period
        for period in range(1, count // 2 + 1)
        if (period <= LISTED or count % period == 0) and torch.equal(places[period:], places[:-period])
    )
    return next(whole, count)


def shaped(shape: tuple[int, ...]) -> str:
    """What gives a flat tensor this shape."""
    return f".reshape({', '.join(map(str, shape)) or '()'})" if len(shape) != 1 else ""


def _listed(texts: list[str], places: Tensor, dtype: str) -> str:
    """A one-dimensional tensor, runs of four equal numbers or more as repetitions."""
    values, counts = torch.unique_consecutive(places, return_counts=True)
    parts = []
    for place, count in zip(values.tolist(), counts.tolist(), strict=True):
        parts += [f"*[{texts[place]}] * {count}"] if count > 3 else [texts[place]] * count
    text = ", ".join(parts)
    if len(text) > WIDTH:
        lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
        text = "\n    " + "\n    ".join(lines) + "\n"
    return f"torch.tensor([{text}]{dtype})"


def _nested(texts: list[str], places: object) -> str:
    if isinstance(places, list):
        return f"[{', '.join(_nested(texts, part) for part in places)}]"
    assert isinstance(places, int)
    return texts[places]


def _number(value: object) -> str:
    """Exact text: every narrower value is a double, and Python's repr of a double reads back to the same."""
    text = literal(value)
    assert text is not None
    return text
