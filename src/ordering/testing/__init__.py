"""Laws as pytest tests: every registered entry, a user's own included, against what theory says of it.

    from ordering.testing import parametrize_with_laws

    @parametrize_with_laws(laws=["commutes"], poolings=["max_pool2d"])
    def test_laws(trial):
        trial.check()

gives tests with ids such as `commutes[max_pool2d-gelu]`.  Nothing is listed by hand: `prove` says whether a
law must hold or must fail, and the real operators have to agree.  For every activation there are trials of it
alone too: `expression_is_kernel[gelu]`, `scan[float16-gelu]` and `scan[bfloat16-gelu]`.

A trial's cases are a strategy, and what theory says of one case is an assertion.  So the same trials are
ordinary Hypothesis tests, too:

    @parametrize_with_laws(laws=["commutes"], poolings=["max_pool2d"])
    @settings(deadline=None)
    @given(data=st.data())
    def test_cases(trial, data):
        trial.check_case(data.draw(trial.cases()))

and everything that Hypothesis, its pytest plugin and its ecosystem do with a test, they do with these:

| | `trial.check()` | `trial.check_case(data.draw(trial.cases()))` |
| --- | --- | --- |
| finds that a law which must fail does not | yes | no: it speaks of one case at a time |
| profiles, `--hypothesis-seed` | yes | yes |
| the profile's example database | keeps failures | yes |
| shrinking | our own, on the case | Hypothesis' own, on the draws |
| `--hypothesis-show-statistics`, with events | no | yes: law and verdict, size of the input, time |
| observability (JSON lines, which Tyche reads) | the draws of each search, under the trial's id | yes |
| `@seed`, `@reproduce_failure`, `@settings` | no | yes |
| `@example` | no | yes: `@example(data=explicit(tensor, kernel_size=2))` |
| HypoFuzz (`hypothesis fuzz`) | no | yes |

`check` has no statistics because Hypothesis' plugin collects them of tests with `@given` alone, and has no
supported way of adding others.  `deadline=None` is what the profiles of `register_profiles` have as well: the
first case of a trial waits for a proof.  HypoFuzz takes no test of a derandomised profile, such as `ci`, or
of one without a database, and none that asks for a fixture.

Trials that can only skip, as is told without a proof, are left out: those that `Law.obstacle` gives a reason
against, and those of a law that is claimed under a sufficient condition which a few values of the expression
refute.  A law, pooling or activation of which no trial would be left keeps its first, which skips with the
reason; `pytest -rs` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import pytest
import torch
from hypothesis import HealthCheck, is_hypothesis_test, settings

from ordering.activation import Activation
from ordering.arguments import flag
from ordering.errors import InvalidArgument
from ordering.kernels.asking import asked_dtype
from ordering.loading import (
    ActivationLike,
    LawLike,
    PoolingLike,
    load_activations,
    load_laws,
    load_poolings,
)
from ordering.testing.alone import SCANNED, ExpressionTrial, ScanTrial
from ordering.testing.explicit import Explicit, explicit
from ordering.testing.foreseen import answerable
from ordering.testing.keeping import kept
from ordering.testing.trial import Trial

__all__ = [
    "EXAMPLES",
    "Explicit",
    "ExpressionTrial",
    "ScanTrial",
    "Trial",
    "explicit",
    "kept",
    "parametrize_alone",
    "parametrize_with_laws",
    "register_profiles",
]

AnyTrial: TypeAlias = ExpressionTrial | ScanTrial | Trial
TestT = TypeVar("TestT", bound=Callable[..., Any])

EXAMPLES: Final = {"ci": 20, "dev": 100, "nightly": 2000, "fuzz": 100}
"""Examples per trial, or per round of `ordering fuzz`.  `ci` always draws the same, the others new ones: a
failure names the seed."""


def register_profiles() -> None:
    """Register the profiles `ci`, `dev` and `nightly`, for `pytest --hypothesis-profile`.

    `ci` remembers nothing; the others keep failures in the current profile's database, by default
    Hypothesis' folder `.hypothesis`, and show them first in the next run.  All print the decorator that runs
    a failing example of a test with `@given` again.
    """
    for name, examples in EXAMPLES.items():
        fixed, forgets = name == "ci", name in ("ci", "fuzz")
        settings.register_profile(
            name,
            # Not what happens to be loaded, such as a profile that a command line made verbose.
            settings.get_profile("default"),
            max_examples=examples,
            derandomize=fixed,
            deadline=None,
            print_blob=True,
            # `falsify` and `verify` run searches of their own, also in somebody's test with @given.
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
            **({"database": None} if forgets else {}),
        )


def parametrize_alone(
    activations: ActivationLike | Iterable[ActivationLike] | None = None,
) -> Callable[[TestT], TestT]:
    """Parametrize a test's `trial` argument with the trials of each activation alone.

    They ask whether its expression is its kernel, and scan float16 and bfloat16; None takes all activations
    that are registered when the decorator runs.

    Raises
    ------
    UnknownEntry, LoadError, InvalidEntry
        If there is no such activation.
    InvalidArgument
        If the list is empty.
    """
    return _parametrized(_alone(load_activations(activations)))


def parametrize_with_laws(
    laws: LawLike | Iterable[LawLike] | None = None,
    activations: ActivationLike | Iterable[ActivationLike] | None = None,
    poolings: PoolingLike | Iterable[PoolingLike] | None = None,
    *,
    alone: bool = True,
    dtype: torch.dtype | str | None = None,
) -> Callable[[TestT], TestT]:
    """Parametrize a test's `trial` argument with every law that speaks of a pooling, and every activation.

    Each argument takes one or several of what `load_law`, `load_activation` and `load_pooling` take; None
    takes all that are registered when the decorator runs.  Before the laws come the trials of each activation
    alone, which ask whether its expression is its kernel, and scan float16 and bfloat16; with `alone=False`
    they are left to another test, and so they are by a test with `@given`, since they draw nothing.

    Every trial has `check()`, and its id as `str(trial)`; those of laws have `cases()` and `check_case()`.
    Trials that can only skip are left out, as told above.  `dtype` is the one in which the test asks them, if
    it is one: then those are left out, too, whose law does not survive rounding to it, which takes a proof of
    each of their activations when the tests are collected.

    Raises
    ------
    UnknownEntry, LoadError, InvalidEntry
        If there is no such law, activation or pooling.
    InvalidArgument
        If a list is empty, the dtype is none, or no law speaks of any of the poolings, so that nothing would
        be tested.
    """
    flag("alone", alone)
    chosen_laws, chosen_activations = load_laws(laws), load_activations(activations)
    chosen_poolings = load_poolings(poolings)
    of_laws = [
        Trial(law, pooling, activation)
        for law in chosen_laws
        for pooling in chosen_poolings
        if law.applies_to(pooling)
        for activation in chosen_activations
    ]
    if not of_laws:
        raise InvalidArgument(
            "none of the laws speaks of any of the poolings, so that nothing would be tested"
        )
    of_laws = answerable(of_laws, None if dtype is None else asked_dtype(dtype))

    def decorate(test: TestT) -> TestT:
        of_activations = _alone(chosen_activations) if alone and not is_hypothesis_test(test) else []
        return _parametrized([*of_activations, *of_laws])(test)

    return decorate


def _alone(activations: Sequence[Activation]) -> list[AnyTrial]:
    trials: list[AnyTrial] = []
    for activation in activations:
        trials += [ExpressionTrial(activation), *(ScanTrial(activation, dtype) for dtype in SCANNED)]
    return trials


def _parametrized(trials: Sequence[AnyTrial]) -> Callable[[TestT], TestT]:
    return pytest.mark.parametrize("trial", [pytest.param(trial, id=str(trial)) for trial in trials])
