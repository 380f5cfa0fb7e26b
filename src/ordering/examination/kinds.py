"""Modules of torch that are no activation by what they are: words for what an examination has found."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase


def of_kind(module: nn.Module) -> str:
    """What a module that failed its examination is or does, in words for its class; empty for most."""
    if isinstance(module, nn.PReLU) and module.weight.numel() > 1:
        count = module.weight.numel()
        return (
            f"has one slope a channel, so it is {count} activations: examine one for each channel, "
            f"such as nn.PReLU(1, init={module.weight.detach().flatten()[0].item():.6g})"
        )
    if isinstance(module, _NormBase):
        if module.training and module.running_mean is not None:
            return (
                "keeps state (running_mean) while it trains and looks at the whole batch: "
                "it is not an activation"
            )
        if module.running_mean is None:
            return "normalises with the mean and the variance of other elements: it is not an activation"
        return "has a mean and a scale for each channel: it is not one activation"
    if isinstance(module, (nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm, nn.RMSNorm)):
        return "normalises each element with others: it is not an activation"
    return ""
