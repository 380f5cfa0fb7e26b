"""Text of users as literal text: a name or an error message cannot break what stands around it."""

from __future__ import annotations


def escape(text: str) -> str:
    """Text as literal Markdown within one table cell or list item."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character in "\\|*_`[]":
        text = text.replace(character, "\\" + character)
    return " ".join(text.split())
