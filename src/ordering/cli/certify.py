"""`ordering certify`: evaluate an activation at every value of a dtype."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

import ordering
from ordering.cli.crews import crews
from ordering.cli.data import as_json, print_json
from ordering.cli.options import crew, levels, output
from ordering.cli.outputs import Refusal, writable, written
from ordering.cli.progress import Watch, watching
from ordering.errors import KernelError
from ordering.report.certificates import (
    LEFT,
    PATHS,
    certificate_text,
    certificates_markdown,
    comparison,
    differences,
)
from ordering.report.data import certificate_data
from ordering.running.interrupts import INTERRUPTED, deferred

if TYPE_CHECKING:
    from ordering.evidence import Certificate
    from ordering.floats import Progress

DTYPES = ("float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")


@click.command("certify")
@click.argument("activation", required=False)
@click.option("--all", "everything", is_flag=True, help="Every activation of the catalogue, as a table.")
@click.option(
    "--dtype",
    "dtypes",
    type=click.Choice(DTYPES),
    multiple=True,
    default=("float32",),
    show_default=True,
    help="Repeatable.  float64 needs --low and --high.",
)
@click.option(
    "--path",
    type=click.Choice(tuple(PATHS)),
    default="all",
    show_default=True,
    help="vector: contiguous tensors; scalar: strided ones; all: both in one walk.",
)
@click.option("--low", type=float, help="Scan only values from here on.")
@click.option("--high", type=float, help="Scan only values up to here.")
@crew
@levels
@click.option(
    "--store",
    type=click.Path(file_okay=False),
    help="Folder of certificates; by default the platform's cache directory.",
)
@click.option("--no-store", is_flag=True, help="Neither look a certificate up nor keep it.")
@click.option(
    "--markdown", metavar="FILE", help="Also write the table to a file, which is seen to be writable first."
)
@as_json
def command(
    activation: str | None,
    everything: bool,
    dtypes: tuple[str, ...],
    path: str,
    low: float | None,
    high: float | None,
    workers: int | None,
    scheduler: str | None,
    levels: bool,
    store: str | None,
    no_store: bool,
    markdown: str | None,
    as_json: bool,
) -> None:
    """Evaluate ACTIVATION at every value of a dtype, in increasing order, and say where it falls.

    ACTIVATION is a name from `ordering list`, or an object of your own code, written as module:attribute or
    path/to/file.py:attribute.  A scan that is interrupted (Ctrl-C, or killed) goes on where it stopped when
    the command is given again.  With --levels or --scheduler, each instruction level of this machine, or each
    kind of machine in the cluster, has a certificate of its own.

    \b
    Exit code 0: certified.
    Exit code 1: an activation of --all could not be examined.
    Exit code 2: the question cannot be asked, the one ACTIVATION could not be examined, or FILE not written.
    Exit code 130: interrupted.
    """
    if (activation is None) != everything:
        raise click.UsageError("name one ACTIVATION, or give --all")
    if no_store and store is not None:
        raise click.UsageError("--store and --no-store exclude each other")
    page = None if markdown is None else writable("--markdown", markdown)[0]
    entries = (
        [ordering.load_activation(activation)]
        if activation is not None
        else list(ordering.activations.values())
    )
    shelf = None if no_store else ordering.Store(store)
    found: list[tuple[str, Certificate]] = []
    failures: dict[str, str] = {}
    questions = [(entry, dtype) for dtype in dict.fromkeys(dtypes) for entry in entries]
    rounds = len(ordering.levels()) if levels else 1
    unkept = (
        {} if no_store else {entry.name: why for entry in entries if (why := ordering.why_not_kept(entry))}
    )
    try:
        with deferred(), watching(rounds * len(questions)) as watch:
            for name, why in unkept.items():
                watch.note(f"{name}: nothing of its scans will be kept: {why}")
            for hands in crews(scheduler, workers, levels=levels):
                for entry, dtype in questions:
                    label = ", ".join(filter(None, (f"{entry} in {dtype}", hands.level)))
                    try:
                        certificates = ordering.certify_each(
                            entry,
                            dtype,
                            path=path,  # type: ignore[arg-type]  # one of PATHS: click has checked it
                            low=low,
                            high=high,
                            workers=hands.workers,
                            executor=hands.executor,
                            progress=_telling(watch, label),
                            store=shelf,
                        )
                    except KernelError as error:
                        if not everything:
                            raise
                        failures[label] = str(error)
                        watch.finished(f"{label}: {error}")
                        continue
                    found += [(hands.level, each) for each in certificates]
                    told = (f"{each.drops:,} drops ({each.seconds:.1f} s)" for each in certificates)
                    watch.finished(f"{label}: {'; '.join(told)}")
    except KeyboardInterrupt:
        click.echo(f"interrupted: {_kept([entry.name for entry in entries], unkept, no_store)}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    refused = []
    if page is not None:
        asked = _asked(activation, dtypes, path, low, high, page)
        refused = written({page: certificates_markdown(found, failures, asked)})
    several = len(dict.fromkeys(each.machine for _, each in found)) > 1
    if as_json:
        print_json([certificate_data(each, level) for level, each in found])
    elif everything or several:
        _print_table(found, failures)
    else:
        click.echo("\n\n".join(certificate_text(each) for _, each in found))
    if refused:
        raise Refusal("; ".join(refused))
    if failures:
        raise click.exceptions.Exit(1)


def _kept(names: list[str], unkept: Mapping[str, str], no_store: bool) -> str:
    """What an interrupt has left in the store."""
    if no_store or set(names) <= set(unkept):
        return "nothing was kept"
    but = f", but for {', '.join(unkept)}" if unkept else ""
    return f"what is finished is kept{but}, and the same command goes on"


def _telling(watch: Watch, label: str) -> Callable[[Progress], None]:
    """A callback that shows how far a scan is."""

    def tell(progress: Progress) -> None:
        watch.say(
            f"{label}: {progress.done / progress.total:.0%}, {progress.rate / 1e6:,.0f} million values/s, "
            f"{progress.remaining:.0f} s to go"
        )

    return tell


def _asked(
    activation: str | None,
    dtypes: tuple[str, ...],
    path: str,
    low: float | None,
    high: float | None,
    markdown: Path,
) -> str:
    """The command that gives this page again, without what belongs to this machine."""
    words = ["ordering", "certify", activation or "--all", *(f"--dtype={dtype}" for dtype in dtypes)]
    words.append(f"--path={path}")
    words += [f"--{name}={end!r}" for name, end in (("low", low), ("high", high)) if end is not None]
    return shlex.join([*words, f"--markdown={markdown}"])


def _print_table(found: list[tuple[str, Certificate]], failures: dict[str, str]) -> None:
    console = output()
    for dtype in dict.fromkeys(each.dtype for _, each in found):
        members = [(level, each) for level, each in found if each.dtype == dtype]
        columns, rows = comparison(members)
        table = Table(title=dtype, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(name, justify="left" if name in LEFT else "right", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
        for line in differences(members):
            console.print(Text(line), soft_wrap=True)
    for machine in dict.fromkeys(each.machine for _, each in found):
        console.print(Text(f"machine {machine.kind}: {machine}"), soft_wrap=True)
    for label, why in failures.items():
        console.print(Text(f"{label} could not be examined: {why}"))
