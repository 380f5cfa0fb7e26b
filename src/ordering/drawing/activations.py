"""`activations`: the strategy that draws activations from terms, and `term`, which reads one again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from sympy import Expr

from ordering.activation import Activation
from ordering.arguments import flag, integer
from ordering.drawing.growing import SEEDS, grow, seeds
from ordering.drawing.kernel import PrintedKernel
from ordering.drawing.known import Known, known, witness
from ordering.drawing.operations import OPERATIONS
from ordering.drawing.planting import BREAKS
from ordering.drawing.planting import dip as plant
from ordering.drawing.printer import program
from ordering.drawing.reading import read
from ordering.drawing.rules import Goal, properties
from ordering.drawing.term import Term, X
from ordering.drawing.values import Undetermined
from ordering.drawing.writing import written
from ordering.errors import InvalidArgument

DEEPEST: Final = 8
LONGEST_NAME: Final = 40


@dataclass(frozen=True, repr=False)
class DrawnActivation(Activation):
    """An `Activation` made of a term, and what the term's construction says of it."""

    term: Term = field(default=X, kw_only=True)

    @property
    def known(self) -> Known:
        """What is known by construction: properties, witnesses, range, dip."""
        return known(self.term)

    def __repr__(self) -> str:
        return f'term("{written(self.term)}")'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How Hypothesis shows it: as what can be put into an `@example`."""
        printer.text(repr(self))


def term(text: str | Term) -> DrawnActivation:
    """The activation that a formula stands for, in the grammar in which drawn ones are printed.

    Raises
    ------
    InvalidArgument
        If the text is none of the grammar's formulas; see `ordering.drawing.reading.read`.

    Examples
    --------
    >>> term("max(x, 0) + 1/2").known.properties["convex"]
    True
    >>> term("max(x, 0) - x/4").known.witnesses["nondecreasing"]
    (Fraction(-32, 1), Fraction(-16, 1))
    """
    return _activation(read(text) if isinstance(text, str) else text)


@lru_cache(maxsize=4096)
def expression(of: Term, printed: bool = False) -> Expr:
    """The term in sympy; `printed`: with torch's own functions, for the printer."""
    row = OPERATIONS[of.operation]
    form = row.printed if printed and row.printed is not None else row.sympy
    return form([expression(part, printed) for part in of.parts], of.numbers)


@lru_cache(maxsize=2048)
def _activation(of: Term) -> DrawnActivation:
    kernel = PrintedKernel(program(expression(of, True)))
    return DrawnActivation(
        _name(written(of)),
        kernel=kernel,
        expression=expression(of),
        formula=f"x -> {written(of)}",
        keeps_nan=bool(kernel(torch.tensor([torch.nan])).isnan().all()),
        term=of,
    )


def _name(text: str) -> str:
    """A usable name: the formula without what names may not have, and then a digest that tells it apart."""
    plain = " ".join(re.sub(r"[^A-Za-z0-9_=+\-*/., ]", " ", text).split())
    if plain != text or len(plain) > LONGEST_NAME:
        plain = f"{plain[:LONGEST_NAME]}, {hashlib.sha256(text.encode()).hexdigest()[:6]}"
    return f"drawn({plain})"


