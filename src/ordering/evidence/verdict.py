"""The cross-examined answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ordering.evidence.fidelity import Fidelity
from ordering.evidence.floats import Certificate
from ordering.evidence.kernels import Counterexample
from ordering.evidence.machine import Machine
from ordering.evidence.reals import Shape
from ordering.evidence.visible import visible


class Outcome(Enum):
    """What one world says of a law for one activation and pooling."""

    HOLDS = "holds"
    HOLDS_WITHIN = "holds within k ULP"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"


@dataclass(frozen=True)
class WorldAnswer:
    """One world's answer, for one dtype or over the reals."""

    world: str
    outcome: Outcome
    why: str
    ulp: int | None = None
    """For `HOLDS_WITHIN` and float refutations: the bound or the largest observed distance."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Plain data (numbers, text, lists) for the reports."""

    @property
    def heading(self) -> str:
        """The outcome, with the number of ULP where a certificate counts them: what was seen may be more."""
        certified = self.world == "floats" and self.ulp is not None
        within = f"{self.ulp:,} ULP" if certified else "rounding"
        return self.outcome.value.replace("k ULP", within)


class Answer(Enum):
    """The verdict.  Of several dtypes the worst stands: refuted in one is not undecided as a whole."""

    EXACT = "exact"
    ROUNDING = "rounding"
    UNDECIDED = "undecided"
    ERROR = "error"
    DIFFERENT = "different"

    @property
    def badness(self) -> int:
        """Position in the order best to worst."""
        return list(Answer).index(self)


@dataclass(frozen=True)
class DtypeVerdict:
    """The verdict for one dtype."""

    dtype: str
    answer: Answer
    why: str
    worlds: Mapping[str, WorldAnswer]
    contradictions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    ulp: int | None = None
    """For `rounding`: the orders differ by at most this many ULP; for `different`: the observed distance."""

    @property
    def certified(self) -> bool:
        """Whether a scan of every value bounds the rounding; else `ulp` is the most that was seen."""
        floats = self.worlds.get("floats")
        return floats is not None and floats.outcome in (Outcome.HOLDS, Outcome.HOLDS_WITHIN)

    @property
    def distance(self) -> str:
        """`3 ULP` where that is a bound, `~3 ULP` where it is the most that was seen."""
        about = "" if self.certified else "~"
        return f"{about}{'?' if self.ulp is None else format(self.ulp, ',')} ULP"

    def told(self) -> Iterator[str]:
        """The answer and its reason, and those of each world, a line each.

        A reason that was given is not given again: worlds that say the same stand on one line.  Control codes
        in what kernels raise are written out.
        """
        yield visible(f"{self.answer.value}: {self.why}")
        said: dict[str, list[str]] = {}
        for answer in self.worlds.values():
            reason = "" if answer.why == self.why else f": {answer.why}"
            said.setdefault(f"{answer.heading}{reason}", []).append(answer.world)
        for words, worlds in said.items():
            yield visible(f"    {', '.join(worlds):8} {words}")
        yield from (visible(f"    CONTRADICTION {text}") for text in self.contradictions)
        yield from (visible(f"    note: {text}") for text in self.notes)


@dataclass(frozen=True)
class Verdict:
    """The cross-examination of three worlds about one law, activation and pooling (`verify`)."""

    activation: str
    pooling: str
    law: str
    effort: str
    by_dtype: Mapping[str, DtypeVerdict]
    shape: Shape | None = None
    fidelity: Fidelity | None = None
    certificates: Sequence[Certificate] = ()
    seconds: float = 0.0
    orders: bool = True
    """Whether the law says that the two orders are equal, so that they may be interchanged."""
    machine: Machine | None = None
    """Where it was made: what is said of floats and kernels is true of this kind of machine."""
    pending: Sequence[str] = ()
    """Dtypes that were asked for and are not judged yet."""
    statement: str = ""
    """The law's claim in one line: `P(f(x)) = f(P(x))`."""

    @property
    def worst(self) -> DtypeVerdict:
        """The dtype that decides the verdict: the first with the worst answer."""
        return max(self.by_dtype.values(), key=lambda verdict: verdict.answer.badness)

    @property
    def verdict(self) -> str:
        """`"exact"`, `"rounding"`, `"different"`, `"undecided"` or `"error"`: the worst over the dtypes."""
        return self.worst.answer.value

    @property
    def why(self) -> str:
        """One line of why, with the dtype where the others have other reasons."""
        if len({each.why for each in self.by_dtype.values()}) == 1:
            return self.worst.why
        return f"{self.worst.dtype}: {self.worst.why}"

    @property
    def worlds(self) -> Mapping[str, WorldAnswer]:
        """The three worlds' answers for the dtype that decides."""
        return self.worst.worlds

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Every disagreement between worlds, over all dtypes, with its dtype."""
        return tuple(f"{v.dtype}: {text}" for v in self.by_dtype.values() for text in v.contradictions)

    @property
    def counterexample(self) -> Counterexample | None:
        """The smallest counterexample of the deciding dtype, else of the first dtype that has one."""
        candidates = (self.worst, *self.by_dtype.values())
        return next((v.counterexample for v in candidates if v.counterexample is not None), None)

    def explain(self) -> str:
        """The verdict with every dtype's and every world's reason, as plain text.

        Dtypes of which the same is said, but for their own names, are named together; what is said is then
        that of the first.
        """
        lines = [visible(f"{self.law}: {self.activation} with {self.pooling} -> {self.verdict}")]
        if self.machine is not None:
            lines.append(visible(f"  on {self.machine}"))
        said: dict[tuple[str, ...], list[DtypeVerdict]] = {}
        for verdict in self.by_dtype.values():
            own = re.compile(rf"\b{re.escape(verdict.dtype)}\b")
            said.setdefault(tuple(own.sub("", line) for line in verdict.told()), []).append(verdict)
        for same in said.values():
            first, *rest = same[0].told()
            lines += [f"  {', '.join(each.dtype for each in same)}: {first}", *rest]
        return "\n".join(lines)
