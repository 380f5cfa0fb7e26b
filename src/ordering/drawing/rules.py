"""Closure rules as data: which property of a whole follows from which properties of its parts.

Each rule names its theorem in `proofs/closure.py`.  The rules are read in two directions: forwards, they say
what is known of a term (`properties`); backwards, they say of which parts a term with wanted properties can
be built (`growing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from ordering.drawing.building import range_of
from ordering.drawing.operations import EVERYWHERE, OPERATIONS
from ordering.drawing.term import Term
from ordering.drawing.values import Undetermined, difference, value

Goal: TypeAlias = frozenset[str]
"""Properties that are wanted."""

PROPERTIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nondecreasing": "a <= b implies f(a) <= f(b)",
        "nonincreasing": "a <= b implies f(a) >= f(b)",
        "strictly_increasing": "a < b implies f(a) < f(b)",
        "strictly_decreasing": "a < b implies f(a) > f(b)",
        "convex": "f((a + b)/2) <= (f(a) + f(b))/2, without jumps",
        "concave": "f((a + b)/2) >= (f(a) + f(b))/2, without jumps",
        "affine": "f(x) = p x + q",
        "odd": "f(-x) = -f(x)",
        "even": "f(-x) = f(x)",
        "nonnegative": "f(x) >= 0",
        "nonpositive": "f(x) <= 0",
        "bounded": "|f(x)| <= c for all x",
        "unbounded": "|f(x)| exceeds every c",
        "continuous": "f does not jump",
    }
)
"""What the rules speak of."""

IMPLIED: Final[Mapping[str, Goal]] = MappingProxyType(
    {
        "strictly_increasing": frozenset({"nondecreasing"}),
        "strictly_decreasing": frozenset({"nonincreasing"}),
        "affine": frozenset({"convex", "concave", "continuous"}),
        "convex": frozenset({"continuous"}),
        "concave": frozenset({"continuous"}),
    }
)
"""What each property is a case of."""


@dataclass(frozen=True)
class Rule:
    """Where the parts have what is needed, and the condition holds, the whole has the property.

    `needs` has a goal for each part; the last one is for all further parts of a sum too.
    """

    operation: str
    gives: str
    needs: tuple[Goal, ...]
    theorem: str
    when: str = ""

    def applies(self, term: Term, parts: tuple[Goal, ...]) -> bool:
        """Whether the rule speaks of the term, whose parts have these properties."""
        if self.when and not CONDITIONS[self.when](term):
            return False
        first, rest = self.needs[0], self.needs[-1]
        if self.operation == "sum" and first != rest:  # one of the parts has the first need, all others the rest
            others = [place for place, has in enumerate(parts) if not rest <= has]
            return len(others) <= 1 and any(
                first <= has for place, has in enumerate(parts) if others in ([], [place])
            )
        needs = (*self.needs, *self.needs[-1:] * (len(parts) - len(self.needs)))
        return all(need <= has for need, has in zip(needs, parts, strict=True))


def _compared(term: Term, sign: int) -> bool:
    """Whether the second piece minus the first one, at the knot, has the sign, or is zero."""
    try:
        first, second = (value(part, term.numbers[0]) for part in term.parts)
    except Undetermined:
        return False
    return difference(second, first) in (sign, 0)


CONDITIONS: Final[Mapping[str, Callable[[Term], bool]]] = MappingProxyType(
    {
        "positive factor": lambda term: term.numbers[0] > 0,
        "negative factor": lambda term: term.numbers[0] < 0,
        "symmetric ends": lambda term: term.numbers[0] == -term.numbers[1],
        "nonnegative ends": lambda term: term.numbers[0] >= 0,
        "nonpositive ends": lambda term: term.numbers[1] <= 0,
        "rises at the knot": lambda term: _compared(term, 1),
        "falls at the knot": lambda term: _compared(term, -1),
        "meets at the knot": lambda term: _compared(term, 0),
        "positive denominator": lambda term: range_of(term.parts[1]).sign > 0,
    }
)
"""Conditions on the numbers of a term, by what a rule calls them."""


def _goal(text: str) -> Goal:
    return frozenset(text.split())


def _all(operation: str, gives: str, *, when: str = "", theorem: str = "") -> Rule:
    """The whole has what all parts have."""
    return Rule(operation, gives, (_goal(gives),), theorem or f"{operation} of {gives}", when)


def _rule(operation: str, gives: str, needs: str, theorem: str, when: str = "") -> Rule:
    """The needs of the parts are apart by commas."""
    return Rule(operation, gives, tuple(map(_goal, needs.split(","))), theorem, when)


_SWAPPED: Final = MappingProxyType(
    {
        "nondecreasing": "nonincreasing",
        "nonincreasing": "nondecreasing",
        "strictly_increasing": "strictly_decreasing",
        "strictly_decreasing": "strictly_increasing",
        "convex": "concave",
        "concave": "convex",
        "nonnegative": "nonpositive",
        "nonpositive": "nonnegative",
    }
)
"""What the negative has."""
_KEPT: Final = ("affine", "odd", "even", "bounded", "unbounded", "continuous")


def _linear_rules() -> Iterator[Rule]:
    for name, other in _SWAPPED.items():
        yield _all("scale", name, when="positive factor", theorem="positive multiple")
        yield _rule("scale", name, other, "negative multiple", "negative factor")
    for name in _KEPT:
        yield _all("scale", name, theorem="any multiple")
    for name in (*_SWAPPED, "affine", "odd", "even", "bounded", "continuous"):
        yield _all("sum", name)
    for strict, wide in (("strictly_increasing", "nondecreasing"), ("strictly_decreasing", "nonincreasing")):
        yield _rule("sum", strict, f"{strict},{wide}", "sum of strict and monotone")
    yield _rule("sum", "unbounded", "unbounded,bounded", "sum of unbounded and bounded")


def _extreme_rules() -> Iterator[Rule]:
    for operation in ("max", "min"):
        for name in ("nondecreasing", "nonincreasing", "strictly_increasing", "strictly_decreasing"):
            yield _all(operation, name, theorem="extremes of monotone")
        for name in ("even", "bounded", "continuous"):
            yield _all(operation, name, theorem="extremes of the same")
    yield _all("max", "convex", theorem="max of convex")
    yield _all("min", "concave", theorem="min of concave")
    for needs in ("nonnegative,", ",nonnegative"):
        yield _rule("max", "nonnegative", needs, "max above a part")
    for needs in ("nonpositive,", ",nonpositive"):
        yield _rule("min", "nonpositive", needs, "min below a part")
    yield _all("max", "nonpositive", theorem="extremes of the same")
    yield _all("min", "nonnegative", theorem="extremes of the same")


def _product_rules() -> Iterator[Rule]:
    for name in ("nondecreasing", "nonincreasing"):
        both = f"nonnegative {name}"
        yield _rule("product", name, f"{both},{both}", "product of nonnegative monotone")
        cup = f"nonnegative convex {name}"
        yield _rule("product", "convex", f"{cup},{cup}", "product of nonnegative convex monotone")
    strict = "nonnegative strictly_increasing"
    yield _rule("product", "strictly_increasing", f"{strict},{strict}", "product of nonnegative strict")
    for one, other, name in (
        ("nonnegative", "nonnegative", "nonnegative"),
        ("nonpositive", "nonpositive", "nonnegative"),
        ("nonnegative", "nonpositive", "nonpositive"),
        ("nonpositive", "nonnegative", "nonpositive"),
    ):
        yield _rule("product", name, f"{one},{other}", "sign of a product")
    for one, other, name in (
        ("odd", "odd", "even"),
        ("even", "even", "even"),
        ("odd", "even", "odd"),
        ("even", "odd", "odd"),
    ):
        yield _rule("product", name, f"{one},{other}", "parity of a product")
        yield _rule("quotient", name, f"{one},{other}", "parity of a quotient")
    yield _all("product", "bounded")
    yield _all("product", "continuous")
    yield _all("quotient", "continuous")
    yield _rule("quotient", "bounded", "bounded,", "quotient by what is bounded below")
    for name in ("nonnegative", "nonpositive"):
        yield _rule("quotient", name, f"{name},nonnegative", "sign of a quotient", "positive denominator")
    for name, other in (("nondecreasing", "nonincreasing"), ("nonincreasing", "nondecreasing")):
        needs = f"nonnegative {name},nonnegative {other}"
        yield _rule("quotient", name, needs, "monotone quotient", "positive denominator")


def _shaped_rules() -> Iterator[Rule]:
    for name in ("nondecreasing", "nonincreasing"):
        yield _all("clip", name, theorem="clip of monotone")
    for name in ("even", "continuous"):
        yield _all("clip", name)
    yield _all("clip", "odd", when="symmetric ends")
    yield _rule("clip", "bounded", "", "values between ends")
    yield _rule("clip", "nonnegative", "", "values between ends", "nonnegative ends")
    yield _rule("clip", "nonpositive", "", "values between ends", "nonpositive ends")
    for wide, strict, when in (
        ("nondecreasing", "strictly_increasing", "rises at the knot"),
        ("nonincreasing", "strictly_decreasing", "falls at the knot"),
    ):
        yield _all("piecewise", wide, when=when, theorem="pieces in order")
        yield _all("piecewise", strict, when=when, theorem="pieces in order")
    for name in ("nonnegative", "nonpositive", "bounded"):
        yield _all("piecewise", name, theorem="pieces with the same bounds")
    yield _all("piecewise", "continuous", when="meets at the knot", theorem="pieces that meet")
    yield _all("dip", "bounded", theorem="pieces with the same bounds")


COMPOSED: Final = (
    # outer, inner, what the composition has, theorem
    *(
        (f"{first}{outer}", f"{first}{inner}", f"{first}{whole}", "composition of monotone")
        for first, rise, fall in (("", "nondecreasing", "nonincreasing"),)
        for outer, inner, whole in (
            (rise, rise, rise),
            (rise, fall, fall),
            (fall, fall, rise),
            (fall, rise, fall),
        )
    ),
    *(
        (outer, inner, whole, "composition of strict")
        for rise, fall in (("strictly_increasing", "strictly_decreasing"),)
        for outer, inner, whole in (
            (rise, rise, rise),
            (rise, fall, fall),
            (fall, fall, rise),
            (fall, rise, fall),
        )
    ),
    ("convex nondecreasing", "convex", "convex", "convex and rising after convex"),
    ("convex nonincreasing", "concave", "convex", "convex and falling after concave"),
    ("concave nondecreasing", "concave", "concave", "concave and rising after concave"),
    ("concave nonincreasing", "convex", "concave", "concave and falling after convex"),
    ("convex", "affine", "convex", "convex after affine"),
    ("concave", "affine", "concave", "concave after affine"),
    ("even", "odd", "even", "even after odd"),
    ("odd", "odd", "odd", "odd after odd"),
    ("", "even", "even", "anything after even"),
    ("nonnegative", "", "nonnegative", "values of the outer function"),
    ("bounded", "", "bounded", "values of the outer function"),
    ("continuous", "continuous", "continuous", "composition of continuous"),
    ("continuous", "bounded continuous", "bounded", "continuous after bounded"),
    ("coercive", "unbounded", "unbounded", "large after unbounded"),
)
"""Composition: what the outer and the inner function have, what the composition has then, and the theorem."""


def _composition_rules() -> Iterator[Rule]:
    """The rules of composition, for each function of one argument and each part of the line that it knows."""
    for row in OPERATIONS.values():
        for where, own in row.traits.items():
            known = own | row.traits[EVERYWHERE]
            for outer, inner, gives, theorem in COMPOSED:
                # What holds everywhere needs not be said again of one side.
                if _goal(outer) <= known and (where == EVERYWHERE or _goal(outer) & own):
                    yield Rule(row.name, gives, (_goal(f"{inner} {where}"),), theorem)


RULES: Final[tuple[Rule, ...]] = tuple(
    dict.fromkeys(
        (*_linear_rules(), *_extreme_rules(), *_product_rules(), *_shaped_rules(), *_composition_rules())
    )
)
"""Every rule."""
LEAVES: Final[Mapping[str, Goal]] = MappingProxyType(
    {
        "x": _goal("affine odd unbounded strictly_increasing"),
        "number": _goal("affine even nondecreasing nonincreasing bounded"),
    }
)
"""What x and the constants are."""


def closed(goal: Goal) -> Goal:
    """The properties with all that they are cases of."""
    while not goal >= (wider := frozenset().union(*(IMPLIED.get(name, frozenset()) for name in goal))):
        goal |= wider
    return goal


class Closure:
    """What a set of rules says of terms."""

    def __init__(self, rules: tuple[Rule, ...] = RULES) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.operation, []).append(rule)
        self.properties = lru_cache(maxsize=8192)(self._properties)

    def _properties(self, term: Term) -> Goal:
        """All that the rules, and the range, say of the term."""
        found = LEAVES.get(term.operation, frozenset())
        parts = tuple(self.properties(part) for part in term.parts)
        for rule in self._rules.get(term.operation, ()):
            if rule.gives not in found and rule.applies(term, parts):
                found |= {rule.gives}
        within = range_of(term)
        if within.sign > 0 or within.low == 0:
            found |= {"nonnegative"}
        if within.high is not None and within.high <= 0:
            found |= {"nonpositive"}
        if within.size is not None:
            found |= {"bounded"}
        return closed(found)

    def reasons(self, term: Term, name: str) -> tuple[Rule, ...]:
        """The rules that give the term this property."""
        parts = tuple(self.properties(part) for part in term.parts)
        rules = self._rules.get(term.operation, ())
        return tuple(rule for rule in rules if rule.gives == name and rule.applies(term, parts))


_CLOSURE: Final = Closure()


def properties(term: Term) -> Goal:
    """Everything that the rules say of the term."""
    return _CLOSURE.properties(term)


