"""What theory says of a law for one kind of pooling in one dtype, or why it says nothing."""

from __future__ import annotations

import torch

from ordering.activation import Activation
from ordering.evidence import Shape
from ordering.law import ALWAYS, Law
from ordering.pooling import Kind
from ordering.testing.known import name_of


class Open(Exception):
    """Theory or this machine has no answer."""


def must_hold(law: Law, kind: Kind, activation: Activation, shape: Shape, dtype: torch.dtype) -> bool:
    """Whether the law must hold, or must fail.

    Raises
    ------
    Open
        If theory has no answer.
    """
    answer = law.holds(kind, shape)
    if answer is None:
        raise Open(_undecided(law, kind, activation, shape))
    if answer and law.carries_over is not None:
        carried = law.carries_over(activation, dtype)
        if carried is False:
            raise Open(
                f"{law} holds over the reals, but in {name_of(dtype)} different values share an image, which "
                f"it does not allow"
            )
        if carried is None:
            raise Open(
                f"{law} holds over the reals; whether it does in {name_of(dtype)}, where different values "
                f"may share an image, is not known"
            )
    return answer


def _undecided(law: Law, kind: Kind, activation: Activation, shape: Shape) -> str:
    """Why theory says nothing of the law for this kind of pooling."""
    need = law.needs[kind]
    about = f"{law} is neither proved nor refuted for {activation} and {kind.value}"
    if need == ALWAYS or shape.finding(need).holds is True:
        return f"{about}: what it needs beyond {need!r} is not known"
    finding = shape.finding(need)
    if finding.holds is None:
        return f"{about}, which needs {need!r}: {finding.reason or 'undecided'}"
    return f"{about}: it would follow from {need!r}, which is refuted, and may hold without"
