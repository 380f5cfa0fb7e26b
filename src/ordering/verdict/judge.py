"""The cross-examination itself: from what the worlds said of one dtype to a verdict, by fixed rules.

Nothing is computed on tensors or expressions here: the rules read records and write a record, so that each
can be tested on hearing made up for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ordering.evidence import (
    Answer,
    Certificate,
    Counterexample,
    DtypeVerdict,
    Finding,
    Grade,
    Outcome,
    Survival,
    WorldAnswer,
)
from ordering.law import ALWAYS, Case

ROUNDING_ULP: Final = 64
"""Without a proof, a difference of at most this many ULP may be rounding or may be real, and stays undecided.

Kernels whose rounding is worse exist (cancellation near zero), but those come with an expression."""
HALF_ROUNDING_ULP: Final = 4
"""The same in half precision, where kernels compute in float32 and round once or twice; 64 ULP of bfloat16
are a quarter of the value."""
HALF_EPSILON: Final = 2.0**-12
"""Machine epsilons above this one are those of half precision."""


@dataclass(frozen=True)
class Requirement:
    """The property of `f` that a law rests on for a pooling, with what the reals found of it."""

    property: str
    finding: Finding
    account: str
    """The finding in one line, with numbers: `f(-2) = -0.2384 > f(-1) = -0.2689`."""


@dataclass(frozen=True)
class Replay:
    """A witness of one world, put on the real operators."""

    source: str
    """Where the values come from: `"reals"`, `"floats"`."""
    dtype: str
    values: tuple[float, ...]
    counterexample: Counterexample | None


@dataclass(frozen=True)
class Hearing:
    """All that was gathered about one law, activation and pooling in one dtype."""

    dtype: str
    epsilon: float
    """The dtype's machine epsilon: the unit of the allowance for rounding."""
    requirement: Requirement
    kernels: Counterexample | Survival
    """On finite inputs, compared bit for bit."""
    certificate: Certificate | None = None
    no_certificate: str = ""
    """Why there is none."""
    infinite_nan: int = 0
    """How many of -inf and inf are inputs on which f is NaN."""
    bounded: Counterexample | Survival | None = None
    """On finite inputs, compared within the certificate's bound."""
    replays: tuple[Replay, ...] = ()
    special: Mapping[str, Counterexample | Survival] = field(default_factory=dict)
    """On inputs with infinities or NaN, by the domain's name."""
    drawdown: float | None = None
    """An upper bound of the gap between the orders over the reals, where the law has one."""
    orders: bool = True
    """Whether the law compares the values of the two orders, which is what a scan can tell of."""
    zeros: Case | None = None
    """A case in which the orders are equal but for the sign of a zero."""
    carries: bool | None = True
    """Whether what the law needs of f survives rounding to the dtype; None where that is not known."""


def judge(hearing: Hearing) -> DtypeVerdict:
    """The verdict for one dtype: `exact`, `rounding`, `different` or `undecided`.

    The rules, in order: what is proved must survive within the certificate's bound; what is refuted must be
    seen on the operators, or be shown to be below the dtype's resolution; no gap may exceed the drawdown;
    without a proof or a refutation the answer is `undecided`, unless the operators differ beyond rounding.
    Whatever breaks a rule is listed in `contradictions`.
    """
    worlds = {
        "reals": _reals(hearing),
        "floats": _floats(hearing),
        "kernels": _kernels(hearing),
    }
    answer, why, ulp = _answer(hearing, worlds)
    return DtypeVerdict(
        dtype=hearing.dtype,
        answer=answer,
        why=why,
        worlds=worlds,
        contradictions=_contradictions(hearing, worlds),
        notes=_notes(hearing),
        counterexample=_smallest(hearing) if answer in (Answer.DIFFERENT, Answer.ROUNDING) else None,
        ulp=ulp,
    )


# ---- one answer a world --------------------------------------------------------------------------------


def _reals(hearing: Hearing) -> WorldAnswer:
    requirement = hearing.requirement
    outcome = {True: Outcome.HOLDS, False: Outcome.REFUTED, None: Outcome.UNDECIDED}
    return WorldAnswer("reals", outcome[requirement.finding.holds], requirement.account)


