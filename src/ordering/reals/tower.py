"""Elementary functions as a differential tower: fractions of polynomials in x, exp(u), log(u), atan(u), ...

Every generator's derivative is a fraction in the generators below it and itself, so that differentiation,
products and the test for a formal zero are exact polynomial arithmetic (flint's multivariate polynomials).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from math import comb
from typing import Any

import sympy as sp
from flint import arb, fmpq, fmpq_mpoly
from sympy import Expr

from ordering.enclosures.balls import ball_power, evaluator, precision, sign_of, to_fmpq, to_sympy
from ordering.enclosures.budget import Undecided, room, tick
from ordering.reals.polynomials import (
    CAPACITY,
    GENS,
    HIGHEST,
    MOST_POWER,
    ONE,
    RING,
    ZERO,
    collect,
    ratio_of,
    require_modest,
    split_exponent,
    unit_angle,
    units_of,
    used,
    without_zeros,
)
from ordering.reals.rewriting import normal
from ordering.variable import x


@dataclass(frozen=True)
class Fraction:
    """`top / bottom` in lowest terms."""

    top: fmpq_mpoly
    bottom: fmpq_mpoly = field(default_factory=lambda: ONE)

    @property
    def is_zero(self) -> bool:
        """Whether the fraction is formally zero."""
        return bool(self.top.is_zero())


@dataclass(frozen=True)
class Generator:
    """One element of the tower: `kind` is x, constant, exp, log, atan, asin, erf, root, power, sin or cos."""

    kind: str
    expression: Expr
    argument: Fraction
    index: int
    degree: int = 0
    """For a root: `g**degree = argument`."""

    @property
    def symbol(self) -> fmpq_mpoly:
        """The generator as a polynomial."""
        return GENS[self.index]


class Tower:
    """The generators that some expressions need, and exact arithmetic with them."""

    def __init__(self, expressions: Iterable[Expr]) -> None:
        self.generators: list[Generator] = [Generator("x", x, Fraction(ZERO), 0)]
        self._derivatives: list[Fraction] = [Fraction(ONE)]
        self._by_key: dict[Any, Generator] = {}
        self._fractions: dict[Expr, Fraction] = {x: Fraction(GENS[0])}
        self.guards: list[tuple[fmpq_mpoly, bool]] = []
        """Polynomials that must not vanish where the expressions are smooth."""
        self._compiled: dict[int, tuple[fmpq_mpoly, list[tuple[fmpq, list[tuple[int, int]]]]]] = {}
        self._values: dict[tuple[Any, int], list[arb]] = {}
        normals = [normal(expression) for expression in expressions]
        self._angle = unit_angle(normals)
        self._units = units_of(normals)
        self._constants: list[int] = []
        """Indices of the constants, in the order of their creation."""
        self._hidden_zeros: dict[str, bool] = {}
        for expression in normals:
            self.fraction(expression)

    # ---- building ------------------------------------------------------------------------------------

    def fraction(self, expression: Expr) -> Fraction:
        """The expression (in normal form, smooth) as a fraction in the tower, adding generators it needs."""
        known = self._fractions.get(expression)
        if known is None:
            tick()
            known = self._fractions[expression] = self._convert(expression)
        return known

    def _convert(self, e: Expr) -> Fraction:
        if e.is_Rational:
            return Fraction(RING.constant(to_fmpq(e)))
        if not e.has(x) and sign_of(e) == 0:  # though it need not look it
            return Fraction(ZERO)
        if e.is_Add:
            return reduce(self.add, map(self.fraction, e.args))
        if e.is_Mul:
            return reduce(self.multiply, map(self.fraction, e.args))
        if isinstance(e, sp.exp):
            return self._exponential(e.exp)
        if e.is_Pow:
            return self._convert_power(e)
        if isinstance(e, sp.log):
            return self._convert_log(e)
        if isinstance(e, (sp.atan, sp.asin, sp.erf)):
            kind = e.func.__name__
            # What the derivative needs comes before the generator.
            if kind == "asin" and e.has(x):
                self.fraction(normal(sp.sqrt(1 - e.args[0] ** 2)))
            if kind == "erf" and e.has(x):
                self.fraction(sp.pi)
                self.fraction(sp.sqrt(sp.pi))
                self._exponential(-(e.args[0] ** 2))
            return Fraction(self._generator(kind, e, self.fraction(e.args[0])).symbol)
        if isinstance(e, (sp.sin, sp.cos)):
            ratio = e.args[0] / self._angle if self._angle is not None else sp.S.One
            if ratio.is_Integer and 1 < ratio <= MOST_POWER:
                # Chebyshev: cos(n u) = T_n(cos u), sin(n u) = sin(u) U_(n-1)(cos u).
                n, cos = int(ratio), sp.cos(self._angle)
                if isinstance(e, sp.cos):
                    return self.fraction(sp.expand(sp.chebyshevt(n, cos)))
                return self.fraction(sp.expand(sp.sin(self._angle) * sp.chebyshevu(n - 1, cos)))
            u = self.fraction(e.args[0])
            cosine = self._generator("cos", sp.cos(e.args[0]), u)
            sine = self._generator("sin", sp.sin(e.args[0]), u)
            return Fraction((sine if isinstance(e, sp.sin) else cosine).symbol)
        if e == sp.E:
            return Fraction(self._generator("constant", e, Fraction(ZERO)).symbol)
        if not e.free_symbols and e.is_number:
            return Fraction(self._generator("constant", e, Fraction(ZERO)).symbol)
        raise Undecided(f"{e.func.__name__} is outside the theory of this prover")

    def _convert_power(self, e: Expr) -> Fraction:
        if e.exp.is_Integer:
            return self.power(self.fraction(e.base), int(e.exp))
        if not e.exp.is_Rational:
            if e.exp.has(x):
                raise Undecided(f"the power {e} is outside the theory of this prover")
            if not e.base.has(x):
                return Fraction(self._generator("constant", e, Fraction(ZERO)).symbol)
            return Fraction(self._generator("power", e, self.fraction(e.base)).symbol)
        base, q = self.fraction(e.base), int(e.exp.q)
        root = self._generator("root", e.base ** sp.Rational(1, q), base, q)
        return self.power(Fraction(root.symbol), int(e.exp.p))

    def _convert_log(self, e: Expr) -> Fraction:
        return Fraction(self._generator("log", e, self.fraction(e.args[0])).symbol)

    def _exponential(self, exponent: Expr) -> Fraction:
        constant, terms = split_exponent(exponent)
        result = Fraction(ONE)
        if constant != 0:
            # exp(p/q) is a power of exp(1/q): one constant for each denominator.
            rational, rest = constant.as_coeff_Mul() if not constant.is_Rational else (constant, sp.S.One)
            if abs(rational.p) > MOST_POWER or rational.q > MOST_POWER:  # not worth expressing as a power
                rational, rest = sp.S.One, constant
            unit = sp.exp(rest / rational.q)
            generator = self._generator("constant", unit, Fraction(ZERO))
            result = self.power(Fraction(generator.symbol), int(rational.p))
        if not terms:
            return result
        for unit in self._units:
            ratio = ratio_of(terms, unit)
            if ratio is not None and ratio.is_Integer:
                break
        else:
            unit, ratio = terms, sp.S.One
            self._units.append(unit)
        argument = sp.Add(*(c * core for core, c in unit.items()))
        generator = self._generator("exp", sp.exp(argument), self.fraction(argument))
        return self.multiply(result, self.power(Fraction(generator.symbol), int(ratio)))

    def _generator(self, kind: str, expression: Expr, argument: Fraction, degree: int = 0) -> Generator:
        key = (
            (kind, expression)
            if kind in ("constant", "power")
            else (kind, degree, str(argument.top), str(argument.bottom))
        )
        found = self._by_key.get(key)
        if found is None:
            # A cosine is followed by its sine.
            if len(self.generators) + (kind == "cos") >= CAPACITY:
                raise Undecided("the expression needs too many elementary functions")
            if not expression.has(x):
                self._constants.append(len(self.generators))
            found = Generator(kind, expression, argument, len(self.generators), degree)
            self.generators.append(found)
            self._by_key[key] = found
            self._derivatives.append(Fraction(ZERO))
            self._derivatives[found.index] = self._derivation(found)
        return found

    def _derivation(self, g: Generator) -> Fraction:
        """The generator's derivative; what it divides by is a guard."""
        if not g.expression.has(x):
            return Fraction(ZERO)
        u, du, t = g.argument, self.derivative(g.argument), Fraction(g.symbol)
        self._guard(u.bottom, positive=False)
        if g.kind == "exp":
            return self.multiply(du, t)
        if g.kind == "log":
            self._guard(u.top * u.bottom, positive=True)
            return self.divide(du, u)
        if g.kind == "root":
            self._guard(u.top * u.bottom, positive=True)
            return self.divide(self.multiply(du, t), self.multiply(u, Fraction(RING.constant(g.degree))))
        if g.kind == "power":
            self._guard(u.top * u.bottom, positive=True)
            rate = self.divide(self.multiply(du, self.fraction(g.expression.exp)), u)
            return self.multiply(rate, t)
        if g.kind == "atan":
            return self.divide(du, self.add(Fraction(ONE), self.multiply(u, u)))
        if g.kind == "asin":
            return self.divide(du, self.fraction(normal(sp.sqrt(1 - g.expression.args[0] ** 2))))
        if g.kind == "erf":
            two = self.divide(Fraction(RING.constant(2)), self.fraction(sp.sqrt(sp.pi)))
            gauss = self._exponential(-(g.expression.args[0] ** 2))
            return self.multiply(self.multiply(two, gauss), du)
        # cos is created just before sin: each is the other's neighbour.
        if g.kind == "cos":
            sine = GENS[g.index + 1]
            return self.multiply(du, Fraction(-sine))
        return self.multiply(du, Fraction(GENS[g.index - 1]))

    def _guard(self, poly: fmpq_mpoly, *, positive: bool) -> None:
        if not poly.is_constant() and (poly, positive) not in self.guards:
            self.guards.append((poly, positive))

    # ---- arithmetic ----------------------------------------------------------------------------------

    def make(self, top: fmpq_mpoly, bottom: fmpq_mpoly) -> Fraction:
        """`top / bottom`, reduced by the algebraic relations and to lowest terms."""
        require_modest(top)
        require_modest(bottom)
        top, lower = self._reduce(top)
        bottom, upper = self._reduce(bottom)
        top, bottom = self._without_zeros(top * upper), self._without_zeros(bottom * lower)
        if bottom.is_zero():
            raise Undecided("a denominator is identically zero")
        if top.is_zero():
            return Fraction(ZERO)
        common = top.gcd(bottom)
        if not common.is_one():
            top, bottom = top / common, bottom / common
        if bottom.is_constant():
            return Fraction(top / bottom.leading_coefficient())
        lead = bottom.leading_coefficient()
        return Fraction(top / lead, bottom / lead)

    def _reduce(self, p: fmpq_mpoly) -> tuple[fmpq_mpoly, fmpq_mpoly]:
        """`p = first / second` after replacing powers of roots and of sines."""
        divisor = ONE
        for g in self.generators:
            if g.kind == "root" and p.degrees()[g.index] >= g.degree:
                n, d = g.argument.top, g.argument.bottom
                by = collect(p, g.index)
                most = max(by) // g.degree
                p = sum(
                    (
                        c * n ** (i // g.degree) * d ** (most - i // g.degree) * g.symbol ** (i % g.degree)
                        for i, c in by.items()
                    ),
                    ZERO,
                )
                divisor = divisor * d**most
            elif g.kind == "sin" and p.degrees()[g.index] >= 2:
                square = 1 - GENS[g.index - 1] ** 2
                p = sum(
                    (c * square ** (i // 2) * g.symbol ** (i % 2) for i, c in collect(p, g.index).items()),
                    ZERO,
                )
        return p, divisor

    def _without_zeros(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """`p` without coefficients that are zero and do not look it, such as log(4) - 2 log(2)."""
        return without_zeros(p, self._constants, self._is_hidden_zero) if self._constants else p

    def _is_hidden_zero(self, coefficient: fmpq_mpoly) -> bool:
        name = str(coefficient)
        known = self._hidden_zeros.get(name)
        if known is None:
            known = self._hidden_zeros[name] = sign_of(self.expression(coefficient)) == 0
        return known

    def add(self, a: Fraction, b: Fraction) -> Fraction:
        """`a + b`."""
        if a.bottom == b.bottom:
            return self.make(a.top + b.top, a.bottom)
        return self.make(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)

    def multiply(self, a: Fraction, b: Fraction) -> Fraction:
        """`a b`."""
        return self.make(a.top * b.top, a.bottom * b.bottom)

    def divide(self, a: Fraction, b: Fraction) -> Fraction:
        """`a / b`."""
        return self.make(a.top * b.bottom, a.bottom * b.top)

    def power(self, a: Fraction, n: int) -> Fraction:
        """`a**n` for an integer n."""
        terms = max(comb(len(part) - 1 + abs(n), abs(n)) for part in (a.top, a.bottom) if not part.is_zero())
        if abs(n) > HIGHEST or terms > room().terms:
            room().refused |= abs(n) <= HIGHEST
            raise Undecided("the exact expressions grow too large")
        return self.make(a.top**n, a.bottom**n) if n >= 0 else self.make(a.bottom**-n, a.top**-n)

    def derivative(self, a: Fraction) -> Fraction:
        """The derivative with respect to x."""
        top = self.derivative_of_poly(a.top)
        if a.bottom.is_constant():
            return self.divide(top, Fraction(a.bottom))
        bottom = self.derivative_of_poly(a.bottom)
        left = self.multiply(top, Fraction(a.bottom))
        right = self.multiply(Fraction(-a.top), bottom)
        return self.divide(self.add(left, right), Fraction(a.bottom**2))

    def derivative_of_poly(self, p: fmpq_mpoly) -> Fraction:
        """The derivative of a polynomial in the generators."""
        tick()
        total = Fraction(ZERO)
        for index in used(p):
            rate = self._derivatives[index]
            if not rate.is_zero:
                total = self.add(total, self.multiply(Fraction(p.derivative(index)), rate))
        return total

    def is_constant(self, p: fmpq_mpoly) -> bool:
        """Whether no generator in `p` depends on x."""
        return all(self._derivatives[i].is_zero for i in used(p))

    # ---- reading -------------------------------------------------------------------------------------

    def expression(self, a: Fraction | fmpq_mpoly) -> Expr:
        """Back to sympy."""
        if isinstance(a, Fraction):
            return self.expression(a.top) / self.expression(a.bottom)
        return sp.Add(
            *(
                sp.Mul(to_sympy(c), *(self.generators[i].expression ** e for i, e in enumerate(m) if e))
                for m, c in a.to_dict().items()
            )
        )

    def values(self, at: fmpq | arb, bits: int) -> list[arb]:
        """Balls of all generators at a rational point, or over the part of a ball where they are real."""
        if not isinstance(at, fmpq):
            with precision(bits):
                return [evaluator(g.expression, edges=True)(at) for g in self.generators]
        key = (at, bits)
        found = self._values.get(key)
        if found is None or len(found) < len(self.generators):
            with precision(bits):
                point = arb(at)
                found = self._values[key] = [evaluator(g.expression)(point) for g in self.generators]
        return found

    @contextmanager
    def temporary(self) -> Iterator[None]:
        """Forget the generators that are added inside."""
        count = len(self.generators)
        fractions, keys = dict(self._fractions), dict(self._by_key)
        try:
            yield
        finally:
            if len(self.generators) > count:
                del self.generators[count:], self._derivatives[count:]
                self._fractions, self._by_key = fractions, keys
                self._constants = [i for i in self._constants if i < count]
                self._hidden_zeros.clear()
                self._values.clear()

    def formal_value(self, p: fmpq_mpoly, q: fmpq) -> Fraction:
        """The polynomial at a rational point, formally: in rationals and constants (inside `temporary`)."""
        at: dict[int, Fraction] = {}
        total = Fraction(ZERO)
        for monomial, c in p.to_dict().items():
            term = Fraction(RING.constant(c))
            for i, e in enumerate(monomial):
                if e:
                    if i not in at:
                        at[i] = self.fraction(normal(self.generators[i].expression.subs(x, to_sympy(q))))
                    term = self.multiply(term, self.power(at[i], e))
            total = self.add(total, term)
        return total

    def substitute(self, p: fmpq_mpoly, values: list[arb]) -> arb:
        """The polynomial at balls of its generators."""
        # Polynomials are not hashable; holding `p` keeps its id from being given to another.
        known = self._compiled.get(id(p))
        if known is None:
            terms = [(c, [(i, e) for i, e in enumerate(m) if e]) for m, c in p.to_dict().items()]
            known = self._compiled[id(p)] = (p, terms)
        total = arb(0)
        for c, powers in known[1]:
            term = arb(c)
            for i, e in powers:
                term *= ball_power(values[i], e) if e > 1 else values[i]
            total += term
        return total
