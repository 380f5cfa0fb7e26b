"""Why an expression has its sign on an interval, told from its form as one would with pen and paper."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from flint import fmpq
from sympy import Expr

from ordering.checking import Point, Rejected, needs, read_off
from ordering.checking.points import bracket, enclosure, infinite, sign_at
from ordering.checking.reading import ANY, DOWN, LIKE_ITS_ARGUMENT, UP, Signs, raised, sum_of
from ordering.enclosures.balls import ends, to_sympy
from ordering.rendering.book import Book
from ordering.rendering.numbers import Decimal
from ordering.rendering.parts import Mark, Part, Ref, Sentence, listed
from ordering.variable import x

RELATION = {
    frozenset({1}): ">", frozenset({-1}): "<", frozenset({0, 1}): ">=", frozenset({-1, 0}): "<=",
    frozenset({0}): "=",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A sign on an interval, with its reason in words; `trivial` where every reader sees it."""

    signs: Signs
    words: Sentence = ()
    trivial: bool = False


def _relation(signs: Signs) -> Mark:
    return Mark(RELATION[signs])


def because(e: Expr, low: Point, high: Point, book: Book) -> Sentence:
    """Why e has the sign that it has on the interval; empty where that is plain to see."""
    try:
        return _fact(e, low, high, book).words
    except Rejected:  # a function of which the checker knows no more than what a step states
        return ()


def known(e: Expr, low: Point, high: Point, book: Book) -> Sentence:
    """`e > 0`, with its reason in brackets where it needs one."""
    fact = _fact(e, low, high, book)
    if fact.signs not in RELATION:
        return (book.called(e), "as said")
    head: Sentence = (book.called(e), _relation(fact.signs), sp.S.Zero)
    return head if fact.trivial or not fact.words else (*head, "(", *fact.words, ")")


def _fact(e: Expr, low: Point, high: Point, book: Book) -> Fact:
    """The sign of e, by a line of the book or read off, in the order in which the checker looks."""
    for sign, form in ((1, e), (-1, -e)):
        step = book.stated(form, low, high)
        if step is not None and step in book.numbers:
            found = {sign * s for s in step.signs} | ({0} if step.points else set())
            return Fact(frozenset(found), ("by", Ref(step)))
    if not e.has(x):
        words = () if e.is_Rational else (e, Decimal(e))
        return Fact(read_off(e, low, high), words, trivial=True)
    if e == x:
        return Fact(read_off(e, low, high), trivial=True)
    return _by_form(e, low, high, book) or _by_range(e, low, high, book)


def _by_form(e: Expr, low: Point, high: Point, book: Book) -> Fact | None:
    if e.is_Add:
        return _sum(e, low, high, book)
    if e.is_Mul:
        facts = [(part, _fact(part, low, high, book)) for part in e.args]
        signs: Signs = UP
        for _, fact in facts:
            signs = frozenset(i * j for i in signs for j in fact.signs)
        if signs not in RELATION:
            return None
        return Fact(signs, ("a product:", *_inner(facts)), trivial=all(fact.trivial for _, fact in facts))
    if e.is_Pow and not isinstance(e, sp.exp):
        base = _fact(e.base, low, high, book)
        if e.exp.is_Integer and e.exp % 2 == 0 and e.exp > 0:
            return Fact(raised(base.signs, int(e.exp)), ("an even power", *_of(e.base, base)), trivial=True)
        if e.exp.is_Integer and base.signs in RELATION and (e.exp > 0 or 0 not in base.signs):
            words = ("the reciprocal" if e.exp == -1 else "a power", *_of(e.base, base))
            return Fact(raised(base.signs, int(e.exp)), words, trivial=base.trivial)
        if base.signs != UP:
            return None
        return Fact(
            UP, ("a root" if e.exp == sp.S.Half else "a power", *_of(e.base, base)), trivial=base.trivial
        )
    if e.func in (sp.exp, sp.cosh, sp.sech):
        return Fact(UP, trivial=True)
    if e.func is sp.erfc:
        return Fact(UP, ("erfc lies between 0 and 2",))
    if e.func in LIKE_ITS_ARGUMENT:
        inner = _fact(e.args[0], low, high, book)
        if inner.signs == ANY or inner.signs not in RELATION:
            return None
        name = e.func.__name__
        return Fact(inner.signs, (f"{name} has the sign of its argument", *_of(e.args[0], inner)))
    if e.func is sp.log:
        more = _fact(e.args[0] - 1, low, high, book)
        if more.signs not in RELATION:
            return None
        words = ("as", e.args[0], _relation(more.signs), sp.S.One)
        return Fact(more.signs, words)
    return None


