"""Identities between elementary expressions: both sides as fractions of polynomials in x, exp, log, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import Ordering, arb, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz
from sympy import Expr

from ordering.checking.records import Rejected
from ordering.enclosures.balls import evaluator, precision, to_sympy
from ordering.enclosures.budget import OutOfTime, Undecided, tick
from ordering.variable import x

CAPACITY: Final = 26
"""Different elementary functions in one identity."""
HIGHEST: Final = 256
"""Largest exponent that is written out."""
MODEST: Final = 40
"""Terms from which a fraction is reduced to lowest terms."""
LONGEST: Final = 3000
"""Terms of a polynomial."""
MOST_PASSES: Final = 4
"""How often exponents are looked through for their common units."""
MOST_TURNS: Final = 40
"""Largest multiple of an angle."""

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

_ODD: Final = {sp.erf, sp.atan, sp.erfi, sp.erfinv}
"""f(-u) = -f(u)."""


@lru_cache(maxsize=4096)
def defined_by(e: Expr) -> Expr:
    """The smooth expression through exp, log, powers, atan, erf, sin and cos."""
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
    return list(sp.expand(u, power_exp=False).as_coefficients_dict().items())


def _primes(e: Expr) -> list[tuple[Expr, int]]:
    """The prime powers of a positive rational that is quickly factored, and is no prime itself."""
    if not (e.is_Rational and e.is_positive and max(int(e.p), int(e.q)) < 10**12):
        return []
    sides = ((int(e.p), 1), (int(e.q), -1))
    found = [(sp.Integer(int(p)), k * side) for n, side in sides for p, k in fmpz(n).factor()]
    return [] if found == [(e, 1)] else found


def _exponent_of(e: Expr) -> Expr | None:
    """u where the expression is exp(u), but not a rational power."""
    if e is sp.E or isinstance(e, sp.exp):
        return sp.S.One if e is sp.E else e.args[0]
    return e.exp * sp.log(e.base) if e.is_Pow and not e.exp.is_Rational else None


def _is_lambert(core: Expr, c: Any) -> bool:
    """Whether c is whole and core is W(u), not zero: then exp(c W(u)) = (u / W(u))**c."""
    if not (isinstance(core, sp.LambertW) and c.is_Integer and core.is_number):
        return False
    try:
        with precision(64):
            ball = evaluator(core)(arb(0))
    except OutOfTime:
        raise
    except Undecided:
        return False
    return bool(ball.is_finite() and ball != 0)


def _without_logarithms(u: Expr) -> Expr:
    return sp.Add(
        *(c * core for core, c in _terms(u) if not isinstance(core, sp.log) and not _is_lambert(core, c))
    )


class Field:
    """The elementary functions that occur in some expressions, each as a variable of one polynomial ring."""

    def __init__(self, expressions: tuple[Expr, ...]) -> None:
        self.expressions = [defined_by(e) for e in expressions]
        self._index: dict[Any, int] = {"x": 0}
        self._roots: dict[int, tuple[int, Fraction]] = {}
        """Of a variable, a power of it that is a fraction."""
        self._units: dict[Any, Any] = {}
        self._seen: dict[Expr, Fraction] = {}
        for e in self.expressions:
            for atom in e.atoms(sp.sin, sp.cos):
                for core, c in _terms(atom.args[0]):
                    self._share(core, c)
        # The innermost first: what an exponent is made of must be known before the exponents are compared.
        atoms = {atom for e in self.expressions for atom in e.atoms(sp.exp, sp.Pow, type(sp.E))}
        exponents = [_exponent_of(atom) for atom in sorted(atoms, key=lambda a: a.count_ops())]
        for _ in range(MOST_PASSES):
            if not self._share_exponents([_without_logarithms(u) for u in exponents if u is not None]):
                break
            # An outer exponent made a unit smaller that has a name already: with that, all over again.
            self._index, self._roots, self._seen = {"x": 0}, {}, {}

    def _share_exponents(self, exponents: list[Expr]) -> bool:
        """Find the units of exponents; whether one became smaller that was in use."""
        renamed = False
        for u in exponents:
            for key, c in self._exponent(u).items():
                before = self._units.get(key)
                self._share(key, c)
                renamed |= (key, before) in self._index and self._units[key] != before
        return renamed

    def _share(self, key: Any, c: Any) -> None:
        """Make the unit of an angle or an exponent the greatest common divisor of its coefficients."""
        unit = self._units.get(key)
        self._units[key] = abs(c) if unit is None else sp.gcd(unit, abs(c))

    def _exponent(self, u: Expr) -> dict[Any, Any]:
        """An exponent as rational multiples of monomials, and of one proper fraction."""
        top, bottom = _lowest(self.fraction(u))
        whole, rest = divmod(top, bottom)
        found: dict[Any, Any] = {("exp", monomial): to_sympy(c) for monomial, c in whole.to_dict().items()}
        if not rest.is_zero():
            scale = rest.leading_coefficient()
            found["exp", str(rest / scale), str(bottom)] = to_sympy(scale)
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
                found = _lowest(found)
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
        u = _exponent_of(e)
        if u is not None:
            return self._exponential(u)
        if e.is_Pow:
            return self._power(e)
        if isinstance(e, (sp.sin, sp.cos)):
            return self._turn(e)
        if isinstance(e, sp.log) and _primes(e.args[0]):
            return self.fraction(sp.Add(*(k * sp.log(p) for p, k in _primes(e.args[0]))))
        if isinstance(e, sp.log) and self._name(e.args[0]) == ("1", "1"):
            return RING.constant(0), ONE
        if e.func in _ODD:
            return self._odd(e)
        return GENS[self._variable((e.func, *(self._name(a) for a in e.args)) if e.args else e)], ONE

    def _odd(self, e: Expr) -> Fraction:
        """An odd function, by what it is at the one of u and -u whose numerator leads with a plus."""
        top, bottom = _lowest(self.fraction(e.args[0]))
        side = 1 if top.is_zero() or top.leading_coefficient() > 0 else -1
        return side * GENS[self._variable((e.func, (str(side * top), str(bottom))))], ONE

    def _name(self, e: Expr) -> tuple[str, str]:
        top, bottom = _lowest(self.fraction(e))
        return str(top), str(bottom)

    def _power(self, e: Expr) -> Fraction:
        q = int(e.exp.q)
        if q != 1 and _primes(e.base):
            return reduce(_multiply, (self.fraction(sp.Pow(p, k * e.exp)) for p, k in _primes(e.base)))
        if q == 2 and not e.has(x):
            simple = sp.sqrtdenest(sp.sqrt(e.base))
            if simple != sp.sqrt(e.base) and same(simple**2, e.base) and evaluator(simple)(arb(0)) > 0:
                return _raise(self.fraction(simple), int(e.exp.p))
        base = self.fraction(e.base)
        if q == 1:
            return _raise(base, int(e.exp))
        index = self._variable(("root", q, self._name(e.base)))
        self._roots.setdefault(index, (q, base))
        return _raise((GENS[index], ONE), int(e.exp.p))

    def _exponential(self, u: Expr) -> Fraction:
        result: Fraction = (ONE, ONE)
        for core, c in _terms(u):
            if isinstance(core, sp.log):
                result = _multiply(result, self.fraction(core.args[0] ** c))
            elif _is_lambert(core, c):
                result = _multiply(result, self.fraction((core.args[0] / core) ** c))
        for key, c in self._exponent(_without_logarithms(u)).items():
            unit = self._units.get(key)
            if unit is None or not (c / unit).is_Integer or abs(c / unit) > HIGHEST:
                unit = self._units[key] = abs(c)
            index = self._variable((key, unit))
            result = _multiply(result, _raise((GENS[index], ONE), int(c / unit)))
        return result

    def _turn(self, e: Expr) -> Fraction:
        """A sine or cosine of a sum, by the sines and cosines of its terms' units."""
        cosine, sine = ONE, RING.constant(0)
        for core, c in _terms(e.args[0]):
            unit = self._units.get(core, abs(c))
            if not (c / unit).is_Integer or abs(c / unit) > MOST_TURNS:
                raise Rejected(f"{e} is not understood")
            one, other = self._variable(("cos", unit * core)), self._variable(("sin", unit * core))
            self._roots.setdefault(other, (2, (1 - GENS[one] ** 2, ONE)))
            a, b = GENS[one], GENS[other] * (1 if c > 0 else -1)
            for _ in range(int(abs(c / unit))):
                cosine, sine = cosine * a - sine * b, sine * a + cosine * b
        return self.reduced(sine if isinstance(e, sp.sin) else cosine), ONE

    def without_exponentials(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """A polynomial that is zero where p is, without factors that are exponentials, and never zero."""
        if p.is_zero():
            return p
        for key, index in self._index.items():
            if isinstance(key, tuple) and isinstance(key[0], tuple) and key[0][0] == "exp":
                p = p / GENS[index] ** min(monomial[index] for monomial in p.monoms())
        return p

    def reduced(self, p: fmpq_mpoly) -> fmpq_mpoly:
        """A polynomial that is zero where p is, with powers of roots and squares of sines replaced."""
        changed = True
        while changed:
            changed = False
            for index, (degree, (top, bottom)) in self._roots.items():
                if p.degrees()[index] >= degree:
                    p, changed = _replaced(p, index, degree, top, bottom), True
            if len(p) > LONGEST:
                raise Rejected("an identity grows too large to be compared")
        return p


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


def _lowest(a: Fraction) -> Fraction:
    """In lowest terms, with a monic denominator."""
    common = a[0].gcd(a[1])
    lead = (a[1] / common).leading_coefficient()
    return a[0] / common / lead, a[1] / common / lead


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
    if isinstance(equation, (sp.erf, sp.atan, sp.asin)) and divides(equation.args[0], e):
        return True  # these vanish where their argument does
    field = Field((equation, e))
    try:
        divisor = field.without_exponentials(field.reduced(field.fraction(field.expressions[0])[0]))
        top = field.reduced(field.fraction(field.expressions[1])[0])
    except ZeroDivisionError:
        return False
    if top.is_zero():
        return True
    return not divisor.is_constant() and (top.gcd(divisor) * divisor.leading_coefficient()) == divisor
