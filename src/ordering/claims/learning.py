"""Claim 3: average pooling first is bad for learning, because more features become 0."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ordering.claims.intervals import Interval, interval
from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling, Tell
from ordering.claims.results import on_machine
from ordering.claims.study import COMMITTED, ENOUGH, Study, load_study
from ordering.claims.training import ORDERS, POOLING_FIRST, Run
from ordering.claims.words import percent
from ordering.evidence import Finding

CLAIM: Final = CLAIMS[2]
MARGIN: Final = 0.01
"""A difference in accuracy of less than one percentage point counts as none."""
FEW: Final = 0.01
"""The most zeros that a control may have."""
SUBJECT: Final = "relu"
CONTROL: Final = "leaky_relu"
"""relu with a slope of 1/100 below 0: what the zeros do is missing, what the order does is there."""


def rule(tell: Tell, effort: str = "quick", *, file: Path = COMMITTED) -> Ruling:
    """Rule on a study's results: are there more zeros, is it worse, and is it because of the zeros?

    All three are told from 95 % intervals of paired differences.  "Because of the zeros" is told from a
    control, a function with hardly a zero: it is refuted if with it at least half as much is lost, and held
    if the loss is less than half.

    Raises
    ------
    LoadError
        If the file holds no study.
    """
    tell("claim 3: the training study")
    return ruled(load_study(file), file)


def ruled(study: Study, file: Path = COMMITTED) -> Ruling:
    """The ruling on a study."""
    pairs = study.pairs(SUBJECT)
    if len(pairs) < ENOUGH:
        return Ruling(
            CLAIM,
            Answer.UNDECIDED,
            f"the study has {len(pairs)} paired seeds; {ENOUGH} are asked for",
            (_source(study, file),),
            (f"run it with more seeds: {study.command}",),
        )
    zeros = [interval([second.zeros[i] - first.zeros[i] for first, second in pairs]) for i in (0, 1)]
    worse, control = _loss(pairs), _loss(study.pairs(CONTROL))
    # Twice the control's loss less the subject's, by seed: above 0, more than half is lost without zeros.
    other = interval([2 * b - a for a, b in zip(_losses(pairs), _losses(study.pairs(CONTROL)), strict=True)])
    more = _sign([each.low for each in zeros], [each.high for each in zeros])
    is_worse = True if worse.low > 0 else False if worse.high < MARGIN else None
    because = False if other.low > 0 else True if other.high < 0 else None
    rest = _share(study.pairs(CONTROL), POOLING_FIRST)
    if rest > FEW:
        because = None
    by = f"{worse.text(100)} points of accuracy are lost with {SUBJECT}"
    evidence = (
        _source(study, file),
        *_zeros(study, zeros),
        _accuracy(study, worse, control),
        _theory(pairs, study),
    )
    left_open: list[str] = []
    if more is False or is_worse is False:
        answer = Answer.FAILS
        conditions = "no more features are 0" if more is False else f"less than a point: {by}"
    elif more is None or is_worse is None:
        answer, conditions = Answer.UNDECIDED, f"the intervals leave it open: {by}"
        left_open.append(f"more seeds would tell: {study.command}")
    elif because is None:
        answer = Answer.UNDECIDED
        conditions = f"{by}; whether the zeros are the reason is open"
        left_open.append(f"whether the zeros are the reason: {study.command}, with more seeds")
    else:
        answer = Answer.CONDITIONS
        told = f"{control.text(100)} with {CONTROL}, of whose features {percent(rest)} are 0"
        data = f"a small network and digits ({len(pairs)} paired seeds, 95 % intervals)"
        conditions = (
            f"the loss and its reason, on {data}: {by}, and {told}"
            if because
            else f"the loss, and not its reason, on {data}: {by}, but also {told}"
        )
    return Ruling(CLAIM, answer, conditions, evidence, tuple(left_open))


def _sign(low: Sequence[float], high: Sequence[float]) -> bool | None:
    """Whether all intervals lie above 0 (True), or one does not reach above it (False)."""
    if min(low) > 0:
        return True
    return False if min(high) <= 0 else None


def _share(pairs: Sequence[tuple[Run, Run]], order: str) -> float:
    """The mean share of features that are 0 in one order, over both blocks."""
    place = ORDERS.index(order)
    return sum(sum(pair[place].zeros) / len(pair[place].zeros) for pair in pairs) / len(pairs)


def _losses(pairs: Sequence[tuple[Run, Run]]) -> list[float]:
    return [first.accuracy - second.accuracy for first, second in pairs]


def _loss(pairs: Sequence[tuple[Run, Run]]) -> Interval:
    """What pooling first loses of the accuracy."""
    return interval(_losses(pairs))


def _source(study: Study, file: Path) -> Evidence:
    versions = ", ".join(f"{name} {number}" for name, number in study.versions.items())
    setup = study.setup
    where = "the results that ship" if file == COMMITTED else str(file)
    return Evidence(
        f"A network of two blocks (3x3 convolution, activation and 2x2 average pooling in one of the orders) "
        f"with {setup.channels[0]} and {setup.channels[1]} channels, on scikit-learn's 1,797 digits: "
        f"{len(study.seeds)} seeds in each order, paired (same split, first weights, order of pictures), "
        f"{setup.epochs} epochs of gradient descent at {setup.rate}.  From {where}, {study.seconds:.0f} s on "
        f"{on_machine(study.machine)}, {versions}.",
        study.command,
        (("seeds", len(study.seeds)), ("epochs", setup.epochs)),
    )


def _zeros(study: Study, zeros: Sequence[Interval]) -> list[Evidence]:
    pairs = study.pairs(SUBJECT)
    dead = [interval([second.dead[i] - first.dead[i] for first, second in pairs]) for i in (0, 1)]
    lines = []
    for i in (0, 1):
        for what, shares, apart in (
            ("features that are 0", "zeros", zeros[i]),
            ("units that are 0 for every test picture", "dead", dead[i]),
        ):
            first, second = (
                sum(getattr(pair[order], shares)[i] for pair in pairs) / len(pairs) for order in (0, 1)
            )
            lines.append(
                f"block {i + 1}, {what}: {percent(first)} activation first, {percent(second)} pooling first; "
                f"difference {apart.text(100)} points"
            )
    return [
        Evidence(
            "More features are 0 with relu and pooling first, after training: by "
            f"{zeros[0].text(100, 1)} points in block 1 and {zeros[1].text(100, 1)} in block 2 "
            "(95 % t intervals of the paired difference).",
            study.command,
            tuple(
                (f"zeros {place} of block {i + 1}", getattr(zeros[i], place))
                for i in (0, 1)
                for place in ENDS
            )
            + tuple(
                (f"dead {place} of block {i + 1}", getattr(dead[i], place)) for i in (0, 1) for place in ENDS
            ),
            tuple(lines),
        )
    ]


ENDS: Final = ("mean", "low", "high")


def _accuracy(study: Study, worse: Interval, control: Interval) -> Evidence:
    lines = []
    for activation in dict.fromkeys(run.activation for run in study.runs):
        pairs = study.pairs(activation)
        first, second = (sum(pair[order].accuracy for pair in pairs) / len(pairs) for order in (0, 1))
        early = interval([a.early_accuracy - b.early_accuracy for a, b in pairs])
        lines.append(
            f"{activation}: {percent(first)} activation first, {percent(second)} pooling first; loss "
            f"{_loss(pairs).text(100)} points (after {study.setup.early} epochs {early.text(100)}); "
            f"{percent(_share(pairs, POOLING_FIRST))} of the features are 0 pooling first"
        )
    return Evidence(
        f"Pooling first loses {worse.text(100)} percentage points of test accuracy with {SUBJECT}, and "
        f"{control.text(100)} with {CONTROL}, which has hardly a feature that is 0 (95 % t intervals of the "
        "paired difference).",
        study.command,
        tuple((f"{SUBJECT} {place}", getattr(worse, place)) for place in ENDS)
        + tuple((f"{CONTROL} {place}", getattr(control, place)) for place in ENDS),
        tuple(lines),
    )


def _theory(pairs: Sequence[tuple[Run, Run]], study: Study) -> Evidence:
    theorem = Finding.by_theorem("gaussian")
    zeros, gradient = [], []
    for order in (0, 1):
        zeros.append(sum(pair[order].zeros_at_start[0] for pair in pairs) / len(pairs))
        gradient.append(sum(pair[order].no_gradient_at_start for pair in pairs) / len(pairs))
    return Evidence(
        f"Before training block 1 has {percent(zeros[0])} zeros activation first and {percent(zeros[1])} "
        f"pooling first, and {percent(gradient[0])} and {percent(gradient[1])} of the convolution's "
        "outputs get no gradient.  Independent normal outputs would give 2^-4 = 6.25 % and 50 % zeros, "
        f"and 50 % without gradient in both orders ({theorem.theorem}, checked): the outputs of a "
        "convolution of digits are not independent.",
        study.command,
        (
            ("zeros at the start, activation first", zeros[0]),
            ("zeros at the start, pooling first", zeros[1]),
            ("no gradient at the start, activation first", gradient[0]),
            ("no gradient at the start, pooling first", gradient[1]),
        ),
    )
