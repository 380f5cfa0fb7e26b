"""Control codes of text that others wrote: a reader sees them, and no terminal obeys them."""

from __future__ import annotations

import unicodedata
from typing import Final

UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of what is obeyed instead of drawn: control codes, marks of direction, halves of
characters, breaks of lines and paragraphs."""
LAYOUT: Final = "\n\t"
"""What text of several lines may keep."""


def visible(text: str, keep: str = "") -> str:
    r"""The text with every control code but those of `keep` written out, as Python's `repr` writes it.

    Names, docstrings, error messages and sources of users may hold codes that move a terminal's cursor, clear
    it, colour it, or turn the direction of what follows.  What has been made visible stays as it is.

    Examples
    --------
    >>> visible("a\x1b[31mred\nnext"), visible("two\nlines", keep="\n")
    ('a\\x1b[31mred\\nnext', 'two\nlines')
    """
    if text.isprintable():
        return text
    return "".join(
        repr(each)[1:-1] if each not in keep and unicodedata.category(each) in UNSEEN else each
        for each in text
    )
