"""`ordering check`: one question, one verdict, and an exit code for CI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click
from rich.console import Console
from rich.text import Text

import ordering
from ordering.cli.crews import crews
from ordering.cli.data import as_json, print_json
from ordering.cli.options import crew, examination, levels, output
from ordering.cli.progress import watching
from ordering.cli.proofs import proof_of
from ordering.evidence import Answer, Counterexample, Verdict
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
        console = output()
        proof = proof_of(subject, activation, operator, claim, verdicts[0], console.width)
        _print(found, proof, console, several=several)
    if not all(_met(verdict, require) for verdict in verdicts):
        if require is not None:
            click.echo(f"required: {require}; found: {_found(verdicts)}", err=True)
        raise click.exceptions.Exit(1)


def _print(found: Sequence[tuple[str, Verdict]], proof: str, console: Console, *, several: bool) -> None:
    """Each different verdict in full, and where there are several machines or levels, which says what.

    Verdicts that say the same, but for the machine, are one.  The proof is of the function, whatever the
    machine, and is printed once; so is a script for a counterexample that another machine has shown too.
    """
    alike: dict[tuple[str, ...], list[tuple[str, Verdict]]] = {}
    for level, verdict in found:
        alike.setdefault((replace(verdict, machine=None).explain(), *_told(verdict)), []).append(
            (level, verdict)
        )
    scripts: set[tuple[str, ...]] = set()
    for number, same in enumerate(alike.values()):
        verdict = same[0][1]
        given = _given(verdict.counterexample)
        again = "The script above reproduces this counterexample too." if given and given in scripts else ""
        if len(same) > 1:
            verdict = replace(verdict, machine=None)
            where = (level or each.machine.kind if each.machine else level for level, each in same)
            console.print(Text(f"The same on {', '.join(where)}:"))
        print_explanation(console, verdict, "" if number else proof, again)
        console.print()
        scripts.add(given)
    if several:
        print_machines(console, found)


def _told(verdict: Verdict) -> tuple[str, ...]:
    """What is printed of a verdict's counterexample beside its script."""
    found = verdict.counterexample
    return () if found is None else (*_given(found), *(str(each.tolist()) for _, each in found.steps))


def _given(found: Counterexample | None) -> tuple[str, ...]:
    """What makes two counterexamples one: all that the script is made of but the results."""
    if found is None:
        return ()
    arguments = repr(sorted(found.pooling_arguments.items()))
    given = (str(tuple(found.input.shape)), str(found.input.stride()), str(found.input.tolist()))
    return (found.law, found.activation, found.pooling, found.dtype, arguments, *given)


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
