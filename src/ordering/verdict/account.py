"""A finding of the reals in one line, with its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sympy import Expr, Rational

from ordering.activation import Activation
from ordering.evidence import Finding, Shape
from ordering.law import ALWAYS
from ordering.reals import evaluate

BY_MIDPOINT: Final = ("affine", "linear", "convex", "concave")
"""Properties whose witness is a pair at whose midpoint they fail."""


def account(activation: Activation, shape: Shape, name: str, finding: Finding) -> str:
    """`f is not nondecreasing: f(-2) = -0.238406, f(-1) = -0.268941; ...`; or proved; or why undecided."""
    words = name.replace("_", " ")
    if name == ALWAYS:
        return "true of every f"
    if finding.holds is True:
        return f"f is {words} (proved)"
    if finding.holds is None:
        return f"whether f is {words} is undecided: {finding.reason}"
    if activation.expression is None or finding.witness is None:
        return f"f is not {words}"
    points = list(finding.witness)
    if len(points) == 2 and name in BY_MIDPOINT:
        points.insert(1, (points[0] + points[1]) / 2)
    lows = [evaluate(activation.expression, point)[0] for point in points]
    places, values = apart(points), apart([Rational(int(low.p), int(low.q)) for low in lows])
    equations = ", ".join(f"f({place}) = {value}" for place, value in zip(places, values, strict=True))
    line = f"f is not {words}: {equations}"
    limit = drawdown(shape)
    if name == "nondecreasing" and limit is not None:
        line += f"; the orders differ by up to {limit:.6g}"
    return line


def drawdown(shape: Shape) -> float | None:
    """The drawdown as a float, the upper end where it is an enclosure; None where it is undecided."""
    found = shape.drawdown
    if found is None:
        return None
    return float(found[1]) if isinstance(found, tuple) else float(found)


def apart(numbers: Sequence[Expr]) -> list[str]:
    """Exact numbers as short texts, with as many digits as it takes to tell different ones apart."""
    different = len(set(numbers))
    for digits in (6, 9, 12, 15):
        texts = [text if len(text := str(n)) <= 8 else f"{float(n):.{digits}g}" for n in numbers]
        if len({Rational(text) for text in texts}) == different:
            return texts
    return [str(number) for number in numbers]
