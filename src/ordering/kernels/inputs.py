"""The input of a script: the shortest text that gives the same tensor, tried before it is used.

A text is guessed from the values - a constant with exceptions, repetitions, `torch.arange`,
`torch.linspace`, noise from a small seed, a few numbers by their digits - and from the layout in memory.  It
is run, and used only if what it gives is the same tensor: dtype, shape, strides, alignment, every bit.  What
cannot be told shortly is packed.

Noise from a seed, and what `torch.linspace` rounds, is the same wherever torch computes it alike.
"""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from ordering.kernels.literals import LISTED, bits_of, extent, numbers, period, shaped, strided, tensor

LONG: Final = 1_200
"""Characters up to which numbers are written so that they can be read."""
FEW: Final = 8
"""Elements that may be set one by one after a constant; as many numbers and one are told by a digit each."""
LINE: Final = 100
"""Columns of packed data."""
ALIGNED: Final = 64
"""Bytes; torch allocates at multiples of it, and vector code asks for no more."""
SEEDS: Final = (*range(10), 42, 123, 1234)
"""What people seed with."""


@dataclass(frozen=True)
class Told:
    """Statements that give a name a tensor, and what they need."""

    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()
    data: str = ""
    """A statement that may stand after everything else, before the first of `lines` is run; empty if none."""


def statements(values: Tensor, name: str) -> Told:
    """Statements that give `name` the tensor: values, layout in memory, gradient."""
    given = values.detach()
    gradient = (f"{name}.requires_grad_()",) if values.requires_grad else ()
    lines = min(_readable(given, name), key=_length, default=None)
    if lines is not None and _length(lines) <= LONG:
        return Told((*lines, *gradient))
    core, spread = _core(given)
    unpacked = "torch.frombuffer(bytearray(zlib.decompress(base64.b64decode(DATA)))"
    data, dense = _packed(core), f"{unpacked}, dtype={given.dtype}){shaped(tuple(core.shape))}"
    for line in _laid(core, dense):
        if _gives(given, (text := f"{name} = {line}{spread}",), name, data):
            break
    else:  # elements share memory
        data = _packed(extent(given))
        text = f"{name} = {unpacked}, dtype={given.dtype}).as_strided({tuple(given.shape)}, {given.stride()})"
    block = 'DATA = """\n' + "\n".join(textwrap.wrap(data, LINE)) + '\n"""'
    return Told((text, *gradient), ("import base64", "import zlib"), block)


def _core(given: Tensor) -> tuple[Tensor, str]:
    """The tensor of which this is a view that is shortly told, and what makes it that view.

    Repetitions have no memory of their own; the last two axes may be swapped in memory.
    """
    core = given
    for axis, (size, step) in enumerate(zip(given.shape, given.stride(), strict=True)):
        if step == 0 and size > 1:
            core = core.narrow(axis, 0, 1)
    spread = "" if core is given else f".expand({_sizes(tuple(given.shape))})"
    if core.dim() >= 2 and not core.is_contiguous() and core.mT.is_contiguous():
        return core.mT, f".mT{spread}"
    return core, spread


def _packed(given: Tensor) -> str:
    stored = given.contiguous().flatten().view(torch.uint8).numpy().tobytes()
    return base64.b64encode(zlib.compress(stored, 9)).decode()


def _length(lines: tuple[str, ...]) -> int:
    return sum(map(len, lines))


def _gives(given: Tensor, lines: tuple[str, ...], name: str, data: str = "") -> bool:
    """Whether these statements give the same tensor."""
    space = {"torch": torch, "base64": base64, "zlib": zlib, "DATA": data}
    exec("\n".join(lines), space)  # noqa: S102 - our own text; that it reads back is what is asked
    read = space[name]
    return (
        isinstance(read, Tensor)
        and (read.dtype, read.shape) == (given.dtype, given.shape)
        and _lies_alike(read, given)
        and torch.equal(bits_of(read.contiguous().flatten()), bits_of(given.contiguous().flatten()))
    )


def _lies_alike(read: Tensor, given: Tensor) -> bool:
    """The same strides, but for axes of one element; of tensors without gaps also the same alignment."""
    if given.is_contiguous():
        return read.is_contiguous() and _misaligned(read) == _misaligned(given)
    return read.stride() == given.stride()


