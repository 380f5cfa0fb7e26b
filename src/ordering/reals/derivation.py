"""Derivations of positive findings: the prover's signs as steps, each taken by the checker as it is made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import fmpq, fmpq_mpoly
from sympy import Expr

from ordering.checking import (
    CORNERS,
    Cells,
    Checker,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Factors,
    Hole,
    Missing,
    Number,
    Period,
    Piece,
    Plain,
    Point,
    Reason,
    Rejected,
    Root,
    Rung,
    Sign,
    Step,
    Turns,
    Value,
    across,
    check,
    derivative,
    has_signs,
    holes,
    isolated,
    needs,
    read_off,
    value_at,
)
from ordering.enclosures.balls import sign_of, to_sympy
from ordering.enclosures.budget import Undecided, tick
from ordering.evidence import Derivation
from ordering.reals.closed import closed_form
from ordering.reals.cuts import Cut, Exact, Pattern, before, same
from ordering.reals.factoring import factored, square_below
from ordering.reals.function import Function, Smooth
from ordering.reals.periods import find_period
from ordering.reals.polynomials import ONE
from ordering.reals.rewriting import normal
from ordering.reals.sentences import sentence
from ordering.reals.signs import Signs
from ordering.reals.tower import Fraction, Tower
from ordering.variable import x

MOST_STEPS = 400
"""Steps beyond which nobody follows a derivation."""
NARROW = 30
"""Bits of a root's bracket: the derivative of its equation has no zero there."""


@dataclass(frozen=True)
class Proof(Derivation):
    """A derivation of a claim about a function: it stands if the checker accepts all of it."""

    of: Claim

    def refusal(self) -> str:
        """Why the checker does not accept the derivation; empty where it does."""
        return check(self.of, self.steps)

    def check(self) -> bool:
        """Whether the checker accepts the derivation."""
        return not self.refusal()


def derive(function: Function, question: str) -> Proof:
    """The derivation that the function has the property; `Undecided` where the checker accepts none."""
    low, high = (number(cut) for cut in function.given)
    claim = Claim(question, function.expression, low, high)
    try:
        writer = Writer(function, claim)
        writer.write()
        proof = Proof(sentence(claim), writer.steps, claim)
        refusal = proof.refusal()
    except Rejected as rejected:
        refusal = str(rejected)
    if refusal:
        raise Undecided(f"a proof was found, but the checker did not accept it: {refusal}")
    return proof


def number(cut: Cut) -> Expr:
    """The number that a cut is; `Rejected` where it has no closed form."""
    if isinstance(cut, Exact):
        return cut.number
    raise Rejected(f"{cut} has no closed form")


class _Changes(Rejected):
    """A sign is needed on an interval on which it changes, at these points."""

    def __init__(self, missing: Missing, points: tuple[Cut, ...]) -> None:
        super().__init__(str(missing))
        self.points = points


