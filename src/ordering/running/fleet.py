"""Tasks on the workers of an executor, and what each kind of machine among them has done.

A generic executor tells neither how many workers it has nor which of them takes a task.  So tasks are
*offered*: for each kind of machine seen so far an offer names what that kind is to do next.  The worker that
takes it says of which kind it is, does its kind's task, and leaves the others, which are then offered again.
A worker of a kind not seen before finds no task of its own and says so; from then on its kind has a plan too.
Results of different kinds never meet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Protocol, TypeAlias

from ordering.errors import KernelError
from ordering.evidence import Kind
from ordering.running import interrupts
from ordering.running.threads import one_thread
from ordering.running.wire import pack, unpack

Task: TypeAlias = Any
"""What one worker does in one go: a small record that its job understands."""

POLL: Final = 0.1
"""Seconds until an interrupt is noticed while all workers are busy."""
PAUSE: Final = 0.2
"""Seconds that a worker with nothing to do waits before it says so, while others take what it leaves."""
PATIENCE: Final = 50
"""Rounds of offers of which none reached a kind of machine, until it is taken to be gone."""


class Job(Protocol):
    """What the tasks of one question share: it is sent to each worker once."""

    def kind(self) -> Kind:
        """The kind of machine that this process runs on, as far as the job can tell kinds apart."""

    def perform(self, task: Task) -> object:
        """The result of one task; `KernelError` where the kernel cannot be examined."""


class Plan(Protocol):
    """What is to be done on one kind of machine, and what has been."""

    def next(self) -> Task | None:
        """A task that is ready, and now handed out; None where none is."""

    def give_back(self, task: Task) -> None:
        """A task that was handed out was not done."""

    def finished(self, task: Task, result: Any) -> None:
        """A task is done."""

    def failed(self, task: Task, error: KernelError) -> None:
        """A task cannot be done; may raise the error."""

    def gone(self) -> None:
        """No worker of this kind answers any more."""

    @property
    def done(self) -> bool:
        """Whether nothing is left to do, and nothing is handed out."""


@dataclass(frozen=True)
class Reply:
    """What a worker says of an offer: its kind, and what became of its kind's task, if there was one."""

    kind: Kind
    result: bytes | None = None
    """The packed result."""
    error: KernelError | None = None


class Pool(Protocol):
    """Workers, and how many offers to have under way so that none of them waits."""

    outstanding: int

    def submit(self, offer: Mapping[Kind, Task]) -> Future[Reply]:
        """Hand an offer to some worker."""

    def recover(self, offer: Mapping[Kind, Task], error: BaseException) -> Reply:
        """Do in some other way what a worker failed to do; `KernelError` if there is none."""

    def close(self) -> None:
        """Drop what is under way."""


