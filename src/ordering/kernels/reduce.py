"""A violating case made as small and as simple as it goes, change by change, on the case itself.

Not by shrinking the draws that led to the case, which a tensor from a seed, an argument that does not matter
or a layout hinders, and which a fixed case has none of.  Every step must keep the violation and lower
`complexity`, so it ends, and the same case always gives the same result.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import permutations, product
from typing import Any, Final

import torch
from torch import Tensor

from ordering.errors import InvalidArgument, KernelError
from ordering.kernels.values import SIMPLE
from ordering.kernels.windows import PATHS, window
from ordering.law import Case

BUDGET: Final = 1200
"""Cases tried; one costs some 50 microseconds."""
DEAR: Final = 8
"""A case counts once, and once more for each so many in the square root of its elements."""
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
ALONE: Final = 24
"""So many elements, or different numbers, are made plainer one by one."""
PLAIN: Final = sorted(product(SIMPLE[:7], repeat=2), key=lambda pair: sum(map(SIMPLE.index, pair)))
"""Windows that are tried first: what breaks in one of them needs no reading."""
FEW: Final = 6
"""Up to this many different values, every pair of them is tried as a window of its own."""


def reduce(case: Case, breaks: Callable[[Case], bool], budget: int = BUDGET) -> Case:
    """The simplest case reachable from `case` by steps that keep `breaks` true.

    Sort by sort: each is tried until none of its steps helps, and all again as long as one of them did.
    """
    spent = 0
    improved = True
    while improved:
        improved = False
        for steps in _STEPS:
            going = True
            while going:
                going, goal = False, complexity(case)
                for candidate in steps(case):
                    if complexity(candidate) >= goal:
                        continue
                    if spent >= budget:
                        return case
                    spent += 1 + math.isqrt(candidate.input.numel()) // DEAR
                    if _still(breaks, candidate):
                        case, going, improved = candidate, True, True
                        break
    return case


def _still(breaks: Callable[[Case], bool], candidate: Case) -> bool:
    """Whether the candidate breaks the law; one that torch refuses does not."""
    try:
        return breaks(candidate)
    except KernelError:
        return False


def complexity(case: Case) -> tuple[object, ...]:
    """What is minimised: arguments, elements, layout, gradient, different numbers, the numbers."""
    small = case.input.numel() <= MANY  # of larger ones the size comes first anyway, and numbers take time
    numbers = case.input.detach().flatten().tolist() if small else []
    written = [entry for value in case.arguments.values() for entry in _entries(value)]
    return (
        len(case.arguments),
        case.input.numel(),
        sum(written),
        not case.input.is_contiguous(),
        _reach(case.input),
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


def _plainer_layout(case: Case) -> Iterator[Case]:
    """Contiguous; the axes in the same order, without gaps between the elements; without a gradient."""
    yield replace(case, input=case.input.detach().contiguous().clone())
    given = case.input.detach()
    order = sorted(range(given.dim()), key=given.stride().__getitem__, reverse=True)
    places = [order.index(axis) for axis in range(given.dim())]
    dense = given.permute(order).contiguous().clone().permute(places)
    yield replace(case, input=dense.requires_grad_(case.input.requires_grad))
    yield replace(case, input=case.input.detach())


def _single_windows(case: Case) -> Iterator[Case]:
    """One window of two plain numbers, or of two of the values, in either order and on either code path."""
    values = sorted(set(case.input.detach().flatten().tolist()))
    pairs = list(PLAIN)
    if len(values) <= FEW:
        pairs += [*permutations(values, 2), *((value, value) for value in values)]
    for pair in pairs:
        for path in PATHS:
            try:
                given, arguments = window(case.pooling, pair, case.input.dtype, path=path)
            except InvalidArgument:
                return
            yield replace(case, input=given, arguments=arguments)


def _cropped(case: Case) -> Iterator[Case]:
    """Half of it, then a quarter, ... and one slice off either end or off both, along every axis."""
    for axis, size in enumerate(case.input.shape):
        less = size // 2
        while less:
            for start in (0, less):
                cut = case.input.detach().narrow(axis, start, size - less)
                yield replace(case, input=cut.requires_grad_(case.input.requires_grad))
                yield replace(case, input=cut.clone())
            less //= 2
        if size > 2:
            cut = case.input.detach().narrow(axis, 1, size - 2)
            yield replace(case, input=cut.requires_grad_(case.input.requires_grad))
    yield from _cropped_evenly(case)


def _cropped_evenly(case: Case) -> Iterator[Case]:
    """Every spatial axis halved, or one shorter: what needs a square stays one."""
    axes = range(-case.pooling.dimensions, 0)
    for halved, *ends in product((True, False), repeat=1 + len(axes)):
        cut = case.input.detach()
        for axis, end in zip(axes, ends, strict=True):
            size = cut.shape[axis]
            kept = max(size // 2 if halved else size - 1, 1)
            cut = cut.narrow(axis, size - kept if end else 0, kept)
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
            least = (_LEAST[name],) * len(value)
            for low in (least, tuple(max(entry - 1, _LEAST[name]) for entry in value)):
                yield _with_arguments(case, {**case.arguments, name: low})


def _plainer_and_cropped(case: Case) -> Iterator[Case]:
    """Plainer arguments in an input that is one or two elements shorter: the last window stays what it is."""
    for plainer in _plainer_arguments(case):
        for axis in range(-case.pooling.dimensions, 0):
            for less in (1, 2):
                if case.input.shape[axis] > less:
                    yield replace(
                        plainer, input=case.input.detach().narrow(axis, less, case.input.shape[axis] - less)
                    )


def _with_arguments(case: Case, arguments: Mapping[str, Any]) -> Case:
    return replace(case, arguments=arguments)


def _plainer_values(case: Case) -> Iterator[Case]:
    """Runs of elements set to zero, longest first; then single elements replaced by plainer numbers."""
    count = case.input.numel()
    if count > FEW:
        for number in (*SIMPLE[:3], *sorted(set(case.input.detach().flatten().tolist()))[:FEW]):
            yield _filled(case, range(count), number)
    length = count
    while length >= 1:
        for start in range(0, count, length):
            yield _filled(case, range(start, min(start + length, count)), 0.0)
        length //= 2
    if count > MANY:
        return
    numbers = case.input.detach().flatten().tolist()
    if len(set(numbers)) < min(len(numbers), ALONE):
        for number in dict.fromkeys(numbers):
            places = [place for place, other in enumerate(numbers) if other == number]
            for plainer in _plainer(number):
                yield _filled(case, places, plainer)
    for place, number in enumerate(numbers[:ALONE]):
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
    values = _same_layout(case.input)
    index = torch.unravel_index(torch.as_tensor(list(places), dtype=torch.int64), values.shape)
    # Along an axis of stride 0 every entry is the first one, and only that can be written.
    spread = [axis for axis, step in enumerate(values.stride()) if step == 0]
    written = values
    for axis in spread:
        written = written.narrow(axis, 0, 1)
    index = tuple(place * (axis not in spread) for axis, place in enumerate(index))
    # Through float64: a number rounded up beyond the dtype's range becomes an infinity, not an error.
    written[index] = torch.tensor(number, dtype=torch.float64).to(values.dtype)
    return replace(case, input=values.requires_grad_(case.input.requires_grad))


def _same_layout(tensor: Tensor) -> Tensor:
    """A copy with the strides of `tensor`, in a storage of its own that starts with it."""
    if not tensor.numel():
        return tensor.detach().clone()
    storage = tensor.detach().as_strided((_reach(tensor),), (1,)).clone()
    return storage.as_strided(tensor.shape, tensor.stride())


def _reach(tensor: Tensor) -> int:
    """Elements of storage from the first of the tensor to its last."""
    return 1 + sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride(), strict=True))


_STEPS: Final = (
    _single_windows,
    _cropped,
    _plainer_arguments,
    _plainer_layout,
    _plainer_and_cropped,
    _plainer_values,
)
"""Boldest first."""
