"""What the worlds say of one law, activation and pooling in one dtype, gathered for the judge."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import permutations

import torch

from ordering.activation import Activation
from ordering.catalogue.sides import both_orders
from ordering.errors import NotApplicable
from ordering.evidence import Certificate, Counterexample, Finding, Grade, Shape, Survival
from ordering.floats.observed import sample
from ordering.kernels import compare, examine, placements, replay, window
from ordering.kernels.checking import claimed_on
from ordering.law import ALWAYS, Case, Domain, Law, Relation
from ordering.pooling import Kind, Pooling
from ordering.verdict.account import account, drawdown
from ordering.verdict.facts import Facts, claimed
from ordering.verdict.judge import Hearing, Replay, Requirement
from ordering.verdict.settings import SCANNABLE, Settings, name_of

SELECTIONS = (Kind.SELECT_MAX, Kind.SELECT_MIN)
SCANNED = (ALWAYS, "nondecreasing", "nonincreasing")
"""Properties that a scan of single values decides."""
IDENTITY_SAMPLE = 2**12
FEWEST = 10
"""Examples on infinities and on NaN, at least; otherwise a fifth of those on finite inputs."""


def hear(
    activation: Activation, facts: Facts, pooling: Pooling, law: Law, dtype: torch.dtype, settings: Settings
) -> Hearing:
    """Ask every world.

    Raises
    ------
    KernelError, NothingCompared
        If the operators cannot be examined.
    NotApplicable
        If the law cannot be examined for this activation and pooling here.
    """
    certificate = facts.certificates.get(name_of(dtype))
    requirement, kind = _requirement(activation, facts, pooling, law)
    replays = _replays(activation, facts, pooling, law, dtype, requirement, kind)
    ask = partial(
        examine,
        activation,
        pooling,
        law=law,
        dtype=dtype,
        seed=settings.seed,
        database=settings.database,
        shape=facts.shape,
        hints=tuple(each.values for each in replays),
    )
    finite = law.domains & {Domain.FINITE} or law.domains
    orders = law.sides is both_orders
    bound = _bound(requirement, certificate) if orders else None
    kernels = ask(domains=finite, examples=settings.examples)
    bounded: Counterexample | Survival | None = None
    if bound is not None:
        bounded = kernels
        if isinstance(kernels, Counterexample):
            bounded = ask(domains=finite, examples=settings.examples, tolerance_ulp=bound)
    # Where finite inputs already break the law, infinities and NaN have nothing to add.
    others = law.domains - finite if isinstance(kernels, Survival) else frozenset()
    special = {}
    for domain in sorted(others, key=lambda domain: domain.value):
        with suppress(NotApplicable):  # an activation of an interval is not claimed at infinity
            special[domain.value] = ask(
                domains={domain}, examples=max(settings.examples // 5, FEWEST), tolerance_ulp=bound or 0
            )
    return Hearing(
        dtype=name_of(dtype),
        epsilon=torch.finfo(dtype).eps,
        requirement=requirement,
        kernels=kernels,
        orders=orders,
        carries=law.carries_over is None or law.carries_over(activation, dtype),
        certificate=certificate,
        no_certificate=_no_certificate(dtype, replays),
        infinite_nan=_infinite_nan(activation, dtype, certificate),
        bounded=bounded,
        replays=replays,
        special=special,
        zeros=_zeros(activation, pooling, dtype) if orders and kind in SELECTIONS else None,
        drawdown=drawdown(facts.shape) if orders and kind in SELECTIONS else None,
    )


def _bound(requirement: Requirement, certificate: Certificate | None) -> int | None:
    """How many ULP the certificate allows a proved law to be off; None if it does not speak of the law."""
    if certificate is None or requirement.finding.holds is not True:
        return None
    return certificate.drawdown_ulp if requirement.property == "nondecreasing" else None


def scan_tells(activation: Activation, facts: Facts, pooling: Pooling, law: Law, dtype: torch.dtype) -> bool:
    """Whether a certificate over a large dtype can change what is said of the law there.

    It cannot where the law is not about the orders' values; where it rests on a property of which single
    values tell nothing, unless f is the identity; and where the witness of the reals refutes it on the
    operators in this very dtype.
    """
    if law.sides is not both_orders:
        return False
    requirement, kind = _requirement(activation, facts, pooling, law)
    if requirement.property not in SCANNED and not _may_be_identity(activation, dtype):
        return False
    replays = _replays(activation, facts, pooling, law, dtype, requirement, kind)
    return not _refuted_here(dtype, replays)


def _may_be_identity(activation: Activation, dtype: torch.dtype) -> bool:
    """Whether the kernel returns a sample of the values it is claimed on unchanged, bit for bit."""
    over = claimed(activation, dtype)
    values = sample(over, IDENTITY_SAMPLE)
    return compare(activation.kernel(values.clone()), values).grade is Grade.BITWISE


def _refuted_here(dtype: torch.dtype, replays: Sequence[Replay]) -> bool:
    seen = (each for each in replays if each.source == "reals" and each.dtype == name_of(dtype))
    return any(each.counterexample is not None for each in seen)


def _no_certificate(dtype: torch.dtype, replays: Sequence[Replay]) -> str:
    """Why there is none, where there is none."""
    if dtype not in SCANNABLE:
        return f"{name_of(dtype)} has too many values to scan them all"
    if _refuted_here(dtype, replays):
        return f"not scanned: on {name_of(dtype)} tensors the witness of the reals refutes the law already"
    return "not scanned: single values say nothing of this law"


def _requirement(
    activation: Activation, facts: Facts, pooling: Pooling, law: Law
) -> tuple[Requirement, Kind]:
    """The need that decides: the first refuted one of the pooling's kinds, else the first undecided."""
    candidates = [
        (_need(activation, facts.shape, law, kind, law.needs[kind]), kind)
        for kind in pooling.kinds
        if kind in law.needs
    ]
    for answer in (False, None):
        for requirement, kind in candidates:
            if requirement.finding.holds is answer:
                return requirement, kind
    return candidates[-1]


