"""Workers: processes, threads and one alone say the same, and none outlives or loses a scan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ordering import Activation, certify
from ordering.errors import KernelError
from ordering.examination import Kernel
from ordering.floats import Progress, lattice, walk
from ordering.floats.lattice import interval
from ordering.floats.scan import Scan, ScanJob
from ordering.floats.segment import Segment
from ordering.running.fleet import work
from ordering.running.local import local_pool

forking = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
OVER = interval("float32", -9.0, -1.0)
ABOVE = {"low": 1.0, "high": 2.0}
HANG = 240
"""Seconds until a test gives up on what never comes; on a busy machine what does come takes its time."""


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattice, "SPAN", 2**20)
    monkeypatch.setattr(walk, "CHUNK", 2**16)


def walked(kernel: Kernel, *, count: int, forked: bool) -> tuple[dict[int, Segment], float]:
    job = partial(ScanJob, kernel, OVER, "all")
    kind = job().kind()
    scan = Scan("f", OVER, "all", kind)
    for moved in work(local_pool(job, kind, count, forked=forked), lambda seen: scan):
        assert moved == kind
    return scan._segments, scan.certificate().drawdown_ulp


def test_processes_threads_and_one_worker_find_the_same() -> None:
    alone = walked(F.silu, count=1, forked=False)
    assert len(alone[0]) > 8
    assert sum(segment.drops for segment in alone[0].values()) > 1000
    assert walked(F.silu, count=3, forked=False) == alone
    if sys.platform == "linux":
        assert walked(F.silu, count=3, forked=True) == alone


def raising_in(child: bool, parent: int, t: Tensor) -> Tensor:
    if child == (os.getpid() != parent):
        raise RuntimeError("not here")
    return F.relu(t)


@forking
def test_a_kernel_that_no_forked_process_can_run_is_run_here() -> None:
    kernel = partial(raising_in, True, os.getpid())
    found = certify(Activation("f", kernel=kernel), "float32", workers=2, **ABOVE)  # type: ignore[arg-type]
    assert (found.values, found.drops) == (2**23 + 1, 0)


@forking
def test_the_error_of_a_kernel_is_the_kernels_own() -> None:
    def kernel(t: Tensor) -> Tensor:
        if t.numel() > 1000 and bool((t == 1.5).any()):
            raise RuntimeError("not at 1.5")
        return t

    with pytest.raises(KernelError, match=r"not at 1\.5") as caught:
        certify(Activation("f", kernel=kernel), "float32", workers=2, **ABOVE)  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, RuntimeError)


@forking
def test_a_kernel_that_ends_its_process_is_an_error_and_what_was_finished_stays() -> None:
    parent = os.getpid()

    def kernel(t: Tensor) -> Tensor:
        if os.getpid() != parent and bool(t[0] >= 1.5):
            os._exit(3)
        return t

    seen: list[Progress] = []
    with pytest.raises(KernelError, match="ended the process"):
        certify(Activation("f", kernel=kernel), "float32", workers=2, progress=seen.append, **ABOVE)  # type: ignore[arg-type]
    assert seen
    assert seen[-1].done < 2**23


def certified(connection: object) -> None:
    found = certify("relu", "float32", workers=2, **ABOVE)  # type: ignore[arg-type]
    connection.send_bytes(f"{found.values} {found.drops}".encode())  # type: ignore[attr-defined]


@forking
def test_a_process_that_may_have_no_children_uses_threads() -> None:
    ours, theirs = get_context("fork").Pipe()
    torch.set_num_threads(torch.get_num_threads())
    process = get_context("fork").Process(target=certified, args=(theirs,), daemon=True)
    process.start()
    assert ours.poll(HANG)
    assert ours.recv_bytes() == f"{2**23 + 1} 0".encode()
    process.join()


SLOW = """
import signal, time, torch
from ordering import Activation, certify
def kernel(t):
    # All 16384 chunks take longer than any test waits, so that no worker ends because it is done.
    time.sleep(0.1 if t.numel() > 10_000 else 0)
    return torch.relu(t)
# A shell starts what runs in its background with Ctrl-C ignored, and so would this process be.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("begun", flush=True)
certify(Activation("slow", kernel=kernel), "float32", workers=2)
"""


def children(of: int) -> list[int]:
    found: list[int] = []
    for tasks in Path(f"/proc/{of}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            found += map(int, tasks.read_text().split())
    return found


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: object) -> bool:
    deadline = time.monotonic() + HANG
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@forking
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=str)
def test_no_worker_outlives_its_scan(how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        # Ctrl-C comes at the worst moment, while the workers are being started.
        assert until(lambda: len(children(process.pid)) >= (1 if how is signal.SIGINT else 2))
        started = children(process.pid)
        # As a terminal does, to all.
        (os.killpg if how is signal.SIGINT else os.kill)(process.pid, how)
        _, told = process.communicate(timeout=HANG)
        assert until(lambda: not any(map(running, started)))
    finally:
        # What a failure here left running would fail other tests.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    # Of Ctrl-C there is one traceback, the parent's.
    assert told.count("Traceback") == (how is signal.SIGINT)
