"""What follows from the lemmas of a derivation, and the arithmetic of a witness that refutes a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import sympy as sp
from sympy import Expr

from ordering.checking import (
    Comparison,
    Conclusion,
    Derivative,
    Hole,
    Number,
    Period,
    Piece,
    Rejected,
    Sign,
    Value,
)
from ordering.checking.branches import value_at
from ordering.checking.points import sign_at
from ordering.enclosures.budget import Undecided, budget
from ordering.evidence import Finding
from ordering.evidence.reals import PROPERTIES
from ordering.rendering.book import Book, by
from ordering.rendering.numbers import Decimal, modest, span
from ordering.rendering.parts import Line, Mark, Part, Sentence, listed
from ordering.rendering.printer import formula

SECONDS: Final = 1.0
"""For the value of f at a witness."""
LONG_DENOMINATOR: Final = 1000

_SENTENCES: Final = {
    "zero_at_zero": ("f(0) = 0", "f(0) is not 0"),
    "zeros_interval": (
        "f is nonnegative, and its zeros form an interval",
        "f is not nonnegative with zeros that form an interval",
    ),
}


def _said(question: str, holds: bool) -> str:
    """The property or its negation in words."""
    if question in _SENTENCES:
        return _SENTENCES[question][0 if holds else 1]
    word = question.replace("_", " ")
    return f"f is {word}" if holds else f"f is not {word}"


# ---- proved ------------------------------------------------------------------------------------------


class _Steps:
    """What the steps of one derivation say of the pieces and of the points between them."""

    def __init__(self, steps: Sequence[Any], book: Book) -> None:
        self.book = book
        self.pieces = [step for step in steps if isinstance(step, Piece)]
        self.steps = {step.function: step for step in steps if isinstance(step, Derivative)}
        self.slopes = {function: step.derivative for function, step in self.steps.items()}
        self.signs = [step for step in steps if isinstance(step, Sign)]
        self.comparisons = [step for step in steps if isinstance(step, Comparison)]
        self.period = next((step for step in steps if isinstance(step, Period)), None)
        self.zero = next((s for s in steps if isinstance(s, Value) and s.point == Number(sp.S.Zero)), None)

    def on_pieces(self, order: int) -> list[Sign]:
        """The lines on the signs of f (order 0), f' or f'' on the pieces."""
        found = []
        for piece in self.pieces:
            e = piece.expression
            for _ in range(order):
                e = self.slopes[e]
            found += [s for s in self.signs if (s.function, s.low, s.high) == (e, piece.low, piece.high)]
        return found

    def cited(self, order: int, *more: Any) -> Sentence:
        """The lines on f, f' or f'' on the pieces: for a constant the one that says what it is."""
        keys: list[Any] = []
        for piece, sign in zip(self.pieces, self.on_pieces(order), strict=True):
            e, line = piece.expression, cast(Any, piece)
            for _ in range(order):
                line = self.steps[e]
                e = line.derivative
            keys.append(line if sign.function.is_Rational else sign)
        return _cited([*keys, *more], self.book)

    def at_joints(self, *kinds: str) -> list[Comparison]:
        return [step for step in self.comparisons if step.kind in kinds]

    def everywhere(self) -> Sentence:
        """How one period speaks for the line."""
        return () if self.period is None else ("(and so on the whole line,", *by(self.period), ")")


def concluded(step: Conclusion, steps: Sequence[Any], book: Book) -> Line:
    """The last line of a derivation: the claim, and how it follows."""
    where: Sentence = ()
    if (step.low, step.high) != (-sp.oo, sp.oo):
        where = book.where(Number(step.low), Number(step.high))
    elif any(isinstance(s, Hole) for s in steps):
        where = ("on its domain",)
    return Line((_said(step.question, True), *where), (_RULES[step.question](_Steps(steps, book)),))


def _cited(found: Sequence[Any], book: Book) -> Sentence:
    """The numbers of some lines, each once."""
    numbers: dict[int, Any] = {}
    for step in found:
        numbers.setdefault(book.numbers[step], step)
    return by(*(numbers[n] for n in sorted(numbers)))


def _monotone(sign: int, strict: bool = False) -> Callable[[_Steps], Sentence]:
    def rule(known: _Steps) -> Sentence:
        lines, joints = known.on_pieces(1), known.at_joints("left", "right")
        flat = any(line.points for line in lines)
        relation = (">" if sign > 0 else "<") + ("" if not flat and _moving(lines) else "=")
        start: Sentence = (sp.Symbol("f'(x)"), Mark(relation), sp.S.Zero, *known.cited(1))
        start += known.everywhere()
        if strict and flat:
            start += (", and is zero at single points only", *_flat_points(lines, known))
        if joints:
            down = "down" if sign > 0 else "up"
            jumps = any(joint.sign for joint in joints)
            start += (
                f", and f does not jump {down}" if jumps else ", and f is continuous where pieces meet",
            )
            start += _cited(joints, known.book)
        a_b = "a < b gives f(a) " + (("<" if strict else "<=") if sign > 0 else ">=") + " f(b)"
        if strict and flat:
            a_b = "f is nondecreasing, and if f(a) were f(b) for some a < b, f' would be zero between them"
        return (*start, f"; by the mean value theorem {a_b}")

    return rule


