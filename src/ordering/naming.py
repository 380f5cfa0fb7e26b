"""What an entry may be called: one rule for activations, poolings and laws, and names made by it."""

from __future__ import annotations

import re
from typing import Final

from ordering.arguments import shown
from ordering.errors import InvalidEntry

# A name is a command-line word, part of a pytest id and a key of the JSON report: an identifier,
# with parameters in parentheses where the entry is a member of a family.
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(\([A-Za-z0-9_=+\-*/., ]*\))?")

LONGEST_MADE: Final = 60
"""Characters of a name that is made from something else."""


def check_name(kind: str, name: object) -> None:
    """Raise `InvalidEntry` unless `name` is a usable name for an entry of this kind."""
    if not isinstance(name, str):
        raise InvalidEntry(f"{kind}: name must be text, got {type(name).__name__}")
    if not NAME.fullmatch(name):
        raise InvalidEntry(
            f"{kind} {shown(name)}: a name is an identifier, with parameters in parentheses if there are any,"
            f" such as 'relu' or 'elu(alpha=2)'"
        )


def name_from(text: str, otherwise: str) -> str:
    """A usable name made from a text, such as a module's `repr`; if that cannot be, from another text.

    Examples
    --------
    >>> name_from("GELU(approximate='none')", "GELU")
    'GELU(approximate=none)'
    >>> name_from("Sequential(\\n  (0): ReLU()\\n)", "Sequential"), name_from("<lambda>", "<lambda>")
    ('Sequential', 'lambda')
    """
    plain = text.replace("'", "").removesuffix("()")
    if len(plain) <= LONGEST_MADE and NAME.fullmatch(plain):
        return plain
    letters = re.sub(r"[^A-Za-z0-9_.]+", "_", otherwise).strip("_.")[:LONGEST_MADE]
    return letters if NAME.fullmatch(letters) else f"f_{letters}".rstrip("_")
