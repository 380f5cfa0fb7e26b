"""`ordering certify`: evaluate an activation at every value of a dtype."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

import ordering
from ordering.cli.exits import INTERRUPTED
from ordering.cli.options import as_json, output
from ordering.cli.progress import Watch, watching
from ordering.errors import KernelError
from ordering.report.certificates import COLUMNS, PATHS, certificate_text, certificates_markdown, table_row
from ordering.report.data import certificate_data

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
@click.option("--workers", type=click.IntRange(min=1), help="Processes; by default one for each core.")
@click.option(
    "--store",
    type=click.Path(file_okay=False),
    help="Folder of certificates; by default the platform's cache directory.",
)
@click.option("--no-store", is_flag=True, help="Neither look a certificate up nor keep it.")
@click.option(
    "--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Also write the table to a file."
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
    store: str | None,
    no_store: bool,
    markdown: Path | None,
    as_json: bool,
) -> None:
    """Evaluate ACTIVATION at every value of a dtype, in increasing order, and say where it falls.

    ACTIVATION is a name from `ordering list`, or module:attribute of your own code.  A scan that is
    interrupted (Ctrl-C, or killed) goes on where it stopped when the command is given again.

    \b
    Exit code 0: certified.
    Exit code 1: an activation of --all could not be examined.
    Exit code 2: the question cannot be asked, or the one ACTIVATION could not be examined.
    Exit code 130: interrupted.
    """
    if (activation is None) != everything:
        raise click.UsageError("name one ACTIVATION, or give --all")
    if no_store and store is not None:
        raise click.UsageError("--store and --no-store exclude each other")
    entries = (
        [ordering.load_activation(activation)]
        if activation is not None
        else list(ordering.activations.values())
    )
    shelf = None if no_store else ordering.Store(store)
    found: list[Certificate] = []
    failures: dict[str, str] = {}
    questions = [(entry, dtype) for dtype in dict.fromkeys(dtypes) for entry in entries]
    with watching(len(questions)) as watch:
        try:
            for entry, dtype in questions:
                label = f"{entry} in {dtype}"
                try:
                    certificate = ordering.certify(
                        entry,
                        dtype,
                        path=path,  # type: ignore[arg-type]  # one of PATHS: click has checked it
                        low=low,
                        high=high,
                        workers=workers,
                        progress=_telling(watch, label),
                        store=shelf,
                    )
                except KernelError as error:
                    if not everything:
                        raise
                    failures[label] = str(error)
                    watch.finished(f"{label}: {error}")
                    continue
                found.append(certificate)
                watch.finished(f"{label}: {certificate.drops:,} drops ({certificate.seconds:.1f} s)")
        except KeyboardInterrupt:
            kept = (
                "nothing was kept" if no_store else "what is finished is kept, and the same command goes on"
            )
            click.echo(f"interrupted: {kept}", err=True)
            raise SystemExit(INTERRUPTED) from None
    if markdown is not None:
        asked = _asked(activation, dtypes, path, low, high, markdown)
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(certificates_markdown(found, failures, asked), encoding="utf-8")
    if as_json:
        click.echo(json.dumps([certificate_data(certificate) for certificate in found], indent=2))
    elif everything:
        _print_table(found, failures)
    else:
        click.echo("\n\n".join(certificate_text(certificate) for certificate in found))
    if failures:
        raise SystemExit(1)


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


def _print_table(found: list[Certificate], failures: dict[str, str]) -> None:
    console = output()
    for dtype in dict.fromkeys(certificate.dtype for certificate in found):
        table = Table(title=dtype, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for name in COLUMNS:
            table.add_column(name, justify="left" if name in ("activation", "worst fall") else "right")
        for certificate in found:
            if certificate.dtype == dtype:
                table.add_row(*(Text(cell) for cell in table_row(certificate)))
        console.print(table)
    for label, why in failures.items():
        console.print(Text(f"{label} could not be examined: {why}"))
