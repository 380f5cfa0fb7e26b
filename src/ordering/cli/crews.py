"""Who does a command's work: this machine, a Dask cluster, or new processes at each instruction level."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import NamedTuple

import click

import ordering


class Crew(NamedTuple):
    """Workers: an executor's, or this machine's own where there is none; how many, where that is known."""

    executor: Executor | None
    workers: int | None
    level: str = ""


def crews(scheduler: str | None, workers: int | None, *, levels: bool) -> Iterator[Crew]:
    """Every crew that the options name, one after the other."""
    if levels and scheduler is not None:
        raise click.UsageError(
            "--levels and --scheduler exclude each other: a level is one of this machine's"
        )
    if levels:
        yield from at_each_level(workers)
        return
    with hired(scheduler, workers) as crew:
        yield crew


@contextmanager
def hired(scheduler: str | None, workers: int | None) -> Iterator[Crew]:
    """The workers that the options name."""
    if scheduler is None:
        yield Crew(None, workers)
        return
    with ordering.cluster(scheduler) as (executor, count):
        yield Crew(executor, workers or count)


def at_each_level(workers: int | None) -> Iterator[Crew]:
    """Workers at one instruction level after the other; each crew goes home when the next is asked for."""
    for level in ordering.levels():
        with ordering.workers_at(level, workers) as executor:
            yield Crew(executor, workers, level.name)
