"""Faults in fractional and power pooling, interpolation, padding and rearrangements: each must be caught.

They are what the references of `ordering.catalogue.reference` are there for.  The unfaulty twin of each
survives the same laws in every dtype.  Run with `ORDERING_SEEDS=20` to repeat every one with twenty seeds.
"""

import os
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ordering import poolings
from ordering.evidence import Counterexample, Survival
from ordering.kernels import examine

SEEDS = range(int(os.environ.get("ORDERING_SEEDS", "2")))
EXAMPLES, UNFAULTY = 200, 60
DTYPES = ((torch.float32, torch.float16), (torch.float64, torch.bfloat16))
"""Of even and of odd seeds."""


# ---- fractional max pooling ----------------------------------------------------------------------------

fractional2d, fractional3d = poolings["fractional_max_pool2d"], poolings["fractional_max_pool3d"]


def samples_ignored(t, *, samples, **arguments):
    return fractional2d.kernel(t, samples=(0.5,) * len(samples), **arguments)


def samples_exchanged_2d(t, *, samples, **arguments):
    return fractional2d.kernel(t, samples=samples[::-1], **arguments)


def samples_exchanged_3d(t, *, samples, **arguments):
    return fractional3d.kernel(t, samples=samples[::-1], **arguments)


def fractional_one_late(t, **arguments):
    return fractional2d.kernel(t.roll(-1, -1), **arguments)


def fractional_one_short(t, *, kernel_size, **arguments):
    short = (*kernel_size[:-1], max(1, kernel_size[-1] - 1))
    return fractional2d.kernel(t, kernel_size=short, **arguments)


