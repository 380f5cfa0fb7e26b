"""`--json`: standard output holds the data and nothing else, whatever kernels print."""

from __future__ import annotations

import ctypes
import functools
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout, suppress
from contextvars import ContextVar
from typing import Any, Final, TextIO

import click

_output: Final[ContextVar[TextIO | None]] = ContextVar("output", default=None)
"""Standard output, while what is printed goes to standard error."""


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`: print data instead of text; what else is printed meanwhile goes to standard error."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
    @functools.wraps(command)
    def run(*args: Any, as_json: bool, **options: Any) -> Any:
        with _alone() if as_json else nullcontext():
            return command(*args, as_json=as_json, **options)

    return run


def print_json(data: object, indent: int = 2) -> None:
    """Print data on standard output."""
    stream = _output.get() or sys.stdout
    stream.write(json.dumps(data, indent=indent) + "\n")
    stream.flush()


@contextmanager
def _alone() -> Iterator[None]:
    """Leave standard output to `print_json` while the block runs.

    Both Python's stream and the descriptor beneath it lead to standard error, for this process, for compiled
    code and for the processes that it starts.
    """
    with ExitStack() as stack:
        # Python has no stream where standard output was closed before it began: then nobody reads.
        stream: TextIO = io.StringIO() if sys.stdout is None else sys.stdout
        with suppress(OSError, io.UnsupportedOperation, AttributeError):  # a stream in memory, or none at all
            stream = stack.enter_context(_descriptor_kept(sys.stdout.fileno()))
        token = _output.set(stream)
        stack.callback(_output.reset, token)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


@contextmanager
def _descriptor_kept(descriptor: int) -> Iterator[TextIO]:
    """A stream to where a descriptor leads, which leads to standard error while the block runs."""
    sys.stdout.flush()
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as kept:
        os.dup2(2, descriptor)
        try:
            yield kept
        finally:
            with suppress(
                OSError, TypeError, AttributeError
            ):  # where the C library is not to be had like this
                ctypes.CDLL(None).fflush(None)
            os.dup2(kept.fileno(), descriptor)
