"""What a callable is, is told in one sentence, and in the same one wherever a kernel is examined."""

from __future__ import annotations

import math
import random
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ordering import Activation, certify, falsify
from ordering.catalogue import activations
from ordering.errors import KernelError
from ordering.examination import examine_kernel
from ordering.examination.examining import sample
from ordering.fidelity import fidelity
from ordering.lattice import shift

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Counting(nn.Module):
    """Adds how often it was called: in place, anew, or in a list."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.calls: Tensor
        self.register_buffer("calls", torch.zeros(()))
        self.kept: list[int] = []

    def forward(self, t: Tensor) -> Tensor:
        if self.how == "in place":
            self.calls.add_(1)
        elif self.how == "anew":
            self.calls = self.calls + 1
        else:
            self.kept.append(1)
        return t + self.calls + len(self.kept)


class PlainTensor(nn.Module):
    """Has its weight as an attribute of which `module.to` does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.tensor([0.25])

    def forward(self, t: Tensor) -> Tensor:
        return F.prelu(t, self.slope)


def through_numpy(t: Tensor) -> Tensor:
    result = t * 2
    t.numpy()[0] = 7
    return result


def leaves(t: Tensor) -> Tensor:
    sys.exit("done")


def cancelled(t: Tensor) -> Tensor:
    raise BaseException("cancelled")  # noqa: TRY002  what a library may raise


def by_channel(t: Tensor) -> Tensor:
    return t * torch.arange(t.shape[1])[:, None, None] if t.dim() == 4 else t


def own_generator(t: Tensor, generator: torch.Generator = torch.Generator()) -> Tensor:  # noqa: B008  kept
    return t + torch.rand(t.shape, generator=generator, dtype=torch.float32).to(t.dtype)


def seeded_within(t: Tensor) -> Tensor:
    torch.manual_seed(0)
    return t + torch.rand_like(t)


