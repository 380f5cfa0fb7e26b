"""The post's five claims, each with its examiner."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ordering.arguments import choice
from ordering.claims import costs, gradients, learning, max_pooling, study, zeros
from ordering.claims.records import Claim, Ruling, Tell
from ordering.errors import UnknownEntry
from ordering.floats import Store

EFFORTS: Final = ("quick", "full")
"""quick: 16 bits, about half a minute; full: also every value of float32, and ten times the examples."""


@dataclass(frozen=True)
class Means:
    """What the examiners may use."""

    effort: str = "quick"
    store: Store | None = None
    workers: int | None = None
    study: Path = study.COMMITTED
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
CLAIMS: Final = tuple(claim for claim, _ in EXAMINERS.values())


def chosen(numbers: Sequence[int] = ()) -> tuple[int, ...]:
    """The claims that are asked for, each once; all of them where none is named.

    Raises
    ------
    UnknownEntry
        If there is no claim of that number.
    """
    for number in numbers:
        if number not in EXAMINERS:
            raise UnknownEntry(f"the post has no claim {number}; its claims are 1 to {len(EXAMINERS)}")
    return tuple(dict.fromkeys(numbers)) or tuple(EXAMINERS)


def rulings(numbers: Sequence[int], means: Means, tell: Tell) -> Iterator[Ruling]:
    """Examine these claims, one after the other.

    Raises
    ------
    InvalidArgument, UnknownEntry
        If there is no such effort or claim.
    LoadError
        If the results of a study or of times cannot be used.
    KeyboardInterrupt
        After Ctrl-C.
    """
    choice("effort", means.effort, EFFORTS)
    for number in chosen(numbers):
        started = time.monotonic()
        ruling = EXAMINERS[number][1](tell, means)
        yield replace(ruling, seconds=time.monotonic() - started)
