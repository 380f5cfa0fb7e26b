"""Signs of elements with sines and cosines: exactly by half-angle tangents, else by certified subdivision.

The derivative ladder comes here for what it does not end on.  A polynomial in sin(u) and cos(u), u
affine in x, becomes one in t = tan(u/2), whose roots are exact.  Anything else on a bounded interval is
enclosed on ever smaller cells until each either has no root or a derivative without one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Protocol

import sympy as sp
from flint import arb, fmpq, fmpq_mpoly
from sympy import Expr

from ordering.enclosures.balls import between, ends, evaluator, precision, sign_of_ball, to_sympy
from ordering.enclosures.budget import Undecided, tick
from ordering.reals.cuts import Cut, Exact, Pattern, Root, before, inside, merged, rational_cut, same
from ordering.reals.polynomials import used
from ordering.reals.tower import Tower
from ordering.variable import x

MOST_CELLS: Final = 4000
"""Cells of a subdivision."""
MOST_RUNGS: Final = 6
"""Derivatives taken on an unbounded interval."""


class Ladder(Protocol):
    """What is asked of the derivative ladder (`signs.Signs`) that leads here: signs of simpler elements."""

    tower: Tower
    low: Cut
    high: Cut

    def over(self, low: Cut, high: Cut) -> Ladder:
        """The same for another interval."""

    def pattern(self, p: fmpq_mpoly, depth: int = 0) -> Pattern:
        """The pattern of a polynomial in the generators."""

    def between(self, f: fmpq_mpoly, cuts: list[Cut]) -> Pattern:
        """The pattern of f, which has at most one root, a simple one, between neighbouring cuts."""

    def at_rational(self, f: fmpq_mpoly, q: fmpq) -> int:
        """The exact sign of f at a rational point."""


def oscillating(signs: Ladder, f: fmpq_mpoly, depth: int) -> Pattern:
    """The pattern of an irreducible polynomial that involves sines or cosines."""
    certain = _whatever_the_angles(signs, f)
    if certain:
        return Pattern((), (certain,))
    argument = _only_angle(signs, f)
    bounded = not (signs.low.infinite or signs.high.infinite)
    if argument is not None and bounded:
        return _by_tangent(signs, f, *argument)
    if bounded:
        return signs.between(f, _cells(signs, f))
    if argument is not None:
        return _on_the_line(signs, f, argument[0])
    if depth >= MOST_RUNGS:
        raise Undecided("an oscillating function on an unbounded interval")
    slope = signs.tower.derivative_of_poly(f)
    bottom = signs.pattern(slope.bottom, depth + 1)
    return signs.between(f, merged([*signs.pattern(slope.top, depth + 1).points, *bottom.points]))


def _whatever_the_angles(signs: Ladder, f: fmpq_mpoly) -> int:
    """The sign that f has for all values in [-1, 1] of its sines and cosines, 0 if there is none."""
    generators = signs.tower.generators
    if any(
        g.kind not in ("sin", "cos", "constant") and not signs.tower.is_constant(g.symbol)
        for g in (generators[i] for i in used(f))
    ):
        return 0
    with precision(80):
        values = [
            arb(0, 1) if g.kind in ("sin", "cos") else evaluator(g.expression)(arb(0)) for g in generators
        ]
        return sign_of_ball(signs.tower.substitute(f, values)) or 0


def _only_angle(signs: Ladder, f: fmpq_mpoly) -> tuple[Expr, Expr] | None:
    """`(a, b)` if f is a polynomial with rational coefficients in sin and cos of a x + b alone."""
    found: set[Expr] = set()
    for i in used(f):
        g = signs.tower.generators[i]
        if g.kind not in ("sin", "cos"):
            return None
        found.add(g.expression.args[0])
    if len(found) != 1:
        return None
    u = sp.expand(found.pop())
    a = sp.diff(u, x)
    return None if a.has(x) else (a, u.subs(x, 0))


def _half_angle(signs: Ladder, f: fmpq_mpoly) -> tuple[sp.Poly, int]:
    """`f (1 + t**2)**d` as a polynomial in t = tan(u/2), and how far its degree falls short of 2d."""
    t = sp.Dummy("t", real=True)
    terms = []
    for monomial, c in f.to_dict().items():
        i = j = 0
        for k, e in enumerate(monomial):
            if e and signs.tower.generators[k].kind == "cos":
                i = e
            elif e:
                j = e
        terms.append((i, j, to_sympy(c)))
    d = max(i + j for i, j, _ in terms)
    poly = sp.Poly(
        sum(c * (1 - t**2) ** i * (2 * t) ** j * (1 + t**2) ** (d - i - j) for i, j, c in terms), t
    )
    return poly, 2 * d - poly.degree()


def _by_tangent(signs: Ladder, f: fmpq_mpoly, a: Expr, b: Expr) -> Pattern:
    poly, shortfall = _half_angle(signs, f)
    points: list[Cut] = _angles(signs, sp.pi, a, b) if shortfall else []
    for factor, multiplicity in poly.factor_list()[1]:
        tick()
        if factor.degree() <= 2:
            for root in sp.roots(factor, multiple=True):
                if root.is_real:
                    points += _angles(signs, 2 * sp.atan(root), a, b)
        else:
            if multiplicity % 2 == 0:
                raise Undecided("a multiple root of a trigonometric polynomial without closed form")
            for low, high in (interval for interval, _ in factor.intervals(eps=sp.Rational(1, 10**6))):
                points += _brackets(signs, f, (low, high), a, b)
    points = merged(points)
    fence = [signs.low, *points, signs.high]
    found = [signs.at_rational(f, inside(left, right)) for left, right in pairwise(fence)]
    return Pattern(tuple(points), tuple(found))


def _turns(signs: Ladder, angle: Expr, a: Expr, b: Expr) -> range:
    """The k for which `(angle + 2 pi k - b) / a` may lie in the interval."""
    at = [evaluator((a * to_sympy(end) + b - angle) / (2 * sp.pi))(arb(0)) for end in _outer(signs)]
    bounds = sorted(float(v.mid()) for v in at)
    return range(int(bounds[0] // 1) - 1, int(bounds[1] // 1) + 3)


def _outer(signs: Ladder) -> tuple[fmpq, fmpq]:
    return signs.low.bracket()[0], signs.high.bracket()[1]


def _strictly_inside(signs: Ladder, cut: Cut) -> bool:
    if same(cut, signs.low) or same(cut, signs.high):
        return False
    return before(signs.low, cut) and before(cut, signs.high)


def _angles(signs: Ladder, angle: Expr, a: Expr, b: Expr) -> list[Cut]:
    """Points of the interval at which `a x + b` is the angle, up to whole turns."""
    cuts: list[Cut] = [Exact((angle + 2 * sp.pi * k - b) / a) for k in _turns(signs, angle, a, b)]
    return [cut for cut in cuts if _strictly_inside(signs, cut)]


def _brackets(signs: Ladder, f: fmpq_mpoly, t: tuple[Expr, Expr], a: Expr, b: Expr) -> list[Cut]:
    out: list[Cut] = []
    for k in _turns(signs, 2 * sp.atan(t[0]), a, b):
        with precision(80):
            at = [evaluator((2 * sp.atan(end) + 2 * sp.pi * k - b) / a)(arb(0)) for end in t]
        low = min(ends(v)[0] for v in at)
        high = max(ends(v)[1] for v in at)
        first = signs.at_rational(f, low)
        if first * signs.at_rational(f, high) >= 0:
            raise Undecided("a root of a trigonometric polynomial could not be isolated")
        equation = signs.tower.expression(f)
        root = Root(low, high, first, lambda q: signs.at_rational(f, q), equation, (id(signs.tower), str(f)))
        if _strictly_inside(signs, root):
            out.append(root)
    return out


def _on_the_line(signs: Ladder, f: fmpq_mpoly, a: Expr) -> Pattern:
    """A periodic function on an unbounded interval: decided where it has no zero in two periods."""
    period = Exact(4 * sp.pi / abs(a))
    probe = signs.over(rational_cut(fmpq(0)), period)
    pattern = probe.pattern(f)
    if pattern.points:
        raise Undecided("a periodic factor has infinitely many zeros")
    return Pattern((), pattern.signs)


def _cells(signs: Ladder, f: fmpq_mpoly) -> list[Cut]:
    """Rational cuts between which f has at most one root, a simple one: certified by enclosures."""
    tower = signs.tower
    slope = tower.derivative_of_poly(f)
    low, high = _outer(signs)
    todo, done, count = [(low, high)], [], 0
    while todo:
        tick()
        count += 1
        if count > MOST_CELLS:
            raise Undecided("subdivision did not isolate the roots")
        a, b = todo.pop()
        with precision(80):
            values = tower.values(between(a, b), 80)
            settled = sign_of_ball(tower.substitute(f, values)) or (
                sign_of_ball(tower.substitute(slope.top, values)) or 0
            ) * (sign_of_ball(tower.substitute(slope.bottom, values)) or 0)
        if settled:
            done.append(b)
        elif b - a < fmpq(1, 2**40):
            raise Undecided("a multiple root could not be isolated by subdivision")
        else:
            middle = (a + b) / 2
            todo += [(middle, b), (a, middle)]
    cuts = [rational_cut(q) for q in done[:-1]]
    return [cut for cut in cuts if _strictly_inside(signs, cut)]
