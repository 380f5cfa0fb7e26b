"""What several printed texts share: colours, the meaning of a verdict, short tensors, lines that fit."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from ordering.evidence import Answer, Machine, Verdict
from ordering.evidence.visible import visible

if TYPE_CHECKING:
    from torch import Tensor

STYLES: Final = {
    Answer.EXACT.value: "bold green",
    Answer.ROUNDING.value: "bold cyan",
    Answer.DIFFERENT.value: "bold yellow",
    Answer.UNDECIDED.value: "bold magenta",
    Answer.ERROR.value: "bold red",
}

BRIEF: Final = 16
"""Elements of a tensor that are shown one by one; the script and the JSON hold them all."""

_NO_ANSWER: Final = {
    Answer.UNDECIDED.value: "some world could not answer; not a pass",
    Answer.ERROR.value: "could not be examined",
}
OF_ORDERS: Final = {
    Answer.EXACT.value: "bit-for-bit interchangeable (a note says where zeros may differ in sign)",
    Answer.ROUNDING.value: "interchangeable but for the stated rounding",
    Answer.DIFFERENT.value: "not interchangeable",
    **_NO_ANSWER,
}
"""What a verdict means where the law says that the two orders are equal."""
OF_A_LAW: Final = {
    Answer.EXACT.value: "the law holds, to the bit",
    Answer.ROUNDING.value: "the law holds but for the stated rounding",
    Answer.DIFFERENT.value: "the law does not hold",
    **_NO_ANSWER,
}
"""What it means of any other law."""


def meanings(verdicts: Sequence[Verdict]) -> Mapping[str, str]:
    """What each answer means for these verdicts."""
    return OF_ORDERS if all(verdict.orders for verdict in verdicts) else OF_A_LAW


def machines(verdicts: Sequence[Verdict]) -> list[Machine]:
    """The machines of which the verdicts are true, each once."""
    return list(dict.fromkeys(verdict.machine for verdict in verdicts if verdict.machine is not None))


def dtypes(verdict: Verdict) -> str:
    """The dtypes that share the verdict: `all 2 dtypes`, or their names."""
    sharing = [each.dtype for each in verdict.by_dtype.values() if each.answer.value == verdict.verdict]
    if len(sharing) == len(verdict.by_dtype) > 1:
        return f"all {len(sharing)} dtypes"
    return ", ".join(sharing)


def brief(tensor: Tensor) -> str:
    """A small tensor's values; of a large one the shape and its distinct values, at most eight."""
    if tensor.numel() <= BRIEF:
        return str(tensor.tolist())
    distinct = list(dict.fromkeys(map(repr, tensor.flatten().tolist())))
    shown = ", ".join(distinct[:8]) + (", ..." if len(distinct) > 8 else "")
    return f"{tuple(tensor.shape)} of {shown}"


def print_wrapped(console: Console, text: str, indent: str = "", later: str = "", style: str = "") -> None:
    """A text in lines that fit, broken at spaces alone where it has any; nothing is cut off.

    `later` is put before each line but the first, beside `indent`.  Users' control codes are written out.
    """
    lines = textwrap.wrap(
        visible(text),
        max(console.width, 20),
        initial_indent=indent,
        subsequent_indent=indent + later,
        break_on_hyphens=False,
    )
    for line in lines or [""]:
        console.print(Text(line, style=style), soft_wrap=True)


def folded(text: str, width: int) -> list[str]:
    """A name in lines of at most `width` characters: broken where its parts end, if it can be."""
    lines, rest = [], text
    while len(rest) > width:
        ends = [rest.rfind(each, 0, width) for each in ",(= "]
        at = max(ends) + 1 if max(ends) >= width // 2 else width
        lines.append(rest[:at])
        rest = rest[at:]
    return [*lines, rest]