def activations(
    *,
    nondecreasing: bool | None = None,
    nonincreasing: bool | None = None,
    strictly_increasing: bool | None = None,
    convex: bool | None = None,
    concave: bool | None = None,
    affine: bool | None = None,
    odd: bool | None = None,
    even: bool | None = None,
    nonnegative: bool | None = None,
    bounded: bool | None = None,
    continuous: bool | None = None,
    dip: bool | None = None,
    depth: int = 3,
) -> SearchStrategy[DrawnActivation]:
    """Activations that nobody chose, with the properties that are wanted, by their construction.

    True: the construction guarantees the property over the reals.  False: it breaks the property, at exact
    points that `activation.known.witnesses` has (`bounded` is broken by growth, not at points).  None: as it
    comes.  They shrink to `x`, `-x`, `max(x, 0)`, `abs(x)`, print as a formula, and are read again by `term`.

    Parameters
    ----------
    dip:
        True: a rising term, lowered at one drawn value of float16, or on a few: not nondecreasing, at a pair
        that `activation.known.dip` has; by as little as one unit in float16's last place.  False: no dips.
    depth:
        How many operations may stand above each other, from 0 to 8; maps p x + q count nothing.

    Raises
    ------
    InvalidArgument
        If an argument is none of these, or no activation that can be built has all that is wanted.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(activations(nondecreasing=True), lambda f: True)
    term("x")
    >>> find(activations(nondecreasing=False), lambda f: True)
    term("-x")
    """
    wanted = {
        name: value
        for name, value in (
            ("nondecreasing", nondecreasing),
            ("nonincreasing", nonincreasing),
            ("strictly_increasing", strictly_increasing),
            ("convex", convex),
            ("concave", concave),
            ("affine", affine),
            ("odd", odd),
            ("even", even),
            ("nonnegative", nonnegative),
            ("bounded", bounded),
            ("continuous", continuous),
        )
        if value is not None and flag(name, value) is not None
    }
    if dip is not None:
        flag("dip", dip)
    depth = integer("depth", depth, least=0, most=DEEPEST)
    goal = frozenset(name for name, value in wanted.items() if value)
    broken = tuple(name for name, value in wanted.items() if not value)
    if "continuous" in broken:
        raise InvalidArgument("continuous=False: what jumps is drawn where nothing is wanted; leave it None")
    if dip:
        if taken := sorted(goal - {"bounded", "nonnegative"}):
            raise InvalidArgument(f"a dip takes away what is wanted: {', '.join(taken)}")
        if others := sorted(set(broken) - {"nondecreasing"}):
            raise InvalidArgument(f"dip=True breaks nondecreasing alone; leave {', '.join(others)} None")
        goal, broken = goal - {"nonnegative"}, ()
    rising: Goal = goal | {"nondecreasing"} if dip else goal
    if not seeds(rising) or (broken and not _fallbacks(goal, broken)):
        said = ", ".join(f"{name}={value}" for name, value in wanted.items())
        raise InvalidArgument(f"no activation that can be built has all of {said}; leave one of them None")
    return terms(rising, broken, dip=bool(dip), depth=depth).map(_activation)


@st.composite
def terms(
    draw: DrawFn, goal: Goal = frozenset(), broken: tuple[str, ...] = (), *, dip: bool = False, depth: int = 3
) -> Term:
    """The terms of `activations`: with all of the goal, and none of what is to be broken."""
    # What has all that is wanted without being broken is what it shrinks to, and a constant last of all.
    lacking = _fallbacks(goal, broken) if broken else ()
    found = grow(draw, goal, depth, tuple(each for each in lacking if each.operation != "number"))
    if dip:
        return _dipped(draw, found)
    if broken and not _breaks(found, broken):
        return _broken(draw, found, goal, broken)
    return found


def _dipped(draw: Any, found: Term) -> Term:
    try:
        return plant(draw, found)
    except Undetermined:
        return plant(draw, X)


def _lacks(found: Term, name: str) -> bool:
    """Whether the construction knows that the term breaks the property."""
    if name == "bounded":
        return "unbounded" in properties(found)
    return witness(found, name) is not None


def _breaks(found: Term, broken: tuple[str, ...]) -> bool:
    return all(_lacks(found, name) for name in broken)


def _broken(draw: Any, found: Term, goal: Goal, broken: tuple[str, ...]) -> Term:
    """The term, broken where it is not yet; a small one that has and lacks all where that takes too much."""
    for name in broken:
        if not _lacks(found, name):
            try:
                found = BREAKS[name](draw, found)
            except (Undetermined, InvalidArgument):
                break
    if goal <= properties(found) and _breaks(found, broken):
        return found
    small: Term = draw(st.sampled_from(_fallbacks(goal, broken) or (found,)))
    return small


@lru_cache(maxsize=1024)
def _fallbacks(goal: Goal, broken: tuple[str, ...]) -> tuple[Term, ...]:
    """Small terms that have all that is wanted, and lack the rest."""
    return tuple(each for each in SEEDS if goal <= properties(each) and _breaks(each, broken))


__all__ = ["DrawnActivation", "activations", "expression", "term", "terms"]
