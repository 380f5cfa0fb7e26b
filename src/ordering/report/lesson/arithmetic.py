"""A counterexample step by step: one window in both orders, as the kernels round it and exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ordering.evidence import Counterexample, Verdict
from ordering.evidence.words import FEW, beside, conclusion, difference, number
from ordering.pooling import Kind, Pooling
from ordering.report.terminal.parts import brief

if TYPE_CHECKING:
    from torch import Tensor

REDUCED: Final = {
    Kind.SELECT_MAX: "the largest of them",
    Kind.SELECT_MIN: "the smallest of them",
    Kind.MEAN: "their mean",
    Kind.LINEAR: "their weighted sum",
    Kind.NORM: "their norm",
}
"""What a window is reduced to, after its elements were named."""
IN_ORDER: Final = ("x", "f(x)", "P(f(x))", "P(x)", "f(P(x))")
"""The steps of the two orders."""


def arithmetic(verdict: Verdict, pooling: Pooling, kind: Kind) -> Iterator[str]:
    """Both orders on the window of the counterexample, and the gap; what was tried where there is none."""
    found = verdict.counterexample
    if found is None:
        for each in verdict.by_dtype.values():
            kernels = each.worlds.get("kernels")
            if kernels is not None and kernels.why:
                yield f"No window was found that breaks it; {each.dtype}: {kernels.why}."
        return
    steps = dict(found.steps)
    window = _window(found, pooling) if verdict.orders and set(IN_ORDER) <= set(steps) else None
    if window is not None:
        yield from _both_orders(found, steps, window, REDUCED.get(kind, "what the pooling makes of them"))
    else:
        yield f"Take this input, in {found.dtype}: x = {brief(found.input)}."
        yield from (f"{name} = {brief(value)}" for name, value in found.steps if name != "x")
    yield f"So {difference(found, orders=verdict.orders)}."
    yield from _exact(found)


def _both_orders(
    found: Counterexample, steps: dict[str, Tensor], window: list[tuple[int, ...]], reduced: str
) -> Iterator[str]:
    def written(name: str, at: tuple[int, ...]) -> str:
        return number(float(steps[name][at]), found.dtype)

    inputs = dict.fromkeys((written("x", at), written("f(x)", at)) for at in window)
    shown = list(inputs)[:FEW]
    more = ", ..." if len(inputs) > FEW else ""
    times = f" ({len(window):,} elements, {len(inputs):,} of them different)" if len(window) > FEW else ""
    yield f"Take the window {{{', '.join(value for value, _ in shown)}{more}}}{times}, in {found.dtype}."
    images = ", ".join(f"f({value}) = {image}" for value, image in shown)
    yield f"Activation first: {images}{more}; {reduced} is {written('P(f(x))', found.index)}."
    pooled = written("P(x)", found.index)
    yield f"Pooling first: {reduced} is {pooled}; f({pooled}) = {written('f(P(x))', found.index)}."


def _exact(found: Counterexample) -> Iterator[str]:
    """The same without rounding, where there is an expression."""
    symbolic = found.symbolic
    if symbolic is None:
        return
    if len(symbolic.sides) == 2:
        left, right = (beside(side, found.dtype) for side in symbolic.sides)
        yield f"In exact arithmetic: {left}"
        yield f"but {right}" if symbolic.gap_sign != 0 else f"and {right}"
    yield f"{conclusion(symbolic)}."


def _window(found: Counterexample, pooling: Pooling) -> list[tuple[int, ...]] | None:
    """Where the elements lie that the failing output reads; None where the pooling does not tell."""
    spatial = tuple(found.input.shape[-pooling.dimensions :])
    index = found.index[-pooling.dimensions :]
    if pooling.windows is None or len(index) != len(spatial) or found.input.ndim != len(found.index):
        return None
    places: list[tuple[int, ...]] = [found.index[: -pooling.dimensions]]
    for size, axis, at in zip(spatial, pooling.windows(spatial, found.pooling_arguments), index, strict=True):
        if at >= len(axis):
            return None
        places = [(*place, tap) for place in places for tap in axis[at] if 0 <= tap < size]
    return places or None
