"""Objects of the user's own code, by `module:attribute` or `path/to/file.py:attribute`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import cloudpickle

from ordering.arguments import near, shown, text
from ordering.errors import LoadError

FORM: Final = "module:attribute, such as mynet.layers:conv1, or a file, such as path/to/layers.py:conv1"


def is_reference(name: str) -> bool:
    """Whether a text names an object of the user's own code, and no entry."""
    return ":" in name


def load_attribute(reference: str) -> object:
    """The object that `module:attribute` or `path/to/file.py:attribute` names.

    The current directory is searched first for a module, as `python -m` does; next to a file, its own folder.

    Raises
    ------
    LoadError
        If the text is of neither form, the module or file cannot be imported, or it has no such attribute.
    """
    home, separator, attribute = text("the reference", reference, error=LoadError).rpartition(":")
    if not (separator and home and all(part.isidentifier() for part in attribute.split("."))):
        raise LoadError(f"{shown(reference)} is not of the form {FORM}")
    if home.endswith(".py") or "/" in home or "\\" in home:
        found: object = _from_file(home)
    else:
        found = _from_module(home, reference)
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            hint = near(part, (name for name in dir(found) if not name.startswith("_")), " ").strip()
            raise LoadError(
                "; ".join(filter(None, (f"{home!r} has no attribute {attribute!r}", hint)))
            ) from error
        except (Exception, SystemExit) as error:  # a module may compute its attributes
            raise LoadError(f"{reference!r} cannot be had: {type(error).__name__}: {error}") from error
    return found


def _from_module(name: str, reference: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError(f"{shown(reference)} is not of the form {FORM}")
    _search(Path.cwd())
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a user's module may raise anything while it is imported
        raise LoadError(f"cannot import {name!r}: {type(error).__name__}: {error}") from error


def _from_file(name: str) -> ModuleType:
    """The module in a file, imported once, under a name of its own that no other module has."""
    file = Path(name).expanduser()
    try:
        if not file.is_file():
            what = "is a folder" if file.is_dir() else "there is no such file"
            raise LoadError(f"cannot import {shown(name)}: {what}")
        file = file.resolve()
    except (OSError, ValueError) as error:  # a path that is too long, or holds a NUL
        raise LoadError(f"cannot import {shown(name)}: {error}") from error
    own = f"ordering_file_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    if own in sys.modules:
        return sys.modules[own]
    spec = importlib.util.spec_from_file_location(own, file)
    if spec is None or spec.loader is None:
        raise LoadError(f"cannot import {shown(name)}: it is no Python file (its name ends with .py)")
    module = importlib.util.module_from_spec(spec)
    _search(file.parent)
    sys.modules[own] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # half a module must not be found by the next who asks
        del sys.modules[own]
        if isinstance(error, Exception | SystemExit):
            raise LoadError(f"cannot import {name!r}: {type(error).__name__}: {error}") from error
        raise
    # Workers elsewhere have no module of this name: what it defines is sent to them as it is.
    cloudpickle.register_pickle_by_value(module)
    return module


def _search(folder: Path) -> None:
    """Have modules looked for in a folder first."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
