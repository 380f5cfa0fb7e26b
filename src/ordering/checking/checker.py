"""Whether the steps of a derivation imply its claim: pieces tile the domain, signs fit, nothing is idle."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import sympy as sp
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.branches import CORNERS, NotReal, OnInterval, value_at
from ordering.checking.deriving import derivative
from ordering.checking.drawdowns import conclude, require_limit, require_solved
from ordering.checking.facts import Facts
from ordering.checking.growth import limit_near
from ordering.checking.holes import across, holes
from ordering.checking.limits import equal_at, there
from ordering.checking.points import before, isolated, sign_at, sign_of_number
from ordering.checking.properties import RULES
from ordering.checking.records import (
    Across,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    DrawdownClaim,
    DrawdownConclusion,
    Hole,
    Limit,
    Missing,
    Number,
    Period,
    Piece,
    Point,
    Rejected,
    Root,
    Sign,
    Solved,
    Step,
    Value,
    points,
)
from ordering.checking.repeating import by_floor, require_period
from ordering.enclosures.budget import OutOfTime, Undecided
from ordering.variable import x

_LOCAL: Final = (
    "nondecreasing", "nonincreasing", "strictly_increasing", "convex", "concave", "affine", "linear",
    "nonnegative", "zeros_interval",
)  # fmt: skip
"""What a function has if it has it near every point of a period; of others, three periods are looked at."""
KINDS: Final = ("left", "right", "slopes", "value")
_FAILURES: Final = (
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    AttributeError,
)
"""What sympy and flint raise on expressions that they cannot handle."""


class Checker:
    """Takes the steps of one claim in order (`add`), and then says whether it follows (`conclude`)."""

    def __init__(self, claim: Claim) -> None:
        if (claim.low + claim.high).free_symbols or claim.function.free_symbols - {x}:
            raise Rejected("a claim is about a function of x on an interval between numbers")
        self.claim = claim
        self.facts = Facts()
        self.period: Period | None = None
        self.turns = 3
        self.tiles: list[Piece | Hole | Value] = []
        self.derivatives: dict[Expr, Derivative] = {}
        self.comparisons: dict[tuple[str, Point], Comparison] = {}
        self.conclusion: Conclusion | None = None
        self.steps: list[Step] = []
        self._used: set[Step] = set()

    # ---- steps ---------------------------------------------------------------------------------------

    def add(self, step: Step) -> None:
        """Verify one step; `Rejected` says what is wrong, `Missing` which sign is needed before it."""
        if self.conclusion is not None:
            raise Rejected("there are steps after the conclusion")
        if step in self.steps:
            raise Rejected("a step stands twice")
        function = getattr(step, "function", None)
        if (
            isinstance(step, (Period, Piece, Hole, Value, Limit, Conclusion))
            and function != self.claim.function
        ):
            raise Rejected(f"a step is about {function}, not about {self.claim.function}")
        for point in points(step):
            if isinstance(point, Root) and not isolated(point):
                raise Rejected(f"nothing shows that the bracket of {point} holds one root")
            if isinstance(point, Number) and point.value.free_symbols:
                raise Rejected(f"{point} is no number")
        if isinstance(step, Sign):
            self.facts.add(step)
        elif isinstance(step, Period):
            self._period(step)
        elif isinstance(step, (Piece, Hole)):
            self._tile(step)
        elif isinstance(step, Value):
            self._value(step)
        elif isinstance(step, Derivative):
            if not same(derivative(step.function), step.derivative):
                raise Rejected(f"{step.derivative} is not the derivative of {step.function}")
            self.derivatives[step.function] = step
        elif isinstance(step, Comparison):
            self._compare(step)
        elif isinstance(step, Limit):
            require_limit(step, self.tiles)
        elif isinstance(step, Solved):
            require_solved(step)
        elif isinstance(step, Across):
            if step not in (across(*hole) for hole in holes(self.tiles)):
                raise Rejected(f"({step.low}, {step.high}) is no hole between these levels")
        elif isinstance(step, Conclusion):
            self._conclude(step)
        else:
            raise Rejected(f"{type(step).__name__} is no step of a derivation")
        self.steps.append(step)

    def _period(self, step: Period) -> None:
        if self.tiles or self.period is not None or (self.claim.low, self.claim.high) != (-sp.oo, sp.oo):
            raise Rejected("a period is stated first, for the whole line")
        require_period(step)
        self.period = step
        rises = isinstance(self.claim, DrawdownClaim) and self.claim.value == 0
        if self.claim.question in _LOCAL or rises:
            # Where periods meet, a smooth function needs no look: f, f' and f'' are continuous there.
            self.turns = 1 if _smooth_everywhere(step.function) else 2

    @property
    def ends(self) -> tuple[Point, Point]:
        """What the tiles must cover."""
        if self.period is not None:
            return Number(sp.S.Zero), Number(self.turns * self.period.length)
        return Number(self.claim.low), Number(self.claim.high)

    def _tile(self, step: Piece | Hole) -> None:
        here = next((t for t in reversed(self.tiles) if not isinstance(t, Value)), None)
        if step.low != (here.high if here else self.ends[0]):
            raise Rejected(f"nothing is said of what lies before ({step.low}, {step.high})")
        if here is not None and self.tiles[-1] is here:
            raise Rejected(f"nothing is said of the point {step.low}")
        if not before(step.low, step.high) or not (
            step.high == self.ends[1] or before(step.high, self.ends[1])
        ):
            raise Rejected(f"({step.low}, {step.high}) is not the next part of the domain")
        on = OnInterval(self.facts, step.low, step.high)
        if isinstance(step, Hole):
            with suppress(NotReal):
                on.require_undefined(by_floor(step.function))
        else:
            found = on.resolved(by_floor(step.function))
            self.facts.smooth(found, step.low, step.high)
            self.facts.smooth(step.expression, step.low, step.high)
            if not same(found, step.expression):
                raise Rejected(f"the function is not {step.expression} on ({step.low}, {step.high})")
        self.tiles.append(step)

    def _value(self, step: Value) -> None:
        found = value_at(step.function, step.point)
        if (found is None) != (step.value is None) or (
            found is not None and step.value is not None and not equal_at(found, step.value, step.point)
        ):
            raise Rejected(f"the value at {step.point} is not {step.value}")
        if self.claim.question in ("linear", "zero_at_zero") and self.at_zero(step):
            self._used.add(step)
            if not self.tiles:
                return
        if not self.tiles or isinstance(self.tiles[-1], Value):
            return
        if self.tiles[-1].high == step.point:
            self.tiles.append(step)

    def at_zero(self, step: Value) -> bool:
        """Whether a step says that f(0) = 0."""
        return step.point == Number(sp.S.Zero) and step.value is not None and sign_of_number(step.value) == 0

    def _compare(self, step: Comparison) -> None:
        if step.kind not in KINDS:
            raise Rejected(f"there is no comparison {step.kind!r}")
        if self.difference(step) != step.sign:
            raise Rejected(f"the comparison at {step.point} has another sign")
        self.comparisons[step.kind, step.point] = step

    def difference(self, step: Comparison) -> int:
        """The sign of `second - first`, values or one-sided limits."""
        difference = step.second - step.first
        if same(difference, sp.S.Zero):
            return 0
        sides = {"left": (-1, 0), "right": (0, 1), "slopes": (-1, 1), "value": (0, 0)}[step.kind]
        here = there(step.first, step.point), there(step.second, step.point)
        if here[0] is not None and here[1] is not None:
            return sign_at(here[1] - here[0], step.point)
        first, second = (
            limit_near(e, step.point, side) if side and e.has(x) else _number(e, step.point)
            for e, side in zip((step.first, step.second), sides, strict=True)
        )
        if sp.oo in (abs(first), abs(second)):
            if first == second:
                return 0
            return 1 if second == sp.oo or first == -sp.oo else -1
        return sign_of_number(second - first)

    # ---- the conclusion ------------------------------------------------------------------------------

    def _conclude(self, step: Conclusion) -> None:
        claim = self.claim
        if (step.question, step.low, step.high) != (claim.question, claim.low, claim.high):
            raise Rejected("another claim was asked for")
        if isinstance(step, DrawdownConclusion):
            conclude(self, step)
        elif claim.question not in RULES or isinstance(claim, DrawdownClaim):
            raise Rejected(f"the checker knows no rule for {claim.question}")
        else:
            RULES[claim.question](self)
        self._used |= {step, *self.facts.used}
        idle = [s for s in self.steps if s not in self._used]
        if idle:
            raise Rejected(f"nothing rests on the step {idle[0]}")
        self.conclusion = step

    def rest_on(self, step: Step) -> None:
        """Say that something rests on a step, so that it is not idle."""
        self._used.add(step)

    def pieces(self, *, interval: bool = True) -> list[Piece]:
        """The pieces, after it is sure that they are the function's whole domain, perhaps an interval."""
        low, high = self.ends
        parts = [t for t in self.tiles if not isinstance(t, Value)]
        if not parts or parts[0].low != low or parts[-1].high != high:
            raise Rejected("the pieces do not cover the domain")
        if interval and holes(self.tiles):
            raise Rejected("the domain is not an interval")
        self._used |= {*self.tiles} | ({self.period} if self.period else set())
        found = [t for t in parts if isinstance(t, Piece)]
        if not found:
            raise Rejected("the function is real on no interval")
        return found

    def across(self) -> list[tuple[int, bool]]:
        """The sign of the step over each hole, which must be stated, and whether f has both values."""
        found = []
        for hole in holes(self.tiles):
            step = next((s for s in self.steps if s == across(*hole)), None)
            if not isinstance(step, Across):
                raise Rejected(f"no step compares f before and after the hole at {across(*hole).low}")
            self._used.add(step)
            found.append((step.sign, all(isinstance(tile, Value) for tile in hole)))
        return found

    def joints(self) -> list[tuple[Piece | None, Value, Piece | None]]:
        """Every point of the domain at which a piece ends, with the pieces beside it."""
        out: list[tuple[Piece | None, Value, Piece | None]] = []
        fence: list[Piece | Hole | Value | None] = [None, *self.tiles, None]
        for i, tile in enumerate(fence):
            if isinstance(tile, Value) and tile.value is not None:
                left, right = fence[i - 1], fence[i + 1]
                out.append(
                    (
                        left if isinstance(left, Piece) else None,
                        tile,
                        right if isinstance(right, Piece) else None,
                    )
                )
        return out

    def slope(self, e: Expr) -> Expr:
        """The derivative that a step states."""
        step = self.derivatives.get(e)
        if step is None:
            raise Rejected(f"no step says what the derivative of {e} is")
        self._used.add(step)
        return step.derivative

    def sign_of(self, e: Expr, piece: Piece) -> Sign:
        """The step that states the signs of e on exactly this piece."""
        step = self.facts.step(e, piece.low, piece.high)
        if step is None or (step.low, step.high) != (piece.low, piece.high):
            raise Missing(e, piece.low, piece.high, stated=True)
        return step

    def compared(self, kind: str, point: Point, first: Expr, second: Expr) -> int:
        """The sign of `second - first` at a joint, which a step must state."""
        step = self.comparisons.get((kind, point))
        if step is None or (step.first, step.second) != (first, second):
            raise Rejected(f"{first} and {second} are not compared at {point} ({kind})")
        self._used.add(step)
        return step.sign

    def jumps(self, joint: tuple[Piece | None, Value, Piece | None]) -> tuple[int, int]:
        """Signs of `value - left limit` and `right limit - value`; 0 where there is no piece."""
        left, value, right = joint
        assert value.value is not None
        below = self.compared("left", value.point, left.expression, value.value) if left else 0
        above = self.compared("right", value.point, value.value, right.expression) if right else 0
        return below, above


def _smooth_everywhere(e: Expr) -> bool:
    """Whether e is written without corners and is smooth on the whole line."""
    if e.has(*CORNERS, sp.ceiling, sp.frac, sp.Mod):
        return False
    try:
        Facts().smooth(e, Number(-sp.oo), Number(sp.oo))
    except Rejected:
        return False
    return True


def _number(e: Expr, point: Point) -> Expr:
    if not e.has(x):
        return e
    if isinstance(point, Number):
        return e.subs(x, point.value)
    raise Rejected(f"a value at {point} has no closed form")


def check(claim: Claim, steps: Iterable[Step]) -> str:
    """Why the steps do not prove the claim; empty where they do.

    Raises
    ------
    OutOfTime
        If a time budget is spent.
    """
    try:
        checker = Checker(claim)
        for step in steps:
            checker.add(step)
    except OutOfTime:
        raise
    except (Rejected, Undecided) as rejected:
        return str(rejected)
    except _FAILURES as failure:
        return f"a step could not be checked: {type(failure).__name__}: {failure}"
    return "" if checker.conclusion is not None else "there is no conclusion"
