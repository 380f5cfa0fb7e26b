"""Where the derivative of an activation is 0: nowhere, at single points, or on whole intervals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from sympy import Expr

from ordering.activation import Activation
from ordering.enclosures.budget import Undecided, budget
from ordering.reals.cuts import INFINITY, MINUS_INFINITY, Cut, Exact, Root
from ordering.reals.function import Function

SECONDS: Final = 5.0
"""Time for one activation; the catalogue's take hundredths."""
LISTED: Final = 3


class Slope(Enum):
    """Where f' is 0, where f is smooth."""

    NOWHERE = "nowhere"
    POINTS = "at single points"
    INTERVALS = "on intervals"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Slopes:
    """The answer, with the places (or the reason why they are not known) in words."""

    slope: Slope
    why: str = ""


def slopes(activation: Activation) -> Slopes:
    """Where `f'(x) = 0`, by the certified signs of the derivative on each smooth piece.

    At corners and jumps there is no f'; what torch takes there is measured elsewhere.  Of a periodic f the
    pieces are those of three periods.
    """
    if activation.expression is None:
        return Slopes(Slope.UNKNOWN, "it has no expression")
    points: list[str] = []
    flat: list[str] = []
    try:
        with budget(SECONDS):
            function = Function(
                activation.expression, _end(activation.low, MINUS_INFINITY), _end(activation.high, INFINITY)
            )
            if function.obstacle is not None:
                raise function.obstacle
            for smooth in function.smooths:
                pattern = smooth.slope_signs
                if pattern.signs == (0,):
                    flat.append(f"({_place(smooth.piece.low)}, {_place(smooth.piece.high)})")
                points += [_place(cut) for cut in pattern.points]
    except Undecided as undecided:
        return Slopes(Slope.UNKNOWN, str(undecided))
    if flat:
        return Slopes(Slope.INTERVALS, _listed(flat))
    if points:
        return Slopes(Slope.POINTS, _listed(points))
    return Slopes(Slope.NOWHERE)


def _end(number: Expr | None, default: Cut) -> Cut:
    return default if number is None or number.is_infinite else Exact(number)


def _place(cut: Cut) -> str:
    if isinstance(cut, Root):
        low, high = cut.bracket()
        return f"{float((low + high) / 2):.6f}"
    return str(cut.number)


def _listed(places: list[str]) -> str:
    more = f" and {len(places) - LISTED} more" if len(places) > LISTED else ""
    return ", ".join(places[:LISTED]) + more
