"""`--baseline` and `--accept`: the earlier report that a new one is held against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from ordering.arguments import place, shown
from ordering.cli.outputs import writable
from ordering.errors import InvalidArgument
from ordering.report.changes import Changes
from ordering.report.reading import read_report
from ordering.report.told import changes_told


@dataclass(frozen=True)
class Baseline:
    """An earlier report, read before the work."""

    file: Path
    data: dict[str, Any] | None
    """None where there is none yet, and the new report becomes the first."""
    accept: bool
    """Whether the new report is to take its place."""


def read_baseline(name: str | None, accept: bool, outputs: Iterable[Path]) -> Baseline | None:
    """The baseline that was asked for, if one was.

    Raises
    ------
    InvalidArgument
        If there is nothing to accept into, or the run itself would overwrite the baseline.
    LoadError
        If it cannot be read, or is no report.
    """
    if name is None:
        if accept:
            raise InvalidArgument("--accept replaces the baseline: name it with --baseline FILE")
        return None
    file = place("--baseline", name)
    if accept:
        writable("--baseline", file)
        return Baseline(file, read_report(file) if file.exists() else None, accept)
    data = read_report(file)
    if file.resolve() in {output.resolve() for output in outputs}:
        raise InvalidArgument(
            f"--baseline {shown(str(file))} is what this run writes, and would be lost: keep the baseline "
            f"elsewhere, name another folder with --out, or pass --accept"
        )
    return Baseline(file, data, accept)


def print_changes(console: Console, changes: Changes) -> None:
    """What changed, a line each."""
    console.print()
    for line, style in changes_told(changes):
        console.print(Text(line, style=style), soft_wrap=True)