def _flat_points(lines: Sequence[Sign], known: _Steps) -> Sentence:
    """Where f' vanishes; of a periodic f', all these points."""
    points = [known.book.point(point) for line in lines for point in line.points]
    if known.period is None:
        return ("(", *listed([(point,) for point in points]), ")")
    first = lines[0].function
    start = [] if sign_at(first, Number(sp.S.Zero)) else [sp.S.Zero]
    k = sp.Symbol("k")
    moved = [(point + k * known.period.length,) for point in (*start, *points)]
    return ("(", *listed(moved), "for whole numbers", k, ")")


def _moving(lines: Sequence[Sign]) -> bool:
    return all(0 not in line.signs for line in lines)


def _curved(sign: int) -> Callable[[_Steps], Sentence]:
    def rule(known: _Steps) -> Sentence:
        lines = known.on_pieces(2)
        relation = {1: ">=", -1: "<=", 0: "="}[sign]
        if sign and _moving(lines) and not any(line.points for line in lines):
            relation = relation[0]
        start: Sentence = (sp.Symbol("f''(x)"), Mark(relation), sp.S.Zero, *known.cited(2))
        start += known.everywhere()
        joints, kinks = known.at_joints("left", "right"), known.at_joints("slopes")
        if joints:
            start += (", f is continuous where pieces meet", *_cited(joints, known.book))
        if kinks:
            way = {1: "do not fall", -1: "do not rise", 0: "agree"}[sign]
            start += (f", and its slopes {way} there", *_cited(kinks, known.book))
        way = {1: "so f' is nondecreasing", -1: "so f' is nonincreasing", 0: "so f' is constant"}[sign]
        return (*start, f"; {way}, and f {({1: 'convex', -1: 'concave', 0: 'affine'})[sign]}")

    return rule


def _linear(known: _Steps) -> Sentence:
    zero = () if known.zero is None else (", and f(0) = 0", *_cited([known.zero], known.book))
    return (*_curved(0)(known), *zero)


def _zero_at_zero(known: _Steps) -> Sentence:
    return () if known.zero is None else _cited([known.zero], known.book)


def _nonnegative(known: _Steps) -> Sentence:
    lines, values = known.on_pieces(0), known.at_joints("value")
    positive = _moving(lines) and not any(line.points for line in lines) and all(v.sign for v in values)
    relation = Mark(">" if positive else ">=")
    cited = known.cited(0, *values)
    return (sp.Symbol("f(x)"), relation, sp.S.Zero, *cited, *known.everywhere())


def _zeros_interval(known: _Steps) -> Sentence:
    zeros: list[Sentence] = []
    for line in known.on_pieces(0):
        if line.signs == (0,):
            zeros.append(known.book.where(line.low, line.high))
        zeros += [("at", known.book.point(point)) for point in line.points]
    for value in known.at_joints("value"):
        if value.sign == 0:
            zeros.append(("at", known.book.point(value.point)))
    start = _nonnegative(known)
    if not zeros:
        return (*start, "; it has no zeros, and the empty set is an interval")
    if len(zeros) == 1 and zeros[0][0] == "at":
        return (*start, "; its only zero is", *zeros[0][1:])
    return (*start, "; it is zero", *listed(zeros), "and nowhere else, on an interval")


_RULES: Final[Mapping[str, Callable[[_Steps], Sentence]]] = {
    "nondecreasing": _monotone(1),
    "nonincreasing": _monotone(-1),
    "strictly_increasing": _monotone(1, strict=True),
    "convex": _curved(1),
    "concave": _curved(-1),
    "affine": _curved(0),
    "linear": _linear,
    "zero_at_zero": _zero_at_zero,
    "nonnegative": _nonnegative,
    "zeros_interval": _zeros_interval,
}


# ---- refuted -----------------------------------------------------------------------------------------


def refuted(question: str, finding: Finding, function: Expr) -> Line:
    """The arithmetic of a witness."""
    statement: Sentence = (
        (_said(question, False),)
        if question in _RULES
        else (f"it is not true that {PROPERTIES.get(question, question)}",)
    )
    points = list(finding.witness or ())
    if not points:
        return Line(statement, ((finding.reason,),))
    told = _REFUTED.get(question, _values)(points, function, question)
    return Line(statement, (told,))


def undecided(question: str, reason: str) -> Line:
    """That nothing was found out."""
    return Line((f"undecided whether {_said(question, True)}",), ((reason,),))


