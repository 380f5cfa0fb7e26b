"""Numbers of the claims in words: shares, falls, lists of names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import oo

from ordering.evidence import Counterexample, Shape

LISTED = 6
"""Names that are listed in a sentence; the examples hold all."""


def fall_text(shape: Shape) -> str:
    """The drawdown of a function: `3/8`, `0.1700`, `unbounded` or `not known`."""
    fall = shape.drawdown
    if fall is None:
        return "not known"
    if isinstance(fall, tuple):
        return f"at most {float(fall[1]):.6g}"
    if fall == oo:
        return "unbounded"
    exact = str(fall)
    decimal = f"{float(fall):.6g}"
    return decimal if len(exact) > 12 or exact == decimal else f"{exact} = {decimal}"


def names(of: Sequence[str], most: int = LISTED) -> str:
    """`a, b, c and 4 more`."""
    if len(of) <= most:
        return ", ".join(of)
    return f"{', '.join(of[:most])} and {len(of) - most} more"


def listed(of: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(of[:-1]), of[-1])))


def percent(share: float) -> str:
    """`6.24 %`."""
    return f"{100 * share:.2f} %"


def window_text(found: Counterexample) -> str:
    """A counterexample in a line: the elements and what both orders give."""
    given = ", ".join(f"{value:.6g}" for value in found.input.flatten()[:LISTED].tolist())
    more = ", ..." if found.input.numel() > LISTED else ""
    sides = [side[found.index].item() for side in (found.activation_first, found.pooling_first)]
    first, second = (f"{side:.6g}" for side in sides)
    if first == second:  # a step or two apart: all digits
        first, second = map(repr, sides)
    return f"on ({given}{more}): {first} activation first, {second} pooling first"


def count(number: int, of: str) -> str:
    """`1 activation`, `2 activations`."""
    return f"{number} {of}{'s' * (number != 1)}"


def quoted(of: str) -> str:
    """A name as a shell takes it."""
    return f"'{of}'" if any(character in of for character in "()*<> ") else of


def spread(values: Iterable[float]) -> str:
    """`0.31 to 0.96`; empty where there is none."""
    ends = dict.fromkeys(f"{value:.2f}" for value in sorted(values))
    return " to ".join(list(ends)[:: max(1, len(ends) - 1)])
