"""What a printed proof has stated so far: the numbers of its lines, the names of roots, f' and f''."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import sympy as sp
from sympy import Expr

from ordering.checking import Derivative, Number, Piece, Point, Rejected, Root, Sign
from ordering.checking.branches import value_at
from ordering.checking.growth import limit_near
from ordering.checking.points import infinite, not_after, sign_at
from ordering.rendering.numbers import Decimal, at, closed, span
from ordering.rendering.parts import Line, Mark, Ref, Sentence, listed
from ordering.variable import x

MOST_OPERATIONS = 12
"""A closed form of a root that is longer gets a name."""


LONG = 20
"""Characters of an expression that gets a name."""


class Book:
    """Takes lines one after the other, and says what is known by then."""

    def __init__(self, steps: Iterable[Any]) -> None:
        self.lines: list[Line] = []
        self.numbers: dict[Hashable, int] = {}
        self.closed_forms: dict[Root, Expr | None] = {}
        self._names: dict[Root, Expr] = {}
        self._signs: dict[Expr, list[Sign]] = {}
        self._labels: dict[Expr, list[tuple[str, Piece, tuple[Derivative, ...]]]] = {}
        self._auxiliary: dict[Expr, int] = {}
        self.steps = list(dict.fromkeys(steps))
        self._label(self.steps)
        self._long = {
            step.function
            for step in self.steps
            if isinstance(step, Sign)
            and len(str(step.function)) >= LONG
            and not self._known_as(step.function, step.low, step.high)
        }

    def _label(self, steps: list[Any]) -> None:
        """f' and f'' of every piece."""
        slopes = {step.function: step for step in steps if isinstance(step, Derivative)}
        for piece in (step for step in steps if isinstance(step, Piece)):
            e = piece.expression
            chain: tuple[Derivative, ...] = ()
            for order in ("f", "f'", "f''"):
                known = self._labels.setdefault(e, [])
                if (order, piece, chain) not in known:
                    known.append((order, piece, chain))
                if e not in slopes:
                    break
                chain = (*chain, slopes[e])
                e = slopes[e].derivative

    # ---- lines ---------------------------------------------------------------------------------------

    def write(self, key: Hashable, statement: Sentence, why: Iterable[Sentence]) -> None:
        """A numbered line; `key` is what others refer to it by."""
        number = len(self.lines) + 1
        self.lines.append(Line(statement, tuple(why), number))
        self.numbers[key] = number
        if isinstance(key, Sign):
            self._signs.setdefault(key.function, []).append(key)

    def share(self, key: Hashable, other: Hashable) -> None:
        """That the line of `other` states this too."""
        self.numbers[key] = self.numbers[other]
        if isinstance(key, Sign):
            self._signs.setdefault(key.function, []).append(key)

    def leave_out(self, step: Sign) -> None:
        """Know a step that needs no line: the sign of x."""
        self._signs.setdefault(step.function, []).append(step)

    def stated(self, e: Expr, low: Point, high: Point) -> Sign | None:
        """The line on the signs of e on an interval that holds this one."""
        return next(
            (
                step
                for step in self._signs.get(e, ())
                if not_after(step.low, low) and not_after(high, step.high)
            ),
            None,
        )

    # ---- names ---------------------------------------------------------------------------------------

    def name(self, root: Root) -> Expr:
        """A short closed form, or a letter with an index."""
        if root not in self._names:
            form = self.closed_forms[root] = closed(root)
            short = form is not None and not form.has(sp.LambertW) and sp.count_ops(form) <= MOST_OPERATIONS
            letters = sum(isinstance(name, sp.Symbol) for name in self._names.values())
            self._names[root] = form if form is not None and short else sp.Symbol(f"r_{letters + 1}")
        return self._names[root]

    def point(self, point: Point) -> Expr:
        """A point as a formula."""
        return point.value if isinstance(point, Number) else self.name(point)

    def labels(self, e: Expr, low: Point, high: Point) -> list[str]:
        """Which of f, f' and f'' an expression is on an interval, as far as lines say so."""
        return [
            label
            for label, chain in self._known_as(e, low, high)
            if all(slope in self.numbers for slope in chain)
        ]

    def _known_as(self, e: Expr, low: Point, high: Point) -> list[tuple[str, tuple[Derivative, ...]]]:
        found = {
            label: chain
            for label, piece, chain in self._labels.get(e, ())
            if not_after(piece.low, low) and not_after(high, piece.high)
        }
        return list(found.items())

    def pieces(self, e: Expr, label: str) -> list[Piece]:
        """The pieces on which an expression is f, f' or f''."""
        return [piece for known, piece, _ in self._labels.get(e, ()) if known == label]

    def formula(self, e: Expr) -> Sentence:
        """An expression; a long one on which there are lemmas gets a name, by which it goes from then on."""
        if e in self._long and e not in self._auxiliary:
            self._auxiliary[e] = len(self._auxiliary) + 1
            return (self.called(e), Mark("="), e)
        return (self.called(e),)

    def called(self, e: Expr, prime: str = "") -> Expr:
        """The name of an expression, or of its derivative, that was given by `formula`; else itself."""
        index = self._auxiliary.get(e)
        return e if index is None else sp.Symbol(f"g_{index}{prime}(x)")

    def has_name(self, e: Expr) -> bool:
        """Whether `formula` gave it a name."""
        return e in self._auxiliary

    def orders(self, e: Expr) -> list[str]:
        """Which of f and f' an expression is somewhere."""
        return list(dict.fromkeys(label for label, _, _ in self._labels.get(e, ())))

    # ---- formulas ------------------------------------------------------------------------------------

    def where(self, low: Point, high: Point) -> Sentence:
        """An open interval in words: `for every x`, `for x < 0`, `for 0 < x < 1`."""
        if infinite(low) and infinite(high):
            return ("for every", x)
        if infinite(low):
            return ("for", x, Mark("<"), self.point(high))
        if infinite(high):
            return ("for", x, Mark(">"), self.point(low))
        return ("for", self.point(low), Mark("<"), x, Mark("<"), self.point(high))

    def value(self, e: Expr, point: Point, side: int = 0) -> Sentence:
        """e at a point, as a formula and as decimals; at an end of an interval, its limit from this side.

        Empty where neither is known.
        """
        if side and infinite(point):
            return self.limit(e, point, side)
        if isinstance(point, Root):
            there = _constant(e, point)
            if there is not None:
                return (there, Decimal(there))
            form = self.name(point)
            formula = None if isinstance(form, sp.Symbol) else at(e, Number(form))
            short = formula is not None and sp.count_ops(formula) <= 2 * MOST_OPERATIONS
            if formula is not None and short:
                return (formula, Decimal(e, point))
            number = Decimal(e, point, related=False)
            return (number,) if span(number) is not None else ()
        formula = at(e, point)
        if formula is None:
            return self.limit(e, point, side) if side else ()
        return (formula, Decimal(formula))

    def limit(self, e: Expr, point: Point, side: int) -> Sentence:
        """The one-sided limit of e."""
        try:
            limit = limit_near(e, point, side)
        except Rejected:
            return ()
        return (limit,) if limit in (sp.oo, -sp.oo) else (limit, Decimal(limit))


def _constant(e: Expr, root: Root) -> Expr | None:
    """The value of e at a root if it shows: 0 where the root's equation makes it so."""
    try:
        value = value_at(e, root)
        if value is not None and value.has(x) and sign_at(value, root) == 0:
            return sp.S.Zero
    except Rejected:
        return None
    return value if value is not None and not value.has(x) else None


def by(*keys: Hashable) -> Sentence:
    """`by (3), (4) and (5)`, without repetition."""
    refs = [(Ref(key),) for key in dict.fromkeys(keys)]
    return ("by", *listed(refs)) if refs else ()
