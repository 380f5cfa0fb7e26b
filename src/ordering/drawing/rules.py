"""Closure rules as data: which property of a whole follows from which properties of its parts.

Each rule names its theorem in one of the files `proofs/closure_*.py`: its hypotheses are what the rule needs,
and its statement is what the rule gives.  The rules are read in two directions: forwards, they say what is
known of a term (`properties`); backwards, they say of which parts a term with wanted properties can be built
(`growing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
        "convex": "f(p a + q b) <= p f(a) + q f(b) for p, q >= 0, p + q = 1",
        "concave": "f(p a + q b) >= p f(a) + q f(b) for p, q >= 0, p + q = 1",
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
"""What each property is a case of; what is convex or concave on the whole line does not jump."""


def closed(goal: Goal) -> Goal:
    """The properties with all that they are cases of."""
    while not goal >= (wider := frozenset().union(*(IMPLIED.get(name, frozenset()) for name in goal))):
        goal |= wider
    return goal


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
        if self.operation == "sum" and first != rest:
            # One of the parts has the first need, and all others have the other.
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


def _rule(operation: str, gives: str, needs: str, theorem: str = "", when: str = "") -> Rule:
    """The needs of the parts are apart by commas."""
    named = theorem or f"{operation} of {needs.replace(',', ' and ')}"
    return Rule(operation, gives, tuple(map(_goal, needs.split(","))), named, when)


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


def _linear_rules() -> Iterator[Rule]:
    for name, other in _SWAPPED.items():
        yield _all("scale", name, when="positive factor", theorem=f"positive multiple of {name}")
        yield _rule("scale", name, other, f"negative multiple of {other}", "negative factor")
    for name in ("affine", "odd", "even", "bounded", "continuous"):
        yield _all("scale", name, theorem=f"multiple of {name}")
    for sign in ("positive", "negative"):
        yield _all("scale", "unbounded", when=f"{sign} factor", theorem=f"{sign} multiple of unbounded")
    for name in (*_SWAPPED, "affine", "odd", "even", "bounded", "continuous"):
        yield _all("sum", name)
    for strict, wide in (("strictly_increasing", "nondecreasing"), ("strictly_decreasing", "nonincreasing")):
        yield _rule("sum", strict, f"{strict},{wide}")
    yield _rule("sum", "unbounded", "unbounded,bounded")


def _extreme_rules() -> Iterator[Rule]:
    for operation in ("max", "min"):
        for name in ("nondecreasing", "nonincreasing", "strictly_increasing", "strictly_decreasing"):
            yield _all(operation, name)
        for name in ("even", "bounded", "continuous"):
            yield _all(operation, name)
    yield _all("max", "convex")
    yield _all("min", "concave")
    for needs in ("nonnegative,", ",nonnegative"):
        yield _rule("max", "nonnegative", needs, "max of nonnegative and anything")
    for needs in ("nonpositive,", ",nonpositive"):
        yield _rule("min", "nonpositive", needs, "min of nonpositive and anything")
    yield _all("max", "nonpositive")
    yield _all("min", "nonnegative")


def _product_rules() -> Iterator[Rule]:
    for name in ("nondecreasing", "nonincreasing"):
        both = f"nonnegative {name}"
        yield _rule("product", name, f"{both},{both}", f"product of {both}")
        cup = f"nonnegative convex {name}"
        yield _rule("product", "convex", f"{cup},{cup}", f"product of {cup}")
    strict = "nonnegative strictly_increasing"
    yield _rule("product", "strictly_increasing", f"{strict},{strict}", f"product of {strict}")
    for one, other, name in (
        ("nonnegative", "nonnegative", "nonnegative"),
        ("nonpositive", "nonpositive", "nonnegative"),
        ("nonnegative", "nonpositive", "nonpositive"),
        ("nonpositive", "nonnegative", "nonpositive"),
    ):
        yield _rule("product", name, f"{one},{other}")
    for one, other, name in (
        ("odd", "odd", "even"),
        ("even", "even", "even"),
        ("odd", "even", "odd"),
        ("even", "odd", "odd"),
    ):
        yield _rule("product", name, f"{one},{other}")
        if other == "even":  # an odd denominator is zero at 0
            yield _rule("quotient", name, f"{one},{other}", f"quotient of {one} by {other}")
    yield _all("product", "bounded")
    yield _all("product", "continuous")
    yield _all("quotient", "continuous")
    yield _rule("quotient", "bounded", "bounded,", "quotient of bounded")
    for name in ("nonnegative", "nonpositive"):
        theorem = f"quotient of {name} by positive"
        yield _rule("quotient", name, f"{name},nonnegative", theorem, "positive denominator")
    for name, other in (("nondecreasing", "nonincreasing"), ("nonincreasing", "nondecreasing")):
        needs = f"nonnegative {name},nonnegative {other}"
        theorem = f"quotient of nonnegative {name} by positive {other}"
        yield _rule("quotient", name, needs, theorem, "positive denominator")


def _shaped_rules() -> Iterator[Rule]:
    for name in ("nondecreasing", "nonincreasing"):
        yield _all("clip", name)
    for name in ("even", "continuous"):
        yield _all("clip", name)
    yield _all("clip", "odd", when="symmetric ends", theorem="clip of odd between symmetric ends")
    yield _rule("clip", "bounded", "", "clip of anything")
    for name in ("nonnegative", "nonpositive"):
        yield _rule("clip", name, "", f"clip of anything between {name} ends", f"{name} ends")
    for wide, strict, when in (
        ("nondecreasing", "strictly_increasing", "rises at the knot"),
        ("nonincreasing", "strictly_decreasing", "falls at the knot"),
    ):
        for name in (wide, strict):
            yield _all("piecewise", name, when=when, theorem=f"piecewise of {name} in order")
    for name in ("nonnegative", "nonpositive", "bounded"):
        yield _all("piecewise", name)
    theorem = "piecewise of continuous that meet"
    yield _all("piecewise", "continuous", when="meets at the knot", theorem=theorem)
    yield _all("dip", "bounded")


COMPOSED: Final = (
    # outer, inner, what the composition has
    *(
        (outer, inner, rise if outer == inner else fall)
        for rise, fall in (("nondecreasing", "nonincreasing"), ("strictly_increasing", "strictly_decreasing"))
        for outer in (rise, fall)
        for inner in (rise, fall)
    ),
    ("convex nondecreasing", "convex", "convex"),
    ("convex nonincreasing", "concave", "convex"),
    ("concave nondecreasing", "concave", "concave"),
    ("convex", "affine", "convex"),
    ("even", "odd", "even"),
    ("odd", "odd", "odd"),
    ("", "even", "even"),
    ("nonnegative", "", "nonnegative"),
    ("bounded", "", "bounded"),
    ("continuous", "continuous", "continuous"),
    ("continuous", "bounded", "bounded"),
    ("coercive", "unbounded", "unbounded"),
)
"""Composition: what the outer and the inner function have, and what the composition has then."""


def _composition_rules() -> Iterator[Rule]:
    """The rules of composition, for each function of one argument and each part of the line that it knows."""
    for row in OPERATIONS.values():
        for where, own in row.traits.items():
            known = own | row.traits[EVERYWHERE]
            for outer, inner, gives in COMPOSED:
                # What holds everywhere needs not be said again of one side.
                needs = _goal(f"{inner} {where}")
                # Concave and nowhere negative, or convex and nowhere positive, are constants alone.
                wide = closed(needs)
                flat = wide >= {"concave", "nonnegative"} or wide >= {"convex", "nonpositive"}
                if _goal(outer) <= known and (where == EVERYWHERE or _goal(outer) & own) and not flat:
                    theorem = f"{outer or 'anything'} after {inner or 'anything'}"
                    yield Rule(row.name, gives, (needs,), theorem)


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
