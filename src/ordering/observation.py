"""`observe`: what the two orders do to a real picture after a convolution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import matplotlib.cbook
import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor, nn

from ordering.activation import Activation
from ordering.arguments import Location, integer, place, shown
from ordering.arguments import seed as checked_seed
from ordering.errors import InvalidArgument, KernelError, LoadError
from ordering.kernels import compare
from ordering.law import Relation
from ordering.loading import ActivationLike, PoolingLike, load_activations, load_poolings
from ordering.pooling import Pooling
from ordering.references import load_attribute

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


def load_image(image: Location | Image.Image | None = None) -> Tensor:
    """A picture as a float32 tensor of shape `(1, 3, height, width)` with values in `[0, 1]`.

    Parameters
    ----------
    image:
        The path of a picture, or one that Pillow has read.  By default the photograph of Grace Hopper that
        matplotlib ships as sample data.

    Raises
    ------
    LoadError
        If the file does not exist or is not a picture that Pillow can read.
    """
    if isinstance(image, Image.Image):
        return _pixels(image)
    if image is None:
        source: Location = str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    else:
        source = place("the picture", image, error=LoadError)
    try:
        with Image.open(source) as opened:
            return _pixels(opened)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise LoadError(f"{source} is not a picture that can be read (PNG or JPEG): {error}") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's readers raise all of them on broken files
        why = getattr(error, "strerror", None) or error
        raise LoadError(f"cannot read the picture {shown(str(source))}: {why}") from error


def _pixels(image: Image.Image) -> Tensor:
    pixels = np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).contiguous()


def default_layer(seed: int = 0) -> nn.Module:
    """A 3x3 convolution from 3 to 16 channels with torch's default initialisation under this seed.

    Raises
    ------
    InvalidArgument
        If the seed is none.
    """
    number = checked_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number)
        return nn.Conv2d(3, CHANNELS, kernel_size=3)


def load_layer(layer: str | nn.Module | Callable[[], nn.Module]) -> nn.Module:
    """The layer that is meant.

    Parameters
    ----------
    layer:
        A `torch.nn.Module`; a class or function that makes one without arguments; or `module:attribute` or
        `path/to/file.py:attribute` of one of these.

    Raises
    ------
    LoadError
        If it cannot be loaded or made, or is not a module.
    """
    called = repr(layer) if isinstance(layer, str) else shown(layer)
    found = load_attribute(layer) if isinstance(layer, str) else layer
    if callable(found) and not isinstance(found, nn.Module):
        try:
            found = found()
        except (Exception, SystemExit) as error:  # a user's factory may raise anything
            raise LoadError(f"{called}() failed: {type(error).__name__}: {error}") from error
    if not isinstance(found, nn.Module):
        raise LoadError(f"{called} is a {type(found).__name__}, not a torch.nn.Module")
    return found


def feature_map(image: Tensor, layer: str | nn.Module | Callable[[], nn.Module]) -> Tensor:
    """The layer's output for the picture, shape `(1, channels, height, width)`.

    `layer` is what `load_layer` takes.

    Raises
    ------
    LoadError
        If the layer rejects a `(1, 3, height, width)` picture or does not return such a map.
    InvalidArgument
        If the picture is no tensor.
    """
    if not isinstance(image, Tensor):
        raise InvalidArgument(
            f"image must be a tensor (batch, channels, height, width), as load_image returns it; "
            f"got {shown(image)} (a {type(image).__name__})"
        )
    module = load_layer(layer)
    module.eval()
    try:
        with torch.no_grad():
            features = module(image)
    except (Exception, SystemExit) as error:  # a user's layer may raise anything
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
    of_activations: ActivationLike | Iterable[ActivationLike] | None = None,
    of_poolings: PoolingLike | Iterable[PoolingLike] | None = ("max_pool2d", "avg_pool2d"),
    *,
    kernel_size: int = 2,
) -> Iterator[Observation]:
    """Run both orders of every combination on a feature map `(batch, channels, height, width)`.

    Activations and poolings are one or several of what `load_activation` and `load_pooling` take; None stands
    for all activations that are registered.  The arguments are checked when it is called.

    Raises
    ------
    InvalidArgument
        If the features are no such map, the kernel size does not fit it, or a pooling has no `kernel_size` or
        is not 2-d.
    UnknownEntry, LoadError, InvalidEntry
        If there is no such activation or pooling.
    KernelError
        If an activation or a pooling raises, or the orders give different shapes.
    """
    if not isinstance(features, Tensor) or features.ndim != 4 or not features.is_floating_point():
        what = (
            f"{features.dtype} of shape {tuple(features.shape)}"
            if isinstance(features, Tensor)
            else shown(features)
        )
        raise InvalidArgument(
            f"features must be a floating (batch, channels, height, width) tensor, as feature_map returns it;"
            f" got {what}"
        )
    if not features.numel():
        raise InvalidArgument(f"features of shape {tuple(features.shape)} hold nothing to observe")
    its_activations = load_activations(of_activations)
    its_poolings = load_poolings(of_poolings)
    size = integer("kernel_size", kernel_size)
    height, width = features.shape[-2:]
    if not 1 <= size <= min(height, width):
        raise InvalidArgument(f"kernel size {size} does not fit a {height}x{width} feature map")
    for pooling in its_poolings:
        if pooling.dimensions != 2 or "kernel_size" not in pooling.arguments:
            raise InvalidArgument(
                f"{pooling} is not a 2-d pooling with a kernel size; try max_pool2d or avg_pool2d"
            )
    return (
        _observation(features, activation, pooling, size)
        for activation in its_activations
        for pooling in its_poolings
    )


def _observation(features: Tensor, activation: Activation, pooling: Pooling, kernel_size: int) -> Observation:
    try:
        left = pooling.kernel(activation.kernel(features), kernel_size=kernel_size)
        right = activation.kernel(pooling.kernel(features, kernel_size=kernel_size))
    except (Exception, SystemExit) as error:  # a user's kernel may raise anything
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
