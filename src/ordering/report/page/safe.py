"""Text of users on a page: what cannot be seen is written out, so that nothing hides or turns around."""

from __future__ import annotations

import unicodedata
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of characters without a shape: controls, marks of direction, halves of pairs."""
KEPT: Final = "\n\t"


def visible(text: str) -> str:
    r"""The text with every character that has no shape written as Python would escape it.

    A page (or a terminal) can be told by such characters to show something else than what stands there.

    Examples
    --------
    >>> print(visible("safe\x1b[2J\u202etxt.exe"))
    safe\x1b[2J\u202etxt.exe
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each.encode("unicode_escape").decode() if _hidden(each) else each for each in text)


def _hidden(character: str) -> bool:
    return character not in KEPT and unicodedata.category(character) in HIDDEN
