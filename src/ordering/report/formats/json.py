"""report.json: every verdict as data, checked against the schema that ships."""

from __future__ import annotations

import json
from typing import Final

from ordering.report.data import report_data
from ordering.report.records import Format, Report


def render(report: Report) -> str:
    """The report as JSON text.

    Raises
    ------
    jsonschema.ValidationError
        If the data does not satisfy the shipped schema: a bug of this package.
    """
    return json.dumps(report_data(report), indent=1) + "\n"


FORMAT: Final = Format("json", "report.json", render, "for programs, `--baseline` and `replay`")
