"""report.sarif: what was found about entries of the user's own code, at their place in it (SARIF 2.1.0)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final
from urllib.parse import quote

from ordering.evidence import Answer, DtypeVerdict, Verdict
from ordering.evidence.visible import visible
from ordering.report.escaping import escape, fenced
from ordering.report.identity import identities
from ordering.report.records import Format, Report, Source

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"
FINGERPRINT: Final = "orderingClaim/v1"


@dataclass(frozen=True)
class _Rule:
    """A kind of finding."""

    id: str
    name: str
    level: str
    short: str
    full: str


RULES: Final = {
    rule.id: rule
    for rule in (
        _Rule(
            "different",
            "TheLawDoesNotHold",
            "warning",
            "The law does not hold.",
            "Of a law about the two orders: activation and pooling must not be swapped.  The result's script "
            "is a program that shows a difference.",
        ),
        _Rule(
            "rounding",
            "HoldsUpToRounding",
            "note",
            "The law holds but for rounding.",
            "Both sides differ by no more than the number of units in the last place that the message names.",
        ),
        _Rule(
            "undecided",
            "NotDecided",
            "warning",
            "It is not known whether the law holds.",
            "No world could decide.  That is no pass.",
        ),
        _Rule(
            "error",
            "CouldNotBeExamined",
            "error",
            "The entry could not be examined.",
            "It raised an error, or is no deterministic function of each element alone.",
        ),
        _Rule(
            "contradiction",
            "WorldsContradictEachOther",
            "error",
            "Proof, certificate and kernels contradict each other.",
            "One of them is wrong: the expression, the declared kind of the pooling, or this package.",
        ),
    )
}
_ANSWERS: Final = {
    Answer.DIFFERENT: "different",
    Answer.ROUNDING: "rounding",
    Answer.UNDECIDED: "undecided",
    Answer.ERROR: "error",
}


def render(report: Report) -> str:
    """The log as JSON text; verdicts on entries that are not the user's have no result, and are counted."""
    results: list[dict[str, Any]] = []
    left_out = 0
    for verdict, ids in zip(report.verdicts, identities(report.verdicts), strict=True):
        sources = _sources(report.sources, verdict)
        if sources:
            results += _results(verdict, ids, sources)
        else:
            left_out += 1
    driver = {
        "name": "ordering",
        "version": str(report.environment.get("ordering", "unknown")),
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report, left_out)],
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The directory in which the report was made."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"verdicts": len(report.verdicts), "withoutSource": left_out},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1) + "\n"


def _sources(known: Sequence[Source], verdict: Verdict) -> list[Source]:
    """Where the verdict's entries stand: the activation's first, else the pooling's, else the law's."""
    names = {"activation": verdict.activation, "pooling": verdict.pooling, "law": verdict.law}
    return [
        source
        for kind, name in names.items()
        for source in known
        if (source.kind, source.name) == (kind, name) and source.file
    ]


def _rule(rule: _Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.short},
        "fullDescription": {"text": rule.full},
        "help": {"text": rule.full},
        "defaultConfiguration": {"level": rule.level},
    }


def _invocation(report: Report, left_out: int) -> dict[str, Any]:
    told = [
        _notification(
            "note",
            f"{left_out} of {len(report.verdicts)} verdicts are on entries without a "
            f"source of the user's, and have no result; report.json has them.",
        )
    ]
    if not report.complete:
        told.append(_notification("warning", "The run was interrupted: what was known by then is here."))
    command = {"commandLine": visible(report.command)} if report.command else {}
    return {**command, "executionSuccessful": report.complete, "toolExecutionNotifications": told}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}


