"""Ctrl-C: wherever it strikes it is neither lost nor does it leave half of anything behind."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from ordering import Activation, Store, certify, falsify, poolings, verify_all
from ordering.catalogue import laws
from ordering.enclosures.budget import tick
from ordering.running import interrupts
from ordering.running.interrupts import check, deferred
from ordering.testing import EXAMPLES

NIGHTLY = settings().max_examples >= EXAMPLES["nightly"]
GUARD = 240
"""Seconds after which a process that says nothing hangs; nothing is asserted about time."""


def strike() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def python_handles_interrupts() -> Iterator[None]:
    """As in a terminal; a job that a shell has put into the background ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
    assert not interrupts.requested()


def test_an_interrupt_waits_for_a_check() -> None:
    steps = []

    def run() -> None:
        with deferred():
            strike()
            steps.append("behind the signal")
            check()
            steps.append("never")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert steps == ["behind the signal"]
    check()  # raised once, and not again


def test_an_interrupt_that_no_check_meets_comes_with_the_end_of_the_outermost_block() -> None:
    steps = []

    def run() -> None:
        with deferred():
            with deferred():
                strike()
            steps.append("between the ends")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert steps == ["between the ends"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_does_not_wait() -> None:
    steps = []

    def run() -> None:
        with deferred():
            strike()
            steps.append("behind the first")
            strike()
            steps.append("behind the second")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert steps == ["behind the first"]


def test_another_programs_handler_is_left_alone() -> None:
    seen = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    with deferred():
        strike()
        check()
    assert seen == [signal.SIGINT]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_the_loops_of_the_reals_look_at_the_flag() -> None:
    def run() -> None:
        with deferred():
            tick()
            strike()
            tick()
            raise AssertionError("the second tick has to raise")

    with pytest.raises(KeyboardInterrupt):
        run()


class Collecting:
    """Strikes in a callback of the garbage collector, where an exception is printed and lost."""

    def __init__(self) -> None:
        self.struck = 0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if not self.struck:
            self.struck += 1
            strike()
            for _ in range(1000):  # the handler runs in here
                pass

    def kernel(self, t: torch.Tensor) -> torch.Tensor:
        gc.collect()
        return t.clone()


@pytest.fixture
def collecting() -> Iterator[Collecting]:
    callback = Collecting()
    gc.callbacks.append(callback)
    yield callback
    gc.callbacks.remove(callback)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_there_an_exception_is_lost(collecting: Collecting) -> None:
    """The fault that the flag is there for: remove this, and the flag, on the day it is mended in Python."""
    collecting.kernel(torch.ones(1))
    assert collecting.struck == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda entry, store: falsify(entry, "max", examples=50),
        lambda entry, store: certify(entry, "float32", low=1.0, high=1.5, workers=1),
        lambda entry, store: list(
            verify_all([entry], [poolings["max"]], [laws["commutes"]], dtypes=["float16"], workers=1)
        ),
    ],
    ids=["falsify", "certify", "verify"],
)
def test_in_our_loops_it_is_not(ask: Callable[..., object], tmp_path: Path, collecting: Collecting) -> None:
    collecting.struck = 1  # not in what comes before the loops
    begun = []

    def kernel(t: torch.Tensor) -> torch.Tensor:
        begun.append(t)
        if len(begun) == 40:
            collecting.struck = 0
        return collecting.kernel(t) if len(begun) == 40 else t.clone()

    with pytest.raises(KeyboardInterrupt):
        ask(Activation("f", kernel=kernel), Store(tmp_path))
    assert collecting.struck == 1


# ---- the command line ----------------------------------------------------------------------------------


READY = """
from ordering.running.interrupts import end_at_once
end_at_once()
print("ready", flush=True)
from ordering.__main__ import main
main()
"""
"""What the command does, with a word when Ctrl-C is taken care of."""


