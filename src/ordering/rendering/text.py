"""Derivations as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ordering.evidence import Derivation
from ordering.rendering.statements import Mark, Part, lines


def text(derivation: Derivation) -> str:
    """The claim and its numbered steps."""
    rows = [
        f"  {n}. {text_of(line.statement)}   [{text_of(line.why)}]"
        for n, line in enumerate(lines(derivation), 1)
    ]
    return "\n".join([derivation.claim, *rows])


def text_of(parts: Sequence[Part]) -> str:
    """Words, formulas and marks on one line."""
    written = " ".join(part.name if isinstance(part, Mark) else str(part) for part in parts)
    return (
        written.replace(" ,", ",")
        .replace(" ;", ";")
        .replace(" :", ":")
        .replace(",  ", ", ")
        .replace(";  ", "; ")
    )
