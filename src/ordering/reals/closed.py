"""Closed forms of isolated roots: rational, quadratic, logarithmic and Lambert W."""

from __future__ import annotations

import sympy as sp
from flint import arb, fmpq_mpoly
from sympy import Expr

from ordering.enclosures.balls import ends, evaluator, precision
from ordering.enclosures.budget import Undecided
from ordering.reals.cuts import Cut, Exact, Root
from ordering.reals.polynomials import GENS, ZERO, collect, used
from ordering.reals.tower import Fraction, Tower
from ordering.variable import x


def closed_form(tower: Tower, cut: Cut) -> Cut:
    """The cut as an `Exact` number where one of the known forms solves its equation, else the cut itself."""
    if isinstance(cut, Exact):
        return cut
    try:
        equation = tower.fraction(cut.equation).top
        for candidate in _solutions(tower, equation):
            if _lies_in(candidate, cut):
                return Exact(candidate, cut)
    except Undecided:
        return cut
    return cut


def _lies_in(candidate: Expr, cut: Root) -> bool:
    """Whether the candidate, a root of the cut's equation, is the one in its bracket."""
    with precision(200):
        ball = evaluator(candidate)(arb(0))
    if not ball.is_finite():
        return False
    low, high = ends(ball)
    return bool(cut.low <= low and high <= cut.high)


def _solutions(tower: Tower, equation: fmpq_mpoly) -> list[Expr]:
    """Roots of an equation in one of the solvable forms: each is an exact solution by construction."""
    variables = [i for i in used(equation) if not tower.is_constant(GENS[i])]
    if variables == [0]:
        return _quadratic(tower, equation)
    if len(variables) == 1 and equation == GENS[variables[0]]:
        g = tower.generators[variables[0]]
        if g.kind in ("atan", "asin", "erf"):  # zero where the argument is; log where the argument is one
            return _solutions(tower, g.argument.top)
        if g.kind == "log":
            return _solutions(tower, g.argument.top - g.argument.bottom)
    exponentials = [i for i in variables if i]
    if len(exponentials) == 1 and tower.generators[exponentials[0]].expression == sp.log(x):
        parts = collect(equation, exponentials[0])
        if set(parts) == {0, 1} and all(tower.is_constant(part) for part in parts.values()):
            return [sp.exp(-tower.expression(parts[0]) / tower.expression(parts[1]))]
    if len(exponentials) != 1 or tower.generators[exponentials[0]].kind != "exp":
        return []
    index = exponentials[0]
    rate = tower.derivative_of_poly(GENS[index])
    k = tower.expression(tower.divide(rate, Fraction(GENS[index])))
    parts = collect(equation, index)
    if k.has(x) or set(parts) != {0, 1}:
        return []
    p, q = tower.expression(parts[0]), tower.expression(parts[1])
    argument = tower.generators[index].expression.exp
    if argument != k * x and sp.expand(argument - k * x) != 0:
        return []
    if not p.has(x) and not q.has(x):
        return [sp.log(-p / q) / k]
    if not q.has(x) and sp.Poly(p, x).degree() == 1:
        # a x + b + q exp(k x) = 0: with w = -k (x + b/a), w exp(w) = (k q / a) exp(-k b / a).
        a, b = sp.Poly(p, x).all_coeffs()
        inner = (k * q / a) * sp.exp(-k * b / a)
        return [-b / a - sp.LambertW(inner, branch) / k for branch in (0, -1)]
    if not p.has(x) and sp.Poly(q, x).degree() == 1:
        # p + (a x + b) exp(k x) = 0: with w = k (x + b/a), w exp(w) = -(k p / a) exp(k b / a).
        a, b = sp.Poly(q, x).all_coeffs()
        inner = -(k * p / a) * sp.exp(k * b / a)
        return [sp.LambertW(inner, branch) / k - b / a for branch in (0, -1)]
    return []


def _quadratic(tower: Tower, equation: fmpq_mpoly) -> list[Expr]:
    coefficients = sp.Poly(tower.expression(equation), x).all_coeffs()
    if len(coefficients) == 2:
        return [-coefficients[1] / coefficients[0]]
    if len(coefficients) == 3:
        a, b, c = coefficients
        root = sp.sqrt(b**2 - 4 * a * c)
        return [(-b + side * root) / (2 * a) for side in (1, -1)]
    if len(coefficients) == 5 and coefficients[1] == coefficients[3] == 0:
        a, b, c = coefficients[::2]
        root = sp.sqrt(b**2 - 4 * a * c)
        squares = [(-b + side * root) / (2 * a) for side in (1, -1)]
        return [side * sp.sqrt(square) for square in squares for side in (1, -1)]
    return []


def value_at_root(tower: Tower, fraction: Fraction, point: Cut, closed: Cut) -> Expr | None:
    """f at a critical point in closed form: its equation eliminates the exponential."""
    if not isinstance(closed, Exact):
        return None
    if closed.rational is not None or not isinstance(point, Root):
        return tower.expression(fraction).subs(x, closed.number)
    equation = tower.fraction(point.equation).top
    variables = [i for i in used(equation) if not tower.is_constant(GENS[i])]
    index = max(variables)
    value = tower.expression(fraction)
    parts = collect(equation, index)
    if index and set(parts) <= {0, 1}:
        exponential = tower.expression(tower.divide(Fraction(-parts.get(0, ZERO)), Fraction(parts[1])))
        symbol = sp.Dummy("y", positive=True)
        value = sp.cancel(
            (_with(tower, fraction.top, index, symbol) / _with(tower, fraction.bottom, index, symbol)).subs(
                symbol, exponential
            )
        )
    value = value.subs(x, closed.number)
    return sp.cancel(value) if value.has(sp.LambertW) else sp.expand(sp.radsimp(value))


def through_equation(tower: Tower, fraction: Fraction, point: Root) -> Expr | None:
    """An expression with f's value at a root: its equation, linear in a function, eliminates that one.

    None where the equation is not, or f has no such function.
    """
    equation = tower.fraction(point.equation).top
    index = max(i for i in used(equation) if not tower.is_constant(GENS[i]))
    parts = collect(equation, index)
    if not index or not set(parts) <= {0, 1} or index not in (*used(fraction.top), *used(fraction.bottom)):
        return None
    function = tower.divide(Fraction(-parts.get(0, ZERO)), Fraction(parts[1]))
    top, bottom = (_substituted(tower, p, index, function) for p in (fraction.top, fraction.bottom))
    return None if bottom.is_zero else tower.expression(tower.divide(top, bottom))


def _substituted(tower: Tower, p: fmpq_mpoly, index: int, by: Fraction) -> Fraction:
    """A polynomial with a fraction in the place of one generator."""
    total = Fraction(ZERO)
    for e, c in collect(p, index).items():
        total = tower.add(total, tower.multiply(Fraction(c), tower.power(by, e)))
    return total


def _with(tower: Tower, p: fmpq_mpoly, index: int, symbol: Expr) -> Expr:
    return sp.Add(*(tower.expression(c) * symbol**e for e, c in collect(p, index).items()))
