"""Changes against a baseline in words, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ordering.report.changes import Changes, Standing

WORSE: Final = "bold red"
BETTER: Final = "green"
LISTED: Final = 50
"""Entries of one kind that are listed."""


def headline(changes: Changes) -> str:
    """How many of each: `2 worse, 1 better, 3 new, 0 lost, 40 as before`."""
    worse = sum(change.direction == "worse" for change in changes.changed)
    parts = (
        f"{worse} worse",
        f"{len(changes.changed) - worse} better",
        f"{len(changes.new)} new",
        f"{len(changes.lost)} lost",
        f"{changes.same} as before",
    )
    return ", ".join(parts)


def changes_told(changes: Changes, most: int = LISTED) -> Iterator[tuple[str, str]]:
    """Lines about the changes, each with a style of `rich`'s; at most so many entries of each kind."""
    yield f"against the baseline {changes.baseline}: {headline(changes)}", WORSE if changes.worse else "bold"
    for text in changes.circumstances:
        yield f"  {text}", "yellow"
    for direction, style in (("worse", WORSE), ("better", BETTER)):
        found = [change for change in changes.changed if change.direction == direction]
        lines = [f"  {direction.upper():6} {change.after}: {change.why}" for change in found]
        yield from ((line, style) for line in _cut(lines, most))
    for word, standings, style in (("LOST", changes.lost, WORSE), ("NEW", changes.new, "")):
        yield from ((line, style) for line in _cut([_line(word, each) for each in standings], most))


def _line(word: str, standing: Standing) -> str:
    verb = "was" if word == "LOST" else "is"
    return f"  {word:6} {standing}: {verb} {standing.told}"


def _cut(lines: Sequence[str], most: int) -> Iterator[str]:
    """The first of many lines, and how many more there are."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"         and {len(lines) - most:,} more, which report.json has"
