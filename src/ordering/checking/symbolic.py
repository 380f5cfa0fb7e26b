"""Signs of expressions with parameters, in a region that linear relations between x and them describe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final

import sympy as sp
from sympy import Expr

from ordering.checking.algebra import same
from ordering.checking.linear import entails
from ordering.checking.points import sign_of_number
from ordering.checking.reading import (
    ANY,
    EVERYWHERE,
    LIKE_ITS_ARGUMENT,
    POSITIVE,
    UP,
    Signs,
    raised,
    sum_of,
    times,
)
from ordering.checking.records import Rejected

_LINEAR: Final = (
    (sp.Gt, UP),
    (sp.Lt, frozenset({-1})),
    (sp.Eq, frozenset({0})),
    (sp.Ge, frozenset({0, 1})),
    (sp.Le, frozenset({-1, 0})),
)
"""Relations to zero, and the signs that they leave."""


def equal(a: Expr, b: Expr) -> bool:
    """Whether two expressions that are real are equal: as they stand, or because exponentials are.

    For then neither has a denominator that vanishes, and the numerator of a - b is zero if its exponential
    is 1.

    >>> t = sp.Symbol("t", real=True)
    >>> equal(sp.log(1 + sp.exp(t)) - t, sp.log(1 + sp.exp(-t)))
    True
    """
    if same(a, b):
        return True
    top, bottom = sp.together(a - b).as_numer_denom()
    return same(a - b, top / bottom) and same(sp.exp(sp.expand(top)), sp.S.One)


@dataclass(frozen=True)
class Region:
    """All real values of the symbols that satisfy the relations."""

    relations: tuple[Any, ...]

    def signs(self, e: Expr) -> Signs:
        """Signs among which those of e in the region are."""
        return _signs(e, self.relations)

    def product(self, factors: Iterable[Expr]) -> Signs:
        """Signs of a product."""
        return reduce(times, map(self.signs, factors), UP)

    def require_real(self, e: Expr) -> None:
        """That e is a smooth real function of its symbols in the region; `Rejected` if it may not be."""
        for part in sp.preorder_traversal(e):
            if part.is_number:
                sign_of_number(part)
            elif part.is_Symbol or part.is_Add or part.is_Mul or part.func in EVERYWHERE:
                continue
            elif part.is_Pow and part.exp.is_Integer:
                if part.exp < 0 and 0 in self.signs(part.base):
                    raise Rejected(f"nothing says that {part.base} is not zero")
            elif isinstance(part, sp.log):
                if self.signs(part.args[0]) != UP:
                    raise Rejected(f"nothing says that {part.args[0]} is positive")
            else:
                raise Rejected(f"{part} is not understood")


@lru_cache(maxsize=4096)
def _signs(e: Expr, relations: tuple[Any, ...]) -> Signs:
    if e.is_number:
        return frozenset({sign_of_number(e)})
    found = _by_form(e, relations)
    if len(found) == 1:
        return found
    for relation, signs in _LINEAR:
        if entails(relations, relation(e, 0)):
            return found & signs
    return found


def _by_form(e: Expr, relations: tuple[Any, ...]) -> Signs:
    def signs(part: Expr) -> Signs:
        return _signs(part, relations)

    if e.is_Add:
        return sum_of([signs(a) for a in e.args])
    if e.is_Mul:
        return reduce(times, [signs(a) for a in e.args])
    if e.func in POSITIVE:
        return UP
    if e.func in LIKE_ITS_ARGUMENT:
        return signs(e.args[0])
    if isinstance(e, sp.log):
        return signs(e.args[0] - 1)
    if e.is_Pow and e.exp.is_Integer:
        return raised(signs(e.base), int(e.exp))
    return ANY
