"""One table that says of each activation, pooling and dtype: safe to swap, or up to k ULP, or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.text import Text

from ordering.evidence import Answer, DtypeVerdict, Verdict
from ordering.evidence.visible import visible
from ordering.report.terminal.parts import STYLES, folded, machines, print_wrapped

GAP: Final = 2
"""Spaces between columns."""
NAME: Final = 16
"""Characters of a name that stand on one line at least."""

OF_ORDERS: Final = {
    "safe": "swap them: both orders give the same bits",
    "k ULP": "the orders differ by at most k ULP (steps from one number of the dtype to the next)",
    "~k ULP": "differences of up to k ULP were seen, which is no bound",
    "NO": "do not swap: the orders differ by more than rounding",
}
OF_A_LAW: Final = {
    "safe": "the law holds to the bit",
    "k ULP": "the law holds up to k ULP (steps from one number of the dtype to the next)",
    "~k ULP": "the law holds up to what was seen, k ULP, which is no bound",
    "NO": "the law does not hold",
}
ALWAYS: Final = {
    "?": "undecided: some world could not answer, which is no pass",
    "ERROR": "could not be examined",
    "...": "was not judged yet when the run was stopped",
    "-": "was not asked",
    "!": "the worlds contradict each other: this answer cannot be trusted",
}
"""What each entry of the table means."""


@dataclass(frozen=True)
class Entry:
    """One cell: what it shows, which line of the legend explains it, its colour."""

    text: str
    legend: str
    style: str = ""
    contradicts: bool = False


def entry(verdict: Verdict, dtype: str) -> Entry:
    """What the table says of one dtype."""
    each = verdict.by_dtype.get(dtype)
    if each is None:
        return Entry("...", "...") if dtype in verdict.pending else Entry("-", "-")
    text, legend = _said(each, orders=verdict.orders)
    mark = "!" if each.contradictions else ""
    return Entry(text + mark, legend, STYLES[each.answer.value], bool(mark))


def _said(each: DtypeVerdict, *, orders: bool) -> tuple[str, str]:
    if each.answer is Answer.EXACT:
        return "safe" if orders else "holds", "safe"
    if each.answer is Answer.DIFFERENT:
        return "NO" if orders else "FAILS", "NO"
    if each.answer is Answer.ROUNDING:
        return each.distance, "k ULP" if each.certified else "~k ULP"
    return ("?", "?") if each.answer is Answer.UNDECIDED else ("ERROR", "ERROR")


def print_swaps(console: Console, verdicts: Sequence[Verdict]) -> None:
    """A table for each law and machine, as many poolings side by side as fit, and what its entries mean."""
    several = len(machines(verdicts)) > 1

    def which(verdict: Verdict) -> tuple[str, str]:
        return verdict.law, verdict.machine.kind if several and verdict.machine else ""

    places = {key: number for number, key in enumerate(dict.fromkeys(map(which, verdicts)))}
    for (law, machine), found in groupby(sorted(verdicts, key=lambda v: places[which(v)]), which):
        same = list(found)
        orders = all(verdict.orders for verdict in same)
        question = "May they be swapped?" if orders else "Does the law hold?"
        where = f", on machine {machine}" if machine else ""
        print_wrapped(console, f"{question}  (law {law}{where})", style="bold")
        seen = _print_table(console, same)
        console.print()
        words = {**(OF_ORDERS if orders else OF_A_LAW), **ALWAYS}
        shown = [key for key in words if key in seen]
        wide = max(map(len, shown), default=0)
        for key in shown:
            label = key if orders else {"safe": "holds", "NO": "FAILS"}.get(key, key)
            print_wrapped(console, f"{label:{max(wide, 5)}}  {words[key]}", later=" " * (max(wide, 5) + 2))
        console.print()


@dataclass(frozen=True)
class _Group:
    """The columns of one pooling, or as many of them as fit."""

    pooling: str
    dtypes: tuple[str, ...]
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        """Characters, the spaces before it included."""
        return GAP + max(sum(self.widths) + GAP * (len(self.widths) - 1), len(self.pooling))


def _print_table(console: Console, verdicts: Sequence[Verdict]) -> set[str]:
    """The table; the lines of the legend that it needs."""
    entries: dict[tuple[str, str, str], Entry] = {}
    for verdict in verdicts:
        for dtype in (*verdict.by_dtype, *verdict.pending):
            entries[verdict.activation, verdict.pooling, dtype] = entry(verdict, dtype)
    names = list(dict.fromkeys(verdict.activation for verdict in verdicts))
    longest = max((len(visible(name)) for name in names), default=0)
    least = min(longest, NAME)
    for groups in _side_by_side(_groups(verdicts, entries, console.width - least), console.width - least):
        room = min(longest, max(least, console.width - sum(group.width for group in groups)))
        _print_heads(console, groups, room)
        for name in names:
            _print_row(console, name, groups, entries, room)
    seen = {each.legend for each in entries.values()}
    return seen | ({"!"} if any(each.contradicts for each in entries.values()) else set())


def _groups(
    verdicts: Sequence[Verdict], entries: dict[tuple[str, str, str], Entry], width: int
) -> Iterator[_Group]:
    for pooling in dict.fromkeys(verdict.pooling for verdict in verdicts):
        widths: dict[str, int] = {}
        for (_, of_pooling, dtype), each in entries.items():
            if of_pooling == pooling:
                widths[dtype] = max(widths.get(dtype, len(dtype)), len(each.text))
        columns: list[str] = []
        for dtype in widths:
            if columns and sum(widths[each] + GAP for each in (*columns, dtype)) > width:
                yield _Group(pooling, tuple(columns), tuple(widths[each] for each in columns))
                columns = []
            columns.append(dtype)
        yield _Group(pooling, tuple(columns), tuple(widths[each] for each in columns))


def _side_by_side(groups: Iterator[_Group], width: int) -> Iterator[list[_Group]]:
    row: list[_Group] = []
    for group in groups:
        if row and sum(each.width for each in row) + group.width > width:
            yield row
            row = []
        row.append(group)
    if row:
        yield row


def _print_heads(console: Console, groups: Sequence[_Group], room: int) -> None:
    """The poolings, and under each its dtypes."""
    poolings, dtypes = Text(" " * room), Text(" " * room)
    for group in groups:
        poolings.append(" " * GAP + visible(group.pooling).ljust(group.width - GAP), style="bold")
        columns = (dtype.ljust(wide) for dtype, wide in zip(group.dtypes, group.widths, strict=True))
        dtypes.append((" " * GAP + (" " * GAP).join(columns)).ljust(group.width), style="dim")
    for line in (poolings, dtypes):
        line.rstrip()
        console.print(line, soft_wrap=True)


def _print_row(
    console: Console,
    name: str,
    groups: Sequence[_Group],
    entries: dict[tuple[str, str, str], Entry],
    room: int,
) -> None:
    first, *rest = folded(visible(name), room)
    line = Text(first.ljust(room))
    for group in groups:
        cells = Text()
        for dtype, wide in zip(group.dtypes, group.widths, strict=True):
            each = entries.get((name, group.pooling, dtype), Entry("-", "-"))
            cells.append(" " * GAP)
            cells.append(each.text, style=each.style)
            cells.append(" " * (wide - len(each.text)))
        cells.append(" " * (group.width - len(cells)))
        line.append_text(cells)
    line.rstrip()
    console.print(line, soft_wrap=True)
    for more in rest:
        console.print(Text(f"  {more}" if len(more) + 2 <= room else more), soft_wrap=True)
