"""Laws as pytest tests: every registered entry, a user's own included, against what theory says of it.

    from ordering.testing import parametrize_with_laws

    @parametrize_with_laws(laws=["commutes"], poolings=["max_pool2d"])
    def test_laws(trial):
        trial.check()

gives tests with ids such as `commutes[max_pool2d-gelu]`.  Nothing is listed by hand: `prove` says whether a
law must hold or must fail, and the real operators have to agree.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, TypeVar

import pytest
import torch
from hypothesis import HealthCheck, settings
from sympy import Expr, Rational

from ordering.activation import Activation
from ordering.errors import InvalidArgument, NotApplicable
from ordering.evidence import Counterexample, Shape, Survival
from ordering.floats import certify
from ordering.kernels import examine, replay, window
from ordering.kernels.search import ROUNDING
from ordering.law import Domain, Law
from ordering.loading import (
    ActivationLike,
    LawLike,
    PoolingLike,
    load_activations,
    load_laws,
    load_poolings,
)
from ordering.pooling import Kind, Pooling
from ordering.reals import prove

TestT = TypeVar("TestT", bound=Callable[..., Any])

EXAMPLES: Final = {"ci": 20, "dev": 100, "nightly": 2000}
"""Examples per trial.  `ci` always draws the same, the others new ones: a failure names the seed."""
ROUNDING_UNITS: Final = 8
"""Allowed where a law holds and no certificate bounds the kernel: units in the last place of `1 + |result|`.

torch's vector and scalar codes are each within a few units of the true value (SLEEF states 1 to 3.5)."""
MOST_REFUTATIONS: Final = 200
"""Examples for a law that must fail, where the profile's are fewer."""


def register_profiles() -> None:
    """Register the profiles `ci`, `dev` and `nightly`, for `pytest --hypothesis-profile`."""
    for name, examples in EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            derandomize=name == "ci",
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )


def parametrize_with_laws(
    laws: LawLike | Iterable[LawLike] | None = None,
    activations: ActivationLike | Iterable[ActivationLike] | None = None,
    poolings: PoolingLike | Iterable[PoolingLike] | None = None,
) -> Callable[[TestT], TestT]:
    """Parametrize a test's `trial` argument with every law that speaks of a pooling, and every activation.

    Each argument takes one or several of what `load_law`, `load_activation` and `load_pooling` take; None
    takes all that are registered when the decorator runs.

    Raises
    ------
    UnknownEntry, LoadError, InvalidEntry
        If there is no such law, activation or pooling.
    InvalidArgument
        If a list is empty, or no law speaks of any of the poolings, so that nothing would be tested.
    """
    chosen_laws, chosen_activations = load_laws(laws), load_activations(activations)
    chosen_poolings = load_poolings(poolings)
    trials = [
        Trial(law, pooling, activation)
        for law in chosen_laws
        for pooling in chosen_poolings
        if law.applies_to(pooling)
        for activation in chosen_activations
    ]
    if not trials:
        raise InvalidArgument(
            "none of the laws speaks of any of the poolings, so that nothing would be tested"
        )
    return pytest.mark.parametrize("trial", [pytest.param(trial, id=str(trial)) for trial in trials])


