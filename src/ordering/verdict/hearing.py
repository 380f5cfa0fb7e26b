"""What the worlds say of one law, activation and pooling in one dtype, gathered for the judge."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

import torch

from ordering.activation import Activation
from ordering.catalogue import sides
from ordering.errors import KernelError, NotApplicable
from ordering.evidence import Certificate, Counterexample, Grade, Survival
from ordering.examination import evaluate
from ordering.floats.observed import sample
from ordering.kernels import compare, examine, replay
from ordering.kernels.orders import equates_orders
from ordering.kernels.overflow import moderate, overflows, overflows_on_the_way, within
from ordering.lattice import shift
from ordering.law import ALWAYS, Domain, Law
from ordering.pooling import Kind, Pooling
from ordering.variable import x
from ordering.verdict.account import drawdown, witness_gap
from ordering.verdict.departure import calm_range, departure
from ordering.verdict.exactness import exactly
from ordering.verdict.facts import Facts, Negated, claimed, scanned
from ordering.verdict.needs import requirement
from ordering.verdict.records import Decides, Departure, Hearing, Replay, Requirement
from ordering.verdict.replaying import put
from ordering.verdict.rounding import exceeds, falls, unit, units
from ordering.verdict.settings import SCANNABLE, SMALL, Settings, name_of
from ordering.verdict.special import nan_results, zeros_of_two_signs

SELECTIONS = (Kind.SELECT_MAX, Kind.SELECT_MIN)
IDENTITY_SAMPLE = 2**12
FEWEST = 10
"""Examples on infinities and on NaN, at least; otherwise a fifth of those on finite inputs."""
MOST_REFUTATIONS = 200
"""Examples for a law that must fail, where the first ones did not show it."""


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
    if law.needs_shape and facts.shape.drawdown is None:
        raise NotApplicable(
            f"the law {law} bounds the orders' gap by the drawdown of {activation}, which is not known"
        )
    return _Question(activation, facts, pooling, law, dtype, settings).heard()


def scan_tells(activation: Activation, facts: Facts, pooling: Pooling, law: Law, dtype: torch.dtype) -> bool:
    """Whether a certificate over a large dtype can change what is said of the law there.

    It cannot where the law is not about the orders' values; where it rests on a property of which single
    values tell nothing, unless f is the identity; and where the witness of the reals refutes it on the
    operators in this very dtype.
    """
    asked = _Question(activation, facts, pooling, law, dtype, None)
    if law.needs_shape or asked.reads_negated:
        return False
    if asked.decides is Decides.NOTHING and not (asked.orders and _may_be_identity(activation, dtype)):
        return False
    return not asked.refuted_here


@dataclass(frozen=True)
class _Question:
    """One law, activation and pooling in one dtype, and what follows from these four."""

    activation: Activation
    facts: Facts
    pooling: Pooling
    law: Law
    dtype: torch.dtype
    settings: Settings | None

    # ---- what is asked ----------------------------------------------------------------------------------

    @cached_property
    def epsilon(self) -> float:
        """The dtype's machine epsilon."""
        return float(torch.finfo(self.dtype).eps)

    @cached_property
    def orders(self) -> bool:
        """Whether the law says that the two orders are equal."""
        return equates_orders(self.law, self.activation, self.pooling, self.dtype)

    @cached_property
    def needed(self) -> tuple[Requirement, Kind]:
        """The need that decides, and for which kind of windows."""
        return requirement(self.activation, self.facts.shape, self.law, self.pooling)

    @property
    def requirement(self) -> Requirement:
        """What the law needs of f, and what the reals found of it."""
        return self.needed[0]

    @property
    def kind(self) -> Kind:
        """How windows are reduced, where the law's need decides."""
        return self.needed[1]

    @property
    def reads_negated(self) -> bool:
        """Whether it is -f whose falls decide: the selection turns round, as f does."""
        return self.law.sides is sides.dual

    @cached_property
    def decides(self) -> Decides:
        """What a certificate says of the law."""
        if self.law.sides is sides.indices:
            return Decides.INDICES
        if self.law.premise is not None:  # the law needs something beyond what a scan of values tells
            return Decides.NOTHING
        if self.reads_negated or (self.orders and self.kind in SELECTIONS):
            return Decides.FALLS
        if self.law.sides is sides.larger_and_smaller or (self.orders and self.kind is Kind.REARRANGE):
            return Decides.PATHS
        zero = torch.zeros(1, dtype=self.dtype)
        if (
            self.orders
            and self.kind is Kind.REARRANGE_ZERO
            and not evaluate(self.activation.kernel, zero.clone())
        ):
            return Decides.PATHS
        return Decides.NOTHING

    @cached_property
    def certificate(self) -> Certificate | None:
        """The one to read: of f, or of -f."""
        if not self.reads_negated:
            return self.facts.certificates.get(name_of(self.dtype))
        if self.dtype not in SMALL:
            return None
        kernel = Negated(self.activation.kernel)
        negated = replace(self.activation, kernel=kernel, expression=None)
        return scanned(negated, self.dtype, self.settings.store if self.settings else None)

    # ---- what is heard ----------------------------------------------------------------------------------

    def heard(self) -> Hearing:
        """Ask every world."""
        settings, certificate = self.settings, self.certificate
        assert settings is not None
        ask = partial(
            examine,
            self.activation,
            self.pooling,
            law=self.law,
            dtype=self.dtype,
            seed=settings.seed,
            database=settings.database,
            shape=self.facts.shape,
            hints=tuple(each.values for each in self.replays),
        )
        finite = self.law.domains & {Domain.FINITE} or self.law.domains
        bound = None
        if certificate is not None and self.decides is Decides.FALLS:
            bound = certificate.drawdown_ulp
        kernels = ask(domains=finite, examples=settings.examples)
        if isinstance(kernels, Survival) and self.requirement.finding.holds is False and not self.shown:
            with suppress(NotApplicable):
                kernels = ask(domains=finite, examples=MOST_REFUTATIONS, kinds={self.kind})
        bounded: Counterexample | Survival | None = None
        if bound is not None and self.orders:
            bounded = kernels
            if isinstance(kernels, Counterexample):
                bounded = ask(domains=finite, examples=settings.examples, tolerance_ulp=bound)
        tamed: Counterexample | Survival | None = None
        padding = self.pads(kernels)
        if isinstance(kernels, Counterexample) and not (self.law.strict or padding) and overflows(kernels):
            tamed = self.examined_moderately(settings, finite, kernels)
        # Where finite inputs already break the law, infinities and NaN have nothing to add.
        others = self.law.domains - finite if isinstance(kernels, Survival) else frozenset()
        special = {}
        for domain in sorted(others, key=lambda domain: domain.value):
            with suppress(NotApplicable):  # an activation of an interval is not claimed at infinity
                special[domain.value] = ask(
                    domains={domain}, examples=max(settings.examples // 5, FEWEST), tolerance_ulp=bound or 0
                )
        selects = self.orders and self.kind in SELECTIONS
        infinite_nan, finite_nan = nan_results(self.activation, self.dtype, certificate)
        return Hearing(
            dtype=name_of(self.dtype),
            epsilon=self.epsilon,
            requirement=self.requirement,
            kernels=kernels,
            certificate=certificate,
            scanned="-f" if self.reads_negated else "f",
            no_certificate=self.no_certificate,
            decides=self.decides,
            orders=self.orders,
            strict=self.law.strict,
            exactly=self.exactly,
            departure=self.departure,
            infinite_nan=infinite_nan,
            finite_nan=finite_nan,
            nan_overflow=finite_nan is not None and self.overflows_at(finite_nan),
            bounded=bounded,
            padding=padding,
            moderate=tamed,
            overflow=isinstance(tamed, Counterexample) and overflows(tamed),
            wide=self.in_float64(kernels if tamed is None else tamed),
            replays=self.replays,
            special=special,
            drawdown=drawdown(self.facts.shape) if selects else None,
            visible=self.visible,
            zeros=zeros_of_two_signs(self.activation, self.pooling, self.dtype) if selects else None,
            carries=self.law.carries_over is None or self.law.carries_over(self.activation, self.dtype),
        )

    def examined_moderately(
        self, settings: Settings, domains: frozenset[Domain], found: Counterexample
    ) -> Counterexample | Survival:
        """The same on inputs that do not overflow: neither where sums or squares do, nor where f does."""
        tame = moderate(self.activation, self.dtype)
        seen = tuple(found.input.flatten()[:FEWEST].tolist())
        # float64 has too many values for an interval of ranks, and is what the others are compared with.
        scannable = self.dtype in SCANNABLE
        if scannable and (calm := calm_range(tame, claimed(tame, self.dtype), seen)) is not None:
            ends = torch.tensor(calm, dtype=self.dtype)
            low, high = float(shift(ends[0], -1)), float(shift(ends[1], 1))
            tame = within(tame, low, high)
        return examine(
            tame,
            self.pooling,
            law=self.law,
            dtype=self.dtype,
            seed=settings.seed,
            shape=self.facts.shape,
            domains=domains,
            examples=settings.examples,
        )

    def in_float64(self, found: Counterexample | Survival) -> Counterexample | None:
        """A difference that no proof explains, seen in float64 too: then it is the function's."""
        unproved = self.requirement.finding.holds is None and not self.requirement.claimed
        if not unproved or isinstance(found, Survival):
            return None
        given = found.input.detach().to(torch.float64)
        with suppress(KernelError):  # not every kernel takes float64
            return replay(
                self.activation,
                self.pooling,
                self.law,
                given,
                found.pooling_arguments,
                shape=self.facts.shape,
            )
        return None

    def pads(self, found: Counterexample | Survival) -> bool:
        """Whether a window of the counterexample lies wholly in padding."""
        if isinstance(found, Survival) or not self.orders:
            return False
        spatial = tuple(found.input.shape[-self.pooling.dimensions :])
        return self.pooling.has_empty_windows(spatial, found.pooling_arguments)

    def overflows_at(self, value: float) -> bool:
        """Whether the kernel overflows on the way to its result there."""
        return overflows_on_the_way(self.activation.kernel, torch.tensor([value], dtype=self.dtype))

    @cached_property
    def exactly(self) -> str:
        """Why no value is rounded, for dtypes that cannot be scanned."""
        unchanged = self.orders and self.activation.expression == x
        told = self.decides in (Decides.FALLS, Decides.PATHS) or unchanged
        if self.dtype in SCANNABLE or not told or self.requirement.finding.holds is not True:
            return ""
        return exactly(self.activation, self.facts.fidelity, self.dtype)

    @property
    def no_certificate(self) -> str:
        """Why there is none, where there is none."""
        name = name_of(self.dtype)
        if self.dtype not in SCANNABLE:
            return f"{name} has too many values to scan them all"
        if self.refuted_here:
            return f"not scanned: on {name} tensors the witness of the reals refutes the law already"
        if self.reads_negated:
            return f"-f, whose falls decide this law, is scanned in dtypes of 16 bits and not in {name}"
        return "not scanned: single values say nothing of this law"

    @cached_property
    def departure(self) -> Departure | None:
        """Where a fall that rounding does not explain comes from."""
        found = self.certificate
        if found is None or self.reads_negated or self.decides is not Decides.FALLS:
            return None
        limit = drawdown(self.facts.shape)
        if limit is None:
            return None
        allowed = units(self.epsilon, proved=True)
        pairs = [
            pair for pair in falls(found) if exceeds(pair, limit, self.epsilon, allowed, inputs=self.refuted)
        ]
        store = self.settings.store if self.settings is not None else None
        return departure(self.activation, pairs, claimed(self.activation, self.dtype), store)

    @property
    def refuted(self) -> bool:
        """Whether the reals refute what the law needs."""
        return self.requirement.finding.holds is False

    # ---- replays ----------------------------------------------------------------------------------------

    @cached_property
    def replays(self) -> tuple[Replay, ...]:
        """Put the witness of the reals and the worst pair of the floats on the operators."""
        if (
            not self.orders
            or self.kind not in (*SELECTIONS, Kind.MEAN)
            or self.requirement.property == ALWAYS
        ):
            return ()
        found: list[Replay | None] = []
        witness = self.requirement.finding.witness
        if self.refuted and witness is not None and len(witness) == 2:
            values = (float(witness[0]), float(witness[1]))
            found += [
                self._replay("reals", each, values) for each in dict.fromkeys((self.dtype, torch.float64))
            ]
        certificate = self.certificate
        if self.decides is Decides.FALLS and certificate is not None and certificate.worst is not None:
            found.append(self._replay("floats", self.dtype, (certificate.worst.a, certificate.worst.b)))
        return tuple(each for each in found if each is not None)

    def _replay(self, source: str, dtype: torch.dtype, values: tuple[float, float]) -> Replay | None:
        """The values on the operators; None where the kernel does not take the dtype."""
        if name_of(dtype) in self.facts.refused:
            return None
        return put(self.activation, self.pooling, self.law, values, dtype, source, shape=self.facts.shape)

    @property
    def shown(self) -> bool:
        """Whether a replay shows the law broken."""
        return any(each.counterexample is not None for each in self.replays)

    @property
    def refuted_here(self) -> bool:
        """Whether the witness of the reals breaks the law in this very dtype."""
        seen = (each for each in self.replays if each.source == "reals" and each.dtype == name_of(self.dtype))
        return any(each.counterexample is not None for each in seen)

    @cached_property
    def visible(self) -> bool:
        """Whether the witness breaks the law by more than float64 rounds; what is not known is no witness."""
        finding = self.requirement.finding
        gap = witness_gap(self.activation, self.requirement.property, finding)
        if gap is None or finding.witness is None:
            return False
        wide = float(torch.finfo(torch.float64).eps)
        return gap > units(wide, proved=True) * unit(wide, *(float(point) for point in finding.witness))


def _may_be_identity(activation: Activation, dtype: torch.dtype) -> bool:
    """Whether the kernel returns a sample of the values it is claimed on unchanged, bit for bit."""
    values = sample(claimed(activation, dtype), IDENTITY_SAMPLE)
    return compare(evaluate(activation.kernel, values.clone()), values).grade is Grade.BITWISE
