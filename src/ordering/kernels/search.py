"""`examine` and `falsify`: Hypothesis against the real operators, until a law breaks or survives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import Flaky, Unsatisfiable

from ordering.arguments import Location, integer, shown
from ordering.arguments import seed as checked_seed
from ordering.errors import InvalidArgument, KernelError, NotApplicable, NothingCompared
from ordering.evidence import Counterexample, Grade, Shape, Survival
from ordering.kernels.asking import Hint, asked_domains, asked_dtype, asked_hints, asked_kinds
from ordering.kernels.checking import check, violates
from ordering.kernels.counterexample import describe
from ordering.kernels.database import ScopedDatabase, open_database
from ordering.kernels.memory import forget, remember, remembered
from ordering.kernels.possible import Possible
from ordering.kernels.reduce import reduce
from ordering.kernels.strategies import Size
from ordering.law import Case, Domain, Relation
from ordering.loading import (
    ActivationLike,
    LawLike,
    PoolingLike,
    load_activation,
    load_law,
    load_pooling,
)
from ordering.pooling import Kind
from ordering.running.interrupts import check as check_for_interrupt
from ordering.running.interrupts import deferred
from ordering.running.threads import one_thread

SIZES: Final = (Size.SMALL, Size.SMALL, Size.TILED, Size.SEEDED)
SHARES: Final = (0.35, 0.25, 0.25, 0.15)
"""How the examples are spent, in this order: what is found small needs no shrinking from large, and what is
found among finite numbers (the first share) says more than what an infinity or a NaN brings about."""
ROUNDING: Final = {torch.float16: 16, torch.bfloat16: 16, torch.float32: 1024, torch.float64: 1024}
"""Distances in ULP up to which a violation may be no more than rounding."""
PER_WINDOW: Final = 12
"""Examples for each window whose values have to be drawn, because the pooling cannot place them."""
_BEST_FIRST: Final = tuple(Grade)


def falsify(
    activation: ActivationLike,
    pooling: PoolingLike,
    *,
    law: LawLike = "commutes",
    dtype: torch.dtype | str = torch.float32,
    examples: int = 200,
    seed: int = 0,
    tolerance_ulp: int = 0,
    domains: Domain | str | Iterable[Domain | str] | None = None,
    hints: Hint | Iterable[Hint] = (),
    database: ExampleDatabase | Location | None = None,
    shape: Shape | None = None,
    kinds: Kind | str | Iterable[Kind | str] | None = None,
) -> Counterexample | None:
    """The least counterexample to a law that Hypothesis finds on the real operators, or None.

    The same as `examine`, for callers who ask only whether there is one.
    """
    found = examine(
        activation,
        pooling,
        law=law,
        dtype=dtype,
        examples=examples,
        seed=seed,
        tolerance_ulp=tolerance_ulp,
        domains=domains,
        hints=hints,
        database=database,
        shape=shape,
        kinds=kinds,
    )
    return found if isinstance(found, Counterexample) else None


def examine(
    activation: ActivationLike,
    pooling: PoolingLike,
    *,
    law: LawLike = "commutes",
    dtype: torch.dtype | str = torch.float32,
    examples: int = 200,
    seed: int = 0,
    tolerance_ulp: int = 0,
    domains: Domain | str | Iterable[Domain | str] | None = None,
    hints: Hint | Iterable[Hint] = (),
    database: ExampleDatabase | Location | None = None,
    shape: Shape | None = None,
    kinds: Kind | str | Iterable[Kind | str] | None = None,
) -> Counterexample | Survival:
    """Try a law on drawn tensors and geometries; a shrunk counterexample, or what was survived.

    Parameters
    ----------
    activation, pooling, law:
        As `load_activation`, `load_pooling` and `load_law` take them: records, names, functions, modules.
    dtype:
        A floating dtype that both kernels take, or its name.
    examples:
        Cases to draw before giving up (shrinking a violation takes more).
    seed:
        The same seed draws the same cases.
    tolerance_ulp:
        Distance in representable steps that is forgiven between finite values.
    domains:
        Classes of inputs, or their names, among the law's own; all of them by default.
    hints:
        Values, or windows of values, that are tried first and then drawn from.
    database:
        Where violations are remembered between runs: a Hypothesis `ExampleDatabase`, a directory, or a
        `redis://` URL.  None remembers nothing.
    shape:
        What `prove` knows of the activation, for laws that state a bound.
    kinds:
        Only arguments that reduce windows in these ways, or their names, among those that the law speaks of.

    Raises
    ------
    UnknownEntry, InvalidEntry, LoadError
        If there is no such activation, pooling or law.
    NotApplicable
        If the law does not speak of this activation and pooling, or cannot be examined here.
    KernelError
        If a kernel raises, changes shape or dtype, writes to its input, is not pointwise, or is random.
    InvalidArgument
        If an argument cannot be used.
    NothingCompared
        If every example lay outside the law's side condition.
    KeyboardInterrupt
        After Ctrl-C, between two examples.
    """
    subject, operator, claim = load_activation(activation), load_pooling(pooling), load_law(law)
    dtype = asked_dtype(dtype)
    examples = integer("examples", examples, least=1)
    seed = checked_seed(seed)
    tolerance_ulp = integer("tolerance_ulp", tolerance_ulp, least=0)
    chosen = asked_domains(domains, claim)
    tried = asked_hints(hints)
    if shape is not None and not isinstance(shape, Shape):
        raise InvalidArgument(
            f"shape must be what prove returns, got {shown(shape)} (a {type(shape).__name__})"
        )
    if reason := claim.obstacle(subject, operator):
        raise NotApplicable(reason)
    if claim.needs_shape and shape is None:
        raise InvalidArgument(f"the law {claim} states a bound; pass shape=prove({subject.name!r})")
    reduced = asked_kinds(kinds, claim, operator)
    possible = Possible(subject, operator, claim, dtype, chosen, reduced, tried, shape, seed)
    possible.examine_operators()

    search = _Search(possible, tolerance_ulp)
    with open_database(database) as opened, one_thread(), deferred():
        case = search.run(min(examples, claim.example_limit or examples), opened)
    if case is not None:
        return describe(claim, case, tolerance_ulp, seed)
    if search.compared == 0:
        raise NothingCompared(
            f"{claim}: {subject} with {operator}: {search.outside} of {search.examples + search.outside} "
            f"examples lay outside the law's side condition and the rest held no element to compare"
        )
    return Survival(search.examples, search.compared, search.grade, search.worst_ulp, search.outside)


class _Found(Exception):
    """Ends Hypothesis' search: the case violates the law."""


