"""The names of a script: what each of them stands for, and what is imported under it."""

from __future__ import annotations

import builtins
import importlib
import re
import types
from dataclasses import dataclass, field
from typing import Any, Final

import torch
import torch.nn.functional as F

from ordering.kernels.literals import literal
from ordering.kernels.origin import Home, Origin, home
from ordering.kernels.texts import NoSource

_OF_THE_SCRIPT: Final = (
    *("sys", "x", "case", "activation_first", "pooling_first", "left", "right", "same", "holds", "differ"),
    *("rank", "main", "DATA", "base64", "zlib"),
)


def _names() -> dict[str, object]:
    """Names that mean something already: builtins, and what every script uses."""
    known: dict[str, object] = {name: getattr(builtins, name) for name in dir(builtins)}
    return {**known, "torch": torch, "F": F, **{name: object() for name in _OF_THE_SCRIPT}}


@dataclass
class Names:
    """Imports and definitions of a script, under names that stand for one value each."""

    imports: dict[str, None] = field(
        default_factory=lambda: dict.fromkeys(
            ("import sys", "import torch", "import torch.nn.functional as F")
        )
    )
    definitions: dict[str, str] = field(default_factory=dict)
    packages: dict[str, None] = field(default_factory=dict)
    """Installed packages that are imported, beside torch, with their versions."""
    local: dict[str, None] = field(default_factory=dict)
    """The user's own modules that are imported."""
    names: dict[str, object] = field(default_factory=_names)
    """What each name of the script stands for."""
    known: list[tuple[object, str]] = field(default_factory=list)
    """What is defined, or being defined, and its name: a function may call itself."""

    def snapshot(self) -> tuple[Any, ...]:
        """What has been collected so far, for `restore`."""
        return tuple(part.copy() for part in self._parts())

    def restore(self, before: tuple[Any, ...]) -> None:
        """Drop what has been collected since."""
        for part, old in zip(self._parts(), before, strict=True):
            part.clear()
            part.extend(old) if isinstance(part, list) else part.update(old)

    def _parts(self) -> tuple[Any, ...]:
        return self.imports, self.definitions, self.packages, self.local, self.names, self.known

    def _import(self, found: Origin) -> str:
        self._note(found.home)
        head, *rest = found.name.split(".")
        value = getattr(importlib.import_module(found.home.module), head)
        own = head if self._free(head, value) else self._fresh(head)
        self.names[own] = value
        self.imports[f"from {found.home.module} import {head}{'' if own == head else f' as {own}'}"] = None
        return ".".join((own, *rest))

    def _module(self, module: types.ModuleType, name: str) -> str:
        """Import a module, under this name if it is free."""
        place = home(module.__name__)
        if place is None:
            raise NoSource(f"it uses the module {module.__name__}, which cannot be imported elsewhere")
        self._note(place)
        own = name if self._free(name, module) else self._fresh(name)
        self.names[own] = module
        alias = "" if own == module.__name__ else f" as {own}"
        self.imports[f"import {module.__name__}{alias}"] = None
        return own

    def _note(self, place: Home) -> None:
        if place.own:
            self.local[place.module] = None
        elif place.package:
            self.packages[place.package] = None

    def _free(self, name: str, value: object) -> bool:
        """Whether the name can stand for this value: it stands for nothing yet, or for the very same."""
        if name not in self.names:
            return True
        held = self.names[name]
        return held is value or (literal(value) is not None and literal(held) == literal(value))

    def _fresh(self, name: str) -> str:
        """This name, or the first of `name_2`, `name_3`, ... that stands for nothing yet."""
        name, place = re.sub(r"\W", "_", name), 1
        while (own := name if place == 1 else f"{name}_{place}") in self.names:
            place += 1
        return own

    def _take(self, value: object, name: str) -> str:
        own = name if self._free(name, value) else self._fresh(name)
        self.names[own] = value
        self.known.append((value, own))
        return own
