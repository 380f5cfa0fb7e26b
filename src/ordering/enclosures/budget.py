"""Time budgets: every loop of this room calls `tick`, and a budget that is spent ends in `undecided`.

Two guards work together.  `tick` raises at the next loop of our own code, on any thread.  On the main thread
an interval timer also interrupts a single long call into sympy, which knows nothing of budgets.  A
process of its own stops everything (`bounded`), but costs more than the median proof: it is taken for what
needs more `room` than a proof gets here, or more time.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType
from typing import Final

from ordering.running import interrupts


class Undecided(Exception):
    """The question could not be answered; the text says why."""


class OutOfTime(Undecided):
    """The time budget is spent."""


_FINALIZERS: Final = (weakref.__file__, weakref.WeakSet.__init__.__code__.co_filename)
"""Modules whose functions the interpreter calls when an object dies."""


@dataclass
class Room:
    """How large exact polynomials may grow, and whether something larger, or more time, was refused."""

    terms: int = 400
    degree: int = 100
    work: int = 6_000
    """Bound for terms times degrees, which is what makes a single call into flint take long."""
    refused: bool = False


_room: ContextVar[Room | None] = ContextVar("room", default=None)


def room() -> Room:
    """The room in force; the least there is where none was given."""
    return _room.get() or Room()


@contextmanager
def within(room: Room) -> Iterator[Room]:
    """Give what runs inside this room."""
    token = _room.set(room)
    try:
        yield room
    finally:
        _room.reset(token)


_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


def tick() -> None:
    """Raise `OutOfTime` if the budget in force is spent, `KeyboardInterrupt` after Ctrl-C."""
    interrupts.check()
    if time.monotonic() > _deadline.get():
        room().refused = True
        raise OutOfTime("the time budget is spent")


def remaining() -> float:
    """Seconds left of the budget in force (infinite where there is none)."""
    return _deadline.get() - time.monotonic()


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Limit what runs inside to `seconds`; budgets nest, and the earlier deadline stands."""
    now = time.monotonic()
    limit = min(now + seconds, _deadline.get())
    token = _deadline.set(limit)
    try:
        with _alarm(limit - now):
            yield
    finally:
        _deadline.reset(token)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    # What a finalizer, or a callback of the garbage collector, raises is printed and lost; the timer comes
    # again.
    if not _in_finalizer(frame):
        room().refused = True
        raise OutOfTime("the time budget is spent")


def _in_finalizer(frame: FrameType | None) -> bool:
    collecting = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code.co_filename in _FINALIZERS or code in collecting:
            return True
        frame = frame.f_back
    return False


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """An interval timer that raises `OutOfTime` in the main thread, unless someone else uses the timer."""
    usable = (
        threading.current_thread() is threading.main_thread()
        and hasattr(signal, "setitimer")
        and signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, signal.SIG_IGN, None, _interrupt)
        and (signal.getsignal(signal.SIGALRM) is _interrupt or signal.getitimer(signal.ITIMER_REAL)[0] == 0)
    )
    if not usable or seconds == float("inf"):
        yield
        return
    previous = signal.signal(signal.SIGALRM, _interrupt)
    # The timer repeats: if some library swallows the first exception, the next one follows.
    outer, _ = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 0.25)
    started = time.monotonic()
    try:
        yield
    finally:
        left = max(outer - (time.monotonic() - started), 1e-3) if outer else 0.0
        signal.setitimer(signal.ITIMER_REAL, left, 0.25 if outer else 0.0)
        signal.signal(signal.SIGALRM, previous)