def _sum(e: Expr, low: Point, high: Point, book: Book) -> Fact | None:
    facts = [(part, _fact(part, low, high, book)) for part in e.args]
    signs = sum_of([fact.signs for _, fact in facts])
    if signs not in RELATION:
        return None
    return Fact(signs, ("a sum:", *_inner(facts)), trivial=all(fact.trivial for _, fact in facts))


def _inner(facts: list[tuple[Expr, Fact]]) -> Sentence:
    """The parts with their signs; numbers speak for themselves."""
    told = []
    for part, fact in facts:
        if part.is_number:
            continue
        head: Sentence = (part, _relation(fact.signs), sp.S.Zero)
        told.append(head if fact.trivial or not fact.words else (*head, "(", *fact.words, ")"))
    return listed(told)


def _of(argument: Expr, fact: Fact) -> Sentence:
    if fact.signs not in RELATION or argument == x:
        return () if fact.signs not in RELATION else ("of", x, _relation(fact.signs), sp.S.Zero)
    return (
        "of",
        argument,
        _relation(fact.signs),
        sp.S.Zero,
        *(() if fact.trivial else ("(", *fact.words, ")")),
    )


def _by_range(e: Expr, low: Point, high: Point, book: Book) -> Fact:
    """A line by its ends, sines and cosines by their range, anything by interval arithmetic."""
    found = read_off(e, low, high)
    if e.is_polynomial(x) and sp.degree(e, x) == 1 and found in RELATION:
        slope = sp.diff(e, x)
        words: list[Part] = ["a line"]
        for end in (low, high):
            if not infinite(end) and sign_at(e, end) * max(found, key=abs) >= 0:
                words += [",", *book.value(e, end), "at", book.point(end)]
        words += [", with slope", slope]
        return Fact(found, tuple(words))
    turns = e.atoms(sp.sin, sp.cos)
    if turns and found in RELATION and not e.xreplace(dict.fromkeys(turns, sp.Symbol("turn"))).has(x):
        return Fact(found, ("sines and cosines lie in [-1, 1]",))
    if found in (UP, DOWN) and not (infinite(low) or infinite(high)):
        try:
            least, most = ends(enclosure(e, (bracket(low)[0], bracket(high)[1]), 80))
        except Rejected:
            return Fact(found)
        end = _towards_zero(least if found == UP else most)
        words = ["interval arithmetic over the interval gives no value", "below" if found == UP else "above"]
        return Fact(found, (*words, Decimal(end, related=False)))
    return Fact(found)


def undefined(e: Expr, low: Point, high: Point, book: Book) -> Sentence:
    """Which part of e is not real on the interval: what would have to be positive is negative."""
    for part in sp.postorder_traversal(e):
        needed = needs(part) if isinstance(part, Expr) and part.has(x) else None
        if needed is not None and needed[1] and _fact(needed[0], low, high, book).signs == DOWN:
            what = "root" if part.is_Pow else "logarithm" if part.func is sp.log else part.func.__name__
            return (*known(needed[0], low, high, book), f"there, and its {what} needs it to be positive")
    return ("a part of it has no value there",)


def _towards_zero(q: fmpq) -> Expr:
    """A short decimal between 0 and q, about as large as q."""
    scale = fmpq(1000)
    while abs(q) * scale < 100:
        scale *= 10
    return to_sympy((abs(q) * scale).floor() / scale) * (1 if q > 0 else -1)


def smoothness(e: Expr, low: Point, high: Point, book: Book) -> tuple[Sentence, ...]:
    """What makes e smooth on the interval: positive arguments, denominators without a zero."""
    found: dict[Sentence, None] = {}
    for part in sp.preorder_traversal(e):
        needed = needs(part) if isinstance(part, Expr) and part.has(x) else None
        if needed is None:
            continue
        what, positive = needed
        if part.func in (sp.asin, sp.acos, sp.atanh, sp.erfinv):
            what = 1 - part.args[0] ** 2
        role = "the argument of its root:" if part.is_Pow and positive else f"its {part.func.__name__} needs"
        if part.is_Pow and not positive:
            role = "its denominator:"
        elif part.func is sp.log:
            role = "the argument of its logarithm:"
        found.setdefault((role, *known(what, low, high, book)))
    return tuple(found)
