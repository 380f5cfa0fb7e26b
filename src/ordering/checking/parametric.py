"""Claims about families of functions: do the steps prove them for every parameter that meets the condition?

A function is given by cases between knots, which may be parameters; a claim says when it has a property.
Parameters are plain real symbols: whatever is assumed of them stands in the claim.  That the condition is
enough is shown by the sign of f' or f'' on every piece and of the jump (and the change of slope) at every
knot; that it is needed, by one sign that refutes the property, for each way in which the condition may fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Any, Final, TypeAlias

import sympy as sp
from sympy import Expr

from ordering.checking.deriving import derivative
from ordering.checking.facts import Facts
from ordering.checking.linear import constraints, entails, negated, possible
from ordering.checking.reading import Signs, times
from ordering.checking.records import Derivative, Number, Rejected, Sign
from ordering.checking.symbolic import Region, equal
from ordering.enclosures.budget import OutOfTime, Undecided
from ordering.errors import InvalidArgument
from ordering.variable import x

_FAILURES: Final = (ArithmeticError, AttributeError, NotImplementedError, TypeError, ValueError)
"""What sympy raises on data that it cannot handle."""
ALWAYS, NEVER, IF, ONLY_IF, IFF = "always", "never", "if", "only if", "if and only if"


@dataclass(frozen=True)
class Knot:
    """Where a piece ends and the next one starts; `side` is the piece whose value holds there."""

    at: Expr
    side: str = "left"


@dataclass(frozen=True)
class Family:
    """`name` is `pieces[i](x)` between the knots i - 1 and i."""

    name: str
    pieces: tuple[Expr, ...]
    knots: tuple[Knot, ...] = ()

    @property
    def expression(self) -> Expr:
        """The function in one expression."""
        cases = [
            (piece, x <= knot.at if knot.side == "left" else x < knot.at)
            for piece, knot in zip(self.pieces, self.knots, strict=False)
        ]
        return sp.Piecewise(*cases, (self.pieces[-1], True))

    def jump(self, knot: int) -> Expr:
        """The limit from the right less the limit from the left."""
        at = {x: self.knots[knot].at}
        return self.pieces[knot + 1].subs(at) - self.pieces[knot].subs(at)


@dataclass(frozen=True)
class ParametricClaim:
    """For all parameters with the `given` relations: the function has the property when the condition holds.

    `when` is "always", "never" (both without a condition), "if", "only if" or "if and only if".
    """

    family: Family
    given: tuple[Any, ...]
    question: str
    when: str = ALWAYS
    condition: tuple[Any, ...] = ()

    def enough(self) -> Iterator[tuple[Any, ...]]:
        """The case in which the property must be shown, if there is one."""
        if self.when in (ALWAYS, IF, IFF):
            yield self.condition

    def needed(self) -> Iterator[tuple[Any, ...]]:
        """The cases in which the property must be refuted."""
        if self.when == NEVER:
            yield ()
        elif self.when in (ONLY_IF, IFF):
            for relation in self.condition:
                for failure in negated(relation):
                    yield (failure,)

    def holds(self, parameters: Mapping[Expr, Expr]) -> bool | None:
        """What the claim says for certain parameters; None where it says nothing.

        Raises
        ------
        InvalidArgument
            If these parameters are not among those of which the claim speaks.
        """
        if not all(relation.subs(parameters) == sp.true for relation in self.given):
            raise InvalidArgument(f"{parameters} does not satisfy {self.given}, of which the claim speaks")
        met = all(relation.subs(parameters) == sp.true for relation in self.condition)
        if self.when in (ALWAYS, NEVER):
            return self.when == ALWAYS
        return met if self.when == IFF or met == (self.when == IF) else None


@dataclass(frozen=True)
class Difference:
    """At a knot, the jump of f (kind "jump") or of f' (kind "slopes") from left to right."""

    kind: str
    knot: int
    value: Expr


@dataclass(frozen=True)
class Under:
    """In this case the expression, the product of the factors, has one of the signs, on a piece.

    `piece` is None for an expression of the parameters alone, such as a jump at a knot.
    """

    case: tuple[Any, ...]
    expression: Expr
    piece: int | None
    factors: tuple[Expr, ...]
    signs: tuple[int, ...]