def _results(verdict: Verdict, ids: Mapping[str, str], sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
    """A result for each answer but `exact`, with the dtypes that have it; and one for each contradiction."""
    groups: dict[Answer, list[DtypeVerdict]] = {}
    for each in verdict.by_dtype.values():
        groups.setdefault(each.answer, []).append(each)
    for answer, members in groups.items():
        if answer in _ANSWERS:
            yield _result(_ANSWERS[answer], verdict, members, members[0].why, ids, sources)
    for each in verdict.by_dtype.values():
        for text in each.contradictions:
            yield _result("contradiction", verdict, [each], text, ids, sources)


def _result(
    rule: str,
    verdict: Verdict,
    members: Sequence[DtypeVerdict],
    why: str,
    ids: Mapping[str, str],
    sources: Sequence[Source],
) -> dict[str, Any]:
    dtypes = [each.dtype for each in members]
    said = _said(rule, verdict, members)
    found = next((each for each in members if each.counterexample is not None), None)
    script = "" if found is None or found.counterexample is None else found.counterexample.script
    its_id = "" if found is None else ids.get(found.dtype, "")
    properties: dict[str, Any] = {
        "law": verdict.law,
        "activation": verdict.activation,
        "pooling": verdict.pooling,
        "dtypes": dtypes,
        **({"machine": verdict.machine.kind} if verdict.machine is not None else {}),
        **({"id": its_id} if its_id else {}),
        **({"script": script} if script else {}),
    }
    first, *others = sources
    claim: tuple[str, ...] = (rule, verdict.law, verdict.activation, verdict.pooling, first.file)
    if rule == "contradiction":
        claim = (*claim, *dtypes, why)
    shown = f"\n\n{fenced(script, 'python')}" if script else ""
    return {
        "ruleId": rule,
        "ruleIndex": list(RULES).index(rule),
        "level": RULES[rule].level,
        "message": {
            "text": literal(f"{said}: {why}"),
            "markdown": f"{escape(f'{said}: {why}')}{shown}",
        },
        "locations": [_location(first)],
        **({"relatedLocations": [_related(source) for source in others]} if others else {}),
        "partialFingerprints": {
            FINGERPRINT: hashlib.sha256("\0".join(claim).encode("utf-8", "replace")).hexdigest()
        },
        "properties": properties,
    }


def _said(rule: str, verdict: Verdict, members: Sequence[DtypeVerdict]) -> str:
    """The finding in plain words."""
    dtypes = [each.dtype for each in members]
    where = f"in {dtypes[0]}" if len(dtypes) == 1 else f"in {', '.join(dtypes[:-1])} and {dtypes[-1]}"
    both = f"{verdict.activation} and {verdict.pooling}"
    law = f"the law {verdict.law} for {both}"
    bounds = [each.ulp for each in members if each.ulp is not None]
    within = f"{max(bounds):,} ULP" if len(bounds) == len(members) else "rounding"
    words = {
        "different": f"{both} must not be swapped" if verdict.orders else f"{law} does not hold",
        "rounding": f"{both} may be swapped up to {within}"
        if verdict.orders
        else f"{law} holds up to {within}",
        "undecided": f"it is not known whether {both} may be swapped"
        if verdict.orders
        else f"{law} is undecided",
        "error": f"{both} could not be examined",
        "contradiction": f"of {law}, proof, certificate and kernels contradict each other",
    }
    text = f"{words[rule]} {where}"
    return text[0].upper() + text[1:] if text.startswith(("it ", "the ", "of ")) else text


def literal(text: str) -> str:
    """Text that means itself in a SARIF message: no placeholders, no links, no control codes."""
    text = visible(" ".join(text.split()))
    for mark in "\\[]":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("{", "{{").replace("}", "}}")


def _location(source: Source) -> dict[str, Any]:
    region = {"region": {"startLine": source.line}} if source.line else {}
    return {"physicalLocation": {"artifactLocation": _artifact(source.file), **region}}


def _related(source: Source) -> dict[str, Any]:
    return {**_location(source), "message": {"text": literal(f"the {source.kind} {source.name}")}}


def _artifact(file: str) -> dict[str, str]:
    """A relative URI where the file lies within the directory of the run."""
    path = quote(file.encode("utf-8", "surrogateescape"))  # a file's name may be no UTF-8
    if PurePosixPath(file).is_absolute():
        return {"uri": f"file://{path}"}
    if PureWindowsPath(file).is_absolute():
        return {"uri": f"file:///{path}"}
    return {"uri": path, "uriBaseId": ROOT}


FORMAT: Final = Format(
    "sarif",
    "report.sarif",
    render,
    "for code scanning: findings about your own code, at their lines",
    usual=False,
)
