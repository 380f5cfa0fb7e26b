"""What changed between two reports: for the better, for the worse, new and lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ordering.evidence import Answer, Verdict

UNKNOWN: Final = (Answer.UNDECIDED, Answer.ERROR)
"""Answers that are none."""
FACTS: Final = {
    "ordering": "version of this package",
    "torch": "torch",
    "level": "instruction sets",
    "effort": "effort",
    "seed": "seed",
}
"""What of the environment may explain a change, and what it is called."""


@dataclass(frozen=True)
class Standing:
    """What a report says of one claim in one dtype."""

    law: str
    activation: str
    pooling: str
    dtype: str
    answer: Answer
    ulp: int | None = None
    """For `rounding`: the bound."""
    contradictions: tuple[str, ...] = ()
    machine: str = ""
    """The machine's short name, where both reports speak of it; else empty, and the worst machine stands."""

    @property
    def claim(self) -> tuple[str, str, str, str, str]:
        """What it is about."""
        return self.law, self.activation, self.pooling, self.dtype, self.machine

    @property
    def told(self) -> str:
        """The answer in words, with its bound: `rounding (2 ULP)`."""
        bound = self.answer is Answer.ROUNDING and self.ulp is not None
        return f"{self.answer.value} ({self.ulp:,} ULP)" if bound else self.answer.value

    def __str__(self) -> str:
        where = f" on {self.machine}" if self.machine else ""
        return f"{self.law}: {self.activation} with {self.pooling} in {self.dtype}{where}"


@dataclass(frozen=True)
class Change:
    """One claim of which two reports say different things."""

    before: Standing
    after: Standing
    direction: str
    """`"worse"` or `"better"`."""
    why: str
    """What changed: `exact, now rounding (2 ULP)`."""


@dataclass(frozen=True)
class Changes:
    """A report held against an earlier one, its baseline."""

    baseline: str
    """The earlier report's file."""
    circumstances: tuple[str, ...]
    """What else is other about the two runs, in words: the machine, versions, effort, seed."""
    changed: tuple[Change, ...]
    """The changes for the worse first."""
    new: tuple[Standing, ...]
    lost: tuple[Standing, ...]
    """Of the baseline, and not examined now; of an interrupted run none is lost."""
    same: int
    """How many are as they were."""

    @property
    def worse(self) -> bool:
        """Whether anything changed for the worse: a verdict did, or an entry was lost."""
        return bool(self.lost) or any(change.direction == "worse" for change in self.changed)


def standings(verdicts: Iterable[Verdict]) -> list[Standing]:
    """What verdicts say, dtype by dtype."""
    return [
        Standing(
            verdict.law,
            verdict.activation,
            verdict.pooling,
            name,
            each.answer,
            each.ulp,
            tuple(each.contradictions),
            "" if verdict.machine is None else verdict.machine.kind,
        )
        for verdict in verdicts
        for name, each in verdict.by_dtype.items()
    ]


def standings_of(data: Mapping[str, Any]) -> list[Standing]:
    """What the data of a report say (`report.json`, seen to satisfy its schema)."""
    return [
        Standing(
            verdict["law"],
            verdict["activation"],
            verdict["pooling"],
            name,
            Answer(each["verdict"]),
            each["ulp"],
            tuple(each["contradictions"]),
            (verdict.get("machine") or {}).get("kind", ""),
        )
        for verdict in data["verdicts"]
        for name, each in verdict["by_dtype"].items()
    ]


def compared(
    baseline: str,
    before: Mapping[str, Any],
    verdicts: Sequence[Verdict],
    environment: Mapping[str, Any],
    *,
    complete: bool = True,
) -> Changes:
    """Verdicts held against the data of an earlier report.

    Worse is a worse answer (in the order exact, rounding, undecided, error, different), no answer where there
    was one, a larger bound of the rounding, a contradiction that was not there, and an entry that is gone.
    Of several machines, those that both reports name are compared each for itself; of the others the worst
    answer stands.

    Parameters
    ----------
    baseline:
        The earlier report's file.
    before:
        Its data.
    verdicts, environment, complete:
        Of the new report; where it is not complete, what is missing is not lost.
    """
    old, new = standings_of(before), standings(verdicts)
    here, there = ({each.machine for each in found} for found in (new, old))
    shared = here & there if max(len(here), len(there)) > 1 else set()
    were, are = _by_claim(old, shared), _by_claim(new, shared)
    changed = [change for claim in are if claim in were and (change := _change(were[claim], are[claim]))]
    both = sum(claim in were for claim in are)
    pending = {
        (each.law, each.activation, each.pooling, dtype) for each in verdicts for dtype in each.pending
    }
    lost = [each for claim, each in were.items() if claim not in are and claim[:4] not in pending]
    return Changes(
        baseline,
        tuple(_circumstances(before, environment)),
        tuple(sorted(changed, key=lambda change: change.direction != "worse")),
        tuple(each for claim, each in are.items() if claim not in were),
        tuple(lost) if complete else (),
        both - len(changed),
    )


def _by_claim(found: Iterable[Standing], shared: set[str]) -> dict[tuple[str, ...], Standing]:
    """Each claim once; of machines that are not told apart, the worst stands."""
    known: dict[tuple[str, ...], Standing] = {}
    for each in found:
        mine = each if each.machine in shared else replace(each, machine="")
        other = known.setdefault(mine.claim, mine)
        if (mine.answer.badness, mine.ulp or 0) > (other.answer.badness, other.ulp or 0):
            known[mine.claim] = mine
    return known


def _change(before: Standing, after: Standing) -> Change | None:
    """What changed, if anything did; of several things the worse one."""
    added = [text for text in after.contradictions if text not in before.contradictions]
    if added:
        return Change(before, after, "worse", f"a contradiction that was not there: {added[0]}")
    if before.answer is not after.answer:
        forgotten = after.answer in UNKNOWN and before.answer not in UNKNOWN
        worse = forgotten or after.answer.badness > before.answer.badness
        return Change(before, after, "worse" if worse else "better", f"{before.told}, now {after.told}")
    if after.answer is Answer.ROUNDING and before.ulp != after.ulp:
        worse = after.ulp is None or (before.ulp is not None and after.ulp > before.ulp)
        return Change(before, after, "worse" if worse else "better", f"{before.told}, now {after.told}")
    if len(after.contradictions) < len(before.contradictions):
        return Change(before, after, "better", "a contradiction is gone")
    return None


def _circumstances(before: Mapping[str, Any], environment: Mapping[str, Any]) -> Iterator[str]:
    """What is other about the two runs."""
    facts = before["environment"]
    if not before["complete"]:
        yield "the baseline is of an interrupted run, which holds what was known by then"
    cpus = [(each.get("machine") or {}).get("cpu", "") for each in (facts, environment)]
    if all(cpus) and cpus[0] != cpus[1]:
        yield f"the baseline is of another machine: {cpus[0]}; this is {cpus[1]}"
    for key, name in FACTS.items():
        if key in facts and key in environment and facts[key] != environment[key]:
            yield f"another {name}: {facts[key]} in the baseline, {environment[key]} now"
