"""Signs near an end: what cancels, what is faster, and what must stay undecided."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Expr, atan, erf, exp, log, oo, pi, sin, sqrt, tanh

from ordering.checking import Number, Rejected
from ordering.checking.growth import limit_near, sign_near
from ordering.variable import x

FAR = (
    (x - 1000, oo, 1),
    (x + sqrt(x**2 + 4), -oo, 1),
    (x - sqrt(x**2 + 4), oo, -1),
    (sqrt(x**2 + x) - x - sp.S.Half, oo, -1),
    (exp(x) - x**9, oo, 1),
    (exp(x) - x**9, -oo, 1),
    (log(1 + exp(x)) - x, oo, 1),
    (log(1 + exp(x)) - x - 2 * exp(-x), oo, -1),
    (tanh(x) - 1, oo, -1),
    (tanh(x) - 1 + exp(-2 * x), oo, -1),
    (atan(x) - pi / 2 + 1 / x, oo, 1),
    (atan(x) + pi / 2 + 1 / x, -oo, -1),
    (erf(x) - 1, oo, -1),
    (erf(x) + 1, -oo, 1),
    ((1 - erf(x)) * sqrt(pi) * x - exp(-(x**2)), oo, -1),
    (log(x) ** 2 - sqrt(x), oo, -1),
    (x * log(x) - x, oo, 1),
    (exp(exp(x)) - exp(x**5), oo, 1),
    (exp(x + 1 / x) - exp(x) * (1 + 1 / x), oo, 1),
    ((log(6) - log(2) - log(3)) * x**2 - x, oo, -1),
    (x ** sqrt(2) - x, oo, 1),
)


@pytest.mark.parametrize(("e", "end", "sign"), FAR, ids=str)
def test_the_sign_far_out(e: Expr, end: Expr, sign: int) -> None:
    side = -1 if end == oo else 1
    if "exp(exp" in str(e):  # faster than what is compared: undecided, never wrong
        with pytest.raises(Rejected):
            sign_near(e, Number(end), side)
        return
    assert sign_near(e, Number(end), side) == sign
    assert sign_near(-e, Number(end), side) == -sign


@pytest.mark.parametrize(
    ("e", "point", "side", "limit"),
    [
        (log(x), 0, 1, -oo),
        (x * log(x), 0, 1, 0),
        (pi * x**pi / x, 0, 1, 0),
        (exp(1 / x), 0, -1, 0),
        (exp(1 / x), 0, 1, oo),
        (sin(x) / x, 0, 1, 1),
        ((exp(x) - 1) / x, 0, -1, 1),
        ((exp(x) - 1 - x) / x**2, 0, 1, sp.S.Half),
        (1 / (x - 1), 1, -1, -oo),
    ],
    ids=str,
)
def test_limits_beside_a_point(e: Expr, point: int, side: int, limit: Expr) -> None:
    assert limit_near(e, Number(sp.Integer(point)), side) == limit


@pytest.mark.parametrize(
    "e",
    [
        sin(x),
        x - x * sin(x),
        sqrt(x**2 + 1) - x - 1 / (2 * x) + 1 / (8 * x**3) - 1 / (16 * x**5) + 5 / (128 * x**7),
    ],
    ids=str,
)
def test_what_is_not_known_is_not_decided(e: Expr) -> None:
    with pytest.raises(Rejected):
        sign_near(e, Number(oo), -1)