def fractional_evenly(t, *, kernel_size, output_size, samples):
    """Windows at even distances from the first place to the last, whatever the samples."""
    result = t
    for axis, (size, kernel, outputs) in enumerate(
        zip(t.shape[2:], kernel_size, output_size, strict=True), 2
    ):
        starts = [i * (size - kernel) // max(outputs - 1, 1) for i in range(outputs - 1)] + [size - kernel]
        windows = [result.narrow(axis, start, kernel).amax(axis) for start in starts]
        result = torch.stack(windows, axis)
    return result


def indices_by_columns(t, **arguments):
    assert fractional2d.indices is not None
    index = fractional2d.indices(t, **arguments)
    return index % t.shape[-1] * t.shape[-2] + index // t.shape[-1]


# ---- power pooling -------------------------------------------------------------------------------------

lp1d, lp2d = poolings["lp_pool1d"], poolings["lp_pool2d"]


def root_forgotten(t, *, norm_type, **arguments):
    return F.lp_pool2d(t, norm_type, **arguments).pow(norm_type)


def square_root_always(t, *, norm_type, **arguments):
    return F.lp_pool2d(t, norm_type, **arguments).pow(norm_type).sqrt()


def power_ignored(t, *, norm_type, **arguments):
    return F.lp_pool2d(t, 2, **arguments)


def mean_of_powers(t, *, norm_type, **arguments):
    height, width = arguments["kernel_size"]
    return F.lp_pool2d(t, norm_type, **arguments) / (height * width) ** (1 / norm_type)


def norm_one_late(t, *, norm_type, **arguments):
    return lp1d.kernel(t.roll(-1, -1), norm_type, **arguments)


def largest_for_norm(t, *, norm_type, kernel_size, stride=None, ceil_mode=False):
    return F.max_pool2d(t.abs(), kernel_size, stride, ceil_mode=ceil_mode)


def bare_root(t, *, norm_type, **arguments):
    """Right, but for the gradient where every element is zero, which is zero times infinity."""
    height, width = arguments["kernel_size"]
    return (F.avg_pool2d(t.pow(norm_type), **arguments) * (height * width)).pow(1 / norm_type)


# ---- interpolation -------------------------------------------------------------------------------------

nearest, bilinear = poolings["interpolate_nearest"], poolings["interpolate_bilinear"]


def nearest_by_centres(t, *, size):
    return F.interpolate(t, size=size, mode="nearest-exact")


def next_neighbour(t, *, size):
    return F.interpolate(t.roll(-1, -1), size=size, mode="nearest")


def nearest_along_one_axis(t, *, size):
    rows = [i * t.shape[-2] // size[0] for i in range(size[0])]
    columns = [min(i, t.shape[-1] - 1) for i in range(size[1])]
    return t[..., rows, :][..., columns]


class FirstCopyGetsAll(torch.autograd.Function):
    """Nearest interpolation in which only the last copy of an element hands its gradient back."""

    @staticmethod
    def forward(context, t, size):
        rows, columns = ([i * n // m for i in range(m)] for n, m in zip(t.shape[2:], size, strict=True))
        context.shape, context.rows, context.columns = t.shape, rows, columns
        return t[..., rows, :][..., columns]

    @staticmethod
    def backward(context, upstream):
        gradient = upstream.new_zeros(context.shape)
        for i, row in enumerate(context.rows):
            for j, column in enumerate(context.columns):
                gradient[..., row, column] = upstream[..., i, j]
        return gradient, None


def gradient_of_one_copy(t, *, size):
    return FirstCopyGetsAll.apply(t, size)


def align_corners_flipped(t, *, size, align_corners=False):
    return F.interpolate(t, size=size, mode="bilinear", align_corners=not align_corners)


def align_corners_ignored(t, *, size, align_corners=False):
    return F.interpolate(t, size=size, mode="bilinear")


def antialiased(t, *, size, align_corners=False):
    return F.interpolate(t, size=size, mode="bilinear", align_corners=align_corners, antialias=True)


def nearest_for_bilinear(t, *, size, align_corners=False):
    return F.interpolate(t, size=size, mode="nearest")


def constant_weights(t, *, size, align_corners=False):
    """The gradient goes to the first element alone."""
    result = F.interpolate(t, size=size, mode="bilinear", align_corners=align_corners)
    return result.detach() + 0 * t[..., :1, :1] if t.requires_grad else result


# ---- padding and rearrangements ------------------------------------------------------------------------

zero_pad, flattened, permuted = (poolings[name] for name in ("zero_pad2d", "flatten", "permute"))


def pad_on_the_other_side(t, *, pad):
    left, right, top, bottom = pad
    return F.pad(t, (right, left, top, bottom))


def pad_of_the_other_axis(t, *, pad):
    left, right, top, bottom = pad
    return F.pad(t, (top, bottom, left, right))


def pad_with_one(t, *, pad):
    return F.pad(t, pad, value=1.0)


def pad_with_the_least(t, *, pad):
    return F.pad(t, pad, value=torch.finfo(t.dtype).tiny)


def pad_with_the_edge(t, *, pad):
    return F.pad(t, pad, mode="replicate")


def pad_forgets_the_second_plane(t, *, pad):
    result = F.pad(t, pad)
    return torch.cat((result[:, :1], result[:, 1:] * 0), 1) if t.shape[1] > 1 else result


def column_by_column(t):
    return t.transpose(-1, -2).flatten(1)


def channels_innermost(t):
    return t.movedim(1, -1).flatten(1)


def flattened_backwards(t):
    return t.flatten(1).flip(-1)


def axes_exchanged(t):
    return t.permute(0, 3, 2, 1)


def permuted_backwards(t):
    return t.movedim(1, -1).flip(-1)


def faulty(pooling, kernel, **changes):
    return replace(pooling, name=f"faulty_{pooling.name}", kernel=kernel, **changes)


VALUES, GRADIENT, INDICES = "reduces_as_declared", "gradient_as_declared", "indices_as_declared"
FAULTS = {
    # name: (pooling, dtype, law that catches it)
    "samples ignored": (faulty(fractional2d, samples_ignored), torch.float32, VALUES),
    "samples exchanged (2d)": (faulty(fractional2d, samples_exchanged_2d), torch.float32, VALUES),
    "samples exchanged (3d)": (faulty(fractional3d, samples_exchanged_3d), torch.float32, VALUES),
    "fractional one late": (faulty(fractional2d, fractional_one_late), torch.float16, VALUES),
    "fractional one short": (faulty(fractional2d, fractional_one_short), torch.bfloat16, VALUES),
    "fractional evenly": (faulty(fractional2d, fractional_evenly), torch.float32, VALUES),
    "indices by columns": (
        faulty(fractional2d, fractional2d.kernel, indices=indices_by_columns),
        torch.float32,
        INDICES,
    ),
    "root forgotten": (faulty(lp2d, root_forgotten), torch.float32, VALUES),
    "square root always": (faulty(lp2d, square_root_always), torch.float32, VALUES),
    "power ignored": (faulty(lp2d, power_ignored), torch.float64, VALUES),
    "power ignored in half": (faulty(lp2d, power_ignored), torch.float16, VALUES),
    "mean of powers": (faulty(lp2d, mean_of_powers), torch.bfloat16, VALUES),
    "norm one late": (faulty(lp1d, norm_one_late), torch.float32, VALUES),
    "largest for norm": (faulty(lp2d, largest_for_norm), torch.float32, VALUES),
    "bare root": (faulty(lp2d, bare_root), torch.float32, GRADIENT),
    "nearest by centres": (faulty(nearest, nearest_by_centres), torch.float32, VALUES),
    "next neighbour": (faulty(nearest, next_neighbour), torch.float16, VALUES),
    "nearest along one axis": (faulty(nearest, nearest_along_one_axis), torch.float32, VALUES),
    "gradient of one copy": (faulty(nearest, gradient_of_one_copy), torch.float32, GRADIENT),
    "align_corners flipped": (faulty(bilinear, align_corners_flipped), torch.float32, VALUES),
    "align_corners flipped in half": (faulty(bilinear, align_corners_flipped), torch.bfloat16, VALUES),
    "align_corners ignored": (faulty(bilinear, align_corners_ignored), torch.float16, VALUES),
    "antialiased": (faulty(bilinear, antialiased), torch.float32, VALUES),
    "nearest for bilinear": (faulty(bilinear, nearest_for_bilinear), torch.float64, VALUES),
    "constant weights": (faulty(bilinear, constant_weights), torch.float32, GRADIENT),
    "pad on the other side": (faulty(zero_pad, pad_on_the_other_side), torch.float32, VALUES),
    "pad of the other axis": (faulty(zero_pad, pad_of_the_other_axis), torch.float32, VALUES),
    "pad with one": (faulty(zero_pad, pad_with_one), torch.float16, VALUES),
    "pad with the least": (faulty(zero_pad, pad_with_the_least), torch.float32, VALUES),
    "pad with the edge": (faulty(zero_pad, pad_with_the_edge), torch.float32, VALUES),
    "second plane lost": (
        faulty(zero_pad, pad_forgets_the_second_plane),
        torch.float32,
        "plane_invariance",
    ),
    "column by column": (faulty(flattened, column_by_column), torch.float32, VALUES),
    "channels innermost": (faulty(flattened, channels_innermost), torch.float32, VALUES),
    "flattened backwards": (faulty(flattened, flattened_backwards), torch.float64, VALUES),
    "axes exchanged": (faulty(permuted, axes_exchanged), torch.float32, VALUES),
    "permuted backwards": (faulty(permuted, permuted_backwards), torch.bfloat16, VALUES),
}
TWINS = sorted({(pooling.name.removeprefix("faulty_"), law) for pooling, _, law in FAULTS.values()})


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_pooling_is_caught(fault, seed):
    pooling, dtype, law = FAULTS[fault]
    found = examine("identity", pooling, law=law, dtype=dtype, examples=EXAMPLES, seed=seed)
    assert isinstance(found, Counterexample), f"{law} missed it: {found}"


@pytest.mark.parametrize(("seed", "dtype"), [(seed, dtype) for seed in SEEDS for dtype in DTYPES[seed % 2]])
@pytest.mark.parametrize(("pooling", "law"), TWINS)
def test_the_unfaulty_operator_raises_no_alarm(pooling, law, dtype, seed):
    found = examine("identity", pooling, law=law, dtype=dtype, examples=UNFAULTY, seed=seed)
    assert isinstance(found, Survival), (found.input, found.pooling_arguments)
