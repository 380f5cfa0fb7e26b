"""A refuted property is told with its arithmetic: both sides of what should have been equal or in order."""

import re

import pytest
import sympy as sp
import torch

from ordering import Activation, prove, x
from ordering.evidence import Finding, Shape
from ordering.verdict.account import DRAWDOWN, account, by_midpoint, compared, decimals


def told(expression, name):
    f = Activation("f", kernel=torch.relu, expression=expression)
    shape = prove(f)
    return account(f, shape, name, shape.finding(name))


@pytest.mark.parametrize("expression", [sp.Abs(x), x**2, sp.exp(x), sp.Max(x, sp.sqrt(2)), sp.sign(x)])
@pytest.mark.parametrize("name", ["affine", "linear", "convex", "concave"])
def test_a_broken_midpoint_is_stated_and_true(expression, name):
    text = told(expression, name)
    if "proved" in text:
        return
    numbers = re.findall(r"f\(([^()]+(?:\([^()]*\))?[^()]*)\) = (\S+?),? ", text + " ")
    if len(numbers) == 1:
        assert text.endswith("not 0")
        return
    (a, fa), (b, fb), (m, fm) = numbers
    mean = text.rsplit("mean ", 1)[1]
    values = [float(sp.sympify(each.rstrip(","))) for each in (fa, fb, fm, mean)]
    assert float(sp.sympify(m)) == pytest.approx((float(sp.sympify(a)) + float(sp.sympify(b))) / 2)
    assert values[3] == pytest.approx((values[0] + values[1]) / 2, rel=1e-4, abs=1e-6)
    assert {"convex": values[2] > values[3], "concave": values[2] < values[3]}.get(
        name, values[2] != values[3]
    )


def test_a_fall_and_a_rise_say_which_is_larger():
    assert "f(-1) = 1 > f(0) = 0" in told(sp.Abs(x), "nondecreasing")
    assert "f(0) = 0 < f(1) = 1" in told(sp.Abs(x), "nonincreasing")
    assert "f(1) = f(2) = 1" in told(sp.sign(x), "strictly_increasing")
    assert told(x + 1, "zero_at_zero").endswith("f(0) = 1, not 0")
    assert told(x, "nonnegative").endswith("< 0")
    assert "any amount" in told(-x, "nondecreasing")


def test_irrational_witnesses_have_their_arithmetic_too():
    f = Activation("f", kernel=torch.relu, expression=x**2)
    empty = Shape("f", {})
    text = account(f, empty, "affine", Finding(False, witness=(sp.sqrt(2), -sp.sqrt(2))))
    assert text.endswith("f(0) = 0 is not their mean 2")
    text = account(f, empty, "nondecreasing", Finding(False, witness=(-sp.sqrt(2), sp.Integer(0))))
    assert text.endswith("f(-sqrt(2)) = 2 > f(0) = 0")


def test_close_values_are_told_apart():
    tiny = sp.Rational(1, 10**9)
    texts = decimals(x**2, [1 - tiny, 1 + tiny, sp.Integer(1)], mean=True)
    assert float(texts[2]) == 1
    assert sp.Rational(texts[3]) == 1 + tiny**2
    assert len(set(texts)) == 4
    assert by_midpoint("convex", "123", ["0", "0", "1", "0"]).endswith("is above their mean 0")
    assert compared("zeros_interval", ["1", "3"], ["0", "0"]).endswith("not 0 all the way between")


def test_the_drawdown_is_explained():
    assert "furthest that f falls" in DRAWDOWN
    assert "max pooling" in DRAWDOWN
