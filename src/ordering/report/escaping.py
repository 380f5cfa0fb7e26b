"""Text of users as literal text: a name or an error message cannot break what stands around it."""

from __future__ import annotations

import html
import re
from typing import Final

from ordering.evidence.visible import LAYOUT, visible

_MARKS: Final = "\\|*_`[]~#$"
"""Characters that mean something in Markdown wherever they stand."""
_AT_THE_START: Final = re.compile(r"(\d+)([.)])(?=\s|$)|([-+])(?=[\s-]|$)")
"""What would begin a list, or draw a line."""

_AT: Final = "@&#8203;"


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
    code = visible(code.rstrip().replace("\r\n", "\n"), keep=LAYOUT)
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters, with what is cut told by dots."""
    return text if len(text) <= most else f"{text[: most - 4]} ..."
