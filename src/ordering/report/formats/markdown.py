"""Verdicts as one Markdown page: verdicts first, then what they rest on, then the evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ordering.evidence import Counterexample, Verdict
from ordering.evidence.words import exactly
from ordering.report.data import hex_floats
from ordering.report.escaping import escape
from ordering.report.records import Format, Report
from ordering.report.terminal import BRIEF, brief, dtypes, machines, meanings


def render(report: Report) -> str:
    """The page.  Text from users is escaped, so that a name or an error message cannot break the tables."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    verdicts = report.verdicts
    yield "# Does the order of activation and pooling matter?"
    yield ""
    if not report.complete:
        yield "**Interrupted: this report holds only what was known when it was stopped.**"
        yield ""
    counts = Counter(verdict.verdict for verdict in verdicts)
    for answer, meaning in meanings(verdicts).items():
        if counts[answer]:
            yield f"- {counts[answer]} **{answer}**: {meaning}"
    yield ""
    yield from _contradictions(verdicts)
    yield "## Verdicts"
    yield ""
    several = len(machines(verdicts)) > 1
    yield f"| activation | pooling | law |{' machine |' if several else ''} verdict | in | why |"
    yield f"| --- | --- | --- |{' --- |' if several else ''} --- | --- | --- |"
    for verdict in verdicts:
        cells = (
            verdict.activation,
            verdict.pooling,
            verdict.law,
            *([verdict.machine.kind if verdict.machine else "-"] if several else []),
            verdict.verdict,
            dtypes(verdict),
            verdict.why,
        )
        yield "| " + " | ".join(escape(cell) for cell in cells) + " |"
    yield ""
    yield "## What this rests on"
    yield ""
    plain = ((name, value) for name, value in report.environment.items() if name != "machine")
    yield from (f"- {escape(name)}: {escape(str(value))}" for name, value in plain)
    for machine in machines(verdicts):
        yield f"- machine {machine.kind}: {escape(str(machine))}; {escape(machine.system)}; {machine.flags}"
    yield ""
    yield "A verdict speaks of finite inputs in the dtypes named; notes below tell of infinities and NaN."
    yield "What is said of floats and kernels is true of these machines, and need not be of others."
    yield ""
    yield "## Evidence"
    for verdict in verdicts:
        yield from _evidence(verdict)


def _contradictions(verdicts: Sequence[Verdict]) -> Iterator[str]:
    found = [(verdict, text) for verdict in verdicts for text in verdict.contradictions]
    yield f"## Contradictions between the worlds: {len(found)}"
    yield ""
    for verdict, text in found:
        yield f"- {escape(verdict.activation)} with {escape(verdict.pooling)}, {escape(text)}"
    if found:
        yield ""


def _evidence(verdict: Verdict) -> Iterator[str]:
    yield ""
    yield f"### {escape(verdict.law)}: {escape(verdict.activation)} with {escape(verdict.pooling)}"
    yield ""
    for each in verdict.by_dtype.values():
        yield f"- **{each.dtype}: {each.answer.value}**"
        for world in each.worlds.values():
            yield f"  - {world.world}: {world.outcome.value}: {escape(world.why)}"
        yield from (f"  - note: {escape(note)}" for note in each.notes)
    if verdict.counterexample is not None:
        yield ""
        yield from _counterexample(verdict.counterexample)


def _counterexample(found: Counterexample) -> Iterator[str]:
    arguments = ", ".join(f"{name}={value}" for name, value in found.pooling_arguments.items())
    yield f"Counterexample: {found.dtype}, `{found.pooling}({arguments})`, shape {tuple(found.input.shape)}:"
    yield ""
    hexes = f", exactly {hex_floats(found.input)}" if found.input.numel() <= BRIEF else ""
    yield f"- input {brief(found.input)}{hexes}"
    yield f"- activation first {brief(found.activation_first)}"
    yield f"- pooling first {brief(found.pooling_first)}"
    ulp = "" if found.gap_ulp is None else f" = {found.gap_ulp:,} ULP"
    yield f"- first difference at index {list(found.index)}; largest gap {found.gap:.6g}{ulp}"
    yield from (f"- {escape(line)}" for line in exactly(found))
    yield ""
    # A user's source may hold backticks; a longer fence cannot be closed by them.
    longest = max((len(run) for run in re.findall("`+", found.script)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}python"
    yield found.script.rstrip()
    yield fence


FORMAT: Final = Format("markdown", "report.md", render, "for people, and for pull requests")
