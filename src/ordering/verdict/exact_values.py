"""What exact arithmetic says of the counterexamples of a hearing: rules for the judge, pure as its own."""

from __future__ import annotations

from collections.abc import Iterator

from ordering.evidence import Cause, Counterexample
from ordering.evidence.words import beside, conclusion, given
from ordering.verdict.records import Hearing


def exact_gap(seen: Counterexample) -> str:
    """That exact arithmetic shows the difference too, and most of it, and kernels near their values.

    Otherwise empty: what is far from its expression is not told by it, and an exact gap that is a trifle
    beside the difference seen may be the expression's own.
    """
    symbolic = seen.symbolic
    if symbolic is None or symbolic.conclusion is not Cause.FUNCTION or symbolic.missed:
        return ""
    left, right = (side.kernel for side in symbolic.sides)
    exact = abs(float(symbolic.gap_value))
    return conclusion(symbolic) if exact >= abs(left - right) / 2 else ""


def of_the_function(found: Counterexample) -> bool:
    """Whether exact arithmetic shows the difference too."""
    return found.symbolic is not None and found.symbolic.conclusion is Cause.FUNCTION


def against_exact_values(hearing: Hearing) -> Iterator[str]:
    """What exact arithmetic says of a counterexample, against the proof, and against the kernels."""
    proved = hearing.requirement.finding.holds is True
    refuted = missed = False
    for found in _examined(hearing):
        symbolic = found.symbolic
        if symbolic is None:
            continue
        if proved and not refuted and symbolic.conclusion is Cause.FUNCTION:
            refuted = True
            exactly = f"in exact arithmetic {conclusion(symbolic)}"
            yield f"the reals promise the law, but {exactly}, for {given(found)}"
        # Where a kernel is known to leave its function, that is told as such; and an overflow is a note.
        for side in () if missed or hearing.departure is not None else symbolic.missed:
            missed = True
            yield f"the kernels miss the exact value of a side: {beside(side, found.dtype)}"


def _examined(hearing: Hearing) -> Iterator[Counterexample]:
    """The counterexamples of this dtype, without those that an overflow explains."""
    tamed = hearing.kernels if hearing.moderate is None else hearing.moderate
    if isinstance(tamed, Counterexample) and not hearing.overflow:
        yield tamed
    if isinstance(hearing.bounded, Counterexample) and hearing.moderate is None:
        yield hearing.bounded
    for replay in hearing.replays:
        if replay.counterexample is not None and replay.dtype == hearing.dtype:
            yield replay.counterexample
