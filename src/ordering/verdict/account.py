"""A finding of the reals in one line, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from typing import Final

from sympy import Expr, Rational

from ordering.activation import Activation
from ordering.evidence import Finding, Shape
from ordering.reals import Undecided, evaluate, properties, value_text
from ordering.variable import x

BY_MIDPOINT: Final = ("affine", "linear", "convex", "concave")
"""Properties whose witness is a pair at whose midpoint they fail."""
ADJECTIVES: Final = (
    "nondecreasing",
    "nonincreasing",
    "strictly_increasing",
    "convex",
    "concave",
    "affine",
    "linear",
    "nonnegative",
)
"""Properties whose name can be said of f; of the others the statement is quoted."""

DRAWDOWN: Final = (
    "drawdown: the furthest that f falls from an earlier to a later input, the largest f(a) - f(b) with "
    "a <= b; under max pooling the two orders can differ by so much, and never by more"
)
"""What the word means, said once wherever it is used."""


def account(activation: Activation, shape: Shape, name: str, finding: Finding) -> str:
    """`f is not nondecreasing: f(-2) = -0.238406, f(-1) = -0.268941; ...`; or proved; or why undecided."""
    words = name.replace("_", " ")
    statement = properties[name].statement if name in properties else words
    adjective = name in ADJECTIVES
    if finding.holds is True:
        return f"f is {words} (proved)" if adjective else f"proved of f: {statement}"
    if finding.holds is None and activation.expression is None:
        return "f has no expression, so that nothing can be proved of it"
    if finding.holds is None:
        asked = f"whether f is {words}" if adjective else f"whether it is true of f that {statement}"
        return f"{asked} is undecided: {finding.reason}"
    denied = f"f is not {words}" if adjective else f"it is not true of f that {statement}"
    if activation.expression is None or finding.witness is None:
        return denied
    line = f"{denied}: {_arithmetic(activation.expression, name, finding.witness)}"
    limit = drawdown(shape)
    if name == "nondecreasing" and limit is not None:
        apart_by = f"differ by up to {limit:.6g}" if isfinite(limit) else "may differ by any amount"
        line += f"; the orders {apart_by}"
    return line


def _arithmetic(expression: Expr, name: str, witness: tuple[Expr, ...]) -> str:
    """What f is at the witness, and beside it what it should have been."""
    middle = (witness[0] + witness[1]) / 2 if len(witness) == 2 and name in BY_MIDPOINT else None
    points = list(witness) if middle is None else [*witness, middle]
    if all(point.is_Rational for point in points):
        places, exact = apart(points), [_value(expression, point) for point in points]
        values = apart(exact if middle is None else [*exact, (exact[0] + exact[1]) / 2])
    else:
        places, values = (
            [str(point) for point in points],
            decimals(expression, points, mean=middle is not None),
        )
    return compared(name, places, values) if middle is None else by_midpoint(name, places, values)


def decimals(expression: Expr, points: Sequence[Expr], *, mean: bool = False) -> list[str]:
    """f at the points, and the mean of the first two, as decimals that tell the last two values apart."""
    terms = [(expression, point) for point in points]
    if mean:
        first, second = (expression.subs(x, point) for point in points[:2])
        terms.append(((first + second) / 2, Rational(0)))
    for digits in (6, 9, 12, 15):
        texts = [value_text(term, point, digits) for term, point in terms]
        if len(set(texts[-2:])) > 1:
            return texts
    for digits in (25, 40):  # more than a double has
        texts = [str(term.subs(x, point).evalf(digits)) for term, point in terms]
        if len(set(texts[-2:])) > 1:
            break
    return texts


def by_midpoint(name: str, places: Sequence[str], values: Sequence[str]) -> str:
    """How a property fails between two points: f there and at their midpoint, and the mean of the two.

    `places`: the two points and their midpoint; `values`: f at these three, and the mean of the first two.

    Examples
    --------
    >>> by_midpoint("affine", ["-1", "1", "0"], ["0", "1", "0", "1/2"])
    'f(-1) = 0, f(1) = 1, and f(0) = 0 is not their mean 1/2'
    """
    relation = {"convex": "above", "concave": "below"}.get(name, "not")
    return (
        f"f({places[0]}) = {values[0]}, f({places[1]}) = {values[1]}, and f({places[2]}) = {values[2]} is "
        f"{relation} their mean {values[3]}"
    )


def compared(name: str, places: Sequence[str], values: Sequence[str]) -> str:
    """How a property fails at one point, or from one point to the next.

    Examples
    --------
    >>> compared("nondecreasing", ["-2", "-1"], ["-0.24", "-0.27"])
    'f(-2) = -0.24 > f(-1) = -0.27'
    >>> compared("zero_at_zero", ["0"], ["1/2"])
    'f(0) = 1/2, not 0'
    """
    told = [f"f({place}) = {value}" for place, value in zip(places, values, strict=True)]
    if len(told) == 1:
        missed = {"zero_at_zero": ", not 0", "linear": ", not 0"}.get(name, "")
        return told[0] + (" < 0" if name in ("nonnegative", "zeros_interval") else missed)
    if name == "strictly_increasing":
        same = len(set(values)) == 1
        return f"f({places[0]}) = f({places[1]}) = {values[0]}" if same else " > ".join(told)
    if name == "zeros_interval":
        return f"{' and '.join(told)}, and f is not 0 all the way between"
    return {"nondecreasing": " > ", "nonincreasing": " < "}.get(name, ", ").join(told)


def _value(expression: Expr, point: Expr) -> Rational:
    low = evaluate(expression, point)[0]
    return Rational(int(low.p), int(low.q))


def drawdown(shape: Shape) -> float | None:
    """The drawdown as a float, the upper end where it is an enclosure; None where it is undecided."""
    found = shape.drawdown
    if found is None:
        return None
    return float(found[1]) if isinstance(found, tuple) else float(found)


def witness_gap(activation: Activation, name: str, finding: Finding) -> float | None:
    """By how much the witness breaks the property: `f(a) - f(b)`, or at the midpoint; None if not known."""
    witness = finding.witness
    if activation.expression is None or witness is None or len(witness) != 2:
        return None
    if not all(point.is_Rational for point in witness):
        return None
    with suppress(Undecided):
        first, second = (_value(activation.expression, point) for point in witness)
        if name in ("nondecreasing", "nonincreasing", "strictly_increasing"):
            return abs(float(first - second))
        if name in BY_MIDPOINT:
            middle = _value(activation.expression, (witness[0] + witness[1]) / 2)
            return abs(float(middle - (first + second) / 2))
    return None


def apart(numbers: Sequence[Expr]) -> list[str]:
    """Exact numbers as short texts, with as many digits as it takes to tell different ones apart."""
    different = len(set(numbers))
    for digits in (6, 9, 12, 15):
        texts = [text if len(text := str(n)) <= 8 else f"{float(n):.{digits}g}" for n in numbers]
        if len({Rational(text) for text in texts}) == different:
            return texts
    return [str(number) for number in numbers]
