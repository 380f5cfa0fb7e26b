"""Terms with wanted properties, grown by the closure rules read backwards: nothing is drawn and thrown away.

To build a nondecreasing term, a rule that gives `nondecreasing` is chosen, and the parts are grown with what
it needs of them.  Where the leaves are reached, one of a few small terms that have what is wanted is taken;
these are what terms shrink to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product
from math import isqrt
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from ordering.drawing import building
from ordering.drawing.building import range_of
from ordering.drawing.operations import OPERATIONS
from ordering.drawing.ranges import Range
from ordering.drawing.reading import read
from ordering.drawing.rules import RULES, Goal, closed, properties
from ordering.drawing.term import Term, holds, rounded_up
from ordering.drawing.values import Undetermined, above, combined, value
from ordering.errors import InvalidArgument

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

ORDINARY: Final = Range(Fraction(-8), Fraction(8))
"""Inputs for which terms are kept of moderate size."""
MOST: Final = 4096
"""No part of a drawn term exceeds this on ordinary inputs, by its range: float16 ends at 65504."""

SEEDS: Final = tuple(
    map(
        read,
        (
            *("x", "-x", "max(x, 0)", "abs(x)", "min(x, 0)", "max(-x, 0)", "-abs(x)", "min(-x, 0)"),
            *("clip(x, -1, 1)", "-clip(x, -1, 1)", "clip(x, 0, 1)", "clip(-x, 0, 1)", "x + 1", "1 - x"),
            *("min(abs(x), 1)", "-min(abs(x), 1)", "clip(x, -1, 0)", "clip(-x, -1, 0)", "x**2", "-x**2"),
            *("sign(x)", "-sign(x)", "exp(x)", "exp(-x)", "-exp(x)", "-exp(-x)"),
            *("x**3", "-x**3", "tanh(x)", "-tanh(x)", "sigmoid(x)", "sigmoid(-x)", "-sigmoid(x)"),
            *("-sigmoid(-x)", "max(x, 0) + x", "1/(x**2 + 1)", "0", "1", "-1"),
        ),
    )
)
"""Small terms, the simplest first; some have each sensible set of properties."""


@dataclass(frozen=True)
class Expansion:
    """A way to build a term that has what is wanted: an operation, what its parts need, and its condition."""

    operation: str
    needs: tuple[Goal, ...]
    when: str


@lru_cache(maxsize=4096)
def seeds(goal: Goal) -> tuple[Term, ...]:
    """The small terms with these properties; constants only where nothing else has them."""
    fitting = [term for term in SEEDS if goal <= properties(term)]
    return tuple(term for term in fitting if not building.is_number(term)) or tuple(fitting)


@lru_cache(maxsize=4096)
def expansions(goal: Goal) -> tuple[Expansion, ...]:
    """The ways to build a term with these properties out of parts that there are, by weight."""
    found: dict[Expansion, int] = {}
    for name, row in OPERATIONS.items():
        if not row.weight:
            continue
        own = [expansion for expansion in _of_operation(name, goal) if all(map(_varied, expansion.needs))]
        for expansion in own:
            # Each operation is chosen as often as its row says, however many rules it has.
            found[expansion] = max(1, 2 * row.weight // len(own))
    return tuple(expansion for expansion, weight in found.items() for _ in range(min(weight, 24)))


def _varied(goal: Goal) -> bool:
    """Whether more than constants have these properties."""
    return any(not building.is_number(term) for term in seeds(goal))


def _of_operation(name: str, goal: Goal) -> tuple[Expansion, ...]:
    """All ways to have every property of the goal with one operation."""
    ways: list[list[tuple[tuple[Goal, ...], str]]] = []
    count = OPERATIONS[name].parts
    for wanted in sorted(goal):
        rules = [
            rule for rule in RULES if rule.operation == name and wanted in closed(frozenset({rule.gives}))
        ]
        if not rules:
            return ()
        ways.append(
            [((*rule.needs, *rule.needs[-1:] * (count - len(rule.needs))), rule.when) for rule in rules]
        )
    if not goal:
        ways = [[((frozenset(),) * count, "")]]
    found: dict[Expansion, None] = {}
    for chosen in product(*ways):
        conditions = {when for _, when in chosen if when}
        if len(conditions) <= 1:
            needs = tuple(frozenset().union(*(need[place] for need, _ in chosen)) for place in range(count))
            found[Expansion(name, needs, next(iter(conditions), ""))] = None
        if len(found) > 64:
            break
    return tuple(found)


# ---- numbers -------------------------------------------------------------------------------------------


def _fractions(*texts: str) -> st.SearchStrategy[Fraction]:
    return st.sampled_from([Fraction(text) for text in texts])


_FACTORS: Final = _fractions("1/2", "2", "1/4", "3", "3/4", "3/2", "1/8", "5/4", "4", "1/16")
_SIGNED: Final = _fractions("-1", "1/2", "2", "-1/2", "1/4", "-2", "3", "-1/4", "3/4", "-3/2")
_SHIFTS: Final = _fractions(
    "0", "1", "-1", "1/2", "-1/2", "2", "-2", "1/4", "-1/4", "3", "-3", "5/8", "-17/16"
)
_KNOTS: Final = _fractions("0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "-3", "1/4", "5/4", "-27/16")
_JUMPS: Final = _fractions("0", "1", "1/4", "1/16", "1/1024", "2")
_ENDS: Final = st.sampled_from(
    [tuple(map(Fraction, ends)) for ends in (("-1", "1"), ("0", "1"), ("0", "6"), ("-1", "0"), ("-2", "3/2"))]
)
_SYMMETRIC: Final = st.sampled_from([(-Fraction(end), Fraction(end)) for end in ("1", "2", "1/2", "3")])
_STAIRS: Final = st.sampled_from(
    [
        tuple(map(Fraction, ends))
        for ends in (("0", "3"), ("-2", "2"), ("-3", "3"), ("-4", "1"), ("-1/2", "7/2"))
    ]
)
_UNDER_ROOT: Final = _fractions("1", "1/4", "2", "1/16")


# ---- growing -------------------------------------------------------------------------------------------


def grow(draw: Draw, goal: Goal, depth: int, simplest: tuple[Term, ...] = ()) -> Term:
    """A term with these properties, of at most this depth; it shrinks to the `simplest`, or to `seeds`.

    Raises
    ------
    LookupError
        If no term is known that has them.
    """
    small = simplest or seeds(goal)
    if not small:
        raise LookupError
    chosen: Term | st.SearchStrategy[Term | Expansion] = draw(_choices(goal, depth, small))
    if isinstance(chosen, Term):
        return chosen
    way = draw(chosen)
    if isinstance(way, Term):
        return way
    parts = [grow(draw, need, depth - 1) for need in way.needs]
    built = _BUILD.get(way.operation, partial(_unary, way.operation))(draw, goal, way, parts)
    # Where a part turned out to be a constant, or two numbers together none of float16's, it may have less.
    return built if goal <= properties(built) else small[0]


@lru_cache(maxsize=4096)
def _choices(
    goal: Goal, depth: int, small: tuple[Term, ...]
) -> st.SearchStrategy[Term | st.SearchStrategy[Term | Expansion]]:
    """The small terms, and the ways to go on, which are many more: most terms go on while there is depth.

    They are chosen from in two draws, a row and its entry.  Hypothesis tries the first two places of a draw,
    and finds a later one by luck alone: so the first two small terms stand before the rows, and the next
    two before the entries of each, and whatever was built shrinks to the first of the four that still serves.
    No draw says only that something is not taken: draws of many values that all mean the same are what
    Hypothesis varies in vain.  Making a strategy takes longer than drawing from it, so it is kept.
    """
    entries = [*small, *(expansions(goal) if depth > 0 else ())]
    count = isqrt(len(entries) - 1) + 1
    rows = [st.sampled_from([*small[2:4], *entries[place::count]]) for place in range(count)]
    return st.sampled_from([*small[:2], *rows])


def _scale(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    sign = {"positive factor": 1, "negative factor": -1}.get(way.when, 0)
    factor = draw(_FACTORS) * sign if sign else draw(_SIGNED)
    shift = draw(_SHIFTS)
    scaled = _small(building.spread(_fitting(factor, parts[0]), parts[0]))
    # A map p u + q, where the constant takes nothing away from what is wanted.
    moved = _tried(lambda: building.total(scaled, building.number(shift)), scaled)
    return moved if goal <= properties(moved) else scaled


def _fitting(factor: Fraction, term: Term) -> Fraction:
    """The factor, or its sign where the two numbers are none of float16's together."""
    inner = term.numbers[0] if term.operation in ("scale", "number") else Fraction(1)
    return factor if holds(factor * inner) else Fraction(1 if factor > 0 else -1)


