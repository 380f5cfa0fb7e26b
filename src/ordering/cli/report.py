"""`ordering report`: verify the catalogue, print the table, write the report."""

from __future__ import annotations

import shlex
import sys
import webbrowser
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

import ordering
from ordering.arguments import place
from ordering.cli.crews import hired
from ordering.cli.data import as_json, print_json
from ordering.cli.options import crew, examination, output
from ordering.cli.outputs import Refusal, writable, written
from ordering.cli.progress import watching
from ordering.evidence import Answer, Verdict
from ordering.report.data import report_data
from ordering.report.formats import formats
from ordering.report.records import Report
from ordering.report.terminal import print_verdicts
from ordering.running.interrupts import INTERRUPTED, deferred


@click.command("report")
@click.option("-a", "--activation", "activations", multiple=True, help="Only this one; repeatable.")
@click.option(
    "-p",
    "--pooling",
    "poolings",
    multiple=True,
    default=("max_pool2d", "avg_pool2d"),
    show_default=True,
    help="Poolings to verify; repeatable.",
)
@click.option(
    "--law", "laws", multiple=True, default=("commutes",), show_default=True, help="Laws; repeatable."
)
@examination("standard")
@crew
@click.option(
    "--out",
    default="report",
    show_default=True,
    help="Folder for report.html, report.json and report.md, which are seen to be writable first.",
)
@click.option("--open", "opened", is_flag=True, help="Show report.html in the browser when it is written.")
@as_json
def command(
    activations: tuple[str, ...],
    poolings: tuple[str, ...],
    laws: tuple[str, ...],
    dtypes: tuple[str, ...],
    effort: str,
    seed: int,
    timeout: float,
    store: str | None,
    database: str | None,
    workers: int | None,
    scheduler: str | None,
    out: str,
    opened: bool,
    as_json: bool,
) -> None:
    """Verify every activation of the catalogue and write report.html, report.json and report.md.

    The dtypes of 16 bits come first, and are answered after seconds.  Certificates are kept, so that a run
    which was interrupted goes on from what is known.  Ctrl-C writes the report of what was known by then,
    marked as incomplete; a second one ends at once.  Activations, poolings and laws are names from
    `ordering list`, or objects of your own code, written as module:attribute or path/to/file.py:attribute.

    \b
    Exit code 0: every verdict is known; 1: a contradiction between the worlds, or an entry in error;
    2: the report cannot be made as asked, or not be written; 130: interrupted.
    """
    chosen = (
        [ordering.load_activation(name) for name in dict.fromkeys(activations)]
        if activations
        else list(ordering.activations.values())
    )
    of_poolings = [ordering.load_pooling(name) for name in dict.fromkeys(poolings)]
    of_laws = [ordering.load_law(name) for name in dict.fromkeys(laws)]
    facts = ordering.environment(seed=seed, effort=effort)
    folder = place("--out", out)
    usual = [each for each in formats.values() if each.usual]
    paths = writable("--out", *(folder / each.file for each in usual))
    known: dict[tuple[str, ...], Verdict] = {}
    complete = False
    try:
        with (
            deferred(),
            hired(scheduler, workers) as hands,
            watching(len(chosen) * len(of_poolings) * len(of_laws)) as watch,
        ):
            for verdict in ordering.verify_all(
                chosen,
                of_poolings,
                of_laws,
                dtypes=dtypes or None,
                effort=effort,
                seed=seed,
                timeout=timeout,
                store=ordering.Store(store),
                database=database,
                workers=hands.workers,
                executor=hands.executor,
                partial=True,
                progress=watch.say,
            ):
                known[_claim(verdict)] = verdict
                (watch.note if verdict.pending else watch.finished)(_line(verdict))
        complete = True
    except KeyboardInterrupt:
        click.echo("interrupted: writing what is known so far", err=True)
    verdicts = _in_order(known.values(), [entry.name for entry in chosen])
    report = Report(verdicts, facts, complete, shlex.join(["ordering", *sys.argv[1:]]))
    refused = written({path: each.render(report) for path, each in zip(paths, usual, strict=True)})
    if as_json:
        print_json(report_data(report), indent=1)
    else:
        console = output()
        print_verdicts(console, verdicts)
        if not refused:
            console.print(f"wrote {' and '.join(map(str, paths))}", soft_wrap=True)
    if refused:
        raise Refusal("; ".join(refused))
    if opened:
        show(folder / formats["html"].file)
    if not complete:
        raise click.exceptions.Exit(INTERRUPTED)
    answers = (each.answer for verdict in verdicts for each in verdict.by_dtype.values())
    if Answer.ERROR in answers or any(verdict.contradictions for verdict in verdicts):
        raise click.exceptions.Exit(1)


def show(page: Path) -> None:
    """Open a page in the browser."""
    if not webbrowser.open(page.resolve().as_uri()):
        raise Refusal(f"--open found no browser that can be started; the page is {page}")


def _claim(verdict: Verdict) -> tuple[str, ...]:
    """What a verdict is about, and on which kind of machine: a later one about the same replaces it."""
    machine = "" if verdict.machine is None else verdict.machine.kind
    return verdict.activation, verdict.pooling, verdict.law, machine


def _line(verdict: Verdict) -> str:
    """A verdict in a few words, as it comes."""
    dtypes: dict[str, list[str]] = {}
    for each in verdict.by_dtype.values():
        dtypes.setdefault(each.answer.value, []).append(each.dtype)
    found = ", ".join(f"{answer} in {' and '.join(names)}" for answer, names in dtypes.items())
    later = f"; {' and '.join(verdict.pending)} to come" if verdict.pending else ""
    return f"{verdict.activation} with {verdict.pooling}: {found}{later}"


def _in_order(verdicts: Iterable[Verdict], names: Sequence[str]) -> list[Verdict]:
    """By activation, in the order that was asked for, however they came."""
    place = {name: number for number, name in enumerate(names)}
    return sorted(verdicts, key=lambda verdict: place[verdict.activation])
