"""Offers to workers of several kinds, on a pool that is played: who does what, and what is never joined."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import pytest
import torch

from ordering import Activation, activations, certify, certify_each, laws, poolings, verify_all
from ordering.errors import IncompleteWarning, InvalidArgument, KernelError
from ordering.evidence import Kind, Machine
from ordering.floats import lattice
from ordering.running import fleet
from ordering.running.fleet import Reply, work
from ordering.running.wire import pack, unpack

MACHINE = Machine("Linux x86_64", "a processor", "avx2", "2.13.0", "AVX2", "AVX2", "AVX2", False, 1)
ONE, OTHER, THIRD = (Kind(replace(MACHINE, aten=aten), aten) for aten in ("AVX2", "AVX512", "DEFAULT"))


class Counted:
    """A plan of so many numbered tasks."""

    def __init__(self, kind: Kind, tasks: int) -> None:
        self.kind, self.todo, self.out = kind, list(range(tasks)), set[int]()
        self.results: dict[int, str] = {}
        self.errors: list[KernelError] = []
        self.left_alone = False

    def next(self) -> int | None:
        if not self.todo:
            return None
        task = self.todo.pop(0)
        assert task not in self.out
        self.out.add(task)
        return task

    def give_back(self, task: int) -> None:
        self.out.remove(task)
        self.todo.insert(0, task)

    def finished(self, task: int, result: str) -> None:
        self.out.remove(task)
        assert task not in self.results, "done twice"
        self.results[task] = result

    def failed(self, task: int, error: KernelError) -> None:
        self.out.remove(task)
        self.errors.append(error)

    def gone(self) -> None:
        self.left_alone = True

    @property
    def done(self) -> bool:
        return self.left_alone or not (self.todo or self.out)


class Played:
    """A pool in which workers of the given kinds take the offers, in this order and over again."""

    outstanding = 3

    def __init__(self, kinds: Iterator[Kind], failing: tuple[int, ...] = ()) -> None:
        self.kinds, self.failing, self.closed = kinds, failing, False
        self.taken: Counter[Kind] = Counter()

    def submit(self, offer: Mapping[Kind, int]) -> Future[Reply]:
        kind = next(self.kinds)
        future: Future[Reply] = Future()
        if kind not in offer:
            future.set_result(Reply(kind))
        elif offer[kind] in self.failing:
            future.set_result(Reply(kind, error=KernelError("cannot")))
        else:
            self.taken[kind] += 1
            future.set_result(Reply(kind, pack(f"{kind.observed} {offer[kind]}")))
        return future

    def recover(self, offer: Mapping[Kind, int], error: BaseException) -> Reply:
        raise error

    def close(self) -> None:
        self.closed = True


def played(kinds: Iterator[Kind], tasks: int, failing: tuple[int, ...] = ()) -> dict[Kind, Counted]:
    plans: dict[Kind, Counted] = {}
    pool = Played(kinds, failing)
    for kind in work(pool, lambda kind: plans.setdefault(kind, Counted(kind, tasks))):
        assert kind in plans
    assert pool.closed
    assert sum(pool.taken.values()) == sum(len(plan.results) for plan in plans.values())
    return plans


@pytest.mark.parametrize(
    "order", [(ONE,), (ONE, OTHER), (ONE, ONE, ONE, OTHER), (OTHER, ONE, THIRD, THIRD)], ids=len
)
def test_every_kind_does_every_task_once_and_its_results_are_its_own(order: tuple[Kind, ...]) -> None:
    plans = played(itertools.cycle(order), 17)
    assert set(plans) == set(order)
    for kind, plan in plans.items():
        assert plan.results == {task: f"{kind.observed} {task}" for task in range(17)}


def test_a_kind_that_joins_late_has_everything_to_do() -> None:
    plans = played(itertools.chain([ONE] * 20, itertools.cycle([OTHER, ONE])), 30)
    assert set(plans) == {ONE, OTHER}
    assert all(len(plan.results) == 30 for plan in plans.values())


def test_a_kind_that_does_not_come_back_is_left_and_the_others_are_done() -> None:
    plans = played(itertools.chain([ONE, OTHER, ONE, OTHER, OTHER], itertools.repeat(ONE)), 12)
    assert len(plans[ONE].results) == 12
    assert not plans[ONE].left_alone
    assert plans[OTHER].left_alone
    assert len(plans[OTHER].results) < 12


def test_a_task_that_fails_fails_for_the_kind_that_tried_it() -> None:
    plans = played(itertools.cycle([ONE, OTHER]), 6, failing=(3,))
    for plan in plans.values():
        assert set(plan.results) == {0, 1, 2, 4, 5}
        assert [str(error) for error in plan.errors] == ["cannot"]


# ---- real executors ------------------------------------------------------------------------------------


@pytest.fixture
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattice, "SPAN", 2**20)


@pytest.mark.usefixtures("small_spans")
@pytest.mark.parametrize(
    "executor",
    [
        lambda: ThreadPoolExecutor(2),
        lambda: ProcessPoolExecutor(2, get_context("forkserver")),
    ],
    ids=["threads", "processes"],
)
def test_any_executor_finds_what_this_machine_finds(executor) -> None:
    def bent(t: torch.Tensor) -> torch.Tensor:
        return torch.where(t > 1.5, t - 0.25, t).sigmoid()

    # A lambda that refers to a function: neither has a name by which another process could find it.
    entry = Activation("bent", kernel=lambda t: bent(t) * 1.0)
    where: dict[str, Any] = {"path": "all", "low": 1.0, "high": 2.0}
    alone = certify(entry, "float32", workers=1, **where)
    assert alone.drops > 0
    with executor() as pool:
        found = certify(entry, "float32", executor=pool, workers=2, **where)
    assert replace(found, seconds=0.0) == replace(alone, seconds=0.0)


class Deserted(Executor):
    """The caller's own process, and a worker of another kind that says so once and does not come back."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, fn, /, *arguments, **named):
        self.submitted += 1
        future: Future[Reply] = Future()
        future.set_result(Reply(OTHER) if self.submitted == 2 else fn(*arguments, **named))
        return future


