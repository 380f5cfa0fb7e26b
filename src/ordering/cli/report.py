"""`ordering report`: verify the catalogue, print the table, write the report."""

from __future__ import annotations

import json
from pathlib import Path

import click

import ordering
from ordering.cli.exits import INTERRUPTED
from ordering.cli.options import as_json, examination, output
from ordering.cli.progress import watching
from ordering.evidence import Answer, Verdict
from ordering.report.data import report_data
from ordering.report.markdown import report_markdown
from ordering.report.terminal import print_verdicts


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
@examination
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report"),
    show_default=True,
    help="Folder for report.json and report.md.",
)
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
    out: Path,
    as_json: bool,
) -> None:
    """Verify every activation of the catalogue and write report.json and report.md.

    Certificates are kept, so an interrupted or repeated run goes on from what is known.  Ctrl-C writes the
    report of what was known by then, marked as incomplete.

    \b
    Exit code 0: every verdict is known; 1: a contradiction between the worlds, or an entry in error;
    2: the report cannot be made as asked; 130: interrupted.
    """
    chosen = (
        [ordering.load_activation(name) for name in activations]
        if activations
        else list(ordering.activations.values())
    )
    of_poolings = [ordering.load_pooling(name) for name in dict.fromkeys(poolings)]
    of_laws = [ordering.laws[name] for name in dict.fromkeys(laws)]
    facts = ordering.environment(seed=seed, effort=effort)
    out.mkdir(parents=True, exist_ok=True)
    verdicts: list[Verdict] = []
    complete = False
    with watching(len(chosen) * len(of_poolings) * len(of_laws)) as watch:
        try:
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
                progress=watch.say,
            ):
                verdicts.append(verdict)
                watch.finished(f"{verdict.activation} with {verdict.pooling}: {verdict.verdict}")
            complete = True
        except KeyboardInterrupt:
            click.echo("interrupted: writing what is known so far", err=True)
    data = report_data(verdicts, facts, complete=complete)
    json_path, markdown_path = out / "report.json", out / "report.md"
    json_path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    markdown_path.write_text(report_markdown(verdicts, facts, complete=complete), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(data, indent=1))
    else:
        console = output()
        print_verdicts(console, verdicts)
        console.print(f"wrote {json_path} and {markdown_path}", soft_wrap=True)
    if not complete:
        raise SystemExit(INTERRUPTED)
    if any(verdict.contradictions or verdict.worst.answer is Answer.ERROR for verdict in verdicts):
        raise SystemExit(1)
