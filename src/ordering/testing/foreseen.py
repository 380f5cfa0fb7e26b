"""Trials that can only skip, told from their entries before they are run.

A trial skips where its law cannot be examined for its activation and pooling (`Law.obstacle`), and where the
law holds under a condition that is sufficient and not necessary (`necessary=False`) of which the activation
is seen to be the contrary: theory has no answer then.  A few exact values show that, and nothing is proved.

Where the dtype is known, theory is asked about the laws that rounding may break (`Law.carries_over`): that
proves what they need of the activation, which the trials that are left would have proved as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

import torch
from sympy import Expr, Float, Integer, Rational

from ordering.activation import Activation
from ordering.law import Law
from ordering.pooling import Kind, Pooling
from ordering.testing.known import shape_of
from ordering.testing.theory import Open, must_hold
from ordering.testing.trial import Trial
from ordering.variable import x

POINTS: Final = tuple(Rational(k, 2) for k in range(-8, 9))
"""Where an activation is looked at: [-4, 4] in steps of one half."""
DIGITS: Final = 30
"""Of each value."""
CERTAIN: Final = Float("1e-15")
"""Differences that are larger are no rounding of these values."""

Values = Mapping[Rational, Float]


def answerable(trials: Sequence[Trial], dtype: torch.dtype | None = None) -> list[Trial]:
    """The trials that may have an answer, in their order; in this dtype, if there is one.

    A law, pooling or activation of which no trial would be left keeps its first, which skips with its reason:
    nothing that was asked for goes unmentioned.
    """
    stays = [not foreseen(trial.law, trial.pooling, trial.activation, dtype) for trial in trials]
    for part in ("law", "pooling", "activation"):
        names = [getattr(trial, part).name for trial in trials]
        seen = {name for name, kept in zip(names, stays, strict=True) if kept}
        for number, name in enumerate(names):
            stays[number] |= name not in seen
            seen.add(name)
    return [trial for trial, kept in zip(trials, stays, strict=True) if kept]


def foreseen(law: Law, pooling: Pooling, activation: Activation, dtype: torch.dtype | None = None) -> str:
    """Why a trial of these can only skip; empty if it may have an answer, or that cannot be told so soon."""
    kinds = [kind for kind in pooling.kinds if kind in law.needs]
    try:
        if obstacle := law.obstacle(activation, pooling):
            return obstacle
        if (
            dtype is not None
            and law.carries_over is not None
            and (reason := _lost(law, kinds, activation, dtype))
        ):
            return reason
    except Exception:  # noqa: BLE001  # a function of the user's that raises does so in the trial, and is told
        return ""
    needs = [law.needs[kind] for kind in kinds]
    if law.necessary or not all(_lacks(activation, need) for need in needs):
        return ""
    return f"{law} follows from {needs[0]!r}, which {activation} is not, and may hold without"


def _lost(law: Law, kinds: Sequence[Kind], activation: Activation, dtype: torch.dtype) -> str:
    """Why theory has no answer in this dtype for any of the kinds; empty if it has one."""
    reasons: dict[str, None] = {}
    for kind in kinds:
        try:
            must_hold(law, kind, activation, shape_of(activation), dtype)
        except Open as reason:
            reasons[str(reason)] = None
        else:
            return ""
    return "; ".join(reasons)


def _lacks(activation: Activation, need: str) -> bool:
    """Whether a few values show that the activation does not have a property."""
    if activation.expression is None or need not in _SHOWS_LACK:
        return False
    return _SHOWS_LACK[need](_values(activation.expression, activation.low, activation.high))


@lru_cache(maxsize=256)
def _values(expression: Expr, low: Expr | None, high: Expr | None) -> Values:
    """The expression at those of the points at which it is claimed and real."""
    found = {}
    for point in POINTS:
        if (low is None or bool(low < point)) and (high is None or bool(point < high)):
            value = expression.subs(x, point).evalf(DIGITS)
            if value.is_Number and value.is_finite:
                found[point] = value
    return found


def _falls(values: Values) -> bool:
    return any(a - b > CERTAIN for a, b in pairwise(values.values()))


def _rises(values: Values) -> bool:
    return any(b - a > CERTAIN for a, b in pairwise(values.values()))


def _bends_down(values: Values) -> bool:
    """`f((a + b) / 2) > (f(a) + f(b)) / 2`."""
    return any(bend > CERTAIN for bend in _bends(values))


def _bends_up(values: Values) -> bool:
    return any(bend < -CERTAIN for bend in _bends(values))


def _bends(values: Values) -> list[Expr]:
    pairs = ((a, b, (a + b) / 2) for a, b in combinations(values, 2))
    return [values[m] - (values[a] + values[b]) / 2 for a, b, m in pairs if m in values]


def _negative(values: Values) -> bool:
    return any(value < -CERTAIN for value in values.values())


def _not_zero_at_zero(values: Values) -> bool:
    return bool(abs(values.get(Integer(0), 0)) > CERTAIN)


_SHOWS_LACK: Final[Mapping[str, Callable[[Values], bool]]] = {
    "nondecreasing": _falls,
    "strictly_increasing": _falls,
    "nonincreasing": _rises,
    "convex": _bends_down,
    "concave": _bends_up,
    "affine": lambda values: _bends_down(values) or _bends_up(values),
    "linear": lambda values: _bends_down(values) or _bends_up(values) or _not_zero_at_zero(values),
    "zero_at_zero": _not_zero_at_zero,
    "nonnegative": _negative,
    "zeros_interval": _negative,
}
"""For a property, whether values show that it is not there; without an entry that is never seen."""