def _floats(hearing: Hearing) -> WorldAnswer:
    """Read the certificate for the property that the law rests on."""
    certificate, needed = hearing.certificate, hearing.requirement.property
    if hearing.carries is False:
        why = f"what the law needs of f is lost in {hearing.dtype}, where different numbers share an image"
        return WorldAnswer("floats", Outcome.REFUTED, why)
    if hearing.carries is None:
        why = f"whether what the law needs of f survives rounding to {hearing.dtype} is not known"
        return WorldAnswer("floats", Outcome.UNDECIDED, why)
    if not hearing.orders:
        why = "a scan of single values says nothing of this law, which is not about the orders' values"
        return WorldAnswer("floats", Outcome.NOT_APPLICABLE, why)
    if certificate is None:
        outcome = (
            Outcome.UNDECIDED if hearing.requirement.finding.holds is not False else Outcome.NOT_APPLICABLE
        )
        return WorldAnswer("floats", outcome, hearing.no_certificate)
    if certificate.values == 0:
        return WorldAnswer("floats", Outcome.ERROR, "the scan compared no values")
    scanned = f"all {certificate.values:,} values of {certificate.dtype}"
    finite_nan = certificate.nan - hearing.infinite_nan
    if finite_nan:
        why = f"f is NaN at {finite_nan:,} finite inputs, the first {certificate.nan_first!r}"
        return WorldAnswer("floats", Outcome.REFUTED, why)
    if certificate.identity:
        why = f"f returns {scanned} unchanged, bit for bit, so both orders are one computation"
        return WorldAnswer("floats", Outcome.HOLDS, why)
    if needed in ("nondecreasing", "nonincreasing"):
        return _order_reading(hearing, certificate, scanned)
    if needed == ALWAYS:
        split = certificate.disagreement
        if split is not None and split.differing:
            why = f"vector and scalar code differ at {split.differing:,} of {scanned}"
            return WorldAnswer("floats", Outcome.HOLDS_WITHIN, why, ulp=split.worst_ulp)
        why = f"vector and scalar code agree at {scanned}"
        return WorldAnswer("floats", Outcome.HOLDS, why)
    why = f"a scan of single values says nothing of {needed!r}, unless f is the identity bit for bit"
    return WorldAnswer("floats", Outcome.NOT_APPLICABLE, why)


def _order_reading(hearing: Hearing, certificate: Certificate, scanned: str) -> WorldAnswer:
    """Monotonicity over the dtype: by the transfer theorem no drawdown means bit-for-bit equal orders."""
    split = certificate.disagreement
    if certificate.drawdown_ulp == 0:
        signs = f" but for the sign of {split.differing:,} zeros" if split and split.differing else ""
        return WorldAnswer(
            "floats", Outcome.HOLDS, f"{scanned} in order, vector and scalar code agree{signs}"
        )
    apart = (
        f", vector and scalar code differ at {split.differing:,} values" if split and split.differing else ""
    )
    why = (
        f"{certificate.drops:,} drops among {scanned}{apart}; largest drawdown "
        f"{certificate.drawdown:.4g} = {certificate.drawdown_ulp:,} ULP"
    )
    refuted = hearing.requirement.finding.holds is not True
    outcome = Outcome.REFUTED if refuted else Outcome.HOLDS_WITHIN
    return WorldAnswer("floats", outcome, why, ulp=certificate.drawdown_ulp)


def _kernels(hearing: Hearing) -> WorldAnswer:
    found = hearing.kernels
    if isinstance(found, Survival):
        if found.compared == 0:
            return WorldAnswer("kernels", Outcome.ERROR, "no element was compared")
        same = "same bits" if found.grade is Grade.BITWISE else "same values"
        why = f"{same} in {found.examples:,} examples, {found.compared:,} elements"
        return WorldAnswer("kernels", Outcome.HOLDS, why)
    why = f"the orders differ by {_gap(found)}, first at {list(found.index)}, for {_input(found)}"
    outcome = Outcome.HOLDS_WITHIN if _only_rounding(hearing, found) else Outcome.REFUTED
    return WorldAnswer("kernels", outcome, why, ulp=found.gap_ulp)


