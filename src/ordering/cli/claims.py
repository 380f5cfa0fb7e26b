"""`ordering claims`: the sentences of the post that began it all, one by one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

import ordering
from ordering.claims.records import CLAIMS, EFFORTS, Answer, Ruling
from ordering.claims.telling import STYLES, claims_data, detail_lines, experiment_lines, markdown
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.cli.progress import watching
from ordering.running.interrupts import INTERRUPTED, deferred


@click.command("claims")
@click.argument("numbers", nargs=-1, type=int, metavar="[N]...")
@click.option(
    "--effort",
    type=click.Choice(EFFORTS),
    default="quick",
    show_default=True,
    help="quick: dtypes of 16 bits, under a minute; full: also all of float32, ten times the examples.",
)
@click.option(
    "--study",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Results of `python benchmarks/study.py` for claim 3; by default those that ship.",
)
@click.option(
    "--times",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Results of `python benchmarks/pool_first.py` for claim 5; by default those that ship.",
)
@click.option(
    "--store",
    type=click.Path(file_okay=False),
    help="Folder of certificates; by default the platform's cache directory.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one for each core.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown, and no details.")
@as_json
def command(
    numbers: tuple[int, ...],
    effort: str,
    study: Path | None,
    times: Path | None,
    store: str | None,
    workers: int | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Examine the claims of the post about activation and pooling: all five, or those of these numbers N.

    First the post's two experiments, run again; then a table, and each claim with what the ruling rests on
    and the command that shows it.

    \b
    Exit code 0: every claim is ruled upon, whatever the ruling.
    Exit code 1: a claim is undecided, because an examination could not be made or left it open.
    Exit code 2: there is no such claim, or results or the store cannot be used.
    Exit code 130: interrupted; claims that were ruled upon by then are printed.
    """
    printed = ordering.experiments()
    found: list[Ruling] = []
    complete = False
    try:
        with deferred(), watching(len(set(numbers)) or len(CLAIMS)) as watch:
            for ruling in ordering.rulings(
                numbers or None,
                effort=effort,
                store=ordering.Store(store),
                workers=workers,
                study=study,
                times=times,
                progress=watch.say,
            ):
                found.append(ruling)
                watch.finished(f"claim {ruling.claim.number}: {ruling.answer.value}")
        complete = True
    except KeyboardInterrupt:
        click.echo("interrupted: printing what is ruled upon so far", err=True)
    if as_json:
        print_json(claims_data(printed, found, effort))
    elif as_markdown:
        click.echo(markdown(found), nl=False)
    else:
        console = output()
        for line in experiment_lines(printed):
            console.print(line, soft_wrap=True)
        print_rulings(console, found)
    if not complete:
        raise click.exceptions.Exit(INTERRUPTED)
    if any(ruling.answer is Answer.UNDECIDED for ruling in found):
        raise click.exceptions.Exit(1)


def print_rulings(console: Console, found: Sequence[Ruling]) -> None:
    """The table of one row a claim, then every claim in full."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("claim", no_wrap=True)
    table.add_column("ruling", max_width=16)
    table.add_column("conditions", overflow="fold", ratio=1)
    for ruling in found:
        claim = ruling.claim
        table.add_row(
            Text(f"{claim.number} {claim.topic}"),
            Text(ruling.answer.value, style=STYLES[ruling.answer]),
            Text(ruling.conditions),
        )
    console.print(table)
    for ruling in found:
        console.print()
        for line in detail_lines(ruling):
            console.print(_wrapped(line, console.width), soft_wrap=True)


def _wrapped(line: str, width: int) -> str:
    """A line in the console's width, what follows set in as far as its beginning; commands stay whole."""
    inset = len(line) - len(line.lstrip(" "))
    if line.lstrip().startswith("$ "):
        return line
    return textwrap.fill(line, max(width, 40), subsequent_indent=" " * (inset + 2), drop_whitespace=True)
