"""Claim 2: with average pooling, activation first keeps more features that are not zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from ordering.activation import Activation
from ordering.catalogue import activations
from ordering.claims import normal
from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling, Tell
from ordering.claims.words import count, names, percent
from ordering.errors import KernelError
from ordering.evidence import Counterexample, Finding, Survival
from ordering.kernels import examine as try_law
from ordering.kernels.overflow import moderate, overflows
from ordering.loading import PoolingLike, load_pooling
from ordering.pooling import Pooling
from ordering.reals import prove
from ordering.running import interrupts

CLAIM: Final = CLAIMS[1]
SIDES: Final = (2, 3)
EXAMPLES: Final = {"quick": 60, "full": 600}


def rule(
    tell: Tell,
    effort: str = "quick",
    *,
    subjects: Sequence[Activation] | None = None,
    pooling: PoolingLike = "avg_pool2d",
) -> Ruling:
    """Count zeros on normal windows, in both orders, and ask where a zero of the one is a zero of the other.

    The claim fails where no subject has fewer zeros activation first; it holds without conditions only if
    every subject has.
    """
    operator = load_pooling(pooling)
    asked = list(activations.values()) if subjects is None else list(subjects)
    counted: dict[str, normal.Zeros] = {}
    nested: list[str] = []
    broken: dict[str, Counterexample] = {}
    survived: list[str] = []
    left_open = []
    for number, entry in enumerate(asked, start=1):
        interrupts.check()
        tell(f"claim 2: {entry}, {number} of {len(asked)}")
        try:
            counted[entry.name] = normal.zeros(entry, operator)
            if prove(entry, properties="zeros_interval").finding("zeros_interval").holds:
                nested.append(entry.name)
                continue
            found = _other_way(entry, operator, EXAMPLES[effort])
        except KernelError as error:
            left_open.append(f"{entry}: {error}")
            continue
        if isinstance(found, Counterexample):
            broken[entry.name] = found
        else:
            survived.append(entry.name)
    by_direction = {
        way: [name for name, each in counted.items() if each.direction == way] for way in (1, 0, -1)
    }
    fewer, level, more = by_direction[1], by_direction[0], by_direction[-1]
    evidence = [
        *_theorem(nested, len(asked)),
        *_relu(operator),
        *_counts(counted, fewer, level, more),
        *_windows(broken, survived),
    ]
    none = [name for name in level if not counted[name].first and not counted[name].second]
    if not fewer:
        answer, conditions = (
            Answer.FAILS,
            "for no activation has activation first fewer zeros on normal inputs",
        )
    elif left_open:
        answer, conditions = Answer.UNDECIDED, f"open: {names(left_open, 1)}"
    elif level or more or broken:
        answer = Answer.CONDITIONS
        against = f"; the other way for {names(more)}" if more else ""
        zero = "none of which has a zero there" if len(none) == len(level) else f"{len(none)} without a zero"
        same = f"; no difference for {len(level)}, {zero}" if level else ""
        conditions = (
            f"on normal inputs for {names(fewer, 4)} ({len(fewer)} of {len(asked)}){same}{against}; on every "
            "single window for f >= 0 whose zeros form an interval"
        )
    else:
        answer, conditions = Answer.HOLDS, f"for {names(fewer)}"
    return Ruling(CLAIM, answer, conditions, tuple(evidence), tuple(left_open))


def _other_way(entry: Activation, pooling: Pooling, examples: int) -> Counterexample | Survival:
    """A window on which activation first is 0 and pooling first is not; sums that overflow do not count."""
    found = try_law(entry, pooling, law="zeros_nest", examples=examples)
    if isinstance(found, Counterexample) and overflows(found):
        return try_law(moderate(entry, torch.float32), pooling, law="zeros_nest", examples=examples)
    return found


def _theorem(nested: Sequence[str], asked: int) -> list[Evidence]:
    theorem = Finding.by_theorem("zeros")
    return [
        Evidence(
            f"For f >= 0 whose zeros form an interval ({len(nested)} of {asked}) every zero of activation "
            f"first is a zero of pooling first, on every window ({theorem.theorem}, checked).",
            "ordering check relu avg --law zeros_nest",
            (("nested", len(nested)), ("activations", asked)),
            tuple(nested),
        )
    ]


def _relu(pooling: Pooling) -> list[Evidence]:
    """The Gaussian theorem's numbers for relu, beside what is counted."""
    theorem = Finding.by_theorem("gaussian")
    told, numbers, fits = [], [], True
    for side in SIDES:
        found = normal.zeros(activations["relu"], pooling, side)
        n = side * side
        fits = fits and found.near(2.0**-n, 0.5)
        told.append(
            f"n = {n}: {percent(found.first / found.windows)} activation first, 2^-{n} = {percent(2.0**-n)} "
            f"expected; {percent(found.second / found.windows)} pooling first, 50 % expected"
        )
        numbers += [
            (f"zeros of n = {n}, activation first", found.first / found.windows),
            (f"zeros of n = {n}, pooling first", found.second / found.windows),
        ]
    agree = "as counted" if fits else "NOT as counted"
    return [
        Evidence(
            "relu of independent normal elements is 0 with probability 2^-n activation first and 1/2 pooling "
            f"first ({theorem.theorem}, checked), {agree} on 65,536 windows.",
            "ordering claims 2",
            tuple(numbers),
            tuple(told),
        )
    ]


def _counts(
    counted: dict[str, normal.Zeros], fewer: Sequence[str], level: Sequence[str], more: Sequence[str]
) -> list[Evidence]:
    def shares(of: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            f"{name}: {percent(counted[name].first / counted[name].windows)} activation first, "
            f"{percent(counted[name].second / counted[name].windows)} pooling first"
            for name in of
        )

    evidence = [
        Evidence(
            f"Zeros on normal 2x2 windows: activation first has fewer for {count(len(fewer), 'activation')}, "
            f"for {len(level)} the numbers cannot be told apart.",
            "ordering claims 2",
            (("fewer", len(fewer)), ("level", len(level)), ("more", len(more))),
            shares(fewer),
        )
    ]
    if more:
        evidence.append(
            Evidence(
                f"It has more for {names(more)}: values of both signs cancel to 0 in the average of f(x), "
                "while the average of x is not 0.",
                "ordering claims 2",
                (("more", len(more)),),
                shares(more),
            )
        )
    return evidence


def _windows(broken: dict[str, Counterexample], survived: Sequence[str]) -> list[Evidence]:
    if not broken:
        return []
    lines = []
    for name, found in broken.items():
        given = ", ".join(f"{value:.6g}" for value in found.input.flatten()[:6].tolist())
        more = ", ..." if found.input.numel() > 6 else ""
        lines.append(f"{name}: on ({given}{more})")
    rest = f"; {names(survived)} survived" if survived else ""
    first = next(iter(broken))
    return [
        Evidence(
            f"Where f takes both signs, or its zeros form no interval, single windows go the other way for "
            f"{count(len(broken), 'activation')}: activation first is 0 and pooling first is not{rest}.",
            f"python -c \"import ordering; print(ordering.falsify('{first}', 'avg', "
            "law='zeros_nest').script)\"",
            (("windows the other way", len(broken)),),
            tuple(lines),
        )
    ]
