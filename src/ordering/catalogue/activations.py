"""The activations that ship, by torch.nn.functional's names; the parametric ones are made by `families`."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from sympy import Max, Min, Piecewise, Rational, erf, exp, floor, log, pi, sign, sin, sqrt, tanh

from ordering.activation import Activation
from ordering.catalogue import families
from ordering.registry import Registry
from ordering.variable import x

activations: Final = Registry("activation", Activation)

# ---- piecewise linear --------------------------------------------------------------------------------

relu = activations.register(Activation("relu", kernel=F.relu, expression=Max(x, 0), formula="x -> max(x, 0)"))
relu6 = activations.register(
    Activation("relu6", kernel=F.relu6, expression=Min(Max(x, 0), 6), formula="x -> min(max(x, 0), 6)")
)
leaky_relu = activations.register(families.leaky_relu(Rational(1, 100)))
for _weight in (Rational(-1, 4), 0, Rational(1, 4), 1, 2):
    activations.register(families.prelu(_weight))
rrelu = activations.register(
    Activation(
        "rrelu",
        kernel=F.rrelu,
        expression=Piecewise((Rational(11, 48) * x, x <= 0), (x, True)),
        formula="x -> max(x, 0) + (1/8 + 1/3)/2 min(x, 0)   (evaluation mode)",
        parameters={"lower": Rational(1, 8), "upper": Rational(1, 3), "training": False},
    )
)
hardtanh = activations.register(families.hardtanh(-1, 1))
hardsigmoid = activations.register(
    Activation(
        "hardsigmoid",
        kernel=F.hardsigmoid,
        expression=Min(Max(x + 3, 0), 6) / 6,
        formula="x -> min(max(x + 3, 0), 6) / 6",
    )
)
hardswish = activations.register(
    Activation(
        "hardswish",
        kernel=F.hardswish,
        expression=x * Min(Max(x + 3, 0), 6) / 6,
        formula="x -> x min(max(x + 3, 0), 6) / 6",
    )
)
hardshrink = activations.register(families.hardshrink(Rational(1, 2)))
softshrink = activations.register(families.softshrink(Rational(1, 2)))
threshold = activations.register(families.threshold(1, 0))
activations.register(families.threshold(Rational(1, 10), 20))

# ---- smooth ------------------------------------------------------------------------------------------

elu = activations.register(families.elu(1))
for _alpha in (2, -1):
    activations.register(families.elu(_alpha))
selu = activations.register(
    Activation(
        "selu",
        kernel=F.selu,
        expression=Piecewise(
            (families.SELU_SCALE * families.SELU_ALPHA * (exp(x) - 1), x <= 0),
            (families.SELU_SCALE * x, True),
        ),
        formula="x -> scale (max(x, 0) + min(alpha (e^x - 1), 0)), with torch's constants scale and alpha",
    )
)
celu = activations.register(families.celu(1))
activations.register(families.celu(2))
gelu = activations.register(
    Activation(
        "gelu",
        kernel=F.gelu,
        expression=x * (1 + erf(x / sqrt(2))) / 2,
        formula="x -> x Phi(x), Phi the standard normal distribution function",
    )
)
gelu_tanh = activations.register(
    Activation(
        "gelu_tanh",
        kernel=lambda t: F.gelu(t, approximate="tanh"),
        expression=x * (1 + tanh(sqrt(2 / pi) * (x + Rational(44715, 10**6) * x**3))) / 2,
        formula="x -> x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2",
        parameters={"approximate": "tanh"},
    )
)
silu = activations.register(
    Activation("silu", kernel=F.silu, expression=x / (1 + exp(-x)), formula="x -> x / (1 + e^-x)")
)
mish = activations.register(
    Activation(
        "mish", kernel=F.mish, expression=x * tanh(log(1 + exp(x))), formula="x -> x tanh(log(1 + e^x))"
    )
)
softplus = activations.register(families.softplus(1, 20))
activations.register(families.softplus(1, 5))
activations.register(families.softplus(2, 20))
sigmoid = activations.register(
    Activation("sigmoid", kernel=F.sigmoid, expression=1 / (1 + exp(-x)), formula="x -> 1 / (1 + e^-x)")
)
logsigmoid = activations.register(
    Activation("logsigmoid", kernel=F.logsigmoid, expression=-log(1 + exp(-x)), formula="x -> -log(1 + e^-x)")
)
tanh_ = activations.register(
    Activation("tanh", kernel=F.tanh, expression=tanh(x), formula="x -> (e^x - e^-x) / (e^x + e^-x)")
)
tanhshrink = activations.register(
    Activation("tanhshrink", kernel=F.tanhshrink, expression=x - tanh(x), formula="x -> x - tanh(x)")
)
softsign = activations.register(
    Activation("softsign", kernel=F.softsign, expression=x / (1 + abs(x)), formula="x -> x / (1 + |x|)")
)
identity = activations.register(
    Activation("identity", kernel=lambda t: t.clone(), expression=x, formula="x -> x")
)

# ---- for contrast ------------------------------------------------------------------------------------

absolute = activations.register(Activation("abs", kernel=torch.abs, expression=abs(x), formula="x -> |x|"))
square = activations.register(Activation("square", kernel=torch.square, expression=x**2, formula="x -> x^2"))
exponential = activations.register(Activation("exp", kernel=torch.exp, expression=exp(x), formula="x -> e^x"))
sine = activations.register(Activation("sin", kernel=torch.sin, expression=sin(x), formula="x -> sin(x)"))
signum = activations.register(
    Activation(
        "sign",
        kernel=torch.sign,
        expression=sign(x),
        formula="x -> -1, 0 or 1, the sign of x",
        keeps_nan=False,
    )
)
floor_ = activations.register(
    Activation("floor", kernel=torch.floor, expression=floor(x), formula="x -> the largest integer <= x")
)
fake_quantize = activations.register(families.fake_quantize(Rational(1, 4), -8, 7))
negation = activations.register(Activation("neg", kernel=torch.neg, expression=-x, formula="x -> -x"))
reciprocal = activations.register(
    Activation(
        "reciprocal",
        kernel=torch.reciprocal,
        expression=1 / x,
        formula="x -> 1/x for x > 0",
        low=Rational(0),
    )
)
