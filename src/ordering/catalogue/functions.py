"""Which of torch's functions and modules are activations of the catalogue: `torch.relu`, `nn.ELU(alpha=2)`.

Recognised is only what computes the entry's very function, whatever the input: a module without parameters
that it could learn but PReLU's single one, that does not work in place, has no hooks, and whose arguments an
entry or a family has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
import torch.nn.functional as F
from sympy import Rational
from torch import nn

from ordering.activation import Activation
from ordering.catalogue import families
from ordering.catalogue.activations import activations
from ordering.errors import InvalidEntry

HOMES: Final = (F, torch, torch.Tensor)
"""Where torch has a function under an entry's name."""

PLAIN: Final[Mapping[type[nn.Module], str]] = {
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Hardswish: "hardswish",
    nn.SELU: "selu",
    nn.SiLU: "silu",
    nn.Mish: "mish",
    nn.Sigmoid: "sigmoid",
    nn.LogSigmoid: "logsigmoid",
    nn.Tanh: "tanh",
    nn.Tanhshrink: "tanhshrink",
    nn.Softsign: "softsign",
    nn.Identity: "identity",
}
"""Modules without arguments that matter."""

FAMILIES: Final[Mapping[type[nn.Module], tuple[Callable[..., Activation], tuple[str, ...]]]] = {
    nn.LeakyReLU: (families.leaky_relu, ("negative_slope",)),
    nn.ELU: (families.elu, ("alpha",)),
    nn.CELU: (families.celu, ("alpha",)),
    nn.Softplus: (families.softplus, ("beta", "threshold")),
    nn.Hardtanh: (families.hardtanh, ("min_val", "max_val")),
    nn.Hardshrink: (families.hardshrink, ("lambd",)),
    nn.Softshrink: (families.softshrink, ("lambd",)),
    nn.Threshold: (families.threshold, ("threshold", "value")),
}
"""Modules whose arguments, by these names, make a member of a family."""


def recognised(what: object) -> Activation | None:
    """The entry that a function or module of torch's computes; None where there is none."""
    return _of_module(what) if isinstance(what, nn.Module) else _of_function(what)


def _of_function(function: object) -> Activation | None:
    for name, entry in activations.items():
        if entry.low is not None or entry.high is not None:
            continue  # the entry is claimed on an interval, and the function is not
        if function is entry.kernel or any(getattr(home, name, None) is function for home in HOMES):
            return entry
    return None


def _of_module(module: nn.Module) -> Activation | None:
    if not as_built(module) or getattr(module, "inplace", False):
        return None
    kind = type(module)
    if kind in PLAIN:
        return activations[PLAIN[kind]]
    if isinstance(module, nn.GELU) and kind is nn.GELU:
        return activations[{"none": "gelu", "tanh": "gelu_tanh"}[module.approximate]]
    if isinstance(module, nn.RReLU) and kind is nn.RReLU:
        usual = (module.lower, module.upper) == (1 / 8, 1 / 3)
        return activations["rrelu"] if usual and not module.training else None
    if isinstance(module, nn.PReLU) and kind is nn.PReLU:
        return _member(families.prelu, module.weight.item()) if module.weight.numel() == 1 else None
    if kind in FAMILIES:
        family, names = FAMILIES[kind]
        return _member(family, *(getattr(module, name) for name in names))
    return None


def as_built(module: nn.Module) -> bool:
    """Whether a module runs what its class says: no hooks, no `forward` of its own."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
    return not any(hooks) and "forward" not in vars(module)


def _member(family: Callable[..., Activation], *arguments: Any) -> Activation | None:
    """The member of a family with these arguments; None where they are no numbers that the family takes."""
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in arguments):
        return None
    try:
        member = family(*(Rational(repr(float(each))) for each in arguments))
    except InvalidEntry:
        return None
    return activations.get(member.name, member)
