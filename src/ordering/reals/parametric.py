"""Writes the steps of a claim about a family of functions, which `checking.parametric` then judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.deriving import derivative
from ordering.checking.facts import Facts
from ordering.checking.parametric import (
    ANY,
    PROPERTIES,
    UP,
    Difference,
    ParametricClaim,
    ParametricTheorem,
    Step,
    Under,
    numeric,
    region,
)
from ordering.checking.reading import times
from ordering.checking.records import Derivative, Number, Plain, Rejected, Rung, Sign
from ordering.variable import x

_AS_IT_COMES: Final[Mapping[Expr, Expr]] = MappingProxyType({})


def parametric(claim: ParametricClaim, written: Mapping[Expr, Expr] = _AS_IT_COMES) -> ParametricTheorem:
    """The claim with its steps.

    `written` says how differences at knots are written where their sign cannot be read off otherwise, such
    as `log(1 + e^T) - T = log(1 + e^-T)`.

    Raises
    ------
    Rejected
        If no steps were found, or the checker does not accept them: it says what is missing.
    """
    writer = _Writer(claim, written)
    for case in claim.enough():
        writer.show(case)
    for case in claim.needed():
        writer.refute(case)
    theorem = ParametricTheorem(claim, (*dict.fromkeys(writer.steps), claim))
    refusal = theorem.refusal()
    if refusal:
        raise Rejected(refusal)
    return theorem


class _Writer:
    def __init__(self, claim: ParametricClaim, written: Mapping[Expr, Expr]) -> None:
        self.claim, self.written = claim, written
        self.rule = PROPERTIES[claim.question]
        self.steps: list[Step] = []

    def show(self, case: tuple[Any, ...]) -> None:
        """Every sign that the property needs."""
        for i in range(len(self.claim.family.pieces)):
            self.steps += self._on_piece(case, i)
        for k in range(len(self.claim.family.knots)):
            if self.rule.jump != ANY:
                self.steps += self._at_knot(case, "jump", k)
            if self.rule.slopes is not None:
                self.steps += self._at_knot(case, "slopes", k)

    def refute(self, case: tuple[Any, ...]) -> None:
        """The first sign that the property excludes."""
        for steps, fatal in self._candidates(case):
            last = steps[-1]
            if isinstance(last, Under) and frozenset(last.signs) in fatal:
                self.steps += steps
                return
        raise Rejected(f"no sign refutes {self.claim.question} in the case {case}")

    def _candidates(self, case: tuple[Any, ...]) -> Iterator[tuple[list[Step], tuple[frozenset[int], ...]]]:
        for i in range(len(self.claim.family.pieces)):
            yield self._on_piece(case, i), self.rule.fatal_piece
        for k in range(len(self.claim.family.knots)):
            yield self._at_knot(case, "jump", k), self.rule.fatal_jump
            if self.rule.fatal_slopes:
                yield self._at_knot(case, "slopes", k), self.rule.fatal_slopes

    def _on_piece(self, case: tuple[Any, ...], i: int) -> list[Step]:
        e, steps = self.claim.family.pieces[i], list[Step]()
        for _ in range(self.rule.order):
            slope = sp.factor(derivative(e))
            steps.append(Derivative(e, slope))
            e = slope
        return [*steps, *self._within(case, e, i)]

    def _at_knot(self, case: tuple[Any, ...], kind: str, knot: int) -> list[Step]:
        family, steps = self.claim.family, list[Step]()
        difference = family.jump(knot)
        if kind == "slopes":
            sides = [Derivative(e, sp.factor(derivative(e))) for e in family.pieces[knot : knot + 2]]
            left, right = (side.derivative.subs(x, family.knots[knot].at) for side in sides)
            steps += sides
            difference = right - left
        difference = sp.factor(difference)
        difference = self.written.get(difference, difference)
        return [*steps, Difference(kind, knot, difference), *self._within(case, difference, None)]

    def _within(self, case: tuple[Any, ...], e: Expr, piece: int | None) -> list[Step]:
        """The sign of an expression in a case, after those of its factors that cannot be read off."""
        where, steps = region(self.claim, case, piece), list[Step]()
        factors, signs = tuple(sp.Mul.make_args(sp.factor(e))), UP
        for factor in factors:
            found = where.signs(factor)
            if len(found) > 1 and piece is not None and factor.free_symbols == {x}:
                lemma = self._by_slope(factor, *numeric(self.claim.family, piece))
                steps += lemma
                found = frozenset(lemma[-1].signs) if lemma else found
            signs = times(signs, found)
        return [*steps, Under(case, e, piece, factors, tuple(sorted(signs)))]

    def _by_slope(self, g: Expr, low: Number, high: Number) -> list[Sign]:
        """That g has one sign on an interval, since it is monotone there; empty where that is not found."""
        slope = sp.factor(derivative(g))
        for rising, sign in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            steps = [
                Sign(slope, low, high, (), (rising,), Plain()),
                Sign(g, low, high, (), (sign,), Rung(sp.S.One, slope)),
            ]
            facts = Facts()
            with suppress(Rejected):
                for step in steps:
                    facts.add(step)
                return steps
        return []