def _misaligned(given: Tensor) -> int:
    """How many elements after an aligned address the tensor starts."""
    return int(given.storage_offset() % max(1, ALIGNED // given.element_size()))


# ---- values ----------------------------------------------------------------------------------------------


def _readable(given: Tensor, name: str) -> Iterator[tuple[str, ...]]:
    """Statements that give the tensor, each of another form and each tried."""
    core, spread = _core(given)
    for dense, after in _forms(core, name):
        for line in (*_laid(core, dense), *_whole(core)):
            lines = (f"{name} = {line}{spread}", *after)
            if not (spread and after) and _gives(given, lines, name):
                yield lines
                break


def _forms(given: Tensor, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Guesses: an expression for a contiguous tensor, and what is set in it afterwards."""
    count, shape = given.numel(), tuple(given.shape)
    flat = given.contiguous().flatten()
    distinct, places = torch.unique(bits_of(flat), return_inverse=True)
    runs = len(torch.unique_consecutive(places))
    if count <= LISTED or runs <= LONG // 3 or period(places) <= LISTED:
        yield tensor(given, named=False), ()
    if count <= LISTED or given.dtype not in _FLOATING:
        return
    dtype = "" if given.dtype is torch.float32 else f", dtype={given.dtype}"
    if len(distinct) <= FEW + 1:
        texts = numbers(distinct.view(given.dtype))
        yield from _constant(given, name, places, texts)
        if count <= LONG:
            digits = _quoted("".join(map(str, places.tolist())))
            listed = f"torch.tensor([{', '.join(texts)}]{dtype})"
            yield f"{listed}[list(map(int, {digits}))]{shaped(shape)}", ()
    if len(distinct) > count // 2:
        yield from ((form, ()) for form in _ramps(flat, shape, dtype))
        yield from ((form, ()) for form in _seeded(given, dtype))


def _constant(
    given: Tensor, name: str, places: Tensor, texts: list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The most frequent number everywhere, and the few others set where they are."""
    usual = int(torch.bincount(places).argmax())
    others = (places != usual).nonzero().flatten()
    if len(others) > FEW:
        return
    spots = [torch.unravel_index(place, given.shape) for place in others]
    yield (
        tensor(given.flatten()[places == usual][:1].expand(given.numel()).reshape(given.shape), named=False),
        tuple(
            f"{name}[{', '.join(str(int(part)) for part in spot)}] = {texts[int(places[place])]}"
            for spot, place in zip(spots, others, strict=True)
        ),
    )


def _quoted(digits: str) -> str:
    """A string of digits, over several lines if it is long."""
    if len(digits) <= LINE // 2:
        return f'"{digits}"'
    return "".join(f'\n    "{part}"' for part in textwrap.wrap(digits, LINE)) + "\n"


_FLOATING: Final = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def _sizes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) or "()"


def _ramps(flat: Tensor, shape: tuple[int, ...], dtype: str) -> Iterator[str]:
    """Values at equal distances: `torch.arange(24.0)`, `torch.linspace(-1, 1, 4097)`."""
    ends = flat[[0, 1, -1]]
    if not bool(ends.isfinite().all()):
        return
    first, second, _ = ends.tolist()
    count, step = len(flat), second - first
    if first.is_integer() and step.is_integer() and step and abs(first) + count * abs(step) < 2**53:
        start = "" if first == 0 and step == 1 else f"{first!r}, "
        rest = f", {step!r}" * (step != 1)
        yield f"torch.arange({start}{first + count * step!r}{rest}{dtype}){shaped(shape)}"
    texts = numbers(ends)
    yield f"torch.linspace({texts[0]}, {texts[2]}, {count}{dtype}){shaped(shape)}"
    if flat.dtype is not torch.float64:
        wide = f"torch.linspace({texts[0]}, {texts[2]}, {count}, dtype=torch.float64)"
        yield f"{wide}.to({flat.dtype}){shaped(shape)}"


def _seeded(given: Tensor, dtype: str) -> Iterator[str]:
    """Noise of torch from a small seed, which is what people try things on."""
    flat, shape = given.contiguous().flatten(), tuple(given.shape)
    uniform = bool(((flat >= 0) & (flat < 1)).all())
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        made = (torch.rand if uniform else torch.randn)(shape, generator=generator, dtype=given.dtype)
        if torch.equal(made.flatten(), flat):
            of = f"generator=torch.Generator().manual_seed({seed})"
            yield f"torch.{'rand' if uniform else 'randn'}({_sizes(shape)}, {of}{dtype})"
            return


# ---- layout ----------------------------------------------------------------------------------------------


def _laid(given: Tensor, dense: str) -> Iterator[str]:
    """Guesses: the expression for a contiguous tensor, put into this layout."""
    shape, strides, axes = tuple(given.shape), given.stride(), given.dim()
    if given.is_contiguous():
        yield dense
        if start := _misaligned(given):
            whole = f"torch.empty({given.numel() + start}, dtype={given.dtype})"
            yield f"{whole}[{start}:].view({_sizes(shape)}).copy_({dense})"
        return
    if axes == 4:
        yield f"{dense}.to(memory_format=torch.channels_last)"
    if axes == 5:
        yield f"{dense}.to(memory_format=torch.channels_last_3d)"
    if strides[-1] > 1:
        yield f"{dense}.repeat_interleave({strides[-1]}, -1)[..., ::{strides[-1]}]"
    if 0 not in strides:
        yield f"torch.empty_strided({shape}, {strides}, dtype={given.dtype}).copy_({dense})"


def _whole(given: Tensor) -> Iterator[str]:
    """All that lies in memory between the ends of a tensor whose elements share memory."""
    if given.numel() and extent(given).numel() <= LONG:
        yield strided(given, named=False)
