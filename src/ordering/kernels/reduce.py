"""A violating case made as small and as simple as it goes, change by change, on the case itself.

Hypothesis shrinks the draws that led to a case; this goes on where draws are in the way: a tensor from a
seed, an argument that was drawn and does not matter, a layout.  Every step must keep the violation and lower
`complexity`, so it ends, and the same case always gives the same result.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any, Final

import torch
from torch import Tensor

from ordering.errors import InvalidArgument, KernelError
from ordering.kernels.values import SIMPLE
from ordering.kernels.windows import PATHS, window
from ordering.law import Case

BUDGET: Final = 600
"""Cases tried; one costs some 50 microseconds."""
_LEAST: Final = {
    "kernel_size": 1,
    "stride": 1,
    "dilation": 1,
    "output_size": 1,
    "size": 1,
    "padding": 0,
    "pad": 0,
}
MANY: Final = 512
"""Beyond this many elements the numbers themselves are left alone until the tensor is smaller."""
FEW: Final = 6
"""Up to this many different values, every pair of them is tried as a window of its own."""


def reduce(case: Case, breaks: Callable[[Case], bool], budget: int = BUDGET) -> Case:
    """The simplest case reachable from `case` by steps that keep `breaks` true."""
    trials = 0
    improved = True
    while improved:
        improved = False
        goal = complexity(case)
        for candidate in _candidates(case):
            if complexity(candidate) >= goal:
                continue
            if trials == budget:
                return case
            trials += 1
            if _still(breaks, candidate):
                case, improved = candidate, True
                break
    return case


def _still(breaks: Callable[[Case], bool], candidate: Case) -> bool:
    """Whether the candidate breaks the law; one that torch refuses does not."""
    try:
        return breaks(candidate)
    except KernelError:
        return False


def complexity(case: Case) -> tuple[object, ...]:
    """What is minimised: elements, arguments, layout, gradient, different numbers, the numbers."""
    small = case.input.numel() <= MANY  # of larger ones the size comes first anyway, and numbers take time
    numbers = case.input.detach().flatten().tolist() if small else []
    written = [entry for value in case.arguments.values() for entry in _entries(value)]
    return (
        case.input.numel(),
        len(case.arguments),
        sum(written),
        not case.input.is_contiguous(),
        case.input.storage_offset(),
        case.input.requires_grad,
        len(set(numbers)) if len(numbers) > FEW else 0,
        sum(map(_plainness, numbers)),
    )


def _entries(value: Any) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, tuple | list) else (float(value or 0),)


def _plainness(number: float) -> float:
    """How far a number is from plain: its place in `SIMPLE`, else the length of its fraction."""
    if number in SIMPLE and not (number == 0 and math.copysign(1.0, number) < 0):
        return SIMPLE.index(number)
    if not math.isfinite(number):
        return 500.0 if math.isinf(number) else 600.0
    mantissa, exponent = math.frexp(number)
    digits = mantissa.as_integer_ratio()[1].bit_length()
    return len(SIMPLE) + 4 * digits + abs(exponent) / 8 + (number < 0) / 16


def _candidates(case: Case) -> Iterator[Case]:
    """Simpler cases, boldest first."""
    yield from _single_windows(case)
    yield from _cropped(case)
    yield from _plainer_arguments(case)
    plain = case.input.detach().contiguous().clone()
    yield replace(case, input=plain)
    yield replace(case, input=case.input.detach())
    yield from _plainer_values(case)


def _single_windows(case: Case) -> Iterator[Case]:
    """One window of two of the values, in either order and on either code path."""
    values = sorted(set(case.input.detach().flatten().tolist()))
    if case.input.numel() <= 2 or len(values) > FEW:
        return
    for pair in [*permutations(values, 2), *((value, value) for value in values)]:
        for path in PATHS:
            try:
                given, arguments = window(case.pooling, pair, case.input.dtype, path=path)
            except InvalidArgument:
                return
            yield replace(case, input=given, arguments=arguments)


def _cropped(case: Case) -> Iterator[Case]:
    """Halves, then single slices off the ends, along every axis."""
    for axis, size in enumerate(case.input.shape):
        half = size // 2
        cuts = [(0, half), (half, size - half)] if half else []
        cuts += [(0, size - 1), (1, size - 1)] if size > 1 else []
        for start, length in dict.fromkeys(cuts):
            cut = case.input.detach().narrow(axis, start, length)
            yield replace(case, input=cut.requires_grad_(case.input.requires_grad))
            yield replace(case, input=cut.clone())


def _plainer_arguments(case: Case) -> Iterator[Case]:
    """Without one argument; with one size of an argument at its least, or one less.

    Arguments of a pooling with a geometry of its own are left alone: what is valid there is not known here.
    """
    if callable(case.pooling.geometry):
        return
    for name, value in case.arguments.items():
        yield _with_arguments(case, {key: other for key, other in case.arguments.items() if key != name})
        if isinstance(value, tuple) and name in _LEAST:
            for place, entry in enumerate(value):
                for low in dict.fromkeys((_LEAST[name], max(entry - 1, _LEAST[name]))):
                    changed = (*value[:place], low, *value[place + 1 :])
                    yield _with_arguments(case, {**case.arguments, name: changed})


def _with_arguments(case: Case, arguments: Mapping[str, Any]) -> Case:
    return replace(case, arguments=arguments)


def _plainer_values(case: Case) -> Iterator[Case]:
    """Runs of elements set to zero, longest first; then single elements replaced by plainer numbers."""
    count = case.input.numel()
    if count > FEW:
        for number in sorted(set(case.input.detach().flatten().tolist()))[:FEW]:
            yield _filled(case, range(count), number)
    length = count
    while length >= 1:
        for start in range(0, count, length):
            yield _filled(case, range(start, min(start + length, count)), 0.0)
        length //= 2
    if count > MANY:
        return
    numbers = case.input.detach().flatten().tolist()
    if len(set(numbers)) < len(numbers):
        for number in dict.fromkeys(numbers):
            places = [place for place, other in enumerate(numbers) if other == number]
            for plainer in _plainer(number):
                yield _filled(case, places, plainer)
    for place, number in enumerate(numbers):
        for plainer in _plainer(number):
            yield _filled(case, [place], plainer)


def _plainer(number: float) -> Iterator[float]:
    """Numbers to try instead: simple ones, then the same with fewer binary digits."""
    yield from (simple for simple in SIMPLE if _plainness(simple) < _plainness(number))
    if math.isfinite(number):
        mantissa, exponent = math.frexp(number)
        for digits in (1, 2, 3, 4, 6, 8, 12, 16):
            rounded = round(mantissa * 2**digits)
            if abs(rounded) < 2**digits or exponent < sys.float_info.max_exp:  # else it leaves the doubles
                yield math.ldexp(rounded, exponent - digits)


def _filled(case: Case, places: range | list[int], number: float) -> Case:
    """A copy in the same layout with these elements (in row-major order) set to `number`."""
    values = case.input.detach().clone(memory_format=torch.preserve_format)
    if values.stride() != case.input.stride() or 0 in values.stride():
        values = _same_layout(case.input)
    index = torch.unravel_index(torch.as_tensor(list(places), dtype=torch.int64), values.shape)
    # Through float64: a number rounded up beyond the dtype's range becomes an infinity, not an error.
    values[index] = torch.tensor(number, dtype=torch.float64).to(values.dtype)
    return replace(case, input=values.requires_grad_(case.input.requires_grad))


def _same_layout(tensor: Tensor) -> Tensor:
    """A copy with the strides of `tensor`, in a storage of its own; contiguous where elements overlap."""
    if 0 in tensor.stride():
        return tensor.detach().contiguous().clone()
    reach = 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    storage = tensor.detach().as_strided((reach,), (1,)).clone()
    return storage.as_strided(tensor.shape, tensor.stride())
