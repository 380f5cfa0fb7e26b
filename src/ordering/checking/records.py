"""A claim about a function and the steps of its derivation, as plain data: they compare, pickle and print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

from sympy import Expr


class Rejected(Exception):
    """The checker does not accept; the text says what is missing or wrong."""


class Missing(Rejected):
    """The sign of an expression on an interval is needed, and no step before states it.

    `stated`: a step must say so, though other steps may imply it.
    """

    def __init__(self, expression: Expr, low: Point, high: Point, *, stated: bool = False) -> None:
        super().__init__(f"no step says which sign {expression} has on ({low}, {high})")
        self.expression, self.low, self.high, self.stated = expression, low, high, stated


@dataclass(frozen=True)
class Number:
    """A point in closed form, or plus or minus infinity."""

    value: Expr

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Root:
    """The only root of `equation` between the rationals `low` and `high`, where it has opposite signs."""

    equation: Expr
    low: Expr
    high: Expr

    def __str__(self) -> str:
        return f"the root of {self.equation} near {float((self.low + self.high) / 2):.8g}"


Point: TypeAlias = Number | Root


@dataclass(frozen=True)
class Claim:
    """That `function` has the property `question` where it is real on the open interval `(low, high)`."""

    question: str
    function: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class DrawdownClaim(Claim):
    """That `sup f(a) - f(b)` over `a <= b`, where f is real on the open interval, is `value`.

    A number, oo, or rational bounds `(low, high)` between which it lies; the question is "drawdown".
    """

    value: Expr | tuple[Expr, Expr]


@dataclass(frozen=True)
class Plain:
    """The sign can be read off: all terms have it, an enclosure has it, or both ends of a line have it.

    So can the signs of a polynomial of degree n with n points at which it vanishes, and those of
    `a + b sin(u)` with a = 0 or |a| = |b|, whose zeros are those or the extremes of the sine.
    """


@dataclass(frozen=True)
class Factors:
    """The function is the product of `base**power`, whose signs are known."""

    parts: tuple[tuple[Expr, int], ...]


@dataclass(frozen=True)
class Rung:
    """`function / divisor` has the derivative `slope`: between the zeros of both it is strictly monotone."""

    divisor: Expr
    slope: Expr


@dataclass(frozen=True)
class Cells:
    """The interval is bounded, and falls into cells on which the function or its derivative has no zero."""


@dataclass(frozen=True)
class Turns:
    """The function repeats itself with this period, and has no zero on two of them, from 0."""

    length: Expr


Reason: TypeAlias = Plain | Factors | Rung | Cells | Turns


@dataclass(frozen=True)
class Sign:
    """On `(low, high)` the function is zero at `points`, and has `signs[i]` before `points[i]`."""

    function: Expr
    low: Point
    high: Point
    points: tuple[Point, ...]
    signs: tuple[int, ...]
    reason: Reason


@dataclass(frozen=True)
class Period:
    """`function(x + length) = function(x) + shift` for every x.

    If the function is smooth on the line, one period, from 0, decides what it has near every point; else two,
    which hold the point where periods meet.
    """

    function: Expr
    length: Expr
    shift: Expr


@dataclass(frozen=True)
class Piece:
    """On `(low, high)` the function is the smooth `expression`."""

    function: Expr
    expression: Expr
    low: Point
    high: Point


@dataclass(frozen=True)
class Hole:
    """On `(low, high)` the function is nowhere a real number."""

    function: Expr
    low: Point
    high: Point


@dataclass(frozen=True)
class Value:
    """The function's value at a point (at a root, an expression that has it there); None: no real number."""

    function: Expr
    point: Point
    value: Expr | None


@dataclass(frozen=True)
class Derivative:
    """`derivative` is the derivative of `function`."""

    function: Expr
    derivative: Expr


@dataclass(frozen=True)
class Comparison:
    """The sign of `second - first` at a point, by `kind`.

    left: limit from the left and value; right: value and limit from the right; slopes: the one-sided
    limits of f' from the left and from the right; value: 0 and the value.
    """

    kind: str
    point: Point
    first: Expr
    second: Expr
    sign: int


@dataclass(frozen=True)
class Across:
    """Over a hole of the domain, from `low` to `high` (one point, perhaps): the sign of `second - first`.

    `first` is f's value at `low`, else its limit from the left there; `second` is f's value at `high`, else
    its limit from the right.  At a root without a closed form both are expressions with this value.
    """

    low: Point
    high: Point
    first: Expr
    second: Expr
    sign: int


@dataclass(frozen=True)
class Conclusion:
    """Therefore the function has the property on the interval."""

    question: str
    function: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Limit:
    """The function's limit at a point, from the left (`side` -1) or the right (1).

    A number or infinite; at a root, an expression that has it there.
    """

    function: Expr
    point: Point
    side: int
    value: Expr


@dataclass(frozen=True)
class Solved:
    """The root is this number: it solves the equation and lies in the bracket."""

    root: Root
    number: Expr


@dataclass(frozen=True)
class Place:
    """Where a value is approached from the left of a point (`side` -1), from the right (1), or taken (0)."""

    point: Point
    side: int


@dataclass(frozen=True)
class DrawdownConclusion(Conclusion):
    """Therefore `value` is the drawdown: f falls by it from the `peak` to the `trough`, and no pair by more.

    Both are None where no pair falls at all, and the value is 0.
    """

    value: Expr | tuple[Expr, Expr]
    peak: Place | None
    trough: Place | None


def points(value: object) -> Iterator[Point]:
    """Every point in a record, in the order in which they stand."""
    if isinstance(value, Number | Root):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from points(part)
    elif isinstance(
        value,
        Sign | Piece | Hole | Value | Comparison | Across | Limit | Solved | Place | DrawdownConclusion,
    ):
        for entry in fields(value):
            yield from points(getattr(value, entry.name))


def roots(value: object) -> Iterator[Root]:
    """Every root in a record, in the order in which they stand."""
    return (point for point in points(value) if isinstance(point, Root))


Step: TypeAlias = (
    Sign | Period | Piece | Hole | Value | Derivative | Comparison | Across | Limit | Solved | Conclusion
)
