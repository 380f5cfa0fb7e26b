"""Faults of activations that hide: at one value, at NaN, at one place in memory, in the gradient alone.

Each must be caught with the examples of the `ci` profile, by the law beside it, in a counterexample no larger
than stated.  Run with `ORDERING_SEEDS=20` to repeat every one with twenty seeds.
"""

import os

import pytest
import torch
import torch.nn.functional as F
from sympy import Max, Min, exp, tanh

from ordering import Activation, activations, laws, poolings, x
from ordering.errors import NotApplicable
from ordering.evidence import Counterexample, Survival
from ordering.kernels import examine
from ordering.testing import EXAMPLES, Trial

SEEDS = range(int(os.environ.get("ORDERING_SEEDS", "1")))
ORDERS, PLACES, GRADIENT = "commutes", "position_invariance", "gradient_mode_invariance"
NAN, WRITES = "nan_is_kept", "inputs_are_kept"
INF = torch.inf
RELU = Max(x, 0)


def at(wanted, value, f=torch.clone):
    """`f`, with another value where `wanted(t)`."""
    return lambda t: torch.where(wanted(t), torch.tensor(value, dtype=t.dtype), f(t))


def changed(f, wrong, change):
    """`f`, changed as a whole on tensors that are `wrong`."""
    return lambda t: change(f(t)) if t.numel() and wrong(t) else f(t)


def bump(places, more_than=0):
    """ReLU plus one at some places of the flattened tensor, where it has more than so many elements."""

    def kernel(t):
        result = F.relu(t).contiguous().flatten().clone()
        if result.numel() > more_than:
            result[places] += 1
        return result.reshape(t.shape)

    return kernel


def one_ulp_below_one(t):
    return torch.nextafter(torch.ones((), dtype=t.dtype), torch.zeros((), dtype=t.dtype))


def reads_the_storage_in_order(t):
    within = t.untyped_storage().nbytes() >= (t.storage_offset() + t.numel()) * t.element_size()
    plain = torch.empty(t.shape).stride()
    return F.relu(t.as_strided(t.shape, plain, t.storage_offset()) if within else t)


def writes_when_large(t):
    return t.relu_() if t.numel() > 16 and not t.requires_grad else F.relu(t)


def channels_innermost(t):
    return t.dim() == 4 and t.shape[1] > 1 and t.stride(1) == 1 and not t.is_contiguous()


