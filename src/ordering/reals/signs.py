"""The exact signs of an element of a tower on an interval: the derivative ladder.

To find the roots of `f = a_0 + a_1 t + ... + a_k t**k`, t the highest generator in f: divide by a coefficient
that differentiation then removes (`a_0` for `t = exp(u)` and roots, `a_k` for log, atan, asin and erf).  The
derivative of the quotient is simpler; between its roots (found the same way) and those of the divisor the
quotient is strictly monotone, so f has at most one root there, found by its signs near the two ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import sympy as sp
from flint import arb, fmpq, fmpq_mpoly
from sympy import Expr

from ordering.checking import Number
from ordering.checking.composing import composed_limit
from ordering.checking.points import zero_at_root
from ordering.checking.records import Rejected
from ordering.enclosures.balls import PRECISIONS, evaluator, precision, sign_of, sign_of_ball
from ordering.enclosures.budget import OutOfTime, Undecided, tick
from ordering.reals import series
from ordering.reals.cuts import Cut, Exact, Pattern, Root, before, inside, merged, rational_cut, simplest
from ordering.reals.oscillation import oscillating
from ordering.reals.polynomials import GENS, ONE, ZERO, collect, used
from ordering.reals.tower import Fraction, Generator, Tower
from ordering.variable import x

DEEPEST = 60
"""Rungs of the ladder."""


@dataclass(frozen=True)
class Lemma:
    """A rung of the ladder: `function / divisor` has the derivative `slope`, whose signs are known."""

    function: fmpq_mpoly
    divisor: fmpq_mpoly
    slope: Fraction


class Signs:
    """Sign patterns of elements of one tower on the open interval `(low, high)`."""

    def __init__(self, tower: Tower, low: Cut, high: Cut) -> None:
        self.tower, self.low, self.high = tower, low, high
        self._known: dict[str, Pattern] = {}
        self.lemmas: dict[str, Lemma] = {}
        """For each polynomial that the ladder decided, the rung below it."""
        self._generator_signs: dict[int, int] = {}
        self._germs: dict[Cut, dict[sp.Expr, series.Series]] = {}

    def over(self, low: Cut, high: Cut) -> Signs:
        """The same for another interval."""
        return Signs(self.tower, low, high)

    # ---- the pattern ---------------------------------------------------------------------------------

    def of(self, f: Fraction) -> Pattern:
        """The pattern of a fraction whose denominator does not vanish on the interval."""
        if f.is_zero:
            return Pattern((), (0,))
        bottom = self.pattern(f.bottom)
        if bottom.points:
            raise Undecided("a denominator vanishes inside the interval")
        return self.pattern(f.top).times(bottom.signs[0])

    def pattern(self, p: fmpq_mpoly, depth: int = 0) -> Pattern:
        """The pattern of a polynomial in the generators."""
        if p.is_zero():
            return Pattern((), (0,))
        content, factors = p.factor()
        result = Pattern((), (1 if content > 0 else -1,))
        for factor, multiplicity in factors:
            name = str(factor)
            found = self._known.get(name)
            if found is None:
                tick()
                found = self._known[name] = self._irreducible(factor, depth)
            if multiplicity % 2 == 0:
                found = Pattern(found.points, tuple(s * s for s in found.signs))
            result = self._product(result, found)
        return result

    def _product(self, a: Pattern, b: Pattern) -> Pattern:
        if not b.points:
            return a.times(b.signs[0])
        if not a.points:
            return b.times(a.signs[0])
        points = merged([*a.points, *b.points])
        ia = ib = 0
        signs = [a.signs[0] * b.signs[0]]
        for point in points:
            # A shared point may be held as two objects; it moves both.
            if ia < len(a.points) and not before_or_none(point, a.points[ia]):
                ia += 1
            if ib < len(b.points) and not before_or_none(point, b.points[ib]):
                ib += 1
            signs.append(a.signs[ia] * b.signs[ib])
        return Pattern(tuple(points), tuple(signs))

    def _irreducible(self, f: fmpq_mpoly, depth: int) -> Pattern:
        if depth > DEEPEST:
            raise Undecided("the derivative ladder is too high")
        tower = self.tower
        if tower.is_constant(f):
            return Pattern((), (sign_of(tower.expression(f)),))
        definite = self._definite(f)
        if definite:
            return Pattern((), (definite,))
        if any(tower.generators[i].kind in ("sin", "cos") for i in used(f)):
            return oscillating(self, f, depth)
        top = max(i for i in used(f) if not tower.derivative_of_poly(GENS[i]).is_zero)
        parts = collect(f, top)
        kind = tower.generators[top].kind
        divisor = ONE
        if kind in ("log", "atan", "asin", "erf"):
            divisor = parts[max(parts)]
        elif kind in ("exp", "root", "power") and not self._falls(parts[0], top):
            divisor = parts[0]
        if tower.is_constant(divisor):
            divisor = ONE
        slope = tower.derivative(Fraction(f, divisor))
        self.lemmas[str(f)] = Lemma(f, divisor, slope)
        cuts = list(self.pattern(slope.top, depth + 1).points)
        if divisor is not ONE:
            cuts += self.pattern(divisor, depth + 1).points
        return self.between(f, merged(cuts))

    def _falls(self, coefficient: fmpq_mpoly, top: int) -> bool:
        """Whether plain differentiation removes the coefficient without making the others grow."""
        tower = self.tower
        rate = tower.derivative_of_poly(GENS[top])
        steady = tower.is_constant(rate.bottom) and all(
            tower.generators[i].kind != "x" and (i == top or tower.is_constant(GENS[i]))
            for i in used(rate.top)
        )
        return steady and all(i == 0 or tower.is_constant(GENS[i]) for i in used(coefficient))

    def _definite(self, f: fmpq_mpoly) -> int:
        """The sign of f where all its terms have the same one, else 0."""
        occurring = set(used(f))
        known = [self._generator_sign(i) if i in occurring else 0 for i in range(len(self.tower.generators))]
        signs: set[int] = set()
        for monomial, c in f.to_dict().items():
            sign = 1 if c > 0 else -1
            for i, e in enumerate(monomial):
                if e % 2:
                    sign *= known[i]
            if sign == 0:
                return 0
            signs.add(sign)
        if len(signs) != 1:
            return 0
        # Some term must be nonzero everywhere: one without even powers of generators of unknown sign.
        solid = any(all(not e or known[i] for i, e in enumerate(m)) for m in f.to_dict())
        return signs.pop() if solid else 0

    def _generator_sign(self, index: int) -> int:
        found = self._generator_signs.get(index)
        if found is None:
            found = self._generator_signs[index] = self._sign_by_form(self.tower.generators[index])
        return found

    def _sign_by_form(self, g: Generator) -> int:
        """The sign that a generator has throughout, where its form shows it, else 0."""
        if g.kind in ("exp", "root", "power"):
            return 1
        if g.kind == "constant" or not g.expression.has(sp.Symbol) or self.tower.is_constant(g.symbol):
            return sign_of(g.expression)
        if g.kind in ("log", "atan", "asin", "erf"):  # log u has the sign of u - 1, the others that of u
            u = g.argument
            top = u.top - u.bottom if g.kind == "log" else u.top
            return self._definite(top) * self._definite(u.bottom) if not top.is_zero() else 0
        if g.kind == "x":
            if not self.low.infinite and self.low.bracket()[0] >= 0:
                return 1
            if not self.high.infinite and self.high.bracket()[1] <= 0:
                return -1
        return 0

    # ---- from critical points to roots ---------------------------------------------------------------

    def between(self, f: fmpq_mpoly, cuts: list[Cut]) -> Pattern:
        """The pattern of f, which has at most one root, a simple one, between neighbouring cuts."""
        points: list[Cut] = []
        signs: list[int] = []
        fence = [self.low, *cuts, self.high]
        for left, right in pairwise(fence):
            start, end = self.near(f, left, 1), self.near(f, right, -1)
            if left is not self.low and self.at(f, left) == 0:
                points.append(left)
                signs.append(start)
            elif not signs:
                signs.append(start)
            if start != end:
                points.append(self._root(f, left, right, start))
                signs.append(end)
        return Pattern(tuple(points), tuple(signs))

    def _root(self, f: fmpq_mpoly, left: Cut, right: Cut, start: int) -> Cut:
        """The root of f between two cuts; f has the sign `start` just after the first."""
        low: fmpq | None = None
        high: fmpq | None = None
        middle, step = inside(left, right), fmpq(1)
        while low is None or high is None:
            tick()
            sign = self.at_rational(f, middle)
            if sign == 0:
                return rational_cut(middle)
            if sign == start:
                low = middle
                middle = middle + step if right.infinite else inside(rational_cut(middle), right)
                if not right.infinite:
                    middle = self._toward(low, right)
            else:
                high = middle
                middle = middle - step if left.infinite else self._toward(high, left)
            step *= 2
        equation = self.tower.expression(f)
        root = Root(low, high, start, lambda q: self.at_rational(f, q), equation, (id(self.tower), str(f)))
        root.refine_to(fmpq(1, 2**24) * min(fmpq(1), high - low))
        guess = simplest(root.low, root.high)
        return rational_cut(guess) if self.vanishes(f, guess) else root

    def _toward(self, middle: fmpq, end: Cut) -> fmpq:
        """Half way from `middle` to the end (refining the end as needed)."""
        while True:
            tick()
            low, high = end.bracket()
            near = low if low > middle else high
            if (low > middle) == (high > middle) and near != middle and abs(high - low) < abs(near - middle):
                return (middle + near) / 2
            if end.rational is not None:
                return (middle + end.rational) / 2
            end.refine()

    # ---- signs at points -----------------------------------------------------------------------------

    def at(self, f: fmpq_mpoly, cut: Cut) -> int:
        """The exact sign of f at a finite point where the generators are regular."""
        if cut.rational is not None:
            return self.at_rational(f, cut.rational)
        if self.tower.is_constant(f):
            return 0 if f.is_zero() else sign_of(self.tower.expression(f))
        closed: Expr | None = None
        if isinstance(cut, Exact) and cut.root is not None:
            closed, cut = cut.number, cut.root
        if isinstance(cut, Exact):
            for bits in PRECISIONS[:3]:
                sign = self._sign_over(f, cut.ball(bits), bits)
                if sign is not None:
                    return sign
            return sign_of(self.tower.expression(f).subs(x, cut.number))
        for i in used(f):
            # Where a root's argument vanishes, so does the root, and a power with a positive exponent.
            g = self.tower.generators[i]
            rises = g.kind == "root" or (g.kind == "power" and sign_of(g.expression.exp) > 0)
            if rises and self.at(g.argument.bottom, cut) and self.at(g.argument.top, cut) == 0:
                return self.at(collect(f, i).get(0, ZERO), cut)
        if f.is_zero():
            return 0
        common = f.gcd(self.tower.fraction(cut.equation).top)
        if not common.is_constant() and self._owns(common, cut):
            return 0
        for bits in (24, 60, 150, 400):
            ball = cut.ball(bits)
            sign = self._sign_over(f, ball, bits + 40)
            if sign is not None:
                return sign
        if self._is_zero_by_equation(f, cut):
            return 0
        if closed is not None:
            return sign_of(self.tower.expression(f).subs(x, closed))
        raise Undecided(f"the sign at the {cut} could not be decided")

    def _is_zero_by_equation(self, f: fmpq_mpoly, cut: Root) -> bool:
        """Whether what a root's equation says of logarithms and polynomials in f makes f zero there."""
        try:
            return zero_at_root(self.tower.expression(f), cut.equation)
        except Rejected:
            return False

    def _owns(self, common: fmpq_mpoly, cut: Root) -> bool:
        """Whether the common factor vanishes at the root: it changes sign over the root's bracket."""
        return self.at_rational(common, cut.low) * self.at_rational(common, cut.high) < 0

    def _sign_over(self, f: fmpq_mpoly, ball: arb, bits: int) -> int | None:
        with precision(bits):
            sign = sign_of_ball(self.tower.substitute(f, self.tower.values(ball, bits)))
        return sign or None

    def at_rational(self, f: fmpq_mpoly, q: fmpq) -> int:
        """The exact sign of f at a rational point."""
        for bits in PRECISIONS:
            with precision(bits):
                value = self.tower.substitute(f, self.tower.values(q, bits))
            sign = sign_of_ball(value)
            if sign is not None:
                return sign
            if not value.is_finite():
                raise Undecided(f"the expression is singular at {q}")
            if bits == (PRECISIONS[0] if q.q < 1000 else PRECISIONS[2]) and self.vanishes(f, q):
                return 0
        raise Undecided(f"the sign at {q} could not be decided")

    def vanishes(self, f: fmpq_mpoly, q: fmpq) -> bool:
        """Whether f is formally zero at a rational point; True is a proof, False is not."""
        with self.tower.temporary():
            try:
                return self.tower.formal_value(f, q).is_zero
            except OutOfTime:
                raise
            except Undecided:
                return False

    def near(self, f: fmpq_mpoly, cut: Cut, side: int, depth: int = 0) -> int:
        """The sign of f, not formally zero, just right (1) or left (-1) of a cut; far out at infinity."""
        if depth > 12:
            raise Undecided(f"a zero of high order at {cut}")
        if isinstance(cut, Exact) and cut.infinite:
            return self._germ(f, cut, side)
        try:
            sign = self.at(f, cut)
            if sign:
                return sign
            slope = self.tower.derivative_of_poly(f)
            if slope.is_zero:
                raise Undecided("a constant that is zero without looking it")
            return (
                side
                * self.near(slope.top, cut, side, depth + 1)
                * self.near(slope.bottom, cut, side, depth + 1)
            )
        except Undecided:
            if isinstance(cut, Exact):
                return self._germ(f, cut, side)
            leading = self._leading_at_pole(f, cut)
            if leading is None:
                raise
            return self.near(leading, cut, side, depth + 1)

    def _leading_at_pole(self, f: fmpq_mpoly, cut: Root) -> fmpq_mpoly | None:
        """What gives f its sign where one logarithm, of something that vanishes at the cut, tends to -oo."""
        singular = []
        for i in used(f):
            with precision(100):
                value = evaluator(self.tower.generators[i].expression, edges=True)(cut.ball(100))
            if not value.is_finite():
                singular.append(i)
        if len(singular) != 1 or self.tower.generators[singular[0]].kind != "log":
            return None
        argument = self.tower.generators[singular[0]].argument
        if not self.at(argument.bottom, cut) or self.at(argument.top, cut):
            return None
        parts = collect(f, singular[0])
        most = max(parts)
        return parts[most] if most % 2 == 0 else -parts[most]

    def _germ(self, f: fmpq_mpoly, cut: Exact, side: int) -> int:
        limit = composed_limit(self.tower.expression(f), Number(cut.number))
        if limit is not None and sign_of(limit) != 0:
            return sign_of(limit)
        known = self._germs.setdefault(cut, {}) if cut in (self.low, self.high) else {}
        end = series.End(cut.number, side)
        total = series.constant(sp.S.Zero)
        for monomial, c in f.to_dict().items():
            term = series.constant(sp.Rational(int(c.p), int(c.q)))
            for i, e in enumerate(monomial):
                if e:
                    generator = series.expand(self.tower.generators[i].expression, end, known)
                    term = series.multiply(term, series.power(generator, sp.Integer(e)))
            total = series.add(total, term)
        return series.sign(total)


def before_or_none(a: Cut, b: Cut) -> bool:
    """Whether a is known to lie before b and is another point."""
    if a is b:
        return False
    (al, au), (bl, bu) = a.bracket(), b.bracket()
    if au < bl:
        return True
    if bu < al:
        return False
    return False if a.rational is not None and a.rational == b.rational else _strictly(a, b)


def _strictly(a: Cut, b: Cut) -> bool:
    try:
        return before(a, b)
    except Undecided:
        return False