def scripted() -> Callable[[Tensor], Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch would have it compiled instead
        found: Callable[[Tensor], Tensor] = torch.jit.script(nn.PReLU())
    return found


inner = nn.PReLU()

# In float16, where they are found; `*` stands between words that need not follow one another.
ODD: dict[str, tuple[Callable[..., Any], str]] = {
    # works in place
    "relu in place": (nn.ReLU(inplace=True), "ReLU(inplace=True) writes to its input: use inplace=False"),
    "silu in place": (nn.SiLU(inplace=True), "SiLU(inplace=True) writes to its input: use inplace=False"),
    "mish in place": (nn.Mish(inplace=True), "Mish(inplace=True) writes to its input: use inplace=False"),
    "hardswish in place": (
        nn.Hardswish(inplace=True),
        "Hardswish() writes to its input: use inplace=False",
    ),
    "in place within": (
        nn.Sequential(nn.ReLU(inplace=True), nn.Tanh()),
        "Sequential writes to its input: use inplace=False in its ReLU",
    ),
    "dropout in place": (nn.Dropout(inplace=True), "writes to its input: use inplace=False"),
    "relu_": (F.relu_, "the kernel writes to its input: use the out-of-place form"),
    "sigmoid_": (torch.sigmoid_, "the kernel writes to its input: use the out-of-place form"),
    "writes the same": (lambda t: t.add_(0), "writes to its input"),
    "writes through numpy": (through_numpy, "writes to its input"),
    # trains
    "dropout": (nn.Dropout(), "Dropout(p=0.5, inplace=False) is random in training mode: *; call .eval()"),
    "alpha dropout": (nn.AlphaDropout(), "is random in training mode: *; call .eval()"),
    "rrelu": (nn.RReLU(), "RReLU(* in training mode: *; call .eval()"),
    "dropout within": (nn.Sequential(nn.Dropout(), nn.ReLU()), "is random in training mode"),
    "batch norm": (
        nn.BatchNorm1d(3),
        "BatchNorm1d keeps state (running_mean) while it trains and looks at the whole batch",
    ),
    "batch norm 2d": (nn.BatchNorm2d(8), "keeps state (running_mean) while it trains and looks at"),
    "batch norm evaluating": (nn.BatchNorm2d(8).eval(), "has a mean and a scale for each channel"),
    "instance norm": (nn.InstanceNorm2d(8), "normalises with the mean and the variance of other elements"),
    "layer norm": (nn.LayerNorm(4), "LayerNorm normalises each element with others"),
    "group norm": (nn.GroupNorm(2, 8), "GroupNorm(* normalises each element with others"),
    # is random
    "random": (lambda t: t + torch.rand_like(t), "the kernel is random: two calls on the same float16"),
    "random by numpy": (lambda t: t + np.random.rand(), "is random"),
    "random by Python": (lambda t: t * random.random(), "is random"),
    "gumbel": (lambda t: F.gumbel_softmax(t, dim=-1), "is random"),
    "random by its own": (own_generator, "keeps state, or is random by means of its own"),
    "seeded": (seeded_within, "is not pointwise"),
    # keeps state
    "counts in place": (Counting("in place"), "Counting() keeps state (calls): two calls"),
    "counts anew": (Counting("anew"), "Counting() keeps state (calls): two calls"),
    "counts in a list": (Counting("list"), "keeps state"),
    # looks at neighbours
    "softmax": (nn.Softmax(dim=-1), "Softmax(dim=-1) is not pointwise: at x = * it gives * within *"),
    "softmin": (
        nn.Softmin(dim=1),
        "Softmin(dim=1) is not pointwise: it takes the shape (16, 8, 4, 4), but *",
    ),
    "softmax2d": (nn.Softmax2d(), "Softmax2d() is not pointwise: it takes the shape *"),
    "layer_norm": (lambda t: F.layer_norm(t, t.shape[-1:]), "is not pointwise"),
    "cumsum": (lambda t: t.cumsum(-1), "is not pointwise"),
    "sorted": (lambda t: t.sort(0).values, "is not pointwise"),
    "mean": (lambda t: t - t.mean(), "is not pointwise"),
    "flipped": (lambda t: t.flip(-1), "is not pointwise"),
    "rolled": (lambda t: t.roll(2, 0), "is not pointwise"),
    "by the first": (lambda t: t * t.flatten()[0], "is not pointwise"),
    "by the largest": (lambda t: t / t.abs().max(), "is not pointwise"),
    "by the width": (lambda t: t * t.shape[-1], "is not pointwise"),
    "by the batch": (lambda t: t + t.shape[0], "is not pointwise"),
    "by the channel": (by_channel, "is not pointwise"),
    "by the place": (lambda t: t + torch.arange(t.numel()).reshape(t.shape), "is not pointwise"),
    "by the size": (lambda t: t * 2 if t.numel() < 16 else t, "is not pointwise"),
    "glu": (nn.GLU(), "GLU(dim=-1) is not pointwise: it turned shape (2048,) into (1024,)"),
    "prelu a channel": (
        nn.PReLU(8, init=0.5),
        "PReLU(num_parameters=8) has one slope a channel, so it is 8 activations: examine one for each "
        "channel, such as nn.PReLU(1, init=0.5)",
    ),
    "linear": (nn.Linear(4, 4), "Linear(* is not pointwise"),
    # returns what no activation returns
    "attention": (nn.MultiheadAttention(4, 1), "MultiheadAttention cannot be called with one tensor: *'key'"),
    "two arguments": (
        lambda t, slope: t * slope,
        "cannot be called with one tensor: *'slope'; fix the others",
    ),
    "prelu without a weight": (F.prelu, "cannot be called with one tensor: *weight"),
    "conv without a weight": (F.conv1d, "cannot be called with one tensor: "),
    "tuple": (lambda t: (t, t), "returned a tuple of 2, not a tensor"),
    "list": (lambda t: t.tolist(), "returned a list of 2048, not a tensor"),
    "nothing": (lambda t: None, "returned a NoneType, not a tensor"),
    "a class": (nn.ReLU, "the kernel ReLU is a class: give an object of it, such as ReLU()"),
    "a class with arguments": (nn.BatchNorm1d, "the kernel BatchNorm1d is a class"),
    "doubles": (lambda t: t.double(), "turned float16 into float64"),
    "complex": (lambda t: torch.complex(t, t), "turned float16 into complex32"),
    "elsewhere": (lambda t: t.to("meta"), "moved a tensor from cpu to meta"),
    "sparse": (lambda t: t.to_sparse(), "returned a tensor with the layout torch.sparse_coo"),
    "scalar": (lambda t: t.sum(), "is not pointwise: it turned shape (2048,) into ()"),
    # raises
    "raises": (lambda t: 1 // 0, "raised ZeroDivisionError on a float16 tensor of shape (2048,): integer"),
    "exits": (leaves, "the kernel calls sys.exit: a kernel has to return a tensor"),
    "raises anything": (cancelled, "raised BaseException on a float16 tensor"),
    # does not take the dtype
    "holds a module": (
        lambda t: inner(t),
        "raised RuntimeError on a float16 * it takes float32; give the module",
    ),
    "method of a module": (inner.forward, "raised RuntimeError on a float16 * give the module itself"),
    "holds a tensor": (
        lambda t: F.prelu(t, torch.tensor([0.25])),
        "on a float16 tensor * it takes float32; convert what it computes with",
    ),
    "plain tensor": (PlainTensor(), "on a float16 tensor * register slope as a buffer"),
    "scripted": (
        scripted(),
        "on a float16 tensor * it takes float32; * build it for float16",
    ),
}
ENTRIES: dict[str, Callable[[Activation], object]] = {
    "examine_kernel": lambda entry: examine_kernel(entry, torch.float16),
    "fidelity": lambda entry: fidelity(entry, [torch.float16]),
    "certify": lambda entry: certify(entry, torch.float16, workers=1),
    "falsify": lambda entry: falsify(entry, "max_pool2d", dtype=torch.float16, examples=20),
}


def told(entry: Activation, where: str) -> str:
    with pytest.raises(KernelError) as caught:
        ENTRIES[where](entry)
    return str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*ComplexHalf", "ignore:.*torch.jit")
@pytest.mark.parametrize("name", ODD)
def test_what_is_no_activation_is_told_in_one_sentence(name: str) -> None:
    kernel, words = ODD[name]
    entry = Activation("odd", kernel=kernel)
    sentences = {where: told(entry, where) for where in ENTRIES}
    sentence = sentences["examine_kernel"]
    assert sentence.startswith("odd: ")
    assert "\n" not in sentence
    assert re.search(".*".join(map(re.escape, words.split("*"))), sentence), sentence
    counted = "keeps state" in words  # the numbers go on
    texts = {text.partition(": two calls")[0] if counted else text for text in sentences.values()}
    random_numbers = {text.partition("(")[0] for text in texts} if "random" in words else texts
    assert len(random_numbers) == 1, sentences


class Swish(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(1.5))

    def forward(self, t: Tensor) -> Tensor:
        return t * torch.sigmoid(self.beta * t)


buffer = torch.empty(0)


def reusing(t: Tensor) -> Tensor:
    found = buffer.to(t.dtype).resize_(t.shape)
    return torch.sigmoid(t, out=found)


FINE: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda t: t,
    "a view": lambda t: t.view(t.shape),
    "constant": lambda t: torch.zeros(1, dtype=t.dtype).expand(t.shape),
    "prelu": nn.PReLU(),
    "prelu in float16": nn.PReLU().half(),
    "prelu in float64": nn.PReLU().double(),
    "swish": Swish(),
    "in place on its own": nn.Sequential(nn.Tanh(), nn.ReLU(inplace=True)),
    "dropout evaluating": nn.Sequential(nn.Dropout(), nn.ReLU()).eval(),
    "rrelu evaluating": nn.RReLU().eval(),
    "exp of exp": lambda t: torch.exp(torch.exp(t)),
    "cancels": lambda t: t - torch.tanh(t),
    "jumps": lambda t: torch.floor(t * 10) / 10,
    "nan": lambda t: torch.log(t),
    "poles": torch.tan,
    "reuses its buffer": reusing,
    "a nested module": nn.Sequential(nn.PReLU(), nn.Sequential(nn.PReLU(init=0.5), nn.Tanh())),
}


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FINE)
def test_what_is_an_activation_passes(name: str, dtype: torch.dtype) -> None:
    examine_kernel(Activation("fine", kernel=FINE[name]), dtype)


