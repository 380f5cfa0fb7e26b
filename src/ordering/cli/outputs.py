"""Files that a command writes: seen to be writable before the work, and no reason to lose it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from ordering.arguments import place, shown, writable_file
from ordering.errors import InvalidArgument
from ordering.evidence.visible import LAYOUT, visible


def writable(option: str, *files: str | Path) -> list[Path]:
    """The files, if they can be written.

    Raises
    ------
    InvalidArgument
        If one of them cannot be written.
    """
    return [writable_file(option, place(option, file)) for file in files]


def within(option: str, folder: Path, names: Iterable[str]) -> list[Path]:
    """Files of a folder, if they can be written and are nowhere else.

    Raises
    ------
    InvalidArgument
        If one of them cannot be written, or is a link to a place outside the folder.
    """
    paths = writable(option, *(folder / name for name in names))
    for path in paths:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InvalidArgument(
                f"{option}: {shown(str(path))} is a link to {shown(str(path.resolve()))}, outside the "
                f"folder; remove it, or name another folder"
            )
    return paths


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
