"""Parametric families of activations, each written once: `elu(2)` is the `Activation` named `elu(alpha=2)`.

Parameters are exact numbers; the kernel gets them as doubles, which is what torch takes.  A member with
torch's default parameters has the plain name.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import torch
import torch.nn.functional as F
from sympy import Expr, Max, Min, Piecewise, Rational, exp, floor, log, sympify

from ordering.activation import Activation
from ordering.errors import InvalidEntry
from ordering.variable import x

if TYPE_CHECKING:
    from torch import Tensor

Exact: TypeAlias = int | str | Fraction | Expr
"""An exact rational parameter: `2`, `"1/4"`, `Fraction(1, 4)` or sympy's `Rational(1, 4)`."""

# The constants in torch's aten/src/ATen/native/Activation.cpp, as the doubles that the kernel uses.
SELU_ALPHA: Final = Rational(1.6732632423543772848170429916717)
SELU_SCALE: Final = Rational(1.0507009873554804934193349852946)


def _exact(name: str, value: Exact) -> Expr:
    number = sympify(value) if not isinstance(value, str) else Rational(value)
    if not number.is_Rational:
        raise InvalidEntry(f"{name}={value!r} must be an exact rational number, such as Rational(1, 4)")
    return number


def _text(number: Expr) -> str:
    """A decimal where it is short and exact (`0.25`), else a fraction."""
    decimal = str(float(number)).removesuffix(".0")
    return decimal if Rational(decimal) == number else str(number)


def _member(
    family: str,
    parameters: dict[str, Expr],
    defaults: dict[str, object],
    kernel: Callable[[Tensor], Tensor],
    expression: Expr,
    formula: str,
) -> Activation:
    shown = ",".join(f"{k}={_text(v)}" for k, v in parameters.items() if defaults.get(k) != v)
    name = f"{family}({shown})" if shown else family
    return Activation(name, kernel=kernel, expression=expression, formula=formula, parameters=parameters)


def leaky_relu(negative_slope: Exact) -> Activation:
    """`x -> max(x, 0) + a min(x, 0)`, a the slope (default 0.01)."""
    a = _exact("negative_slope", negative_slope)
    return _member(
        "leaky_relu",
        {"negative_slope": a},
        {"negative_slope": Rational(1, 100)},
        partial(F.leaky_relu, negative_slope=float(a)),
        Piecewise((a * x, x <= 0), (x, True)),
        f"x -> max(x, 0) + {_text(a)} min(x, 0)",
    )


def _prelu_kernel(tensor: Tensor, weight: float) -> Tensor:
    return F.prelu(tensor, torch.tensor(weight, dtype=tensor.dtype))


def prelu(weight: Exact) -> Activation:
    """`x -> max(x, 0) + a min(x, 0)`, a the weight (one for all channels)."""
    a = _exact("weight", weight)
    return _member(
        "prelu",
        {"weight": a},
        {},
        partial(_prelu_kernel, weight=float(a)),
        Piecewise((a * x, x <= 0), (x, True)),
        f"x -> max(x, 0) + {_text(a)} min(x, 0)",
    )


def elu(alpha: Exact) -> Activation:
    """`x -> x` for `x > 0`, else `alpha (e^x - 1)` (default alpha 1)."""
    a = _exact("alpha", alpha)
    return _member(
        "elu",
        {"alpha": a},
        {"alpha": 1},
        partial(F.elu, alpha=float(a)),
        Piecewise((a * (exp(x) - 1), x <= 0), (x, True)),
        f"x -> x for x > 0, else {_text(a)} (e^x - 1)",
    )


def celu(alpha: Exact) -> Activation:
    """`x -> max(x, 0) + min(alpha (e^(x/alpha) - 1), 0)`, alpha > 0 (default 1)."""
    a = _exact("alpha", alpha)
    if not a > 0:
        raise InvalidEntry(f"celu: alpha must be positive, got {a}")
    return _member(
        "celu",
        {"alpha": a},
        {"alpha": 1},
        partial(F.celu, alpha=float(a)),
        Piecewise((a * (exp(x / a) - 1), x <= 0), (x, True)),
        f"x -> x for x > 0, else {_text(a)} (e^(x/{_text(a)}) - 1)",
    )