def value_of(function: Expr, point: Expr) -> Expr | None:
    """f at a number, in closed form; None where there is none that can be written down."""
    if not modest(function, point):
        return None
    try:
        with budget(SECONDS):
            return value_at(function, Number(point))
    except (Rejected, Undecided, ValueError, TypeError, NotImplementedError):
        return None


def plain(number: Expr) -> Expr:
    """A number as one would write it: a fraction with a long binary denominator as a sum."""
    if not number.is_Rational or number.q < LONG_DENOMINATOR or number.q & (number.q - 1):
        return number
    whole = sp.floor(number)
    small = sp.Mul(
        number.p - whole * number.q, sp.Pow(2, 1 - number.q.bit_length(), evaluate=False), evaluate=False
    )
    if number.p - whole * number.q == 1:
        small = sp.Pow(2, 1 - int(number.q).bit_length(), evaluate=False)
    return sp.Add(whole, small, evaluate=False) if whole else small


def _shown(function: Expr, point: Expr) -> Sentence:
    """`f(-2) = -2/(1 + exp(2)) ~ -0.238405844`."""
    name: Sentence = (sp.Symbol(f"f({formula(plain(point))})"),)
    value = value_of(function, point)
    if value is None:
        return (*name, Decimal(function, Number(point)))
    return (*name, Mark("="), plain(value), Decimal(value))


def _pair(points: list[Expr], function: Expr, question: str) -> Sentence:
    a, b = points
    first, second = (span(_decimal(function, p)) for p in points)
    relation = "="
    if first is not None and second is not None and (first[1] < second[0] or second[1] < first[0]):
        relation = "<" if first[1] < second[0] else ">"
    elif question != "strictly_increasing":
        relation = "<" if question == "nonincreasing" else ">"
    here: Sentence = (plain(a), Mark("<"), plain(b), ", but", *_shown(function, a), Mark(relation))
    return (*here, *(_shown(function, b) if relation != "=" else _shown(function, b)[:1]))


def _decimal(function: Expr, point: Expr) -> Decimal:
    value = value_of(function, point)
    return Decimal(function, Number(point)) if value is None else Decimal(value)


def _mean(points: list[Expr], function: Expr, question: str) -> Sentence:
    if len(points) == 1:
        return (*_shown(function, points[0]), Mark("!="), sp.S.Zero)
    a, b = points
    middle = (a + b) / 2
    values = [value_of(function, p) for p in (a, middle, b)]
    parts: list[Part] = ["half way between", plain(a), "and", plain(b), "lies", plain(middle), ", where"]
    if any(value is None for value in values):
        return (*parts, *_shown(function, middle), "; and", *_shown(function, a), "and", *_shown(function, b))
    first, here, second = (value for value in values if value is not None)
    mean = (first + second) / 2
    spans = span(Decimal(here)), span(Decimal(mean))
    relation = {"convex": ">", "concave": "<"}.get(question, "!=")
    if spans[0] is not None and spans[1] is not None and relation == "!=":
        relation = ">" if spans[0][0] > spans[1][1] else "<"
    mean_name = f"(f({formula(plain(a))}) + f({formula(plain(b))}))/2"
    parts += [*_shown(function, middle), Mark(relation), sp.Symbol(mean_name)]
    return (*parts, Mark("="), plain(mean), Decimal(mean))


def _sign(points: list[Expr], function: Expr, question: str) -> Sentence:
    if len(points) == 1:
        zero = question == "zero_at_zero"
        return (*_shown(function, points[0]), Mark("!=" if zero else "<"), sp.S.Zero)
    a, b = points
    between = next((p for p in _inner(a, b) if _nonzero(function, p)), None)
    parts = (*_shown(function, a), "and", *_shown(function, b))
    if between is None:
        return (*parts, ", but f is not zero all the way between")
    return (*parts, ", but between them", *_shown(function, between))


def _inner(a: Expr, b: Expr) -> list[Expr]:
    return [a + (b - a) * sp.Rational(k, 8) for k in (4, 2, 6, 1, 3, 5, 7)]


def _nonzero(function: Expr, point: Expr) -> bool:
    found = span(_decimal(function, point))
    return found is not None and (found[0] > 0 or found[1] < 0)


def _values(points: list[Expr], function: Expr, question: str) -> Sentence:
    return listed([_shown(function, point) for point in points])


_REFUTED: Final[Mapping[str, Callable[[list[Expr], Expr, str], Sentence]]] = {
    "nondecreasing": _pair,
    "nonincreasing": _pair,
    "strictly_increasing": _pair,
    "convex": _mean,
    "concave": _mean,
    "affine": _mean,
    "linear": _mean,
    "zero_at_zero": _sign,
    "nonnegative": _sign,
    "zeros_interval": _sign,
}
