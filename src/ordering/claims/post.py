"""The post's two experiments, run again: a convolution of a small picture, then both orders with ReLU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ordering.catalogue import activations, poolings
from ordering.claims.records import Experiment
from ordering.kernels import compare

SEED = 20
"""Ours: the post draws from no seed, so its own numbers cannot be had again."""
SIDE = 7
"""Pixels of a side of the picture; a 3x3 convolution leaves 5, and 2x2 windows 2."""


def experiments() -> tuple[Experiment, Experiment]:
    """Max pooling and average pooling, each on a normal picture of `SIDE` x `SIDE` after a convolution."""
    return _experiment("max"), _experiment("avg")


def _experiment(name: str) -> Experiment:
    pooling, relu = poolings[name], activations["relu"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        picture = torch.randn(1, 1, SIDE, SIDE)
        features: Tensor = nn.Conv2d(1, 1, kernel_size=3)(picture).detach()
    first = pooling.kernel(relu.kernel(features), kernel_size=2)
    second = relu.kernel(pooling.kernel(features, kernel_size=2))
    kind = {"max": "max pooling", "avg": "average pooling"}[name]
    return Experiment(
        title=f"relu and {kind}",
        seed=SEED,
        lines=(
            ("after the convolution", str(features)),
            (f"relu first, then {kind}", str(first)),
            (f"{kind} first, then relu", str(second)),
        ),
        same=compare(first, second).differing == 0,
        kept=(int(first.count_nonzero()), int(second.count_nonzero())),
        command="ordering claims 1" if name == "max" else "ordering claims 2",
    )
