"""`ordering report`: verify the catalogue, print the table, write the report."""

from __future__ import annotations

import shlex
import sys
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import click
from rich.text import Text

import ordering
from ordering.arguments import place
from ordering.cli.baselines import print_changes, read_baseline
from ordering.cli.crews import hired
from ordering.cli.data import as_json, print_json
from ordering.cli.options import crew, examination, output
from ordering.cli.outputs import Refusal, within, written
from ordering.cli.progress import watching
from ordering.cli.summaries import append_summary
from ordering.errors import InvalidArgument
from ordering.evidence import Answer, Verdict
from ordering.registry import Named
from ordering.report.changes import compared
from ordering.report.data import report_data
from ordering.report.formats import formats
from ordering.report.locating import located
from ordering.report.records import Format, Report, Source
from ordering.report.terminal import print_verdicts
from ordering.running.interrupts import INTERRUPTED, deferred

PAGE: Final = "html"
"""The format that a browser shows."""


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
    help="Folder for the files, which are seen to be writable first.",
)
@click.option(
    "--format",
    "names",
    multiple=True,
    help=f"Write this format; repeatable, in place of the usual ones.  There are {', '.join(formats)}.",
)
@click.option("--baseline", metavar="FILE", help="An earlier report.json: tell what changed since.")
@click.option("--accept", is_flag=True, help="Make the new report the baseline.")
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
    names: tuple[str, ...],
    baseline: str | None,
    accept: bool,
    opened: bool,
    as_json: bool,
) -> None:
    """Verify every activation of the catalogue and write a report of it, in several formats.

    The dtypes of 16 bits come first, and are answered after seconds.  Certificates are kept, so that a run
    which was interrupted goes on from what is known.  Ctrl-C writes the report of what was known by then,
    marked as incomplete; a second one ends at once.  Activations, poolings and laws are names from
    `ordering list`, or objects of your own code, written as module:attribute or path/to/file.py:attribute.

    With --baseline, what changed since is told, the changes for the worse first: a worse answer, no answer
    where there was one, a larger bound of the rounding, a new contradiction, and an entry of the baseline
    that was not examined (ask for the same entries).  --accept writes the new report in the baseline's place,
    or makes the first one, whatever it says, and exits 0; it does not accept an interrupted run.

    Where $GITHUB_STEP_SUMMARY names a file, the Markdown is appended to it as well.

    \b
    Exit code 0: every verdict is known, and none changed for the worse; or they were accepted.
    Exit code 1: a contradiction between the worlds, an entry in error, or a change for the worse.
    Exit code 2: the report cannot be made as asked, or not be written.
    Exit code 130: interrupted.
    """
    chosen = (
        [ordering.load_activation(name) for name in dict.fromkeys(activations)]
        if activations
        else list(ordering.activations.values())
    )
    of_poolings = [ordering.load_pooling(name) for name in dict.fromkeys(poolings)]
    of_laws = [ordering.load_law(name) for name in dict.fromkeys(laws)]
    facts = ordering.environment(seed=seed, effort=effort)
    chosen_formats = [formats[name] for name in dict.fromkeys(names)] or usual()
    if opened and PAGE not in {each.name for each in chosen_formats}:
        raise InvalidArgument(
            f"--open shows {formats[PAGE].file}, which is not among the formats; add --format {PAGE}"
        )
    # The data first: whatever becomes of a picture, they are there.
    chosen_formats.sort(key=lambda each: each.name != "json")
    paths = within("--out", place("--out", out), [each.file for each in chosen_formats])
    earlier = read_baseline(baseline, accept, paths)
    sources = _sources(zip(("activation", "pooling", "law"), (activations, poolings, laws), strict=True))
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
    changes = None
    if earlier is not None and earlier.data is not None:
        changes = compared(str(earlier.file), earlier.data, verdicts, facts, complete=complete)
    command_line = shlex.join(["ordering", *sys.argv[1:]])
    report = Report(verdicts, facts, complete, command_line, sources, changes)
    renders = {path: each.render for path, each in zip(paths, chosen_formats, strict=True)}
    if earlier is not None and earlier.accept and complete:
        renders[earlier.file] = formats["json"].render
    refused = [words for path, render in renders.items() for words in written({path: render(report)})]
    refused += filter(None, [append_summary(formats["markdown"].render(report))])
    if as_json:
        print_json(report_data(report), indent=1)
    else:
        console = output()
        print_verdicts(console, verdicts)
        if changes is not None:
            print_changes(console, changes)
        if not refused:
            console.print(Text(f"wrote {', '.join(map(str, renders))}"), soft_wrap=True)
    if refused:
        raise Refusal("; ".join(refused))
    if opened:
        show(next(path for path in paths if path.name == formats[PAGE].file))
    if not complete:
        raise click.exceptions.Exit(INTERRUPTED)
    if not accept and (_failed(verdicts) or (changes is not None and changes.worse)):
        raise click.exceptions.Exit(1)


def usual() -> list[Format]:
    """The formats that are written without being asked for."""
    return [each for each in formats.values() if each.usual]


def _sources(references: Iterable[tuple[str, Sequence[str]]]) -> list[Source]:
    """Where the user's own entries stand, of all that were named."""
    loaded: dict[str, Callable[[str], Named]] = {
        "activation": ordering.load_activation,
        "pooling": ordering.load_pooling,
        "law": ordering.load_law,
    }
    here = Path.cwd()
    found = (
        located(kind, loaded[kind](name).name, name, here)
        for kind, names in references
        for name in dict.fromkeys(names)
    )
    return [source for source in found if source is not None]


def _failed(verdicts: Sequence[Verdict]) -> bool:
    """Whether an entry could not be examined, or worlds contradict each other."""
    answers = (each.answer for verdict in verdicts for each in verdict.by_dtype.values())
    return Answer.ERROR in answers or any(verdict.contradictions for verdict in verdicts)


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
