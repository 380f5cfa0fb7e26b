"""The arguments of one examination, each in the form that the search wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import torch
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from ordering.arguments import integer, members, real, shown
from ordering.errors import InvalidArgument
from ordering.lattice import format_of
from ordering.law import Domain, Law
from ordering.pooling import Kind, Pooling

Hint: TypeAlias = float | Sequence[float]
"""A value worth trying, or the values of one window (an exact witness, a certificate's drop)."""

DTYPES: Final = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""The dtypes that torch computes in."""


def asked_dtype(dtype: torch.dtype | str) -> torch.dtype:
    """The dtype of that name, or itself.

    Raises
    ------
    InvalidArgument
        If torch does not compute in it.
    """
    found = format_of(dtype).dtype
    if found not in DTYPES:
        known = ", ".join(format_of(each).name for each in DTYPES)
        raise InvalidArgument(f"torch computes in no {format_of(found).name}; dtype must be one of {known}")
    return found


def asked_domains(domains: Domain | str | Iterable[Domain | str] | None, law: Law) -> frozenset[Domain]:
    """Classes of inputs, all of the law's by default.

    Raises
    ------
    InvalidArgument
        If they are not some of those that the law is claimed on.
    """
    chosen = law.domains if domains is None else frozenset(members("domains", domains, Domain))
    if not chosen <= law.domains:
        known = ", ".join(sorted(domain.value for domain in law.domains))
        raise InvalidArgument(f"domains must be some of those the law {law} is claimed on: {known}")
    return chosen


def asked_kinds(
    kinds: Kind | str | Iterable[Kind | str] | None, law: Law, pooling: Pooling
) -> frozenset[Kind]:
    """Kinds of reduction, by default all of the pooling's that the law speaks of.

    Raises
    ------
    InvalidArgument
        If they are not some of those.
    """
    spoken = frozenset(pooling.kinds) & frozenset(law.needs)
    chosen = spoken if kinds is None else frozenset(members("kinds", kinds, Kind))
    if not chosen <= spoken:
        known = ", ".join(sorted(kind.value for kind in spoken))
        raise InvalidArgument(f"kinds must be some of those of {pooling} that {law} speaks of: {known}")
    return chosen


def asked_hints(hints: Hint | Iterable[Hint]) -> tuple[Hint, ...]:
    """Values, and windows of values, as floats; one value is a hint too.

    Raises
    ------
    InvalidArgument
        If one is neither a number nor a window of numbers.
    """
    if isinstance(hints, str) or not isinstance(hints, Iterable):
        return (float(real("hints", hints)),)
    return tuple(_hint(each) for each in _plain(hints))


def asked_values(hints: Hint | Iterable[Hint]) -> tuple[float, ...]:
    """The values of all hints."""
    return tuple(
        value for hint in asked_hints(hints) for value in (hint if isinstance(hint, Sequence) else (hint,))
    )


def asked_shape(shape: object) -> tuple[int, ...]:
    """The sizes of a tensor.

    Raises
    ------
    InvalidArgument
        If they are no sizes.
    """
    if isinstance(shape, str) or not isinstance(shape, Sequence):
        raise InvalidArgument(f"shape must be sizes such as (2, 3), got {shown(shape)}")
    return tuple(integer("a size of shape", side, least=0) for side in shape)


def asked_strategy(name: str, strategy: object) -> None:
    """Raise `InvalidArgument` unless it is a Hypothesis strategy, or None."""
    if strategy is not None and not isinstance(strategy, SearchStrategy):
        raise InvalidArgument(
            f"{name} must be a Hypothesis strategy, got {shown(strategy)} (a {type(strategy).__name__})"
        )


def _hint(hint: object) -> Hint:
    given = _plain(hint)
    if isinstance(given, str) or not isinstance(given, Iterable):
        return float(real("a hint", given))
    window = tuple(float(real("a hint's value", value)) for value in given)
    if not window:
        raise InvalidArgument(f"a hint must be a number or a window of numbers, got {shown(hint)}")
    return window


def _plain(values: Any) -> Any:
    """A tensor or an array as lists of numbers."""
    return values.tolist() if isinstance(values, Tensor) or hasattr(values, "__array__") else values
