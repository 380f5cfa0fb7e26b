"""Walking several spans at a time: in forked processes where the system has them, in threads elsewhere.

Between one chunk and the next a thread needs Python's lock, and sleeps if another one has it.  A chunk of a
fast kernel takes a tenth of a millisecond, so that threads lose much of their time; processes lose none.
A forked one has the kernel, whatever it is, without pickling it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from ctypes import c_bool
from functools import partial
from multiprocessing import current_process, get_context, parent_process
from multiprocessing.connection import wait as wait_for
from multiprocessing.sharedctypes import RawValue

from ordering.errors import KernelError
from ordering.floats.segment import Segment
from ordering.floats.walk import Walker

Span = tuple[int, int]
"""First rank, and the one past the last."""


def walk(
    walker: Callable[[c_bool], Walker],
    spans: Sequence[Span],
    finished: Callable[[int, Segment], None],
    *,
    workers: int,
    forked: bool | None = None,
) -> None:
    """Walk every span, and hand each summary to `finished`, in this thread, as soon as it is there.

    Parameters
    ----------
    walker:
        Makes a worker's walker, which gives up when the flag that it is given is set.
    forked:
        Whether workers are processes; by default they are wherever that is possible.

    Raises
    ------
    KernelError
        If the kernel cannot be examined, or ends the process that it runs in.
    """
    stop: c_bool = RawValue(c_bool, False)
    if workers == 1:
        here = walker(stop)
        for span in spans:
            finished(span[0], here.span(*span))
        return
    forked = _may_fork() if forked is None else forked
    with _pool(partial(walker, stop), workers, forked=forked) as pool:
        pending: dict[Future[Segment], Span] = {}
        try:
            _submit(pool, spans, pending, forked=forked)
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    span = pending.pop(future)
                    finished(span[0], _result(future, span, partial(walker, stop), forked=forked))
        except KeyboardInterrupt:
            stop.value = True
            pool.shutdown(cancel_futures=True)
            for future, span in pending.items():
                if not future.cancelled() and future.exception() is None:
                    finished(span[0], future.result())
            raise
        finally:
            stop.value = True
            pool.shutdown(cancel_futures=True)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _may_fork() -> bool:
    """Whether processes can be forked safely: macOS's libraries do not bear it, Windows knows no fork."""
    return sys.platform == "linux" and not current_process().daemon


def _pool(walker: Callable[[], Walker], workers: int, *, forked: bool) -> Executor:
    if forked:
        return ProcessPoolExecutor(workers, get_context("fork"), _begin_process, (walker,))
    return ThreadPoolExecutor(workers, "ordering-scan", _begin, (walker,))


def _submit(
    pool: Executor, spans: Sequence[Span], pending: dict[Future[Segment], Span], *, forked: bool
) -> None:
    """Hand the spans over, and put what will come of them into `pending`."""
    with _undisturbed() if forked else nullcontext(), warnings.catch_warnings():
        # Of Python 3.12: other threads may hold locks.  A worker runs the kernel on one thread, with locks
        # that only the kernel's author can have made; torch's data loaders fork in the same way.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        for span in spans:
            pending[pool.submit(_walk, *span)] = span


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a pool whose processes are being started can be neither used nor shut down."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(future: Future[Segment], span: Span, walker: Callable[[], Walker], *, forked: bool) -> Segment:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise KernelError("the kernel, or the system, ended the process that evaluated it") from error
    except Exception:
        if not forked:
            raise
        # Some kernels cannot run in a forked process (torch's autograd and CUDA refuse to), and of an error
        # the other process's traceback is lost.  Here either the walk succeeds or the error is the real one.
        return walker().span(*span)


_own = threading.local()
"""The walker of this thread, or of this process' only one."""


def _begin(walker: Callable[[], Walker]) -> None:
    _own.walker = walker()


def _begin_process(walker: Callable[[], Walker]) -> None:
    # Ctrl-C reaches every process of a terminal; it is the parent that ends the walk.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _begin(walker)


def _end_with_parent() -> None:
    """A parent that is killed says nothing, and workers would wait for their next span for ever."""
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _walk(start: int, stop: int) -> Segment:
    walker: Walker = _own.walker
    return walker.span(start, stop)