# ---- the verdict ---------------------------------------------------------------------------------------


def _answer(hearing: Hearing, worlds: Mapping[str, WorldAnswer]) -> tuple[Answer, str, int | None]:
    for world in worlds.values():
        if world.outcome is Outcome.ERROR:
            return Answer.ERROR, f"{world.world}: {world.why}", None
    proved = hearing.requirement.finding.holds
    if proved is True:
        return _proved(hearing, worlds["floats"], worlds["kernels"])
    if proved is False:
        seen = _seen(hearing)
        return Answer.DIFFERENT, hearing.requirement.account, seen.gap_ulp if seen else None
    return _unproved(hearing, worlds)


def _proved(hearing: Hearing, floats: WorldAnswer, kernels: WorldAnswer) -> tuple[Answer, str, int | None]:
    """The law holds over the reals: how well does it hold here?"""
    proof = hearing.requirement.account
    if floats.outcome is Outcome.UNDECIDED:
        return Answer.UNDECIDED, f"{proof}, but {floats.why}; kernels: {kernels.why}", None
    if floats.outcome is Outcome.REFUTED or kernels.outcome is Outcome.REFUTED:
        culprit = floats if floats.outcome is Outcome.REFUTED else kernels
        return Answer.DIFFERENT, f"{proof}, yet {culprit.why}", culprit.ulp
    if floats.outcome is Outcome.HOLDS:
        return Answer.EXACT, f"{proof}; {floats.why}", None
    if floats.outcome is Outcome.HOLDS_WITHIN:
        return Answer.ROUNDING, f"{proof}; at most {floats.ulp:,} ULP apart: {floats.why}", floats.ulp
    observed = kernels.ulp or 0
    return Answer.ROUNDING, f"{proof}; observed at most {observed:,} ULP apart: {kernels.why}", observed


def _unproved(hearing: Hearing, worlds: Mapping[str, WorldAnswer]) -> tuple[Answer, str, int | None]:
    """The reals cannot say: only a difference beyond rounding decides."""
    reason = hearing.requirement.account
    seen = _seen(hearing)
    if seen is None:
        return Answer.UNDECIDED, f"{reason}; kernels: {worlds['kernels'].why}", None
    certified = hearing.certificate.drawdown_ulp if hearing.certificate is not None else 0
    if seen.gap_ulp is None or max(seen.gap_ulp, certified) > _allowance(hearing):
        return (
            Answer.DIFFERENT,
            f"no proof ({reason}), but the operators differ by {_gap(seen)}",
            seen.gap_ulp,
        )
    why = f"{reason}; the operators differ by {_gap(seen)}, which may be rounding"
    return Answer.UNDECIDED, why, seen.gap_ulp


def _contradictions(hearing: Hearing, worlds: Mapping[str, WorldAnswer]) -> tuple[str, ...]:
    """Every pair of statements that cannot both be true."""
    found = []
    proved, certificate = hearing.requirement.finding.holds, hearing.certificate
    floats, kernels = worlds["floats"], worlds["kernels"]
    if proved is True and kernels.outcome is Outcome.REFUTED and floats.outcome is not Outcome.REFUTED:
        exact = floats.outcome is Outcome.HOLDS
        certified = f", beyond the certified {floats.ulp:,} ULP" if floats.ulp is not None else ""
        claim = "bit-for-bit equality" if exact else "the law"
        found.append(
            f"the reals and the floats promise {claim}, but kernels: {kernels.why}{certified}; the operator "
            f"is not the reduction that its entry claims, or the activation is not a function of the value"
        )
    if proved is False and _seen(hearing) is None and not _below_resolution(hearing):
        found.append(
            f"the reals refute the law ({hearing.requirement.account}), but neither the replayed witness "
            f"nor {_examples(hearing)} show a difference"
        )
    found.extend(
        f"the floats hold the pair {replay.values} to be out of order, but the operators do not show it"
        for replay in hearing.replays
        if replay.source == "floats" and replay.counterexample is None
    )
    limit = hearing.drawdown
    seen = _seen(hearing)
    for world, gap in (
        ("the kernels", seen.gap if seen else 0.0),
        ("the floats", certificate.drawdown if certificate and limit is not None else 0.0),
    ):
        # An infinite gap is the kernel's overflow, which is a note: the real function has none.
        if limit is not None and _beyond(limit, hearing) < gap < math.inf:
            found.append(f"{world} show a gap of {gap:.6g}, above the drawdown {limit:.6g} of the reals")
    return tuple(found)


