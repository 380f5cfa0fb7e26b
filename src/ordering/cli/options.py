"""The options that several commands share, and the consoles they print to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ordering.evidence.visible import LAYOUT, visible

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

DTYPES: Final = ("float16", "bfloat16", "float32", "float64")
EFFORTS: Final = ("quick", "standard", "exhaustive")
PIPED: Final = 100
"""Columns of what is written to a pipe or a file: what mails and logs of CI show without folding."""

NARROWEST: Final = 40
"""Columns that the tables need; a terminal with fewer wraps their lines by itself."""


def examination(effort: str) -> Callable[[CommandT], CommandT]:
    """`--dtype`, `--effort`, `--seed`, `--timeout`, `--store`, `--database`: how thoroughly to examine."""

    def add(command: CommandT) -> CommandT:
        for option in _examination(effort):
            command = option(command)
        return command

    return add


def _examination(effort: str) -> tuple[Callable[[CommandT], CommandT], ...]:
    return (
        click.option(
            "--database",
            help="Where counterexamples are remembered and shared: a folder or a redis:// URL.",
        ),
        click.option(
            "--store",
            type=click.Path(file_okay=False),
            help="Folder of certificates; by default the platform's cache directory.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=10.0,
            show_default=True,
            help="Seconds for a proof.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Seed of all that is drawn."),
        click.option(
            "--effort",
            type=click.Choice(EFFORTS),
            default=effort,
            show_default=True,
            help="quick: float16 and bfloat16; standard: also float32; exhaustive: ten times the examples.",
        ),
        click.option(
            "--dtype",
            "dtypes",
            type=click.Choice(DTYPES),
            multiple=True,
            help="Judge this dtype instead of the effort's; repeatable.  float64 has too many values to scan:"
            " what rounds nothing (relu, hardtanh) and what a witness refutes is decided there, no more.",
        ),
    )


def crew(command: CommandT) -> CommandT:
    """`--workers` and `--scheduler`: who does the work."""
    for option in (
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Work on a Dask cluster, tcp://host:port; each kind of machine in it answers for itself.",
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), help="Processes; by default one for each core."
        ),
    ):
        command = option(command)
    return command


def levels(command: CommandT) -> CommandT:
    """`--levels`: the same at each instruction level."""
    return click.option(
        "--levels", is_flag=True, help="Ask at every instruction level that this processor offers."
    )(command)


class _Plain(Console):
    """A console that obeys no control code of the text that it shows, and lets click end the command where
    nobody reads on."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments, with codes written out; rich marks its own, which move the progress display."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else visible(segment.text, keep=LAYOUT)
            yield segment if text == segment.text else Segment(text, segment.style)

    def on_broken_pipe(self) -> None:
        """Raise what was caught: rich would exit, which the commands take for a kernel's own `sys.exit`."""
        raise


def output() -> Console:
    """Standard output: as wide as the terminal or as `COLUMNS` says; `PIPED` where there is neither."""
    console = _Plain(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and not _columns():
        console.width = PIPED
    console.width = max(console.width, NARROWEST)
    return console


def errors() -> Console:
    """Standard error, for progress."""
    return _Plain(stderr=True, highlight=False, markup=False, emoji=False)


def _columns() -> int:
    """What `COLUMNS` says; 0 where it says nothing."""
    said = os.environ.get("COLUMNS", "")
    return int(said) if said.isdecimal() else 0
