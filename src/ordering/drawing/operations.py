"""The operations of the grammar, one row each: a new operation is one row here (and its closure in `rules`).

A row says how the operation is written, what it is in sympy, how the printer of kernels calls it, what it is
at a rational point, between which numbers its values lie, and, of a function of one argument, which
properties it has.  What no row says is not known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.drawing.ranges import ALL, ZERO, Range
from ordering.variable import x

Value: TypeAlias = Fraction | arb
"""A number, exactly, or a ball that certainly holds it."""
Numbers: TypeAlias = tuple[Fraction, ...]
Form: TypeAlias = Callable[[Sequence[Expr], Numbers], Expr]

EVERYWHERE: Final = ""
NONNEGATIVE: Final = "nonnegative"
NONPOSITIVE: Final = "nonpositive"
"""Where a function of one argument has a property: for all arguments, or for those of one sign."""


class Undetermined(Exception):
    """A ball holds the very point where a function jumps, or where a comparison turns."""


@dataclass(frozen=True)
class Operation:
    """One row.

    Parameters
    ----------
    name:
        How terms name it; of a function also how it is written.
    sympy:
        Its parts' expressions, and its numbers, as the expression that an `Activation` has.
    value:
        Its parts' values, and its numbers, as its own value; `at` is the point.
    range:
        The parts' ranges, and its numbers, as one that holds its values.
    printed:
        As `sympy`, for the printer of kernels: with a function of torch's own by name (`printer.FUNCTIONS`)
        where the expression would overflow or lose digits long before the function does.
    traits:
        What a function of one argument is: properties by where it has them.
    weight:
        How often it is drawn, beside others.
    tame:
        The largest argument that is drawn for ordinary inputs; None where any is well.
    parts, numbers:
        How many parts it has (a sum: at least), and how many exact numbers.
    """

    name: str
    sympy: Form
    value: Callable[[Sequence[Value], Numbers, Fraction], Value]
    range: Callable[[Sequence[Range], Numbers], Range]
    printed: Form | None = None
    traits: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    weight: int = 1
    tame: int | None = None
    parts: int = 1
    numbers: int = 0

    @property
    def unary(self) -> bool:
        """Whether it is a function of one argument."""
        return bool(self.traits)


# ---- values --------------------------------------------------------------------------------------------


def ball(value: Value) -> arb:
    """The value as a ball."""
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def compare(a: Value, b: Value) -> int:
    """The sign of `a - b`.

    Raises
    ------
    Undetermined
        If the balls overlap.
    """
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return (a > b) - (a < b)
    left, right = ball(a), ball(b)
    if left > right:
        return 1
    if left < right:
        return -1
    raise Undetermined


def add(a: Value, b: Value) -> Value:
    """The sum of two values."""
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else ball(a) + ball(b)


def times(a: Value, b: Value) -> Value:
    """The product of two values."""
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else ball(a) * ball(b)


def _divide(a: Value, b: Value) -> Value:
    return a / b if isinstance(a, Fraction) and isinstance(b, Fraction) else ball(a) / ball(b)


def _fold(two: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A function of many, of one of two; what follows the first argument is left out."""

    def folded(parts: Sequence[Any], *_: object) -> Any:
        result = parts[0]
        for part in parts[1:]:
            result = two(result, part)
        return result

    return folded


def _larger(a: Value, b: Value) -> Value:
    exact = isinstance(a, Fraction) and isinstance(b, Fraction)
    return max(a, b) if exact else ball(a).max(ball(b))


def _smaller(a: Value, b: Value) -> Value:
    exact = isinstance(a, Fraction) and isinstance(b, Fraction)
    return min(a, b) if exact else ball(a).min(ball(b))


def _sign(value: Value) -> Value:
    return Fraction(compare(value, ZERO))


