"""The post's five claims, each with its examiner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ordering.arguments import Location, choice, function, integer, place, several
from ordering.arguments import workers as checked_workers
from ordering.claims import costs, gradients, learning, max_pooling, zeros
from ordering.claims import study as study_results
from ordering.claims.records import EFFORTS, Claim, Ruling, Tell
from ordering.claims.results import load
from ordering.errors import UnknownEntry
from ordering.floats import Store
from ordering.floats.store import as_store
from ordering.verdict.settings import silent


@dataclass(frozen=True)
class Means:
    """What the examiners may use."""

    effort: str = "quick"
    store: Store | None = None
    workers: int | None = None
    study: Path = study_results.COMMITTED
    times: Path = costs.COMMITTED


Examiner = Callable[[Tell, Means], Ruling]
EXAMINERS: Final[dict[int, tuple[Claim, Examiner]]] = {
    1: (
        max_pooling.CLAIM,
        lambda tell, by: max_pooling.rule(tell, by.effort, store=by.store, workers=by.workers),
    ),
    2: (zeros.CLAIM, lambda tell, by: zeros.rule(tell, by.effort)),
    3: (learning.CLAIM, lambda tell, by: learning.rule(tell, by.effort, file=by.study)),
    4: (gradients.CLAIM, lambda tell, by: gradients.rule(tell, by.effort)),
    5: (costs.CLAIM, lambda tell, by: costs.rule(tell, by.effort, file=by.times)),
}


def chosen(numbers: int | Iterable[int] | None = None) -> tuple[int, ...]:
    """The claims that are asked for, each once; None stands for all.

    Raises
    ------
    InvalidArgument
        If a number is none, or there are none.
    UnknownEntry
        If there is no claim of that number.
    """
    if numbers is None:
        return tuple(EXAMINERS)
    asked = [integer("a claim's number", number) for number in several("numbers", numbers, int)]
    for number in asked:
        if number not in EXAMINERS:
            raise UnknownEntry(f"the post has no claim {number}; its claims are 1 to {len(EXAMINERS)}")
    return tuple(dict.fromkeys(asked))


def rulings(
    numbers: int | Iterable[int] | None = None,
    *,
    effort: str = "quick",
    store: Store | Location | None = None,
    workers: int | None = None,
    study: Location | None = None,
    times: Location | None = None,
    progress: Tell | None = None,
) -> Iterator[Ruling]:
    """Examine claims of the post, one after the other; the arguments are checked when it is called.

    Parameters
    ----------
    numbers:
        Which, one or several; None stands for all.
    effort:
        `"quick"` or `"full"`.
    store, workers:
        As for `verify_all`.
    study, times:
        Files that `benchmarks/study.py` and `benchmarks/pool_first.py` have written; by default those that
        ship.
    progress:
        Called with a line of text at each stage.

    Raises
    ------
    InvalidArgument, UnknownEntry
        If there is no such effort or claim, or an argument cannot be used.
    LoadError
        If the results of a study or of times cannot be used.
    KeyboardInterrupt
        After Ctrl-C.
    """
    choice("effort", effort, EFFORTS)
    means = Means(
        effort,
        as_store(store),
        checked_workers(workers),
        study_results.COMMITTED if study is None else Path(place("study", study)),
        costs.COMMITTED if times is None else Path(place("times", times)),
    )
    tell = function("progress", progress, "a line of text -> None") or silent
    wanted = chosen(numbers)
    # What a claim reads is seen to be there before another one takes its time.
    if learning.CLAIM.number in wanted:
        study_results.load_study(means.study)
    if costs.CLAIM.number in wanted:
        load(means.times, costs.SCHEMA)
    return _rulings(wanted, means, tell)


def _rulings(numbers: Sequence[int], means: Means, tell: Tell) -> Iterator[Ruling]:
    for number in numbers:
        started = time.monotonic()
        ruling = EXAMINERS[number][1](tell, means)
        yield replace(ruling, seconds=time.monotonic() - started)
