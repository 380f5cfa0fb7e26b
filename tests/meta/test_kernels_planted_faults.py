"""Faults planted in poolings and activations, one by one: each must be caught, by the laws named beside it.

The faults re-create, in small, what has gone wrong in real kernels: windows off by one, padding that wins,
NaN that gets lost, values that depend on where they lie.  The unfaulty twin of each survives the same laws.
Run with `ORDERING_SEEDS=20` to repeat every one with twenty seeds.
"""

import os
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from sympy import Max

from ordering import Activation, activations, poolings, prove, x
from ordering.errors import KernelError
from ordering.evidence import Counterexample, Survival
from ordering.kernels import examine

SEEDS = range(int(os.environ.get("ORDERING_SEEDS", "2")))
EXAMPLES = 200

max2d, avg2d, max1d, min2d = (
    poolings[name] for name in ("max_pool2d", "avg_pool2d", "max_pool1d", "min_pool2d")
)
adaptive, average = poolings["adaptive_max_pool2d"], poolings["global_avg_pool2d"]


# ---- faults of poolings --------------------------------------------------------------------------------


def window_one_short(t, **arguments):
    kernel = arguments["kernel_size"]
    if kernel[-1] > 1 and "padding" not in arguments and "ceil_mode" not in arguments:
        stride = arguments.get("stride", kernel)
        short = (*kernel[:-1], kernel[-1] - 1)
        full = F.max_pool2d(t, **arguments)
        return F.max_pool2d(t, **{**arguments, "kernel_size": short, "stride": stride})[..., : full.shape[-1]]
    return F.max_pool2d(t, **arguments)


def starts_one_late(t, **arguments):
    return F.max_pool2d(t.roll(-1, dims=-1), **arguments)


def padding_is_zero(t, padding=(0, 0), **arguments):
    height, width = padding
    return F.max_pool2d(F.pad(t, (width, width, height, height)), **arguments)


def padding_is_lowest(t, padding=(0, 0), **arguments):
    """-max instead of -inf: wrong only where a window holds nothing larger."""
    height, width = padding
    lowest = torch.finfo(t.dtype).min
    return F.max_pool2d(F.pad(t, (width, width, height, height), value=lowest), **arguments)


def nan_dropped(t, **arguments):
    return F.max_pool2d(t.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf), **arguments)


def dilation_ignored(t, dilation=(1, 1), **arguments):
    full = F.max_pool2d(t, dilation=dilation, **arguments)
    return F.max_pool2d(t, **arguments)[..., : full.shape[-2], : full.shape[-1]]


def last_window_empty(t, **arguments):
    """ceil_mode windows beyond the input, as torch once gave them."""
    result = F.max_pool2d(t, **arguments)
    if arguments.get("ceil_mode"):
        result = torch.cat((result[..., :-1], torch.full_like(result[..., -1:], -torch.inf)), -1)
    return result


def other_kernel_without_gradient(t, **arguments):
    if t.requires_grad:
        return F.max_pool1d(t, **arguments)
    return -F.max_pool1d(-t, **arguments)