Step: TypeAlias = Derivative | Difference | Sign | Under | ParametricClaim
"""A `Sign` is about a function of x alone, between numbers, as in a proof about one function."""


@dataclass(frozen=True)
class ParametricTheorem:
    """A claim with its steps, of which the last is the claim itself."""

    claim: ParametricClaim
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """What it is about."""
        return f"{self.claim.family.name}: {self.claim.question.replace('_', ' ')}"

    def refusal(self) -> str:
        """Why the steps do not prove the claim; empty where they do."""
        try:
            _Checker(self.claim).all(self.steps)
        except OutOfTime:
            raise
        except (Rejected, Undecided) as rejected:
            return str(rejected)
        except _FAILURES as failure:
            return f"a step could not be checked: {type(failure).__name__}: {failure}"
        return ""

    def check(self) -> bool:
        """Whether the steps prove the claim."""
        return not self.refusal()


@dataclass(frozen=True)
class _Property:
    """What shows a property, and what refutes it: of f (order 0), f' (1) or f'' (2) on pieces, and at knots.

    Each is the set of signs that is allowed (`piece`, `jump`, `slopes`), and those that are fatal.
    """

    order: int
    piece: frozenset[int]
    jump: frozenset[int]
    slopes: frozenset[int] | None
    fatal_piece: tuple[frozenset[int], ...]
    fatal_jump: tuple[frozenset[int], ...]
    fatal_slopes: tuple[frozenset[int], ...] = ()


UP, DOWN, FLAT = frozenset({1}), frozenset({-1}), frozenset({0})
ANY: Final = UP | DOWN | FLAT
PROPERTIES: Final = {
    "nondecreasing": _Property(1, FLAT | UP, FLAT | UP, None, (DOWN,), (DOWN,)),
    "nonincreasing": _Property(1, FLAT | DOWN, FLAT | DOWN, None, (UP,), (UP,)),
    "strictly_increasing": _Property(1, UP, FLAT | UP, None, (DOWN, FLAT, FLAT | DOWN), (DOWN,)),
    "convex": _Property(2, FLAT | UP, FLAT, FLAT | UP, (DOWN,), (UP, DOWN), (DOWN,)),
    "concave": _Property(2, FLAT | DOWN, FLAT, FLAT | DOWN, (UP,), (UP, DOWN), (UP,)),
    "affine": _Property(2, FLAT, FLAT, FLAT, (UP, DOWN), (UP, DOWN), (UP, DOWN)),
    "nonnegative": _Property(0, FLAT | UP, ANY, None, (DOWN,), ()),
}


def region(claim: ParametricClaim, case: tuple[Any, ...], piece: int | None) -> Region:
    """Where a sign is asked for: the parameters in this case, and x within a piece."""
    knots = claim.family.knots
    inside: list[Any] = []
    if piece is not None:
        inside += [sp.Gt(x, knots[piece - 1].at)] if piece else []
        inside += [sp.Lt(x, knots[piece].at)] if piece < len(knots) else []
    return Region((*claim.given, *case, *inside))


def closed(claim: ParametricClaim, piece: int) -> Region:
    """A piece with its ends, whatever the parameters."""
    knots = claim.family.knots
    ends = [sp.Ge(x, knots[piece - 1].at)] if piece else []
    ends += [sp.Le(x, knots[piece].at)] if piece < len(knots) else []
    return Region((*claim.given, *ends))


def numeric(family: Family, piece: int) -> tuple[Number, Number]:
    """The ends of a piece; infinite where they depend on parameters."""
    ends = [-sp.oo, *(knot.at for knot in family.knots), sp.oo][piece : piece + 2]
    low, high = (end if not end.free_symbols else None for end in ends)
    return Number(-sp.oo if low is None else low), Number(sp.oo if high is None else high)


