"""The script of a failing test: a file in pytest's own cache, or whole in the text if that cannot be."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from ordering.evidence.visible import visible

FOLDER: Final = "ordering-scripts"
"""Within pytest's cache."""
SHOWN: Final = 60
"""Lines up to which a script is shown in a report of CI, whose files may be gone tomorrow."""


@dataclass(frozen=True)
class Saved:
    """Where a script is, and how it is told."""

    row: str
    """Its path, or why there is none."""
    commands: tuple[str, ...] = ()
    text: str = ""
    """The script itself, where there is no path."""


def save(script: str, name: str, *, once: bool) -> Saved:
    """Write the script of the test that runs now, over the one of its last failure.

    Where the machine may be gone tomorrow, a test that fails `once`, and not again and again while Hypothesis
    shrinks, gets a short script as a section of pytest's report too.
    """
    try:
        path = _shown(_written(script, name))
    except (OSError, ValueError) as reason:
        return Saved(f"below, since it could not be written: {reason}", text=script.rstrip())
    item = running_item()
    if once and item is not None and os.environ.get("CI") and script.count("\n") <= SHOWN:
        item.add_report_section("call", "script", visible(script, keep="\n"))
    return Saved(path, (f"python {shlex.quote(path)}",))


def _written(script: str, name: str) -> Path:
    """The file that holds it.  It replaces whatever has its name: a link there is not followed.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If pytest keeps no cache, or the text cannot be encoded.
    """
    item = running_item()
    cache = None if item is None else getattr(item.config, "cache", None)
    if item is None or cache is None:
        raise ValueError("pytest keeps no cache here")
    folder: Path = cache.mkdir(FOLDER)
    plain = re.sub(r"[^A-Za-z0-9_.=-]+", "-", name).strip("-.")[:80]
    path = folder / f"{plain}-{hashlib.sha256(item.nodeid.encode()).hexdigest()[:8]}.py"
    encoded = script.encode()
    handle, made = tempfile.mkstemp(dir=folder, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(encoded)
        Path(made).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise
    return path


def _shown(path: Path) -> str:
    """The path from the working directory, where that is shorter."""
    try:
        return min((os.path.relpath(path), str(path)), key=len)
    except ValueError:  # another drive
        return str(path)


def running_item() -> pytest.Item | None:
    """The test that pytest runs now, read from pytest's frames on the stack: it gives no other way to ask."""
    frame = inspect.currentframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("_pytest."):
            for name in ("pyfuncitem", "item"):
                if isinstance(item := frame.f_locals.get(name), pytest.Item):
                    return item
        frame = frame.f_back
    return None
