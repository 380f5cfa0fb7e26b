"""report.html: the whole report as one page that needs no network."""

from __future__ import annotations

from typing import Final

from ordering.report.page.building import html
from ordering.report.records import Format, Report


def render(report: Report) -> str:
    """The page.  Text from users is escaped wherever it stands."""
    return html(report)


FORMAT: Final = Format("html", "report.html", render, "to read: verdicts, evidence, pictures, scripts")
