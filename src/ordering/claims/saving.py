"""What autograd keeps for the backward pass in each order, in bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ordering.activation import Activation
from ordering.claims.training import ACTIVATION_FIRST, ORDERS
from ordering.pooling import Pooling

WINDOW = 2


@dataclass(frozen=True)
class Saved:
    """Bytes kept for backward: activation first, and pooling first."""

    first: int
    second: int

    @property
    def ratio(self) -> float:
        """Pooling first / activation first."""
        return self.second / self.first


def chain(
    activation: Activation, pooling: Pooling, order: str, weight: Tensor | None = None
) -> Callable[[Tensor], Tensor]:
    """What follows an input in one order: with a weight `(out, in, 3, 3)`, after a convolution with it."""
    f, pool = activation.kernel, pooling.kernel

    def run(given: Tensor) -> Tensor:
        # Without a convolution the input stands for the output of the layer before, which is kept only if
        # something here keeps it.
        features = given if weight is None else F.conv2d(given, weight, padding=1)
        if order == ACTIVATION_FIRST:
            return pool(f(features), kernel_size=WINDOW)
        return f(pool(features, kernel_size=WINDOW))

    return run


def saved_bytes(step: Callable[[Tensor], Tensor], given: Tensor) -> int:
    """Bytes of the distinct storages that autograd keeps for the backward pass of `step(given)`."""
    kept: dict[int, int] = {}
    alive: list[Tensor] = []  # an address must not be used again while it is counted

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        alive.append(tensor)
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        step(given)
    return sum(kept.values())


def saved(activation: Activation, pooling: Pooling, given: Tensor, weight: Tensor | None = None) -> Saved:
    """What both orders keep for an input that wants a gradient."""
    leaf = given.clone().requires_grad_()
    return Saved(*(saved_bytes(chain(activation, pooling, order, weight), leaf) for order in ORDERS))
