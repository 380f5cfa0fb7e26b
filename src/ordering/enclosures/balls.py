"""Rigorous enclosures of expressions and the exact sign of constants, through flint's ball arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, reduce
from typing import Any, Final, TypeAlias

import sympy as sp
from flint import arb, ctx, fmpq, fmpz
from sympy import Expr

from ordering.enclosures.budget import Undecided, tick
from ordering.variable import x

Ball: TypeAlias = arb
Evaluator: TypeAlias = Callable[[Ball], Ball]

WHOLE: Final = arb(0, float("inf"))
PRECISIONS: Final = (64, 160, 400, 1000, 2500)
"""Bits that are tried in turn before a sign is given up."""
LARGEST_EXPONENT: Final = 200_000
"""Largest binary exponent of a number that is written out as a fraction."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` of precision inside."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def to_fmpq(number: Expr) -> fmpq:
    """A sympy rational as flint's."""
    return fmpq(int(number.p), int(number.q))


def to_sympy(number: fmpq | int) -> Expr:
    """A flint rational as sympy's."""
    q = fmpq(number)
    return sp.Rational(int(q.p), int(q.q))


def ends(ball: Ball) -> tuple[fmpq, fmpq]:
    """Exact rational ends of a finite ball."""
    middle, radius = _dyadic(ball.mid()), _dyadic(ball.rad())
    return middle - radius, middle + radius


def _dyadic(exact: Ball) -> fmpq:
    mantissa, exponent = exact.man_exp()
    power = int(exponent)
    if abs(power) > LARGEST_EXPONENT:
        raise Undecided("a number is too large, or too close to zero, to be written out")
    return fmpq(mantissa * fmpz(2) ** power) if power >= 0 else fmpq(mantissa, fmpz(2) ** -power)


def _is_point(ball: Ball) -> bool:
    return bool(ball.is_exact() and ball.is_finite())


def between(low: fmpq, high: fmpq) -> Ball:
    """The smallest ball around the rational interval `[low, high]`."""
    return arb(low).union(arb(high))


def sign_of_ball(ball: Ball) -> int | None:
    """-1, 0 or 1 where the ball decides it, else None."""
    if ball > 0:
        return 1
    if ball < 0:
        return -1
    return 0 if ball.is_zero() else None


def _root(base: Ball, degree: int) -> Ball:
    return base if base.is_zero() else (base.sqrt() if degree == 2 else base.root(degree))


def ball_power(base: Ball, n: int) -> Ball:
    """An integer power of a ball.

    flint takes a logarithm where the middle is zero and the radius is not, and finds no number.
    """
    if n < 1 or base.mid() != 0 or base.is_zero() or not base.is_finite():
        return base**n
    most = abs(base).upper() ** n
    return arb(0).union(most) if n % 2 == 0 else (-most).union(most)


def _within(function: Callable[[Ball], Ball], low: int | None, high: int | None) -> Callable[[Ball], Ball]:
    """A monotone function that is defined on `[low, high]`, on the part of a ball that lies there."""

    def value(u: Ball) -> Ball:
        across = (low is not None and not u >= low) or (high is not None and not u <= high)
        if not across or not u.is_finite():
            return function(u)
        least = u.lower() if low is None or u.lower() > low else arb(low)
        most = u.upper() if high is None or u.upper() < high else arb(high)
        return function(least).union(function(most)) if least <= most else arb("nan")

    return value


_AT_EDGES: Final[dict[Any, Callable[[Ball], Ball]]] = {
    sp.asin: _within(arb.asin, -1, 1),
    sp.acos: _within(arb.acos, -1, 1),
    sp.acosh: _within(arb.acosh, 1, None),
}
"""Functions that are finite at an edge of their domain, as roots are."""


def _sign(u: Ball) -> Ball:
    # What is not a number has no sign; flint gives it one.
    return u if u.is_nan() else u.sgn()


def _heaviside(at_zero: Ball) -> Callable[[Ball], Ball]:
    def step(u: Ball) -> Ball:
        if u.is_nan():
            return u
        sign = sign_of_ball(u)
        if sign is None:
            return arb(0.5, 0.5).union(at_zero)
        return at_zero if sign == 0 else arb(1 if sign > 0 else 0)

    return step


_UNARY: Final[dict[Any, Callable[[Ball], Ball]]] = {
    sp.exp: arb.exp,
    sp.log: arb.log,
    sp.sin: arb.sin,
    sp.cos: arb.cos,
    sp.tan: arb.tan,
    sp.cot: arb.cot,
    sp.sec: arb.sec,
    sp.csc: arb.csc,
    sp.sinh: arb.sinh,
    sp.cosh: arb.cosh,
    sp.tanh: arb.tanh,
    sp.coth: arb.coth,
    sp.sech: arb.sech,
    sp.csch: arb.csch,
    sp.asin: arb.asin,
    sp.acos: arb.acos,
    sp.atan: arb.atan,
    sp.asinh: arb.asinh,
    sp.acosh: arb.acosh,
    sp.atanh: arb.atanh,
    sp.erf: arb.erf,
    sp.erfc: arb.erfc,
    sp.erfi: arb.erfi,
    sp.erfinv: arb.erfinv,
    sp.gamma: arb.gamma,
    sp.loggamma: arb.lgamma,
    sp.Abs: abs,
    sp.sign: _sign,
    sp.floor: arb.floor,
    sp.ceiling: arb.ceil,
    sp.frac: lambda u: u - u.floor(),
}

