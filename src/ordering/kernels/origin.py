"""By which name, from which package, a reader of a script can import the very value that is in use here."""

from __future__ import annotations

import functools
import inspect
import json
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

_OURS: Final = __name__.partition(".")[0]


@dataclass(frozen=True)
class Home:
    """A module that can be imported: of which package, and whether that is the user's own code."""

    module: str
    package: str = ""
    """Name and version of the installed distribution; empty for torch and the standard library."""
    own: bool = False
    """Whether it is found on the path without being installed: a reader may not have it."""


@dataclass(frozen=True)
class Origin:
    """A value's name in such a module: `from module import name`; `Class.name` where it is dotted."""

    home: Home
    name: str


def home(module: str) -> Home | None:
    """Where this loaded module comes from; None if importing its name elsewhere would not give it."""
    root = module.partition(".")[0]
    if root in (_OURS, "__main__") or module not in sys.modules:
        return None
    if root == "torch" or root in sys.stdlib_module_names:
        return Home(module)
    file = getattr(sys.modules[module], "__file__", None)
    if not isinstance(file, str) or not _findable(module, file):
        return None
    package = _distribution(root, file, tuple(sys.path))
    return Home(module, package or "", own=package is None)


def origin(value: object) -> Origin | None:
    """The name under which a module has this very object, where another process would find the same.

    Looked for in the module where it was defined, by its own name first.  What was put there by other code
    than the package's (a patched function, a class with a patched method) is not taken for the package's.
    """
    for module in _modules(value):
        place = home(module)
        name = None if place is None else _name(value, sys.modules[module])
        if place is not None and name is not None and (place.own or genuine(value)):
            return Origin(place, name)
    return None


def _modules(value: object) -> Iterator[str]:
    """Names of modules that may have defined it."""
    # What torch.jit.script made names torch.jit as its module; the function that it was made of knows.
    for part in (value, inspect.getattr_static(value, "_torchdynamo_inline", None), type(value)):
        module = inspect.getattr_static(part, "__module__", None)
        if isinstance(part, (type, types.FunctionType, types.BuiltinFunctionType)):
            module = part.__module__
        if isinstance(module, str):
            yield module


def _name(value: object, module: types.ModuleType) -> str | None:
    """The attribute of the module, dotted where it is one of a class, that is the value."""
    for key in ("__qualname__", "__name__"):
        name = getattr(value, key, None) if not hasattr(type(value), "__getattr__") else None
        if isinstance(name, str) and name and "<" not in name:
            found: object = module
            for part in name.split("."):
                found = inspect.getattr_static(found, part, None)
                found = found.__func__ if isinstance(found, staticmethod) else found
            if found is value:
                return name
    return next((name for name, item in vars(module).items() if item is value and name.isidentifier()), None)


def genuine(value: object) -> bool:
    """Whether the code is that of a package too, and not put into it by the user's."""
    if isinstance(value, types.FunctionType):
        place = home(str(value.__globals__.get("__name__")))
        return place is not None and not place.own
    if isinstance(value, type):
        return all(genuine(item) for item in vars(value).values() if isinstance(item, types.FunctionType))
    return True


def _findable(module: str, file: str) -> bool:
    """Whether the finders of modules, asked anew, lead to this file."""
    places: list[str] | None = None
    spec = None
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        found = (finder.find_spec(".".join(parts[:depth]), places) for finder in sys.meta_path)
        spec = next((item for item in found if item is not None), None)
        if spec is None:
            return False
        places = list(spec.submodule_search_locations or ())
    return (
        spec is not None and spec.origin is not None and Path(spec.origin).resolve() == Path(file).resolve()
    )


@functools.cache
def _distribution(root: str, file: str, path: tuple[str, ...]) -> str | None:
    """Name and version of the installed distribution that the file belongs to; None for the user's own."""
    for name in sorted(set(_owners(path).get(root, ()))):
        found = metadata.distribution(name)
        editable = json.loads(found.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable")
        if not editable and Path(file).is_relative_to(Path(str(found.locate_file("")))):
            return f"{name} {found.version}"
    return None


@functools.cache
def _owners(path: tuple[str, ...]) -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
