"""Experiments and rulings as text for a terminal, as Markdown, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from ordering.claims.records import Answer, Experiment, Ruling
from ordering.report.escaping import escape

SCHEMA: Final = "ordering-claims/1"


def experiment_lines(experiments: Sequence[Experiment]) -> Iterator[str]:
    """The post's two experiments, each with what it shows."""
    for experiment in experiments:
        yield f"{experiment.title}, as in the post; the input is ours, of seed {experiment.seed}"
        for heading, tensor in experiment.lines:
            yield f"  {heading}:"
            yield from (f"    {line}" for line in tensor.splitlines())
        first, second = experiment.kept
        yield f"  -> {'the same bits' if experiment.same else 'different'}; not zero: {first} and {second}"
        yield ""


def detail_lines(ruling: Ruling) -> Iterator[str]:
    """One ruling in full: the sentence, the answer, what it rests on, each with its command."""
    yield f"{ruling.claim.number}. {ruling.claim.sentence}"
    yield f"   {ruling.answer.value}: {ruling.conditions}"
    yield from (f"   OPEN: {each}" for each in ruling.open)
    for each in ruling.evidence:
        yield ""
        yield f"   - {each.sentence}"
        yield f"     $ {each.command}"
        yield from (f"       {line}" for line in each.examples)


def markdown(rulings: Sequence[Ruling]) -> str:
    """The table for the README: one row a claim, each with the command that shows it."""
    lines = ["| the post says | ruling | conditions | shown by |", "| --- | --- | --- | --- |"]
    for ruling in rulings:
        claim = ruling.claim
        lines.append(
            f"| {claim.number}. {escape(claim.sentence)} | **{ruling.answer.value}** | "
            f"{escape(ruling.conditions)} "
            f"| `ordering claims {claim.number}` |"
        )
    return "\n".join(lines) + "\n"


def claims_data(experiments: Sequence[Experiment], rulings: Sequence[Ruling], effort: str) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "schema": SCHEMA,
        "effort": effort,
        "experiments": [
            {**asdict(each), "lines": [list(line) for line in each.lines], "kept": list(each.kept)}
            for each in experiments
        ],
        "rulings": [
            {
                "claim": asdict(ruling.claim),
                "ruling": ruling.answer.value,
                "conditions": ruling.conditions,
                "evidence": [
                    {
                        "sentence": each.sentence,
                        "numbers": dict(each.numbers),
                        "command": each.command,
                        "examples": list(each.examples),
                    }
                    for each in ruling.evidence
                ],
                "open": list(ruling.open),
                "seconds": round(ruling.seconds, 3),
            }
            for ruling in rulings
        ],
    }


STYLES: Final = {
    Answer.HOLDS: "bold green",
    Answer.CONDITIONS: "bold yellow",
    Answer.FAILS: "bold red",
    Answer.UNDECIDED: "bold magenta",
}