_CONSTANTS: Final[dict[Any, Callable[[], Ball]]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
    sp.Catalan: arb.const_catalan,
    sp.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
}


_STEPS: Final[dict[Any, Callable[[fmpq], Any]]] = {sp.floor: fmpq.floor, sp.ceiling: fmpq.ceil}


def rational(expression: Expr) -> Callable[[fmpq], fmpq] | None:
    """The exact value at a rational x of a polynomial with rational coefficients; None for anything else."""
    if expression == x:
        return lambda q: q
    if expression.is_Rational:
        number = to_fmpq(expression)
        return lambda _: number
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        base, power = rational(expression.base), int(expression.exp)
        return None if base is None else lambda q: base(q) ** power
    if not (expression.is_Add or expression.is_Mul):
        return None
    parts = [rational(argument) for argument in expression.args]
    known = [part for part in parts if part is not None]
    combine = operator.add if expression.is_Add else operator.mul
    return None if len(known) < len(parts) else lambda q: reduce(combine, [part(q) for part in known])


def _step(kind: Any, argument: Expr, edges: bool) -> Evaluator:
    """floor or ceiling, which no ball around an integer tells: of a polynomial it is found exactly."""
    function, part, exact = _UNARY[kind], evaluator(argument, edges), rational(argument)
    if exact is None:
        return lambda t: function(part(t))
    return lambda t: arb(_STEPS[kind](exact(_dyadic(t)))) if _is_point(t) else function(part(t))


@lru_cache(maxsize=4096)
def evaluator(expression: Expr, edges: bool = False) -> Evaluator:
    """A function from a ball of x to a ball that holds the expression's values there.

    The result is not finite where the expression is not a real number, or may be none: `sqrt` of a ball
    across zero.  With `edges` the part of such a ball is taken on which the function is defined, so that the
    result holds the expression's value if it has one.  `Undecided` for a function that is not known here.
    """
    if expression == x:
        return lambda t: t
    if expression.is_Rational:
        value = to_fmpq(expression)
        return lambda _: arb(value)
    if expression in _CONSTANTS:
        constant = _CONSTANTS[expression]
        return lambda _: constant()
    if isinstance(expression, sp.Float):
        return evaluator(sp.Rational(expression))
    if isinstance(expression, sp.Piecewise):
        return _piecewise(expression, edges)
    if expression.func is sp.log and expression.args[0].is_Add and 1 in expression.args[0].args:
        beyond_one = evaluator(expression.args[0] - 1, edges)
        return lambda t: beyond_one(t).log1p()
    if expression.func in _STEPS:
        return _step(expression.func, expression.args[0], edges)
    parts = [evaluator(argument, edges) for argument in expression.args]
    if expression.is_Add or expression.is_Mul:
        combine = operator.add if expression.is_Add else operator.mul
        return lambda t: reduce(combine, [part(t) for part in parts])
    if expression.is_Pow:
        return _power(expression, parts, edges)
    if isinstance(expression, (sp.Max, sp.Min)):
        pick = arb.max if isinstance(expression, sp.Max) else arb.min
        return lambda t: reduce(pick, [part(t) for part in parts])
    if isinstance(expression, sp.Mod):
        a, b = parts
        return lambda t: a(t) - b(t) * (a(t) / b(t)).floor()
    if isinstance(expression, sp.Heaviside):
        step = _heaviside(parts[1](arb(0)) if len(parts) > 1 else arb(0.5))
        return lambda t: step(parts[0](t))
    if isinstance(expression, sp.LambertW):
        branch = int(expression.args[1]) if len(expression.args) > 1 else 0
        return lambda t: parts[0](t).lambertw(branch)
    function = _UNARY.get(expression.func)
    if function is None or len(parts) != 1:
        raise Undecided(f"no rigorous arithmetic for {expression.func}")
    (part,) = parts
    if edges:
        function = _AT_EDGES.get(expression.func, function)
    return lambda t: function(part(t))


def _power(expression: Expr, parts: list[Evaluator], edges: bool) -> Evaluator:
    base, exponent = parts
    if expression.exp.is_Integer:
        n = int(expression.exp)
        return lambda t: ball_power(base(t), n)
    if expression.exp.is_Rational:
        p, q = int(expression.exp.p), int(expression.exp.q)
        root = _within(lambda u: _root(u, q), 0, None) if edges else lambda u: _root(u, q)
        return lambda t: ball_power(root(base(t)), p)
    if exponent(arb(0)) > 0 and not expression.exp.has(x):
        # 0 to a positive number is 0, and the power rises from there.
        def rising(u: Ball) -> Ball:
            return u if u.is_zero() else (exponent(u) * u.log()).exp()

        closed = _within(rising, 0, None) if edges else rising
        return lambda t: closed(base(t))
    return lambda t: (exponent(t) * base(t).log()).exp()


