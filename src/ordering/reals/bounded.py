"""Hard limits: a question asked in a forked process that is ended when its time or its memory is spent.

One long call into flint, or into Python's own big integers, hears neither a tick nor a signal; only the end
of its process stops it.  A process costs more than the median proof (what it touches is copied), so it is
taken for what may be large: expressions that are not `modest`, and proofs that need more room than
`budget.room` gives here, or more time.  Where processes cannot be forked safely (Windows, macOS) the soft
budgets of `budget` are all there is: they are heard between two steps, so that one long call into a library
is waited for, and a text with a constant that could take for ever is refused instead of read.
"""

from __future__ import annotations

import faulthandler
import gc
import io
import os
import selectors
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import cloudpickle
import sympy as sp

from ordering.enclosures.budget import OutOfTime, Room, Undecided, remaining, within
from ordering.running import interrupts

if sys.platform != "win32":
    import resource

T = TypeVar("T")

SECONDS: Final = 10.0
"""Seconds for a question that comes without a limit of its own: reading a text."""
MEMORY: Final = 1 << 30
"""Bytes that a question may use beyond what the process has."""
MOST_NODES: Final = 300
DEEPEST: Final = 40
MOST_BITS: Final = 512
"""What an expression may have, and its numbers, to be examined in this process."""


class OutOfMemory(Undecided):
    """The question needs more memory than a question may have."""


def available() -> bool:
    """Whether questions can be asked in a process of their own."""
    return sys.platform == "linux"


def modest(expression: Any) -> bool:
    """Whether an expression is so small that no single step of its examination can take long."""
    if expression is None:
        return True
    count = 0
    level = [expression]
    for _ in range(DEEPEST):
        if not level:
            return True
        count += len(level)
        if count > MOST_NODES or not all(_small(node) for node in level):
            return False
        level = [part for node in level for part in node.args]
    return not level


def _small(node: Any) -> bool:
    if isinstance(node, sp.Rational):
        return bool(node.p.bit_length() <= MOST_BITS and node.q.bit_length() <= MOST_BITS)
    if isinstance(node, sp.Pow) and node.exp.is_Rational:
        return bool(max(abs(node.exp.p), node.exp.q) <= 64)
    # A constant's exponential: exp(1000) is harmless, exp(10**8) is not once its digits are asked for.
    if isinstance(node, sp.exp) and node.exp.is_number:
        return bool(abs(node.exp) <= 10_000) if node.exp.is_Rational else not node.exp.has(sp.exp)
    return True


def bounded(question: Callable[[Callable[[Any], None]], None], seconds: float) -> Iterator[Any]:
    """Ask in a forked process: what the question reports, as it comes.

    Raises what the question raises; `OutOfTime` after `seconds`, and `OutOfMemory` if it takes more than
    `MEMORY`.  What it had reported before has been yielded.
    """
    deadline = time.monotonic() + min(seconds, remaining())
    reading, writing = os.pipe()
    child = _fork()
    if child == 0:
        os.close(reading)
        _answer(question, writing, max(deadline - time.monotonic(), 0.0))
    os.close(writing)
    try:
        yield from _reports(reading, deadline)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def ask(question: Callable[[], T], seconds: float) -> T:
    """The answer of a question that is asked in a process of its own, as `bounded` does."""

    def once(report: Callable[[Any], None]) -> None:
        report(question())

    (answer,) = bounded(once, seconds)
    return answer  # type: ignore[no-any-return]


def _fork() -> int:
    with warnings.catch_warnings():
        # The child runs the question alone and takes no lock of another thread's.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        return os.fork()


def _answer(question: Callable[[Callable[[Any], None]], None], writing: int, seconds: float) -> None:
    """The child's whole life."""
    status = 1
    try:
        _confine(seconds)

        def report(value: Any) -> None:
            _send(writing, (True, value))

        try:
            with within(Room(terms=1500, degree=400, work=1 << 40)):
                question(report)
            _send(writing, (None, None))
        except MemoryError:
            _send(writing, (False, OutOfMemory(_NO_MEMORY)))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the parent
            _send(writing, (False, error))
        status = 0
    finally:
        os._exit(status)


_NO_MEMORY: Final = f"more than {MEMORY >> 30} GB of memory would be needed"


def _confine(seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and ends this process
    faulthandler.disable()  # how this process dies is its own affair
    gc.disable()  # a collection would touch, and so copy, every object of the parent
    with open("/proc/self/statm") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, size + MEMORY)
    _lower(resource.RLIMIT_CPU, int(seconds) + 2)  # should the parent be gone
    _lower(resource.RLIMIT_CORE, 0)
    # What flint and gmp say before they give up is told by the parent.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _lower(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if most == resource.RLIM_INFINITY else min(value, most), most))


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # without type information
    """Pickles expressions as they are: sympy's own way evaluates them again when they are read."""

    def reducer_override(self, thing: Any) -> Any:
        """How a thing is pickled."""
        if isinstance(thing, sp.Basic) and thing.args:
            return _as_it_was, (thing.func, thing.args)
        return super().reducer_override(thing)


def _as_it_was(function: Any, arguments: tuple[Any, ...]) -> Any:
    if issubclass(function, (sp.Expr, sp.logic.boolalg.Boolean)):
        return function(*arguments, evaluate=False)
    return function(*arguments)


def _send(writing: int, message: tuple[bool | None, Any]) -> None:
    stream = io.BytesIO()
    _Pickler(stream).dump(message)
    data = stream.getvalue()
    data = len(data).to_bytes(8, "big") + data
    while data:
        data = data[os.write(writing, data) :]


def _reports(reading: int, deadline: float) -> Iterator[Any]:
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while True:
            interrupts.check()
            left = deadline - time.monotonic()
            if left <= 0:
                raise OutOfTime("the time budget is spent")
            if not selector.select(min(left, 0.1)):
                continue
            data = os.read(reading, 1 << 16)
            if not data:
                # The process died without a word: flint and gmp end it where memory, or their range, does.
                raise OutOfMemory(f"{_NO_MEMORY}, or a library gave up")
            buffer += data
            while len(buffer) >= 8 and len(buffer) >= 8 + (length := int.from_bytes(buffer[:8], "big")):
                kind, value = cloudpickle.loads(buffer[8 : 8 + length])
                buffer = buffer[8 + length :]
                if kind is None:
                    return
                if kind is False:
                    raise value
                yield value
