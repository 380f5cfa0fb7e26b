"""A finding of the reals in one line, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sympy import Expr, Rational

from ordering.activation import Activation
from ordering.evidence import Finding, Shape
from ordering.reals import Undecided, evaluate, properties

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
    if not all(point.is_Rational for point in finding.witness):
        return f"{denied}, as seen at {', '.join(map(str, finding.witness))}"
    line = f"{denied}: {_values(activation.expression, name, finding.witness)}"
    limit = drawdown(shape)
    if name == "nondecreasing" and limit is not None:
        line += f"; the orders differ by up to {limit:.6g}"
    return line


def _values(expression: Expr, name: str, witness: tuple[Expr, ...]) -> str:
    """What f is at the witness; where a midpoint breaks the property, beside what it should have been."""
    points = list(witness)
    middle = (points[0] + points[1]) / 2 if len(points) == 2 and name in BY_MIDPOINT else None
    if middle is not None:
        points.insert(1, middle)
    values = [_value(expression, point) for point in points]
    places = apart(points)
    if middle is None:
        return ", ".join(f"f({p}) = {v}" for p, v in zip(places, apart(values), strict=True))
    mean = (values[0] + values[2]) / 2
    low, at, high, between = apart([*values, mean])
    relation = {"convex": "above", "concave": "below"}.get(name, "not")
    return (
        f"f({places[0]}) = {low}, f({places[2]}) = {high}, and f({places[1]}) = {at} is {relation} their "
        f"mean {between}"
    )


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
