"""`ordering observe`: both orders on a real picture after a convolution."""

from __future__ import annotations

import dataclasses

import click

import ordering
from ordering.cli.data import as_json, print_json
from ordering.cli.options import output
from ordering.cli.progress import watching
from ordering.report.data import plain
from ordering.report.terminal import print_observations


@click.command("observe")
@click.argument("image", required=False)
@click.option(
    "--layer",
    help="module:attribute or file.py:attribute of a torch layer instead of the seeded convolution.",
)
@click.option("-a", "--activation", "activations", multiple=True, help="Only this one; repeatable.")
@click.option(
    "-p",
    "--pooling",
    "poolings",
    multiple=True,
    default=("max_pool2d", "avg_pool2d"),
    show_default=True,
    help="2-d poolings; repeatable.",
)
@click.option("--kernel-size", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the default convolution.")
@as_json
def command(
    image: str | None,
    layer: str | None,
    activations: tuple[str, ...],
    poolings: tuple[str, ...],
    kernel_size: int,
    seed: int,
    as_json: bool,
) -> None:
    """Send IMAGE (PNG or JPEG) through a convolution and compare the two orders.

    Without IMAGE: the photograph of Grace Hopper that matplotlib ships.  Activations and poolings are names
    from `ordering list`, or objects of your own code, written as module:attribute or
    path/to/file.py:attribute.

    \b
    Exit code 0: observed.
    Exit code 2: the picture, the layer, an activation or a pooling cannot be used.
    Exit code 130: interrupted.
    """
    picture = ordering.load_image(image)
    chosen = ordering.load_layer(layer) if layer is not None else ordering.default_layer(seed)
    features = ordering.feature_map(picture, chosen)
    of_activations = (
        [ordering.load_activation(name) for name in dict.fromkeys(activations)]
        if activations
        else list(ordering.activations.values())
    )
    of_poolings = [ordering.load_pooling(name) for name in dict.fromkeys(poolings)]
    seen = []
    with watching(len(of_activations) * len(of_poolings)) as watch:
        for observation in ordering.observe(features, of_activations, of_poolings, kernel_size=kernel_size):
            seen.append(observation)
            watch.say(f"{observation.activation} with {observation.pooling}")
    if as_json:
        rows = [plain(dataclasses.asdict(observation)) for observation in seen]
        facts = {"image": str(image or "matplotlib sample data: grace_hopper.jpg"), "seed": seed}
        shapes = {"image_shape": list(picture.shape), "features_shape": list(features.shape)}
        print_json({**facts, **shapes, "observations": rows})
        return
    title = (
        f"{image or 'Grace Hopper (matplotlib sample data)'}, {picture.shape[3]}x{picture.shape[2]}, through "
        f"{layer or f'a 3x3 convolution (seed {seed})'}: features {tuple(features.shape)}, "
        f"pooling windows {kernel_size}x{kernel_size}\n"
    )
    print_observations(output(), seen, title)
