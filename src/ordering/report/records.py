"""What a report holds, and what a format is: a format turns one `Report` into one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ordering.evidence import Verdict
from ordering.report.changes import Changes


@dataclass(frozen=True)
class Source:
    """Where an entry of the user's own code stands, and how it was named."""

    kind: str
    """`"activation"`, `"pooling"` or `"law"`."""
    name: str
    """The entry's name, as verdicts have it."""
    reference: str
    """What was asked for: `module:attribute` or `path/to/file.py:attribute`."""
    file: str = ""
    """Its file: with forward slashes, relative to the directory of the run if it lies within, else absolute;
    empty where it has none."""
    line: int = 0
    """Its line there, from 1; 0 where it is not known."""


@dataclass(frozen=True)
class Report:
    """Verdicts and what they rest on: the only input of every format."""

    verdicts: Sequence[Verdict]
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Versions, machine, seed, effort (`ordering.environment`)."""
    complete: bool = True
    """False where the run was interrupted, and `verdicts` holds what was known by then."""
    command: str = ""
    """The command line that made it."""
    sources: Sequence[Source] = ()
    """Of the entries that were named as the user's own code."""
    changes: Changes | None = None
    """Against an earlier report, where one was given."""


@dataclass(frozen=True)
class Format:
    """One way to write a report: an entry of `ordering.report.formats.formats`."""

    name: str
    file: str
    """The name of its file within the report's folder."""
    render: Callable[[Report], str]
    summary: str
    """What it is for, in one line."""
    usual: bool = True
    """Whether `ordering report` writes it without being asked to."""
