"""Verdicts as plain data: what `report.json` holds, checked against the schema that the package ships."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import jsonschema

from ordering.evidence import (
    Certificate,
    Counterexample,
    DtypeVerdict,
    Machine,
    Shape,
    Symbolic,
    Verdict,
    WorldAnswer,
)
from ordering.evidence.storing import layout, stored_call
from ordering.report.changes import Changes
from ordering.report.identity import identities
from ordering.report.records import Report

if TYPE_CHECKING:
    from torch import Tensor

SCHEMA: Final = "ordering-report/1"

PLAIN = (str, int, bool, type(None))


def schema() -> dict[str, Any]:
    """The JSON Schema of `ordering-report/1`."""
    text = files("ordering.report").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def report_data(report: Report) -> dict[str, Any]:
    """The whole report as JSON-ready data, validated.

    Raises
    ------
    jsonschema.ValidationError
        If the data does not satisfy the shipped schema: a bug of this package.
    """
    data = {
        "schema": SCHEMA,
        "complete": report.complete,
        "environment": dict(report.environment),
        "command": report.command,
        "sources": [plain(source) for source in report.sources],
        "changes": None if report.changes is None else changes_data(report.changes),
        "verdicts": [
            verdict_data(verdict, known)
            for verdict, known in zip(report.verdicts, identities(report.verdicts), strict=True)
        ],
    }
    jsonschema.validate(data, schema())
    return data


def changes_data(changes: Changes) -> dict[str, Any]:
    """What is other than in the baseline."""
    return {**plain(changes), "worse": changes.worse}


def verdict_data(verdict: Verdict, ids: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One verdict; `worlds`, `why` and `contradictions` are those of the dtype that decides.

    `ids` are those of its counterexamples, by dtype; without them, those of a report of this verdict alone.
    """
    if ids is None:
        [ids] = identities([verdict])
    deciding = next((name for name, each in verdict.by_dtype.items() if _is_shown(verdict, each)), "")
    return {
        "activation": verdict.activation,
        "pooling": verdict.pooling,
        "law": verdict.law,
        "verdict": verdict.verdict,
        "why": verdict.why,
        "dtype": verdict.worst.dtype,
        "pending": list(verdict.pending),
        "machine": _machine_data(verdict.machine),
        "worlds": {name: world_data(answer) for name, answer in verdict.worlds.items()},
        "contradictions": list(verdict.contradictions),
        "counterexample": counterexample_data(verdict.counterexample, ids.get(deciding, "")),
        "by_dtype": {name: _dtype_data(each, ids.get(name, "")) for name, each in verdict.by_dtype.items()},
        "shape": _shape_data(verdict.shape),
        "fidelity": None if verdict.fidelity is None else plain(vars(verdict.fidelity)),
        "certificates": [certificate_data(certificate) for certificate in verdict.certificates],
        "seconds": round(verdict.seconds, 3),
    }


def world_data(answer: WorldAnswer) -> dict[str, Any]:
    """One world's answer."""
    return {
        "outcome": answer.outcome.value,
        "why": answer.why,
        "ulp": answer.ulp,
        "details": plain(answer.details),
    }


def _machine_data(machine: Machine | None) -> dict[str, Any] | None:
    """The machine's fields, its level in one line, and its short name."""
    return None if machine is None else {**plain(vars(machine)), "level": machine.level, "kind": machine.kind}


def _is_shown(verdict: Verdict, of_dtype: DtypeVerdict) -> bool:
    """Whether the verdict's counterexample is the one of this dtype."""
    return of_dtype.counterexample is not None and of_dtype.counterexample is verdict.counterexample


def _dtype_data(verdict: DtypeVerdict, its_id: str) -> dict[str, Any]:
    return {
        "verdict": verdict.answer.value,
        "why": verdict.why,
        "ulp": verdict.ulp,
        "worlds": {name: world_data(answer) for name, answer in verdict.worlds.items()},
        "contradictions": list(verdict.contradictions),
        "notes": list(verdict.notes),
        "counterexample": counterexample_data(verdict.counterexample, its_id),
    }


