"""What pooling first saves: times and memory kept for backward, both orders, for `ordering claims 5`.

    python benchmarks/pool_first.py [--repeats 15] [--out pool_first.json]

Each row times the two orders in turn, activation first and pooling first, on the same float32 tensor and one
torch thread, and takes the ratio of each pair (pooling first / activation first); printed are the median and
the quartiles of the ratios.  Rows: with and without a 3x3 convolution before them; inference and
training (forward and backward); eager, and compiled by torch.compile where there is a C++ compiler.  What is
kept for backward is counted in bytes of distinct storages.  `ordering claims 5 --times pool_first.json` rules
on the results; those in `src/ordering/claims/pool_first.json` are what it reads by default.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ordering import activations, poolings
from ordering.claims.costs import SCHEMA
from ordering.claims.results import described_machine
from ordering.claims.saving import chain, saved_bytes
from ordering.claims.training import ORDERS
from ordering.running.interrupts import INTERRUPTED, check, deferred

SHAPE = (8, 32, 56, 56)
EAGER = ("relu", "prelu(weight=0.25)", "gelu", "tanh")
COMPILED = ("relu", "gelu")
POOLINGS = ("max_pool2d", "avg_pool2d")
LEAST = 0.02
"""Seconds that one measurement takes at least: a quick step is repeated."""

Row = tuple[str, str, bool, str, str]


def rows(compiler: str) -> Iterator[Row]:
    """Activation, pooling, convolution before them, mode, task."""
    yield from product(EAGER, POOLINGS, (False, True), ("eager",), ("inference", "training"))
    if compiler:
        yield from product(COMPILED, POOLINGS, (False, True), ("compiled",), ("inference", "training"))


def measured(row: Row, repeats: int) -> dict[str, Any]:
    """One row as data: median seconds of each order, the ratios' median and quartiles, bytes kept."""
    activation, pooling, convolution, mode, task = row
    generator = torch.Generator().manual_seed(0)
    given = torch.randn(SHAPE, generator=generator)
    weight = torch.randn(SHAPE[1], SHAPE[1], 3, 3, generator=generator) / (3 * SHAPE[1] ** 0.5)
    steps = [
        chain(activations[activation], poolings[pooling], order, weight if convolution else None)
        for order in ORDERS
    ]
    if mode == "compiled":
        torch.compiler.reset()
        steps = [torch.compile(step) for step in steps]
    leaf = given.clone().requires_grad_(task == "training")
    works = [_work(step, leaf, training=task == "training") for step in steps]
    counts = [_count(work) for work in works]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        check()
        for order in (0, 1):
            times[order].append(_seconds(works[order], counts[order]))
    ratios = [second / first for first, second in zip(*times, strict=True)]
    low, median, high = statistics.quantiles(ratios, n=4)
    kept = [saved_bytes(step, leaf) for step in steps] if task == "training" else None
    names = ("activation_first", "pooling_first")
    return {
        "activation": activation,
        "pooling": pooling,
        "convolution": convolution,
        "mode": mode,
        "task": task,
        "seconds": {
            name: float(f"{statistics.median(each):.4g}") for name, each in zip(names, times, strict=True)
        },
        "ratio": {"median": round(median, 4), "low": round(low, 4), "high": round(high, 4)},
        "saved": None if kept is None else dict(zip(names, kept, strict=True)),
    }


def _work(step: Callable[[Tensor], Tensor], leaf: Tensor, *, training: bool) -> Callable[[], object]:
    if not training:

        def infer() -> Tensor:
            with torch.no_grad():
                return step(leaf)

        return infer
    with torch.no_grad():
        upstream = torch.ones_like(step(leaf))

    def train() -> object:
        return torch.autograd.grad(step(leaf), leaf, upstream)

    return train


def _count(work: Callable[[], object]) -> int:
    """How often to repeat a step in one measurement; the first calls warm up."""
    work()
    work()
    started = time.perf_counter()
    work()
    return max(1, round(LEAST / max(time.perf_counter() - started, 1e-6)))


def _seconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - started) / count


def main() -> int:
    """Measure every row and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("pool_first.json"))
    options = parser.parse_args()
    if options.repeats < 3:
        parser.error("--repeats: of fewer than three pairs no spread is known")
    torch.set_num_threads(1)
    compiler = next((name for name in ("c++", "g++", "clang++") if shutil.which(name)), "")
    started = time.monotonic()
    wanted = list(rows(compiler))
    found: list[dict[str, Any]] = []
    ends = [started]
    try:
        with deferred():
            for number, row in enumerate(wanted, start=1):
                check()
                found.append(measured(row, options.repeats))
                ends = [*ends, time.monotonic()][
                    -6:
                ]  # the last rows are like those to come: compiling takes longer
                left = (ends[-1] - ends[0]) / (len(ends) - 1) * (len(wanted) - number)
                ratio = found[-1]["ratio"]
                print(
                    f"[{number}/{len(wanted)}] {', '.join(map(str, row))}: {ratio['median']:.2f} "
                    f"({ratio['low']:.2f} to {ratio['high']:.2f}); {left:.0f} s left",
                    file=sys.stderr,
                )
    except KeyboardInterrupt:
        print("interrupted: nothing is written, since ratios of several runs are not joined", file=sys.stderr)
        return INTERRUPTED
    data = {
        "schema": SCHEMA,
        "command": f"python benchmarks/pool_first.py --repeats {options.repeats}",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": described_machine(),
        "shape": list(SHAPE),
        "repeats": options.repeats,
        "compiler": f"inductor with {compiler}" if compiler else "not measured: there is no C++ compiler",
        "rows": found,
        "seconds": round(time.monotonic() - started, 1),
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    options.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {options.out}: now `ordering claims 5 --times {options.out}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
