"""A real Dask cluster on this machine: two workers, one of which is killed, or runs at another level."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from ordering import Activation, Store, certify, certify_each, cluster, laws, poolings, verify_all, workers_at
from ordering.cli import main
from ordering.errors import InvalidArgument, MixedMachines
from ordering.evidence import Certificate
from ordering.floats import Progress, lattice, walk
from ordering.running.levels import LEVELS, levels

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GUARD = 240
"""Seconds after which a process that says nothing hangs; nothing is asserted about time."""
WHERE: dict[str, Any] = {"path": "all", "low": 1.0, "high": 2.0}
DEFAULT = next(level for level in LEVELS if level.name == "default")


@contextmanager
def running(folder: Path, *settings: dict[str, str]) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address, and its workers: one with each of these settings."""
    told = folder / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)],
        **quiet,
    )
    workers = []
    try:
        for number, setting in enumerate(settings):
            command = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(told)]
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", str(number)]
            place = ["--local-directory", str(folder / f"worker{number}")]
            environment = os.environ | setting
            workers.append(subprocess.Popen([*command, *options, *place], env=environment, **quiet))
        yield address(told, len(settings)), workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait(GUARD)


def address(told: Path, workers: int) -> str:
    """The scheduler's address, when it has all its workers."""
    distributed = pytest.importorskip("distributed")
    client = distributed.Client(scheduler_file=str(told), timeout=GUARD, set_as_default=False)
    with client:
        client.wait_for_workers(workers, timeout=GUARD)
        return str(client.scheduler.address)


def timeless(certificate: Certificate) -> Certificate:
    return replace(certificate, seconds=0.0)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a scheduler that is there may take long to answer."""
    monkeypatch.setattr("ordering.running.dask.PATIENCE", GUARD)


@pytest.fixture
def small_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lattice, "SPAN", 2**19)


@pytest.mark.usefixtures("small_spans")
def test_two_workers_find_what_this_machine_finds_alone_and_the_store_keeps_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with running(tmp_path, {}, {}) as (at, _), cluster(at) as (executor, count):
        assert count == 2
        found = certify("silu", "float32", executor=executor, workers=count, store=store, **WHERE)
        [verdict] = verify_all(
            [Activation("mine", kernel=lambda t: t.clamp(min=0.25))],
            [poolings["max"]],
            [laws["commutes"]],
            executor=executor,
            workers=count,
        )
    alone = certify("silu", "float32", workers=1, **WHERE)
    assert alone.machine == found.machine
    assert timeless(found) == timeless(alone)
    assert certify("silu", "float32", workers=1, store=store, **WHERE) == found
    assert verdict.machine == alone.machine
    assert list(verdict.by_dtype) == ["float16", "bfloat16"]


def logging_kernel(log: Path) -> Activation:
    """The identity, which notes the first value of each chunk that it is given, and who evaluated it."""

    def kernel(t: torch.Tensor) -> torch.Tensor:
        if t.numel() == 2**16 and float(t[-1] - t[0]) < 0.05:
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {float(t[0]).hex()}\n")
        return t.clone()

    return Activation("logged", kernel=kernel)


@pytest.mark.usefixtures("small_spans")
def test_a_worker_that_is_killed_loses_nothing_but_its_unfinished_spans(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    entry = logging_kernel(log)
    chunks = 2**19 // walk.CHUNK

    with running(tmp_path, {}, {}) as (at, workers), cluster(at) as (executor, count):
        killed: list[int] = []

        def kill_one(progress: Progress) -> None:
            if progress.done > progress.total // 4 and not killed:
                # One that is in the middle of a span, if there is one: the last to have written.
                pid = int(log.read_text().split()[-2])
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        options: dict[str, Any] = {"executor": executor, "workers": count, "progress": kill_one}
        found = certify(entry, "float32", path="vector", low=1.0, high=2.0, **options)
    assert killed
    assert killed[0] in [worker.pid for worker in workers]
    alone = certify(logging_kernel(tmp_path / "other.txt"), "float32", path="vector", low=1.0, high=2.0)
    assert timeless(found) == timeless(alone)
    lines = [line.split() for line in log.read_text().splitlines()]
    seen = Counter(first for _, first in lines)
    twice = {first for first, times in seen.items() if times > 1}
    assert len(seen) == 16 * chunks
    assert all(times <= 2 for times in seen.values())
    # What was begun again is what the killed worker had not handed over: the span it was at, and one whose
    # result may have been on its way.
    assert twice <= {first for pid, first in lines if int(pid) == killed[0]}
    assert len(twice) <= 2 * chunks


@pytest.mark.usefixtures("small_spans")
def test_two_workers_at_different_levels_make_two_certificates_and_two_verdicts(tmp_path: Path) -> None:
    if len(levels()) == 1 or torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        pytest.skip("this processor, or this process, has one level")
    store = Store(tmp_path / "store")
    with running(tmp_path, {}, dict(DEFAULT.settings)) as (at, _), cluster(at) as (executor, count):
        options: dict[str, Any] = {"executor": executor, "workers": count}
        found = certify_each("sigmoid", "float32", store=store, **WHERE, **options)
        with pytest.raises(MixedMachines, match="2 kinds"):
            certify("sigmoid", "float32", **WHERE, **options)
        subject = ([Activation("mine", kernel=torch.sigmoid)], [poolings["max"]], [laws["commutes"]])
        verdicts = list(verify_all(*subject, **options))
        shown = CliRunner().invoke(
            main,
            ["certify", "sigmoid", "--dtype=float16", "--scheduler", at, "--no-store", "--json"],
            catch_exceptions=False,
        )
        table = CliRunner().invoke(
            main, ["certify", "sigmoid", "--dtype=float16", "--scheduler", at, "--no-store"]
        )
    here = certify("sigmoid", "float32", workers=1, **WHERE)
    with workers_at(DEFAULT, 1) as executor:
        there = certify("sigmoid", "float32", executor=executor, workers=1, **WHERE)
    assert here.machine != there.machine
    by_machine = {each.machine: timeless(each) for each in found}
    assert by_machine == {here.machine: timeless(here), there.machine: timeless(there)}
    # Each is kept under its own machine.
    assert timeless(certify("sigmoid", "float32", workers=1, store=store, **WHERE)) == timeless(here)
    assert {each.machine for each in verdicts} == {here.machine, there.machine}
    kinds = {each["machine"]["kind"] for each in json.loads(shown.stdout)}
    assert kinds == {here.machine.kind, there.machine.kind}
    assert all(kind in table.stdout for kind in kinds)


@pytest.mark.parametrize("at", ["tcp://127.0.0.1:1", "nonsense://x", "127.0.0.1:notaport"])
def test_a_scheduler_that_is_not_there_is_told_at_once(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordering.running.dask.PATIENCE", 1)
    with pytest.raises(InvalidArgument, match="no Dask scheduler answers"), cluster(at):
        pass


def test_without_dask_a_scheduler_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    found = CliRunner().invoke(main, ["certify", "relu", "--scheduler", "tcp://127.0.0.1:1"])
    assert found.exit_code == 2
    assert "ordering[dask]" in found.output


def test_levels_and_a_scheduler_exclude_each_other() -> None:
    found = CliRunner().invoke(main, ["certify", "relu", "--levels", "--scheduler", "tcp://127.0.0.1:1"])
    assert found.exit_code == 2
    assert "exclude each other" in found.output
