"""`verify`: ask the three worlds about one law, activation and pooling, and have their answers judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from sympy import Expr, Rational, oo

from ordering.activation import Activation
from ordering.catalogue import activations, laws, poolings
from ordering.errors import InvalidArgument, KernelError, NothingCompared
from ordering.evidence import (
    Answer,
    Certificate,
    Counterexample,
    DtypeVerdict,
    Fidelity,
    Finding,
    Outcome,
    Shape,
    Survival,
    Verdict,
    WorldAnswer,
)
from ordering.fidelity import fidelity
from ordering.floats import Progress as ScanProgress
from ordering.floats import Store, certify
from ordering.judge import Hearing, Replay, Requirement, judge
from ordering.kernels import examine, placements, replay
from ordering.lattice import shift
from ordering.law import ALWAYS, Domain, Law
from ordering.pooling import Kind, Pooling
from ordering.reals import evaluate, prove

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is tried: the default dtypes and the number of Hypothesis examples per dtype."""

    dtypes: tuple[torch.dtype, ...]
    examples: int


EFFORTS: Final[Mapping[str, Effort]] = {
    "quick": Effort((torch.float16, torch.bfloat16), 50),
    "standard": Effort((torch.float16, torch.bfloat16, torch.float32), 200),
    "exhaustive": Effort((torch.float16, torch.bfloat16, torch.float32), 2_000),
}

# Dtypes whose every value can be scanned.  float64 has 2^64, so no certificate covers it.
SCANNABLE: Final = (torch.float16, torch.bfloat16, torch.float32)

WORLDS: Final = ("reals", "floats", "kernels")


