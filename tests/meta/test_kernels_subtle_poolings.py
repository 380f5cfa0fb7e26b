"""Faults of poolings that hide: in one layout, one manner of sliding, one tap, one dtype, the gradient alone.

Each must be caught with the examples of the `ci` profile, by the law beside it, in a counterexample no larger
than stated.  Run with `ORDERING_SEEDS=20` to repeat every one with twenty seeds.
"""

import os
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from ordering import poolings
from ordering.catalogue import windows
from ordering.errors import KernelError
from ordering.evidence import Counterexample, Survival
from ordering.kernels import examine
from ordering.testing import EXAMPLES

SEEDS = range(int(os.environ.get("ORDERING_SEEDS", "1")))
VALUES, PLANES, PLACES = "reduces_as_declared", "plane_invariance", "indices_as_declared"
GRADIENT, WRITES, UNBATCHED = "gradient_as_declared", "inputs_are_kept", "unbatched_agrees"
INF = torch.inf
FAULTS: dict[str, Any] = {}
"""Name: (pooling, dtype, law that catches it, most elements of its counterexample)."""


def fault(name, base, law=VALUES, most=4, dtype=torch.float32, **changes):
    """Plant the decorated kernel, or the field of the pooling that `changes` names, in one that ships."""

    def plant(function):
        changed = dict.fromkeys(changes, function) or {"kernel": function}
        FAULTS[name] = (replace(poolings[base], name=f"faulty_{base}", **changed), dtype, law, most)
        return function

    return plant


def without_nan(t, worst=-INF):
    return t.nan_to_num(nan=worst, posinf=INF, neginf=-INF)


def channels_innermost(t):
    return t.dim() > 3 and t.shape[1] > 1 and t.stride(1) == 1 and not t.is_contiguous()


# ---- NaN and infinities --------------------------------------------------------------------------------


def max_by(keeps):
    """Max pooling of rows by a loop that keeps a later value where `keeps(value, best)`."""

    def kernel(t, **arguments):
        (taps,) = windows.sliding(tuple(t.shape[-1:]), arguments)
        results = []
        for window in taps:
            best = torch.full_like(t[..., 0], -INF)
            for number, place in enumerate(tap for tap in window if 0 <= tap < t.shape[-1]):
                value = t[..., place]
                best = torch.where(keeps(value, best), value, best) if number else value
            results.append(best)
        return torch.stack(results, -1)

    return kernel


fault("NaN kept only as the first of its window", "max_pool1d", most=2)(max_by(lambda v, best: v > best))
fault("NaN lost to a later number", "max_pool1d", most=2)(max_by(lambda v, best: ~(v <= best)))


@fault("NaN dropped with channels innermost and a stride", "max_pool2d")
def _(t, **arguments):
    far = max(arguments.get("stride", arguments["kernel_size"])) > 1
    return F.max_pool2d(without_nan(t) if far and channels_innermost(t) else t, **arguments)


@fault("NaN dropped in bfloat16", "max_pool3d", most=1, dtype=torch.bfloat16)
def _(t, **arguments):
    return F.max_pool3d(without_nan(t) if t.dtype is torch.bfloat16 else t, **arguments)


@fault("infinite minimum made finite", "min_pool2d", most=1)
def _(t, **arguments):
    return (-F.max_pool2d(-t, **arguments)).clamp(max=torch.finfo(t.dtype).max)