@dataclass
class _Checker:
    """Takes the steps of one claim."""

    claim: ParametricClaim
    slopes: dict[Expr, Derivative] = field(default_factory=dict)
    differences: dict[tuple[str, int], Difference] = field(default_factory=dict)
    signs: dict[tuple[Any, Expr, int | None], Under] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    used: set[Step] = field(default_factory=set)

    def all(self, steps: tuple[Step, ...]) -> None:
        """Verify every step, that the claim is the last, and that it rests on all others."""
        self._well_formed()
        if not steps or steps[-1] != self.claim:
            raise Rejected("the steps do not end with the claim")
        for step in steps[:-1]:
            self._add(step)
        self._conclude()
        idle = [step for step in steps[:-1] if step not in self.used and step not in self.facts.used]
        if idle or len(set(steps)) != len(steps):
            raise Rejected(f"nothing rests on the step {idle[0]}" if idle else "a step stands twice")

    def _well_formed(self) -> None:
        claim, family = self.claim, self.claim.family
        if claim.question not in PROPERTIES:
            raise Rejected(
                f"no rule is known for {claim.question}; there are rules for {', '.join(PROPERTIES)}"
            )
        if claim.when not in (ALWAYS, NEVER, IF, ONLY_IF, IFF) or (
            (claim.when in (ALWAYS, NEVER)) == bool(claim.condition)
        ):
            raise Rejected(f"{claim.when!r} does not go with the condition {claim.condition}")
        if len(family.pieces) != len(family.knots) + 1:
            raise Rejected("there must be one piece more than there are knots")
        if any(knot.side not in ("left", "right") for knot in family.knots):
            raise Rejected("at a knot the value of the left or of the right piece holds")
        relations = (*claim.given, *claim.condition)
        for e in (*family.pieces, *(k.at for k in family.knots), *(s for r in relations for s in r.args)):
            for symbol in e.free_symbols:
                if symbol not in (x, sp.Symbol(symbol.name, real=True)):
                    raise Rejected(f"{symbol} must be a plain real symbol: assumptions belong into the claim")
        anywhere = Region(claim.given)
        for e in (*(k.at for k in family.knots), *(s for r in relations for s in r.args)):
            if e.has(x):
                raise Rejected(f"{e} must not depend on x")
            anywhere.require_real(e)
        for left, right in pairwise(family.knots):
            if not entails(claim.given, sp.Lt(left.at, right.at)):
                raise Rejected(f"nothing says that {left.at} < {right.at}")
        for case in ((), *claim.enough()):
            if not possible([c for r in (*claim.given, *case) for c in constraints(r)]):
                raise Rejected("no parameter meets the condition")
        for i, piece in enumerate(family.pieces):
            closed(claim, i).require_real(piece)

    def _add(self, step: Step) -> None:
        if isinstance(step, Derivative):
            if not equal(derivative(step.function), step.derivative):
                raise Rejected(f"{step.derivative} is not the derivative of {step.function}")
            self.slopes[step.function] = step
        elif isinstance(step, Difference):
            if step.knot not in range(len(self.claim.family.knots)):
                raise Rejected(f"there is no knot {step.knot}")
            found = self._jump(step)
            Region(self.claim.given).require_real(step.value)
            if not equal(found, step.value):
                raise Rejected(
                    f"at {self.claim.family.knots[step.knot].at} the difference is not {step.value}"
                )
            self.differences[step.kind, step.knot] = step
        elif isinstance(step, Under):
            if step.piece is not None and step.piece not in range(len(self.claim.family.pieces)):
                raise Rejected(f"there is no piece {step.piece}")
            where = region(self.claim, step.case, step.piece)
            for factor in step.factors:
                where.require_real(factor)
            if step.piece is None and step.expression.has(x):
                raise Rejected(f"{step.expression} depends on x")
            if not equal(step.expression, sp.Mul(*step.factors)):
                raise Rejected(f"{step.expression} is not the product of {step.factors}")
            taken = (self._factor(factor, where, step.piece) for factor in step.factors)
            if not reduce(times, taken, UP) <= set(step.signs) <= ANY:
                raise Rejected(f"{step.expression} need not have the sign in {step.signs}")
            self.signs[step.case, step.expression, step.piece] = step
        elif isinstance(step, Sign):
            if step.function.free_symbols != {x}:
                raise Rejected(f"{step.function} is no function of x alone")
            self.facts.add(step)
        else:
            raise Rejected(f"{type(step).__name__} is no step before the claim")

    def _factor(self, factor: Expr, where: Region, piece: int | None) -> Signs:
        """Signs of a factor: from its form, or of x alone by the steps about one function."""
        found = where.signs(factor)
        if len(found) == 1 or piece is None or factor.free_symbols != {x}:
            return found
        return found & self.facts.signs(factor, *numeric(self.claim.family, piece))

    def _jump(self, step: Difference) -> Expr:
        family = self.claim.family
        if step.kind == "jump":
            return family.jump(step.knot)
        if step.kind != "slopes":
            raise Rejected(f"{step.kind} is no difference at a knot")
        at = {x: family.knots[step.knot].at}
        left, right = (self._slope(family.pieces[step.knot + i]) for i in (0, 1))
        return right.subs(at) - left.subs(at)

    def _slope(self, e: Expr) -> Expr:
        step = self.slopes.get(e)
        if step is None:
            raise Rejected(f"no step says what the derivative of {e} is")
        self.used.add(step)
        return step.derivative

    # ---- the conclusion ------------------------------------------------------------------------------

    def _conclude(self) -> None:
        rule = PROPERTIES[self.claim.question]
        for case in self.claim.enough():
            self._shown(case, rule)
        for case in self.claim.needed():
            self._refuted(case, rule)

    def _shown(self, case: tuple[Any, ...], rule: _Property) -> None:
        family = self.claim.family
        for i in range(len(family.pieces)):
            self._within(rule.piece, self._stated(case, self._on_piece(i, rule.order), i), case)
        for k in range(len(family.knots)):
            if rule.jump != ANY:
                self._within(rule.jump, self._at_knot(case, "jump", k), case)
            if rule.slopes is not None:
                self._within(rule.slopes, self._at_knot(case, "slopes", k), case)

    def _within(self, allowed: frozenset[int], step: Under, case: tuple[Any, ...]) -> None:
        if not set(step.signs) <= allowed:
            raise Rejected(f"in the case {case} the sign of {step.expression} is not the one that is needed")
        self.used.add(step)

    def _stated(self, case: tuple[Any, ...], e: Expr, piece: int | None) -> Under:
        step = self.signs.get((case, e, piece))
        if step is None:
            raise Rejected(f"no step says which sign {e} has in the case {case}")
        return step

    def _on_piece(self, i: int, order: int) -> Expr:
        e = self.claim.family.pieces[i]
        for _ in range(order):
            e = self._slope(e)
        return e

    def _at_knot(self, case: tuple[Any, ...], kind: str, knot: int) -> Under:
        difference = self.differences.get((kind, knot))
        if difference is None:
            raise Rejected(f"no step says what the {kind} at {self.claim.family.knots[knot].at} is")
        self.used.add(difference)
        return self._stated(case, difference.value, None)

    def _refuted(self, case: tuple[Any, ...], rule: _Property) -> None:
        """One sign of the case refutes the property."""
        for step in self.signs.values():
            for fatal, rests_on in self._meanings(step, rule) if step.case == case else ():
                if frozenset(step.signs) in fatal:
                    self.used |= {step, *rests_on}
                    return
        raise Rejected(f"nothing shows that the property fails in the case {case}")

    def _meanings(
        self, step: Under, rule: _Property
    ) -> Iterator[tuple[tuple[frozenset[int], ...], tuple[Step, ...]]]:
        """Which signs of the step's expression are fatal, as steps say what it is: f' on a piece, a jump."""
        if step.piece is None:
            for (kind, _), difference in self.differences.items():
                if difference.value == step.expression:
                    yield (rule.fatal_jump if kind == "jump" else rule.fatal_slopes), (difference,)
            return
        e, stated = self.claim.family.pieces[step.piece], list[Step]()
        for _ in range(rule.order):
            if e not in self.slopes:
                return
            stated.append(self.slopes[e])
            e = self.slopes[e].derivative
        if e == step.expression:
            yield rule.fatal_piece, tuple(stated)
