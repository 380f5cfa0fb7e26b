"""The kernels' search against plain Hypothesis tests of the same claim, side by side.

    python benchmarks/kernels.py [--examples 200] [--repeat 3] [--limit 40]

Three ways to try "max pooling commutes with f" on float32:

* `ordering`: `ordering.kernels.examine`;
* `extra.numpy`: arrays from `hypothesis.extra.numpy`, turned into tensors, with `hypothesis.find`;
* `hypothesis-torch`: tensors from `hypothesis_torch.tensor_strategy` (the `bench` extra), likewise.

Printed, as medians over the repetitions: examples per second where nothing is to be found (relu); for silu,
examples and seconds until the shrunk counterexample, how many elements it has, and how many searches ended.
Every repetition runs in a process of its own, whose start does not count.  One that is not done after
`--limit` seconds is ended; it counts with the smallest counterexample that it had by then, and a median
beyond the limit is printed as `> 40`.  Hypothesis itself gives up shrinking only after 300 seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from random import Random

import hypothesis
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra import numpy as hnp
from torch import Tensor

from ordering import activations, laws
from ordering.kernels import examine
from ordering.law import Case

KERNELS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "silu": F.silu}
STARTED = "started"
"""What a process prints when it has imported and warmed up, and its time begins."""


@dataclass(frozen=True)
class Run:
    """One search: examples tried, seconds, elements of the least that was found (None: nothing)."""

    examples: int
    seconds: float
    elements: int | None
    finished: bool
    """Whether the search ended by itself."""


class Watch:
    """Counts examples and keeps the smallest violation, and prints both for the parent, lest it be ended."""

    def __init__(self) -> None:
        self.examples = 0
        self.elements: int | None = None
        self.start = time.perf_counter()

    def saw(self, tensor: Tensor, *, violation: bool) -> bool:
        """One example, and whether it broke the law."""
        self.examples += 1
        if violation and (self.elements is None or tensor.numel() < self.elements):
            self.elements = tensor.numel()
            self.tell(finished=False)
        return violation

    def tell(self, *, finished: bool) -> None:
        """A line for the parent."""
        run = Run(self.examples, time.perf_counter() - self.start, self.elements, finished)
        print(json.dumps(asdict(run)), flush=True)


def breaks(kernel: Callable[[Tensor], Tensor], tensor: Tensor, window: int) -> bool:
    """Whether the two orders differ, as a plain test would say it."""
    return not torch.equal(
        F.max_pool2d(kernel(tensor), window).nan_to_num(), kernel(F.max_pool2d(tensor, window)).nan_to_num()
    )


def ours(name: str, examples: int, seed: int) -> None:
    """`ordering.kernels.examine`; every comparison counts, those of the shrinking too."""
    commutes = laws["commutes"]
    watch = Watch()

    def counted(case: Case) -> tuple[Tensor, Tensor]:
        left, right = commutes.sides(case)
        watch.saw(case.input, violation=not torch.equal(left.nan_to_num(), right.nan_to_num()))
        return left, right

    examine(
        activations[name], "max_pool2d", law=replace(commutes, sides=counted), examples=examples, seed=seed
    )
    watch.tell(finished=True)


def with_find(tensors: st.SearchStrategy[Tensor], name: str, examples: int, seed: int) -> None:
    """`hypothesis.find` on tensors and a window size."""
    kernel = KERNELS[name]
    options = hypothesis.settings(max_examples=examples, database=None, deadline=None)
    watch = Watch()

    def condition(drawn: tuple[Tensor, int]) -> bool:
        return watch.saw(drawn[0], violation=breaks(kernel, *drawn))

    with suppress(NoSuchExample):
        hypothesis.find(
            st.tuples(tensors, st.integers(1, 3)), condition, settings=options, random=Random(seed)
        )
    watch.tell(finished=True)


def shapes() -> st.SearchStrategy[tuple[int, ...]]:
    """Small images."""
    return st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(3, 6), st.integers(3, 6))


def numpy_tensors() -> st.SearchStrategy[Tensor]:
    """Small float32 images from `hypothesis.extra.numpy`."""
    return hnp.arrays(np.float32, shapes(), elements=st.floats(width=32)).map(torch.from_numpy)


def torch_tensors() -> st.SearchStrategy[Tensor]:
    """Small float32 images from hypothesis-torch."""
    strategy: st.SearchStrategy[Tensor] = import_module("hypothesis_torch").tensor_strategy(
        torch.float32,
        shapes(),
        elements=st.floats(width=32),
        device=torch.device("cpu"),
        layout=torch.strided,
    )
    return strategy


WAYS: dict[str, Callable[[str, int, int], None]] = {
    "ordering": ours,
    "extra.numpy": lambda *task: with_find(numpy_tensors(), *task),
    "hypothesis-torch": lambda *task: with_find(torch_tensors(), *task),
}


def in_a_process(way: str, kernel: str, examples: int, seed: int, limit: float) -> Run:
    """One repetition, ended after `limit` seconds of searching."""
    command = [sys.executable, __file__, "--task", way, kernel, str(examples), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while (line := child.stdout.readline()) and line.strip() != STARTED:
            pass
        try:
            told, _ = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            child.kill()
            told, _ = child.communicate()
        else:
            if child.returncode:
                raise SystemExit(f"{way} on {kernel} ended with exit code {child.returncode}")
    runs = [Run(**json.loads(line)) for line in told.splitlines()]
    return runs[-1] if runs else Run(0, limit, None, finished=False)


def row(way: str, examples: int, repeat: int, limit: float) -> str:
    """One line of the table."""
    calm = [in_a_process(way, "relu", examples, seed, limit) for seed in range(repeat)]
    broken = [in_a_process(way, "silu", examples, seed, limit) for seed in range(repeat)]
    rate = statistics.median(run.examples / run.seconds for run in calm)
    seconds = statistics.median(run.seconds if run.finished else math.inf for run in broken)
    sizes = [run.elements for run in broken if run.elements is not None]
    return (
        f"{way:18}{rate:12.0f}{statistics.median(run.examples for run in broken):15.0f}"
        f"{f'{seconds:.2f}' if seconds < math.inf else f'> {limit:g}':>9}"
        f"{statistics.median(sizes) if sizes else math.nan:10.0f}"
        f"{sum(run.finished for run in broken):9} of {repeat}"
    )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=40.0, help="seconds for one repetition")
    parser.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task:
        way, kernel, examples, seed = asked.task
        torch.set_num_threads(1)
        WAYS[way]("relu", 5, 0)  # warm up
        print(STARTED, flush=True)
        WAYS[way](kernel, int(examples), int(seed))
        return
    print(f"{'':18}{'examples/s':>12}{'to least: ex.':>15}{'seconds':>9}{'elements':>10}{'finished':>14}")
    for way in WAYS:
        if way == "hypothesis-torch" and find_spec("hypothesis_torch") is None:
            print("hypothesis-torch is not installed: pip install 'ordering[bench]'")
            continue
        print(row(way, asked.examples, asked.repeat, asked.limit), flush=True)


if __name__ == "__main__":
    main()
