"""A violating case as the record that reports, replays and people read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from torch import Tensor

from ordering.errors import KernelError
from ordering.evidence import Counterexample, Symbolic
from ordering.kernels.checking import check
from ordering.kernels.overflow import overflows_on_the_way
from ordering.kernels.script import render
from ordering.law import Case, Law
from ordering.symbolic import derive


@dataclass(frozen=True)
class _Traced(Case):
    """A case that remembers what was computed, in order, under readable names."""

    trail: list[tuple[str, Tensor]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def activate(self, tensor: Tensor) -> Tensor:
        """`f(tensor)`, remembered."""
        return self._remember("f", tensor, super().activate(tensor))

    def pool(self, tensor: Tensor) -> Tensor:
        """`P(tensor)`, remembered."""
        return self._remember("P", tensor, super().pool(tensor))

    def _remember(self, function: str, given: Tensor, result: Tensor) -> Tensor:
        name = f"{function}({self.names.get(id(given), '...')})"
        # The trail keeps every result alive, so that no id is used twice.
        self.trail.append((name, result))
        self.names[id(result)] = name
        return result


def describe(law: Law, case: Case, tolerance_ulp: int = 0, seed: int | None = None) -> Counterexample:
    """The record of a case that breaks `law`: both sides, the first failing element, steps and script.

    Raises
    ------
    KernelError
        If the law holds on this case after all: a kernel that is asked again answers otherwise.
    """
    traced = _Traced(case.activation, case.pooling, case.input, case.arguments, case.shape)
    traced.names[id(case.input)] = "x"
    traced.trail.append(("x", case.input.detach()))
    left, right = law.sides(traced)
    comparison = check(law, case, tolerance_ulp)
    if comparison.index is None:
        raise KernelError(
            f"{law}: {case.activation} with {case.pooling} gives different results for the same input, so "
            f"nothing can be said about it"
        )
    return Counterexample(
        activation=case.activation.name,
        pooling=case.pooling.name,
        law=law.name,
        dtype=str(case.input.dtype).removeprefix("torch."),
        input=case.input,
        pooling_arguments=dict(case.arguments),
        activation_first=left.detach(),
        pooling_first=right.detach(),
        index=comparison.index,
        gap=comparison.gap,
        gap_ulp=comparison.gap_ulp,
        grade=comparison.grade,
        seed=seed,
        script=render(law, case, tolerance_ulp, (left.detach(), right.detach()), comparison),
        steps=tuple((name, result.detach()) for name, result in traced.trail),
        symbolic=_exactly(law, case, comparison.index, (left.detach(), right.detach())),
        tolerance_ulp=tolerance_ulp,
    )


def _exactly(law: Law, case: Case, index: tuple[int, ...], results: tuple[Tensor, Tensor]) -> Symbolic:
    """Both sides in exact arithmetic; where a kernel is far off, whether a step of it overflows."""
    found = derive(law, case, index, results)
    if not found.missed:
        return found
    given = case.input.detach()
    inputs = (given, case.pool(given).detach())
    return replace(found, overflow=any(overflows_on_the_way(case.activation.kernel, at) for at in inputs))
