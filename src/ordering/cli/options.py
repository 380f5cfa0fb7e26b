"""The options that several commands share, and the consoles they print to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ordering.report.escaping import visible

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

DTYPES: Final = ("float16", "bfloat16", "float32", "float64")
EFFORTS: Final = ("quick", "standard", "exhaustive")


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


class _Pipe(Console):
    """A console that lets click end the command where nobody reads on, and obeys no codes of users' texts."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed: control codes in a text, such as an error message's, are shown and not sent."""
        if isinstance(renderable, Text) and not renderable.plain.isprintable():
            renderable = _visible(renderable)
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible(segment.text, lines=True), segment.style)

    def on_broken_pipe(self) -> None:
        """Raise what was caught: rich would exit, which the commands take for a kernel's own `sys.exit`."""
        raise


def _visible(text: Text) -> Text:
    """The text with what is not printable made visible; its styles are kept where its length is."""
    plain = visible(text.plain, lines=True)
    if plain == text.plain:
        return text
    style = text.spans[0].style if len(text.spans) == 1 else text.style
    return Text(plain, style, justify=text.justify, overflow=text.overflow, no_wrap=text.no_wrap)


def output() -> Console:
    """Standard output.  A pipe has no width of its own: wide enough that tables do not fold at 80."""
    console = _Pipe(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else _Pipe(highlight=False, markup=False, emoji=False, width=160)


def errors() -> Console:
    """Standard error, for progress."""
    return _Pipe(stderr=True, highlight=False, markup=False, emoji=False)
