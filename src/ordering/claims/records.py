"""What a claim is, and how it was ruled: frozen data that every rendering reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from ordering.errors import InvalidEntry

EFFORTS: Final = ("quick", "full")
"""quick: 16 bits, under a minute; full: also every value of float32, and ten times the examples."""
Number: TypeAlias = int | float | str
"""A number, or exact text such as `LambertW(exp(-1))`."""
Tell: TypeAlias = Callable[[str], None]
"""Takes a line of text about what is being done."""


class Answer(Enum):
    """The ruling on a claim."""

    HOLDS = "holds"
    CONDITIONS = "holds under these conditions"
    FAILS = "does not hold"
    UNDECIDED = "undecided"
    """An examination could not be made, or left the question open; never a pass."""


@dataclass(frozen=True)
class Evidence:
    """One sentence that was found, with its numbers and the command that makes them.

    `numbers` holds what the sentence says in a form for programs; `examples` may list entries, one a line.

    Raises
    ------
    InvalidEntry
        If there is no sentence, or no command that shows it.
    """

    sentence: str
    command: str
    numbers: tuple[tuple[str, Number], ...] = ()
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.sentence.strip():
            raise InvalidEntry("evidence needs a sentence that says what was found")
        if not self.command.strip():
            raise InvalidEntry(f"evidence needs the command that shows it: {self.sentence!r}")


@dataclass(frozen=True)
class Claim:
    """A sentence of the post.

    `topic` is its name in a few words; `sentence` says it in ours; `number` is its place in the post.
    """

    number: int
    topic: str
    sentence: str


CLAIMS: Final = (
    Claim(1, "max pooling: same result", "With max pooling both orders give the same result."),
    Claim(
        2,
        "average pooling: zeros",
        "With average pooling, activation first keeps more features that are not zero.",
    ),
    Claim(
        3,
        "average pooling first: learning",
        "Average pooling first is bad for learning, because more features become 0.",
    ),
    Claim(
        4,
        "PReLU and the like: gradients",
        "With PReLU and the like, neither order makes gradients vanish.",
    ),
    Claim(5, "then pool first: cost", "Then pool first, so that fewer values are activated."),
)
"""What the post says, in our words."""


@dataclass(frozen=True)
class Ruling:
    """What became of a claim: the answer, the conditions in one line, and all that it rests on.

    `open` names what could not be examined, or was left undecided: it makes a ruling no better than
    `undecided`, unless the claim is refuted whatever the rest may be.

    Raises
    ------
    InvalidEntry
        If there is no evidence, no conditions where the answer speaks of conditions, or something is open
        although the claim is said to hold.
    """

    claim: Claim
    answer: Answer
    conditions: str
    evidence: tuple[Evidence, ...]
    open: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        if not self.evidence and not self.open:
            raise InvalidEntry(f"claim {self.claim.number}: a ruling needs evidence")
        if self.answer is Answer.CONDITIONS and not self.conditions.strip():
            raise InvalidEntry(f"claim {self.claim.number}: say under which conditions it holds")
        if self.open and self.answer in (Answer.HOLDS, Answer.CONDITIONS):
            raise InvalidEntry(
                f"claim {self.claim.number}: it cannot be said to hold while something is open: "
                f"{self.open[0]}"
            )


@dataclass(frozen=True)
class Experiment:
    """One of the post's two printed experiments, run again on an input of our own seed."""

    title: str
    seed: int
    lines: Sequence[tuple[str, str]]
    """What is printed: a heading and a tensor as torch prints it."""
    same: bool
    """Whether the two orders give the same bits."""
    kept: tuple[int, int]
    """Values that are not zero: activation first, and pooling first."""
    command: str
