"""Where the entries of the user's own code stand: file and line of what `module:attribute` names."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ordering.errors import LoadError
from ordering.references import is_reference, load_attribute
from ordering.report.records import Source


def located(kind: str, name: str, reference: str, here: Path) -> Source | None:
    """Where the entry stands that was named by a reference; None for the name of a registered one.

    A function stands where it is defined; anything else where its module binds the attribute.

    Parameters
    ----------
    kind, name:
        `"activation"`, `"pooling"` or `"law"`, and the entry's name.
    reference:
        What was asked for.
    here:
        The directory of the run: files below it are named relative to it.
    """
    if not is_reference(reference):
        return None
    try:
        found = load_attribute(reference)
    except LoadError:  # it was loaded a moment ago; a module may answer otherwise when asked again
        return Source(kind, name, reference)
    file, line = _of_function(found) or _of_binding(reference) or ("", 0)
    return Source(kind, name, reference, _relative(file, here), line)


def _of_function(found: object) -> tuple[str, int] | None:
    """File and line of a Python function of the user's, however it is wrapped."""
    while isinstance(found, partial):
        found = found.func
    if callable(found):
        with suppress(ValueError):  # what wraps itself has no end
            found = inspect.unwrap(found)
    if isinstance(found, types.MethodType):
        found = found.__func__
    code: Any = getattr(found, "__code__", None)
    if not isinstance(found, types.FunctionType) or not Path(code.co_filename).is_file():
        return None
    return code.co_filename, code.co_firstlineno


def _of_binding(reference: str) -> tuple[str, int] | None:
    """The line on which a module binds the attribute, at its top level and for the last time."""
    home, _, attribute = reference.rpartition(":")
    file = home if home.endswith(".py") else getattr(sys.modules.get(home), "__file__", None)
    if not file:
        return None
    try:
        tree = ast.parse(Path(file).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):  # a compiled module has no text
        return None
    first = attribute.partition(".")[0]
    lines = [statement.lineno for statement in tree.body if first in _bound(statement)]
    if not lines and file != home:  # a module of somebody else's that makes its names, such as torch
        return None
    return str(Path(file).expanduser().resolve()), lines[-1] if lines else 1


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _relative(file: str, here: Path) -> str:
    """A file's name with forward slashes, relative where it lies within the directory."""
    if not file:
        return ""
    whole = Path(file).resolve()
    base = here.resolve()
    return (whole.relative_to(base) if whole.is_relative_to(base) else whole).as_posix()
