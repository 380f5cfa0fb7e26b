"""Evaluating a kernel purely on one code path: torch's vectorised code, or its scalar code.

In a contiguous call torch runs vector code over full blocks and scalar code over the remainder; over strided
tensors it runs scalar code throughout.  For several activations the two round differently.  So the vector
path gets contiguous tensors whose size is a multiple of every block, and the scalar path strided ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ordering.examination import Kernel, evaluate
from ordering.lattice import Format

BLOCK: Final = 128
"""A multiple of every block of torch's CPU kernels: two AVX-512 registers hold 32 float32 or 64 float16."""

Bits: TypeAlias = npt.NDArray[np.signedinteger]
"""Values as signed integers of their dtype's width."""

_SIGNED: Final = {8: torch.int8, 16: torch.int16, 32: torch.int32, 64: torch.int64}


class Lane:
    """A kernel on one code path, evaluated chunk after chunk in buffers of its own (one thread's)."""

    def __init__(self, kernel: Kernel, form: Format, path: Literal["vector", "scalar"], size: int) -> None:
        self._kernel = kernel
        self._form = form
        self._scalar = path == "scalar"
        self._inputs = Inputs(form, size, stride=2 if self._scalar else 1)
        # torch computes in no 8-bit dtype: the kernel gets float32, and its result is rounded.
        self._computes = torch.float32 if form.bits == 8 else form.dtype

    def results(self, start: int, count: int) -> Tensor:
        """`f` at the `count` ranks from `start` on, all of one sign: contiguous, valid until the next call.

        Raises
        ------
        KernelError
            If the kernel raises or does not return one value of the same dtype for each.
        """
        values = self._inputs.fill(start, count)
        if values.dtype != self._computes:
            values = values.to(self._computes)
        result_of = strided if self._scalar else evaluate
        result = result_of(self._kernel, values).contiguous()
        if result.requires_grad:
            result = result.detach()
        if result.dtype != self._form.dtype:
            result = result.to(self._form.dtype)
        return result if result.numel() == count else result[:count]

    def returned_inputs(self, result: Tensor, start: int) -> bool:
        """Whether these results are the inputs themselves, bit for bit."""
        return np.array_equal(as_bits(result, self._form), self._inputs.given(start, len(result)))

    def inputs_intact(self) -> bool:
        """Whether the kernel left its inputs alone, or changed them in a way that torch has told of."""
        return self._inputs.intact()


def as_bits(result: Tensor, form: Format) -> Bits:
    """The results' bits, without a copy."""
    bits: Bits = result.view(_SIGNED[form.bits]).numpy()
    return bits


