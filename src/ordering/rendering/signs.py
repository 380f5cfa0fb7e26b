"""A step on signs in words: where an expression is positive, zero and negative, and how one sees it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import sympy as sp
from sympy import Expr

from ordering.checking import Factors, Number, Plain, Point, Root, Rung, Sign, Turns, derivative, read_off
from ordering.checking.points import before, sign_at
from ordering.checking.waves import as_wave
from ordering.rendering.book import Book, by
from ordering.rendering.numbers import Decimal, shortest_bracket
from ordering.rendering.parts import RELATION, Mark, Part, Ref, Sentence, listed
from ordering.rendering.reasons import because, known
from ordering.variable import x

SHORT: Final = 40
"""Characters of an expression that is written beside its name."""


def statement(step: Sign, book: Book) -> Sentence:
    """`f'(x) < 0 for x < 0, > 0 for x > 0, zero at 0`."""
    shown: list[Part] = []
    for label in book.labels(step.function, step.low, step.high):
        shown += ([Mark("=")] if shown else []) + [sp.Symbol(f"{label}(x)")]
    if not shown or step.function.is_number or len(str(step.function)) <= SHORT:
        shown += [Mark("="), step.function] if shown else book.formula(step.function)
        if step.function.is_number:
            return (*shown, *_number(step), *book.where(step.low, step.high))
    if len(set(step.signs)) == 1:
        relation = RELATION[step.signs[0]]
        zeros = listed([(book.point(point),) for point in step.points])
        if step.points:
            relation = Mark(relation.name + "=")
            return (*shown, relation, sp.S.Zero, *book.where(step.low, step.high), ", zero only at", *zeros)
        return (*shown, relation, sp.S.Zero, *book.where(step.low, step.high))
    for i, (low, high) in enumerate(pairwise((step.low, *step.points, step.high))):
        shown += [","] if i else []
        shown += [RELATION[step.signs[i]], sp.S.Zero, *book.where(low, high)]
    return (*shown, ", zero at", *listed([(book.point(point),) for point in step.points]))


def _number(step: Sign) -> Sentence:
    """The sign of a constant, which shows it."""
    if step.function.is_zero:
        return ()
    return (RELATION[step.signs[0]], sp.S.Zero)


def why(step: Sign, book: Book) -> tuple[Sentence, ...]:
    """The reasons, one sentence each."""
    reason = step.reason
    if isinstance(reason, Plain):
        return _plain(step, book)
    if isinstance(reason, Factors):
        return (_product(step, reason, book),)
    if isinstance(reason, Rung):
        return _ladder(step, reason, book)
    if isinstance(reason, Turns):
        stated = book.stated(step.function, step.low, step.high) or book.stated(
            step.function, *_two_periods(reason)
        )
        words: Sentence = (
            "it has the period",
            reason.length,
            ", and every point lies whole periods away from",
        )
        return (
            (
                *words,
                "one in",
                sp.Tuple(sp.S.Zero, 2 * reason.length),
                ":",
                *by(*([stated] if stated else [])),
            ),
        )
    return (_cells(step, book),)


def _two_periods(reason: Turns) -> tuple[Point, Point]:
    from_, to = sp.S.Zero, 2 * reason.length
    return Number(from_), Number(to)


def _plain(step: Sign, book: Book) -> tuple[Sentence, ...]:
    e = step.function
    if e.is_polynomial(x) and step.points:
        count = len(step.points)
        if count == 1:
            slope = derivative(e)
            return (
                ("a line with slope", slope, *((RELATION[step.signs[-1]], sp.S.Zero) if slope != 1 else ())),
            )
        words = f"it vanishes at these {count} points; a polynomial of degree {count} has no more zeros"
        return ((f"{words}, and changes its sign at each", *_lead(step)),)
    wave = as_wave(e)
    if wave is not None and step.points:
        turn = wave.head(wave.rate * x + wave.phase)
        if wave.level == 0:
            return ((turn, "changes its sign at its zeros, and only there"),)
        extreme = sp.Integer(1 if len({*step.signs}) == 1 and _falls(step, wave.height) else -1)
        bound = ">=" if extreme == -1 else "<="
        return ((turn, Mark(bound), extreme, ", with equality only there"),)
    reason = because(e, step.low, step.high, book)
    return (reason,) if reason else ()


def _falls(step: Sign, height: Expr) -> bool:
    """Whether a wave with a touching zero touches where its sine is 1."""
    return bool(height.is_negative) == (step.signs[0] > 0)


def _lead(step: Sign) -> Sentence:
    relation = "positive" if step.signs[-1] > 0 else "negative"
    return (f"; its leading coefficient is {relation}",)


def _product(step: Sign, reason: Factors, book: Book) -> Sentence:
    told: list[Sentence] = []
    for base, power in reason.parts:
        stated = book.stated(base, step.low, step.high)
        shown = sp.Pow(book.called(base), power, evaluate=power == 1)
        zeros = stated is not None and any(_inside(step, point) for point in stated.points)
        if base.is_number or base == x:
            told.append((shown,))
        elif stated is not None and (stated.points or power % 2):
            if power == 1:
                told.append((shown, "with the signs of", Ref(stated)))
            elif power % 2:
                told.append((shown, "with the signs of its base,", Ref(stated)))
            elif not zeros:
                told.append((shown, Mark(">"), sp.S.Zero, "(its base is not zero,", Ref(stated), ")"))
            else:
                told.append((shown, Mark(">="), sp.S.Zero, "(zero where its base is,", Ref(stated), ")"))
        elif power % 2 == 0:
            told.append((shown, Mark(">"), sp.S.Zero))
        else:
            told.append((*known(base, step.low, step.high, book), *(() if power == 1 else ("in", shown))))
    return ("it is the product of" if len(told) > 1 else "it is", *listed(told))


def _ladder(step: Sign, reason: Rung, book: Book) -> tuple[Sentence, ...]:
    """Where g, or g / a, rises and falls, from which value to which, and so where it vanishes."""
    e, a, slope = step.function, reason.divisor, reason.slope
    quotient = e if a == 1 else e / a
    stated = book.stated(slope, step.low, step.high)
    divisor = None if a == 1 else book.stated(a, step.low, step.high)
    called: Sentence = ("call it g:",) if a == 1 else ("let g(x) =", quotient, ":")
    name, prime = "g", sp.Symbol("g'(x)")
    labels = [label for label in book.labels(e, step.low, step.high) if label != "f"]
    if a == 1 and book.has_name(e):
        called, prime = (), book.called(e, "'")
        name = prime.name[: -len("'(x)")]
    elif a == 1 and labels:
        called, prime, name = (), sp.Symbol(f"{labels[0]}'(x)"), labels[0]
    rate: Sentence = (*called, prime, Mark("="), *book.formula(slope))
    if slope != x and stated is not None and stated in book.numbers and not slope.is_Rational:
        rate = (*rate, ", whose signs are those of", Ref(stated))
    cuts = _cuts(step, reason, book)
    sentences = [rate]
    seen: set[Part] = set()
    for low, high, rising in cuts:
        sentences.append(_once(_stretch(step, a, (low, high), rising, name, book), seen))
    if divisor is not None:
        sentences.append(
            (
                "and the sign is that of g times that of",
                *book.formula(a),
                *by(*([divisor] if divisor in book.numbers else [])),
            )
        )
    elif a != 1:
        sentences.append(("and", *known(a, step.low, step.high, book), ", so the sign is that of g"))
    return tuple(sentences)


def _once(sentence: Sentence, seen: set[Part]) -> Sentence:
    """The sentence with decimals alone for the values whose formulas stood in a sentence before it."""
    out: list[Part] = []
    for part in sentence:
        if isinstance(part, Decimal) and part in seen:
            if not (part.value.is_Integer or part.at is not None):
                out[-1] = Decimal(part.value, related=False)
        else:
            out.append(part)
            if isinstance(part, Decimal) and part.related:
                seen.add(part)
    return tuple(out)


def _cuts(step: Sign, reason: Rung, book: Book) -> list[tuple[Point, Point, int]]:
    """The stretches on which g is monotone, and whether it rises there."""
    zeros: tuple[Point, ...] = ()
    if reason.divisor != 1:
        stated = book.stated(reason.divisor, step.low, step.high)
        zeros = stated.points if stated is not None else ()
    out = []
    for left, right in pairwise((step.low, *(z for z in zeros if _inside(step, z)), step.high)):
        known_ = book.stated(reason.slope, left, right)
        if known_ is None:
            continue
        fence = (known_.low, *known_.points, known_.high)
        for (low, high), sign in zip(pairwise(fence), known_.signs, strict=True):
            a = low if before(left, low) else left
            b = high if before(high, right) else right
            if before(a, b):
                out.append((a, b, sign))
    return out


def _inside(step: Sign, point: Point) -> bool:
    return before(step.low, point) and before(point, step.high)


def _stretch(
    step: Sign, a: Expr, between: tuple[Point, Point], rising: int, name: str, book: Book
) -> Sentence:
    low, high = between
    quotient = step.function / a
    start, end = book.value(quotient, low, 1), book.value(quotient, high, -1)
    words: list[Part] = [*book.where(low, high), f", {name} rises" if rising > 0 else f", {name} falls"]
    words += ["strictly"]
    words += ["from", *start] if start else []
    words += ["to", *end] if end else []
    inner = [point for point in step.points if before(low, point) and before(point, high)]
    if inner:
        return (*words, ": one zero,", book.point(inner[0]))
    sign = _sign_on(step, low)
    if a != 1:
        stated = book.stated(a, step.low, step.high)
        signs = read_off(a, low, high) if stated is None else frozenset({_sign_on(stated, low)})
        sign *= next(iter(signs)) if len(signs) == 1 else 0
    return (*words, {1: ": positive", -1: ": negative", 0: ": no zero"}[sign])


def _sign_on(step: Sign, low: Point) -> int:
    """The sign just right of a point."""
    return step.signs[sum(1 for point in step.points if point == low or before(point, low))]


def _cells(step: Sign, book: Book) -> Sentence:
    slope = derivative(step.function)
    return (
        "interval arithmetic, which a machine did: the interval falls into small cells, and on each of them",
        "this or its derivative", slope, "has no zero, so that the values where cells meet tell the rest",
    )  # fmt: skip


def root_lines(roots: Iterable[Root], book: Book) -> None:
    """A line for each root that has no short closed form, before it is used."""
    for root in roots:
        name = book.name(root)
        if not isinstance(name, sp.Symbol) or root in book.numbers:
            continue
        low, high = shortest_bracket(root)
        e = root.equation
        ends = [(Decimal(end, related=False), Decimal(e.subs(x, end), related=False)) for end in (low, high)]
        form = book.closed_forms[root]
        shown: list[Part] = [name]
        if form is not None and sp.count_ops(form) <= 40:
            shown += [Mark("="), form]
        shown += [Decimal(x, root), "is the only root of", *book.formula(e), Mark("="), sp.S.Zero]
        shown += ["between", ends[0][0], "and", ends[1][0]]
        slope = derivative(e)
        rises = sign_at(e, Number(high)) > 0
        because_ = (
            "the left side is", ends[0][1], "at the first and", ends[1][1], "at the second,",
            "and its derivative", *book.formula(slope), f"is {'positive' if rises else 'negative'} between",
        )  # fmt: skip
        lambert = ("W is Lambert's function, which solves W(y) exp(W(y)) = y",)
        sentences = [because_] + ([lambert] if form is not None and form.has(sp.LambertW) else [])
        book.write(root, tuple(shown), sentences)


__all__ = ["root_lines", "statement", "why"]
