"""Points of the line: the ends of intervals, breakpoints and isolated roots, each as exact as it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, fmpq
from sympy import Expr

from ordering.enclosures.balls import between, ends, evaluator, precision, sign_of, to_fmpq, to_sympy
from ordering.enclosures.budget import Undecided, tick
from ordering.variable import x

FINEST: Final = fmpq(1, 2**220)
"""Width of a bracket below which two points are no longer told apart."""

SignAt: TypeAlias = Callable[[fmpq], int]


class Exact:
    """A point with a closed form, or infinite; `root` is the isolated root that it was recognised from."""

    def __init__(self, number: Expr, root: Root | None = None) -> None:
        self.number = sp.sympify(number)
        self.root = root
        self.rational = to_fmpq(self.number) if self.number.is_Rational else None
        self.infinite = self.number in (sp.oo, -sp.oo)
        self._bits = 64

    def ball(self, bits: int) -> arb:
        """A ball around the point."""
        with precision(bits):
            return evaluator(self.number)(arb(0))

    def __reduce__(self) -> tuple[Any, ...]:
        return Exact, (self.number, self.root)

    def bracket(self) -> tuple[fmpq, fmpq]:
        """Rational ends of an interval that holds the point."""
        if self.rational is not None:
            return self.rational, self.rational
        return ends(self.ball(self._bits))

    def refine(self) -> None:
        """Make the bracket smaller."""
        self._bits *= 2
        if self._bits > 4096:
            raise Undecided(f"a point could not be told apart from {self.number}")

    def __repr__(self) -> str:
        return str(self.number)


class Root:
    """The only root of a function in an open bracket at whose ends it has opposite signs.

    `equation` is the function as a sympy expression, `key` what it is called among others of its tower.
    """

    rational: None = None
    infinite = False

    def __init__(
        self, low: fmpq, high: fmpq, sign_low: int, sign_at: SignAt, equation: Expr, key: object
    ) -> None:
        self.low, self.high = low, high
        self._sign_low, self._sign_at = sign_low, sign_at
        self.equation, self.key = equation, key

    def __reduce__(self) -> tuple[Any, ...]:
        # Elsewhere there is no tower to ask for signs: the equation's own values tell them.
        parts = (self.low, self.high, self._sign_low, self.equation)
        return _read_root, tuple(str(part) if isinstance(part, fmpq) else part for part in parts)

    def copied(self) -> Root:
        """The same root, to be refined by itself."""
        return Root(self.low, self.high, self._sign_low, self._sign_at, self.equation, self.key)

    def ball(self, bits: int) -> arb:
        """A ball around the root of relative or absolute width about `2**-bits`."""
        self.refine_to(fmpq(1, 2**bits) * max(fmpq(1), abs(self.low)))
        with precision(bits + 20):
            return between(self.low, self.high)

    def bracket(self) -> tuple[fmpq, fmpq]:
        """The present bracket."""
        return self.low, self.high

    def refine(self) -> None:
        """Bisect, eight times."""
        self.refine_to((self.high - self.low) / 256)

    def refine_to(self, width: fmpq) -> None:
        """Bisect until the bracket is no wider than `width`."""
        while self.high - self.low > width:
            tick()
            middle = (self.low + self.high) / 2
            sign = self._sign_at(middle)
            if sign == 0:  # a rational root that bisection met: squeeze around it
                quarter = (self.high - self.low) / 8
                self.low, self.high = middle - quarter, middle + quarter
            elif sign == self._sign_low:
                self.low = middle
            else:
                self.high = middle

    def __repr__(self) -> str:
        middle = (self.low + self.high) / 2
        return f"root of {self.equation} near {float(middle.p) / float(middle.q):.6g}"


def _read_root(low: str, high: str, sign_low: int, equation: Expr) -> Root:
    def sign_at(q: fmpq) -> int:
        return sign_of(equation.subs(x, to_sympy(q)))

    return Root(_fraction(low), _fraction(high), sign_low, sign_at, equation, ("read", equation))


def _fraction(text: str) -> fmpq:
    top, _, bottom = text.partition("/")
    return fmpq(int(top), int(bottom or 1))


Cut: TypeAlias = Exact | Root


def rational_cut(q: fmpq) -> Exact:
    """The cut at a rational point."""
    return Exact(to_sympy(q))


MINUS_INFINITY: Final = Exact(-sp.oo)
INFINITY: Final = Exact(sp.oo)


def before(a: Cut, b: Cut) -> bool:
    """Whether a < b; both must be different points, else `Undecided`."""
    if isinstance(a, Exact) and a.infinite:
        return bool(a.number == -sp.oo)
    if isinstance(b, Exact) and b.infinite:
        return bool(b.number == sp.oo)
    while True:
        tick()
        (al, au), (bl, bu) = a.bracket(), b.bracket()
        if au < bl or (au == bl and not (a.rational is not None and b.rational is not None)):
            return True
        if bu < al or (bu == al and not (a.rational is not None and b.rational is not None)):
            return False
        if max(au - al, bu - bl) < FINEST:
            raise Undecided("two special points could not be told apart")
        # The wider one is refined.
        (a if au - al >= bu - bl else b).refine()


def same(a: Cut, b: Cut) -> bool:
    """Whether two cuts are certainly the same point; False means only that it is not known."""
    if a is b:
        return True
    if isinstance(a, Exact) and isinstance(b, Exact):
        if a.number == b.number:
            return True
        if a.infinite or b.infinite or (a.rational is not None and b.rational is not None):
            return False
        (al, au), (bl, bu) = a.bracket(), b.bracket()
        return not (au < bl or bu < al) and bool(sp.simplify(a.number - b.number) == 0)
    if isinstance(a, Root) and isinstance(b, Root) and (a.key == b.key or a.equation == b.equation):
        low, high = max(a.low, b.low), min(a.high, b.high)
        if low >= high:
            return False
        # One root each: it is shared if the intersection of the brackets still holds one.
        return a._sign_at(low) * a._sign_at(high) < 0
    return False


def merged(cuts: list[Cut]) -> list[Cut]:
    """Sorted, each point once."""
    result: list[Cut] = []
    for cut in cuts:
        if any(same(cut, other) for other in result):
            continue
        place = 0
        while place < len(result) and before(result[place], cut):
            place += 1
        result.insert(place, cut)
    return result


def inside(low: Cut, high: Cut) -> fmpq:
    """A simple rational strictly between two cuts."""
    if low.infinite and high.infinite:
        return fmpq(0)
    if high.infinite:
        return fmpq(low.bracket()[1].floor() + 1)
    if low.infinite:
        return fmpq(high.bracket()[0].ceil() - 1)
    while True:
        tick()
        left, right = low.bracket()[1], high.bracket()[0]
        if left < right:
            return simplest(left, right)
        if max(right - high.bracket()[1], low.bracket()[1] - low.bracket()[0]) < FINEST and left > right:
            raise Undecided("two special points could not be told apart")
        low_width = left - low.bracket()[0]
        (low if low.rational is None and (low_width > 0 or high.rational is not None) else high).refine()


def simplest(low: fmpq, high: fmpq) -> fmpq:
    """The rational with the least denominator strictly between `low < high`, nearest zero."""
    if low < 0 < high:
        return fmpq(0)
    if high <= 0:
        return -simplest(-high, -low)
    whole = low.floor()
    if whole + 1 < high:
        return fmpq(whole + 1)
    # low and high lie within one unit: look at the reciprocals of the fractional parts.
    left, right = low - whole, high - whole
    if left == 0:
        return whole + 1 / fmpq((1 / right).floor() + 1)
    return whole + 1 / simplest(1 / right, 1 / left)


@dataclass(frozen=True)
class Pattern:
    """The signs of a function on an open interval: `signs[i]` holds between `points[i-1]` and `points[i]`.

    The function is zero at every point, and has the sign on every gap.
    """

    points: tuple[Cut, ...]
    signs: tuple[int, ...]

    @property
    def taken(self) -> frozenset[int]:
        """All signs that occur."""
        return frozenset(self.signs) | (frozenset({0}) if self.points else frozenset())

    def times(self, sign: int) -> Pattern:
        """The pattern of the function multiplied by a number of that sign."""
        return Pattern(self.points, tuple(sign * s for s in self.signs))