@dataclass
class _Search:
    """One examination: what may be tried, and what it has seen so far."""

    possible: Possible
    tolerance_ulp: int
    examples: int = 0
    compared: int = 0
    outside: int = 0
    worst_ulp: int = 0
    grade: Grade = Grade.BITWISE

    def run(self, examples: int, database: ExampleDatabase | None) -> Case | None:
        """The least violating case, or None after `examples` draws; with a database it is remembered."""
        case = self.least(examples, database)
        if case is not None and database is not None:
            remember(ScopedDatabase(database, self.key("least", self.possible.domains)), case)
        return case

    def least(self, examples: int, database: ExampleDatabase | None) -> Case | None:
        """The least violating case: of a real difference, if there is one."""
        found = self.first(examples, database)
        if found is None:
            return None
        # A difference of rounding may hide a real one, which says more; look for that too.
        rounding = ROUNDING[self.possible.dtype]
        if self.tolerance_ulp >= rounding:
            return self.reduced(found)
        if violates(self.possible.law, found, rounding):
            return replace(self, tolerance_ulp=rounding).reduced(found)
        finite = replace(self.possible, domains=self.possible.finite)
        stricter = replace(self, tolerance_ulp=rounding, possible=finite)
        real = stricter.first(examples, database)
        return self.reduced(found) if real is None else stricter.reduced(real)

    def reduced(self, case: Case) -> Case:
        """The simplest case that could have been drawn and still violates the law."""
        return reduce(case, lambda simpler: self.possible.admits(simpler) and self.still_breaks(simpler))

    def still_breaks(self, case: Case) -> bool:
        """Whether a simpler case violates the law too; this is not counted."""
        check_for_interrupt()
        return violates(self.possible.law, case, self.tolerance_ulp)

    def first(self, examples: int, database: ExampleDatabase | None) -> Case | None:
        """The first violation: one that is remembered, or that Hypothesis draws, or a hint's window."""
        if database is not None and (case := self.remembered(database)) is not None:
            return case
        finite, every = self.possible.finite, self.possible.domains
        hinted = next(filter(self.breaks, self.possible.hinted()), None)
        if windows := self.possible.prospects.unplaced:
            case = self.find(Size.SMALL, finite, PER_WINDOW * len(windows), database, windows)
            if case is not None:
                return case
        for size, domains, share in zip(SIZES, (finite, *[every] * 3), SHARES, strict=True):
            if (case := self.find(size, domains, max(1, round(share * examples)), database)) is not None:
                return case
            if size is Size.SMALL and domains == every:
                case = next(filter(self.breaks, self.possible.fixed()), None)
                if case is not None:
                    return case
        return hinted

    def remembered(self, database: ExampleDatabase) -> Case | None:
        """The first remembered case that still violates the law; those that do not are forgotten."""
        asked = self.possible
        kept = ScopedDatabase(database, self.key("least", asked.domains))
        nothing = Case(asked.activation, asked.pooling, torch.empty(0, dtype=asked.dtype), {}, asked.shape)
        for entry, case in remembered(kept, nothing):
            try:
                if not asked.admits(case):
                    continue
                if self.breaks(case):
                    return case
            except KernelError:
                # It was kept for another kernel of this name, which took arguments that this one does not;
                # what is wrong with this one, its own examples will show.
                pass
            forget(kept, entry)
        return None

    def find(
        self,
        size: Size,
        domains: frozenset[Domain],
        examples: int,
        database: ExampleDatabase | None,
        windows: Sequence[Sequence[float]] = (),
    ) -> Case | None:
        """Hypothesis' search among cases of one size, or of the values of these windows alone."""
        drawn = self.possible.drawn(size, domains, windows)
        found: list[Case] = []

        @given(drawn)
        def test(case: Case) -> None:
            if self.tries(case):
                found[:] = [case]
                raise _Found

        options = settings(
            max_examples=examples,
            database=None if database is None else ScopedDatabase(database, self.key(size.value, domains)),
            derandomize=False,
            deadline=None,
            # `reduce` is faster and ends smaller, but knows nothing of a geometry of the user's own.
            phases=(
                Phase.reuse,
                Phase.generate,
                *((Phase.shrink,) if callable(self.possible.pooling.geometry) else ()),
            ),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        # In this order, for `seed` takes the database away and `settings` gives it back: a seeded search
        # that also remembers is what `hypothesis.find` does not offer.
        search = options(seed(self.possible.seed)(test))
        # Observability reports go by this name.
        search.__name__ = f"{self.possible}, {size.value}"
        try:
            search()
        except _Found:
            return found[0]
        except Unsatisfiable as error:
            raise NothingCompared(
                f"{self.possible.law}: no valid placement of {self.possible.pooling} could be drawn"
            ) from error
        except Flaky as error:
            raise KernelError(
                f"{self.possible.activation} with {self.possible.pooling} gives different results for the "
                f"same input, so nothing can be said about it"
            ) from error
        return None

    def tries(self, case: Case) -> bool:
        """`breaks`, for Hypothesis: a case outside the law is drawn again, and does not count."""
        if not self.possible.admits(case):
            self.outside += 1
            reject()
        return self.breaks(case)

    def breaks(self, case: Case) -> bool:
        """Whether this case, which lies within the law, violates it; counts what was compared."""
        check_for_interrupt()
        comparison = check(self.possible.law, case, self.tolerance_ulp)
        self.examples += 1
        self.compared += comparison.compared
        if comparison.holds and self.possible.law.relation is Relation.EQUAL:
            self.grade = max(self.grade, comparison.grade, key=_BEST_FIRST.index)
            self.worst_ulp = max(self.worst_ulp, comparison.worst_ulp or 0)
        return not comparison.holds

    def key(self, stage: str, domains: frozenset[Domain]) -> bytes:
        """Under which a database keeps the violations of one stage of this search."""
        classes = sorted(domain.value for domain in domains)
        subject = (
            self.possible.activation,
            self.possible.pooling,
            self.possible.law,
            self.possible.dtype,
            self.tolerance_ulp,
            stage,
            classes,
        )
        return hashlib.sha256("\0".join(map(str, subject)).encode()).digest()
