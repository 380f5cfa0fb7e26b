"""Files that a command writes: seen to be writable before the work, and no reason to lose it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ordering.arguments import place, writable_file
from ordering.evidence.visible import LAYOUT, visible


def writable(option: str, *files: str | Path) -> list[Path]:
    """The files, if they can be written.

    Raises
    ------
    InvalidArgument
        If one of them cannot be written.
    """
    return [writable_file(option, place(option, file)) for file in files]


def written(texts: Mapping[Path, str]) -> list[str]:
    """Write files; what could not be written, in words."""
    refused = []
    for file, text in texts.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            refused.append(f"cannot write {file}: {error.strerror or error}")
    return refused


class Refusal(click.ClickException):
    """A message and exit code 2, without the usage."""

    exit_code = 2

    def format_message(self) -> str:
        """The message, with the control codes of what it quotes written out."""
        return visible(self.message, keep=LAYOUT)
