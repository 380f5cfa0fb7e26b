"""Numbers as decimals: correctly rounded, and long enough that unequal numbers are printed differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.checking import Number, Point, Rejected, Root
from ordering.checking.points import bracket, enclosure, infinite, isolated, sign_at_rational
from ordering.enclosures.balls import ends, to_fmpq, to_sympy
from ordering.enclosures.budget import Undecided, budget
from ordering.reals.closed import closed_form
from ordering.reals.cuts import Exact
from ordering.reals.cuts import Root as Cut
from ordering.reals.tower import Tower
from ordering.variable import x

LEAST: Final = 9
"""Significant digits of a number that is not shorter."""
MOST: Final = 60
BITS: Final = 420
"""Numbers whose enclosures of this many bits overlap are taken to be equal."""
ROOMY: Final = 30
"""Digits of an exact decimal that is still written in full."""
FARTHEST: Final = 300
"""Decimal exponents within which numbers are written."""


@dataclass(frozen=True)
class Decimal:
    """The decimals of the number that `value` is, at `at` if it depends on x.

    `related`: they follow a formula, so that `=` or `~` (rounded) stands before them.
    """

    value: Expr
    at: Point | None = None
    related: bool = True


@dataclass(frozen=True)
class Digits:
    """Decimals as text."""

    text: str


def span(number: Decimal) -> tuple[fmpq, fmpq] | None:
    """Rational ends that hold a number; None where it has no rigorous arithmetic, or is out of reach."""
    try:
        if not number.value.free_symbols:
            if number.value.is_Rational:
                exact = to_fmpq(number.value)
                return exact, exact
            return _ends(number.value, fmpq(0))
        if number.at is None or infinite(number.at):
            return None
        low, high = bracket(number.at, BITS + 60)
        return _ends(number.value, low if low == high else (low, high))
    except Rejected:
        return None


def _ends(e: Expr, at: fmpq | tuple[fmpq, fmpq]) -> tuple[fmpq, fmpq] | None:
    ball = enclosure(e, at, BITS + 60)
    if not ball.is_finite() or not (ball == 0 or 10.0**-FARTHEST < abs(ball) < 10.0**FARTHEST):
        return None
    low, high = ends(ball)
    return low, high


def written(numbers: Iterable[Decimal]) -> Mapping[Decimal, tuple[bool, str]]:
    """For each number whether its decimals are exact, and the decimals; what cannot be told is left out.

    Each is rounded to `LEAST` digits, or to as many more as tell it from every other number.
    """
    spans = {number: found for number in dict.fromkeys(numbers) if (found := span(number)) is not None}
    out = {}
    for number, (low, high) in spans.items():
        others = [other for other in spans.values() if other[1] < low or high < other[0]]
        if low == high and (exact := _terminating(low)) is not None:
            out[number] = (True, exact)
            continue
        for digits in range(LEAST, MOST):
            rounded = {_rounded(low, digits), _rounded(high, digits)}
            if len(rounded) == 1 and not any(
                rounded & {_rounded(a, digits), _rounded(b, digits)} for a, b in others
            ):
                out[number] = (False, _positional(*rounded.pop(), digits))
                break
    return out


def _terminating(q: fmpq) -> str | None:
    """The decimal that a rational is exactly, if it is a short one."""
    denominator = int(q.q)
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places + len(str(abs(int(q.p)) // denominator)) > ROOMY:
        return None
    scaled = abs(int(q.p)) * 10**places // denominator
    digits = f"{scaled:0{places + 1}d}"
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return ("-" if q < 0 else "") + whole + (f".{part}" if part else "")


def _rounded(q: fmpq, digits: int) -> tuple[int, int]:
    """`(n, e)` with `n 10**(e + 1 - digits)` the nearest to q of that many digits."""
    if q == 0:
        return 0, 0
    p, d = abs(int(q.p)), int(q.q)
    e = len(str(p)) - len(str(d))
    if (p < d * 10**e) if e >= 0 else (p * 10**-e < d):
        e -= 1
    shift = digits - 1 - e
    scaled = fmpq(p, d) * (fmpq(10) ** shift)
    n = int((scaled + fmpq(1, 2)).floor())
    if n >= 10**digits:
        n, e = n // 10, e + 1
    return (n if q > 0 else -n), e


def _positional(n: int, e: int, digits: int) -> str:
    sign, text = ("-" if n < 0 else ""), str(abs(n)).ljust(digits, "0")
    if n == 0:
        return "0"
    if -5 <= e < 0:
        return f"{sign}0.{'0' * (-e - 1)}{text}"
    if 0 <= e < digits - 1:
        return f"{sign}{text[: e + 1]}.{text[e + 1 :]}"
    if e == digits - 1:
        return sign + text
    return f"{sign}{text[0]}.{text[1:]}e{e:+d}"


# ---- roots -------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def closed(root: Root) -> Expr | None:
    """The root in closed form, if one of the known forms solves its equation."""
    low, high = to_fmpq(root.low), to_fmpq(root.high)
    try:
        with budget(2.0):
            first = sign_at_rational(root.equation, low) or 0
            cut = Cut(low, high, first, lambda q: sign_at_rational(root.equation, q) or 0, root.equation, str)
            found = closed_form(Tower([root.equation]), cut)
    except Undecided:
        return None
    return found.number if isinstance(found, Exact) else None


@lru_cache(maxsize=256)
def shortest_bracket(root: Root) -> tuple[Expr, Expr]:
    """Short decimals around the root: opposite signs there, and a derivative without a zero between."""
    low, high = to_fmpq(root.low), to_fmpq(root.high)
    for places in range(2, 12):
        scale = fmpq(10) ** places
        below, above = (low * scale).floor() / scale, (high * scale).ceil() / scale
        wide = Root(root.equation, to_sympy(below), to_sympy(above))
        try:
            if isolated(wide):
                return wide.low, wide.high
        except Rejected:
            continue
    return root.low, root.high


def at(e: Expr, point: Point) -> Expr | None:
    """A closed form of e at a point in closed form; None at a root, or where it is too large to write."""
    if not isinstance(point, Number) or infinite(point) or not modest(e, point.value):
        return None
    try:
        value = e.subs(x, point.value)
    except (ValueError, TypeError):  # sympy refuses to compare nan, in Max and Min
        return None
    return None if value.has(sp.nan, sp.zoo, sp.oo, sp.I, sp.AccumBounds) else value


def modest(e: Expr, number: Expr) -> bool:
    """Whether e at a number can be written down: no power or step function in it is large."""
    size = max(
        (abs(int(r.p)).bit_length() + int(r.q).bit_length() for r in number.atoms(sp.Rational)), default=1
    )
    degree = 1
    for part in sp.preorder_traversal(e):
        if part.is_Pow and part.exp.is_Rational:
            degree *= max(1, abs(int(part.exp.p)))
        if isinstance(part, (sp.floor, sp.ceiling)) and part.has(sp.exp, sp.Pow):
            return False
    numbers = sum(abs(int(r.p)).bit_length() + int(r.q).bit_length() for r in e.atoms(sp.Rational))
    return bool(degree * (size + numbers) < 4000 and sp.count_ops(e) < 200)
