"""`ordering check`: one question, one verdict, and an exit code for CI."""

from __future__ import annotations

from collections.abc import Sequence

import click

import ordering
from ordering.cli.crews import crews
from ordering.cli.data import as_json, print_json
from ordering.cli.options import crew, examination, levels, output
from ordering.cli.progress import watching
from ordering.evidence import Answer, Verdict
from ordering.report.data import verdict_data
from ordering.report.terminal import print_explanation, print_machines
from ordering.running.interrupts import deferred

ENOUGH = {"exact": (Answer.EXACT,), "rounding": (Answer.EXACT, Answer.ROUNDING)}


@click.command("check")
@click.argument("activation")
@click.argument("pooling")
@click.option("--law", default="commutes", show_default=True, help="The law to check.")
@examination("quick")
@crew
@levels
@click.option(
    "--require",
    type=click.Choice(tuple(ENOUGH)),
    help="Exit 1 unless the verdict is at least this good in every dtype.",
)
@as_json
def command(
    activation: str,
    pooling: str,
    law: str,
    dtypes: tuple[str, ...],
    effort: str,
    seed: int,
    timeout: float,
    store: str | None,
    database: str | None,
    workers: int | None,
    scheduler: str | None,
    levels: bool,
    require: str | None,
    as_json: bool,
) -> None:
    """Does LAW hold for ACTIVATION with POOLING?

    ACTIVATION, POOLING and LAW are names from `ordering list`, or objects of your own code, written as
    module:attribute or path/to/file.py:attribute.

    With --levels or --scheduler there is a verdict for each instruction level, or each kind of machine in the
    cluster, and the exit code is the worst of them.

    \b
    Exit code 0: answered, and the requirement (if any) is met.
    Exit code 1: the requirement is not met; or without one, no answer (undecided, error) or a
                 contradiction between the worlds.
    Exit code 2: the question cannot be asked (unknown name, bad option, a store that cannot be used).
    Exit code 130: interrupted.
    """
    subject, operator = ordering.load_activation(activation), ordering.load_pooling(pooling)
    claim = ordering.load_law(law)
    found: list[tuple[str, Verdict]] = []
    with deferred(), watching(len(ordering.levels()) if levels else 1) as watch:
        for hands in crews(scheduler, workers, levels=levels):
            for verdict in ordering.verify_all(
                [subject],
                [operator],
                [claim],
                dtypes=dtypes or None,
                effort=effort,
                seed=seed,
                timeout=timeout,
                store=ordering.Store(store),
                database=database,
                workers=hands.workers,
                executor=hands.executor,
                progress=watch.say,
            ):
                found.append((hands.level, verdict))
                watch.finished(": ".join(filter(None, (hands.level, verdict.verdict))))
    verdicts = [verdict for _, verdict in found]
    several = levels or scheduler is not None
    if as_json:
        data = [verdict_data(verdict) for verdict in verdicts]
        print_json(data if several else data[0])
    else:
        _print(found, several=several)
    if not all(_met(verdict, require) for verdict in verdicts):
        if require is not None:
            click.echo(f"required: {require}; found: {_found(verdicts)}", err=True)
        raise click.exceptions.Exit(1)


def _print(found: Sequence[tuple[str, Verdict]], *, several: bool) -> None:
    """Each different verdict in full, and where there are several machines or levels, which says what."""
    console = output()
    shown: set[str] = set()
    for _, verdict in found:
        if verdict.explain() not in shown:
            print_explanation(console, verdict)
            console.print()
        shown.add(verdict.explain())
    if several:
        print_machines(console, found)


def _found(verdicts: Sequence[Verdict]) -> str:
    """The worst verdict, and the contradictions, which no requirement allows."""
    worst = max(verdicts, key=lambda verdict: verdict.worst.answer.badness)
    count = sum(len(verdict.contradictions) for verdict in verdicts)
    told = {0: "", 1: ", with a contradiction"}.get(count, f", with {count} contradictions")
    return f"{worst.verdict}{told}"


def _met(verdict: Verdict, require: str | None) -> bool:
    if verdict.contradictions:
        return False
    if require is None:
        failed = any(each.answer is Answer.ERROR for each in verdict.by_dtype.values())
        return not failed and verdict.worst.answer is not Answer.UNDECIDED
    return verdict.worst.answer in ENOUGH[require]
