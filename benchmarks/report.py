"""How long a report takes, against the mere evaluation of the kernels: `python benchmarks/report.py`.

The floor is the sum, over the activations of the catalogue, of evaluating `f` once at every value of float32
on each code path, on one core: measured on some stretches of the dtype, and scaled up to all.  A report has
the dtypes of 16 bits, proofs and Hypothesis besides, but leaves scans out where a replayed witness refutes.

empty      `ordering report` from an empty store, in seconds, and as a share of the floor
16 bits    the moment when every activation was answered for in float16 and bfloat16
full       `ordering report` again, with all certificates in the store
cores      floor / empty: above 1 where scans that are left out, and the cores, save more than the rest costs
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from floats import OVER, STRETCH, Work, floor, seconds

from ordering.catalogue import activations
from ordering.examination import Kernel
from ordering.floats.paths import Inputs, strided
from ordering.floats.walk import CHUNK
from ordering.running.local import available_cores


def scalar(kernel: Kernel) -> Work:
    """Make the values and evaluate `f` on scalar code."""
    inputs = Inputs(OVER.form, CHUNK, stride=2)

    def work(start: int, stop: int) -> None:
        for at in range(start, stop, CHUNK):
            strided(kernel, inputs.fill(at, min(CHUNK, stop - at)))

    return work


def evaluating(every: int) -> dict[str, float]:
    """Seconds of evaluating each activation at every value of float32, once on each path."""
    found = {}
    with torch.no_grad():
        for name, entry in activations.items():
            works = {"vector": floor(entry.kernel), "scalar": scalar(entry.kernel)}
            found[name] = sum(seconds(works, every, 1).values())
            print(f"  {name:<42}{found[name]:8.1f}", flush=True)
    return found


def report(store: str, out: str) -> tuple[float, float]:
    """Seconds of a report, and until every activation was answered for in 16 bits."""
    command = [sys.executable, "-m", "ordering", "report", "--store", store, "--out", out]
    begin = time.perf_counter()
    early = 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith("to come"):
                early = time.perf_counter() - begin
    if process.returncode not in (0, 1):
        raise SystemExit(f"the report ended with exit code {process.returncode}")
    return time.perf_counter() - begin, early


def main() -> None:
    """Print the floor, the times and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--every", type=int, default=16, help=f"measure one stretch of {STRETCH:,} values in so many"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"evaluating once on each path, one core of {available_cores()}, seconds for all of float32:")
    total = sum(evaluating(options.every).values())
    print(f"  {'sum':<42}{total:8.1f}")
    with tempfile.TemporaryDirectory() as folder:
        store, out = str(Path(folder) / "store"), str(Path(folder) / "out")
        empty, early = report(store, out)
        full, _ = report(store, out)
    print(f"{'report':<10}{'seconds':>10}{'/ floor':>10}")
    for name, took in (("empty", empty), ("16 bits", early), ("full", full)):
        print(f"{name:<10}{took:10.1f}{took / total:10.2f}")
    print(f"{'cores':<10}{total / empty:10.2f}")


if __name__ == "__main__":
    main()