@dataclass
class RemotePool:
    """Somebody's executor: its workers get the job packed, and need this package installed."""

    executor: Executor
    job: Job
    outstanding: int
    _payload: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._payload = pack(self.job)

    def submit(self, offer: Mapping[Kind, Task]) -> Future[Reply]:
        """Hand an offer to the executor."""
        packed = {kind: pack(task) for kind, task in offer.items()}
        try:
            return self.executor.submit(answer, self._payload, packed)
        except RuntimeError as error:  # it is shut down, or its processes have ended
            raise KernelError(f"the executor takes no work: {type(error).__name__}: {error}") from error

    def recover(self, offer: Mapping[Kind, Task], error: BaseException) -> Reply:
        """Nothing is tried again: the executor has its own ways with workers that die."""
        if isinstance(error, KernelError):
            raise error
        raise KernelError(f"a worker failed with {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Leave the executor, which is its owner's to shut down; what is under way is not awaited."""


def work(pool: Pool, plan_for: Callable[[Kind], Plan]) -> Iterator[Kind]:
    """Offer tasks until every plan is done; yields a kind of machine after each step that its plan has made.

    Raises
    ------
    KernelError
        Where a plan raises it.
    KeyboardInterrupt
        After Ctrl-C, when all that was finished is in the plans.
    """
    course = _Course(pool, plan_for)
    try:
        while not course.over:
            with interrupts.deferred():
                interrupts.check()
                stepped = course.step()
            yield from stepped
    finally:
        for future in course.pending:
            future.cancel()
        pool.close()


@dataclass
class _Course:
    """The offers under way, and the plans."""

    pool: Pool
    plan_for: Callable[[Kind], Plan]
    plans: dict[Kind, Plan] = field(default_factory=dict)
    pending: dict[Future[Reply], tuple[int, Mapping[Kind, Task]]] = field(default_factory=dict)
    offers: int = 0
    heard: dict[Kind, int] = field(default_factory=dict)
    """The number of offers when each kind last answered."""
    refused: bool = False
    """Whether the last offer with tasks was taken by a worker of a kind that it had none for."""
    chance: Random = field(default_factory=lambda: Random(0))

    @property
    def over(self) -> bool:
        """Whether every plan is done; before any worker has answered there is none."""
        asking = any(not offer for _, offer in self.pending.values())
        return not asking and self.finished

    @property
    def finished(self) -> bool:
        """Whether every plan that there is is done."""
        return bool(self.plans) and all(plan.done for plan in self.plans.values())

    def step(self) -> list[Kind]:
        """Keep the workers busy, and take in what is ready; the kinds whose plans have moved on."""
        self._fill()
        wait(self.pending, timeout=POLL, return_when=FIRST_COMPLETED)
        moved = [kind for future in self._ready() if (kind := self._take(future)) is not None]
        self._give_up()
        return moved

    def _fill(self) -> None:
        while len(self.pending) < self.pool.outstanding:
            # What the wrong kind has taken may come to the same worker again, unless that is kept busy: now,
            # and then an empty offer, which has its taker wait, goes before it.
            if self.refused and self.chance.random() < 0.5 and not self.finished:
                offer = {}
            else:
                offer = {kind: task for kind, plan in self.plans.items() if (task := plan.next()) is not None}
                if self.plans and not offer:
                    return
            self.offers += 1
            self.pending[self.pool.submit(offer)] = self.offers, offer

    def _ready(self) -> list[Future[Reply]]:
        return [future for future in self.pending if future.done()]

    def _take(self, future: Future[Reply]) -> Kind | None:
        """Put a reply into the plans; the kind whose plan has moved on, if one has."""
        _, offer = self.pending.pop(future)
        try:
            reply = self._reply(future, offer)
        except KernelError as error:
            if not offer:  # it could not even say of which kind it is
                raise
            # Which kind of worker failed is not known; the task of one kind is as good as that of another.
            for kind, task in offer.items():
                self.plans[kind].failed(task, error)
            return next(iter(offer), None)
        if reply.kind not in self.plans:
            self.plans[reply.kind] = self.plan_for(reply.kind)
        self.heard[reply.kind] = self.offers
        if offer:
            self.refused = reply.kind not in offer
        for kind, task in offer.items():
            if kind == reply.kind and reply.error is not None:
                self.plans[kind].failed(task, reply.error)
            elif kind == reply.kind and reply.result is not None:
                self.plans[kind].finished(task, unpack(reply.result))
            else:
                self.plans[kind].give_back(task)
        return reply.kind if reply.kind in offer or not offer else None

    def _reply(self, future: Future[Reply], offer: Mapping[Kind, Task]) -> Reply:
        if (broken := future.exception()) is not None:
            return self.pool.recover(offer, broken)
        reply = future.result()
        if reply.error is None:
            return reply
        try:
            return self.pool.recover(offer, reply.error)
        except KernelError as error:
            return Reply(reply.kind, error=error)

    def _give_up(self) -> None:
        """A kind is gone when round after round of offers, none of them still under way, has passed it by."""
        oldest = min((number for number, _ in self.pending.values()), default=self.offers)
        for kind, plan in self.plans.items():
            if not plan.done and oldest > self.heard[kind] + PATIENCE * self.pool.outstanding:
                plan.gone()


# ---- in the workers ------------------------------------------------------------------------------------

_one_at_a_time: Final = threading.Lock()
"""torch's number of threads belongs to the process, and a job's buffers to one task."""
_jobs: Final[dict[bytes, tuple[Job, Kind]]] = {}
"""The last job that this process was sent, unpacked: buffers and proofs that it has made stay with it."""


def answer(payload: bytes, offer: Mapping[Kind, bytes]) -> Reply:
    """Do this worker's part of an offer, of a packed job."""
    with _one_at_a_time, one_thread():
        if payload not in _jobs:
            _jobs.clear()
            job: Job = unpack(payload)
            _jobs[payload] = job, job.kind()
        if not offer:
            time.sleep(PAUSE)
        return perform(*_jobs[payload], offer)


def perform(job: Job, kind: Kind, offer: Mapping[Kind, bytes]) -> Reply:
    """Do what is offered to this kind, if anything is; else wait a moment, for others to take the offer."""
    if kind not in offer:
        if offer:
            time.sleep(PAUSE)
        return Reply(kind)
    try:
        return Reply(kind, pack(job.perform(unpack(offer[kind]))))
    except KernelError as error:
        return Reply(kind, error=error)
