"""`observe`: what the two orders do to a real picture after a convolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.cbook
import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor, nn

from ordering.activation import Activation
from ordering.errors import InvalidArgument, KernelError, LoadError
from ordering.kernels import compare
from ordering.law import Relation
from ordering.loading import load_attribute
from ordering.pooling import Pooling

CHANNELS = 16
"""Output channels of the default convolution."""


@dataclass(frozen=True)
class Observation:
    """The two orders of one activation and one pooling on one feature map."""

    activation: str
    pooling: str
    outputs: int
    largest_gap: float
    """`max |P(f(x)) - f(P(x))|`; NaN where an order gives NaN and the other does not."""
    mean_gap: float
    zeros_activation_first: float
    """Share of outputs of `P(f(x))` that are exactly zero."""
    zeros_pooling_first: float
    """Share of outputs of `f(P(x))` that are exactly zero."""
    same_bits: float
    """Share of outputs that are the same bit for bit in both orders."""


def load_image(path: str | Path | None = None) -> Tensor:
    """A picture as a float32 tensor of shape `(1, 3, height, width)` with values in `[0, 1]`.

    Without a path: the photograph of Grace Hopper that matplotlib ships as sample data.

    Raises
    ------
    LoadError
        If the file does not exist or is not a picture that Pillow can read.
    """
    source = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False) if path is None else path
    try:
        with Image.open(source) as image:
            pixels = np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LoadError(f"{source} is not a picture that can be read (PNG or JPEG): {error}") from error
    except OSError as error:
        raise LoadError(f"cannot read the picture {source}: {error.strerror or error}") from error
    return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).contiguous()


def default_layer(seed: int = 0) -> nn.Module:
    """A 3x3 convolution from 3 to 16 channels with torch's default initialisation under this seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Conv2d(3, CHANNELS, kernel_size=3)


def load_layer(reference: str) -> nn.Module:
    """The `torch.nn.Module` that `module:attribute` names, or the one that the class or function there makes.

    Raises
    ------
    LoadError
        If it cannot be loaded, or is not a module.
    """
    layer = load_attribute(reference)
    if isinstance(layer, type) or (callable(layer) and not isinstance(layer, nn.Module)):
        try:
            layer = layer()
        except Exception as error:  # a user's factory may raise anything
            raise LoadError(f"{reference!r}() failed: {type(error).__name__}: {error}") from error
    if not isinstance(layer, nn.Module):
        raise LoadError(f"{reference!r} is a {type(layer).__name__}, not a torch.nn.Module")
    return layer


def feature_map(image: Tensor, layer: nn.Module) -> Tensor:
    """The layer's output for the picture, shape `(1, channels, height, width)`.

    Raises
    ------
    LoadError
        If the layer rejects a `(1, 3, height, width)` picture or does not return such a map.
    """
    layer.eval()
    try:
        with torch.no_grad():
            features = layer(image)
    except Exception as error:  # a user's layer may raise anything
        shape = tuple(image.shape)
        raise LoadError(
            f"the layer failed on a picture of shape {shape}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(features, Tensor) or features.ndim != 4 or not features.is_floating_point():
        what = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise LoadError(
            f"the layer must return a floating (batch, channels, height, width) tensor, got {what}"
        )
    return features


def observe(
    features: Tensor,
    of_activations: Sequence[Activation],
    of_poolings: Sequence[Pooling],
    *,
    kernel_size: int = 2,
) -> Iterator[Observation]:
    """Run both orders of every combination on a feature map `(batch, channels, height, width)`.

    Raises
    ------
    InvalidArgument
        If the kernel size does not fit the map, or a pooling has no `kernel_size` or is not 2-d.
    KernelError
        If an activation or a pooling raises, or the orders give different shapes.
    """
    height, width = features.shape[-2:]
    if not 1 <= kernel_size <= min(height, width):
        raise InvalidArgument(f"kernel size {kernel_size} does not fit a {height}x{width} feature map")
    for pooling in of_poolings:
        if pooling.dimensions != 2 or "kernel_size" not in pooling.arguments:
            raise InvalidArgument(
                f"{pooling} is not a 2-d pooling with a kernel size; try max_pool2d or avg_pool2d"
            )
    for activation in of_activations:
        for pooling in of_poolings:
            yield _observation(features, activation, pooling, kernel_size)


def _observation(features: Tensor, activation: Activation, pooling: Pooling, kernel_size: int) -> Observation:
    try:
        left = pooling.kernel(activation.kernel(features), kernel_size=kernel_size)
        right = activation.kernel(pooling.kernel(features, kernel_size=kernel_size))
    except Exception as error:  # a user's kernel may raise anything
        raise KernelError(f"{activation} with {pooling} failed: {type(error).__name__}: {error}") from error
    comparison = compare(left, right, Relation.EQUAL)
    gaps = (left.double() - right.double()).abs()
    # inf - inf is NaN though the orders agree there.
    gaps = torch.where(left == right, 0.0, gaps)
    return Observation(
        activation=activation.name,
        pooling=pooling.name,
        outputs=comparison.compared,
        largest_gap=float(gaps.max()),
        mean_gap=float(gaps.mean()),
        zeros_activation_first=float((left == 0).double().mean()),
        zeros_pooling_first=float((right == 0).double().mean()),
        same_bits=1 - comparison.differing / comparison.compared,
    )