@fault("-inf made finite with ceil_mode", "max_pool2d", most=1)
def _(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    return result.clamp(min=torch.finfo(t.dtype).min) if arguments.get("ceil_mode") else result


# ---- geometry ------------------------------------------------------------------------------------------


@fault("last window starts in the right padding", "max_pool1d", most=2)
def _(t, **arguments):
    result = F.max_pool1d(t, **arguments)
    if arguments.get("ceil_mode") and "padding" in arguments:
        past = F.max_pool1d(F.pad(t, (0, arguments["padding"][0]), value=-INF), **arguments)
        return past if past.shape[-1] > result.shape[-1] else result
    return result


@fault("ceil_mode along columns alone", "max_pool2d", most=6)
def _(t, **arguments):
    rows = F.max_pool2d(t, **{**arguments, "ceil_mode": False}).shape[-2]
    return F.max_pool2d(t, **arguments)[..., :rows, :]


@fault("ceil_mode divides by the whole kernel", "avg_pool1d", most=3)
def _(t, **arguments):
    result = F.avg_pool1d(t, **arguments)
    if arguments.get("ceil_mode") and arguments.get("count_include_pad", True):
        (taps,) = windows.sliding(tuple(t.shape[-1:]), arguments)
        reach = t.shape[-1] + arguments.get("padding", (0,))[0]
        shares = [sum(tap < reach for tap in window) / len(window) for window in taps]
        return result * torch.tensor(shares, dtype=t.dtype)
    return result


@fault("divisor_override ignored with padding", "avg_pool2d", most=1)
def _(t, divisor_override=None, **arguments):
    kept = {} if "padding" in arguments else {"divisor_override": divisor_override}
    return F.avg_pool2d(t, **arguments, **kept)


@fault("dilation of the depth ignored", "max_pool3d", most=3)
def _(t, dilation=(1, 1, 1), **arguments):
    depth = F.max_pool3d(t, dilation=dilation, **arguments).shape[2]
    return F.max_pool3d(t, dilation=(1, *dilation[1:]), **arguments)[:, :, :depth]


@fault("stride is 1 by default", "max_pool2d")
def _(t, stride=1, **arguments):
    return F.max_pool2d(t, stride=stride, **arguments)


@fault("strides exchanged", "max_pool2d")
def _(t, **arguments):
    exchanged = {"stride": arguments["stride"][::-1]} if "stride" in arguments else {}
    return F.max_pool2d(t, **{**arguments, **exchanged})


@fault("kernel 3 unrolled to 2", "avg_pool2d", most=3)
def _(t, **arguments):
    if arguments == {"kernel_size": arguments["kernel_size"]} and arguments["kernel_size"][-1] == 3:
        t = t.clone()
        t[..., 2::3] = 0
    return F.avg_pool2d(t, **arguments)


@fault("wrong for kernel 3, stride 2, padding 1", "max_pool2d")
def _(t, **arguments):
    usual = {"kernel_size": (3, 3), "stride": (2, 2), "padding": (1, 1)}
    return F.max_pool2d(t.roll(1, -1) if arguments == usual else t, **arguments)


def shares(start, end, reduce):
    """Adaptive pooling of rows; window i of n reads from `start(i, size, n)` to `end(i, size, n)`."""

    def kernel(t, output_size):
        (n,), size = output_size, t.shape[-1]
        cuts = [slice(start(i, size, n), end(i, size, n)) for i in range(n)]
        return torch.stack([reduce(t[..., cut], size, n) for cut in cuts], -1)

    return kernel


def floored(i, size, n):
    return i * size // n


def ceiled(i, size, n):
    return -(-(i + 1) * size // n)


fault("adaptive windows end too early", "adaptive_max_pool1d", most=3)(
    shares(floored, lambda i, s, n: max(i * s // n + 1, (i + 1) * s // n), lambda w, s, n: w.amax(-1))
)
fault("adaptive windows start too late", "adaptive_max_pool1d", most=3)(
    shares(lambda i, s, n: min(-(-i * s // n), s - 1), ceiled, lambda w, s, n: w.amax(-1))
)
fault("adaptive mean divides by size // n", "adaptive_avg_pool1d", most=3)(
    shares(floored, ceiled, lambda w, s, n: w.sum(-1) / max(s // n, 1))
)


# ---- indices -------------------------------------------------------------------------------------------


def max_indices(t, **arguments):
    return F.max_pool2d(t, return_indices=True, **arguments)[1]


@fault("indices count planes too", "max_pool2d", PLACES, indices=None)
def _(t, **arguments):
    result = max_indices(t, **arguments)
    planes = torch.arange(t.shape[0] * t.shape[1]).reshape(*t.shape[:2], 1, 1)
    return result + planes * t.shape[-1] * t.shape[-2]


@fault("indices count padding too", "max_pool2d", PLACES, indices=None)
def _(t, **arguments):
    result, width = max_indices(t, **arguments), t.shape[-1]
    return result // width * (width + 2 * arguments.get("padding", (0, 0))[1]) + result % width


@fault("indices wrong for several planes of several pictures", "max_pool2d", PLACES, most=8, indices=None)
def _(t, **arguments):
    result = max_indices(t, **arguments)
    if len(t) > 1 and t.shape[1] > 1:
        result[1, 1] = result[0, 0]
    return result


# ---- batch, layout, threads ----------------------------------------------------------------------------


@fault("empty batch loses its channels", "avg_pool2d", most=0)
def _(t, **arguments):
    return F.avg_pool2d(t, **arguments)[:, : len(t) * t.shape[1]]


@fault("several planes of several pictures", "avg_pool3d", PLANES)
def _(t, **arguments):
    result = F.avg_pool3d(t, **arguments).clone()
    if len(t) > 1 and t.shape[1] > 1:
        result[1, 0] = result[0, 1]
    return result


@fault("reads beyond a stride of zero", "max_pool2d", most=2)
def _(t, **arguments):
    spread = 0 in t.stride() and t.numel()
    return F.max_pool2d(torch.cat((t[:1], t[1:] * 0)) if spread else t, **arguments)


@fault("reads the storage in order", "avg_pool2d", PLANES)
def _(t, **arguments):
    if t.numel() and not t.is_contiguous():
        within = t.untyped_storage().nbytes() >= (t.storage_offset() + t.numel()) * t.element_size()
        t = t.as_strided(t.shape, torch.empty(t.shape).stride(), t.storage_offset()) if within else t
    return F.avg_pool2d(t, **arguments)


@fault("ignores the storage offset", "max_pool2d", PLANES, most=1)
def _(t, **arguments):
    return F.max_pool2d(t.as_strided(t.shape, t.stride(), 0), **arguments)


@fault("square results of transposed inputs transposed", "max_pool2d", PLANES)
def _(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    square = result.shape[-1] == result.shape[-2]
    return result.transpose(-1, -2) if square and t.stride(-1) > t.stride(-2) else result


@fault("last channel of a vector block", "max_pool2d", most=40)
def _(t, **arguments):
    result = F.max_pool2d(t, **arguments).clone()
    if channels_innermost(t) and t.shape[1] > 16:
        result[:, 15] = result[:, 14]
    return result


@fault("channels after the last vector block", "avg_pool2d", PLANES, most=24)
def _(t, **arguments):
    result, whole = F.avg_pool2d(t, **arguments).clone(), t.shape[1] // 8 * 8
    if channels_innermost(t) and whole:
        result[:, whole:] *= 1.01
    return result


@fault("last plane skipped by the second thread", "avg_pool1d", PLANES, most=36_000)
def _(t, **arguments):
    result = F.avg_pool1d(t, **arguments).clone()
    if t.numel() > 2**15:
        result[:, -1] = 0
    return result


# ---- what else a call may do ---------------------------------------------------------------------------


@fault("writes to its input", "avg_pool2d", WRITES, most=1)
def _(t, **arguments):
    result = F.avg_pool2d(t, **arguments)
    if t.numel() and not t.requires_grad:
        t[..., -1] = 0
    return result


@fault("channels of a single picture turned", "max_pool2d", UNBATCHED)
def _(t, **arguments):
    result = F.max_pool2d(t, **arguments)
    return result.flip(0) if t.dim() == 3 else result


@fault("single picture gets a batch axis", "adaptive_avg_pool2d", UNBATCHED, most=1)
def _(t, **arguments):
    result = F.adaptive_avg_pool2d(t, **arguments)
    return result[None] if t.dim() == 3 else result


# ---- precision -----------------------------------------------------------------------------------------


@fault("large windows summed in half", "global_avg_pool2d", most=400, dtype=torch.bfloat16)
def _(t):
    planes = t.flatten(2)
    total = planes[..., 0]
    for place in range(1, planes.shape[-1]):
        total = total + planes[..., place]
    return (total / planes.shape[-1])[..., None, None]


@fault("bfloat16 by way of float16", "avg_pool2d", most=2, dtype=torch.bfloat16)
def _(t, **arguments):
    return F.avg_pool2d(t.to(torch.float16), **arguments).to(torch.bfloat16)


@fault("float64 by way of float32", "avg_pool2d", most=3, dtype=torch.float64)
def _(t, **arguments):
    return F.avg_pool2d(t.float(), **arguments).double()


@fault("subnormals flushed", "max_pool1d", most=1)
def _(t, **arguments):
    return F.max_pool1d(torch.where(t.abs() < torch.finfo(t.dtype).smallest_normal, 0, t), **arguments)


# ---- gradients -----------------------------------------------------------------------------------------


def with_gradient(forward, gradient):
    """`forward`, whose gradient is `gradient(t, upstream, arguments)`."""

    class Planted(torch.autograd.Function):
        @staticmethod
        def forward(context, t, arguments):
            context.save_for_backward(t)
            context.arguments = arguments
            return forward(t, **arguments)

        @staticmethod
        def backward(context, upstream):
            (t,) = context.saved_tensors
            return gradient(t, upstream, context.arguments), None

    return lambda t, **arguments: Planted.apply(t, arguments)


def true_gradient(forward, t, upstream, arguments):
    with torch.enable_grad():
        leaf = t.detach().clone().requires_grad_()
        return torch.autograd.grad(forward(leaf, **arguments), leaf, upstream)[0]


def average_gradient(name, change):
    """The gradient of an average under other arguments or another upstream."""

    def gradient(t, upstream, arguments):
        return true_gradient(F.avg_pool2d, t, *change(upstream, dict(arguments)))

    fault(name, "avg_pool2d", GRADIENT, most=2)(with_gradient(F.avg_pool2d, gradient))


average_gradient(
    "gradient counts padding",
    lambda up, given: (up, {k: v for k, v in given.items() if k != "count_include_pad"}),
)
average_gradient(
    "gradient ignores divisor_override",
    lambda up, given: (up, {k: v for k, v in given.items() if k != "divisor_override"}),
)
average_gradient(
    "gradient of the last window lost with ceil_mode",
    lambda up, given: (F.pad(up[..., :-1], (0, 1)) if given.get("ceil_mode") else up, given),
)


def gradient_once(t, upstream, arguments):
    """Assigned where windows overlap, not added."""
    places = F.max_pool2d(t, return_indices=True, **arguments)[1].flatten(2)
    return torch.zeros_like(t).flatten(2).scatter(2, places, upstream.flatten(2)).reshape(t.shape)


def gradient_shared(t, upstream, arguments):
    """Shared between equal elements, where windows do not overlap."""
    if "stride" in arguments or "padding" in arguments or "dilation" in arguments:
        return true_gradient(F.max_pool2d, t, upstream, arguments)
    with torch.enable_grad():
        leaf = t.detach().clone().requires_grad_()
        rows, columns = arguments["kernel_size"]
        whole = [size // k * k for size, k in zip(t.shape[2:], (rows, columns), strict=True)]
        tiles = leaf[..., : whole[0], : whole[1]].unfold(2, rows, rows).unfold(3, columns, columns)
        result = tiles.amax((-1, -2))
        return torch.autograd.grad(result, leaf, upstream[..., : result.shape[2], : result.shape[3]])[0]


def gradient_turned(t, upstream, arguments):
    gradient = true_gradient(F.max_pool2d, t, upstream, arguments)
    return gradient.flip(1) if channels_innermost(t) else gradient


def gradient_of_uneven(t, upstream, arguments):
    gradient = true_gradient(F.adaptive_avg_pool2d, t, upstream, arguments)
    return gradient * (1 + (t.shape[-1] % arguments["output_size"][-1] > 0))


fault("gradient assigned where windows overlap", "max_pool2d", GRADIENT, most=10)(
    with_gradient(F.max_pool2d, gradient_once)
)
fault("gradient shared between ties", "max_pool2d", GRADIENT, most=2)(
    with_gradient(F.max_pool2d, gradient_shared)
)
fault("gradient wrong with channels innermost", "max_pool2d", GRADIENT)(
    with_gradient(F.max_pool2d, gradient_turned)
)
fault("gradient of uneven shares doubled", "adaptive_avg_pool2d", GRADIENT, most=1)(
    with_gradient(F.adaptive_avg_pool2d, gradient_of_uneven)
)


# ---- the tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_hidden_fault_is_caught_in_a_small_counterexample(name, seed):
    pooling, dtype, law, most = FAULTS[name]
    found = examine("identity", pooling, law=law, dtype=dtype, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Counterexample), f"{law} missed it: {found}"
    assert found.input.numel() <= most, (found.input, found.pooling_arguments)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("pooling", "dtype", "law"),
    sorted(
        {(pooling.name.removeprefix("faulty_"), dtype, law) for pooling, dtype, law, _ in FAULTS.values()},
        key=str,
    ),
)
def test_the_unfaulty_operator_raises_no_alarm(pooling, dtype, law, seed):
    found = examine("identity", pooling, law=law, dtype=dtype, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Survival), (found.input, found.pooling_arguments)


def refuses_empty_batches(t, **arguments):
    if not len(t):
        raise RuntimeError("the batch is empty")
    return F.max_pool2d(t, **arguments)


def counts_its_calls():
    calls = iter(range(10**6))
    return lambda t, **arguments: F.max_pool2d(t, **arguments) + (next(calls) % 5 == 4)


def negates_in_place(t, **arguments):
    return -F.max_pool2d(t.neg_(), **arguments)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("kernel", "law", "words"),
    [
        (refuses_empty_batches, VALUES, "the batch is empty"),
        (counts_its_calls(), VALUES, "different results for the same input"),
        (negates_in_place, "commutes", "writes to its input"),
    ],
)
def test_a_pooling_that_cannot_be_examined_is_named(kernel, law, words, seed):
    odd = replace(poolings["max_pool2d"], name="odd", kernel=kernel)
    with pytest.raises(KernelError, match=words):
        examine("identity", odd, law=law, examples=EXAMPLES["ci"], seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_torch_itself_is_caught(seed):
    """The fault of max_pool3d that docs/poolings.md lists."""
    found = examine("identity", "max_pool3d", law=PLACES, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Counterexample)
    assert found.input.numel() <= 2
    assert found.input.stride(1) == 1
    assert -INF in found.input.flatten().tolist()
