"""Ctrl-C as a flag that loops read, so that nothing depends on where the signal strikes.

An exception that a signal handler raises in a callback of the garbage collector, in a finalizer or in the
middle of an import is printed and lost, or leaves half of something behind.  So inside `deferred` the first
interrupt only sets a flag; our loops call `check` between two steps, which raises `KeyboardInterrupt` there.
A second interrupt does not wait.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INTERRUPTED: Final = 128 + signal.SIGINT
"""The exit code after Ctrl-C, as a shell reports it."""
_flag = threading.Event()


def requested() -> bool:
    """Whether an interrupt has come that `check` would raise."""
    return _flag.is_set()


def check() -> None:
    """Raise `KeyboardInterrupt` if an interrupt has come since the outermost `deferred` was entered."""
    if _flag.is_set():
        raise KeyboardInterrupt


@contextmanager
def deferred() -> Iterator[None]:
    """Hold interrupts back while the block runs: `check` raises them, or at the latest the end of the block.

    A second interrupt acts as it would have acted without the block.  Blocks nest; the outermost one counts.
    Where signals cannot be handled (in other threads), or another program has its own way with them, nothing
    is changed.
    """
    before = _handler()
    if before not in (signal.default_int_handler, end_process):
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        if _flag.is_set() and callable(before):
            before(number, frame)
        _flag.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        came = _flag.is_set()
        _flag.clear()
        if came and not isinstance(sys.exception(), KeyboardInterrupt):
            raise KeyboardInterrupt


def end_process(_number: int = signal.SIGINT, _frame: FrameType | None = None) -> None:
    """A handler that ends the process with exit code 130, now, wherever it is: for what has nothing to keep.

    Worker processes notice that their parent is gone and end too.
    """
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)


def end_at_once() -> None:
    """From here on, an interrupt outside `deferred` ends the process with exit code 130."""
    if _handler() is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_process)


def ignore() -> None:
    """From here on, interrupts do nothing."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _handler() -> Callable[..., object] | int | None:
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.getsignal(signal.SIGINT)
