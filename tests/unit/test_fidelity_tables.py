"""Right expressions that fidelity must not refuse, wrong ones that it must, and where it cannot know."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from flint import arb
from sympy import (
    Abs,
    Eq,
    Expr,
    Float,
    Max,
    Min,
    Mod,
    Piecewise,
    Rational,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    ceiling,
    cosh,
    erf,
    erfc,
    exp,
    floor,
    gamma,
    log,
    loggamma,
    real_root,
    sign,
    sin,
    sinh,
    sqrt,
    tanh,
)
from torch import Tensor

from ordering.activation import Activation
from ordering.evidence import Fidelity
from ordering.fidelity import fidelity
from ordering.fidelity.enclosing import BITS, Enclosing, No, cancelled
from ordering.fidelity.points import many
from ordering.fidelity.quick import quick
from ordering.reals import precision
from ordering.variable import x

Kernel = Callable[[Tensor], Tensor]
where = torch.where

softplus, sigmoid = log(1 + exp(x)), 1 / (1 + exp(-x))


def compared(kernel: Kernel, expression: Expr) -> Fidelity:
    return fidelity(Activation("f", kernel=kernel, expression=expression), [torch.float32])


def stable_softplus(t: Tensor) -> Tensor:
    return t.relu() + torch.log1p(torch.exp(-t.abs()))


# Kernels that are right: computed in double precision and rounded, so that they are on every CPU.
RIGHT: dict[str, tuple[Kernel, Expr]] = {
    "sqrt of softplus": (lambda t: stable_softplus(t).sqrt(), sqrt(softplus)),
    "cube root of softplus": (lambda t: stable_softplus(t).pow(1 / 3), softplus ** Rational(1, 3)),
    "log of softplus": (
        lambda t: where(t < -30, t, stable_softplus(t.clamp(min=-30)).log()),
        log(softplus),
    ),
    "log of sigmoid": (F.logsigmoid, log(sigmoid)),
    "log of 1 - sigmoid": (lambda t: F.logsigmoid(-t), log(1 - sigmoid)),
    "log of 1 - tanh": (lambda t: math.log(2) + F.logsigmoid(-2 * t), log(1 - tanh(x))),
    "sqrt of 1 - tanh squared": (lambda t: 1 / torch.cosh(t), sqrt(1 - tanh(x) ** 2)),
    "reciprocal of 1 - tanh": (lambda t: (1 + torch.exp(2 * t)) / 2, 1 / (1 - tanh(x))),
    "asin of tanh": (lambda t: 2 * torch.atan(torch.tanh(t / 2)), asin(tanh(x))),
    "acos of tanh": (lambda t: math.pi / 2 - 2 * torch.atan(torch.tanh(t / 2)), acos(tanh(x))),
    "acosh of cosh": (torch.abs, acosh(cosh(x))),
    "asinh": (torch.asinh, asinh(x)),
    "asinh as a log": (torch.asinh, log(x + sqrt(x**2 + 1))),
    "log of cosh": (lambda t: t.abs() + torch.log1p(torch.exp(-2 * t.abs())) - math.log(2), log(cosh(x))),
    "sinh": (torch.sinh, sinh(x)),
    "exp of exp": (lambda t: torch.exp(torch.exp(t)), exp(exp(x))),
    "exp of exp of exp": (lambda t: torch.exp(torch.exp(torch.exp(t))), exp(exp(exp(x)))),
    "gumbel": (lambda t: torch.exp(-torch.exp(-t)), exp(-exp(-x))),
    "complementary log-log": (lambda t: -torch.expm1(-torch.exp(t)), 1 - exp(-exp(x))),
    "1 - erf": (torch.erfc, 1 - erf(x)),
    "sqrt of erfc": (lambda t: torch.erfc(t).sqrt(), sqrt(erfc(x))),
    "sqrt of |x|": (lambda t: t.abs().sqrt(), sqrt(Abs(x))),
    "sqrt, nan below zero": (torch.sqrt, sqrt(x)),
    "log, nan below zero": (torch.log, log(x)),
    "asin, nan outside": (torch.asin, asin(x)),
    "signed sqrt": (lambda t: t.sign() * t.abs().sqrt(), sign(x) * sqrt(Abs(x))),
    "cube root": (lambda t: t.sign() * t.abs().pow(1 / 3), real_root(x, 3)),
    "signed log1p": (lambda t: t.sign() * torch.log1p(t.abs()), sign(x) * log(1 + Abs(x))),
    "x log x": (lambda t: torch.special.xlogy(t.abs(), t.abs()), Abs(x) * log(Abs(x))),
    "piecewise sqrt": (
        lambda t: where(t > 0, (t.relu() + 1).sqrt() - 1, t),
        Piecewise((sqrt(x + 1) - 1, x > 0), (x, True)),
    ),
    "piecewise log": (
        lambda t: where(t > 1, t.clamp(min=1).log() + 1, t),
        Piecewise((log(x) + 1, x > 1), (x, True)),
    ),
    "floor of x / 3": (lambda t: torch.floor(t / 3), floor(x / 3)),
    "ceiling of x / 7": (lambda t: torch.ceil(t / 7), ceiling(x / 7)),
    "breakpoint in thirds": (
        lambda t: where(t >= 3, t, 0 * t),
        Piecewise((x, x / 3 >= 1), (0, True)),
    ),
    "steps of a tenth": (
        lambda t: torch.floor(t * 10).clamp(-5, 5) / 10,
        Min(Max(floor(10 * x), -5), 5) / 10,
    ),
    "remainder": (lambda t: torch.remainder(t, 3.0), Mod(x, 3)),
    "snake": (lambda t: t + torch.sin(t) ** 2, x + sin(x) ** 2),
    "sinc": (lambda t: where(t == 0, 1.0, torch.sin(t) / t), sin(x) / x),
    "inverse square root": (lambda t: t * torch.rsqrt(1 + t * t), x / sqrt(1 + x**2)),
    "branch of a hyperbola": (
        lambda t: where(t > 0, 1 / ((t * t + 1).sqrt() + t), (t * t + 1).sqrt() - t),
        sqrt(x**2 + 1) - x,
    ),
    "gelu": (lambda t: t * torch.erfc(-t / math.sqrt(2)) / 2, x * (1 + erf(x / sqrt(2))) / 2),
    "mish": (lambda t: t * torch.tanh(stable_softplus(t)), x * tanh(softplus)),
    "serf": (lambda t: t * torch.erf(stable_softplus(t)), x * erf(softplus)),
    "logish": (lambda t: t * torch.log1p(torch.sigmoid(t)), x * log(1 + sigmoid)),
    "elish": (
        lambda t: where(t >= 0, t * torch.sigmoid(t), torch.expm1(t) * torch.sigmoid(t)),
        Piecewise((x * sigmoid, x >= 0), ((exp(x) - 1) * sigmoid, True)),
    ),
    "power": (lambda t: t.abs().pow(1.5), Abs(x) ** Rational(3, 2)),
    "log gamma": (lambda t: torch.lgamma(t.abs() + 1), loggamma(Abs(x) + 1)),
    "gamma": (lambda t: torch.exp(torch.lgamma(t.abs() + 1)), gamma(Abs(x) + 1)),
    "pole": (torch.reciprocal, 1 / x),
    "log of |x|": (lambda t: t.abs().log(), log(Abs(x))),
    "gauss": (lambda t: torch.exp(-t * t), exp(-(x**2))),
    "log of gauss": (lambda t: -t * t, log(exp(-(x**2)))),
    "cancelled squares": (torch.abs, sqrt((x + 1) ** 2 - 2 * x - 1)),
    "maximum of two": (lambda t: torch.maximum(t * t, 1 - t), Max(x**2, 1 - x)),
    "sqrt of sigmoid (1 - sigmoid)": (
        lambda t: (torch.sigmoid(t) * torch.sigmoid(-t)).sqrt(),
        sqrt(sigmoid * (1 - sigmoid)),
    ),
    "arctangent": (torch.atan, atan(x)),
    "constant": (lambda t: 0 * t.nan_to_num(posinf=0, neginf=0), 0 * x),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_expression_is_not_refused(name: str) -> None:
    kernel, expression = RIGHT[name]
    found = compared(lambda t: kernel(t.double()).to(t.dtype), expression)
    assert found.faithful is True, found.why
    assert found.deviations[0].missing == 0


def add(base: Kernel, low: float, high: float, height: float) -> Kernel:
    """`base`, higher within an interval."""
    return lambda t: base(t) + where((t > low) & (t < high), height, 0.0)


def but(condition: Callable[[Tensor], Tensor], value: float | Kernel, base: Kernel = torch.clone) -> Kernel:
    """`base`, but a value where the condition holds."""

    def kernel(t: Tensor) -> Tensor:
        other = value(t) if callable(value) else torch.full_like(t, value)
        return where(condition(t), other, base(t))

    return kernel


OFF = Rational(1001, 1000)
GELU = x * (1 + erf(x / sqrt(2))) / 2
WRONG: dict[str, tuple[Kernel, Expr]] = {
    # a coefficient
    "tanh": (torch.tanh, OFF * tanh(x)),
    "sigmoid": (torch.sigmoid, sigmoid + Rational(1, 1000)),
    "silu": (F.silu, x / (1 + exp(-OFF * x))),
    "elu": (F.elu, Piecewise((OFF * (exp(x) - 1), x <= 0), (x, True))),
    "softplus": (F.softplus, log(1 + exp(OFF * x)) / OFF),
    "leaky relu": (F.leaky_relu, Max(x, 0) + Rational(101, 10000) * Min(x, 0)),
    "selu": (F.selu, Rational(105, 100) * Piecewise((Rational(167, 100) * (exp(x) - 1), x <= 0), (x, True))),
    "mish": (F.mish, x * tanh(log(2 + exp(x)))),
    "erf": (torch.erf, erf(OFF * x)),
    "atan": (torch.atan, OFF * atan(x)),
    "square": (torch.square, x**2 + Float("1e-5")),
    "exp": (torch.exp, exp(x) + Float("1e-5")),
    "sine": (lambda t: torch.sin(1.001 * t), sin(x)),
    "sqrt of softplus": (lambda t: stable_softplus(t).sqrt(), sqrt(log(1 + exp(OFF * x)))),
    # a breakpoint
    "relu6": (F.relu6, Min(Max(x, 0), Rational(5999, 1000))),
    "hardtanh": (F.hardtanh, Min(Max(x, -1), OFF)),
    "hardswish": (F.hardswish, x * Min(Max(x + Rational(2999, 1000), 0), 6) / 6),
    "threshold": (lambda t: F.threshold(t, 1.0, 0.0), Piecewise((0, x <= OFF), (x, True))),
    "hardshrink": (
        F.hardshrink,
        Piecewise((x, x > Rational(501, 1000)), (x, x < -Rational(1, 2)), (0, True)),
    ),
    # a sign, another function
    "sign of relu": (F.relu, -Max(x, 0)),
    "sign": (torch.neg, x),
    "floor": (torch.ceil, floor(x)),
    "remainder": (lambda t: torch.fmod(t, 3.0), Mod(x, 3)),
    "gelu of tanh": (lambda t: F.gelu(t, approximate="tanh"), GELU),
    "gelu of sigmoid": (lambda t: t * torch.sigmoid(1.702 * t), GELU),
    "softplus with a threshold": (lambda t: F.softplus(t, threshold=5), softplus),
    # a tail
    "expression from 1000 on": (torch.tanh, Piecewise((tanh(x), x < 1000), (Rational(999, 1000), True))),
    "above 1000": (but(lambda t: t > 1000, lambda t: 1.001 * t), x),
    "below -1000": (but(lambda t: t < -1000, lambda t: 1.001 * t), x),
    "above 1e30": (but(lambda t: t > 1e30, lambda t: t / 2), x),
    "above 1e37": (but(lambda t: t > 1e37, 0.0), x),
    "sqrt of softplus below -120": (
        but(lambda t: t < -120, 1e-3, lambda t: stable_softplus(t).sqrt()),
        sqrt(softplus),
    ),
    "sqrt of softplus below -1e6": (
        but(lambda t: t < -1e6, 1e9, lambda t: stable_softplus(t).sqrt()),
        sqrt(softplus),
    ),
    "log of 1 - sigmoid above 1e4": (
        but(lambda t: t > 1e4, -1e4, lambda t: F.logsigmoid(-t)),
        log(1 - sigmoid),
    ),
    # a narrow interval
    "1e-2 at 2": (add(F.relu, 2.0, 2.01, 1e-4), Max(x, 0)),
    "1e-2 at 5": (add(torch.tanh, 5.0, 5.01, 1e-4), tanh(x)),
    "1e-2 at -7": (add(torch.sigmoid, -7.0, -6.99, 1e-4), sigmoid),
    "1e-3 at 3": (add(F.gelu, 3.0, 3.001, 1e-4), GELU),
    "1e-2 at 12": (add(torch.clone, 12.0, 12.01, 1e-3), x),
    "1e-4 at 0.01": (add(F.relu, 0.01, 0.0101, 1e-4), Max(x, 0)),
    "1e-10 at 1e-10": (add(F.relu, 1e-10, 2e-10, 1e-4), Max(x, 0)),
    "1 at 1000": (add(torch.clone, 1000.0, 1001.0, 1.0), x),
    "100 at 60000": (add(torch.clone, 60000.0, 60100.0, 10.0), x),
    "a gauss of 1e-3 in the expression": (F.relu, Max(x, 0) + exp(-((1000 * (x - 2)) ** 2)) / 1000),
    "1e-6 in the expression": (
        F.relu,
        Piecewise((Max(x, 0) + Float("1e-3"), (x > 2) & (x < 2 + Rational(1, 10**6))), (Max(x, 0), True)),
    ),
    # single values
    "subnormals": (but(lambda t: (t.abs() < 1e-38) & (t != 0), 1.0), x),
    "the smallest": (but(lambda t: (t.abs() < 3e-45) & (t != 0), 1.0), x),
    "-0.0": (but(lambda t: (t == 0) & torch.signbit(t), 1.0), x),
    "0.0": (but(lambda t: (t == 0) & ~torch.signbit(t), 1.0), x),
    "the largest": (but(lambda t: t == torch.finfo(torch.float32).max, 0.0), x),
    "2.5": (but(lambda t: t == 2.5, 0.0), x),
    "NaN at 3": (but(lambda t: t == 3, math.nan), x),
    "NaN near 3": (but(lambda t: (t > 3) & (t < 3.002), math.nan), x),
    "infinite near -3": (but(lambda t: (t > -3.002) & (t < -3), math.inf), x),
    # a number where there is no real value
    "log of what is not positive": (lambda t: t.clamp(min=1e-3).log(), log(x)),
    "sqrt of what is negative": (lambda t: t.relu().sqrt(), sqrt(x)),
    "sqrt further right": (lambda t: (t - 1).relu().sqrt(), sqrt(x - 1)),
    "asin outside": (lambda t: t.clamp(-1, 1).asin(), asin(x)),
    "cube root of what is negative": (lambda t: t.sign() * t.abs().pow(1 / 3), x ** Rational(1, 3)),
    "no piece": (torch.clone, Piecewise((x, x > -5))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_expression_is_refused(name: str) -> None:
    kernel, expression = WRONG[name]
    found = compared(kernel, expression)
    assert found.faithful is False, found.why
    assert found.parting is not None
    assert "is not the kernel" in found.why


def test_a_value_that_does_not_exist_is_said_to() -> None:
    found = compared(lambda t: t.relu().sqrt(), sqrt(x))
    assert found.why.endswith("the kernel gives 0.0 and the expression has no real value")


def test_a_point_that_cannot_be_enclosed_is_neither_a_parting_nor_a_pass() -> None:
    found = compared(torch.clone, atanh(tanh(x)))
    assert found.faithful is None
    assert found.parting is None
    (deviation,) = found.deviations
    assert deviation.missing > 0
    assert deviation.points > 1000
    assert deviation.missing_first is not None
    assert abs(deviation.missing_first) > 1000
    assert repr(deviation.missing_first) in found.why
    assert f"{deviation.missing:,} of {deviation.missing + deviation.points:,} points" in found.why


def test_a_parting_is_told_though_other_points_cannot_be_enclosed() -> None:
    found = compared(add(torch.clone, 5.0, 6.0, 1e-3), atanh(tanh(x)))
    assert found.faithful is False


def test_a_wide_ball_is_refined_before_it_is_a_parting() -> None:
    # The sum loses 300 bits: at 170 its ball is wider than the function is high.
    huge = 2**300
    found = compared(torch.tanh, (tanh(x) + huge) - exp(log(huge + 1)) + 1)
    assert found.faithful is not False, found.why
    inexact = sqrt(huge**2 + tanh(x)) * 2 * huge - 2 * huge**2
    assert compared(torch.tanh, inexact).faithful is True


def unit(at: float, value: arb) -> float:
    return 2.0**-23


@pytest.mark.parametrize(
    ("expression", "at", "expected"),
    [
        (sqrt(softplus), -117.7, math.exp(-117.7 / 2)),
        (sqrt(log(exp(x) + exp(2 * x) + 1)), -600.0, math.exp(-300.0)),
        (log(1 - sigmoid), 1e5, -1e5),
        (floor(x / 3), 3.0, 1.0),
        (sqrt(x), -1.0, No.REAL),
        (log(x), 0.0, No.REAL),
        (1 / x, 0.0, No.REAL),
        (sqrt(exp(x) - 1), -1e-300, No.REAL),
        (gamma(x), -2.0, No.REAL),
        (atanh(tanh(x)), 1e6, No.ENCLOSURE),
        (exp(exp(x)), 2.0**50, No.ENCLOSURE),
    ],
)
def test_a_value_is_enclosed_or_known_not_to_exist(expression: Expr, at: float, expected: float | No) -> None:
    with precision(BITS):
        value = Enclosing(expression).at(at, unit)
        if isinstance(expected, No) or isinstance(value, No):
            assert value is expected
        else:
            assert float(value.rad()) < 2.0**-28
            assert float(value) == pytest.approx(expected, rel=1e-12, abs=1e-100)


def test_cancelling_keeps_the_function() -> None:
    for expression in (1 - tanh(x), log(1 - sigmoid), sqrt(1 - tanh(x) ** 2), x * tanh(softplus)):
        other = cancelled(expression)
        for at in (-3, Rational(-1, 7), 0, 2):
            assert abs(float((expression - other).subs(x, at).evalf(30))) < 1e-20


def test_the_quick_look_is_about_right_wherever_it_looks() -> None:
    t = torch.linspace(-3, 3, 101, dtype=torch.float64)
    for name, (kernel, expression) in RIGHT.items():
        look = quick(expression)
        assert look is not None, name
        values, expected = look(t), kernel(t)
        both = values.isfinite() & expected.isfinite()
        assert bool(both.any()), name
        assert torch.allclose(values[both], expected[both], rtol=1e-6, atol=1e-6), name


def test_many_points_lie_at_every_value_of_half_precision() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        points = many(dtype, 0)
        assert points.dtype == dtype
        assert bool(points.isfinite().all())
    values = set(many(torch.float32, 0).tolist())
    assert {65504.0, -65504.0, 2.0**-24, 2.0**-133, 3.3895313892515355e38} <= values


def test_an_isolated_value_next_to_the_right_ones_is_forgiven_as_a_rounded_breakpoint() -> None:
    assert compared(F.relu, Piecewise((1, Eq(x, 1) | Eq(x, 2)), (Max(x, 0), True))).faithful is True
