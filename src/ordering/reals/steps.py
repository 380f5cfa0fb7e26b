"""Re-checkable steps of a derivation: each verifies from its own data, renders, and has a wrong variant."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

import sympy as sp
from sympy import Expr
from sympy.printing.mathml import mathml as to_mathml

from ordering.activation import x
from ordering.reals.balls import sign_of
from ordering.reals.budget import Undecided
from ordering.reals.cuts import Cut, Exact
from ordering.reals.function import limit_of
from ordering.reals.periods import Period, find_period
from ordering.reals.pieces import split
from ordering.reals.rewriting import normal
from ordering.reals.signs import Signs
from ordering.reals.tower import Tower

_SIGN_WORDS = {
    frozenset({1}): "> 0",
    frozenset({0, 1}): ">= 0",
    frozenset({0}): "= 0",
    frozenset({-1, 0}): "<= 0",
    frozenset({-1}): "< 0",
    frozenset({-1, 1}): "!= 0",
    frozenset({-1, 0, 1}): "takes both signs",
}
_SIGN_LATEX = {
    ">= 0": r"\ge 0",
    "<= 0": r"\le 0",
    "!= 0": r"\ne 0",
    "takes both signs": r"\text{ takes both signs}",
}
_SIGN_MATHML = {">": "&gt;", "<": "&lt;", ">=": "&#x2265;", "<=": "&#x2264;", "=": "=", "!=": "&#x2260;"}


def mathml_of(expression: Expr) -> str:
    """Presentation MathML of an expression."""
    # sympy writes HTML's named entities, which XML does not know.
    return re.sub(
        r"&(?!lt;|gt;|amp;)\w+;", lambda e: html.unescape(e[0]), to_mathml(expression, printer="presentation")
    )


def interval_text(low: Cut, high: Cut) -> str:
    """`(0, 6)`, with roots that have no closed form as decimals."""
    return f"({point_text(low)}, {point_text(high)})"


def point_text(cut: Cut) -> str:
    """The point in closed form, or as a decimal with the equation that it solves."""
    if isinstance(cut, Exact):
        return str(cut.number)
    return f"{float(cut.ball(60).mid()):.6g}..."


def point_expression(cut: Cut) -> Expr:
    """The point as a sympy number; a root without a closed form as a decimal (for rendering only)."""
    return cut.number if isinstance(cut, Exact) else sp.Float(float(cut.ball(60).mid()), 6)


@dataclass(frozen=True)
class Differentiation:
    """`d/dx function = derivative` where both are smooth: an identity of elements of one tower."""

    function: Expr
    derivative: Expr
    order: int
    why: str

    def check(self) -> bool:
        """Differentiate again, exactly, and compare."""
        tower = Tower([self.function, self.derivative])
        found = tower.fraction(normal(self.function))
        for _ in range(self.order):
            found = tower.derivative(found)
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), tower.fraction(normal(self.derivative)))
        return tower.add(found, minus).is_zero

    def broken(self) -> Differentiation:
        """The derivative, off by 1/7."""
        return replace(self, derivative=self.derivative + sp.Rational(1, 7))

    def _left(self) -> Expr:
        return sp.Derivative(self.function, (x, self.order), evaluate=False)

    def text(self) -> str:
        """One line."""
        mark = "d/dx" if self.order == 1 else f"d^{self.order}/dx^{self.order}"
        return f"{mark} [{self.function}] = {self.derivative}"

    def latex(self) -> str:
        """LaTeX."""
        return f"{sp.latex(self._left())} = {sp.latex(self.derivative)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        return f"<mrow>{mathml_of(self._left())}<mo>=</mo>{mathml_of(self.derivative)}</mrow>"


@dataclass(frozen=True)
class PieceClaim:
    """On an open interval the function is one smooth expression: its corners resolved, in normal form."""

    function: Expr
    expression: Expr
    low: Cut
    high: Cut
    why: str

    def check(self) -> bool:
        """Resolve the function on the interval again: one piece, formally the same expression."""
        pieces = split(self.function, self.low, self.high).pieces
        if len(pieces) != 1:
            return False
        tower = Tower([pieces[0].expression, self.expression])
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), tower.fraction(normal(self.expression)))
        return tower.add(tower.fraction(normal(pieces[0].expression)), minus).is_zero

    def broken(self) -> PieceClaim:
        """Off by 1/7."""
        return replace(self, expression=self.expression + sp.Rational(1, 7))

    def text(self) -> str:
        """One line."""
        return f"f(x) = {self.expression} on {interval_text(self.low, self.high)}"

    def latex(self) -> str:
        """LaTeX."""
        ends = f"{sp.latex(point_expression(self.low))}, {sp.latex(point_expression(self.high))}"
        return rf"f(x) = {sp.latex(self.expression)} \quad\text{{on }} \left({ends}\right)"

    def mathml(self) -> str:
        """Presentation MathML."""
        ends = "<mo>,</mo>".join(mathml_of(point_expression(cut)) for cut in (self.low, self.high))
        f = "<mi>f</mi><mo>(</mo><mi>x</mi><mo>)</mo>"
        where = f"<mtext> on </mtext><mo>(</mo>{ends}<mo>)</mo>"
        return f"<mrow>{f}<mo>=</mo>{mathml_of(self.expression)}{where}</mrow>"


@dataclass(frozen=True)
class SignClaim:
    """The signs that a smooth function takes on an open interval are among `signs`."""

    function: Expr
    low: Cut
    high: Cut
    signs: frozenset[int]
    why: str

    def check(self) -> bool:
        """Decide the signs again; they must be exactly the claimed ones."""
        tower = Tower([self.function])
        fraction = tower.fraction(normal(self.function))
        return Signs(tower, self.low, self.high).of(fraction).taken == self.signs

    def broken(self) -> SignClaim:
        """The opposite signs (negative where the function vanishes identically)."""
        flipped = frozenset(-s for s in self.signs)
        return replace(self, signs=flipped if flipped != self.signs else frozenset({-1}))

    def _word(self) -> str:
        return _SIGN_WORDS[self.signs]

    def text(self) -> str:
        """One line."""
        return f"{self.function} {self._word()} on {interval_text(self.low, self.high)}"

    def latex(self) -> str:
        """LaTeX."""
        ends = f"{sp.latex(point_expression(self.low))}, {sp.latex(point_expression(self.high))}"
        word = _SIGN_LATEX.get(self._word(), self._word())
        return rf"{sp.latex(self.function)} {word} \quad\text{{on }} \left({ends}\right)"

    def mathml(self) -> str:
        """Presentation MathML."""
        relation = self._word().split()
        claim = (
            f"<mo>{_SIGN_MATHML[relation[0]]}</mo><mn>0</mn>"
            if relation[-1] == "0"
            else f"<mtext>{self._word()}</mtext>"
        )
        ends = "<mo>,</mo>".join(mathml_of(point_expression(cut)) for cut in (self.low, self.high))
        where = f"<mo>(</mo>{ends}<mo>)</mo>"
        return f"<mrow>{mathml_of(self.function)}{claim}<mtext> on </mtext>{where}</mrow>"


@dataclass(frozen=True)
class JointClaim:
    """At a point where pieces meet, `second - first` (one-sided limits or values) has this sign."""

    label: str
    first: Expr
    first_side: int
    second: Expr
    second_side: int
    cut: Cut
    sign: int
    why: str

    def check(self) -> bool:
        """Evaluate both sides again and compare exactly."""
        tower = Tower([self.first, self.second])
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), tower.fraction(normal(self.first)))
        difference = tower.add(tower.fraction(normal(self.second)), minus)
        if difference.is_zero:
            return self.sign == 0
        try:
            signs = Signs(tower, self.cut, self.cut)
            bottom = signs.at(difference.bottom, self.cut)
            if bottom:
                return signs.at(difference.top, self.cut) * bottom == self.sign
        except Undecided:
            if not isinstance(self.cut, Exact):
                raise
        first = limit_of(normal(self.first), self.cut, self.first_side)
        second = limit_of(normal(self.second), self.cut, self.second_side)
        if first == second:
            return self.sign == 0
        if sp.oo in (second, -first) or -sp.oo in (second, -first):
            return self.sign == (1 if sp.oo in (second, -first) else -1)
        return sign_of(second - first) == self.sign

    def broken(self) -> JointClaim:
        """Another sign."""
        return replace(self, sign=-self.sign if self.sign else 1)

    def _relation(self) -> str:
        return {-1: ">", 0: "=", 1: "<"}[self.sign]

    def _side(self, expression: Expr, side: int) -> Expr:
        """The value or limit, in closed form where there is one."""
        if isinstance(self.cut, Exact):
            return limit_of(normal(expression), self.cut, side)
        return expression

    def text(self) -> str:
        """One line."""
        left, right = self._side(self.first, self.first_side), self._side(self.second, self.second_side)
        return f"at {point_text(self.cut)}, {self.label}: {left} {self._relation()} {right}"

    def latex(self) -> str:
        """LaTeX."""
        left, right = self._side(self.first, self.first_side), self._side(self.second, self.second_side)
        return (
            rf"{sp.latex(left)} {self._relation()} {sp.latex(right)} \quad\text{{at }} x = "
            rf"{sp.latex(point_expression(self.cut))}\text{{, {self.label}}}"
        )

    def mathml(self) -> str:
        """Presentation MathML."""
        left, right = self._side(self.first, self.first_side), self._side(self.second, self.second_side)
        return (
            f"<mrow>{mathml_of(left)}<mo>{_SIGN_MATHML[self._relation()]}</mo>{mathml_of(right)}"
            f"<mtext> at {point_text(self.cut)}, {self.label}</mtext></mrow>"
        )


@dataclass(frozen=True)
class Conclusion:
    """From the signs on all pieces and at all joints to the shape of the whole function."""

    claim: str
    sign: int
    pieces: tuple[frozenset[int], ...]
    joints: tuple[int, ...]
    why: str
    strict: bool = False

    def check(self) -> bool:
        """No piece and no joint goes against the claimed direction."""
        wrong = {-1, 1} - {self.sign} if self.sign else {-1, 1}
        fine = all(not (signs & wrong) for signs in self.pieces) and all(j not in wrong for j in self.joints)
        return fine and bool(self.pieces) and not (self.strict and frozenset({0}) in self.pieces)

    def broken(self) -> Conclusion:
        """The opposite conclusion, or the same one with a piece that goes against it."""
        return replace(self, pieces=(*self.pieces, frozenset({-self.sign or 1})))

    def text(self) -> str:
        """One line."""
        return f"therefore {self.claim}"

    def latex(self) -> str:
        """LaTeX."""
        return rf"\therefore\ \text{{{self.claim}}}"

    def mathml(self) -> str:
        """Presentation MathML."""
        claim = self.claim.replace("<", "&lt;").replace(">", "&gt;")
        return f"<mrow><mo>&#x2234;</mo><mtext>{claim}</mtext></mrow>"


@dataclass(frozen=True)
class ValueClaim:
    """`f(point) = value` for an exact number."""

    function: Expr
    point: Expr
    value: Expr
    why: str

    def check(self) -> bool:
        """Substitute again, and compare exactly."""
        return sign_of(self.function.subs(x, self.point) - self.value) == 0

    def broken(self) -> ValueClaim:
        """Off by 1/7."""
        return replace(self, value=self.value + sp.Rational(1, 7))

    def text(self) -> str:
        """One line."""
        return f"[{self.function}] at x = {self.point} is {self.value}"

    def latex(self) -> str:
        """LaTeX."""
        point = sp.latex(self.point)
        return rf"\left.{sp.latex(self.function)}\right|_{{x = {point}}} = {sp.latex(self.value)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        where = f"<mrow><mi>x</mi><mo>=</mo>{mathml_of(self.point)}</mrow>"
        bar = f"<msub><mo>|</mo>{where}</msub>"
        return f"<mrow>{mathml_of(self.function)}{bar}<mo>=</mo>{mathml_of(self.value)}</mrow>"


@dataclass(frozen=True)
class PeriodClaim:
    """`f(x + length) = f(x) + shift` for every x."""

    function: Expr
    length: Expr
    shift: Expr
    why: str

    def check(self) -> bool:
        """Find the period again, from sin, cos and floor of affine functions."""
        return find_period(self.function) == Period(self.length, self.shift)

    def broken(self) -> PeriodClaim:
        """Another shift."""
        return replace(self, shift=self.shift + 1)

    def text(self) -> str:
        """One line."""
        return f"f(x + {self.length}) = f(x) + {self.shift} for every x"

    def latex(self) -> str:
        """LaTeX."""
        return f"f(x + {sp.latex(self.length)}) = f(x) + {sp.latex(self.shift)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        f = "<mi>f</mi><mo>(</mo><mi>x</mi>"
        left = f"{f}<mo>+</mo>{mathml_of(self.length)}<mo>)</mo>"
        return f"<mrow>{left}<mo>=</mo>{f}<mo>)</mo><mo>+</mo>{mathml_of(self.shift)}</mrow>"


@dataclass(frozen=True)
class Equality:
    """`left = right` between expressions, an identity of elements of one tower."""

    left: Expr
    right: Expr
    why: str

    def check(self) -> bool:
        """Compare in normal form."""
        tower = Tower([self.left, self.right])
        minus = tower.multiply(tower.fraction(sp.S.NegativeOne), tower.fraction(normal(self.right)))
        return tower.add(tower.fraction(normal(self.left)), minus).is_zero

    def broken(self) -> Equality:
        """Off by 1/7."""
        return replace(self, right=self.right + sp.Rational(1, 7))

    def text(self) -> str:
        """One line."""
        return f"{self.left} = {self.right}"

    def latex(self) -> str:
        """LaTeX."""
        return f"{sp.latex(self.left)} = {sp.latex(self.right)}"

    def mathml(self) -> str:
        """Presentation MathML."""
        return f"<mrow>{mathml_of(self.left)}<mo>=</mo>{mathml_of(self.right)}</mrow>"