class Writer:
    """Writes the steps of one claim."""

    def __init__(self, function: Function, claim: Claim) -> None:
        self.function, self.claim = function, claim
        self.checker = Checker(claim)
        self._steps: list[Step] = []
        self._points: list[tuple[Cut, Point]] = []
        self._smooths: list[Smooth] = []
        """The function's pieces as they were stated."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that were written."""
        return tuple(self._steps)

    # ---- taking steps --------------------------------------------------------------------------------

    def take(self, step: Step) -> None:
        """Have the checker take a step, after the signs that it turns out to need."""
        while True:
            tick()
            if len(self._steps) > MOST_STEPS:
                raise Rejected("the derivation is too long")
            try:
                self.checker.add(step)
            except Missing as missing:
                self._supply(missing)
                continue
            self._steps.append(step)
            return

    def _smooth(self, e: Expr, low: Point, high: Point) -> None:
        """State the signs that make an expression smooth on an interval."""
        while True:
            try:
                self.checker.facts.smooth(e, low, high)
            except Missing as missing:
                self._supply(missing)
            else:
                return

    def _supply(self, missing: Missing) -> None:
        if self.checker.facts.known.get(missing.expression) and self.checker.facts.step(
            missing.expression, missing.low, missing.high
        ):
            raise Rejected(str(missing))
        if not missing.stated and self._is_known(missing.expression, missing.low, missing.high):
            raise Rejected(f"{missing.expression} has another sign than is needed")
        low, high = self._cut(missing.low), self._cut(missing.high)
        tower = Tower([missing.expression])
        signs = Signs(tower, low, high)
        fraction = tower.fraction(normal(missing.expression))
        changes = () if missing.stated else signs.of(fraction).points
        if changes:
            raise _Changes(missing, changes)
        self.signs(missing.expression, fraction, signs, stated=missing.stated)

    def _is_known(self, e: Expr, low: Point, high: Point) -> bool:
        return len(self.checker.facts.signs(e, low, high)) == 1

    def point(self, cut: Cut) -> Point:
        """The cut as data, always the same for one point."""
        for known, point in self._points:
            if same(known, cut):
                return point
        made = _point(cut)
        self._points.append((cut, made))
        return made

    def _cut(self, point: Point) -> Cut:
        for cut, known in self._points:
            if known == point:
                return cut
        raise Rejected(f"{point} is not known")

    # ---- the whole -----------------------------------------------------------------------------------

    def write(self) -> None:
        """Every step of the claim."""
        claim = self.claim
        if claim.question != "zero_at_zero":
            self._tiles()
            for smooth in self._smooths:
                self._piece_signs(smooth)
            for joint in self.checker.joints():
                self._joint(*joint)
            if claim.question in ("nondecreasing", "nonincreasing", "strictly_increasing"):
                for hole in holes(self.checker.tiles):
                    self.take(across(*hole))
        if claim.question in ("zero_at_zero", "linear"):
            zero = Number(sp.S.Zero)
            value = Value(claim.function, zero, sp.S.Zero)
            if value not in self._steps and value_at(claim.function, zero) is not None:
                self.take(value)
        self.take(Conclusion(claim.question, claim.function, claim.low, claim.high))

    def _tiles(self) -> None:
        function, f = self.function, self.claim.function
        low, high = function.given
        if function.period is not None:
            self.take(Period(f, function.period.length, function.period.shift))
            low, high = function.low, Exact(self.checker.turns * function.period.length)
        parts = self._parts()
        first, last = parts[0].piece.low, parts[-1].piece.high
        if first is not low and not same(first, low):
            self._holes(low, first)
            self._value(first)
        for earlier, smooth in zip((None, *parts), parts, strict=False):
            if earlier is not None:
                self._between(earlier.piece.high, smooth.piece.low)
            self._piece(smooth)
        if last is not high and not same(last, high):
            self._value(last)
            self._holes(last, high)

    def _piece(self, smooth: Smooth) -> None:
        """A piece; cut where a branch that does not matter in the end changes sign."""
        f, piece = self.claim.function, smooth.piece
        try:
            self.take(Piece(f, self._written(smooth), self.point(piece.low), self.point(piece.high)))
        except _Changes as changes:
            for left, right in pairwise((piece.low, *changes.points, piece.high)):
                if left is not piece.low:
                    self._value(left)
                self._piece(smooth.part(left, right))
        else:
            self._smooths.append(smooth)

    def _between(self, low: Cut, high: Cut) -> None:
        """The point at which two pieces meet, or the hole between them."""
        self._value(low)
        if low is not high:
            self._holes(low, high)
            self._value(high)

    def _parts(self) -> tuple[Smooth, ...]:
        """The smooth pieces; of a periodic function, those in as many periods as the checker asks for."""
        period = self.function.period
        if period is None:
            return self.function.smooths
        end = Exact(self.checker.turns * period.length)
        parts = []
        for smooth in self.function.smooths:
            piece = smooth.piece
            if same(piece.high, end) or before(piece.high, end):
                parts.append(smooth)
            elif not same(piece.low, end) and before(piece.low, end):
                parts.append(smooth.part(piece.low, end))
        return tuple(parts)

    def _holes(self, low: Cut, high: Cut) -> None:
        f = self.claim.function
        seams = [cut for cut in self.function.seams if before(low, cut) and before(cut, high)]
        for start, end in pairwise([low, *seams, high]):
            for left, right in self._undefined_parts(start, end):
                if left is not low:
                    self._value(left)
                self.take(Hole(f, self.point(left), self.point(right)))

    def _undefined_parts(self, low: Cut, high: Cut) -> list[tuple[Cut, Cut]]:
        """An interval without real values, divided so that one function is undefined on each part."""
        parts = [] if self.claim.function.has(*CORNERS) else list(sp.postorder_traversal(self.claim.function))
        for part in parts:
            needed = needs(part) if part.has(x) else None
            if needed is None:
                continue
            tower = Tower([needed[0]])
            pattern = Signs(tower, low, high).of(tower.fraction(normal(needed[0])))
            if pattern.points:
                cut = closed_form(tower, pattern.points[0])
                return [*self._undefined_parts(low, cut), *self._undefined_parts(cut, high)]
            if needed[1] and pattern.signs[0] < 0:
                break
        return [(low, high)]

    def _value(self, cut: Cut) -> None:
        point = self.point(cut)
        self.take(Value(self.claim.function, point, value_at(self.claim.function, point)))

    def _written(self, smooth: Smooth) -> Expr:
        """What f is on a piece: as it was given, where that has no corners."""
        f = self.claim.function
        return smooth.piece.expression if f.has(*CORNERS, sp.ceiling, sp.frac, sp.Mod) else f

    def _piece_signs(self, smooth: Smooth) -> None:
        """The signs that the claim is about, of f, f' or f'', on one piece."""
        e, tower = self._written(smooth), self.function.tower
        if self.claim.question in ("nonnegative", "zeros_interval"):
            self.signs(e, smooth.fraction, smooth.signs)
            return
        if self.claim.question in ("nondecreasing", "nonincreasing", "strictly_increasing"):
            slope = self._derivative(e, tower, smooth.slope, smooth)
            self.signs(slope, smooth.slope, smooth.signs)
            return
        slope = self._derivative(e, tower, smooth.slope)
        bend = self._derivative(slope, tower, smooth.bend, smooth)
        self.signs(bend, smooth.bend, smooth.signs)

    def _derivative(self, e: Expr, tower: Tower, fraction: Fraction, on: Smooth | None = None) -> Expr:
        """State a derivative, as it comes if its sign `on` a piece can be read off, else factored."""
        known = self.checker.derivatives.get(e)
        if known is not None:
            return known.derivative
        slope = factored(tower, fraction)
        if on is not None:
            low, high = self.point(on.piece.low), self.point(on.piece.high)
            plain = derivative(e)
            if len(read_off(slope, low, high)) > 1 and len(read_off(plain, low, high)) == 1:
                slope = plain
        self.take(Derivative(e, slope))
        return slope

    def _joint(self, left: Piece | None, at: Value, right: Piece | None) -> None:
        point, value = at.point, at.value
        assert value is not None
        if self.claim.question in ("nonnegative", "zeros_interval"):
            self._compare("value", point, sp.S.Zero, value)
            return
        if left:
            self._compare("left", point, left.expression, value)
        if right:
            self._compare("right", point, value, right.expression)
        if left and right and self.claim.question in ("convex", "concave", "affine", "linear"):
            slopes = (self.checker.derivatives[side.expression].derivative for side in (left, right))
            self._compare("slopes", point, *slopes)

    def _compare(self, kind: str, point: Point, first: Expr, second: Expr) -> None:
        sign = self.checker.difference(Comparison(kind, point, first, second, 0))
        self.take(Comparison(kind, point, first, second, sign))

    # ---- signs ---------------------------------------------------------------------------------------

    def signs(
        self,
        e: Expr,
        fraction: Fraction,
        signs: Signs,
        *,
        stated: bool = True,
        below: tuple[fmpq_mpoly, Expr] | None = None,
    ) -> None:
        """State the signs of an expression, which is this fraction of the tower, on an interval.

        Where it need not be `stated`, what implies it is enough.  `below` are a polynomial, and a number by
        which its square is the denominator, though this does not show it.
        """
        low, high = self.point(signs.low), self.point(signs.high)
        if self.checker.facts.step(e, low, high) is not None:
            return
        self._smooth(e, low, high)
        found = self.checker.facts.signs(e, low, high)
        if len(found) == 1:
            self.take(Sign(e, low, high, (), tuple(found), Plain()))
            return
        if fraction.is_zero:
            raise Rejected(f"{e} is zero without looking it")
        tower = signs.tower
        parts: list[tuple[Expr, int]] = []
        content = sp.S.One
        bases: list[tuple[fmpq_mpoly, int]] = []
        for poly, side in ((fraction.top, 1), (ONE if below else fraction.bottom, -1)):
            number, factors = poly.factor()
            content *= to_sympy(number) ** side
            bases += [(factor, side * m) for factor, m in factors]
        if below is not None:
            content /= below[1]
            bases.append((below[0], -2))
        if len(bases) == 1 and bases[0][1] == 1 and content == 1:
            self._ladder(e, bases[0][0], signs)
            return
        if content != 1:
            parts.append((content, 1))
        for factor, m in bases:
            base = tower.expression(factor)
            parts.append((base, m))
            known = self.checker.facts.signs(base, low, high)
            if len(known) > 1 or 0 in known:
                self._ladder(base, factor, signs)
        if not stated and self._is_known(e, low, high):
            return
        pattern = signs.pattern(fraction.top)
        if below is not None:
            pattern = pattern.times(sign_of(below[1]))
        elif fraction.bottom.is_constant() is False:
            pattern = pattern.times(signs.pattern(fraction.bottom).signs[0])
        self._state(e, signs, pattern, Factors(tuple(parts)))

    def _state(self, e: Expr, signs: Signs, pattern: Pattern, reason: Reason) -> None:
        low, high = self.point(signs.low), self.point(signs.high)
        points = tuple(self.point(cut) for cut in pattern.points)
        self.take(Sign(e, low, high, points, pattern.signs, reason))

    def _ladder(self, e: Expr, f: fmpq_mpoly, signs: Signs) -> None:
        """The signs of an irreducible polynomial of the tower: deepest rung first."""
        low, high = self.point(signs.low), self.point(signs.high)
        self._smooth(e, low, high)
        found = self.checker.facts.signs(e, low, high)
        if self.checker.facts.step(e, low, high) is not None or (len(found) == 1 and 0 not in found):
            return
        pattern = signs.pattern(f)
        if self._by_counting(e, signs, pattern):
            return
        lemma = signs.lemmas.get(str(f))
        if (
            lemma is None
            and (signs.low.infinite or signs.high.infinite)
            and self._repeated(e, f, signs, pattern)
        ):
            return
        if lemma is None:
            try:
                self._state(e, signs, pattern, Cells())
                return
            except Missing:
                raise
            except Rejected:
                pass  # not cells, then: a rung of its own, by the plain derivative
        tower = signs.tower
        divisor = lemma.divisor if lemma else None
        slope = lemma.slope if lemma else tower.derivative_of_poly(f)
        a = sp.S.One if divisor is None else tower.expression(divisor)
        below = None if divisor is None else square_below(tower, slope, divisor)
        rate = factored(tower, slope if below is None else Fraction(slope.top))
        if below is not None:
            rate /= below[1] * a**2
        zeros: tuple[Cut, ...] = ()
        if divisor is not None and a != 1:
            self.signs(a, Fraction(divisor), signs)
            zeros = signs.pattern(divisor).points
        for left, right in pairwise((signs.low, *zeros, signs.high)):
            part = signs if not zeros else signs.over(left, right)
            self.signs(rate, slope, part, below=below)
        self._state(e, signs, pattern, Rung(a, rate))

    def _by_counting(self, e: Expr, signs: Signs, pattern: Pattern) -> bool:
        """State the signs where a zero count gives them: of a polynomial with all its zeros, of a wave."""
        low, high = self.point(signs.low), self.point(signs.high)
        step = Sign(e, low, high, tuple(self.point(cut) for cut in pattern.points), pattern.signs, Plain())
        if not has_signs(step):
            return False
        self.take(step)
        return True

    def _repeated(self, e: Expr, f: fmpq_mpoly, signs: Signs, pattern: Pattern) -> bool:
        """State the sign of a periodic polynomial without zeros: two periods decide."""
        period = find_period(e)
        if period is None or period.shift != 0 or pattern.points:
            return False
        self.signs(e, Fraction(f), signs.over(Exact(sp.S.Zero), Exact(2 * period.length)))
        self._state(e, signs, pattern, Turns(period.length))
        return True


def _point(cut: Cut) -> Point:
    if isinstance(cut, Exact):
        if cut.root is None or not cut.number.has(sp.LambertW):
            return Number(cut.number)
        cut = cut.root
    for width in (NARROW, 2 * NARROW, 4 * NARROW):
        cut.refine_to(fmpq(1, 2**width) * max(fmpq(1), abs(cut.low)))
        root = Root(cut.equation, to_sympy(cut.low), to_sympy(cut.high))
        if isolated(root):
            break
    return root


__all__ = ["Proof", "Writer", "derive", "number"]
