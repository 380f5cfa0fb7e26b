"""`ordering check`: one question, one verdict, and an exit code for CI."""

from __future__ import annotations

import json

import click

import ordering
from ordering.cli.options import as_json, examination, output
from ordering.cli.progress import watching
from ordering.evidence import Answer, Verdict
from ordering.report.data import verdict_data
from ordering.report.terminal import print_explanation

ENOUGH = {"exact": (Answer.EXACT,), "rounding": (Answer.EXACT, Answer.ROUNDING)}


@click.command("check")
@click.argument("activation")
@click.argument("pooling")
@click.option("--law", default="commutes", show_default=True, help="The law to check.")
@examination
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
    require: str | None,
    as_json: bool,
) -> None:
    """Does LAW hold for ACTIVATION with POOLING?

    ACTIVATION and POOLING are names from `ordering list`, or module:attribute of your own code.

    \b
    Exit code 0: answered, and the requirement (if any) is met.
    Exit code 1: the requirement is not met; or without one, no answer (undecided, error) or a
                 contradiction between the worlds.
    Exit code 2: the question cannot be asked (unknown name, bad option).
    """
    with watching(1) as watch:
        verdict = ordering.verify(
            ordering.load_activation(activation),
            ordering.load_pooling(pooling),
            law,
            dtypes=dtypes or None,
            effort=effort,
            seed=seed,
            timeout=timeout,
            store=ordering.Store(store),
            database=database,
            progress=watch.say,
        )
    if as_json:
        click.echo(json.dumps(verdict_data(verdict), indent=2))
    else:
        print_explanation(output(), verdict)
    if not _met(verdict, require):
        if require is not None:
            click.echo(f"required: {require}; found: {verdict.verdict}", err=True)
        raise SystemExit(1)


def _met(verdict: Verdict, require: str | None) -> bool:
    if verdict.contradictions:
        return False
    if require is None:
        return verdict.worst.answer not in (Answer.UNDECIDED, Answer.ERROR)
    return verdict.worst.answer in ENOUGH[require]
