"""The cross-examination itself: from what the worlds said of one dtype to a verdict, by fixed rules.

Nothing is computed on kernels or expressions here: the rules read records and write a record, so that each
can be tested on a hearing made up for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ordering.evidence import (
    Answer,
    Cause,
    Counterexample,
    DtypeVerdict,
    Grade,
    Outcome,
    Survival,
    WorldAnswer,
)
from ordering.evidence.words import (
    bound,
    conclusion,
    difference,
    fall,
    given,
    steps_apart,
    two_codes,
    ulp,
)
from ordering.verdict.exact_values import against_exact_values, exact_gap, of_the_function
from ordering.verdict.reading import read, told
from ordering.verdict.records import Decides, Hearing, Replay
from ordering.verdict.rounding import exceeds, excess, falls, units

Worlds: TypeAlias = Mapping[str, WorldAnswer]
Judged: TypeAlias = tuple[Answer, str, int | None]
"""The answer, why, and by how many ULP."""


def judge(hearing: Hearing) -> DtypeVerdict:
    """The verdict for one dtype.

    The rules, in this order.  A certificate that decides the law settles the dtype, whatever the reals can
    say: `exact` where nothing falls, `rounding` where it falls by no more than rounding and nothing is
    refuted, else `different`.  Without one, what is proved must survive on the operators, and what is refuted
    is `different`.  A law that is claimed of every f without a theorem is what the operators show.  Anything
    else is `undecided`, unless the operators differ by more than rounding.  Whatever the worlds say that
    cannot all be true is listed in `contradictions`.
    """
    floats = read(hearing)
    worlds = {"reals": _reals(hearing), "floats": floats, "kernels": _kernels(hearing, floats)}
    answer, why, steps = _judged(hearing, worlds)
    return DtypeVerdict(
        dtype=hearing.dtype,
        answer=answer,
        why=why,
        worlds=worlds,
        contradictions=() if answer is Answer.ERROR else tuple(_contradictions(hearing, worlds)),
        notes=tuple(_notes(hearing, answer, worlds)),
        counterexample=_shown(hearing, answer),
        ulp=steps,
    )


# ---- one answer a world --------------------------------------------------------------------------------


def _reals(hearing: Hearing) -> WorldAnswer:
    requirement = hearing.requirement
    if requirement.claimed or requirement.outside:
        return WorldAnswer("reals", Outcome.NOT_APPLICABLE, requirement.account)
    outcome = {True: Outcome.HOLDS, False: Outcome.REFUTED, None: Outcome.UNDECIDED}
    return WorldAnswer("reals", outcome[requirement.finding.holds], requirement.account)


def _kernels(hearing: Hearing, floats: WorldAnswer) -> WorldAnswer:
    refuted = floats.outcome is Outcome.REFUTED
    moderate = None if refuted else hearing.moderate  # f itself overflows: nothing is to be set apart
    found = hearing.kernels if moderate is None else moderate
    where = "" if moderate is None or hearing.overflow else "where nothing overflows, "
    if isinstance(found, Survival):
        if found.compared == 0:
            return WorldAnswer("kernels", Outcome.ERROR, "no element was compared")
        counts = {"examples": found.examples, "compared": found.compared, "outside": found.outside}
        return WorldAnswer("kernels", Outcome.HOLDS, where + _survived(hearing, found), details=counts)
    why = f"{where}{difference(found, orders=hearing.orders)}, for {given(found)}"
    outcome = Outcome.HOLDS_WITHIN if not refuted and _within(hearing, found) else Outcome.REFUTED
    return WorldAnswer("kernels", outcome, why, ulp=steps_apart(found))


def _survived(hearing: Hearing, found: Survival) -> str:
    seen = f"in {found.examples:,} examples, {found.compared:,} elements"
    if not hearing.orders:
        return f"the law held {seen}"
    return f"{'same bits' if found.grade is Grade.BITWISE else 'same values'} {seen}"


def _within(hearing: Hearing, found: Counterexample) -> bool:
    """Whether a difference is one that the certificate allows, else no more than rounding."""
    certificate = hearing.certificate
    if hearing.strict or hearing.requirement.finding.holds is False:
        return False
    if hearing.orders and hearing.decides is Decides.FALLS and certificate is not None:
        if isinstance(hearing.bounded, Survival):
            return True
        largest = hearing.bounded.gap_ulp if hearing.bounded is not None else found.gap_ulp
        return largest is not None and largest <= certificate.drawdown_ulp
    return _only_rounding(hearing, found)


def _only_rounding(hearing: Hearing, found: Counterexample) -> bool:
    """Whether the two sides are numbers that differ by no more than rounding, wherever they differ."""
    if found.gap_ulp is None or not found.activation_first.is_floating_point():
        return False
    allowed = units(hearing.epsilon, proved=hearing.requirement.finding.holds is True)
    # A selection adds nothing up, so that only the results' own rounding counts.
    inputs = hearing.decides is not Decides.FALLS
    return not excess(found, 0.0, hearing.epsilon, allowed, inputs=inputs)


# ---- the verdict ---------------------------------------------------------------------------------------


def _judged(hearing: Hearing, worlds: Worlds) -> Judged:
    for world in worlds.values():
        if world.outcome is Outcome.ERROR:
            return Answer.ERROR, f"{world.world}: {world.why}", None
    departure = hearing.departure
    if departure is not None and departure.foreign:
        return Answer.ERROR, told(departure, hearing.dtype), None
    floats = worlds["floats"]
    if floats.outcome in (Outcome.HOLDS, Outcome.HOLDS_WITHIN, Outcome.REFUTED):
        return _settled(hearing, worlds)
    if hearing.requirement.claimed:
        return _claimed(worlds["kernels"])
    proved = hearing.requirement.finding.holds
    if proved is True:
        return _proved(hearing, floats, worlds["kernels"])
    if proved is False:
        return Answer.DIFFERENT, hearing.requirement.account, _gap_ulp(hearing)
    return _unproved(hearing, worlds["kernels"])


def _settled(hearing: Hearing, worlds: Worlds) -> Judged:
    """A certificate decides, by looking at every value."""
    floats, kernels = worlds["floats"], worlds["kernels"]
    proved, account = hearing.requirement.finding.holds, hearing.requirement.account
    if floats.outcome is Outcome.REFUTED:
        if proved is False:
            return Answer.DIFFERENT, account, _gap_ulp(hearing)
        if hearing.departure is not None:
            why = f"{account}, yet {told(hearing.departure, hearing.dtype)}"
            return Answer.DIFFERENT, why, floats.ulp
        link = f"{account}, yet" if proved is True else "no proof over the reals, but"
        return Answer.DIFFERENT, f"{link} {floats.why}", floats.ulp
    if kernels.outcome is Outcome.REFUTED:
        where = "where a window lies wholly in padding, " if hearing.padding else ""
        return Answer.DIFFERENT, f"{floats.why}, yet {where}{kernels.why}", kernels.ulp
    if proved is False and floats.outcome is Outcome.HOLDS_WITHIN:
        return Answer.DIFFERENT, account, _gap_ulp(hearing)
    if proved is False:
        coarse = f"over the reals {account}, which {hearing.dtype} is too coarse to show"
        return Answer.EXACT, f"by exhaustion: {floats.why}; {coarse}", None
    basis = account if proved is True else "by exhaustion; no proof over the reals"
    if floats.outcome is Outcome.HOLDS:
        return Answer.EXACT, f"{basis}; {floats.why}", None
    certificate = hearing.certificate
    how = floats.why
    if certificate is not None and hearing.decides is Decides.FALLS:
        sides = "the orders" if hearing.orders else "the two sides"
        how = f"{sides} differ by {bound(certificate, hearing.scanned)}"
    return Answer.ROUNDING, f"{basis}; {how}", floats.ulp


def _claimed(kernels: WorldAnswer) -> Judged:
    """No theorem and no scan speaks of the law: it is what the operators show."""
    if kernels.outcome is Outcome.REFUTED:
        return Answer.DIFFERENT, f"the law fails: {kernels.why}", kernels.ulp
    if kernels.outcome is Outcome.HOLDS_WITHIN:
        return Answer.ROUNDING, f"no more than rounding was seen: {kernels.why}", kernels.ulp
    return Answer.EXACT, f"{kernels.why}; the law is about the operators: there is nothing to prove", None


def _proved(hearing: Hearing, floats: WorldAnswer, kernels: WorldAnswer) -> Judged:
    """The law holds over the reals, and no certificate decides how well it holds here."""
    account = hearing.requirement.account
    if kernels.outcome is Outcome.REFUTED:
        return Answer.DIFFERENT, f"{account}, yet {kernels.why}", kernels.ulp
    if floats.outcome is Outcome.UNDECIDED:
        return Answer.UNDECIDED, f"{account}, but {floats.why}; kernels: {kernels.why}", None
    if kernels.outcome is Outcome.HOLDS_WITHIN:
        return Answer.ROUNDING, f"{account}; no more than rounding was seen: {kernels.why}", kernels.ulp
    allowed = "no rounding was seen" if hearing.orders else "with the rounding that the law itself allows"
    return Answer.ROUNDING, f"{account}; {allowed}: {kernels.why}; not certified: {floats.why}", 0


def _unproved(hearing: Hearing, kernels: WorldAnswer) -> Judged:
    """The reals cannot say, and no certificate decides: only a difference beyond rounding does."""
    account = hearing.requirement.account
    seen = hearing.moderate if isinstance(hearing.moderate, Counterexample) else _seen(hearing)
    if seen is None or kernels.outcome is Outcome.HOLDS:
        return Answer.UNDECIDED, f"{account}; kernels: {kernels.why}", None
    wide = _of_the_function(hearing, seen)
    exact = exact_gap(seen)
    if hearing.strict or exact or wide is not None or not _only_rounding(hearing, seen):
        link = account if hearing.requirement.outside else f"no proof ({account})"
        what = f"{difference(seen, orders=hearing.orders)}, for {given(seen)}"
        if exact:
            what += f"; {exact}"
        elif wide is not None:
            what += f"; in float64, where rounding is no more than a trifle, still by {wide.gap:.4g}"
        return Answer.DIFFERENT, f"{link}, and on the operators {what}", steps_apart(seen)
    arithmetic = seen.symbolic is not None and seen.symbolic.conclusion is Cause.ARITHMETIC
    whose = "which is of the arithmetic" if arithmetic else "which may be rounding"
    return Answer.UNDECIDED, f"{account}; kernels: {kernels.why}, {whose}", steps_apart(seen)


def _of_the_function(hearing: Hearing, seen: Counterexample) -> Counterexample | None:
    """What float64 shows on the same input, if it is most of the difference, and no rounding there."""
    wide = hearing.wide
    if wide is None or not math.isfinite(wide.gap) or not wide.activation_first.is_floating_point():
        return None
    epsilon = math.ulp(1.0)
    beyond = excess(wide, 0.0, epsilon, units(epsilon, proved=False), inputs=True)
    return wide if beyond and wide.gap > seen.gap / 2 else None


# ---- contradictions --------------------------------------------------------------------------------------


def _contradictions(hearing: Hearing, worlds: Worlds) -> Iterator[str]:
    """Every pair of statements that cannot both be true."""
    proved, certificate = hearing.requirement.finding.holds, hearing.certificate
    floats, kernels = worlds["floats"], worlds["kernels"]
    promised = floats.outcome in (Outcome.HOLDS, Outcome.HOLDS_WITHIN)
    beyond = hearing.padding or hearing.overflow  # of which no theorem speaks
    foretold = floats.outcome is Outcome.REFUTED or hearing.carries is not True or beyond
    if kernels.outcome is Outcome.REFUTED and not foretold and (promised or proved is True):
        who = " and ".join((["the reals"] if proved is True else []) + (["the floats"] if promised else []))
        claim = "bit-for-bit equality" if floats.outcome is Outcome.HOLDS else "the law"
        certified = "" if floats.ulp is None else f", beyond the certified {ulp(floats.ulp)}"
        yield (
            f"{who} promise {claim}, but kernels: {kernels.why}{certified}; the operator is not the "
            f"reduction that its entry claims, or the activation is not a function of the value"
        )
    if proved is False and hearing.visible and not promised and _nothing_shown(hearing):
        yield (
            f"the reals refute the law ({hearing.requirement.account}), but neither the replayed witness nor "
            f"{_examples(hearing)} show a difference"
        )
    for replay in hearing.replays:
        if replay.source == "floats" and replay.counterexample is None and replay.shown:
            yield f"f falls on the pair {replay.values} as the operators call it, but the orders agree there"
    yield from against_exact_values(hearing)
    limit = hearing.drawdown
    if limit is None or hearing.departure is not None or hearing.padding:
        return
    allowed = units(hearing.epsilon, proved=True)
    seen = hearing.kernels
    # Of what is proved to hold, the drawdown of 0 says no more than was said above.
    if (
        isinstance(seen, Counterexample)
        and proved is False
        and math.isfinite(seen.gap)
        and excess(seen, limit, hearing.epsilon, allowed, inputs=True)
    ):
        yield f"the kernels show a gap of {seen.gap:.6g}, above the drawdown {limit:.6g} of the reals"
    for pair in falls(certificate) if certificate is not None else ():
        finite = math.isfinite(pair.fa) and math.isfinite(pair.fb)
        # An infinite result is the kernel's overflow, which is a note: the real function has none.
        if finite and exceeds(pair, limit, hearing.epsilon, allowed, inputs=True):
            yield (
                f"the floats show a gap of {pair.fa - pair.fb:.6g}, above the drawdown {limit:.6g} of the "
                f"reals: {fall(pair, hearing.dtype)}"
            )
            return


def _nothing_shown(hearing: Hearing) -> bool:
    """Whether no example and no replay broke the law, in any dtype, and one replay at least was made."""
    tried = [replay for replay in hearing.replays if replay.source == "reals"]
    return isinstance(hearing.kernels, Survival) and bool(tried) and not any(r.counterexample for r in tried)


# ---- notes -----------------------------------------------------------------------------------------------


def _notes(hearing: Hearing, answer: Answer, worlds: Worlds) -> Iterator[str]:
    """What a reader must know beside the verdict, which speaks of finite inputs."""
    certificate = hearing.certificate
    if hearing.requirement.finding.holds is False and answer is Answer.DIFFERENT and _seen(hearing) is None:
        yield f"not seen on the operators in {hearing.dtype}, in {_examples(hearing)}"
    apart = hearing.moderate is not None and worlds["floats"].outcome is not Outcome.REFUTED
    if apart and isinstance(found := hearing.kernels, Counterexample):
        yield f"where a step overflows, {difference(found, orders=hearing.orders)}, for {given(found)}"
    if hearing.zeros is not None:
        values = hearing.zeros.input.flatten().tolist()
        yield f"zeros may differ in sign, as -0.0 and 0.0 are one value: so for the window {values}"
    if hearing.infinite_nan and hearing.orders:
        yield "f is NaN at an infinite input"
    overflow = certificate is not None and math.isinf(certificate.drawdown) and hearing.departure is None
    if overflow and hearing.drawdown is not None and math.isfinite(hearing.drawdown):
        yield "the kernel overflows: it returns an infinity on one side of a pair of finite values"
    shown = _shown(hearing, answer)
    exact = None if shown is None else shown.symbolic
    if answer is Answer.DIFFERENT and exact is not None and exact.conclusion is Cause.ARITHMETIC:
        yield f"of the counterexample: {conclusion(exact)}"
    if shown is not None and hearing.orders and (codes := two_codes(shown)):
        yield codes
    for domain, special in hearing.special.items():
        if isinstance(special, Counterexample):
            yield f"on {domain} inputs {difference(special, orders=hearing.orders)}, for {given(special)}"


# ---- helpers -------------------------------------------------------------------------------------------


def _replayed(hearing: Hearing) -> Iterator[Replay]:
    """Replays that broke the law, those in this dtype first."""
    broken = [replay for replay in hearing.replays if replay.counterexample is not None]
    yield from (replay for replay in broken if replay.dtype == hearing.dtype)
    yield from (replay for replay in broken if replay.dtype != hearing.dtype)


def _seen(hearing: Hearing) -> Counterexample | None:
    """A difference seen on the operators in this dtype."""
    if isinstance(hearing.kernels, Counterexample):
        return hearing.kernels
    here = (each.counterexample for each in _replayed(hearing) if each.dtype == hearing.dtype)
    return next(here, None)


def _gap_ulp(hearing: Hearing) -> int | None:
    seen = _shown(hearing, Answer.DIFFERENT)
    return None if seen is None or seen.dtype != hearing.dtype else steps_apart(seen)


def _shown(hearing: Hearing, answer: Answer) -> Counterexample | None:
    """The counterexample to show: the least, of this dtype if there is one; of rounding the largest gap.

    What exact arithmetic shows too goes before what only the kernels' arithmetic makes.
    """
    if answer not in (Answer.DIFFERENT, Answer.ROUNDING):
        return None
    candidates = [each.counterexample for each in _replayed(hearing) if each.counterexample is not None]
    if answer is Answer.DIFFERENT:
        seen = _seen(hearing) or next(iter(candidates), None)
        tame = [hearing.moderate] if isinstance(hearing.moderate, Counterexample) else []
        first = [] if seen is None else [seen]
        of_function = (each for each in (*first, *tame, *candidates) if of_the_function(each))
        return next((each for each in of_function if each.dtype == hearing.dtype), seen)
    tamed = hearing.kernels if hearing.moderate is None else hearing.moderate
    if isinstance(tamed, Counterexample):
        candidates.insert(0, tamed)
    return max(candidates, key=lambda found: found.gap_ulp or 0, default=None)


def _examples(hearing: Hearing) -> str:
    found = hearing.kernels
    return f"{found.examples:,} examples" if isinstance(found, Survival) else "the examples"
