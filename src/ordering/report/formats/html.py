"""report.html: the whole report as one page that needs no network."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from ordering.report.records import Format, Report


def render(report: Report) -> str:
    """The page.  Text from users is escaped wherever it stands.

    The page draws with matplotlib and sympy, which `ordering report --help` has no use for: its room is
    loaded when it is written.
    """
    text: str = import_module("ordering.report.page.building").html(report)
    return text


FORMAT: Final = Format("html", "report.html", render, "to read: verdicts, evidence, pictures, scripts")