@dataclass(frozen=True)
class Trial:
    """One law, pooling and activation, to be held against theory."""

    law: Law
    pooling: Pooling
    activation: Activation

    def __str__(self) -> str:
        return f"{self.law}[{self.pooling}-{self.activation}]"

    @property
    def shape(self) -> Shape:
        """What is proved of the activation."""
        return _prove(self.activation.expression, self.activation.low, self.activation.high)

    def check(self, dtype: torch.dtype = torch.float32, *, examples: int | None = None) -> None:
        """Try the law on the real operators, and fail unless they do what theory says.

        Where it must hold, it has to survive, up to the kernel's rounding; where it must fail, a
        counterexample has to be found, in `dtype` or (where its rounding hides it) in float64, with a gap no
        larger than the drawdown.  Where a kernel overflows (finite inputs, a result that is not), the laws of
        reals do not reach; they are then held against inputs in the middle half of the exponent range, and
        `falsify` shows the overflow.  A strict law is forgiven neither.  Skips, with the reason, where theory
        or this machine has no answer.
        """
        if reason := self.law.obstacle(self.activation, self.pooling):
            pytest.skip(reason)
        budget = settings().max_examples if examples is None else examples
        seed = 0 if settings().derandomize else secrets.randbelow(2**32)
        answers = {
            kind: self.law.holds(kind, self.shape) for kind in self.pooling.kinds if kind in self.law.needs
        }
        if None in answers.values():
            pytest.skip(f"whether {self.law} holds is undecided over the reals")
        for kind, answer in answers.items():
            if answer:
                self._must_hold(kind, dtype, budget, seed)
            else:
                self._must_fail(kind, dtype, max(budget, MOST_REFUTATIONS), seed)

    def _must_hold(self, kind: Kind, dtype: torch.dtype, examples: int, seed: int) -> None:
        carried = True if self.law.carries_over is None else self.law.carries_over(self.activation, dtype)
        if carried is not True:
            pytest.skip(f"it holds over the reals; in {dtype} different values share an image")
        found = self._examine(kind, dtype, examples, seed)
        if isinstance(found, Counterexample) and not self.law.strict and _overflows(found):
            moderate = replace(self, activation=_moderate(self.activation, dtype))
            found = moderate._examine(kind, dtype, examples, seed, shape=self.shape)
        if isinstance(found, Counterexample) and not self._is_rounding(found, dtype):
            pytest.fail(
                f"{self} must hold for {kind.value}, but seed {seed} finds\n{told(found)}", pytrace=False
            )

    def _must_fail(self, kind: Kind, dtype: torch.dtype, examples: int, seed: int) -> None:
        found = self._examine(kind, dtype, examples, seed)
        if isinstance(found, Survival):
            found = self._examine(kind, torch.float64, examples, seed)
        if isinstance(found, Survival):
            self._must_be_hidden(kind, found, seed)
            return
        bound = self._bound(kind)
        beyond = found.gap - bound > _rounding(found)
        if self.law.name == "commutes" and bool(found.input.isfinite().all()) and beyond:
            pytest.fail(f"{self}: the gap passes the drawdown {bound}:\n{told(found)}", pytrace=False)

    def _must_be_hidden(self, kind: Kind, found: Survival, seed: int) -> None:
        """Nothing was found: forgivable only if the exact witness itself does not show in float64."""
        for values in self._hints(kind):
            given, arguments = window(self.pooling, values, torch.float64)
            if replay(self.activation, self.pooling, self.law, given, arguments, shape=self.shape) is None:
                pytest.skip(f"{values} breaks it over the reals, by less than the law's allowance in float64")
        pytest.fail(f"{self} must fail for {kind.value}, but survived: {found} (seed {seed})", pytrace=False)

    def _examine(
        self, kind: Kind, dtype: torch.dtype, examples: int, seed: int, shape: Shape | None = None
    ) -> Counterexample | Survival:
        try:
            return examine(
                self.activation,
                self.pooling,
                law=self.law,
                dtype=dtype,
                examples=examples,
                seed=seed,
                domains=self._domains(),
                kinds={kind},
                hints=self._hints(kind),
                shape=self.shape if shape is None else shape,
            )
        except NotApplicable as reason:
            pytest.skip(str(reason))

    def _hints(self, kind: Kind) -> tuple[tuple[float, ...], ...]:
        """The witness against what the law needs, as a window."""
        finding = self.shape.findings.get(self.law.needs[kind])
        witness = None if finding is None else finding.witness
        if (
            witness is None
            or len(witness) != 2
            or self.pooling.kinds[0] in (Kind.REARRANGE, Kind.REARRANGE_ZERO)
        ):
            return ()
        return (tuple(float(number) for number in witness),)

    def _domains(self) -> Collection[Domain]:
        """The law's inputs, but for infinities that become NaN and a NaN that is declared not to stay one."""
        infinities = torch.tensor([-torch.inf, torch.inf])
        beyond = set()
        if bool(self.activation.kernel(infinities).isnan().any()):
            beyond.add(Domain.INFINITE)
        if not self.activation.keeps_nan:
            beyond.add(Domain.NAN)
        return self.law.domains - beyond

    def _bound(self, kind: Kind) -> float:
        """The largest gap that theory allows between the orders."""
        drawdown = self.shape.drawdown
        if kind not in (Kind.SELECT_MAX, Kind.SELECT_MIN) or drawdown is None:
            return math.inf
        return float(drawdown[1] if isinstance(drawdown, tuple) else drawdown)

    def _is_rounding(self, found: Counterexample, dtype: torch.dtype) -> bool:
        """Whether a violation is no more than the kernel's rounding, as certified or as stated above."""
        if self.law.strict:
            return False
        if dtype in (torch.float16, torch.bfloat16):
            certificate = certify(self.activation, dtype, path="all")
            split = certificate.disagreement
            bound = max(certificate.drawdown_ulp, split.worst_ulp if split is not None else 0)
            if found.gap_ulp is not None and found.gap_ulp <= min(bound, ROUNDING[dtype]):
                return True
        return found.gap <= _rounding(found)


def _overflows(found: Counterexample) -> bool:
    """Whether some step turned finite inputs into an infinity or NaN."""
    finite = bool(found.input.isfinite().all())
    results = (found.activation_first, found.pooling_first, *(result for _, result in found.steps))
    return finite and not all(bool(result.isfinite().all()) for result in results)


def _moderate(activation: Activation, dtype: torch.dtype) -> Activation:
    """The activation, claimed only where neither sums nor squares leave the dtype's range."""
    limit = Rational(math.sqrt(torch.finfo(dtype).max))
    low = -limit if activation.low is None else max(activation.low, -limit)
    high = limit if activation.high is None else min(activation.high, limit)
    return replace(activation, low=low, high=high)


def _rounding(found: Counterexample) -> float:
    """`ROUNDING_UNITS` at the size of the results."""
    size = 1 + float(found.activation_first.to(torch.float64).abs().nan_to_num(posinf=0).max())
    return ROUNDING_UNITS * torch.finfo(found.input.dtype).eps * size


def told(found: Counterexample) -> str:
    """A counterexample as text: both orders step by step, the gap, and the script."""
    steps = "\n".join(f"  {name} = {result}" for name, result in found.steps)
    ulp = "" if found.gap_ulp is None else f", {found.gap_ulp} ULP"
    return (
        f"{found.law} broken by {found.activation} with {found.pooling}, {found.pooling_arguments}\n{steps}\n"
        f"  first at {found.index}: gap {found.gap:.6g}{ulp} ({found.grade.value})\n\n{found.script}"
    )


@lru_cache(maxsize=256)
def _prove(expression: Expr | None, low: Expr | None, high: Expr | None) -> Shape:
    """`prove`, once for each function: the same one belongs to many trials."""
    return prove(Activation("f", kernel=torch.clone, expression=expression, low=low, high=high))
