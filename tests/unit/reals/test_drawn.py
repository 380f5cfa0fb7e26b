"""Functions that `activations` drew, and of which something was undecided once: a class of causes each."""

from __future__ import annotations

import pytest
import sympy as sp

from ordering.reals import prove
from ordering.strategies import term

TERMS = (
    # Limits of functions of functions, which no expansion has, or has only after seconds.
    "exp(-exp(x)/512)",
    "tanh(tanh(exp(-x)))",
    "atan(sigmoid(atan(x)))",
    "softplus(cosh(max(x, 0))/64)",
    "min(sqrt(softplus(-tanh(x))**2 + 1/16), 2)",
    "cosh(cosh(cosh(sigmoid(-x)))/4)",
    # Identities of exponentials of exponentials, and of odd functions.
    "tanh(tanh(tanh(x)))",
    "tanh(tanh(tanh(clip(x, 0, 1))))",
    "softplus(tanh(-sign(x)))**4",
    "tanh(tanh(-x + clip(-x, 0, 1)))",
    "exp(x/2 + sigmoid(x)/2) + clip(x, -2, 3/2)/2 - 1/2",
    "erf(tanh(erf(max(-x, 0))))",
    "exp(exp(max(x, 0)/(abs(x) + 1))/512)",
    # What a root's equation says of functions of functions.
    "sigmoid(min(x, sigmoid(x)))",
    "tanh(min((-sigmoid(-x))**5, clip(max(x, 0) + x, -1, 1)))",
    "min((-sigmoid(x))**2, clip(clip(x, -1, 1), 0, 6))",
    "log(1 + (exp(x)/64 - 1/8)**2)",
    # High powers of what has few terms.
    "(((x/2)**5/256)**5/256)**5",
    "((sigmoid(-x)**5)**5)**5",
)


@pytest.mark.parametrize("text", TERMS)
def test_everything_is_decided_and_agrees_with_the_construction(text: str) -> None:
    drawn = term(text)
    shape = prove(drawn, timeout=60)
    assert {name: f.reason for name, f in shape.findings.items() if f.holds is None} == {}
    assert shape.drawdown is not None
    known = drawn.known.properties
    for name, finding in shape.findings.items():
        assert known.get(name) in (None, finding.holds), name
        assert finding.holds is False or (finding.derivation is not None and finding.derivation.check()), name


@pytest.mark.parametrize(
    ("text", "drawdown"),
    [
        ("exp(-exp(x)/512)", sp.S.One),
        ("-tanh(exp(x/2 + 2))", sp.S.One),
        ("atan(-exp(x))", sp.pi / 2),
        ("erf(exp(-x)) + 1", sp.S.One),
    ],
)
def test_the_drawdown_between_two_limits(text: str, drawdown: sp.Expr) -> None:
    assert sp.simplify(prove(term(text), timeout=60).drawdown - drawdown) == 0
