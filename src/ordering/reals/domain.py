"""The domain of an expression: the set where every subexpression, as it is written, is a real number.

A factor that would cancel excludes its zeros all the same: `(x**2 - 1)/(x - 1)` has no value at 1, nor has
`Max((exp(x) - 1)/x, 0)` at 0.  Of a `Piecewise` only what is chosen is written: its conditions up to the
first one that is true, each with both sides, and the value of that branch.  `u**v` is a root for a fraction
v, so u must not be negative, whatever its degree; for a v that depends on x it is `exp(v log(u))`, so u is
positive.
(What sympy cancels while an expression is built is not written any more; `parsing` keeps what a text says by
asking `keeps`, so that the text `x/x` has no value at 0.)

The domain need not be an interval, and "for all a <= b" means all of its points, on both sides of a hole: f
is nondecreasing if it is on every part of the domain, and the last level before each hole (the value there,
else the one-sided limit) is no higher than the first level after it.  A property of averages (convexity,
lines) is proved on an interval alone: the middle of two points may lie in a hole.

Everything that is said of a function is held to this set: `pieces.split` gives its pieces on the set alone,
`balls.evaluator` encloses no value outside it, and `undefined` tells that a ball lies outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.enclosures.balls import ACCEPTED, sign_of
from ordering.enclosures.budget import Undecided, tick
from ordering.reals.corners import resolved, roots, sign_at
from ordering.reals.cuts import Cut, inside, merged, rational_cut
from ordering.reals.rewriting import normal
from ordering.variable import x


class Sign(Enum):
    """What a demand asks of its expression: the signs that it may have."""

    NONZERO = frozenset({-1, 1})
    POSITIVE = frozenset({1})
    NONNEGATIVE = frozenset({0, 1})


@dataclass(frozen=True)
class Demand:
    """A node of the expression is real only where `subject`, built from its arguments, has a certain sign."""

    subject: Expr
    sign: Sign

    @property
    def obvious(self) -> bool:
        """Whether the demand is met wherever its subject is a real number, as in 1/(1 + exp(x))."""
        u = self.subject
        if self.sign is Sign.NONNEGATIVE:
            return bool(u.is_nonnegative)
        return bool(u.is_positive) or (self.sign is Sign.NONZERO and bool(u.is_negative))


_OWN: Final[dict[Any, Callable[[Expr], list[Demand]]]] = {
    sp.log: lambda u: [Demand(u, Sign.POSITIVE)],
    sp.asin: lambda u: [Demand(1 - u**2, Sign.NONNEGATIVE)],
    sp.acos: lambda u: [Demand(1 - u**2, Sign.NONNEGATIVE)],
    sp.acosh: lambda u: [Demand(u - 1, Sign.NONNEGATIVE)],
    sp.atanh: lambda u: [Demand(1 - u**2, Sign.POSITIVE)],
    sp.erfinv: lambda u: [Demand(1 - u**2, Sign.POSITIVE)],
    sp.tan: lambda u: [Demand(sp.cos(u), Sign.NONZERO)],
    sp.sec: lambda u: [Demand(sp.cos(u), Sign.NONZERO)],
    sp.cot: lambda u: [Demand(sp.sin(u), Sign.NONZERO)],
    sp.csc: lambda u: [Demand(sp.sin(u), Sign.NONZERO)],
    sp.coth: lambda u: [Demand(u, Sign.NONZERO)],
    sp.csch: lambda u: [Demand(u, Sign.NONZERO)],
    sp.sinc: lambda _: [],
}
"""What functions of one argument demand of it."""

_EVERYWHERE: Final = (
    *(sp.Add, sp.Mul, sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.sech, sp.atan, sp.asinh),
    *(sp.erf, sp.erfc, sp.Abs, sp.sign, sp.floor, sp.ceiling, sp.frac, sp.Heaviside, sp.Max, sp.Min),
)
"""Functions that are real wherever their arguments are."""
_NO_NUMBERS: Final = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I)


def own_demands(node: Expr) -> list[Demand]:
    """What a node, not a `Piecewise`, asks of its arguments to be a real number where they are.

    Raises `Undecided` for a function whose domain is not known here.
    """
    if node.is_Pow:
        base, exponent = node.base, node.exp
        if exponent.is_Integer:
            return [Demand(base, Sign.NONZERO)] if exponent < 0 else []
        if exponent.has(x) or sign_of(exponent) < 0:
            return [Demand(base, Sign.POSITIVE)]
        return [Demand(base, Sign.NONNEGATIVE)]
    if isinstance(node, _EVERYWHERE):
        return []
    if isinstance(node, sp.Mod):
        return [Demand(node.args[1], Sign.NONZERO)]
    known = _OWN.get(node.func)
    if known is None:
        raise Undecided(f"the domain of {node.func.__name__} is not known")
    return known(node.args[0])


def _matters(e: Any, found: dict[Expr, None]) -> bool:
    """Whether anything in an expression has a demand; `found` gets what decides the demands, parts first.

    That is the subject of each demand, and the difference that decides which branch is chosen where branches
    have demands.
    """
    inner = [_matters(part, found) for part in e.args]
    if isinstance(e, sp.Piecewise):
        partial = e.args[-1].cond != sp.true
        if any(inner) or partial:
            relations = {r for _, c in e.args for r in c.atoms(sp.core.relational.Relational)}
            found.update((r.lhs - r.rhs, None) for r in sorted(relations, key=str))
        return any(inner) or partial
    if not isinstance(e, Expr) or not e.args or e.is_Rational:
        return any(inner) or e in _NO_NUMBERS
    own = [demand for demand in own_demands(e) if not demand.obvious]
    found.update((demand.subject, None) for demand in own if demand.subject.has(x))
    return any(inner) or bool(own)


def keeps(result: Expr, parts: Iterable[Expr], own: Iterable[Demand] = ()) -> bool:
    """Whether an expression that was built from parts has their domain, and meets `own` demands besides.

    Only the form is compared, up to factors and positive constants; True is sure where no demand is lost.
    """
    wanted = _cores([*own, *(demand for part in parts for demand in _demands(part))])
    found = _cores(_demands(result))
    return all(any(u == v and have.value <= sign.value for v, have in found) for u, sign in wanted)


def _demands(e: Any) -> list[Demand]:
    inner = [demand for part in e.args for demand in _demands(part)]
    if not isinstance(e, Expr) or not e.args or e.is_Rational or isinstance(e, sp.Piecewise):
        return inner
    return inner + [demand for demand in own_demands(e) if not demand.obvious]


def _cores(demands: Iterable[Demand]) -> set[tuple[Expr, Sign]]:
    """What is asked, without positive factors; that a product is not zero is asked of its factors."""
    found: set[tuple[Expr, Sign]] = set()
    for demand in demands:
        if demand.obvious or not demand.subject.has(x):
            continue
        content, u = demand.subject.as_content_primitive()
        if demand.sign is not Sign.NONZERO:
            found.add((u if content > 0 else -u, demand.sign))
            continue
        for factor in sp.Mul.make_args(u):
            base = factor.base if factor.is_Pow and factor.exp.is_positive else factor
            if base.has(x):
                plain = base.as_content_primitive()[1]
                # A demand does not tell u from -u.
                found.add((-plain if plain.could_extract_minus_sign() else plain, demand.sign))
    positive = {(u, Sign.POSITIVE) for u, sign in found if sign is Sign.POSITIVE}
    for u, _ in positive:  # what is positive is not zero, whatever form that demand takes
        found.add((-u if u.could_extract_minus_sign() else u, Sign.NONZERO))
    return found


# ---- along the line ------------------------------------------------------------------------------------


def edges(expression: Expr, low: Cut, high: Cut) -> list[Cut] | None:
    """Points between which the expression is real throughout or nowhere; None where it is real everywhere."""
    deciding: dict[Expr, None] = {}
    return _edges(deciding, low, high) if _matters(expression, deciding) else None


def _edges(deciding: Iterable[Expr], low: Cut, high: Cut) -> list[Cut]:
    """Points between which each of the expressions has one sign, or is no real number."""
    cuts: list[Cut] = []
    for subject in deciding:
        tick()
        for left, right in pairwise([low, *cuts, high]):
            # The demands of the subject's parts come before it, so that it is real here or nowhere here.
            if real_between(subject, left, right):
                inner = resolved(normal(subject), left, right)
                cuts += [b.cut for b in inner.breaks]
                for piece in inner.pieces:
                    cuts += roots(piece.expression, piece.low, piece.high)
        cuts = merged(cuts)
    return cuts


# ---- at a point ----------------------------------------------------------------------------------------


def real_between(expression: Expr, low: Cut, high: Cut) -> bool:
    """Whether an expression is real on an interval throughout which what decides it has one sign."""
    return real_at(expression, rational_cut(inside(low, high)))


def real_at(expression: Expr, cut: Cut) -> bool:
    """Whether the expression is a real number at a point, decided exactly."""
    tick()
    e = expression
    if isinstance(e, sp.Piecewise):
        for value, condition in e.args:
            truth = _truth(condition, cut)
            if truth is None:
                return False
            if truth:
                return real_at(value, cut)
        return False
    if not e.args or e.is_Rational:
        return e not in _NO_NUMBERS
    return all(real_at(part, cut) for part in e.args) and all(
        demand.obvious or sign_at(normal(demand.subject), cut) in demand.sign.value
        for demand in own_demands(e)
    )


def _truth(condition: Any, cut: Cut) -> bool | None:
    """Whether a condition holds at a point; None where it has no meaning."""
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, (sp.And, sp.Or)):
        absorbing = isinstance(condition, sp.Or)
        answers = {_truth(part, cut) for part in condition.args}
        if absorbing in answers:
            return absorbing
        return None if None in answers else not absorbing
    if isinstance(condition, sp.Not):
        inner = _truth(condition.args[0], cut)
        return None if inner is None else not inner
    accepted = ACCEPTED.get(condition.func)
    if accepted is None:
        raise Undecided(f"the condition {condition} is not understood")
    if not (real_at(condition.lhs, cut) and real_at(condition.rhs, cut)):
        return None
    return sign_at(normal(condition.lhs - condition.rhs), cut) in accepted
