"""The section of each verdict: what it says, what could make it meaningless, and its evidence."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from ordering.catalogue import activations, laws, poolings
from ordering.evidence import DtypeVerdict, Outcome, Verdict
from ordering.report.certificates import certificate_rows
from ordering.report.page.caveats import of_dtype, of_verdict
from ordering.report.page.examples import example
from ordering.report.page.records import DtypePart, VerdictPart, World
from ordering.report.page.tables import section
from ordering.report.page.wording import badge, worst

KINDS = {
    Outcome.HOLDS: "good",
    Outcome.HOLDS_WITHIN: "within",
    Outcome.REFUTED: "bad",
    Outcome.UNDECIDED: "open",
    Outcome.NOT_APPLICABLE: "none",
    Outcome.ERROR: "broken",
}
"""The CSS class of a world's answer."""
ROWS = ("scanned", "code", "in order", "drawdown", "in steps", "scaled", "paths", "NaN", "note")
"""The rows of a certificate that stand on the page; the machine stands there once."""


def verdict_part(verdict: Verdict, own: str, command: str, environment: Mapping[str, object]) -> VerdictPart:
    """The section of one verdict, whose id is `own`; `command` made the whole report."""
    standing = worst(verdict.by_dtype.values())
    parts = tuple(
        _dtype_part(verdict, each, own, command, environment, shown=each is standing)
        for each in verdict.by_dtype.values()
    )
    mark = badge(standing, orders=verdict.orders)
    return VerdictPart(
        id=own,
        activation=verdict.activation,
        pooling=verdict.pooling,
        law=verdict.law,
        statement=verdict.statement,
        machine="" if verdict.machine is None else verdict.machine.kind,
        badge=mark,
        meaning=_meaning(verdict, standing),
        caveats=tuple(of_verdict(verdict)),
        dtypes=parts,
        window=_averages(verdict.pooling),
    )


def _meaning(verdict: Verdict, standing: DtypeVerdict) -> str:
    """One sentence over all dtypes."""
    words = {each.dtype: badge(each, orders=verdict.orders).words for each in verdict.by_dtype.values()}
    if len(set(words.values())) == 1:
        where = "in every dtype examined" if len(words) > 1 else f"in {standing.dtype}"
        return f"{words[standing.dtype]} {where}"
    return "; ".join(f"{dtype}: {said}" for dtype, said in words.items())


def _averages(pooling: str) -> bool:
    """Whether a registered pooling averages its windows, so that the gap over two elements has a picture."""
    return pooling in poolings and any(kind.value == "mean" for kind in poolings[pooling].kinds)


def _dtype_part(
    verdict: Verdict,
    each: DtypeVerdict,
    own: str,
    command: str,
    environment: Mapping[str, object],
    *,
    shown: bool,
) -> DtypePart:
    worlds = tuple(
        World(world.world, world.heading, KINDS[world.outcome], "" if world.why == each.why else world.why)
        for world in each.worlds.values()
    )
    return DtypePart(
        id=section(own, each.dtype),
        dtype=each.dtype,
        badge=badge(each, orders=verdict.orders),
        why=each.why,
        contradictions=each.contradictions,
        caveats=tuple(of_dtype(verdict, each)),
        notes=each.notes,
        worlds=worlds,
        numbers=tuple(_numbers(verdict, each)),
        example=None if each.counterexample is None else example(each.counterexample, orders=verdict.orders),
        command=_command(verdict, each, command, environment),
        open=shown,
    )


def _numbers(verdict: Verdict, each: DtypeVerdict) -> Iterator[tuple[str, str]]:
    """What the scan of every value found, where there was one that speaks of this."""
    floats = each.worlds.get("floats")
    if floats is None or floats.outcome is Outcome.NOT_APPLICABLE:
        return
    for certificate in verdict.certificates:
        if certificate.dtype == each.dtype:
            yield from (row for row in certificate_rows(certificate) if row[0] in ROWS)


def _command(verdict: Verdict, each: DtypeVerdict, command: str, environment: Mapping[str, object]) -> str:
    """What asks this question again; for entries of the user's own code, the whole report."""
    known = verdict.activation in activations and verdict.pooling in poolings and verdict.law in laws
    if not known:
        return command
    seed = environment.get("seed", 0)
    words = [
        "ordering",
        "check",
        verdict.activation,
        verdict.pooling,
        "--law",
        verdict.law,
        "--dtype",
        each.dtype,
    ]
    return shlex.join([*words, *(["--seed", str(seed)] if seed != 0 else [])])