def _need(activation: Activation, shape: Shape, law: Law, kind: Kind, name: str) -> Requirement:
    """What the law needs for one kind, with what theory concludes for the law from the shape."""
    finding = Finding(True) if name == ALWAYS else shape.finding(name)
    line = account(activation, shape, name, finding)
    concluded = law.holds(kind, shape)
    if concluded is finding.holds:
        return Requirement(name, finding, line)
    if finding.holds is False:
        return Requirement(
            name, Finding(None, reason=line), f"{line}, and without that the law may hold or not"
        )
    beyond = {True: "holds", False: "fails", None: "is undecided"}[concluded]
    return Requirement(
        name, Finding(concluded, reason=line), f"{line}; what the law needs beyond that {beyond}"
    )


# ---- replays -------------------------------------------------------------------------------------------


def _replays(
    activation: Activation,
    facts: Facts,
    pooling: Pooling,
    law: Law,
    dtype: torch.dtype,
    requirement: Requirement,
    kind: Kind,
) -> tuple[Replay, ...]:
    """Put the witness of the reals and the worst pair of the floats on the operators."""
    if law.sides is not both_orders or kind not in (*SELECTIONS, Kind.MEAN) or requirement.property == ALWAYS:
        return ()
    put = partial(_replay, activation, facts.shape, pooling, law)
    replays = []
    witness = requirement.finding.witness
    if requirement.finding.holds is False and witness is not None and len(witness) == 2:
        values = (float(witness[0]), float(witness[1]))
        replays += [put("reals", each, values) for each in dict.fromkeys((dtype, torch.float64))]
    certificate = facts.certificates.get(name_of(dtype))
    if requirement.property == "nondecreasing" and certificate is not None and certificate.worst is not None:
        replays.append(put("floats", dtype, (certificate.worst.a, certificate.worst.b)))
    return tuple(replays)


def _replay(
    activation: Activation,
    shape: Shape,
    pooling: Pooling,
    law: Law,
    source: str,
    dtype: torch.dtype,
    values: tuple[float, float],
) -> Replay:
    """Whether the values break the law in some placement: simplest first, on each pair of code paths."""
    calls = placements(pooling, values, dtype)
    attempts = (replay(activation, pooling, law, *call, shape=shape) for call in calls)
    seen = next((found for found in attempts if found is not None), None)
    return Replay(source, name_of(dtype), values, seen)


def _zeros(activation: Activation, pooling: Pooling, dtype: torch.dtype) -> Case | None:
    """A window in which the orders return zeros of different sign.

    Max pooling takes -0.0 and 0.0 for a tie and keeps the first; relu, which keeps -0.0 and makes -1 a 0.0,
    gives both in the window (-1, -0.0).
    """
    for values in permutations((-1.0, -0.0, 0.0), 2):
        given, arguments = window(pooling, values, dtype)
        case = Case(activation, pooling, given, arguments)
        if claimed_on(activation, given) and compare(*both_orders(case), Relation.EQUAL).grade is Grade.EQUAL:
            return case
    return None


def _infinite_nan(activation: Activation, dtype: torch.dtype, certificate: Certificate | None) -> int:
    """How many of -inf and inf the kernel turns into NaN, of those that the certificate has scanned."""
    infinities = torch.tensor([-torch.inf, torch.inf], dtype=dtype)
    if certificate is not None:
        infinities = infinities[(infinities >= certificate.low) & (infinities <= certificate.high)]
    return int(activation.kernel(infinities).isnan().sum())