def _notes(hearing: Hearing) -> tuple[str, ...]:
    """What a reader must know beside the verdict, which speaks of finite inputs."""
    notes = []
    if hearing.requirement.finding.holds is False and _below_resolution(hearing):
        notes.append(
            f"not visible in {hearing.dtype}: every pair of its values is in order, so the orders agree "
            f"there bit for bit although the real function breaks the law"
        )
    if hearing.zeros is not None:
        given = hearing.zeros.input.flatten().tolist()
        notes.append(f"zeros may differ in sign, as -0.0 and 0.0 are one value: so for the window {given}")
    if hearing.infinite_nan:
        notes.append("f is NaN at an infinite input")
    if hearing.certificate is not None and _overflows(hearing.certificate, hearing.drawdown):
        notes.append("the kernel overflows: it returns an infinity on one side of a pair of finite values")
    for domain, found in hearing.special.items():
        if isinstance(found, Counterexample):
            notes.append(f"on {domain} inputs the orders differ by {_gap(found)}, for {_input(found)}")
    return tuple(notes)


# ---- helpers -------------------------------------------------------------------------------------------


def _seen(hearing: Hearing) -> Counterexample | None:
    """A difference seen on the operators in this dtype."""
    if isinstance(hearing.kernels, Counterexample):
        return hearing.kernels
    here = (r.counterexample for r in hearing.replays if r.dtype == hearing.dtype)
    return next((counterexample for counterexample in here if counterexample is not None), None)


def _only_rounding(hearing: Hearing, seen: Counterexample) -> bool:
    """Whether a proved law's difference is within the certificate's bound, else within the allowance."""
    if hearing.requirement.finding.holds is not True or seen.gap_ulp is None:
        return False
    if hearing.bounded is not None:
        return isinstance(hearing.bounded, Survival)
    largest = max(float(side.double().abs().max()) for side in (seen.input, seen.activation_first))
    return seen.gap <= _allowance(hearing) * hearing.epsilon * max(1.0, largest)


def _beyond(limit: float, hearing: Hearing) -> float:
    """The limit, with what rounding may add to it."""
    return limit + _allowance(hearing) * hearing.epsilon * max(1.0, limit)


def _allowance(hearing: Hearing) -> int:
    """How many ULP rounding alone may take, in this dtype."""
    return HALF_ROUNDING_ULP if hearing.epsilon > HALF_EPSILON else ROUNDING_ULP


def _smallest(hearing: Hearing) -> Counterexample | None:
    """The counterexample to show: of this dtype if there is one, else the exact witness in float64."""
    replayed = (r.counterexample for r in hearing.replays if r.counterexample is not None)
    return _seen(hearing) or next(replayed, None)


def _overflows(certificate: Certificate, limit: float | None) -> bool:
    """Whether the kernel falls from an infinity although the real function's drawdown is finite."""
    return limit is not None and math.isfinite(limit) and math.isinf(certificate.drawdown)


def _below_resolution(hearing: Hearing) -> bool:
    """Whether the certificate shows that this dtype cannot see the real function's violation."""
    certificate = hearing.certificate
    ordered = hearing.requirement.property == "nondecreasing"
    return ordered and certificate is not None and certificate.drawdown_ulp == 0 and _seen(hearing) is None


def _examples(hearing: Hearing) -> str:
    found = hearing.kernels
    return f"{found.examples:,} examples" if isinstance(found, Survival) else "the examples"


def _input(counterexample: Counterexample) -> str:
    given = counterexample.input
    return f"x = {given.tolist()}" if given.numel() <= 8 else f"an x of shape {tuple(given.shape)}"


def _gap(counterexample: Counterexample) -> str:
    if counterexample.gap_ulp is None:
        return "a NaN against a number"
    return f"{counterexample.gap:.4g} ({counterexample.gap_ulp:,} ULP)"