def wrong_in_channels_last(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    odd = t.dim() == 4 and t.shape[1] > 1 and not t.is_contiguous() and t.stride(1) == 1
    return result + 1 if odd else result


def only_first_of_batch(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    return torch.cat((result[:1], result[:1].expand(result[1:].shape))) if len(t) > 1 else result


def wrong_beyond_64_channels(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    return torch.cat((result[:, :64], result[:, 64:] * 0), 1)


def count_include_pad_flipped(t, count_include_pad=True, **arguments):
    return F.avg_pool2d(t, count_include_pad=not count_include_pad, **arguments)


def divisor_forgotten(t, divisor_override=None, **arguments):
    return F.avg_pool2d(t, **arguments)


def sum_for_mean(t, **arguments):
    kernel = arguments["kernel_size"]
    return F.avg_pool2d(t, **arguments) * kernel[0] * kernel[1]


def sums_in_half(t):
    """The mean of half precision, summed in half precision: overflows where the mean would not."""
    flat = t.flatten(2)
    total = flat[..., 0]
    for place in range(1, flat.shape[-1]):
        total = total + flat[..., place]
    return (total / flat.shape[-1])[..., None, None]


def zero_for_negative_zero_batch(t, **arguments):
    return F.adaptive_max_pool2d(t, **arguments).clamp(min=0)


def maximum_for_minimum(t, **arguments):
    return F.max_pool2d(t, **arguments)


def magnitudes(t, **arguments):
    return F.max_pool2d(t.abs(), **arguments)


def last_of_ties(t, **arguments):
    """Indices of the last of equal elements: right on values, wrong for who gets the gradient."""
    width, count = t.shape[-1], t.shape[-1] * t.shape[-2]
    if "padding" in arguments or "stride" in arguments or "ceil_mode" in arguments or "dilation" in arguments:
        return F.max_pool2d(t, return_indices=True, **arguments)[1]
    kernel = arguments["kernel_size"]
    rows, columns = (size // k * k for size, k in zip(t.shape[-2:], kernel, strict=True))
    turned = t[..., :rows, :columns].flip(-1, -2)
    index = F.max_pool2d(turned, return_indices=True, **arguments)[1].flip(-1, -2)
    row, column = index // columns, index % columns
    assert count
    return (rows - 1 - row) * width + columns - 1 - column


class WrongIndexGradient(torch.autograd.Function):
    """Max pooling over everything whose gradient goes to the smallest element."""

    @staticmethod
    def forward(context, t):
        context.save_for_backward(t)
        return t.flatten(2).amax(-1)[..., None, None]

    @staticmethod
    def backward(context, upstream):
        (t,) = context.saved_tensors
        place = t.flatten(2).argmin(-1, keepdim=True)
        return torch.zeros_like(t).flatten(2).scatter(2, place, upstream.flatten(2)).reshape(t.shape)


class DoubledGradient(torch.autograd.Function):
    """The mean over everything, with twice its gradient."""

    @staticmethod
    def forward(context, t):
        context.shape = t.shape
        return t.mean((2, 3), keepdim=True)

    @staticmethod
    def backward(context, upstream):
        return (2 * upstream / (context.shape[2] * context.shape[3])).expand(context.shape)


def faulty(pooling, kernel, **changes):
    return replace(pooling, name=f"faulty_{pooling.name}", kernel=kernel, **changes)


POOLING_FAULTS = {
    # name: (pooling, dtype, laws that catch it)
    "window one short": (faulty(max2d, window_one_short), torch.float32, ["reduces_as_declared"]),
    "starts one late": (faulty(max2d, starts_one_late), torch.float32, ["reduces_as_declared"]),
    "padding is zero": (faulty(max2d, padding_is_zero), torch.float32, ["reduces_as_declared"]),
    "padding is lowest": (faulty(max2d, padding_is_lowest), torch.float32, ["reduces_as_declared"]),
    "NaN dropped": (faulty(max2d, nan_dropped), torch.float32, ["reduces_as_declared"]),
    "dilation ignored": (faulty(max2d, dilation_ignored), torch.float32, ["reduces_as_declared"]),
    "ceil_mode window empty": (faulty(max2d, last_window_empty), torch.float32, ["reduces_as_declared"]),
    "gradient and no-gradient kernels differ": (
        faulty(max1d, other_kernel_without_gradient),
        torch.float32,
        ["gradient_mode_invariance"],
    ),
    "wrong in channels_last": (faulty(max2d, wrong_in_channels_last), torch.float32, ["plane_invariance"]),
    "wrong for batch > 1": (faulty(max2d, only_first_of_batch), torch.float32, ["plane_invariance"]),
    "wrong beyond 64 channels": (
        faulty(max2d, wrong_beyond_64_channels),
        torch.float32,
        ["plane_invariance"],
    ),
    "count_include_pad flipped": (
        faulty(avg2d, count_include_pad_flipped),
        torch.float32,
        ["reduces_as_declared"],
    ),
    "divisor_override forgotten": (faulty(avg2d, divisor_forgotten), torch.float32, ["reduces_as_declared"]),
    "sum for mean": (
        faulty(avg2d, sum_for_mean),
        torch.float32,
        ["reduces_as_declared", "gradient_as_declared"],
    ),
    "mean summed in half": (faulty(average, sums_in_half), torch.float16, ["reduces_as_declared"]),
    "negative maxima lost": (
        faulty(adaptive, zero_for_negative_zero_batch),
        torch.float32,
        ["reduces_as_declared"],
    ),
    "maximum for minimum": (faulty(min2d, maximum_for_minimum), torch.float32, ["reduces_as_declared"]),
    "magnitudes": (faulty(max2d, magnitudes), torch.float32, ["reduces_as_declared"]),
    "last of ties": (
        faulty(max2d, max2d.kernel, indices=last_of_ties),
        torch.float32,
        ["indices_as_declared"],
    ),
    "gradient of the wrong index": (
        faulty(poolings["global_max_pool2d"], WrongIndexGradient.apply),
        torch.float32,
        ["gradient_as_declared"],
    ),
    "gradient doubled": (faulty(average, DoubledGradient.apply), torch.float32, ["gradient_as_declared"]),
}


# ---- faults of activations -----------------------------------------------------------------------------


def step_down(t):
    return torch.where(t > 1, t - 0.5, t)


def wrong_in_tail(t):
    flat = F.relu(t).contiguous().flatten()
    whole = flat.numel() // 32 * 32
    return torch.cat((flat[:whole], flat[whole:] * (1 + 2**-6))).reshape(t.shape) if whole else F.relu(t)


def wrong_when_strided(t):
    return F.relu(t) if t.is_contiguous() else F.relu(t) * 2


def wrong_at_last(t):
    result = F.relu(t).contiguous().flatten()
    return torch.cat((result[:-1], result[-1:] + (result.numel() > 40))).reshape(t.shape)


def wrong_with_gradient(t):
    return F.relu(t) + 0.5 if t.requires_grad else F.relu(t)


def nan_to_zero(t):
    return F.relu(t).nan_to_num(nan=0.0, posinf=torch.inf)


def infinity_to_nan(t):
    return torch.where(t == torch.inf, torch.nan, F.relu(t))


def wrong_in_half(t):
    return torch.where(t > 2048, t - 4, F.relu(t)) if t.dtype is torch.float16 else F.relu(t)


def dented_at_breakpoint(t):
    return torch.where(t == 3, torch.zeros_like(t), F.relu(t))


class DeadGradient(torch.autograd.Function):
    """The identity, with no gradient from negative inputs."""

    @staticmethod
    def forward(context, t):
        context.save_for_backward(t)
        return t.clone()

    @staticmethod
    def backward(context, upstream):
        (t,) = context.saved_tensors
        return upstream * (t > -torch.inf) * t.sign()


RELU = Max(x, 0)
ACTIVATION_FAULTS = {
    "downward step": (step_down, x, max2d, torch.float32, ["commutes"]),
    "wrong in the vector tail": (
        wrong_in_tail,
        RELU,
        max2d,
        torch.float32,
        ["position_invariance"],
    ),
    "wrong when strided": (wrong_when_strided, RELU, max2d, torch.float32, ["position_invariance"]),
    "wrong at the last position": (wrong_at_last, RELU, max2d, torch.float32, ["position_invariance"]),
    "wrong with gradient": (wrong_with_gradient, RELU, max2d, torch.float32, ["gradient_mode_invariance"]),
    "NaN to zero": (nan_to_zero, RELU, max2d, torch.float32, ["commutes"]),
    "infinity to NaN": (infinity_to_nan, RELU, avg2d, torch.float32, ["commutes"]),
    "wrong in half precision": (wrong_in_half, RELU, max2d, torch.float16, ["commutes"]),
    "dented at one value": (dented_at_breakpoint, RELU, max2d, torch.float32, ["commutes"]),
    "wrong gradient": (DeadGradient.apply, x, avg2d, torch.float32, ["gradients_agree"]),
}


def told(found):
    return (found.input, found.pooling_arguments) if isinstance(found, Counterexample) else found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", POOLING_FAULTS)
def test_a_faulty_pooling_is_caught(fault, seed):
    pooling, dtype, catchers = POOLING_FAULTS[fault]
    for law in catchers:
        found = examine("identity", pooling, law=law, dtype=dtype, examples=EXAMPLES, seed=seed)
        assert isinstance(found, Counterexample), f"{law} missed it: {told(found)}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", ACTIVATION_FAULTS)
def test_a_faulty_activation_is_caught(fault, seed):
    kernel, expression, pooling, dtype, catchers = ACTIVATION_FAULTS[fault]
    activation = Activation("faulty", kernel=kernel, expression=expression)
    for law in catchers:
        found = examine(activation, pooling, law=law, dtype=dtype, examples=EXAMPLES, seed=seed)
        assert isinstance(found, Counterexample), f"{law} missed it: {told(found)}"


def test_a_fault_of_places_is_no_counterexample_to_other_laws_but_an_error_that_names_it():
    activation = Activation("faulty", kernel=wrong_in_tail, expression=RELU)
    with pytest.raises(KernelError, match=r"is not pointwise: at x = .* within a tensor of shape"):
        examine(activation, max2d, law="commutes", examples=EXAMPLES)


def test_there_are_enough_faults():
    assert len(POOLING_FAULTS) + len(ACTIVATION_FAULTS) >= 25


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("pooling", "dtype", "law"),
    sorted(
        {
            (pooling.name.removeprefix("faulty_"), dtype, law)
            for pooling, dtype, catchers in POOLING_FAULTS.values()
            for law in catchers
        },
        key=str,
    ),
)
def test_the_unfaulty_operator_raises_no_alarm(pooling, dtype, law, seed):
    found = examine("identity", pooling, law=law, dtype=dtype, examples=EXAMPLES, seed=seed)
    assert isinstance(found, Survival), told(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("law", ["commutes", "position_invariance", "gradient_mode_invariance", "dominates"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
def test_relu_and_identity_raise_no_alarm(law, dtype, seed):
    for name in ("relu", "identity"):
        shape = prove(activations[name])
        found = examine(name, "max_pool2d", law=law, dtype=dtype, examples=EXAMPLES, seed=seed, shape=shape)
        assert isinstance(found, Survival), told(found)
