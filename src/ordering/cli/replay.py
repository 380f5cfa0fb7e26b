"""`ordering replay`: each counterexample of a report again, on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import click
from rich.text import Text

import ordering
from ordering.arguments import near, place, shown
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.cli.progress import watching
from ordering.errors import NothingCompared, UnknownEntry
from ordering.report.data import plain
from ordering.report.identity import identity, unique
from ordering.report.reading import read_report
from ordering.running.interrupts import INTERRUPTED, check, deferred

STYLES: Final = {"STILL THERE": "bold yellow", "GONE": "bold green", "CANNOT RUN": "bold red"}


@click.command("replay")
@click.argument("report", metavar="REPORT")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds for a proof, which a few laws need.",
)
@as_json
def command(report: str, ids: tuple[str, ...], timeout: float, as_json: bool) -> None:
    """Run the counterexamples of REPORT, a report.json, again on this machine: all, or those of these IDs.

    Each is rebuilt from the report's data - law, activation, pooling, arguments, and the input bit for bit as
    it lay in memory - and nothing of the file is executed.  Entries of your own code are imported by the
    names that the report has for them, such as path/to/file.py:attribute: replay a report only where you
    would run `ordering check` on these names.

    \b
    STILL THERE  the law is broken on this input; another gap than then is told
    GONE         the law holds on this input
    CANNOT RUN   an entry, the dtype or the input is not to be had here; the reason is told

    \b
    Exit code 0: all are still there.
    Exit code 1: one at least is gone, or cannot be run.
    Exit code 2: nothing can be replayed: no such file, no report, an unknown ID, or no counterexample.
    Exit code 130: interrupted; what was known by then is printed.
    """
    file = place("REPORT", report)
    data = read_report(file)
    found = _named(data)
    if not found:
        raise NothingCompared(
            f"{shown(str(file))} holds no counterexample, so that there is nothing to replay"
        )
    for each in ids:
        if each not in found:
            raise UnknownEntry(f"no counterexample {shown(each)} in {shown(str(file))}; {near(each, found)}")
    chosen = [found[each] for each in dict.fromkeys(ids)] or list(found.values())
    replays: list[Any] = []
    complete = False
    try:
        with deferred(), watching(len(chosen)) as watch:
            for each in chosen:
                check()
                watch.say(each.id)
                replays.append(ordering.run_again(each, timeout=timeout))
                watch.finished(f"{each.id}: {replays[-1].outcome.value}")
        complete = True
    except KeyboardInterrupt:
        click.echo(f"interrupted: {len(replays)} of {len(chosen)} were run", err=True)
    if as_json:
        listed = [plain(asdict(each)) for each in replays]
        print_json({"report": str(file), "complete": complete, "replays": listed})
    else:
        _print(data, replays)
    if not complete:
        raise click.exceptions.Exit(INTERRUPTED)
    if any(each.outcome.value != "STILL THERE" for each in replays):
        raise click.exceptions.Exit(1)


def _named(data: Mapping[str, Any]) -> dict[str, Any]:
    """The counterexamples by their ids; a report of before there were ids gets them now."""
    listed = list(ordering.recorded_in(data))
    claims = Counter(claim[:4] for claim, _ in listed)
    own = [
        each.id or identity(*claim[:4], claim[4] if claims[claim[:4]] > 1 else "") for claim, each in listed
    ]
    return {
        name: each if each.id == name else replace(each, id=name)
        for name, (_, each) in zip(unique(own), listed, strict=True)
    }


def _print(data: Mapping[str, Any], replays: Sequence[Any]) -> None:
    """A line each, and how many of each; which machine it was then, if another."""
    console = output()
    then = (data["environment"].get("machine") or {}).get("cpu", "")
    now = ordering.this_machine()
    if then and then != now.cpu:
        console.print(Text(f"found on {then}, run again on {now.cpu}"), soft_wrap=True)
    if data["environment"]["torch"] != now.torch:
        console.print(Text(f"found with torch {data['environment']['torch']}, run again with {now.torch}"))
    for each in replays:
        line = Text()
        line.append(f"{each.outcome.value:11}", style=STYLES[each.outcome.value])
        line.append(f"  {each.id}: {_told(each)}")
        console.print(line, soft_wrap=True)
    counts = Counter(each.outcome.value for each in replays)
    console.print(Text(", ".join(f"{counts[outcome]} {outcome.lower()}" for outcome in STYLES)))


def _told(replay: Any) -> str:
    if replay.gap_now is None:
        return str(replay.why)
    then = _gap(replay.gap_then, replay.ulp_then)
    if replay.outcome.value == "GONE":
        return f"{replay.why}; the gap was {then}"
    now = _gap(replay.gap_now, replay.ulp_now)
    return f"gap {now}, as then" if now == then else f"gap {now}; then it was {then}"


def _gap(gap: float, ulp: int | None) -> str:
    return f"{gap:.6g}" if ulp is None else f"{gap:.6g} ({ulp:,} ULP)"