def verify(
    activation: Activation | str,
    pooling: Pooling | str,
    law: Law | str = "commutes",
    *,
    dtypes: Sequence[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Cross-examine the reals, the floats and the kernels about one law.

    Parameters
    ----------
    activation, pooling, law:
        Entries, or names of registered ones (`"max"` and `"avg"` are the 2-d poolings).
    dtypes:
        The dtypes to judge, or their names; by default those of the effort.  The worst verdict stands.
    effort:
        `"quick"` (float16 and bfloat16, exhaustively), `"standard"` (also float32), or `"exhaustive"`
        (ten times as many examples).
    seed:
        Of everything that is drawn; the same seed and versions give the same verdict.
    timeout:
        Seconds for each proof; past it the reals say `undecided`.
    store:
        Where certificates are kept and looked up; None scans anew.
    progress:
        Called with a line of text at each stage.

    Raises
    ------
    UnknownEntry, InvalidEntry
        If a name is not registered, or an argument is neither an entry nor a name.
    InvalidArgument
        If the effort or a dtype is not known, or the law does not speak of this kind of pooling.
    """
    chosen = [laws.resolve(law)], [poolings.resolve(pooling)]
    [verdict] = verify_all(
        [activations.resolve(activation)],
        chosen[1],
        chosen[0],
        dtypes=dtypes,
        effort=effort,
        seed=seed,
        timeout=timeout,
        store=store,
        progress=progress,
    )
    return verdict


def verify_all(
    of_activations: Iterable[Activation],
    of_poolings: Sequence[Pooling],
    of_laws: Sequence[Law],
    *,
    dtypes: Sequence[torch.dtype | str] | None = None,
    effort: str = "quick",
    seed: int = 0,
    timeout: float = 10.0,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Iterator[Verdict]:
    """Verify every combination, activation by activation, so that each is proved and scanned once.

    Yields a `Verdict` as soon as it is known.  Parameters and errors are those of `verify`; the arguments
    are checked before the first verdict.
    """
    settings = _settings(dtypes, effort, seed, timeout, store, progress)
    for law in of_laws:
        for pooling in of_poolings:
            if not law.applies_to(pooling):
                kinds = ", ".join(kind.value for kind in pooling.kinds)
                raise InvalidArgument(
                    f"the law {law} does not speak of {pooling} ({kinds}); it speaks of: "
                    f"{', '.join(kind.value for kind in law.needs)}"
                )
    return _verdicts(of_activations, of_poolings, of_laws, settings)


@dataclass(frozen=True)
class _Settings:
    dtypes: tuple[torch.dtype, ...]
    effort: str
    seed: int
    timeout: float
    store: Store | None
    progress: Progress

    @property
    def examples(self) -> int:
        return EFFORTS[self.effort].examples


def _settings(
    dtypes: Sequence[torch.dtype | str] | None,
    effort: str,
    seed: int,
    timeout: float,
    store: Store | None,
    progress: Progress | None,
) -> _Settings:
    if effort not in EFFORTS:
        raise InvalidArgument(f"no effort named {effort!r}; choose one of {', '.join(EFFORTS)}")
    asked = EFFORTS[effort].dtypes if dtypes is None else tuple(dtypes)
    if not asked:
        raise InvalidArgument("dtypes is empty, so there would be nothing to judge; name at least one")
    resolved = tuple(dict.fromkeys(_dtype(dtype) for dtype in asked))
    return _Settings(resolved, effort, seed, timeout, store, progress or (lambda line: None))


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    judged = {_name(each): each for each in (*SCANNABLE, torch.float64)}
    found = judged.get(dtype if isinstance(dtype, str) else _name(dtype))
    if found is None:
        raise InvalidArgument(f"cannot judge the dtype {dtype!r}; choose from {', '.join(judged)}")
    return found


# ---- gathering -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Profile:
    """What is known of an activation by itself, whatever the pooling."""

    activation: Activation
    shape: Shape
    fidelity: Fidelity | None
    certificates: Mapping[torch.dtype, Certificate]
    broken: str
    """Why the kernel could not be examined; empty if it could."""


def _verdicts(
    of_activations: Iterable[Activation],
    of_poolings: Sequence[Pooling],
    of_laws: Sequence[Law],
    settings: _Settings,
) -> Iterator[Verdict]:
    for activation in of_activations:
        profile = _profile(activation, settings)
        for law in of_laws:
            for pooling in of_poolings:
                yield _verdict(profile, pooling, law, settings)


def _profile(activation: Activation, settings: _Settings) -> _Profile:
    say = settings.progress
    say(f"{activation}: proving")
    shape = prove(activation, timeout=settings.timeout)
    certificates = {}
    agreement: Fidelity | None = None
    broken = ""
    try:
        say(f"{activation}: comparing the expression with the kernel")
        agreement = fidelity(activation, seed=settings.seed)
        if agreement.faithful is False:
            broken = agreement.why
        else:
            for dtype in settings.dtypes:
                if dtype in SCANNABLE:
                    say(f"{activation}: scanning {_name(dtype)}")
                    low, high = _ends(activation, dtype)
                    certificates[dtype] = certify(
                        activation,
                        dtype,
                        path="all",
                        low=low,
                        high=high,
                        store=settings.store,
                        progress=_scanning(activation, dtype, say),
                    )
    except KernelError as error:
        broken = str(error)
    return _Profile(activation, shape, agreement, certificates, broken)


def _scanning(activation: Activation, dtype: torch.dtype, say: Progress) -> Callable[[ScanProgress], None]:
    """Tell how far a scan is, and how long it will take."""

    def tell(scan: ScanProgress) -> None:
        left = f", {scan.remaining:.0f} s left" if scan.rate else ""
        say(f"{activation}: scanning {_name(dtype)}: {scan.done / scan.total:.0%}{left}")

    return tell


def _verdict(profile: _Profile, pooling: Pooling, law: Law, settings: _Settings) -> Verdict:
    start = time.perf_counter()
    by_dtype = {}
    for dtype in settings.dtypes:
        settings.progress(f"{profile.activation}: {law} with {pooling} in {_name(dtype)}")
        if profile.broken:
            by_dtype[_name(dtype)] = _error(_name(dtype), profile.broken)
            continue
        try:
            by_dtype[_name(dtype)] = judge(_hearing(profile, pooling, law, dtype, settings))
        except (KernelError, NothingCompared) as error:
            by_dtype[_name(dtype)] = _error(_name(dtype), str(error))
    return Verdict(
        activation=profile.activation.name,
        pooling=pooling.name,
        law=law.name,
        effort=settings.effort,
        by_dtype=by_dtype,
        shape=profile.shape,
        fidelity=profile.fidelity,
        certificates=tuple(profile.certificates.values()),
        seconds=time.perf_counter() - start,
    )


def _hearing(
    profile: _Profile, pooling: Pooling, law: Law, dtype: torch.dtype, settings: _Settings
) -> Hearing:
    activation, certificate = profile.activation, profile.certificates.get(dtype)
    requirement, kind = _requirement(profile, pooling, law)
    replays = _replays(profile, pooling, law, dtype, requirement, kind)
    hints = tuple(witness.values for witness in replays)
    common: dict[str, Any] = {
        "law": law,
        "dtype": dtype,
        "seed": settings.seed,
        "shape": profile.shape,
        "hints": hints,
    }
    finite = law.domains & {Domain.FINITE} or law.domains
    kernels = examine(activation, pooling, domains=finite, examples=settings.examples, **common)
    bounded: Counterexample | Survival | None = None
    bound = certificate.drawdown_ulp if certificate is not None else 0
    if requirement.finding.holds is True and bound and requirement.property == "nondecreasing":
        bounded = kernels
        if isinstance(kernels, Counterexample):
            bounded = examine(
                activation,
                pooling,
                domains=finite,
                examples=settings.examples,
                tolerance_ulp=bound,
                **common,
            )
    # Where finite inputs already break the law, infinities and NaN have nothing to add.
    others = law.domains - finite if isinstance(kernels, Survival) else frozenset()
    special = {
        domain.value: examine(
            activation,
            pooling,
            domains={domain},
            examples=max(settings.examples // 5, 10),
            tolerance_ulp=bound,
            **common,
        )
        for domain in sorted(others, key=lambda domain: domain.value)
    }
    return Hearing(
        dtype=_name(dtype),
        epsilon=torch.finfo(dtype).eps,
        requirement=requirement,
        kernels=kernels,
        certificate=certificate,
        no_certificate=f"{_name(dtype)} has too many values to scan them all",
        infinite_nan=_infinite_nan(activation, dtype),
        bounded=bounded,
        replays=replays,
        special=special,
        drawdown=_drawdown(profile.shape) if kind in (Kind.SELECT_MAX, Kind.SELECT_MIN) else None,
    )


def _requirement(profile: _Profile, pooling: Pooling, law: Law) -> tuple[Requirement, Kind]:
    """The need that decides: the first refuted one of the pooling's kinds, else the first undecided."""
    candidates = []
    for kind in (kind for kind in pooling.kinds if kind in law.needs):
        name = law.needs[kind]
        finding = Finding(True) if name == ALWAYS else profile.shape.finding(name)
        candidates.append((Requirement(name, finding, _account(profile, name, finding)), kind))
    for answer in (False, None):
        for requirement, kind in candidates:
            if requirement.finding.holds is answer:
                return requirement, kind
    return candidates[-1]


def _account(profile: _Profile, name: str, finding: Finding) -> str:
    """The finding in one line, with the witness's numbers."""
    words = name.replace("_", " ")
    if name == ALWAYS:
        return "true of every f"
    if finding.holds is True:
        return f"f is {words} (proved)"
    if finding.holds is None:
        return f"whether f is {words} is undecided: {finding.reason}"
    expression, witness = profile.activation.expression, finding.witness
    if expression is None or witness is None:
        return f"f is not {words}"
    points = list(witness)
    if len(points) == 2 and name in ("affine", "linear", "convex", "concave"):
        points.insert(1, (points[0] + points[1]) / 2)
    ends = [evaluate(expression, point)[0] for point in points]
    places, values = _apart(points), _apart([Rational(int(end.p), int(end.q)) for end in ends])
    equations = ", ".join(f"f({place}) = {value}" for place, value in zip(places, values, strict=True))
    account = f"f is not {words}: {equations}"
    drawdown = _drawdown(profile.shape)
    if name == "nondecreasing" and drawdown is not None:
        account += f"; the orders differ by up to {drawdown:.6g}"
    return account


def _replays(
    profile: _Profile,
    pooling: Pooling,
    law: Law,
    dtype: torch.dtype,
    requirement: Requirement,
    kind: Kind,
) -> tuple[Replay, ...]:
    """Put the witness of the reals and the worst pair of the floats on the operators."""
    if kind not in (Kind.SELECT_MAX, Kind.SELECT_MIN, Kind.MEAN) or requirement.property == ALWAYS:
        return ()
    replays = []
    witness = requirement.finding.witness
    if requirement.finding.holds is False and witness is not None and len(witness) == 2:
        values = tuple(float(number) for number in witness)
        replays += [
            _replay("reals", profile.activation, pooling, law, each, values)
            for each in dict.fromkeys((dtype, torch.float64))
        ]
    certificate = profile.certificates.get(dtype)
    if requirement.property == "nondecreasing" and certificate is not None and certificate.worst is not None:
        pair = (certificate.worst.a, certificate.worst.b)
        replays.append(_replay("floats", profile.activation, pooling, law, dtype, pair))
    return tuple(replays)


def _replay(
    source: str,
    activation: Activation,
    pooling: Pooling,
    law: Law,
    dtype: torch.dtype,
    values: tuple[float, ...],
) -> Replay:
    """Whether the values break the law in some placement: simplest first, on each pair of code paths."""
    attempts = (replay(activation, pooling, law, *call) for call in placements(pooling, values, dtype))
    seen = next((found for found in attempts if found is not None), None)
    return Replay(source, _name(dtype), values, seen)


def _infinite_nan(activation: Activation, dtype: torch.dtype) -> int:
    ends = torch.tensor([-torch.inf, torch.inf], dtype=dtype)
    return int(activation.kernel(ends).isnan().sum())


# ---- helpers -------------------------------------------------------------------------------------------


def _drawdown(shape: Shape) -> float | None:
    """The drawdown as a float, rounded up where it is an enclosure."""
    drawdown = shape.drawdown
    if drawdown is None:
        return None
    return float(drawdown[1]) if isinstance(drawdown, tuple) else float(drawdown)


def _ends(activation: Activation, dtype: torch.dtype) -> tuple[float | None, float | None]:
    """The first and the last value of the dtype inside the activation's open domain; None: unbounded."""

    def inside(end: Expr | None, step: int) -> float | None:
        if end is None or end in (oo, -oo):
            return None
        nearest = torch.tensor(float(end), dtype=torch.float64).to(dtype)
        beyond = step * (float(nearest) - end) <= 0
        return float(shift(nearest, step)) if beyond else float(nearest)

    return inside(activation.low, 1), inside(activation.high, -1)


def _error(dtype: str, why: str) -> DtypeVerdict:
    worlds = {
        world: WorldAnswer(world, Outcome.ERROR if world == "kernels" else Outcome.NOT_APPLICABLE, why)
        for world in WORLDS
    }
    return DtypeVerdict(dtype, Answer.ERROR, why, worlds)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _apart(numbers: Sequence[Expr]) -> list[str]:
    """Exact numbers as short texts, with as many digits as it takes to tell different ones apart."""
    different = len(set(numbers))
    for digits in (6, 9, 12, 15):
        texts = [text if len(text := str(n)) <= 8 else f"{float(n):.{digits}g}" for n in numbers]
        if len({Rational(text) for text in texts}) == different:
            return texts
    return [str(number) for number in numbers]