def test_a_kind_that_leaves_is_warned_of_and_the_others_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PAUSE", 0.0)
    with pytest.warns(IncompleteWarning, match=f"machine {OTHER.machine.kind}.* 0 of 63,490 values"):
        [found] = certify_each("relu", "float16", path="all", executor=Deserted(), workers=1)
    assert replace(found, seconds=0.0) == replace(certify("relu", "float16", path="all"), seconds=0.0)
    question = ([activations["relu"]], [poolings["max"]], [laws["commutes"]])
    with pytest.warns(IncompleteWarning, match="0 of 1 claims"):
        [verdict] = verify_all(*question, dtypes=["float16"], executor=Deserted(), workers=1)
    assert verdict.verdict in ("exact", "rounding")


def test_workers_that_cannot_load_the_kernel_are_told_of() -> None:
    class Broken:
        def __call__(self, t: torch.Tensor) -> torch.Tensor:
            return t.clone()

        def __reduce__(self) -> tuple[Any, ...]:
            return int, ("this is not there",)

    with ThreadPoolExecutor(1) as pool, pytest.raises(KernelError, match="a worker failed with ValueError"):
        certify(Activation("f", kernel=Broken()), "float16", executor=pool)


def test_what_cannot_be_sent_is_a_typed_error() -> None:
    held = threading.Lock()
    with ThreadPoolExecutor(1) as pool:
        entry = Activation("holding", kernel=lambda t: t * bool(held))
        with pytest.raises(InvalidArgument, match="cannot be sent to another process"):
            certify(entry, "float16", executor=pool)


def test_a_kernel_that_raises_on_the_workers_is_a_kernel_error() -> None:
    def raising(t: torch.Tensor) -> torch.Tensor:
        if bool((t == 1.25).any()) and t.numel() > 1000 and t.is_contiguous():
            raise RuntimeError("not at 1.25")
        return t.clone()

    with ThreadPoolExecutor(1) as pool, pytest.raises(KernelError, match=r"not at 1\.25"):
        certify_each(Activation("f", kernel=raising), "float32", low=1.0, high=1.5, executor=pool)


def test_records_survive_the_way_to_another_process() -> None:
    entry = Activation("scaled", kernel=lambda t: t * 2, parameters={"factor": 2})
    there = unpack(pack(entry))
    assert (there.name, dict(there.parameters)) == ("scaled", {"factor": 2})
    assert there.kernel(torch.ones(1)).item() == 2.0


def test_a_busy_worker_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An offer that is still under way may be with the kind that has not answered for long."""
    monkeypatch.setattr(fleet, "POLL", 0.0)
    slow: Future[Reply] = Future()
    waited = 0

    class Slow(Played):
        def submit(self, offer: Mapping[Kind, int]) -> Future[Reply]:
            nonlocal waited
            if OTHER in offer and not slow.done() and waited == 0:
                waited = 1
                return slow
            waited += waited > 0
            if waited > 20 * fleet.PATIENCE and not slow.done():
                slow.set_result(Reply(OTHER, pack("at last")))
            shown = {kind: task for kind, task in offer.items() if kind != OTHER or slow.done()}
            return super().submit(shown)

    plans: dict[Kind, Counted] = {}
    pool = Slow(itertools.chain([OTHER], itertools.cycle([ONE, ONE, ONE, OTHER])))
    for _ in work(pool, lambda kind: plans.setdefault(kind, Counted(kind, 5))):
        pass
    assert len(plans[OTHER].results) == 5
    assert not plans[OTHER].left_alone
