"""What the floats say of a law: the certificate, read for what it decides."""

from __future__ import annotations

from ordering.evidence import Certificate, Outcome, WorldAnswer
from ordering.evidence.words import bound, number, ulp
from ordering.verdict.records import Decides, Departure, Hearing
from ordering.verdict.rounding import exceeds, falls, units


def read(hearing: Hearing) -> WorldAnswer:
    """The floats' answer, with the certified bound in ULP where they hold the law within one."""
    certificate = hearing.certificate
    if hearing.carries is False:
        why = f"what the law needs of f is lost in {hearing.dtype}, where different numbers share an image"
        return _answer(Outcome.REFUTED, why)
    if hearing.carries is None:
        why = f"whether what the law needs of f survives rounding to {hearing.dtype} is not known"
        return _answer(Outcome.UNDECIDED, why)
    if hearing.exactly:
        return _answer(Outcome.HOLDS, hearing.exactly)
    if certificate is not None and certificate.values == 0:
        return _answer(Outcome.ERROR, "the scan compared no values")
    if certificate is not None and hearing.orders and certificate.identity:
        why = f"f returns {_scanned(certificate)} unchanged, bit for bit, so both orders are one computation"
        return _answer(Outcome.HOLDS, why)
    if hearing.decides is Decides.NOTHING:
        return _answer(Outcome.NOT_APPLICABLE, "a scan of single values says nothing of this law")
    if certificate is None:
        refuted = hearing.requirement.finding.holds is False
        return _answer(Outcome.NOT_APPLICABLE if refuted else Outcome.UNDECIDED, hearing.no_certificate)
    if finite_nan := certificate.nan - hearing.infinite_nan:
        first = (
            "" if hearing.finite_nan is None else f", the first {number(hearing.finite_nan, hearing.dtype)}"
        )
        inputs = "1 finite input" if finite_nan == 1 else f"{finite_nan:,} finite inputs"
        why = f"f is NaN at {inputs}{first}"
        why += (
            ": the kernel overflows there"
            if hearing.nan_overflow
            else "; low and high say where f is claimed"
        )
        return _answer(Outcome.REFUTED, why)
    if hearing.decides is Decides.PATHS:
        return _paths(certificate)
    return _falls(hearing, certificate)


def _answer(outcome: Outcome, why: str, steps: int | None = None) -> WorldAnswer:
    return WorldAnswer("floats", outcome, why, ulp=steps)


def _scanned(certificate: Certificate) -> str:
    return f"all {certificate.values:,} values of {certificate.dtype}"


def _paths(certificate: Certificate) -> WorldAnswer:
    """Whether every value has one result, whatever the code path."""
    scanned, split = _scanned(certificate), certificate.disagreement
    if split is None or not split.differing:
        return _answer(Outcome.HOLDS, f"vector and scalar code agree at {scanned}")
    if not split.worst_ulp:
        why = f"vector and scalar code agree at {scanned} but for the sign of {split.differing:,} zeros"
        return _answer(Outcome.HOLDS, why)
    most = ulp(split.worst_ulp)
    why = f"vector and scalar code differ at {split.differing:,} of {scanned}, by at most {most}"
    return _answer(Outcome.HOLDS_WITHIN, why, split.worst_ulp)


def _falls(hearing: Hearing, certificate: Certificate) -> WorldAnswer:
    """Monotonicity over the dtype: by the transfer theorem no drawdown means bit-for-bit equal orders."""
    scanned, split = _scanned(certificate), certificate.disagreement
    differing = split.differing if split is not None else 0
    if certificate.drawdown_ulp == 0:
        signs = f" but for the sign of {differing:,} zeros" if differing else ""
        return _answer(Outcome.HOLDS, f"{scanned} in order, vector and scalar code agree{signs}")
    drops = "1 drop" if certificate.drops == 1 else f"{certificate.drops:,} drops"
    apart = f", vector and scalar code differ at {differing:,} values" if differing else ""
    sides = "the orders" if hearing.orders else "the two sides"
    what = "" if hearing.scanned == "f" else f" of {hearing.scanned}"
    why = f"{drops}{what} among {scanned}{apart}; {sides} differ by {bound(certificate, hearing.scanned)}"
    small = hearing.requirement.finding.holds is not False and is_rounding(hearing, certificate)
    outcome = Outcome.HOLDS_WITHIN if small else Outcome.REFUTED
    return _answer(outcome, why, certificate.drawdown_ulp)


def is_rounding(hearing: Hearing, certificate: Certificate) -> bool:
    """Whether the certificate's largest falls are no more than rounding."""
    allowed = units(hearing.epsilon, proved=hearing.requirement.finding.holds is True)
    return not any(exceeds(pair, 0.0, hearing.epsilon, allowed) for pair in falls(certificate))


def told(departure: Departure, dtype: str) -> str:
    """Where and why the kernel leaves the function, and how it does where it does not."""
    at, given, true = (number(value, dtype) for value in (departure.at, departure.kernel, departure.true))
    right = f"f({at}) is {given}, where {true} is right"
    if departure.foreign:
        return (
            f"the expression is not the kernel: {right}, and in float64 the kernel gives {departure.double!r}"
        )
    cause = "the kernel overflows" if departure.overflow else "the kernel loses its digits"
    text = f"in {dtype} {cause}: {right}"
    if departure.calm is None:
        return text
    low, high = (number(value, dtype) for value in departure.calm)
    kept = f"it keeps to the function from {low} to {high}"
    if departure.within is None:
        return f"{text}; as far as bisection tells, {kept}: that range was not scanned apart"
    text += f"; {kept}"
    if departure.within.drawdown_ulp == 0:
        return f"{text}, where the orders are equal"
    return f"{text}, where the orders differ by {bound(departure.within)}"
