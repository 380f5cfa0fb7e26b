"""Identities between elementary expressions: both sides as fractions of polynomials in x, exp, log, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx
from sympy import Expr

from ordering.checking.records import Rejected
from ordering.enclosures.balls import to_sympy
from ordering.enclosures.budget import tick
from ordering.variable import x

CAPACITY: Final = 26
"""Different elementary functions in one identity."""
HIGHEST: Final = 256
"""Largest exponent that is written out."""
MODEST: Final = 40
"""Terms from which a fraction is reduced to lowest terms."""
LONGEST: Final = 3000
"""Terms of a polynomial."""

RING: Final = fmpq_mpoly_ctx.get([f"k{i}" for i in range(CAPACITY)], Ordering.lex)
GENS: Final = RING.gens()
ONE: Final = RING.constant(1)

Fraction: TypeAlias = tuple[fmpq_mpoly, fmpq_mpoly]

_DEFINITIONS: Final[dict[Any, Callable[[Expr], Expr]]] = {
    sp.tanh: lambda u: (sp.exp(2 * u) - 1) / (sp.exp(2 * u) + 1),
    sp.coth: lambda u: (sp.exp(2 * u) + 1) / (sp.exp(2 * u) - 1),
    sp.sinh: lambda u: (sp.exp(u) - sp.exp(-u)) / 2,
    sp.cosh: lambda u: (sp.exp(u) + sp.exp(-u)) / 2,
    sp.sech: lambda u: 2 / (sp.exp(u) + sp.exp(-u)),
    sp.csch: lambda u: 2 / (sp.exp(u) - sp.exp(-u)),
    sp.erfc: lambda u: 1 - sp.erf(u),
    sp.asinh: lambda u: sp.log(u + sp.sqrt(u**2 + 1)),
    sp.acosh: lambda u: sp.log(u + sp.sqrt(u - 1) * sp.sqrt(u + 1)),
    sp.atanh: lambda u: (sp.log(1 + u) - sp.log(1 - u)) / 2,
    sp.tan: lambda u: sp.sin(u) / sp.cos(u),
    sp.sec: lambda u: 1 / sp.cos(u),
    sp.cot: lambda u: sp.cos(u) / sp.sin(u),
    sp.csc: lambda u: 1 / sp.sin(u),
    sp.asin: lambda u: sp.atan(u / sp.sqrt(1 - u**2)),
    sp.acos: lambda u: sp.pi / 2 - sp.atan(u / sp.sqrt(1 - u**2)),
    sp.sinc: lambda u: sp.sin(u) / u,
}


@lru_cache(maxsize=4096)
def defined_by(e: Expr) -> Expr:
    """The smooth expression through exp, log, powers, atan, erf, sin and cos."""
    if isinstance(e, sp.Float):
        return sp.Rational(e)
    if not e.args:
        return e
    arguments = [defined_by(argument) for argument in e.args]
    rebuilt = e if list(e.args) == arguments else e.func(*arguments)
    definition = _DEFINITIONS.get(rebuilt.func)
    if definition is not None:
        return defined_by(definition(rebuilt.args[0]))
    if rebuilt.is_Pow and not isinstance(rebuilt, sp.exp) and not rebuilt.exp.is_Rational:
        return sp.exp(rebuilt.exp * sp.log(rebuilt.base))
    return rebuilt


def _terms(u: Expr) -> list[tuple[Expr, Any]]:
    return list(sp.expand(u).as_coefficients_dict().items())


def _is_small(e: Expr) -> bool:
    """Whether e is a positive rational whose prime factors are quickly found."""
    return bool(e.is_Rational and e.is_positive and max(int(e.p), int(e.q)) < 10**12)


def _without_logarithms(u: Expr) -> Expr:
    return sp.Add(*(c * core for core, c in _terms(u) if not isinstance(core, sp.log)))


class Field:
    """The elementary functions that occur in some expressions, each as a variable of one polynomial ring."""

    def __init__(self, expressions: tuple[Expr, ...]) -> None:
        self.expressions = [defined_by(e) for e in expressions]
        self._index: dict[Any, int] = {"x": 0}
        self._roots: list[tuple[int, int, Fraction]] = []
        self._sines: list[tuple[int, int]] = []
        self._units: dict[Any, Any] = {}
        self._seen: dict[Expr, Fraction] = {}
        for e in self.expressions:
            for atom in e.atoms(sp.sin, sp.cos):
                for core, c in _terms(atom.args[0]):
                    self._share(core, c)
        # The innermost first: what an exponent is made of must be known before the exponents are compared.
        exponentials = {atom for e in self.expressions for atom in e.atoms(sp.exp)}
        for atom in sorted(exponentials, key=lambda a: a.count_ops()):
            for key, c in self._exponent(_without_logarithms(atom.args[0])).items():
                self._share(key, c)

    def _share(self, key: Any, c: Any) -> None:
        """Make the unit of an angle or an exponent the greatest common divisor of its coefficients."""
        unit = self._units.get(key)
        self._units[key] = abs(c) if unit is None else sp.gcd(unit, abs(c))

    def _exponent(self, u: Expr) -> dict[Any, Any]:
        """An exponent as rational multiples of monomials, and of one proper fraction."""
        top, bottom = self.fraction(u)
        common = top.gcd(bottom)
        if common.is_zero():
            return {}
        top, bottom = top / common, bottom / common
        lead = bottom.leading_coefficient()
        whole, rest = divmod(top / lead, bottom / lead)
        found: dict[Any, Any] = {("exp", monomial): to_sympy(c) for monomial, c in whole.to_dict().items()}
        if not rest.is_zero():
            scale = rest.leading_coefficient()
            found["exp", str(rest / scale), str(bottom / lead)] = to_sympy(scale)
        return found

    def _variable(self, key: Any) -> int:
        if key not in self._index:
            if len(self._index) == CAPACITY:
                raise Rejected("an identity has too many elementary functions")
            self._index[key] = len(self._index)
        return self._index[key]

    def fraction(self, e: Expr) -> Fraction:
        """An expression (through `defined_by`) as numerator and denominator."""
        found = self._seen.get(e)
        if found is None:
            tick()
            found = self._fraction(e)
            if len(found[0]) + len(found[1]) > MODEST and not found[0].is_zero():
                common = found[0].gcd(found[1])
                found = found[0] / common, found[1] / common
            self._seen[e] = found
            if max(len(found[0]), len(found[1])) > LONGEST:
                raise Rejected("an identity grows too large to be compared")
        return found

    def _fraction(self, e: Expr) -> Fraction:
        if e == x:
            return GENS[0], ONE
        if e.is_Rational:
            return RING.constant(fmpq(int(e.p), int(e.q))), ONE
        if e.is_Add:
            return reduce(_add, map(self.fraction, e.args))
        if e.is_Mul:
            return reduce(_multiply, map(self.fraction, e.args))
        if e is sp.E or isinstance(e, sp.exp):
            return self._exponential(sp.S.One if e is sp.E else e.args[0])
        if e.is_Pow:
            return self._power(e)
        if isinstance(e, (sp.sin, sp.cos)):
            return self._turn(e)
        if isinstance(e, sp.log) and _is_small(e.args[0]) and not e.args[0].is_prime:
            # The logarithm of a rational through those of its primes.
            primes = sp.factorrat(e.args[0]).items()
            return self.fraction(sp.Add(*(k * sp.log(p) for p, k in primes)))
        if isinstance(e, sp.log) and self._name(e.args[0]) == ("1", "1"):
            return RING.constant(0), ONE
        if not e.args:
            return GENS[self._variable(e)], ONE
        return GENS[self._variable((e.func, *(self._name(a) for a in e.args)))], ONE

    def _name(self, e: Expr) -> tuple[str, str]:
        top, bottom = self.fraction(e)
        common = top.gcd(bottom)
        top, bottom = top / common, bottom / common
        lead = bottom.leading_coefficient()
        return str(top / lead), str(bottom / lead)

    def _power(self, e: Expr) -> Fraction:
        if e.exp.has(x):
            return self._exponential(e.exp * sp.log(e.base, evaluate=False))
        if not e.exp.is_Rational:
            return self._irrational(e.base, e.exp)
        q = int(e.exp.q)
        if q != 1 and _is_small(e.base) and not e.base.is_prime:
            primes = sp.factorint(e.base).items()
            return reduce(_multiply, (self.fraction(sp.Pow(p, k * e.exp)) for p, k in primes), (ONE, ONE))
        if q == 2 and not e.has(x):
            simple = sp.sqrtdenest(sp.sqrt(e.base))
            if simple != sp.sqrt(e.base) and simple.is_positive and same(simple**2, e.base):
                return _raise(self.fraction(simple), int(e.exp.p))
        base = self.fraction(e.base)
        if q == 1:
            return _raise(base, int(e.exp))
        index = self._variable(("root", q, self._name(e.base)))
        if all(index != known for known, _, _ in self._roots):
            self._roots.append((index, q, base))
        return _raise((GENS[index], ONE), int(e.exp.p))

    def _irrational(self, base: Expr, exponent: Expr) -> Fraction:
        """A constant power: its rational part, and one variable for each other term of the exponent."""
        result: Fraction = (ONE, ONE)
        for core, c in _terms(exponent):
            if core == 1:
                result = _multiply(result, self.fraction(base**c))
            else:
                index = self._variable(("power", core, c.q, self._name(base)))
                result = _multiply(result, _raise((GENS[index], ONE), int(c.p)))
        return result

    def _exponential(self, u: Expr) -> Fraction:
        result: Fraction = (ONE, ONE)
        for core, c in _terms(u):
            if isinstance(core, sp.log):
                result = _multiply(result, self.fraction(core.args[0] ** c))
        for key, c in self._exponent(_without_logarithms(u)).items():
            unit = self._units.get(key)
            if unit is None or not (c / unit).is_Integer:
                unit = self._units[key] = c
            index = self._variable((key, unit))
            result = _multiply(result, _raise((GENS[index], ONE), int(c / unit)))
        return result

    def _turn(self, e: Expr) -> Fraction:
        angles, total = {}, sp.S.Zero
        for core, c in _terms(e.args[0]):
            unit = self._units.get(core, abs(c))
            if not (c / unit).is_Integer or abs(c / unit) > 40:
                raise Rejected(f"{e} is not understood")
            angle = sp.Dummy(real=True)
            angles[angle] = unit * core
            total += c / unit * angle
        written = sp.expand_trig(e.func(total))
        result = {}
        for atom in written.atoms(sp.sin, sp.cos):
            (angle,) = atom.free_symbols
            key = angles[angle]
            cosine, sine = self._variable(("cos", key)), self._variable(("sin", key))
            if (sine, cosine) not in self._sines:
                self._sines.append((sine, cosine))
            result[atom] = GENS[sine if isinstance(atom, sp.sin) else cosine]
        return _polynomial(written, result), ONE

    def reduced(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """A polynomial that is zero where p is, with powers of roots and squares of sines replaced."""
        changed = True
        while changed:
            changed = False
            for index, degree, (top, bottom) in self._roots:
                if p.degrees()[index] >= degree:
                    p, changed = _replaced(p, index, degree, top, bottom), True
            for sine, cosine in self._sines:
                if p.degrees()[sine] >= 2:
                    p, changed = _replaced(p, sine, 2, 1 - GENS[cosine] ** 2, ONE), True
            if len(p) > LONGEST:
                raise Rejected("an identity grows too large to be compared")
        return p


def _polynomial(e: Expr, atoms: dict[Expr, fmpq_mpoly]) -> fmpq_mpoly:
    if e in atoms:
        return atoms[e]
    if e.is_Add:
        return reduce(lambda a, b: a + b, (_polynomial(a, atoms) for a in e.args))
    if e.is_Mul:
        return reduce(lambda a, b: a * b, (_polynomial(a, atoms) for a in e.args))
    if e.is_Pow:
        return _polynomial(e.base, atoms) ** int(e.exp)
    return RING.constant(fmpq(int(e.p), int(e.q)))


def _replaced(p: fmpq_mpoly, index: int, degree: int, top: fmpq_mpoly, bottom: fmpq_mpoly) -> fmpq_mpoly:
    """`p` with `g**degree = top / bottom`, times a power of the bottom."""
    parts: dict[int, dict[Any, Any]] = {}
    for monomial, c in p.to_dict().items():
        rest = (*monomial[:index], monomial[index] % degree, *monomial[index + 1 :])
        parts.setdefault(monomial[index] // degree, {})[rest] = c
    most = max(parts)
    return sum(
        (RING.from_dict(terms) * top**k * bottom ** (most - k) for k, terms in parts.items()),
        RING.constant(0),
    )


def _add(a: Fraction, b: Fraction) -> Fraction:
    if a[1] == b[1]:
        return a[0] + b[0], a[1]
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


def _multiply(a: Fraction, b: Fraction) -> Fraction:
    return a[0] * b[0], a[1] * b[1]


def _raise(a: Fraction, n: int) -> Fraction:
    if abs(n) > HIGHEST or abs(n) * max(len(a[0]), len(a[1])) > LONGEST:
        raise Rejected("an identity has powers that are too high to be compared")
    return (a[0] ** n, a[1] ** n) if n >= 0 else (a[1] ** -n, a[0] ** -n)


@lru_cache(maxsize=8192)
def same(a: Expr, b: Expr) -> bool:
    """Whether `a = b` wherever both are defined: True is a proof, False is not.

    >>> same(sp.tanh(x), 1 - 2 / (sp.exp(2 * x) + 1))
    True
    """
    if a == b:
        return True
    field = Field((a, b))
    try:
        top, bottom = _add(
            field.fraction(field.expressions[0]), _multiply(field.fraction(field.expressions[1]), (-ONE, ONE))
        )
    except ZeroDivisionError:
        return False
    return bool(field.reduced(top).is_zero()) and not field.reduced(bottom).is_zero()


@lru_cache(maxsize=4096)
def divides(equation: Expr, e: Expr) -> bool:
    """Whether e is zero wherever the equation is: its numerator divides e's."""
    field = Field((equation, e))
    try:
        divisor = field.reduced(field.fraction(field.expressions[0])[0])
        top = field.reduced(field.fraction(field.expressions[1])[0])
    except ZeroDivisionError:
        return False
    if top.is_zero():
        return True
    return not divisor.is_constant() and (top.gcd(divisor) * divisor.leading_coefficient()) == divisor


@lru_cache(maxsize=4096)
def derivative(e: Expr) -> Expr:
    """The derivative, by sympy's table."""
    return sp.diff(e, x)