@pytest.mark.machine
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_catalogue_passes(dtype: torch.dtype) -> None:
    for entry in activations.values():
        examine_kernel(entry, dtype)


@pytest.mark.machine
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_rounding_by_place_is_forgiven_and_more_is_not(dtype: torch.dtype) -> None:
    def rounded(t: Tensor, steps: int) -> Tensor:
        whole = t.numel() // 32 * 32
        row = t.sigmoid().reshape(-1)
        return torch.cat((row[:whole], shift(row[whole:], steps))).reshape(t.shape)

    examine_kernel(Activation("path", kernel=lambda t: rounded(t, 2)), dtype)
    with pytest.raises(KernelError, match="not pointwise"):
        examine_kernel(Activation("wrong", kernel=lambda t: rounded(t, 300)), dtype)


def test_each_dtype_is_answered_for_itself() -> None:
    def only_bfloat16(t: Tensor) -> Tensor:
        if t.dtype != torch.bfloat16:
            raise TypeError(f"not {t.dtype}")
        return t

    entry = Activation("picky", kernel=only_bfloat16)
    examine_kernel(entry, torch.bfloat16)
    for dtype in (torch.float16, torch.float32, torch.float64):
        name = str(dtype).removeprefix("torch.")
        with pytest.raises(KernelError, match=rf"on a {name} tensor .*not torch.{name}; it takes bfloat16"):
            examine_kernel(entry, dtype)