def command(*words: str, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", READY, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
        # A background job of a shell would pass its deafness on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def strike_all(process: subprocess.Popen[str]) -> None:
    """As a terminal does: every process of the command is struck."""
    os.killpg(process.pid, signal.SIGINT)


BLOCKED = """
import threading, torch
from multiprocessing import parent_process
def blocked(t):
    if parent_process() is not None:  # in a worker
        threading.Event().wait()
    return torch.relu(t)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
def test_a_report_that_is_interrupted_holds_what_was_known(tmp_path: Path) -> None:
    """However late the interrupt comes, it comes before the end: one activation never does."""
    (tmp_path / "blocked.py").write_text(BLOCKED)
    chosen = [word for name in ("relu", "silu", "tanh", "blocked:blocked") for word in ("-a", name)]
    words = ("report", *chosen, "--effort=quick", "--workers=2", "--store", "store")
    with command(*words, folder=tmp_path) as process:
        assert process.stderr is not None
        verdicts = (line for line in process.stderr if "with" in line)
        for _ in range(6):
            assert next(verdicts)
        strike_all(process)
        _, told = process.communicate(timeout=GUARD)
    assert process.returncode == 130, told
    assert "interrupted: writing what is known so far" in told
    assert "Traceback" not in told
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["complete"] is False
    assert [verdict["activation"] for verdict in report["verdicts"]] == ["relu"] * 2 + ["silu"] * 2 + [
        "tanh"
    ] * 2


def test_dtypes_that_were_not_reached_are_named(tmp_path: Path) -> None:
    words = ("report", "-a", "gelu_tanh", "-a", "sigmoid", "--store", "store")
    with command(*words, folder=tmp_path) as process:
        assert process.stderr is not None
        while "sigmoid with max_pool2d" not in (line := process.stderr.readline()):
            assert line
        assert "float32 to come" in line
        strike_all(process)
        process.communicate(timeout=GUARD)
    assert process.returncode == 130
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    pending = {verdict["activation"]: verdict["pending"] for verdict in report["verdicts"]}
    assert pending["sigmoid"] == ["float32"]


STUCK = """
import sys, time, torch
def stuck(t):
    if t.numel() > 60_000:
        print("stuck", file=sys.stderr, flush=True)
        while True:
            time.sleep(1)
    return torch.relu(t)
"""


def test_a_second_interrupt_ends_a_command_whose_kernel_does_not_return(tmp_path: Path) -> None:
    (tmp_path / "stuck.py").write_text(STUCK)
    with command("certify", "stuck:stuck", "--dtype=float16", folder=tmp_path) as process:
        assert process.stderr is not None
        while "stuck" not in process.stderr.readline():
            assert process.poll() is None
        strike_all(process)
        while process.poll() is None:
            # The first one may still be on its way: one more, until the second has come.
            time.sleep(0.1)
            strike_all(process)
        process.communicate(timeout=GUARD)
    assert process.returncode == 130


COMMANDS = {
    "report": ("report", "-a", "relu", "-a", "silu", "-a", "gelu", "-a", "tanh", "-a", "mish"),
    "check": ("check", "sigmoid", "max", "--effort", "exhaustive", "--dtype", "float16"),
    "certify": ("certify", "gelu", "--low", "-30", "--high", "30"),
    "prove": ("prove", "mish"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_interrupts_at_random_moments(name: str, tmp_path: Path) -> None:
    """What has begun ends in 130 with nothing but a word; what had ended by then, in its own code."""
    moments = random.Random(name)
    store = () if name == "prove" else ("--store", "store")
    for _ in range(50 if NIGHTLY else 2):
        with command(*COMMANDS[name], *store, folder=tmp_path) as process:
            time.sleep(moments.uniform(0.0, 8.0 if name != "prove" else 2.0))
            if process.poll() is None:
                strike_all(process)
            _, told = process.communicate(timeout=GUARD)
        assert process.returncode in (0, 130), told
        assert "Traceback" not in told
        assert "Exception ignored" not in told
        if process.returncode == 130:
            assert "interrupted" in told
