"""The kernels' search against plain Hypothesis tests of the same claim, side by side.

    python benchmarks/kernels.py [--examples 200] [--repeat 5]

Three ways to try "max pooling commutes with f" on float32:

* `ordering`: `ordering.kernels.examine`;
* `extra.numpy`: arrays from `hypothesis.extra.numpy`, turned into tensors, with `hypothesis.find`;
* `hypothesis-torch`: tensors from `hypothesis_torch.tensor_strategy` (the `bench` extra).

Printed: examples per second where nothing is to be found (relu), examples and seconds until the shrunk
counterexample (silu), how many elements it has, and how often a fault that only large tensors show is found.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from random import Random

import hypothesis
import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.extra import numpy as hnp
from torch import Tensor

from ordering import Activation, activations, laws
from ordering.evidence import Survival
from ordering.kernels import examine
from ordering.law import Case

KERNELS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "silu": F.silu}


def tail_fault(t: Tensor) -> Tensor:
    """ReLU, wrong at the last places of tensors with more than 40 elements."""
    flat = F.relu(t).contiguous().flatten()
    return torch.cat((flat[:40], flat[40:] * 1.5)).reshape(t.shape)


@dataclass(frozen=True)
class Run:
    """One search: examples tried, seconds, and the elements of what was found (None: nothing)."""

    examples: int
    seconds: float
    elements: int | None


def breaks(kernel: Callable[[Tensor], Tensor], tensor: Tensor, window: int) -> bool:
    """Whether the two orders differ, as a plain test would say it."""
    return not torch.equal(
        F.max_pool2d(kernel(tensor), window).nan_to_num(), kernel(F.max_pool2d(tensor, window)).nan_to_num()
    )


def ours(kernel: Callable[[Tensor], Tensor], examples: int, seed: int) -> Run:
    """`ordering.kernels.examine`; every comparison counts, those of the shrinking too."""
    named = {entry.kernel: entry for entry in activations.values() if entry.name in KERNELS}
    subject = named.get(kernel) or Activation("tail_fault", kernel=kernel)
    tried = 0
    commutes = laws["commutes"]

    def counted(case: Case) -> tuple[Tensor, Tensor]:
        nonlocal tried
        tried += 1
        return commutes.sides(case)

    start = time.perf_counter()
    found = examine(subject, "max_pool2d", law=replace(commutes, sides=counted), examples=examples, seed=seed)
    seconds = time.perf_counter() - start
    return Run(tried, seconds, None if isinstance(found, Survival) else found.input.numel())


def with_find(
    tensors: st.SearchStrategy[Tensor], kernel: Callable[[Tensor], Tensor], examples: int, seed: int
) -> Run:
    """`hypothesis.find` on tensors and a window size."""
    tried = 0

    def condition(drawn: tuple[Tensor, int]) -> bool:
        nonlocal tried
        tried += 1
        return breaks(kernel, *drawn)

    options = hypothesis.settings(max_examples=examples, database=None, deadline=None)
    start = time.perf_counter()
    try:
        tensor, _ = hypothesis.find(
            st.tuples(tensors, st.integers(1, 3)), condition, settings=options, random=Random(seed)
        )
        elements = tensor.numel()
    except NoSuchExample:
        elements = None
    return Run(tried, time.perf_counter() - start, elements)


def numpy_tensors() -> st.SearchStrategy[Tensor]:
    """Small float32 images from `hypothesis.extra.numpy`."""
    shapes = st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(3, 6), st.integers(3, 6))
    arrays = hnp.arrays(np.float32, shapes, elements=st.floats(width=32))
    return arrays.map(torch.from_numpy)


def torch_tensors() -> st.SearchStrategy[Tensor] | None:
    """Small float32 images from hypothesis-torch; None where it is not installed."""
    try:
        hypothesis_torch = import_module("hypothesis_torch")
    except ImportError:
        return None
    shapes = st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(3, 6), st.integers(3, 6))
    strategy: st.SearchStrategy[Tensor] = hypothesis_torch.tensor_strategy(
        torch.float32, shapes, elements=st.floats(width=32), device=torch.device("cpu"), layout=torch.strided
    )
    return strategy


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)

    ways: dict[str, Callable[[Callable[[Tensor], Tensor], int], Run]] = {
        "ordering": lambda kernel, seed: ours(kernel, asked.examples, seed),
        "extra.numpy": lambda kernel, seed: with_find(numpy_tensors(), kernel, asked.examples, seed),
    }
    if (strategy := torch_tensors()) is not None:
        ways["hypothesis-torch"] = lambda kernel, seed: with_find(strategy, kernel, asked.examples, seed)
    else:
        print("hypothesis-torch is not installed: pip install 'ordering[bench]'")

    print(f"{'':18}{'examples/s':>12}{'to least: ex.':>15}{'seconds':>9}{'elements':>10}{'tail fault':>12}")
    rates = {}
    for name, way in ways.items():
        way(F.relu, 0)  # warm up
        calm = [way(F.relu, seed) for seed in range(asked.repeat)]
        broken = [way(F.silu, seed) for seed in range(asked.repeat)]
        tail = [way(tail_fault, seed) for seed in range(asked.repeat)]
        rates[name] = statistics.median(run.examples / run.seconds for run in calm)
        sizes = [run.elements for run in broken if run.elements is not None]
        print(
            f"{name:18}{rates[name]:12.0f}{statistics.median(run.examples for run in broken):15.0f}"
            f"{statistics.median(run.seconds for run in broken):9.2f}"
            f"{statistics.median(sizes) if sizes else float('nan'):10.0f}"
            f"{sum(run.elements is not None for run in tail):9d} of {asked.repeat}"
        )
    for name, rate in rates.items():
        if name != "ordering":
            print(
                f"ordering draws {rates['ordering'] / rate:.2f} times as many examples per second as {name}"
            )


if __name__ == "__main__":
    main()