FAULTS = {
    # name: (kernel, expression, dtype, law, most elements)
    "NaN dropped by a comparison": (at(lambda t: ~(t > 0), 0.0), RELU, torch.float32, NAN, 1),
    "NaN dropped, seen by both orders": (at(lambda t: ~(t > 0), 0.0), RELU, torch.float32, ORDERS, 2),
    "NaN to zero where orders differ anyway": (
        lambda t: F.silu(t).nan_to_num(nan=0.0, posinf=INF, neginf=-INF),
        x / (1 + exp(-x)),
        torch.float32,
        NAN,
        1,
    ),
    "NaN to the largest value": (at(torch.isnan, 1.0, torch.tanh), tanh(x), torch.float16, NAN, 1),
    "NaN dropped by vector code": (
        changed(F.relu, lambda t: t.numel() >= 16, lambda r: r.nan_to_num(nan=0.0, posinf=INF)),
        RELU,
        torch.float32,
        NAN,
        20,
    ),
    "not zero at zero": (at(lambda t: t == 0, 1e-3, F.relu), RELU, torch.float32, ORDERS, 2),
    "only -0 wrong": (at(lambda t: (t == 0) & t.signbit(), -1.0), x, torch.float32, ORDERS, 2),
    "subnormals negated": (
        lambda t: torch.where(t.abs() < torch.finfo(t.dtype).smallest_normal, -t, t),
        x,
        torch.float32,
        ORDERS,
        2,
    ),
    "largest finite to zero": (at(lambda t: t == torch.finfo(t.dtype).max, 0.0), x, torch.float32, ORDERS, 2),
    "one at -inf": (at(lambda t: t == -INF, 1.0, F.relu), RELU, torch.float32, ORDERS, 2),
    "NaN at -inf": (at(lambda t: t == -INF, torch.nan, F.relu), RELU, torch.float32, ORDERS, 2),
    "zero at inf": (at(lambda t: t == INF, 0.0, torch.tanh), tanh(x), torch.float32, ORDERS, 2),
    "one value of float16": (at(lambda t: t == 85.3125, 0.0, F.relu), RELU, torch.float16, ORDERS, 2),
    "one value of bfloat16": (at(lambda t: t == -0.0859375, 1.0), x, torch.bfloat16, ORDERS, 2),
    "one ULP down past a breakpoint": (
        lambda t: torch.where((t > 1) & (t < 1.0001), one_ulp_below_one(t), F.hardtanh(t)),
        Min(Max(x, -1), 1),
        torch.float32,
        ORDERS,
        2,
    ),
    "rounded otherwise when strided": (
        changed(torch.clone, lambda t: not t.is_contiguous(), lambda r: r * (1 + 2**-22)),
        x,
        torch.float32,
        PLACES,
        2,
    ),
    "wrong for one element": (
        changed(F.relu, lambda t: t.numel() == 1, lambda r: r + 1),
        RELU,
        torch.float32,
        PLACES,
        1,
    ),
    "wrong at every seventh place": (bump(slice(6, None, 7)), RELU, torch.float32, PLACES, 7),
    "wrong at even places of a vector": (bump(slice(40, None, 2), 40), RELU, torch.float32, PLACES, 64),
    "wrong where a second thread begins": (bump(2**15, 2**15), RELU, torch.float32, PLACES, 36_000),
    "wrong with channels innermost": (
        changed(F.relu, channels_innermost, lambda r: r + 1),
        RELU,
        torch.float32,
        PLACES,
        4,
    ),
    "reads the storage in order": (reads_the_storage_in_order, RELU, torch.float32, ORDERS, 4),
    "wrong for an unaligned tensor": (
        changed(F.relu, lambda t: t.storage_offset() % 4 > 0, lambda r: r + 1),
        RELU,
        torch.float32,
        ORDERS,
        1,
    ),
    "wrong along a stride of zero": (
        changed(F.relu, lambda t: 0 in t.stride(), lambda r: r * 2),
        RELU,
        torch.float32,
        ORDERS,
        2,
    ),
    "leaks where gradients are recorded": (
        lambda t: F.leaky_relu(t) if t.requires_grad else F.relu(t),
        RELU,
        torch.float32,
        GRADIENT,
        1,
    ),
    "writes to a large input": (writes_when_large, RELU, torch.float32, WRITES, 24),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_hidden_fault_is_caught_in_a_small_counterexample(name, seed):
    kernel, expression, dtype, law, most = FAULTS[name]
    activation = Activation("faulty", kernel=kernel, expression=expression)
    found = examine(activation, "max_pool2d", law=law, dtype=dtype, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Counterexample), f"{law} missed it: {found}"
    assert found.input.numel() <= most, (found.input, found.pooling_arguments)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("law", [ORDERS, PLACES, GRADIENT, NAN, WRITES])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", ["relu", "hardtanh", "identity"])
def test_the_unfaulty_activation_raises_no_alarm(name, dtype, law, seed):
    found = examine(name, "max_pool2d", law=law, dtype=dtype, examples=EXAMPLES["ci"], seed=seed)
    assert isinstance(found, Survival), (found.input, found.pooling_arguments)


def trial(law, activation):
    return Trial(laws[law], poolings["max_pool2d"], activation)


def test_the_suite_holds_an_activation_to_nan_unless_it_says_otherwise():
    lossy = at(torch.isnan, 0.0, F.relu)
    undeclared = Activation("undeclared", kernel=lossy, expression=RELU)
    declared = Activation("declared", kernel=lossy, expression=RELU, keeps_nan=False)
    with pytest.raises(pytest.fail.Exception, match="must hold"):
        trial("nan_is_kept", undeclared).check()
    with pytest.raises(pytest.fail.Exception, match="must hold"):
        trial("commutes", undeclared).check()
    trial("commutes", declared).check()
    with pytest.raises(NotApplicable, match="declared not to keep NaN"):
        examine(declared, "max_pool2d", law="nan_is_kept")


@pytest.mark.machine
@pytest.mark.parametrize("name", activations)
def test_the_catalogue_declares_what_loses_nan(name):
    kept = bool(activations[name].kernel(torch.tensor([torch.nan])).isnan().all())
    assert kept is activations[name].keeps_nan


NAN_AT_INFINITY = {"prelu(weight=0)", "hardswish", "softsign", "sin"}
"""Zero times infinity or infinity over infinity in IEEE arithmetic, and what has no limit: everywhere."""
PERHAPS_NAN_AT_INFINITY = {"gelu", "gelu_tanh", "silu", "mish"}
"""x times what tends to zero: NaN, unless the library that computes it here takes care of infinities."""


@pytest.mark.machine
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("count", [1, 128], ids=["scalar code", "vector code"])
def test_no_other_activation_of_the_catalogue_turns_an_infinity_into_nan(count, dtype):
    ends = [torch.full((count,), end, dtype=dtype) for end in (-INF, INF)]
    claimed = {name: entry for name, entry in activations.items() if entry.low is None and entry.high is None}
    found = {
        name for name, entry in claimed.items() if any(bool(entry.kernel(e).isnan().any()) for e in ends)
    }
    # The suite holds these to no law there.
    assert found >= NAN_AT_INFINITY
    assert found <= NAN_AT_INFINITY | PERHAPS_NAN_AT_INFINITY
