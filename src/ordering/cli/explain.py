"""`ordering explain`: why an activation and a pooling may be swapped or not, told as a teacher would."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

import ordering
from ordering.cli.data import as_json, print_json
from ordering.cli.options import examination, output
from ordering.cli.outputs import Refusal, writable
from ordering.cli.progress import watching
from ordering.cli.proofs import proof_of
from ordering.errors import InvalidArgument
from ordering.evidence import Answer
from ordering.report.data import verdict_data
from ordering.report.lesson import Lesson, Picture, Subject, draw, lesson, picture, plotted
from ordering.report.terminal.evidence import print_block
from ordering.report.terminal.parts import STYLES, print_wrapped
from ordering.running.interrupts import deferred
from ordering.verdict.example import example
from ordering.verdict.ranges import safe_ranges

KINDS = ("svg", "png")
HERE = "-"
"""What `--plot` takes for the picture in the text, where that is no terminal."""


@click.command("explain")
@click.argument("activation")
@click.argument("pooling")
@click.option("--law", default="commutes", show_default=True, help="The law to explain.")
@click.option(
    "--plot",
    metavar="FILE",
    help="Write the picture of f into this file, .svg or .png; - prints it even where there is no terminal.",
)
@examination("quick")
@as_json
def command(
    activation: str,
    pooling: str,
    law: str,
    plot: str | None,
    dtypes: tuple[str, ...],
    effort: str,
    seed: int,
    timeout: float,
    store: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Explain why LAW holds for ACTIVATION with POOLING, or why not.

    The claim, the theorem behind it, what is true of the activation, one window in both orders step by step,
    how far the orders can be apart, what rounding adds, what to do, and a picture.  ACTIVATION, POOLING and
    LAW are names from `ordering list`, or objects of your own code, written as module:attribute or
    path/to/file.py:attribute.

    \b
    Exit code 0: explained, whatever the answer is.
    Exit code 1: no answer (undecided or error in some dtype); what is known is explained.
    Exit code 2: the question cannot be asked (unknown name, bad option, a file that cannot be written).
    Exit code 130: interrupted.
    """
    subject, operator = ordering.load_activation(activation), ordering.load_pooling(pooling)
    claim = ordering.load_law(law)
    file, kind = _file(plot)
    console = output()
    with deferred(), watching(1) as watch:
        [verdict] = ordering.verify_all(
            [subject],
            [operator],
            [claim],
            dtypes=dtypes or None,
            effort=effort,
            seed=seed,
            timeout=timeout,
            store=ordering.Store(store),
            database=database,
            progress=watch.say,
        )
        watch.say(f"{subject}: where a swap is safe")
        about = Subject(
            subject,
            operator,
            claim,
            verdict,
            proof_of(subject, activation, operator, claim, verdict, console.width - 2),
            sample=None if verdict.counterexample else example(subject, operator, verdict.worst.dtype),
        )
        if about.orders and about.need is not None and verdict.shape is not None:
            ranges = safe_ranges(subject, verdict.shape, about.need.property)
            about = dataclasses.replace(about, ranges=ranges)
        told, shown = lesson(about), picture(about)
    written = _written(file, kind, shown)
    if as_json:
        data = {
            **dataclasses.asdict(told),
            "plot": written,
            "caption": "" if shown is None else shown.caption,
            "verdict": verdict_data(verdict),
        }
        print_json(data)
    else:
        _print(console, told, STYLES[verdict.verdict])
        if shown is not None and (plot == HERE or (console.is_terminal and not written)):
            _print_picture(console, shown)
        if written:
            console.print(Text(f"wrote {written}"), soft_wrap=True)
    if verdict.worst.answer in (Answer.UNDECIDED, Answer.ERROR) or any(
        each.answer is Answer.ERROR for each in verdict.by_dtype.values()
    ):
        raise click.exceptions.Exit(1)


def _file(plot: str | None) -> tuple[Path | None, str]:
    """Where the picture goes, seen to be writable, and its kind."""
    if plot is None or plot == HERE:
        return None, ""
    kind = Path(plot).suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise InvalidArgument(f"--plot writes .svg or .png, and {plot!r} ends in neither")
    return writable("--plot", plot)[0], kind


def _written(file: Path | None, kind: str, shown: Picture | None) -> str:
    """Write the picture; where it lies, or "" where none was asked for."""
    if file is None:
        return ""
    if shown is None:
        raise Refusal(f"there is nothing to draw into {file}: the kernel gives no finite value")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(draw(shown, kind))
    except OSError as error:
        raise Refusal(f"cannot write {file}: {error.strerror or error}") from error
    return str(file)


def _print(console: Console, told: Lesson, style: str) -> None:
    print_wrapped(console, told.title, style="bold")
    print_wrapped(console, told.claim, style=style)
    for section in told.sections:
        console.print()
        print_wrapped(console, section.title, style="bold")
        for paragraph in section.paragraphs:
            print_wrapped(console, paragraph, indent="  ")
        if section.block:
            print_block(
                console, "\n".join(f"  {line}" if line else "" for line in section.block.splitlines())
            )


def _print_picture(console: Console, shown: Picture) -> None:
    console.print()
    width = min(console.width, 78)
    print_block(console, plotted(shown, width, encoding=console.encoding))
    print_wrapped(console, shown.caption or "the graph of f")