def _sum(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    return _small(_tried(lambda: building.total(*parts), parts[0]))


def _tried(build: Callable[[], Term], otherwise: Term) -> Term:
    """The term, or another where its numbers would be none of float16's."""
    try:
        return build()
    except InvalidArgument:
        return otherwise


def _product(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    """Each factor is made so small that the product stays moderate."""
    left, right = (_small(part, Fraction(64)) for part in parts)
    return _tried(lambda: building.product(left, right), left)


def _quotient(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    """The denominator is one more than what is never negative, or less than what is never positive."""
    below = parts[1]
    sign = range_of(below).sign
    if not sign:
        # Nothing is wanted of it: its square is never negative.
        below, sign = building.unary("power2", _small(below, Fraction(32))), 1
    denominator = _tried(lambda: building.total(below, building.number(sign)), building.number(1))
    return _tried(lambda: building.quotient(parts[0], denominator), parts[0])


def _extreme(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    if draw(st.booleans()):
        # With a constant, which is what one writes most; it may take away what is wanted.
        constant = building.number(draw(_SHIFTS))
        against = _larger_or_smaller(way.operation, parts[0], constant)
        if goal <= properties(against):
            return against
    return _larger_or_smaller(way.operation, *parts)


def _larger_or_smaller(name: str, left: Term, right: Term) -> Term:
    """`max` or `min`, or one of the two where the ranges say that it always is that one."""
    one, other = range_of(left), range_of(right)
    for term, low, high in ((left, one, other), (right, other, one)):
        above_, below = (low.low, high.high) if name == "max" else (high.low, low.high)
        if above_ is not None and below is not None and above_ >= below:
            return term
    return building.extreme(name, left, right)


def _clip(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    low, high = draw(_SYMMETRIC if way.when == "symmetric ends" else _ENDS)
    if way.when == "nonnegative ends" and low < 0:
        low, high = Fraction(0), high
        high = high if high > low else Fraction(1)
    if way.when == "nonpositive ends" and high > 0:
        low, high = min(low, Fraction(-1)), Fraction(0)
    within = range_of(parts[0])
    if within.low is not None and within.high is not None and low <= within.low and within.high <= high:
        return parts[0]
    return parts[0] if building.is_number(parts[0]) else building.clipped(parts[0], low, high)


def _piecewise(draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    """The piece that has to be higher at the knot is raised as far as it must be, and a drawn jump more."""
    first, second = parts
    knot, closed_, jump = draw(_KNOTS), draw(st.booleans()), draw(_JUMPS)
    if way.when:
        raised = 0 if way.when == "falls at the knot" else 1
        high, low = parts[raised], parts[1 - raised]
        meets = way.when == "meets at the knot"
        moved = _level(high, low, knot) if meets else _raised(high, low, knot, jump)
        if moved is None:
            return first
        first, second = (first, moved) if raised else (moved, second)
    return building.piecewise(first, second, knot, closed=closed_)


def _level(moved: Term, other: Term, knot: Fraction) -> Term | None:
    """`moved`, so much higher or lower that both have one value at the knot; None where none is exact."""
    try:
        missing = combined((1, -1), (value(other, knot), value(moved, knot)))
    except Undetermined:
        return None
    if not isinstance(missing, Fraction) or not holds(missing):
        return None
    return _tried(lambda: building.total(moved, building.number(missing)), moved)


def _raised(high: Term, low: Term, knot: Fraction, jump: Fraction) -> Term | None:
    """`high`, so much higher that at the knot it is not below `low`."""
    try:
        missing = above(combined((1, -1), (value(low, knot), value(high, knot))))
    except Undetermined:
        return None
    shift = rounded_up(max(missing, Fraction(0)), Fraction(1, 16)) + jump
    if not holds(shift):
        shift = rounded_up(shift, Fraction(4))
    return _tried(lambda: building.total(high, building.number(shift)), high)


_IDLE: Final = frozenset({"abs", "sign", "floor"})
"""Functions that say little of their own values; two of them, nor of numbers of one sign."""


def _unary(name: str, draw: Draw, goal: Goal, way: Expansion, parts: list[Term]) -> Term:
    row = OPERATIONS[name]
    inner = parts[0] if row.tame is None else _small(parts[0], Fraction(row.tame))
    if building.is_number(inner):
        return inner if goal <= properties(inner) else seeds(goal)[0]
    if name in _IDLE and (inner.operation == name or (name != "floor" and range_of(inner).sign)):
        return inner  # the absolute value of what is never negative, the sign of a sign
    if name == "floor" and range_of(inner).size is None:
        # A staircase of finitely many steps, as quantisers have: of one that goes on for ever inside of other
        # functions, the prover only says that there are infinitely many jumps.
        inner = building.clipped(inner, *draw(_STAIRS))
    return building.unary(name, inner, *((draw(_UNDER_ROOT),) if row.numbers else ()))


def _small(term: Term, limit: Fraction = Fraction(MOST)) -> Term:
    """The term, or a small multiple of it that does not exceed the limit on ordinary inputs."""
    size = range_of(term, ORDINARY).size
    factor = Fraction(1)
    while size is not None and size * factor > limit:
        factor /= 2
    return term if factor == 1 else building.spread(factor, term)


_BUILD: Final[Mapping[str, Callable[[Draw, Goal, Expansion, list[Term]], Term]]] = {
    "scale": _scale,
    "sum": _sum,
    "product": _product,
    "quotient": _quotient,
    "max": _extreme,
    "min": _extreme,
    "clip": _clip,
    "piecewise": _piecewise,
}
