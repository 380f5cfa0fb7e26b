"""A progress display on standard error: a live bar in a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ordering.cli.options import errors

QUIET: Final = 10
"""Seconds without a word, where there is no terminal, before progress is printed as a line."""


@dataclass
class Watch:
    """What a running command tells of itself."""

    console: Console
    bar: Progress
    total: int
    done: int = 0
    told: float = field(default_factory=time.monotonic)
    """When something was last printed where there is no terminal."""

    def say(self, text: str) -> None:
        """What is being done now, and how long it will take."""
        self.bar.update(self.bar.task_ids[0], description=escape(text))
        if not self.console.is_terminal and time.monotonic() - self.told > QUIET:
            self.note(text)

    def finished(self, text: str) -> None:
        """One result is known."""
        self.done += 1
        self.bar.advance(self.bar.task_ids[0])
        self.note(text)

    def note(self, text: str) -> None:
        """A line that stays."""
        self.told = time.monotonic()
        self.bar.console.print(f"[{self.done}/{self.total}] {text}", soft_wrap=True)


@contextmanager
def watching(total: int) -> Iterator[Watch]:
    """Show progress through `total` results while the block runs; of the bar nothing stays."""
    console = errors()
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task("", total=total)
        yield Watch(console, bar, total)
