"""What could make a verdict meaningless, in words that stand before its details."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ordering.evidence import Answer, DtypeVerdict, Outcome, Verdict
from ordering.report.certificates import PATHS

FEW: Final = 100
"""Fewer examples than this are called few."""
PASSES: Final = (Answer.EXACT, Answer.ROUNDING)


def of_verdict(verdict: Verdict) -> Iterator[str]:
    """What concerns every dtype."""
    if verdict.pending:
        yield f"Not judged yet: {', '.join(verdict.pending)}."
    fidelity = verdict.fidelity
    if fidelity is None:
        yield "Whether the expression is the kernel was not examined."
    elif fidelity.faithful is None:
        yield f"Whether the expression is the kernel is not known: {fidelity.why}."
    elif not fidelity.faithful:
        yield f"The expression is not the kernel: {fidelity.why}."
    if verdict.machine is None:
        yield "The machine that this is true of was not recorded."


def of_dtype(verdict: Verdict, each: DtypeVerdict) -> Iterator[str]:
    """What concerns one dtype: what was not answered, not scanned, or hardly tried."""
    passes = each.answer in PASSES
    for world in each.worlds.values():
        if world.outcome is Outcome.UNDECIDED:
            yield f"The {world.world} are undecided: {world.why}."
        elif world.outcome is Outcome.ERROR:
            yield f"The {world.world} could not be examined: {world.why}."
        elif world.outcome is Outcome.NOT_APPLICABLE and passes:
            yield f"Nothing is known from the {world.world}: {world.why}."
        examples = world.details.get("examples")
        if isinstance(examples, int) and examples < FEW and passes:
            yield f"Few examples: the {world.world} were tried on {examples:,} only."
    for certificate in verdict.certificates:
        if certificate.dtype == each.dtype and certificate.path != "all":
            yield f"One code path only: the scan saw {PATHS[certificate.path]}, not the other."
    for deviation in verdict.fidelity.deviations if verdict.fidelity is not None else ():
        if deviation.dtype == each.dtype and deviation.missing:
            yield (
                f"At {deviation.missing:,} of {deviation.points:,} points the expression could not be "
                "evaluated, so that the kernel was compared with nothing there."
            )
