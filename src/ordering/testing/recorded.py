"""What a trial says of itself in `pytest --junitxml`: its answer, and what was found."""

from __future__ import annotations

from ordering.evidence import Counterexample, Survival


def answer(failed: bool, unanswered: bool) -> str:
    """What came of the trial, in words."""
    if failed:
        return "not what theory says"
    return "theory has no answer" if unanswered else "as theory says"


def told_of(found: Counterexample | Survival | None) -> dict[str, object]:
    """Whether the law was broken, and by how much; None is a single case on which it holds."""
    if found is None:
        return {"found": "the law holds on this case", "gap": 0, "gap_ulp": 0}
    if isinstance(found, Survival):
        return {"found": f"survived {found.examples:,} examples", "gap": 0, "gap_ulp": found.worst_ulp}
    ulp = "undefined" if found.gap_ulp is None else found.gap_ulp
    return {"found": f"broken ({found.grade.value})", "gap": f"{found.gap:.6g}", "gap_ulp": ulp}
