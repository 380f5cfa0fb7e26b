"""What both orders do to a real picture, as a table that fits the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from ordering.evidence.visible import visible
from ordering.report.terminal.parts import folded, print_wrapped

if TYPE_CHECKING:
    from ordering.observation import Observation

GAP: Final = 2
NAME: Final = 12
"""Characters of an activation's name that stand on one line at least."""


@dataclass(frozen=True)
class _Column:
    """Two lines of heading, what stands below, and its place in the order in which columns are left out."""

    heads: tuple[str, str]
    value: Callable[[Observation], str]
    spared: int = 0


def percent(share: float) -> str:
    """A share for people; all and none are never the result of rounding."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return f"{min(max(share * 100, 0.01), 99.99):.2f}%"


COLUMNS: Final = (
    _Column(("", "pooling"), lambda seen: visible(seen.pooling)),
    _Column(("largest", "gap"), lambda seen: f"{seen.largest_gap:.6g}"),
    _Column(("mean", "gap"), lambda seen: f"{seen.mean_gap:.6g}", 4),
    _Column(("zeros in", "P(f(x))"), lambda seen: percent(seen.zeros_activation_first), 2),
    _Column(("zeros in", "f(P(x))"), lambda seen: percent(seen.zeros_pooling_first), 1),
    _Column(("same", "bits"), lambda seen: percent(seen.same_bits), 3),
)


def print_observations(console: Console, observations: Sequence[Observation], title: str) -> None:
    """One row a combination: gaps as values, shares in percent.

    Names are folded where there is no room; then columns are left out, which is said.  Numbers are never cut.
    """
    print_wrapped(console, title.rstrip())
    console.print()
    names = [visible(seen.activation) for seen in observations]
    longest = max(map(len, ["activation", *names]))
    table = [[column.value(seen) for column in COLUMNS] for seen in observations]
    widths = [
        max(len(cell) for cell in (*column.heads, *(row[place] for row in table)))
        for place, column in enumerate(COLUMNS)
    ]
    kept = list(range(len(COLUMNS)))
    while sum(widths[each] + GAP for each in kept) + min(longest, NAME) > console.width:
        spare = max(kept, key=lambda each: COLUMNS[each].spared)
        if not COLUMNS[spare].spared:
            break
        kept.remove(spare)
    others = sum(widths[each] + GAP for each in kept)
    room = min(longest, max(NAME, console.width - others))
    for line in range(2):
        name = ("", "activation")[line]
        _print_line(
            console, name, [COLUMNS[each].heads[line] for each in kept], [widths[e] for e in kept], room
        )
    for name, row in zip(names, table, strict=True):
        first, *rest = folded(name, room)
        _print_line(console, first, [row[each] for each in kept], [widths[each] for each in kept], room)
        for more in rest:
            console.print(Text(more), soft_wrap=True)
    console.print()
    print_wrapped(console, "P(f(x)): activation first; f(P(x)): pooling first; gap: how far they are apart")
    left = [" ".join(COLUMNS[each].heads) for each in range(len(COLUMNS)) if each not in kept]
    if left:
        print_wrapped(console, f"left out, as this is too narrow: {', '.join(left)} (--json has them)")


def _print_line(console: Console, name: str, cells: Sequence[str], widths: Sequence[int], room: int) -> None:
    """The first cell, a pooling's name, on the left; numbers on the right."""
    line = name.ljust(room)
    for place, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
        line += " " * GAP + (cell.rjust(wide) if place else cell.ljust(wide))
    console.print(Text(line.rstrip()), soft_wrap=True)
