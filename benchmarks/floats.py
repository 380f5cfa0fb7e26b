"""How near a scan comes to its floor, the mere evaluation of `f`: `python benchmarks/floats.py`.

Every ratio compares measurements of one run, on one core unless it says otherwise, taken in turns on the same
stretches (2^24 values each), of which the shortest time of each counts, so that what else the machine does
falls out.  Columns, as seconds for all values of float32:

evaluate  `f` alone, over and over on one chunk that stays in the cache
floor     every value is made, chunk by chunk, and `f` evaluated; nothing is compared
scan      the same with everything that a certificate needs (one code path)
ratio     scan / floor: at most 1.3 for transcendental `f`, at most 1.9 for ReLU is what we ask for
plain     torch alone, in the same chunks: arange, view, evaluate, compare neighbours, any
sorted    the same, with the values put in order by sorting, as one does who does not know the lattice
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from ordering.catalogue import activations
from ordering.floats import certify
from ordering.floats.lattice import interval
from ordering.floats.paths import Inputs
from ordering.floats.walk import CHUNK, Walker

OVER = interval("float32")
STRETCH = 2**24
KERNELS = ("relu", "leaky_relu", "sigmoid", "gelu", "silu", "tanh")
MEMORY = """
import re, pathlib
import ordering.floats

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) / 1024

ordering.floats.certify("sigmoid", "float16", path="all")
before = peak()
ordering.floats.certify("sigmoid", "float32", path="all", low=-2.0, high=2.0, workers=1)
print(peak() - before)
"""

Work = Callable[[int, int], object]


def evaluate(kernel: Callable[[Tensor], Tensor]) -> Work:
    """Evaluate `f` on one chunk again and again."""
    inputs = Inputs(OVER.form, CHUNK, stride=1)

    def work(start: int, stop: int) -> None:
        values = inputs.fill(start, min(CHUNK, stop - start))
        for _ in range(start, stop, CHUNK):
            kernel(values)

    return work


def floor(kernel: Callable[[Tensor], Tensor]) -> Work:
    """Make the values and evaluate `f`."""
    inputs = Inputs(OVER.form, CHUNK, stride=1)

    def work(start: int, stop: int) -> None:
        for at in range(start, stop, CHUNK):
            kernel(inputs.fill(at, min(CHUNK, stop - at)))

    return work


def scan(kernel: Callable[[Tensor], Tensor]) -> Work:
    """The scan as `certify` makes it, for a kernel that is known not to be the identity."""
    return Walker(kernel, OVER.form, "vector").span


def plain(kernel: Callable[[Tensor], Tensor], *, sort: bool = False) -> Work:
    """What one writes in a minute, in torch alone."""

    def falls(start: int, stop: int) -> bool:
        first, last, step = (start, stop, 1) if start >= 0 else (-start - 1 - 2**31, -stop - 1 - 2**31, -1)
        values = torch.arange(first, last, step, dtype=torch.int32).view(torch.float32)
        if sort:
            values = values.sort().values
        results = kernel(values)
        return bool((results[1:] < results[:-1]).any())

    def work(start: int, stop: int) -> list[bool]:
        return [falls(at, min(at + CHUNK, stop)) for at in range(start, stop, CHUNK)]

    return work


def seconds(works: dict[str, Work], every: int, repeats: int) -> dict[str, float]:
    """Seconds of each for the whole dtype, from every so many stretches, measured in turns."""
    starts = range(OVER.start - OVER.start % STRETCH + STRETCH, OVER.stop - STRETCH, STRETCH)
    chosen = [(start, start + STRETCH) for start in starts[every // 2 :: every]]
    total = dict.fromkeys(works, 0.0)
    for start, stop in chosen:
        shortest = dict.fromkeys(works, float("inf"))
        for _, (name, work) in product(range(repeats), works.items()):
            # The thread's own time: all of it is work, and what other processes take is not counted.
            begin = time.thread_time()
            work(start, stop)
            shortest[name] = min(shortest[name], time.thread_time() - begin)
        for name in works:
            total[name] += shortest[name]
    share = sum(stop - start for start, stop in chosen) / OVER.count
    return {name: value / share for name, value in total.items()}


def two_workers(name: str, repeats: int) -> tuple[float, float]:
    """Seconds of a whole scan by one worker and by two, the shortest of some runs in turns."""
    shortest = {1: float("inf"), 2: float("inf")}
    for _, workers in product(range(repeats), shortest):
        begin = time.perf_counter()
        certify(name, "float32", workers=workers)
        shortest[workers] = min(shortest[workers], time.perf_counter() - begin)
    return shortest[1], shortest[2]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=2, help="measure every so many of the 254 stretches")
    parser.add_argument("--repeats", type=int, default=3, help="the shortest of so many counts")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, chunks of {CHUNK:,} values")
    columns = ("evaluate", "floor", "scan", "ratio", "plain", "/scan", "sorted", "/scan")
    print(f"{'f':<12}" + "".join(f"{column:>10}" for column in columns))
    with torch.no_grad():
        for name in KERNELS:
            kernel = activations[name].kernel
            works = {"evaluate": evaluate(kernel), "floor": floor(kernel), "scan": scan(kernel)}
            found = seconds(works, options.every, options.repeats)
            works = {"plain": plain(kernel), "sorted": plain(kernel, sort=True)}
            found |= seconds(works, 16 * options.every, 2)
            row = (
                *(found[each] for each in ("evaluate", "floor", "scan")),
                found["scan"] / found["floor"],
                found["plain"],
                found["plain"] / found["scan"],
                found["sorted"],
                found["sorted"] / found["scan"],
            )
            print(f"{name:<12}" + "".join(f"{value:10.2f}" for value in row), flush=True)
    print("\nwhole scans     1 worker  2 workers     times")
    for name in ("relu", "sigmoid"):
        one, two = two_workers(name, 3)
        print(f"{name:<14}{one:10.2f}{two:11.2f}{one / two:10.2f}", flush=True)
    if not sys.platform.startswith("linux"):
        return
    out = subprocess.run([sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True).stdout
    print(f"\npeak memory of a worker beyond the imports, both paths: {float(out):.0f} MiB")


if __name__ == "__main__":
    main()