def counterexample_data(counterexample: Counterexample | None, its_id: str = "") -> dict[str, Any] | None:
    """A counterexample with its values as hex floats (`float.fromhex` reads them back exactly).

    `arguments` are for readers, `call` for `ordering replay`: it tells tuples from lists, and is null where
    an argument is more than plain data.
    """
    if counterexample is None:
        return None
    return {
        **({"id": its_id} if its_id else {}),
        "law": counterexample.law,
        "dtype": counterexample.dtype,
        "shape": list(counterexample.input.shape),
        "input": hex_floats(counterexample.input),
        "layout": layout(counterexample.input),
        "arguments": plain(counterexample.pooling_arguments),
        "call": stored_call(counterexample.pooling_arguments),
        "activation_first": hex_floats(counterexample.activation_first),
        "pooling_first": hex_floats(counterexample.pooling_first),
        "index": list(counterexample.index),
        "gap": number(counterexample.gap),
        "gap_ulp": counterexample.gap_ulp,
        "grade": counterexample.grade.value,
        "tolerance_ulp": counterexample.tolerance_ulp,
        "seed": counterexample.seed,
        "script": counterexample.script,
        "symbolic": symbolic_data(counterexample.symbolic),
    }


def symbolic_data(symbolic: Symbolic | None) -> dict[str, Any] | None:
    """Both sides in exact arithmetic: formulas and exact numbers as text, distances in ULP as numbers."""
    if symbolic is None:
        return None
    return {
        "conclusion": symbolic.conclusion.value,
        "why": symbolic.why,
        "sides": [
            {
                "formula": side.formula,
                "closed": None if side.closed is None else str(side.closed),
                "value": side.value,
                "kernel": hex_float(side.kernel),
                "distance_ulp": None if side.distance_ulp is None else number(side.distance_ulp),
                "allowed_ulp": None if side.allowed_ulp is None else number(side.allowed_ulp),
                "misses": side.misses,
            }
            for side in symbolic.sides
        ],
        "gap": {
            "closed": None if symbolic.gap is None else str(symbolic.gap),
            "value": symbolic.gap_value,
            "sign": symbolic.gap_sign,
        },
        "overflow": symbolic.overflow,
    }


def certificate_data(certificate: Certificate, level: str = "") -> dict[str, Any]:
    """A certificate, with floats as numbers or, where JSON has none, as text; its level too, if any."""
    data: dict[str, Any] = plain(vars(certificate))
    named = {"level": level} if level else {}
    return {**data, "machine": _machine_data(certificate.machine), **named}


def _shape_data(shape: Shape | None) -> dict[str, Any] | None:
    if shape is None:
        return None
    drawdown = shape.drawdown
    return {
        "properties": {
            name: {
                "holds": finding.holds,
                "witness": None if finding.witness is None else [str(n) for n in finding.witness],
                "reason": finding.reason,
            }
            for name, finding in shape.findings.items()
        },
        "drawdown": [str(end) for end in drawdown] if isinstance(drawdown, tuple) else _text(drawdown),
        "value_at_zero": _text(shape.value_at_zero),
        "limits": [_text(limit) for limit in shape.limits],
        "seconds": round(shape.seconds, 3),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def hex_floats(tensor: Tensor) -> list[Any]:
    """A tensor's values as nested lists of hex floats."""

    def convert(values: Any) -> Any:
        return [convert(v) for v in values] if isinstance(values, list) else hex_float(values)

    converted = convert(tensor.tolist())
    return converted if isinstance(converted, list) else [converted]


def hex_float(value: float) -> str:
    """One value exactly; `float.fromhex` reads it back."""
    return float(value).hex()


def number(value: float) -> float | str:
    """A float as JSON can hold it: NaN and the infinities as text."""
    return value if math.isfinite(value) else str(value)


def plain(value: Any) -> Any:
    """Records, tuples and mappings as lists and dictionaries of JSON's own types; anything else as text."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return plain(vars(value))
    return str(value)
