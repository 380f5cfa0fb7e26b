"""What a verdict is called on the page: a letter, a colour's class, and plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ordering.evidence import Answer, DtypeVerdict
from ordering.evidence.words import ulp
from ordering.report.page.records import Badge

LETTERS: Final = {
    Answer.EXACT: "E",
    Answer.ROUNDING: "R",
    Answer.DIFFERENT: "D",
    Answer.UNDECIDED: "?",
    Answer.ERROR: "!",
}
SWAP: Final = {
    Answer.EXACT: "safe to swap",
    Answer.ROUNDING: "safe up to k ULP",
    Answer.DIFFERENT: "not safe",
    Answer.UNDECIDED: "unknown, not a pass",
    Answer.ERROR: "could not be examined",
}
"""Where the law says that the two orders are equal."""
LAW: Final = {
    **SWAP,
    Answer.EXACT: "holds",
    Answer.ROUNDING: "holds up to k ULP",
    Answer.DIFFERENT: "does not hold",
}
"""Of any other law."""
ORDER: Final = (Answer.EXACT, Answer.ROUNDING, Answer.DIFFERENT, Answer.UNDECIDED, Answer.ERROR)
"""From what one may rely on to what one may not."""


def legend(*, orders: bool) -> tuple[Badge, ...]:
    """Every letter and what it means."""
    words = SWAP if orders else LAW
    return tuple(Badge(answer.value, LETTERS[answer], words[answer]) for answer in ORDER)


def badge(verdict: DtypeVerdict, *, orders: bool) -> Badge:
    """One dtype's verdict.  A bound is called one only where a certificate gives it."""
    answer = verdict.answer
    words = (SWAP if orders else LAW)[answer]
    if answer is not Answer.ROUNDING:
        return Badge(answer.value, LETTERS[answer], words)
    bound = certified(verdict)
    if bound is not None:
        return Badge(answer.value, "R", words.replace("k ULP", ulp(bound)), f"{bound:,}")
    seen = f"{ulp(verdict.ulp)} seen" if verdict.ulp else "none seen"
    return Badge(answer.value, "R", f"{words.replace('k ULP', 'rounding')} ({seen}, no bound certified)", "?")


def certified(verdict: DtypeVerdict) -> int | None:
    """The bound on the distance of the two sides in ULP, where a scan of every value proves one."""
    floats = verdict.worlds.get("floats")
    return None if floats is None else floats.ulp


def worst(verdicts: Iterable[DtypeVerdict]) -> DtypeVerdict:
    """The verdict that stands for several dtypes: the first with the worst answer.

    Of those that are safe up to rounding it is one without a bound, or else the one with most ULP.
    """

    def badness(verdict: DtypeVerdict) -> tuple[int, bool, int]:
        bound = certified(verdict) if verdict.answer is Answer.ROUNDING else 0
        return verdict.answer.badness, bound is None, bound or 0

    return max(verdicts, key=badness)
