"""What a fleet costs and brings: `python benchmarks/fleet.py`, on one machine.

One scan of float32 on both code paths, by one and by two workers: processes of this machine, and the workers
of a Dask cluster on it, whose start is not counted.  Ratios of one run, the shorter of two times each.

times      one worker / two workers, of the same sort
/ forked   a Dask worker's time / a forked process's: what packing, sending and scheduling cost
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from distributed import Client, LocalCluster

from ordering.floats import certify
from ordering.running.dask import cluster


@contextmanager
def dask(workers: int) -> Iterator[Executor]:
    """An executor on new Dask workers, in processes of one thread each."""
    with (
        LocalCluster(  # type: ignore[no-untyped-call]  # Dask leaves it untyped
            n_workers=workers, threads_per_worker=1, dashboard_address=None
        ) as started,
        Client(started) as client,  # type: ignore[no-untyped-call]  # Dask leaves it untyped
    ):
        client.wait_for_workers(workers)
        with cluster(started.scheduler_address) as (executor, _):
            certify("relu", "float16", executor=executor, workers=workers)  # the workers import torch
            yield executor


def took(name: str, workers: int, executor: Executor | None) -> float:
    """Seconds of a scan, the shorter of two."""
    best = float("inf")
    for _ in range(2):
        begin = time.perf_counter()
        certify(name, "float32", path="all", workers=workers, executor=executor)
        best = min(best, time.perf_counter() - begin)
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("activations", nargs="*", default=["relu", "tanh"])
    options = parser.parse_args()
    print(f"{'f':<12}{'forked 1':>10}{'2':>8}{'times':>8}{'Dask 1':>10}{'2':>8}{'times':>8}{'/ forked':>10}")
    for name in options.activations:
        forked = [took(name, workers, None) for workers in (1, 2)]
        remote = []
        for workers in (1, 2):
            with dask(workers) as executor:
                remote.append(took(name, workers, executor))
        cells = f"{forked[0]:10.1f}{forked[1]:8.1f}{forked[0] / forked[1]:8.2f}"
        cells += f"{remote[0]:10.1f}{remote[1]:8.1f}{remote[0] / remote[1]:8.2f}{remote[0] / forked[0]:10.2f}"
        print(f"{name:<12}{cells}", flush=True)


if __name__ == "__main__":
    main()
