"""A counterexample step by step: one window in both orders, as the kernels round it and exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ordering.evidence import Answer, Cause, Counterexample, SymbolicSide
from ordering.evidence.words import FEW, conclusion, difference, number, steps
from ordering.pooling import Kind, Pooling
from ordering.report.lesson.records import Subject
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


def arithmetic(subject: Subject) -> Iterator[str]:
    """Both orders on the window of the counterexample, and the gap; what was tried where there is none."""
    verdict, found = subject.verdict, subject.verdict.counterexample
    reduced = REDUCED.get(subject.kind, "what the pooling makes of them")
    if found is None:
        yield from _nothing_found(subject, reduced)
        return
    results = dict(found.steps)
    window = _window(found, subject.pooling) if verdict.orders and set(IN_ORDER) <= set(results) else None
    if window is not None:
        yield from _both_orders(found.dtype, results, window, found.index, reduced)
    else:
        yield f"Take this input, in {found.dtype}: x = {brief(found.input)}."
        sides = (("the left side", found.activation_first), ("the right side", found.pooling_first))
        named = all("..." not in name for name, _ in found.steps)
        shown = (found.steps if named else ()) if verdict.orders else ()
        yield from (f"{name} = {brief(value)}" for name, value in (*shown, *sides) if name != "x")
    apart = difference(found, orders=verdict.orders)
    yield f"So {apart.partition(', first at')[0] if found.activation_first.numel() == 1 else apart}."
    yield from _exact(found)


def _nothing_found(subject: Subject, reduced: str) -> Iterator[str]:
    """An example that agrees, and how many were tried."""
    sample = subject.sample
    if sample is not None and subject.orders:
        places = [tuple(place) for place in sample.results["x"].isfinite().nonzero().tolist()]
        yield from _both_orders(
            sample.dtype, sample.results, places, (0,) * sample.results["x"].ndim, reduced
        )
    said: dict[str, list[tuple[str, str]]] = {}
    for each in subject.verdict.by_dtype.values():
        kernels = each.worlds.get("kernels")
        if kernels is not None and kernels.why:
            said.setdefault(kernels.why.replace(each.dtype, ""), []).append((each.dtype, kernels.why))
    tried = [f"{', '.join(dtype for dtype, _ in same)}: {same[0][1]}" for same in said.values()]
    if tried:
        broken = any(each.answer is Answer.ERROR for each in subject.verdict.by_dtype.values())
        yield f"{'' if broken else 'No window was found that breaks it.  '}{'; '.join(tried)}."


def _both_orders(
    dtype: str,
    results: Mapping[str, Tensor],
    window: Sequence[tuple[int, ...]],
    index: tuple[int, ...],
    reduced: str,
) -> Iterator[str]:
    def written(name: str, at: tuple[int, ...]) -> str:
        return number(float(results[name][at]), dtype)

    inputs = dict.fromkeys((written("x", at), written("f(x)", at)) for at in window)
    shown = list(inputs)[:FEW]
    more = ", ..." if len(inputs) > FEW else ""
    times = f" ({len(window):,} elements, {len(inputs):,} of them different)" if len(window) > FEW else ""
    yield f"Take the window {{{', '.join(value for value, _ in shown)}{more}}}{times}, in {dtype}."
    images = ", ".join(f"f({value}) = {image}" for value, image in shown)
    yield f"Activation first: {images}{more}; {reduced} is {written('P(f(x))', index)}."
    pooled = written("P(x)", index)
    yield f"Pooling first: {reduced} is {pooled}; f({pooled}) = {written('f(P(x))', index)}."


def _exact(found: Counterexample) -> Iterator[str]:
    """The same without rounding, where there is an expression, and whose the gap is."""
    symbolic = found.symbolic
    if symbolic is None:
        return
    if len(symbolic.sides) == 2:
        left, right = (_written(side) for side in symbolic.sides)
        yield f"In exact arithmetic: {left}, {'and' if symbolic.gap_sign == 0 else 'but'} {right}."
        off = [side for side in symbolic.sides if side.distance_ulp is not None]
        if len(off) == 2:
            apart = " and ".join(f"{steps(side.distance_ulp or 0)} ULP" for side in off)
            yield f"From these the kernels' two values are {apart} away."
    words = conclusion(symbolic)
    if symbolic.conclusion is Cause.FUNCTION:
        words += ": it would be there without any rounding"
    yield f"{words[0].upper()}{words[1:]}."


def _written(side: SymbolicSide) -> str:
    """`silu(max(-1, -2)) = -1/(1 + e) = -0.2689...`."""
    return " = ".join(dict.fromkeys(term for term in (side.formula, side.written, side.value) if term))


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
