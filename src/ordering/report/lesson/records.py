"""What a lesson is made of, and what it is: records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ordering.activation import Activation
from ordering.evidence import Answer, Verdict
from ordering.law import Law
from ordering.pooling import Kind, Pooling
from ordering.verdict.example import Example
from ordering.verdict.needs import requirement
from ordering.verdict.ranges import Range
from ordering.verdict.records import Requirement

SELECTIONS: Final = (Kind.SELECT_MAX, Kind.SELECT_MIN)
REARRANGEMENTS: Final = (Kind.REARRANGE, Kind.REARRANGE_ZERO)


@dataclass(frozen=True)
class Section:
    """A heading, its paragraphs, and text whose lines stay as they are."""

    title: str
    paragraphs: tuple[str, ...]
    block: str = ""


@dataclass(frozen=True)
class Subject:
    """All that a lesson is made of: the entries, the verdict, and what was found out beside it."""

    activation: Activation
    pooling: Pooling
    law: Law
    verdict: Verdict
    proof: str = ""
    """What is proved of f, as text (a short derivation, or the command that prints it)."""
    ranges: Sequence[Range] = ()
    """Where f is proved to have what the law needs, although it has not everywhere."""
    sample: Example | None = None
    """A small window in both orders, for where there is no counterexample to show."""
    need: Requirement | None = field(init=False, default=None)
    """What the law needs of f; None where nothing was found out about f."""
    kind: Kind = field(init=False, default=Kind.SELECT_MAX)
    """The kind of windows of which the need speaks."""

    def __post_init__(self) -> None:
        kind = next((each for each in self.pooling.kinds if each in self.law.needs), self.pooling.kinds[0])
        if self.verdict.shape is not None and self.verdict.worst.answer is not Answer.ERROR:
            need, kind = requirement(self.activation, self.verdict.shape, self.law, self.pooling)
            object.__setattr__(self, "need", need)
        object.__setattr__(self, "kind", kind)

    @property
    def orders(self) -> bool:
        """Whether the law says that the two orders are equal."""
        return self.verdict.orders


@dataclass(frozen=True)
class Lesson:
    """A verdict told to somebody who wants to understand it."""

    title: str
    claim: str
    """The answer in one sentence."""
    sections: tuple[Section, ...]
