"""Text of users as literal text: a name or an error message cannot break what stands around it."""

from __future__ import annotations

import html
import re
from typing import Final

_MARKS: Final = "\\|*_`[]~#$"
"""Characters that mean something in Markdown wherever they stand."""
_AT_THE_START: Final = re.compile(r"(\d+)([.)])(?=\s|$)|([-+])(?=[\s-]|$)")
"""What would begin a list, or draw a line."""

_AT: Final = "@&#8203;"


def visible(text: str, *, lines: bool = False) -> str:
    """Text of which every character is seen: control codes, escape sequences and marks that turn the
    direction of writing stand as `\\x1b` and `\\u202e`.

    Parameters
    ----------
    lines:
        Whether line ends and tabs stay, as in a program's text.

    Examples
    --------
    >>> visible("a\\x1b[31mb"), visible("1\\n2"), visible("1\\n2", lines=True)
    ('a\\\\x1b[31mb', '1\\\\n2', '1\\n2')
    """
    if text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(
        letter if letter.isprintable() or letter in kept else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def escape(text: str) -> str:
    """Text as literal Markdown within one table cell or list item; line ends become blanks.

    An `@` is followed by a space of no width, without which a pull request would call whoever bears the name.
    """
    text = visible(" ".join(text.split()))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character in _MARKS:
        text = text.replace(character, "\\" + character)
    if start := _AT_THE_START.match(text):
        number, mark = start[1] or "", start[2] or start[3]
        text = f"{number}\\{mark}{text[start.end() :]}"
    return text.replace("@", _AT)


def in_html(text: str) -> str:
    """Text as literal text of an HTML element within Markdown, such as a `<summary>`."""
    return html.escape(visible(" ".join(text.split()))).replace("@", _AT)


def fenced(code: str, language: str = "") -> str:
    """A program as a block of code that nothing in it can close."""
    code = visible(code.rstrip().replace("\r\n", "\n"), lines=True)
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters, with what is cut told by dots."""
    return text if len(text) <= most else f"{text[: most - 4]} ..."
