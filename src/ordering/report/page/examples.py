"""A counterexample drawn: each order step by step as small grids, the difference marked, its exact values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING, Final

import sympy as sp
from markupsafe import Markup

from ordering.evidence import Counterexample, Symbolic, SymbolicSide
from ordering.evidence.words import conclusion, difference, number, steps, two_codes
from ordering.report.page.flow import math as formula
from ordering.report.page.records import ExactSide, Example, Grid, Lane, Number, Plane

if TYPE_CHECKING:
    from torch import Tensor

MOST: Final = 6
"""Rows and columns of a matrix that are drawn."""
PLANES: Final = 2
"""Matrices of a tensor that are drawn."""
ORDERS: Final = (
    ("Activation first", ("x", "f(x)", "P(f(x))")),
    ("Pooling first", ("x", "P(x)", "f(P(x))")),
)
"""The steps of the two orders, as the laws about them name these."""
LONG: Final = 60
"""Operations of a closed form that is still written out."""


def example(found: Counterexample, *, orders: bool) -> Example:
    """The counterexample as grids and texts."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in found.pooling_arguments.items())
    code = two_codes(found)
    said = difference(found, orders=orders)
    return Example(
        call=f"{found.pooling}({arguments})",
        lanes=tuple(_lanes(found)),
        difference=f"{said}; {code}" if code else said,
        sides=() if found.symbolic is None else tuple(_sides(found.symbolic, found.dtype)),
        conclusion="" if found.symbolic is None else conclusion(found.symbolic),
        script=found.script.rstrip() + "\n",
    )


def _lanes(found: Counterexample) -> Iterator[Lane]:
    """Two lanes for the two orders; for another law its steps in one, or its sides."""
    known = dict(found.steps)
    if all(name in known for _, names in ORDERS for name in names):
        for title, names in ORDERS:
            last = names[-1]
            yield Lane(
                title, tuple(grid(name, known[name], found.index if name == last else None) for name in names)
            )
        return
    if not known:
        known = {"x": found.input, "left side": found.activation_first, "right side": found.pooling_first}
    sides = (found.activation_first, found.pooling_first)
    marked = [name for name, tensor in known.items() if any(tensor is side for side in sides)]
    yield Lane(
        "Step by step",
        tuple(grid(name, tensor, found.index if name in marked else None) for name, tensor in known.items()),
    )


def grid(label: str, tensor: Tensor, index: tuple[int, ...] | None = None) -> Grid:
    """A tensor as matrices of its last two axes; of a large one a part with its whole size told.

    `index` is the element to mark; what is drawn holds it.
    """
    shape = tuple(tensor.shape)
    values = tensor.detach()
    if index is not None and (
        len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True))
    ):
        index = None  # of a side with another shape
    while values.dim() < 2:
        values = values.unsqueeze(0)
    at = None if index is None else (0,) * (2 - len(shape)) + tuple(index)
    leading = values.shape[:-2]
    places = list(islice(product(*map(range, leading)), PLANES))
    if at is not None and at[:-2] not in places:
        places[-1] = at[:-2]
    planes = [_plane(values, place, at, several=math.prod(leading) > 1) for place in places]
    drawn = sum(len(row) for plane in planes for row in plane.rows)
    size = f"shape {shape}, {tensor.numel():,} elements"
    cut = f"{drawn:,} elements shown of {size}" if drawn < tensor.numel() else ""
    if tensor.numel() == 0:
        cut = f"empty: {size}"
    return Grid(label, tuple(planes), cut)


def _plane(values: Tensor, place: tuple[int, ...], at: tuple[int, ...] | None, *, several: bool) -> Plane:
    matrix = values[place]
    marked = at[-2:] if at is not None and at[:-2] == place else None
    rows, columns = (
        _span(size, None if marked is None else marked[axis]) for axis, size in enumerate(matrix.shape)
    )
    shown = matrix[rows.start : rows.stop, columns.start : columns.stop].tolist()
    dtype = str(values.dtype).removeprefix("torch.")
    numbers = tuple(
        tuple(_number(value, dtype, marked == (i, j)) for j, value in zip(columns, row, strict=True))
        for i, row in zip(rows, shown, strict=True)
    )
    return Plane(f"[{', '.join(map(str, place))}]" if several else "", numbers)


def _span(size: int, around: int | None) -> range:
    """At most `MOST` places of an axis, with the marked one among them."""
    start = 0 if around is None else max(0, min(around - MOST // 2, size - MOST))
    return range(start, min(size, start + MOST))


def _number(value: float | int | bool, dtype: str, marked: bool) -> Number:
    if not isinstance(value, float):
        return Number(str(value), "", marked)
    return Number(number(value, dtype), short_hex(value) if math.isfinite(value) else "", marked)


def short_hex(value: float) -> str:
    """A float exactly, without the zeros at its end; `float.fromhex` reads it back.

    Examples
    --------
    >>> short_hex(0.5), short_hex(-0.1), short_hex(0.0)
    ('0x1p-1', '-0x1.999999999999ap-4', '0x0p+0')
    """
    mantissa, exponent = value.hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{exponent}"


def _sides(symbolic: Symbolic, dtype: str) -> Iterator[ExactSide]:
    for side in symbolic.sides:
        yield ExactSide(side.formula, _closed(side), side.value, number(side.kernel, dtype), _off(side))


def _closed(side: SymbolicSide) -> Markup:
    if side.closed is None or not side.written or sp.count_ops(side.closed) > LONG:
        return Markup("")
    return formula(side.closed)


def _off(side: SymbolicSide) -> str:
    if side.distance_ulp is None:
        return ""
    beyond = f", where rounding allows {steps(side.allowed_ulp)}" if side.misses and side.allowed_ulp else ""
    return f"{steps(side.distance_ulp)} ULP{beyond}"
