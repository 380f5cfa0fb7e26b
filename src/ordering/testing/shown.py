"""How a trial is shown in what pytest and Hypothesis print: by its id."""

from __future__ import annotations

from typing import Any


class Shown:
    """Something that is shown as `str` says, and not field by field."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints, which for a dataclass would be every field."""
        printer.text(str(self))

    def to_json(self) -> str:
        """What Hypothesis' observability reports say of it."""
        return str(self)