def _piecewise(expression: Expr, edges: bool) -> Evaluator:
    branches = [
        (evaluator(value, edges), condition_on(condition), _sides(condition))
        for value, condition in expression.args
    ]

    def evaluate(t: Ball) -> Ball:
        possible: list[Ball] = []
        for value, condition, sides in branches:
            truth = condition(t)
            if truth is False:
                continue
            if truth is None and any(side(t).is_nan() for side in sides):
                return arb("nan")  # perhaps the condition itself has no meaning there
            possible.append(value(t))
            if truth:
                break
        else:
            return arb("nan")
        return reduce(arb.union, possible)

    return evaluate


def _sides(condition: Any) -> list[Evaluator]:
    relations = condition.atoms(sp.core.relational.Relational)
    return [evaluator(side) for relation in sorted(relations, key=str) for side in relation.args]


def condition_on(condition: Any) -> Callable[[Ball], bool | None]:
    """Three-valued truth of a condition on a ball of x."""
    if condition in (sp.true, sp.false):
        truth = bool(condition)
        return lambda _: truth
    if isinstance(condition, (sp.And, sp.Or)):
        parts = [condition_on(part) for part in condition.args]
        absorbing = isinstance(condition, sp.Or)

        def junction(t: Ball) -> bool | None:
            answers = {part(t) for part in parts}
            if absorbing in answers:
                return absorbing
            return None if None in answers else not absorbing

        return junction
    if isinstance(condition, sp.Not):
        inner = condition_on(condition.args[0])
        return lambda t: None if (truth := inner(t)) is None else not truth
    accepted = ACCEPTED.get(condition.func)
    if accepted is None:
        raise Undecided(f"the condition {condition} is not understood")
    left, right = evaluator(condition.lhs), evaluator(condition.rhs)
    exact = rational(condition.lhs - condition.rhs)

    def relation(t: Ball) -> bool | None:
        if exact is not None and _is_point(t):
            value = exact(_dyadic(t))
            return ((value > 0) - (value < 0)) in accepted
        difference = left(t) - right(t)
        possible = {
            s for s, out in ((-1, difference >= 0), (0, difference != 0), (1, difference <= 0)) if not out
        }
        if possible <= accepted:
            return True
        return None if possible & accepted else False

    return relation


ACCEPTED: Final[dict[Any, frozenset[int]]] = {
    sp.StrictLessThan: frozenset({-1}),
    sp.LessThan: frozenset({-1, 0}),
    sp.Equality: frozenset({0}),
    sp.Unequality: frozenset({-1, 1}),
    sp.GreaterThan: frozenset({0, 1}),
    sp.StrictGreaterThan: frozenset({1}),
}
"""For a relation, the signs of `left - right` that make it true."""


def enclose(expression: Expr, point: fmpq | Expr, digits: int = 50) -> Ball:
    """A ball that holds `expression` at `point`, relatively accurate to `digits` decimal digits.

    Near zeros the radius is at most `10**-digits` times the largest intermediate precision tried; a
    result that is not finite means that the expression is no real number there.
    """
    f = evaluator(expression)

    def at() -> Ball:
        return arb(point) if isinstance(point, fmpq) else evaluator(point)(arb(0))

    bits = int(digits * 3.33) + 20
    ball = WHOLE
    for working in (bits, 2 * bits, 4 * bits, 16 * bits):
        tick()
        with precision(working):
            ball = f(at())
            if ball.is_exact() or (ball.is_finite() and ball.rel_accuracy_bits() >= bits - 20):
                break
    return ball


@lru_cache(maxsize=4096)
def sign_of(constant: Expr) -> int:
    """The exact sign of a closed form: decided by enclosures, or by an identity that makes it zero."""
    if constant.is_Rational or constant in (sp.oo, -sp.oo):
        return int(sp.sign(constant))
    f = evaluator(constant)
    for bits in PRECISIONS:
        tick()
        with precision(bits):
            sign = sign_of_ball(f(arb(0)))
        if sign is not None:
            return sign
    if _is_zero(constant):
        return 0
    raise Undecided(f"the sign of {constant} could not be separated from zero")


def _is_zero(constant: Expr) -> bool:
    """Whether an identity shows that a real constant, which no precision tells from zero, is zero."""
    if not constant.is_number or not _finite(constant):
        return False  # what is not a real number is not zero either
    if sp.expand(constant) == 0 or sp.expand_log(constant, force=True).expand() == 0:
        return True
    try:
        if constant.is_algebraic and sp.minimal_polynomial(constant, x) == x:
            return True
    except sp.polys.polyerrors.NotAlgebraic:  # what sympy takes for algebraic need not be
        pass
    return bool(sp.simplify(constant) == 0)


def _finite(constant: Expr) -> bool:
    with precision(PRECISIONS[0]):
        return bool(evaluator(constant, edges=True)(arb(0)).is_finite())
