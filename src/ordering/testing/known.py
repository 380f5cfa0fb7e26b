"""What is known of an activation by itself, found once for all of its trials."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import torch
from sympy import Expr

from ordering.activation import Activation
from ordering.evidence import Certificate, Fidelity, Shape
from ordering.fidelity import fidelity
from ordering.floats import certify
from ordering.reals import prove
from ordering.verdict.facts import ends

MOST: Final = 256
"""Activations, or functions, of which the answers are kept."""


class _Entry:
    """An activation as a key: the same record, as its parameters cannot be hashed."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation

    def __hash__(self) -> int:
        return id(self.activation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Entry) and other.activation is self.activation


def shape_of(activation: Activation) -> Shape:
    """What is proved of the activation: the same function belongs to many trials."""
    return _prove(activation.expression, activation.low, activation.high)


@lru_cache(maxsize=MOST)
def _prove(expression: Expr | None, low: Expr | None, high: Expr | None) -> Shape:
    return prove(Activation("f", kernel=torch.clone, expression=expression, low=low, high=high))


def agreement(activation: Activation) -> Fidelity:
    """Whether the expression is the kernel.

    Raises
    ------
    KernelError
        If the kernel cannot be examined.
    """
    return _agreement(_Entry(activation))


@lru_cache(maxsize=MOST)
def _agreement(entry: _Entry) -> Fidelity:
    return fidelity(entry.activation)


def unfaithful(activation: Activation) -> str:
    """Why nothing that is proved of the expression says anything of the kernel; empty if it does."""
    if agreement(activation).faithful is not False:
        return ""
    return (
        f"the expression of {activation} is not its kernel, so nothing that is proved of it can be held "
        f"against the operators: see expression_is_kernel[{activation}]"
    )


def unverified(activation: Activation) -> str:
    """Why it is not known whether the expression is the kernel; empty where it is, or there is none."""
    found = agreement(activation)
    if activation.expression is None or found.faithful is not None:
        return ""
    return (
        f"it is not known whether the expression of {activation} is its kernel, so nothing that is proved of "
        f"it is held against the operators: {found.why}"
    )


def scan(activation: Activation, dtype: torch.dtype) -> Certificate:
    """The certificate over all finite values of a 16-bit dtype on which the activation is claimed.

    Raises
    ------
    KernelError
        If the kernel cannot be examined in this dtype.
    """
    return _scan(_Entry(activation), dtype)


@lru_cache(maxsize=2 * MOST)
def _scan(entry: _Entry, dtype: torch.dtype) -> Certificate:
    low, high = ends(entry.activation, dtype)
    largest = torch.finfo(dtype).max
    return certify(
        entry.activation,
        dtype,
        path="all",
        low=-largest if low is None else max(low, -largest),
        high=largest if high is None else min(high, largest),
        workers=1,
    )


def largest_fall(shape: Shape) -> float:
    """An upper bound of the drawdown, `sup_(a<=b) f(a) - f(b)`; infinity where none is known."""
    if shape.drawdown is None:
        return math.inf
    return float(shape.drawdown[1] if isinstance(shape.drawdown, tuple) else shape.drawdown)


def name_of(dtype: torch.dtype) -> str:
    """The dtype's name without `torch.`."""
    return str(dtype).removeprefix("torch.")
