"""A report read back from its JSON: seen to satisfy the schema, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema
from jsonschema.exceptions import best_match

from ordering.arguments import shown
from ordering.errors import LoadError
from ordering.report.data import SCHEMA, schema

HOW: Final = "it is made by `ordering report`, as report.json"


def read_report(file: Path) -> dict[str, Any]:
    """The data of a report, `report_data` of an earlier run.

    Raises
    ------
    LoadError
        If the file cannot be read, is no JSON, or does not satisfy the shipped schema.
    """
    named = shown(str(file))
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise LoadError(f"cannot read the report {named}: {error.strerror or error}; {HOW}") from error
    except ValueError as error:  # no UTF-8, or a path with a NUL
        raise LoadError(f"{named} is no report: {error}; {HOW}") from error
    try:
        data = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{named} is no report: it is no JSON ({error}); {HOW}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = shown(data.get("schema")) if isinstance(data, dict) else f"a {type(data).__name__}"
        raise LoadError(f"{named} is no report of the form {SCHEMA}: its schema is {found}; {HOW}")
    try:
        fault = best_match(jsonschema.Draft202012Validator(schema()).iter_errors(data))
    except RecursionError as error:
        raise LoadError(f"{named} is no report: it is nested too deeply; {HOW}") from error
    if fault is not None:
        raise LoadError(f"{named} is a damaged report: {fault.json_path}: {_short(fault.message)}; {HOW}")
    return data


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON's")


def _short(text: str) -> str:
    """The end of a message, where its reason is: it begins with the whole value that is wrong."""
    return text if len(text) <= 160 else f"... {text[-150:]}"
