"""The text of a failing trial: the same rows in the same order, at a fixed width, without control codes.

law, activation, pooling, dtype, theory; counterexample (both orders step by step), gap, difference; seed,
script; then the commands that run it again.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor

from ordering.evidence import Counterexample
from ordering.evidence.visible import visible
from ordering.evidence.words import beside, conclusion, steps_apart, two_codes, ulp
from ordering.kernels.literals import decimals

WIDTH: Final = 92
"""Columns; pytest puts eight before each line of an assertion."""
LABEL: Final = 16
"""Columns of what stands before each row."""
WHOLE: Final = 16
"""Elements up to which a tensor is shown whole."""
ROWS, COLUMNS = 4, 8
"""Of a larger tensor's part that is shown."""

Row = tuple[str, str]
"""What a row is about, and what it says: lines that are wrapped each by itself."""


@dataclass(frozen=True)
class Failure:
    """What the operators do that theory says they do not."""

    headline: str
    """One line; pytest's summary shows it."""
    theory: str
    """What must be, and why."""
    found: Counterexample | None
    """None where a counterexample should be, and none was found."""
    examined: str = ""
    """What was gone through."""
    bound: str = ""
    """How large the gap may be, where it is larger."""


def arranged(headline: str, rows: Iterable[Row], commands: Iterable[str] = (), after: str = "") -> str:
    """A headline, rows under labels, and commands to be pasted into a shell, which are not wrapped."""
    rows = [*rows]
    lines = [*textwrap.wrap(visible(headline), WIDTH, break_on_hyphens=False), *([""] if rows else [])]
    for label, text in rows:
        lines += _row(label, text)
    told = "\n".join(lines)
    listed = "\n".join(f"    {command}" for command in commands)
    told += f"\n\nRun it again with\n\n{listed}" if listed else ""
    return visible(f"{told}\n\n{after}" if after else told, keep="\n")


def subjects(statement: str, activation: str, pooling: str, dtype: str) -> list[Row]:
    """Whom the trial is about."""
    return [("law", statement), ("activation", activation), ("pooling", pooling), ("dtype", dtype)]


def evidence(failure: Failure) -> list[Row]:
    """What theory says, what was computed, how far apart both orders are, and whose the difference is."""
    rows = [("theory", failure.theory)]
    found = failure.found
    if found is None:
        return [*rows, ("examined", failure.examined), ("counterexample", "none")]
    steps = found.steps or (("x", found.input),)
    longest = max(len(name) for name, _ in steps)
    orders = [f"{name:{longest}} = {brief(tensor, found.index)}" for name, tensor in steps]
    rows += [("counterexample", "\n".join(orders)), ("gap", _gap(found))]
    if failure.bound:
        rows.append(("bound", failure.bound))
    return [*rows, ("difference", "\n".join(_whose(found)))]


def called(pooling: str, arguments: Mapping[str, Any]) -> str:
    """The pooling with its arguments: `max_pool2d(kernel_size=(1, 2))`."""
    return f"{pooling}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


def apart(found: Counterexample) -> str:
    """By how much the sides differ: `0.5 = 1,056,964,608 ULP`, or what stands against what."""
    left, right = found.activation_first, found.pooling_first
    if left.shape != right.shape:
        return f"shapes {tuple(left.shape)} against {tuple(right.shape)}"
    if left.dtype != right.dtype:
        return f"{left.dtype} against {right.dtype}"
    steps = steps_apart(found)
    if steps is None or not left.is_floating_point() or found.gap != found.gap:
        one, other = (_numbers(side[found.index]) for side in (left, right))
        return f"{one} against {other}"
    return f"{found.gap:.6g} = {ulp(steps)}"


def _gap(found: Counterexample) -> str:
    return f"{apart(found)}, first at {list(found.index)}"


def _whose(found: Counterexample) -> list[str]:
    """Both sides in exact arithmetic, and whether the function or its arithmetic makes the difference."""
    symbolic = found.symbolic
    if symbolic is None:
        return ["not derived"]
    codes = two_codes(found)
    sides = [beside(side, found.dtype) for side in symbolic.sides]
    return [*sides, conclusion(symbolic), *([codes] if codes else [])]


def brief(tensor: Tensor, index: tuple[int, ...] = ()) -> str:
    """A small tensor's values; of a large one its size, and the part around an index of the results.

    The results of pooling are smaller than its input: an index is taken in proportion along each axis.
    """
    if tensor.numel() <= WHOLE:
        return _numbers(tensor)
    size = f"{tensor.numel():,} numbers, shape {tuple(tensor.shape)}"
    first = tensor.flatten()[0]
    if bool(((tensor == first) | (tensor.isnan() & first.isnan())).all()):
        return f"{size}, all {_numbers(first)}"
    part, place = tensor, []
    for axis, length in enumerate(tensor.shape):
        most = COLUMNS if axis == tensor.dim() - 1 else ROWS if axis == tensor.dim() - 2 else 1
        at = index[axis] if len(index) == tensor.dim() else 0
        start = max(0, min(at - most // 2, length - most)) if at < length else max(0, length - most)
        stop = min(length, start + most)
        part = part.narrow(axis, start, stop - start)
        place.append(str(start) if most == 1 else f"{start}:{stop}")
    for _ in range(max(0, tensor.dim() - 2)):
        part = part[0]
    return f"{size}, of which [{', '.join(place)}] is {_numbers(part)}"


def _numbers(tensor: Tensor) -> str:
    """The values as nested lists, each as short as its dtype allows."""
    texts = iter(decimals(tensor.detach().contiguous().flatten()))

    def nested(values: object) -> str:
        return f"[{', '.join(map(nested, values))}]" if isinstance(values, list) else next(texts)

    return (
        nested(tensor.tolist())
        .replace('float("nan")', "nan")
        .replace('float("inf")', "inf")
        .replace('float("-inf")', "-inf")
    )


def _row(label: str, text: str) -> list[str]:
    """A row in lines that fit."""
    indent = " " * LABEL
    lines: list[str] = []
    for each in visible(text, keep="\n").split("\n"):
        wrapped = textwrap.wrap(each, WIDTH - LABEL, subsequent_indent="  ", break_on_hyphens=False)
        lines += [indent + line for line in wrapped]
    lines = lines or [indent]
    return [label.ljust(LABEL) + lines[0][LABEL:], *lines[1:]]
