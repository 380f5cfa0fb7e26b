"""What an entry may be called: one rule for activations, poolings and laws."""

from __future__ import annotations

import re
from typing import Final

from ordering.errors import InvalidEntry

# A name is a command-line word, part of a pytest id and a key of the JSON report: an identifier,
# with parameters in parentheses where the entry is a member of a family.
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(\([A-Za-z0-9_=+\-*/., ]*\))?")


def check_name(kind: str, name: object) -> None:
    """Raise `InvalidEntry` unless `name` is a usable name for an entry of this kind."""
    if not isinstance(name, str):
        raise InvalidEntry(f"{kind}: name must be text, got {type(name).__name__}")
    if not NAME.fullmatch(name):
        raise InvalidEntry(
            f"{kind} {name!r}: a name is an identifier, with parameters in parentheses if there are any, "
            f"such as 'relu' or 'elu(alpha=2)'"
        )
