"""Every format of a report, one file each: a module of this folder with a `FORMAT` is found by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from ordering.registry import Registry
from ordering.report.records import Format

formats: Final = Registry("format", Format)

for _module in sorted(found.name for found in iter_modules(__path__)):
    formats.register(import_module(f"{__name__}.{_module}").FORMAT)
