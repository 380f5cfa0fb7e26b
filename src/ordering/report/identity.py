"""The name of each counterexample in a report: readable, unique, the same in every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from ordering.evidence import Verdict

SEPARATOR: Final = "/"


def identity(law: str, activation: str, pooling: str, dtype: str, machine: str = "") -> str:
    """`commutes/silu/max_pool2d/float16`; and the machine's short name, where one claim has several."""
    return SEPARATOR.join(part for part in (law, activation, pooling, dtype, machine) if part)


def unique(names: Iterable[str]) -> list[str]:
    """The names, of which a repeated one is numbered: `a`, `a#2`."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def identities(verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    """For each verdict the names of its counterexamples, by dtype."""
    claims = Counter((each.law, each.activation, each.pooling) for each in verdicts)
    places, names = [], []
    for number, verdict in enumerate(verdicts):
        several = claims[verdict.law, verdict.activation, verdict.pooling] > 1
        machine = verdict.machine.kind if several and verdict.machine is not None else ""
        for dtype, each in verdict.by_dtype.items():
            if each.counterexample is not None:
                places.append((number, dtype))
                names.append(identity(verdict.law, verdict.activation, verdict.pooling, dtype, machine))
    found: list[dict[str, str]] = [{} for _ in verdicts]
    for (number, dtype), name in zip(places, unique(names), strict=True):
        found[number][dtype] = name
    return found
