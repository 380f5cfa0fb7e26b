"""Whose a function, class or module is: a library's, whose version stands for it, or the user's, to be read.

A name and a version stand for code only where the two say all.  The versions of torch, numpy and Python are
in the key of every certificate.  An installed distribution is named by its version, the digest of its RECORD
(which lists a checksum of each of its files, so that another build of one version is another name), and the
same of everything that it requires.  What is installed for editing is read like the user's own.  Files that
are edited inside site-packages after they were installed, and settings and patches of a library, are not
noticed.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
import types
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Final

# Libraries whose functions a name stands for: their versions are in the key of every certificate, or, for
# the standard library's, in the version of Python.  The rest of the standard library reads the world outside.
LIBRARIES: Final = frozenset(
    {
        "torch", "numpy", "math", "cmath", "operator", "builtins", "functools", "itertools", "collections",
        "typing", "numbers", "warnings",
    }
)  # fmt: skip
# Built-in functions with which code reaches what its digest does not cover.
DOORS: Final = frozenset(
    {
        "open", "eval", "exec", "compile", "__import__", "globals", "locals", "vars", "input", "setattr",
        "delattr",
    }
)  # fmt: skip
# The same among the functions of the libraries: files, and operators that others register.
LIBRARY_DOORS: Final = frozenset(
    {
        "load", "fromfile", "from_file", "loadtxt", "genfromtxt", "memmap", "open_memmap", "load_library",
        "load_inline", "hub", "ops", "classes",
    }
)  # fmt: skip


class Opaque(Exception):
    """Part of a kernel cannot be read; the message says which."""


def origin(value: object) -> tuple[str, ...] | None:
    """The name by which a library hands out this very object; None for what is to be read itself.

    Raises
    ------
    Opaque
        If it belongs to a part of the standard library that may read anything, or opens a door to it.
    """
    if isinstance(value, types.ModuleType):
        return imported(value.__name__)
    if hasattr(type(value), "__getattr__"):
        return None  # asking for its name would run the user's code
    owner = getattr(value, "__objclass__", None)
    module = getattr(owner or value, "__module__", None)
    if not isinstance(module, str):
        return None
    prefix = f"{module}.{owner.__qualname__}" if isinstance(owner, type) else module
    for name in (getattr(value, "__name__", None), getattr(value, "__qualname__", None)):
        if not isinstance(name, str):
            continue
        found = _found(owner or sys.modules.get(module), name)
        # A class method is found bound to its class.
        if found is not value and getattr(found, "__func__", None) is not value:
            continue
        if isinstance(value, type) and issubclass(value, BaseException) and _is_standard(module):
            return ("library", f"{prefix}.{name}")  # whatever raises one ends the scan
        home = _home(module, f"{prefix}.{name}")
        if home == ("library",) and name in (DOORS if module == "builtins" else LIBRARY_DOORS):
            raise Opaque(f"what {prefix}.{name} reaches cannot be read off the code")
        return None if home is None else (*home, f"{prefix}.{name}")
    if isinstance(value, types.FunctionType):
        # Code that is nowhere by its name, such as what a decorator made: whose file is it from?
        module = str(value.__globals__.get("__name__", ""))
        if module.partition(".")[0] not in LIBRARIES:
            _refuse_standard_library(module, f"{module}.{value.__qualname__}")
    return None


def imported(name: str) -> tuple[str, ...] | None:
    """The same for the module of that name, which may not have been imported yet."""
    if name == "builtins":
        raise Opaque("what the module 'builtins' reaches cannot be read off the code")
    home = _home(name, name)
    return None if home is None else (*home, name)


def _found(owner: object, name: str) -> object:
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner


def _home(module: str, name: str) -> tuple[str, ...] | None:
    """What stands for everything that this module has, if anything does."""
    root = module.partition(".")[0]
    if root in LIBRARIES:
        return ("library",)
    _refuse_standard_library(module, name)
    if root == __name__.partition(".")[0]:
        return None  # our own kernels are read, so that certificates outlive our versions
    if module in sys.modules:
        file = getattr(sys.modules[module], "__dict__", {}).get("__file__")
    else:
        spec = util.find_spec(root)
        file = None if spec is None else spec.origin
    return _distribution(root, file, tuple(sys.path)) if isinstance(file, str) else None


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _refuse_standard_library(module: str, name: str) -> None:
    if _is_standard(module):
        raise Opaque(f"what {name} of the standard library reads or keeps cannot be read off the code")


@functools.cache
def _distribution(root: str, file: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The installed distribution that the file belongs to, and all that it requires, by their versions."""
    # To ask for the owner of a name reads every distribution: only where there are any.
    places = [Path(entry) for entry in path if entry and Path(file).is_relative_to(entry)]
    if not any(any(place.glob("*.dist-info")) for place in places):
        return None
    for name in sorted(set(_owners(path).get(root, ()))):
        found = metadata.distribution(name)
        base = Path(str(found.locate_file("")))
        if not Path(file).is_relative_to(base):
            continue
        line = re.escape(Path(file).relative_to(base).as_posix())
        if re.search(rf'^"?{line}"?,', found.read_text("RECORD") or "", re.MULTILINE):
            return _with_requirements(name)
    return None


@functools.cache
def _owners(path: tuple[str, ...]) -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _with_requirements(whole: str) -> tuple[str, ...] | None:
    """None if one of them is installed for editing, or has no list of its files."""
    pending, versions = [whole], dict[str, str]()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in versions or name in LIBRARIES:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            versions[name] = "absent"
            continue
        record = found.read_text("RECORD")
        source = json.loads(found.read_text("direct_url.json") or "{}")
        if record is None or source.get("dir_info", {}).get("editable"):
            return None
        versions[name] = f"{found.version} {hashlib.sha256(record.encode()).hexdigest()}"
        for requirement in found.requires or ():
            # What it uses where it is installed counts; what its requirements would use is mostly for their
            # own tests.
            match = re.match(r"[\w.-]+", requirement)
            if match and (len(versions) == 1 or "extra ==" not in requirement):
                pending.append(match[0])
    return ("distribution", *(f"{name} {version}" for name, version in sorted(versions.items())))
