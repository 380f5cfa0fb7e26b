"""Workers of this machine: forked processes, threads where the system cannot fork, or the caller itself.

Between two steps a thread needs Python's lock, and sleeps if another one has it.  A chunk of a fast kernel
takes a tenth of a millisecond, so that threads lose much of their time; processes lose none.  A forked one
has the job, whatever it is, without packing it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import active_children, current_process, get_context, parent_process
from multiprocessing.connection import wait as wait_for
from multiprocessing.process import BaseProcess

import torch

from ordering.errors import KernelError
from ordering.evidence import Kind
from ordering.running.fleet import Job, Pool, Reply, Task, perform
from ordering.running.threads import one_thread
from ordering.running.wire import pack


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def may_fork() -> bool:
    """Whether processes can be forked safely: macOS's libraries do not bear it, Windows knows no fork."""
    return sys.platform == "linux" and not current_process().daemon


def local_pool(make: Callable[[], Job], kind: Kind, workers: int, *, forked: bool | None = None) -> Pool:
    """Workers of this machine, all of its one `kind`, for the job that `make` makes, once in each of them.

    One worker is the caller itself.
    """
    own = _Own(make, kind)
    if workers == 1:
        return InlinePool(own)
    return LocalPool(own, workers, forked=may_fork() if forked is None else forked)


class InlinePool:
    """The caller itself: what is submitted is done at once."""

    outstanding = 1

    def __init__(self, own: _Own) -> None:
        self._own = own

    def submit(self, offer: Mapping[Kind, Task]) -> Future[Reply]:
        """Do the task, and return it done."""
        future: Future[Reply] = Future()
        future.set_result(self._own.answer({kind: pack(task) for kind, task in offer.items()}))
        return future

    def recover(self, offer: Mapping[Kind, Task], error: BaseException) -> Reply:
        """There is no other way."""
        raise error

    def close(self) -> None:
        """Nothing is under way."""


class LocalPool:
    """Forked processes, or threads."""

    def __init__(self, own: _Own, workers: int, *, forked: bool) -> None:
        self.outstanding = 2 * workers
        self._own, self._workers, self._forked = own, workers, forked
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._crew = _Crew(self._own, self._workers, forked=self._forked)

    def submit(self, offer: Mapping[Kind, Task]) -> Future[Reply]:
        """Hand an offer to the pool."""
        packed = {kind: pack(task) for kind, task in offer.items()}
        try:
            return self._crew.submit(packed)
        except BrokenProcessPool:
            self._begin_anew()
            return self._crew.submit(packed)

    def recover(self, offer: Mapping[Kind, Task], error: BaseException) -> Reply:
        """Where a process has ended, whatever it was doing is done in one of its own; else do it here.

        Some kernels cannot run in a forked process (torch's autograd and CUDA refuse to), and of an error the
        other process's traceback is lost.  Here either it succeeds, or the error is the real one.
        """
        packed = {kind: pack(task) for kind, task in offer.items()}
        if not isinstance(error, BrokenProcessPool):
            reply = self._own.answer(packed)
            if reply.error is not None:
                raise reply.error
            return reply
        alone = _Crew(self._own, 1, forked=self._forked)
        try:
            reply = alone.submit(packed).result()
        except BrokenProcessPool:
            raise KernelError("the kernel, or the system, ended the process that evaluated it") from error
        finally:
            alone.end()
        return reply if reply.error is None else self.recover(offer, reply.error)

    def close(self) -> None:
        """End the processes, whatever they are doing; threads are waited for."""
        self._crew.end()


@dataclass(frozen=True)
class _Own:
    """What a worker works on; the job is made when it is first needed, once in each thread and process."""

    make: Callable[[], Job]
    kind: Kind
    _made: threading.local = field(default_factory=threading.local, init=False)

    def answer(self, offer: Mapping[Kind, bytes]) -> Reply:
        """This worker's part of an offer."""
        with one_thread():
            if not hasattr(self._made, "job"):
                self._made.job = self.make()
            return perform(self._made.job, self.kind, offer)


class _Crew:
    """One executor and, where its workers are processes, these."""

    def __init__(self, own: _Own, workers: int, *, forked: bool) -> None:
        self._forked = forked
        self._processes: list[BaseProcess] | None = None
        self._executor: Executor
        if forked:
            self._executor = ProcessPoolExecutor(workers, get_context("fork"), _begin_process, (own,))
        else:
            self._executor = ThreadPoolExecutor(workers, "ordering", _begin, (own,))

    def submit(self, offer: Mapping[Kind, bytes]) -> Future[Reply]:
        """Hand an offer over; with the first one the processes are started."""
        if self._processes is not None or not self._forked:
            return self._executor.submit(_answer, offer)
        before = active_children()
        with _undisturbed(), warnings.catch_warnings():
            # Of Python 3.12: other threads may hold locks.  A worker runs the kernel on one thread, with
            # locks that only the kernel's author can have made; torch's data loaders fork in the same way.
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
            future = self._executor.submit(_answer, offer)
        self._processes = [each for each in active_children() if each not in before]
        return future

    def end(self) -> None:
        """Nothing that is under way is waited for, where it can be ended."""
        for process in self._processes or ():
            process.kill()
        self._executor.shutdown(cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits: a pool whose processes are being started can be neither used nor shut down."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_local = threading.local()
"""`_local.own`: what this thread, or this process' only one, works on."""


def _begin(own: _Own) -> None:
    _local.own = own


def _begin_process(own: _Own) -> None:
    # Ctrl-C reaches every process of a terminal; it is the parent that ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # OpenMP's threads do not live on in a forked process, and waking them may wait for ever.
    torch.set_num_threads(1)
    _begin(own)


def _end_with_parent() -> None:
    """A parent that is killed says nothing, and workers would wait for their next task for ever."""
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _answer(offer: Mapping[Kind, bytes]) -> Reply:
    own: _Own = _local.own
    return own.answer(offer)
