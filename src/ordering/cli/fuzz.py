"""`ordering fuzz`: drawn properties with fresh seeds, for a time, on all cores."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table

from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.cli.progress import watching
from ordering.running.interrupts import deferred
from ordering.testing.fuzzing import Harvest, fuzz


@click.command("fuzz")
@click.argument("tests", nargs=-1, required=True)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="How long.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Rounds at once; by default one a core.")
@as_json
def command(tests: tuple[str, ...], minutes: float, workers: int | None, as_json: bool) -> None:
    """Run the Hypothesis tests in TESTS (files, folders) with fresh seeds until the time is over.

    What fails is kept beside the test, in kept/NAME.jsonl, and is from then on the first thing that the test
    tries, if it has @kept above @given.

    \b
    Exit code 0: no failure.
    Exit code 1: a test failed.
    Exit code 2: there are no such tests, or pytest cannot run them.
    Exit code 130: interrupted; what was found is kept.
    """
    with deferred(), watching(1) as watch:
        found = fuzz(tests, minutes, workers=workers, progress=watch.say)
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)
    if found.failures:
        raise click.exceptions.Exit(1)


def _print(found: Harvest) -> None:
    console = output()
    console.print(
        f"{found.seconds / 60:.1f} minutes, {found.rounds} rounds, {found.examples:,} examples with "
        f"{found.functions:,} different functions, {len(found.failures)} failures"
    )
    if found.asked:
        table = Table("property", "asked", "undecided", "share")
        for name, count in found.asked.items():
            open_ = found.undecided[name]
            table.add_row(name, f"{count:,}", f"{open_:,}", f"{100 * open_ / count:.2f} %")
        console.print(table)
    for failure in found.failures:
        console.print(f"\nFAILED {failure.test}, seed {failure.seed}", markup=False, highlight=False)
        console.print(f"kept in {failure.kept}" if failure.kept else "its example could not be kept")
        console.print(failure.report, markup=False, highlight=False, soft_wrap=True)
