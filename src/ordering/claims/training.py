"""One training run of the study: a small convolutional network on scikit-learn's digits, in one order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ordering.activation import Activation
from ordering.errors import NotApplicable
from ordering.loading import load_activation
from ordering.running import interrupts

ACTIVATION_FIRST: Final = "activation first"
POOLING_FIRST: Final = "pooling first"
ORDERS: Final = (ACTIVATION_FIRST, POOLING_FIRST)
CLASSES: Final = 10
WINDOW: Final = 2
"""Side of an averaging window; n = 4 elements."""


@dataclass(frozen=True)
class Setup:
    """What is the same in every run of a study.

    The network is twice (3x3 convolution with zero padding, activation and 2x2 average pooling in one of the
    two orders), then a linear layer; it is trained by stochastic gradient descent on the cross entropy.
    """

    channels: tuple[int, int] = (16, 32)
    epochs: int = 30
    early: int = 10
    """The epoch after which the accuracy is taken a first time."""
    batch: int = 64
    rate: float = 0.1
    momentum: float = 0.9
    test: int = 360
    """Pictures kept for testing, of 1,797; the rest is trained on."""


@dataclass(frozen=True)
class Run:
    """What one training run gave.

    Shares are taken over the test pictures.  A *feature* is an output of a block for one picture, and a
    *unit* an output of a block (channel, row, column); it is dead if it is 0 for every test picture.  Lists
    hold block 1 and block 2.
    """

    seed: int
    activation: str
    order: str
    accuracy: float
    early_accuracy: float
    loss: float
    """Mean cross entropy over the training pictures, at the end."""
    zeros: tuple[float, ...]
    """Share of features that are 0."""
    dead: tuple[float, ...]
    """Share of units that are dead."""
    zeros_at_start: tuple[float, ...]
    """As `zeros`, before training."""
    no_gradient_at_start: float
    """Share of block 1's convolution outputs that get no gradient from its features, before training."""


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor]:
    """Pictures `(1797, 1, 8, 8)` with values in `[0, 1]`, and what they show.

    Raises
    ------
    NotApplicable
        If scikit-learn, which ships them, is not installed.
    """
    try:
        datasets: Any = import_module("sklearn.datasets")
    except ImportError as error:
        raise NotApplicable(
            "the study trains on scikit-learn's digits: pip install 'ordering[study]'"
        ) from error
    loaded = datasets.load_digits()
    return torch.tensor(loaded.images, dtype=torch.float32)[:, None] / 16, torch.tensor(loaded.target)


class Block(nn.Module):
    """A convolution, then `f` and average pooling in one of the two orders."""

    def __init__(self, inputs: int, outputs: int, activation: Activation, order: str) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        self.activation, self.order = activation, order

    def after(self, features: Tensor) -> Tensor:
        """What follows the convolution."""
        if self.order == ACTIVATION_FIRST:
            return F.avg_pool2d(self.activation.kernel(features), WINDOW)
        return self.activation.kernel(F.avg_pool2d(features, WINDOW))

    def forward(self, pictures: Tensor) -> Tensor:
        """`(batch, inputs, height, width)` to `(batch, outputs, height / 2, width / 2)`."""
        return self.after(self.convolution(pictures))


class Network(nn.Module):
    """Two blocks and a linear layer."""

    def __init__(self, activation: Activation, order: str, setup: Setup) -> None:
        super().__init__()
        first, second = setup.channels
        self.blocks = nn.ModuleList(
            (Block(1, first, activation, order), Block(first, second, activation, order))
        )
        self.head = nn.Linear(second * WINDOW**2, CLASSES)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """The outputs of both blocks."""
        found = []
        for block in self.blocks:
            pictures = block(pictures)
            found.append(pictures)
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores `(batch, 10)`."""
        scores: Tensor = self.head(self.features(pictures)[-1].flatten(1))
        return scores


def train(seed: int, activation: str, order: str, setup: Setup) -> Run:
    """Train one network.

    The seed decides the split, the first weights and the order of the pictures; it is all the same in both
    orders, so that their results are a pair.  One torch thread, for results that depend on no schedule.

    Raises
    ------
    NotApplicable
        If scikit-learn is not installed.
    KeyboardInterrupt
        After Ctrl-C, between two epochs.
    """
    pictures, targets = digits()
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(pictures), generator=generator)
    kept, tested = shuffled[setup.test :], shuffled[: setup.test]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(load_activation(activation), order, setup)
    test_pictures, test_targets = pictures[tested], targets[tested]
    zeros_at_start, _ = _zeros(network, test_pictures)
    no_gradient = _without_gradient(network, test_pictures)
    early = 0.0
    for epoch, loss in enumerate(_epochs(network, pictures, targets, kept, generator, setup), start=1):
        interrupts.check()
        if epoch == min(setup.early, setup.epochs):
            early = _accuracy(network, test_pictures, test_targets)
        last = loss
    zeros, dead = _zeros(network, test_pictures)
    return Run(
        seed=seed,
        activation=activation,
        order=order,
        accuracy=_accuracy(network, test_pictures, test_targets),
        early_accuracy=early,
        loss=last,
        zeros=zeros,
        dead=dead,
        zeros_at_start=zeros_at_start,
        no_gradient_at_start=no_gradient,
    )


def _epochs(
    network: Network,
    pictures: Tensor,
    targets: Tensor,
    kept: Tensor,
    generator: torch.Generator,
    setup: Setup,
) -> Iterator[float]:
    """Train; after each epoch its mean loss."""
    optimizer = torch.optim.SGD(network.parameters(), lr=setup.rate, momentum=setup.momentum)
    for _ in range(setup.epochs):
        total = 0.0
        for batch in kept[torch.randperm(len(kept), generator=generator)].split(setup.batch):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss = F.cross_entropy(network(pictures[batch]), targets[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        yield total / len(kept)


@torch.no_grad()
def _accuracy(network: Network, pictures: Tensor, targets: Tensor) -> float:
    return float((network(pictures).argmax(1) == targets).double().mean())


@torch.no_grad()
def _zeros(network: Network, pictures: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Shares of features that are 0, and of units that are 0 for every picture, by block."""
    found = [features == 0 for features in network.features(pictures)]
    return (
        tuple(float(zero.double().mean()) for zero in found),
        tuple(float(zero.all(0).double().mean()) for zero in found),
    )


def _without_gradient(network: Network, pictures: Tensor) -> float:
    block = network.blocks[0]
    assert isinstance(block, Block)
    leaf = block.convolution(pictures).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(block.after(leaf).sum(), leaf)
    return float((gradient == 0).double().mean())
