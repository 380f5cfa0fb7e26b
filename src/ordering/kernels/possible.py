"""All that may be tried of one law: the cases that are drawn, those tried first, and the fixed ones."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ordering.activation import Activation
from ordering.catalogue.operators import everywhere, untouched
from ordering.evidence import Shape
from ordering.examination import examine_kernel
from ordering.kernels.asking import Hint
from ordering.kernels.checking import claimed_on, inside, within
from ordering.kernels.probe import check_pooling
from ordering.kernels.prospects import Prospects
from ordering.kernels.strategies import Size, cases_of
from ordering.kernels.sweep import sweep
from ordering.law import Case, Domain, Law
from ordering.pooling import Kind, Pooling


@dataclass(frozen=True)
class Possible:
    """One law, activation and pooling in one dtype, with the classes of inputs that are asked for."""

    activation: Activation
    pooling: Pooling
    law: Law
    dtype: torch.dtype
    domains: frozenset[Domain]
    kinds: frozenset[Kind]
    hints: tuple[Hint, ...] = ()
    shape: Shape | None = None
    seed: int = 0

    def __str__(self) -> str:
        return f"{self.law}[{self.pooling}-{self.activation}]"

    def examine_operators(self) -> None:
        """Look at both operators by themselves, before any law is asked about.

        Raises
        ------
        KernelError
            If the kernel raises, changes shape or dtype, writes to its input, is not pointwise, or is random.
        NotApplicable
            If torch does not implement the pooling for this dtype.
        """
        sides = self.law.sides
        examine_kernel(
            self.activation, self.dtype, elsewhere=sides is not everywhere, writes=sides is not untouched
        )
        check_pooling(self.pooling, self.dtype)

    @property
    def finite(self) -> frozenset[Domain]:
        """Finite inputs, if they are among those asked for."""
        return self.domains & {Domain.FINITE} or self.domains

    @cached_property
    def prospects(self) -> Prospects:
        """What is tried first, and drawn from: worth milliseconds, and the same in every stage."""
        return Prospects(
            self.activation,
            self.pooling,
            self.dtype,
            tuple(self.law.needs[kind] for kind in Kind if kind in self.kinds),
            bool(self.kinds & {Kind.SELECT_MAX, Kind.SELECT_MIN}),
            self.hints,
            self.shape,
            self.seed,
        )

    def admits(self, case: Case) -> bool:
        """Whether the case is one that could have been drawn, and lies within the law."""
        drawn = inside(self.domains, case.input) and claimed_on(self.activation, case.input)
        return drawn and case.kind in self.kinds and within(self.law, case)

    def hinted(self) -> Iterator[Case]:
        """The admitted cases that are tried first."""
        return filter(self.admits, self.prospects.cases())

    def fixed(self) -> Iterator[Case]:
        """The admitted cases of the sweep, no more of them than are worth their time."""
        cases = sweep(
            self.activation,
            self.pooling,
            self.dtype,
            self.domains,
            self.shape,
            self.law.geometry,
            self.prospects.pool,
        )
        return islice(filter(self.admits, cases), self.law.example_limit)

    def drawn(
        self, size: Size, domains: frozenset[Domain], windows: Sequence[Sequence[float]] = ()
    ) -> SearchStrategy[Case]:
        """Cases of one size, or of the values of these windows alone."""
        return cases_of(
            self.activation,
            self.pooling,
            self.dtype,
            domains=domains,
            kinds=self.kinds,
            shape=self.shape,
            size=size,
            geometry=self.law.geometry,
            pooled=self.prospects.pool,
            windows=windows,
        )

    def any_case(self) -> SearchStrategy[Case]:
        """All but the fixed cases as one strategy, which shrinks towards small ones of finite values.

        The fixed ones have no draws that could be made smaller.  A case may lie outside the law, which
        `admits` tells.
        """
        choices = [self.drawn(Size.SMALL, self.finite)]
        if hinted := list(self.hinted()):
            choices.append(st.sampled_from(hinted).map(_anew))
        if windows := self.prospects.unplaced:
            choices.append(self.drawn(Size.SMALL, self.finite, windows))
        if self.domains != self.finite:
            choices.append(self.drawn(Size.SMALL, self.domains))
        choices += [self.drawn(size, self.domains) for size in (Size.TILED, Size.SEEDED)]
        return st.one_of(choices)


def _anew(case: Case) -> Case:
    """The case with an input of its own in the same layout: a kernel may write to what it is given."""
    return replace(case, input=copy.deepcopy(case.input))
