"""The theorems of `proofs/` by name: found, loaded and checked when something is said to rest on them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from ordering.errors import InvalidEntry, UnknownEntry

_HERE: Final = Path(__file__).resolve()
FOLDERS: Final = (_HERE.parents[1] / "proofs", _HERE.parents[3] / "proofs")
"""Where the files lie: in the installed package, or beside `src` in a checkout."""


@runtime_checkable
class Proved(Protocol):
    """A theorem with its steps, such as `ordering.checking.theorems.Theorem`."""

    @property
    def name(self) -> str:
        """What it is about."""

    @property
    def steps(self) -> tuple[Any, ...]:
        """What leads to its statement."""

    def refusal(self) -> str:
        """Why the steps do not prove the statement; empty where they do."""


@lru_cache(maxsize=1)
def files() -> Mapping[str, Path]:
    """The files of theorems, by name: `max_pooling` is `proofs/max_pooling.py`."""
    for folder in FOLDERS:
        found = {path.stem: path for path in sorted(folder.glob("*.py")) if not path.name.startswith("test_")}
        if found:
            return found
    return {}


def file_of(name: str) -> Path:
    """The file of that name (`max_pooling` or `proofs/max_pooling.py`).

    Raises
    ------
    UnknownEntry
        If there is none; it names those that there are.
    """
    stem = name.removeprefix("proofs/").removesuffix(".py")
    if stem not in files():
        raise UnknownEntry(f"no theorem {name!r} is known; known: {', '.join(files()) or 'none'}")
    return files()[stem]


@lru_cache(maxsize=64)
def theorems(name: str) -> tuple[Proved, ...]:
    """The theorems of a file, each of which checks.

    Raises
    ------
    UnknownEntry
        If there is no such file.
    InvalidEntry
        If it holds no theorems, or one that its steps do not prove.
    """
    path = file_of(name)
    spec = importlib.util.spec_from_file_location(f"ordering_proofs_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InvalidEntry(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: tuple[Proved, ...] = tuple(module.THEOREMS)
    if not found:
        raise InvalidEntry(f"{path.name} states no theorem")
    for theorem in found:
        checked(theorem)
    return found


def checked(theorem: object) -> Proved:
    """A theorem whose steps prove it; `InvalidEntry` for anything else."""
    if isinstance(theorem, type) or not isinstance(theorem, Proved):
        raise InvalidEntry(
            f"{theorem!r} is no theorem; give one with its steps (ordering.checking.theorems.Theorem), or "
            f"the name of one of these: {', '.join(files())}"
        )
    refusal = theorem.refusal()
    if refusal:
        raise InvalidEntry(f"the theorem {theorem.name!r} is not proved by its steps: {refusal}")
    return theorem