class Inputs:
    """Consecutive values in one buffer that is filled again and again."""

    def __init__(self, form: Format, size: int, stride: int) -> None:
        kind = np.dtype(f"int{form.bits}")
        self._ramp = np.arange(size, dtype=kind)
        self._block: Bits = np.zeros((size, stride), dtype=kind)
        self._bits: Bits = self._block[:, 0]
        self._tensor = torch.from_numpy(self._bits).view(form.dtype)
        self._lowest = -form.magnitude_mask - 1
        self._start, self._count = 0, 0
        self._version = -1
        self._counted_on = False
        self._spoiled = False

    def fill(self, start: int, count: int) -> Tensor:
        """The values at the `count` ranks from `start` on, all of one sign.

        Copies of the last value make their number a multiple of `BLOCK`.
        """
        size = len(self._bits)
        follows = self._count == count == size and start == self._start + size and start != 0
        if follows and self._tensor._version == self._version:
            # To count every value on is half the memory traffic of writing it from the ramp.  What lies
            # between the values is counted on with them: over strided memory numpy is three times slower.
            np.add(self._block, size if start > 0 else -size, out=self._block)
            self._counted_on = True
        else:
            if self._counted_on:
                self._spoiled |= not self._holds()
            self._write(start, self._bits[:count])
            self._counted_on = False
        self._start, self._count, self._version = start, count, self._tensor._version
        if count == size:
            return self._tensor
        padded = -(-count // BLOCK) * BLOCK
        self._bits[count:padded] = self._bits[count - 1]
        return self._tensor[:padded]

    def expected(self, start: int, count: int) -> Bits:
        """The bits that `fill` gives those ranks."""
        bits = np.empty(count, self._bits.dtype)
        self._write(start, bits)
        return bits

    def given(self, start: int, count: int) -> Bits:
        """The bits that the last `fill` gave those ranks: the buffer, unless torch knows of a write to it.

        A write that torch does not know of is found by `intact`.
        """
        untouched = self._tensor._version == self._version and (self._start, self._count) == (start, count)
        return self._bits[:count] if untouched else self.expected(start, count)

    def intact(self) -> bool:
        """Whether every value given out so far was the one asked for, and the last ones are still there.

        A kernel that works in place, and of whose writes torch knows, does no harm.
        """
        return not self._spoiled and self._holds()

    def _holds(self) -> bool:
        expected = self.expected(self._start, self._count)
        return self._tensor._version != self._version or np.array_equal(self._bits[: self._count], expected)

    def _write(self, start: int, out: Bits) -> None:
        ramp = self._ramp[: len(out)]
        if start >= 0:
            np.add(ramp, start, out=out)
        else:
            # Negative values come in falling order of their magnitudes.
            np.subtract(self._lowest - 1 - start, ramp, out=out)


def strided(kernel: Kernel, values: Tensor) -> Tensor:
    """The kernel's result on scalar code, contiguous, in memory of its own.

    Raises
    ------
    KernelError
        As `evaluate`.
    """
    with _Strided() as mode:  # type: ignore[no-untyped-call]  # torch leaves the mode's methods untyped
        result = evaluate(kernel, _spread(values) if values.is_contiguous() else values)
    # What no operator of this call has made may be a buffer that the kernel fills anew at every call.
    own = any(result is each for each in mode.made)
    return result.contiguous() if own else result.clone(memory_format=torch.contiguous_format)


def _spread(values: Tensor) -> Tensor:
    """A copy of a tensor in which neighbours lie two elements apart."""
    return torch.empty((*values.shape, 2), dtype=values.dtype, device=values.device)[..., 0].copy_(values)


class _Strided(TorchDispatchMode):  # type: ignore[no-untyped-call]  # see `strided`
    """Sees to it that every operator has a strided argument, so that it runs scalar code.

    Results are left as they are, and laid out only when a further operator takes them: most kernels are a
    single operator, and a copy costs as much as evaluating a simple one.
    """

    made: list[object]
    """The results of the operators so far."""

    def __enter__(self) -> Self:
        self.made = []
        super().__enter__()  # type: ignore[no-untyped-call]  # see `strided`
        return self

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch would wrap the method below for its compiler, which takes a second to import.
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func.is_view:  # a view shares its base's memory, and is laid out when an operator takes it
            return func(*args, **(kwargs or {}))
        named = dict(kwargs or {})
        copies: list[tuple[Tensor, Tensor]] = []
        if not _is_strided([*args, *named.values()]):
            args = tuple(_laid_out(value, copies) for value in args)
            named = {name: _laid_out(value, copies) for name, value in named.items()}
        result = func(*args, **named)
        if not func._schema.is_mutable:
            self.made.append(result)
            return result
        # The operator may have written to a copy: the tensor that the kernel named gets what was written.
        for original, copy in copies:
            if original.shape != copy.shape:
                original.resize_(copy.shape)
            original.copy_(copy)
            result = original if result is copy else result
        return result


def _is_strided(arguments: list[Any]) -> bool:
    """Whether one of the largest tensors is strided: then none of the loop runs vector code."""
    tensors = [value for value in arguments if isinstance(value, Tensor)]
    largest = max((value.numel() for value in tensors), default=0)
    return any(value.numel() == largest and not value.is_contiguous() for value in tensors)


def _laid_out(value: Any, copies: list[tuple[Tensor, Tensor]]) -> Any:
    """An operator's argument, with strided copies of its contiguous tensors; these are added to `copies`."""
    if isinstance(value, (list, tuple)):
        return type(value)([_laid_out(each, copies) for each in value])
    if not (isinstance(value, Tensor) and value.dim() and value.is_contiguous()):
        return value
    copies.append((value, _spread(value)))
    return copies[-1][1]