def _floor(value: Value) -> Value:
    if isinstance(value, Fraction):
        return Fraction(value.numerator // value.denominator)
    whole = value.floor().unique_fmpz()
    if whole is None:
        raise Undetermined
    return Fraction(int(whole))


def _of(function: Callable[[arb], arb]) -> Callable[[Sequence[Value], Numbers, Fraction], Value]:
    """The value of an elementary function."""
    return lambda parts, numbers, at: function(ball(parts[0]))


# ---- ranges --------------------------------------------------------------------------------------------

_E: Final = Fraction(11, 4)
"""More than e, to bound powers of it."""
_MOST: Final = 64
"""Beyond this argument no bound of the exponential function is written down."""


def _below_exp(end: Fraction | None) -> Fraction | None:
    """A number that is not below e^end."""
    if end is None or end > _MOST:
        return None
    return _E ** max(0, -((-end.numerator) // end.denominator))


def _exp_range(parts: Sequence[Range], _: Numbers) -> Range:
    return Range(Fraction(1) if parts[0].sign > 0 else ZERO, _below_exp(parts[0].high))


def _cosh_range(parts: Sequence[Range], _: Numbers) -> Range:
    return Range(Fraction(1), _below_exp(parts[0].size))


def _softplus_range(parts: Sequence[Range], _: Numbers) -> Range:
    low, high = parts[0].low, parts[0].high
    return Range(max(low or ZERO, ZERO), None if high is None else max(high, ZERO) + 1)


def _root_range(parts: Sequence[Range], numbers: Numbers) -> Range:
    size, c = parts[0].size, numbers[0]
    return Range(min(c, Fraction(1)), None if size is None else size + max(c, Fraction(1)))


def _odd_range(bound: Fraction) -> Callable[[Sequence[Range], Numbers], Range]:
    """Of an odd bounded function that rises."""

    def within(parts: Sequence[Range], _: Numbers) -> Range:
        sign = parts[0].sign
        return Range(ZERO if sign > 0 else -bound, ZERO if sign < 0 else bound)

    return within


def _sigmoid_range(parts: Sequence[Range], _: Numbers) -> Range:
    half, sign = Fraction(1, 2), parts[0].sign
    return Range(half if sign > 0 else ZERO, half if sign < 0 else Fraction(1))


def _floor_range(parts: Sequence[Range], _: Numbers) -> Range:
    ends = (parts[0].low, parts[0].high)
    return Range(*(None if end is None else Fraction(end.numerator // end.denominator) for end in ends))


def _number(number: Fraction) -> Range:
    return Range(number, number)


def _clip_range(parts: Sequence[Range], numbers: Numbers) -> Range:
    return parts[0].largest(_number(numbers[0])).least(_number(numbers[1]))


def _dip_range(parts: Sequence[Range], numbers: Numbers) -> Range:
    return parts[0].union(parts[0] + _number(-numbers[2]))


# ---- rows ----------------------------------------------------------------------------------------------


def rational(number: Fraction) -> Expr:
    """The number as sympy writes it."""
    return sp.Rational(number.numerator, number.denominator)


def _traits(everywhere: str, nonnegative: str = "", nonpositive: str = "") -> Mapping[str, frozenset[str]]:
    return MappingProxyType(
        {
            EVERYWHERE: frozenset(everywhere.split()),
            NONNEGATIVE: frozenset(nonnegative.split()),
            NONPOSITIVE: frozenset(nonpositive.split()),
        }
    )


_RISING: Final = "strictly_increasing nondecreasing continuous"
_CUP: Final = "even convex continuous"
"""Falls to the least value, at 0, and rises from there."""
_RIGHT: Final = "strictly_increasing nondecreasing"
_LEFT: Final = "strictly_decreasing nonincreasing"
_SIGMOID: Final = f"{_RISING} odd bounded"


def _named(name: str, formula: Callable[[Expr], Expr]) -> Form:
    """A function of torch's own, for the printer; of a constant its formula, which sympy can evaluate."""
    function = sp.Function(name, real=True)
    return lambda parts, numbers: formula(parts[0]) if parts[0].is_number else function(parts[0])


def _log1p_square(u: Expr) -> Expr:
    return sp.log(1 + u**2)


def _unary(
    name: str,
    sympy: Callable[[Expr], Expr],
    value: Callable[[arb], arb],
    within: Callable[[Sequence[Range], Numbers], Range],
    traits: Mapping[str, frozenset[str]],
    *,
    own: bool = False,
    weight: int = 2,
    tame: int | None = None,
) -> Operation:
    """A smooth function of one argument; `own` where torch has one that does better than its formula."""
    return Operation(
        name,
        lambda parts, numbers: sympy(parts[0]),
        _of(value),
        within,
        _named(name, sympy) if own else None,
        traits,
        weight,
        tame,
    )


# Sympy tries to decide which argument is the largest, and whether a condition can hold, which takes most of
# the time in which a term is drawn, and would have the kernel printed of what it concluded.


def _extreme(kind: Any, *parts: Expr) -> Expr:
    """The maximum or minimum: of one of the same kind, its arguments; of numbers, the one that counts."""
    flat = [arg for part in parts for arg in (part.args if isinstance(part, kind) else (part,))]
    numbers = [arg for arg in flat if arg.is_Rational]
    rest = list(dict.fromkeys(arg for arg in flat if not arg.is_Rational))
    args = [*rest, kind(*numbers)] if numbers else rest
    return args[0] if len(args) == 1 else kind(*args, evaluate=False)


def _clipped(u: Expr, low: Expr, high: Expr) -> Expr:
    return _extreme(sp.Min, _extreme(sp.Max, u, low), high)


def _pieces(*pieces: tuple[Expr, Any]) -> Expr:
    return sp.Piecewise(*pieces, evaluate=False)


def _dipped(parts: Sequence[Expr], numbers: Numbers) -> Expr:
    low, high, depth = map(rational, numbers)
    inside = sp.Eq(x, low) if low == high else sp.And(x >= low, x <= high)
    return _pieces((parts[0] - depth, inside), (parts[0], sp.true))


POWERS: Final = (2, 3, 4, 5)
"""Exponents; the row of each is called `power2`, ..."""


def _power(exponent: int) -> Operation:
    """A whole power of one argument."""
    even = _traits(f"{_CUP} nonnegative coercive", _RIGHT, _LEFT)
    odd = _traits(f"{_RISING} odd coercive", "convex", "concave")
    return Operation(
        f"power{exponent}",
        lambda parts, numbers: parts[0] ** exponent,
        lambda parts, numbers, at: parts[0] ** exponent,
        lambda parts, numbers: parts[0].power(exponent),
        traits=odd if exponent % 2 else even,
        tame={2: 32, 3: 16, 4: 8, 5: 4}[exponent],
        weight=3 if exponent == 2 else 1,
    )


_ROWS: Final = (
    Operation(
        "x",
        lambda parts, numbers: x,
        lambda parts, numbers, at: at,
        lambda parts, numbers: ALL,
        weight=0,
        parts=0,
    ),
    Operation(
        "number",
        lambda parts, numbers: rational(numbers[0]),
        lambda parts, numbers, at: numbers[0],
        lambda parts, numbers: _number(numbers[0]),
        weight=0,
        parts=0,
        numbers=1,
    ),
    Operation(
        "scale",
        lambda parts, numbers: rational(numbers[0]) * parts[0],
        lambda parts, numbers, at: times(numbers[0], parts[0]),
        lambda parts, numbers: parts[0].scaled(numbers[0]),
        weight=4,
        numbers=1,
    ),
    Operation(
        "sum",
        lambda parts, numbers: sp.Add(*parts),
        _fold(add),
        _fold(Range.__add__),
        weight=6,
        parts=2,
    ),
    Operation(
        "product",
        lambda parts, numbers: sp.Mul(*parts),
        _fold(times),
        _fold(Range.__mul__),
        weight=3,
        parts=2,
    ),
    Operation(
        "quotient",
        lambda parts, numbers: parts[0] / parts[1],
        lambda parts, numbers, at: _divide(*parts),
        lambda parts, numbers: parts[0] * parts[1].inverse(),
        weight=3,
        parts=2,
    ),
    Operation(
        "max",
        lambda parts, numbers: _extreme(sp.Max, *parts),
        _fold(_larger),
        _fold(Range.largest),
        weight=4,
        parts=2,
    ),
    Operation(
        "min",
        lambda parts, numbers: _extreme(sp.Min, *parts),
        _fold(_smaller),
        _fold(Range.least),
        weight=4,
        parts=2,
    ),
    Operation(
        "clip",
        lambda parts, numbers: _clipped(parts[0], *map(rational, numbers)),
        lambda parts, numbers, at: _smaller(_larger(parts[0], numbers[0]), numbers[1]),
        _clip_range,
        weight=2,
        numbers=2,
    ),
    Operation(
        "abs",
        lambda parts, numbers: sp.Abs(parts[0]),
        lambda parts, numbers, at: _larger(parts[0], times(Fraction(-1), parts[0])),
        lambda parts, numbers: parts[0].magnitude(),
        traits=_traits(f"{_CUP} nonnegative coercive", _RIGHT, _LEFT),
        weight=3,
    ),
    Operation(
        "sign",
        lambda parts, numbers: sp.sign(parts[0]),
        lambda parts, numbers, at: _sign(parts[0]),
        _odd_range(Fraction(1)),
        traits=_traits("nondecreasing odd bounded"),
    ),
    Operation(
        "floor",
        lambda parts, numbers: sp.floor(parts[0]),
        lambda parts, numbers, at: _floor(parts[0]),
        _floor_range,
        traits=_traits("nondecreasing coercive"),
    ),
    _unary("exp", sp.exp, arb.exp, _exp_range, _traits(f"{_RISING} convex nonnegative"), tame=8),
    _unary(
        "cosh", sp.cosh, arb.cosh, _cosh_range, _traits(f"{_CUP} nonnegative coercive", _RIGHT, _LEFT), tame=8
    ),
    _unary("tanh", sp.tanh, arb.tanh, _odd_range(Fraction(1)), _traits(_SIGMOID, "concave", "convex")),
    _unary(
        "sigmoid",
        lambda u: 1 / (1 + sp.exp(-u)),
        lambda u: 1 / (1 + (-u).exp()),
        _sigmoid_range,
        _traits(f"{_RISING} bounded nonnegative", "concave", "convex"),
        own=True,
    ),
    _unary(
        "softplus",
        lambda u: sp.log(1 + sp.exp(u)),
        lambda u: u.exp().log1p(),
        _softplus_range,
        _traits(f"{_RISING} convex nonnegative"),
        own=True,
        tame=64,
    ),
    _unary("erf", sp.erf, arb.erf, _odd_range(Fraction(1)), _traits(_SIGMOID, "concave", "convex")),
    _unary("atan", sp.atan, arb.atan, _odd_range(Fraction(8, 5)), _traits(_SIGMOID, "concave", "convex")),
    Operation(
        "root",
        lambda parts, numbers: sp.sqrt(parts[0] ** 2 + rational(numbers[0])),
        lambda parts, numbers, at: (ball(parts[0]) ** 2 + ball(numbers[0])).sqrt(),
        _root_range,
        traits=_traits(f"{_CUP} nonnegative coercive", _RIGHT, _LEFT),
        tame=64,
        numbers=1,
    ),
    Operation(
        "log",
        lambda parts, numbers: _log1p_square(parts[0]),
        lambda parts, numbers, at: (ball(parts[0]) ** 2).log1p(),
        lambda parts, numbers: Range(ZERO, parts[0].size),  # 0 <= log(1 + u^2) <= |u|
        printed=_named("log1p_square", _log1p_square),
        traits=_traits("even continuous nonnegative coercive", _RIGHT, _LEFT),
        tame=64,
    ),
    *(_power(exponent) for exponent in POWERS),
    Operation(
        "piecewise",
        lambda parts, numbers: _pieces((parts[0], _starts(numbers)), (parts[1], sp.true)),
        lambda parts, numbers, at: parts[0 if _in_first(at, numbers) else 1],
        lambda parts, numbers: parts[0].union(parts[1]),
        weight=4,
        parts=2,
        numbers=2,
    ),
    Operation(
        "dip",
        _dipped,
        lambda parts, numbers, at: add(parts[0], -numbers[2]) if numbers[0] <= at <= numbers[1] else parts[0],
        _dip_range,
        weight=0,
        numbers=3,
    ),
)


def _starts(numbers: Numbers) -> Any:
    """Where the first of two pieces holds: below the knot, or up to it."""
    knot, closed = numbers
    return x <= rational(knot) if closed else x < rational(knot)


def _in_first(at: Fraction, numbers: Numbers) -> bool:
    return at <= numbers[0] if numbers[1] else at < numbers[0]


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every operation, by name."""