def test_what_torch_does_not_implement_is_told() -> None:
    def lacking(t: Tensor) -> Tensor:
        if t.dtype == torch.float16:
            raise NotImplementedError("\"frobnicate_cpu\" not implemented for 'Half'")
        return t

    with pytest.raises(KernelError, match="torch does not implement it for this dtype"):
        examine_kernel(Activation("lacking", kernel=lacking), torch.float16)


def test_the_generators_are_left_as_they_were() -> None:
    def drawing(t: Tensor) -> Tensor:
        return t + torch.rand(()).item() * 0 + np.random.rand() * 0 + random.random() * 0

    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    examine_kernel(Activation("drawing", kernel=drawing), torch.float32)
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_the_mode_of_each_part_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Dropout(), nn.Dropout().eval(), nn.ReLU())
    module.training = False
    with pytest.raises(KernelError, match="is random"):
        examine_kernel(Activation("mixed", kernel=module), torch.float32)
    module.training = True
    with pytest.raises(KernelError, match="is random in training mode"):
        examine_kernel(Activation("mixed", kernel=module), torch.float32)
    assert [part.training for part in module.modules()] == [True, True, False, True]


def test_an_interrupt_is_no_fault_of_the_kernel() -> None:
    def interrupted(t: Tensor) -> Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine_kernel(Activation("interrupted", kernel=interrupted), torch.float32)


def test_the_sample_lies_in_the_domain_or_between_the_values_asked_for() -> None:
    def above_one(t: Tensor) -> Tensor:
        if bool((t < 1).any()):
            raise ValueError("below one")
        return t

    with pytest.raises(KernelError, match="below one"):
        examine_kernel(Activation("f", kernel=above_one), torch.float32)
    examine_kernel(Activation("f", kernel=above_one, low=1), torch.float32)
    examine_kernel(Activation("f", kernel=above_one), torch.float32, between=(1.0, 1.5))
    assert certify(Activation("f", kernel=above_one), "float16", low=1, high=2, workers=1).values == 1025


@pytest.mark.parametrize(
    ("law", "kernel"),
    [
        ("inputs_are_kept", F.relu_),
        ("inputs_are_kept", nn.SiLU(inplace=True)),
        ("position_invariance", lambda t: t * 2 if t.is_contiguous() and t.numel() > 2 else t),
    ],
)
def test_a_law_that_is_about_the_fault_shows_it_on_a_tensor(
    law: str, kernel: Callable[[Tensor], Tensor]
) -> None:
    found = falsify(Activation("odd", kernel=kernel), "max_pool2d", law=law, examples=50)
    assert found is not None
    assert found.law == law


def test_no_kernel_changes_the_sample_of_the_next() -> None:
    def writes_to_pictures(t: Tensor) -> Tensor:
        if t.dim() == 1:
            raise ValueError("no row")
        return t.zero_()

    for kernel in (writes_to_pictures, F.relu_, through_numpy):
        before = [part.clone() for part in sample((-math.inf, math.inf), torch.float32, 0)]
        with pytest.raises(KernelError):
            examine_kernel(Activation("writes", kernel=kernel), torch.float32)
        after = sample((-math.inf, math.inf), torch.float32, 0)
        assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_it_works_within_inference_mode() -> None:
    with torch.inference_mode():
        examine_kernel(activations["relu"], torch.float32)
        with pytest.raises(KernelError, match="writes to its input"):
            examine_kernel(Activation("in_place", kernel=F.relu_), torch.float32)