def softplus(beta: Exact, threshold: Exact) -> Activation:
    """`x -> log(1 + e^(beta x)) / beta` while `beta x <= threshold`, else x (defaults 1 and 20).

    At the threshold the function jumps down, by `log(1 + e^-threshold) / beta`.
    """
    b, t = _exact("beta", beta), _exact("threshold", threshold)
    if not b > 0:
        raise InvalidEntry(f"softplus: beta must be positive, got {b}")
    return _member(
        "softplus",
        {"beta": b, "threshold": t},
        {"beta": 1, "threshold": 20},
        partial(F.softplus, beta=float(b), threshold=float(t)),
        Piecewise((log(1 + exp(b * x)) / b, x <= t / b), (x, True)),
        f"x -> log(1 + e^({_text(b)} x)) / {_text(b)} while {_text(b)} x <= {_text(t)}, else x",
    )


def hardtanh(min_val: Exact, max_val: Exact) -> Activation:
    """`x -> min(max(x, min_val), max_val)` (defaults -1 and 1)."""
    low, high = _exact("min_val", min_val), _exact("max_val", max_val)
    if not low < high:
        raise InvalidEntry(f"hardtanh: min_val={low} is not below max_val={high}")
    return _member(
        "hardtanh",
        {"min_val": low, "max_val": high},
        {"min_val": -1, "max_val": 1},
        partial(F.hardtanh, min_val=float(low), max_val=float(high)),
        Min(Max(x, low), high),
        f"x -> min(max(x, {_text(low)}), {_text(high)})",
    )


def hardshrink(lambd: Exact) -> Activation:
    """`x -> x` where `|x| > lambd`, else 0 (default 0.5)."""
    a = _exact("lambd", lambd)
    return _member(
        "hardshrink",
        {"lambd": a},
        {"lambd": Rational(1, 2)},
        partial(F.hardshrink, lambd=float(a)),
        Piecewise((x, x < -a), (0, x <= a), (x, True)),
        f"x -> x where |x| > {_text(a)}, else 0",
    )


def softshrink(lambd: Exact) -> Activation:
    """`x -> x - lambd` above lambd, `x + lambd` below -lambd, else 0 (default 0.5)."""
    a = _exact("lambd", lambd)
    return _member(
        "softshrink",
        {"lambd": a},
        {"lambd": Rational(1, 2)},
        partial(F.softshrink, lambd=float(a)),
        Piecewise((x + a, x < -a), (0, x <= a), (x - a, True)),
        f"x -> sign(x) max(|x| - {_text(a)}, 0)",
    )


def threshold(threshold: Exact, value: Exact) -> Activation:
    """`x -> x` where `x > threshold`, else value."""
    t, v = _exact("threshold", threshold), _exact("value", value)
    return _member(
        "threshold",
        {"threshold": t, "value": v},
        {},
        partial(F.threshold, threshold=float(t), value=float(v)),
        Piecewise((v, x <= t), (x, True)),
        f"x -> x where x > {_text(t)}, else {_text(v)}",
    )


def _quantize(tensor: Tensor, scale: float, low: int, high: int) -> Tensor:
    # floor(u + 1/2) as torch.floor of a sum would round u + 1/2; comparing the remainder does not.
    scaled = tensor / scale
    whole = torch.floor(scaled)
    return torch.clamp(whole + (scaled - whole >= 0.5).to(tensor.dtype), low, high) * scale


def fake_quantize(scale: Exact, low: int, high: int) -> Activation:
    """`x -> scale min(max(floor(x / scale + 1/2), low), high)`: quantisation to steps of scale, and back."""
    s = _exact("scale", scale)
    if not (s > 0 and low < high):
        raise InvalidEntry(f"fake_quantize: needs scale > 0 and low < high, got {s}, {low}, {high}")
    return _member(
        "fake_quantize",
        {"scale": s, "low": Rational(low), "high": Rational(high)},
        {},
        partial(_quantize, scale=float(s), low=low, high=high),
        s * Min(Max(floor(x / s + Rational(1, 2)), low), high),
        f"x -> {_text(s)} min(max(floor(x / {_text(s)} + 1/2), {low}), {high})",
    )
