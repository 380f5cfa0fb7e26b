"""The activations that ship, one declarative entry each, by torch.nn.functional's names."""

from __future__ import annotations

from typing import Final

import torch.nn.functional as F
from sympy import Max, Piecewise, Rational, erf, exp, sqrt, tanh

from ordering.activation import Activation, x
from ordering.registry import Registry

activations: Final = Registry("activation", Activation)

relu = activations.register(Activation("relu", kernel=F.relu, expression=Max(x, 0), formula="x -> max(x, 0)"))
leaky_relu = activations.register(
    Activation(
        "leaky_relu",
        kernel=F.leaky_relu,
        expression=Piecewise((x / 100, x <= 0), (x, True)),
        formula="x -> max(x, 0) + 0.01 min(x, 0)",
        parameters={"negative_slope": Rational(1, 100)},
    )
)
tanh_ = activations.register(
    Activation("tanh", kernel=F.tanh, expression=tanh(x), formula="x -> (e^x - e^-x) / (e^x + e^-x)")
)
sigmoid = activations.register(
    Activation("sigmoid", kernel=F.sigmoid, expression=1 / (1 + exp(-x)), formula="x -> 1 / (1 + e^-x)")
)
gelu = activations.register(
    Activation(
        "gelu",
        kernel=F.gelu,
        expression=x * (1 + erf(x / sqrt(2))) / 2,
        formula="x -> x Phi(x), Phi the standard normal distribution function",
    )
)
silu = activations.register(
    Activation("silu", kernel=F.silu, expression=x / (1 + exp(-x)), formula="x -> x / (1 + e^-x)")
)
identity = activations.register(
    Activation("identity", kernel=lambda t: t.clone(), expression=x, formula="x -> x")
)
