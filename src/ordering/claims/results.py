"""Results that were measured once and ship as JSON: read, checked against a schema, refused where wrong."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema

from ordering.errors import LoadError
from ordering.running.machine import this_machine

_HERE: Final = Path(__file__).parent
SCHEMAS: Final = {
    "ordering-study/1": _HERE / "study.schema.json",
    "ordering-pool-first/1": _HERE / "pool_first.schema.json",
}
"""The file that describes each kind of results."""


def described_machine() -> dict[str, Any]:
    """This machine in the words of the results: processor, instruction sets, threads of torch."""
    machine = this_machine()
    return {
        "system": machine.system,
        "cpu": machine.cpu,
        "level": machine.level,
        "threads": machine.threads,
    }


def on_machine(machine: dict[str, Any]) -> str:
    """A machine of some results in a few words."""
    threads = machine["threads"]
    return (
        f"{machine['cpu'].split(',')[0]} ({machine['level']}), {threads} torch thread{'s' * (threads != 1)}"
    )


@lru_cache(maxsize=8)
def schema(name: str) -> dict[str, Any]:
    """The schema of a kind of results."""
    found: dict[str, Any] = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    return found


def load(file: Path, name: str) -> dict[str, Any]:
    """The results in a file, as data that satisfy the schema of that name.

    Raises
    ------
    LoadError
        If the file cannot be read, is no JSON, or does not satisfy the schema.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LoadError(f"cannot read the results {file}: {error.strerror or error}") from error
    except ValueError as error:
        refuse(file, f"it is no JSON: {error}")
    try:
        jsonschema.validate(data, schema(name))
    except jsonschema.ValidationError as error:
        where = "/".join(map(str, error.absolute_path)) or "the whole"
        refuse(file, f"{where}: {error.message[:200]}")
    checked: dict[str, Any] = data
    return checked


def refuse(file: Path, why: str) -> NoReturn:
    """Say that a file does not hold what it should, and what to do."""
    raise LoadError(
        f"{file} holds no results that can be used: {why}; make them again with the command in "
        f"benchmarks/ that writes them"
    )
