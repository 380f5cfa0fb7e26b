"""Whether a kernel is a function of each element that leaves its input alone, found by running it."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ordering.activation import Activation
from ordering.errors import KernelError
from ordering.examination.calling import Fault, Kernel, attempt, module_of, name_of, title_of
from ordering.examination.kinds import of_kind
from ordering.lattice import format_of, shift
from ordering.modules import ModuleKernel
from ordering.running.threads import one_thread

Limits: TypeAlias = tuple[float, float]
UNLIMITED: Final = (-math.inf, math.inf)

SIZE: Final = 2048
"""Elements of the sample: whole blocks of every vector code, and enough for what is seldom random."""
SHAPES: Final = ((16, 8, 4, 4), (64, 32))
"""The same elements as a batch of small pictures, and as rows."""
PIECES: Final = (slice(0, 1), slice(5, 42), slice(SIZE - 1, SIZE))
"""Parts of the sample that are given as tensors of their own."""
ROUNDING: Final = {torch.float16: 4, torch.bfloat16: 4}
"""ULP of `max(1, |x|, |f(x)|)` by which results may differ where the code path may; half precision is
computed in float32 and rounded once or twice."""
ROUNDING_ELSE: Final = 64
FAR: Final = 1e4
"""A neighbour that is far from what functions of torch reduce by one formula: its own code may differ."""
WRITES: Final = "writes to its input"


def examine_kernel(
    activation: Activation,
    dtype: torch.dtype,
    *,
    between: tuple[float, float] | None = None,
    elsewhere: bool = True,
    writes: bool = True,
    seed: int = 0,
) -> None:
    """Check that the kernel is a deterministic function of each element, in this dtype.

    It keeps the shape and the dtype, is not random, keeps no state and writes nothing to its input.  An
    element whose neighbours change keeps its result bit for bit; in another place, or in a tensor of another
    shape, it may differ by rounding.  The sample lies in the activation's domain, or `between` two values of
    the dtype.  The random generators of torch, numpy and Python are left as they were.

    For a law that is itself about other places and shapes, `elsewhere=False` leaves these out; so does
    `writes=False` what is written to the input.
    What shows on other inputs alone is left to the laws: whether gradients are recorded
    (`gradient_mode_invariance`), or how the input lies in memory (`position_invariance`).

    Raises
    ------
    KernelError
        In one sentence that names the kernel, what it does, and what to do about it.
    InvalidArgument
        If the dtype is none that can be examined.
    """
    format_of(dtype)
    # Inference tensors do not count the writes to them.
    with one_thread(), _generators_kept(), torch.inference_mode(mode=False), torch.no_grad():
        limits = _limits(activation) if between is None else between
        look = partial(_fault, activation.kernel, limits, dtype, seed, elsewhere=elsewhere, writes=writes)
        fault = look()
        if fault is None:
            return
        module = module_of(activation.kernel)
        if module is not None and module.training and fault.head != WRITES:
            with _evaluating(module):
                cured = look() is None
            if cured:
                raise KernelError(f"{activation}: {fault.sentence(' in training mode', 'call .eval()')}")
        known = "" if module is None or fault.head == WRITES else of_kind(module)
        if known:
            raise KernelError(f"{activation}: {title_of(activation.kernel)} {known}") from fault.error
        advice = _advice(activation.kernel, limits, dtype, seed, fault)
        raise KernelError(f"{activation}: {fault.sentence(advice=advice)}") from fault.error


# ---- the examination ---------------------------------------------------------------------------------------


class _Found(Exception):
    """Ends the examination."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.head)
        self.fault = fault


def _fault(
    kernel: Kernel, limits: Limits, dtype: torch.dtype, seed: int, *, elsewhere: bool, writes: bool
) -> Fault | None:
    """The first thing that is wrong; None if nothing is."""
    try:
        _Examination(kernel, sample(limits, dtype, seed), limits == UNLIMITED, writes).run(elsewhere)
    except _Found as found:
        return found.fault
    return None


def _limits(activation: Activation) -> Limits:
    low = -math.inf if activation.low is None else float(activation.low)
    return low, math.inf if activation.high is None else float(activation.high)


class Sample(NamedTuple):
    """Elements, others to stand beside them, and which of them to keep."""

    x: Tensor
    others: Tensor
    kept: Tensor


@lru_cache(maxsize=32)
def sample(limits: Limits, dtype: torch.dtype, seed: int = 0) -> Sample:
    """`SIZE` seeded inputs in [-4, 4], or between the limits where there are any."""
    low, high = limits
    generator = torch.Generator().manual_seed(seed)
    both = torch.rand(2, SIZE, generator=generator, dtype=torch.float64) * 8 - 4
    if math.isfinite(low) or math.isfinite(high):
        first = low if math.isfinite(low) else high - 8
        last = high if math.isfinite(high) else low + 8
        # Without the ends, which rounding to the dtype reaches at most.
        share = (both + 4.5) / 9
        both = first * (1 - share) + last * share
    kept = torch.rand(SIZE, generator=generator) < 0.5
    x, others = both.to(dtype)
    return Sample(x, others, kept)


class _Examination:
    """One kernel on one sample; `run` raises `_Found`."""

    def __init__(self, kernel: Kernel, given: Sample, unlimited: bool, writes: bool) -> None:
        self.kernel = kernel
        self.given = given
        self.unlimited = unlimited
        self.writes = writes

    def run(self, elsewhere: bool) -> None:
        """Every check, the plainest first."""
        x = self.given.x
        rewind, state = _generators(), _state(module_of(self.kernel))
        first = self.first()
        rewind()
        self.deterministic(first, self.result(x), state, "two calls")
        if (at := _place(_differ(first, again := self.result(x)))) is not None:
            raise self.found("is random", f"two calls {self.differ(at, first, again)}")
        for shape in ((SIZE,), *SHAPES):
            shaped = self.result(x.reshape(shape)).reshape(-1)
            if elsewhere:
                self.agree(first, shaped, f"within a tensor of shape {shape}")
            self.alone(shape, shaped)
        if self.unlimited:
            far = torch.where(self.given.kept, x, torch.where(x > 0, FAR, -FAR).to(x.dtype))
            self.agree(first, self.result(far), "beside larger elements", self.given.kept)
        if elsewhere:
            self.elsewhere(first)
        rewind()
        self.deterministic(first, self.result(x), state, "the first call and a later one")

    def elsewhere(self, first: Tensor) -> None:
        """The same elements give the same in other places, and in smaller tensors."""
        x = self.given.x
        self.agree(first, self.result(x.flip(0)).flip(0), "where the same elements are in reverse order")
        for part in PIECES:
            alone = first.clone()
            alone[part] = self.result(x[part])
            self.agree(first, alone, f"within a tensor of shape ({part.stop - part.start},)")

    def first(self) -> Tensor:
        """The result on the sample in one row; whoever takes other shapes alone is not pointwise."""
        try:
            return self.result(self.given.x)
        except _Found as found:
            if found.fault.error is None or found.fault.head == "calls sys.exit":
                raise
            for shape in SHAPES:
                if not isinstance(attempt(self.kernel, self.given.x.reshape(shape).clone()), Fault):
                    tail = f"it takes the shape {shape}, but {found.fault.head}: {found.fault.tail}"
                    raise self.found("is not pointwise", tail) from found
            raise

    def deterministic(self, first: Tensor, again: Tensor, state: dict[str, Tensor], calls: str) -> None:
        """Both results came from the same state of the random generators."""
        if (at := _place(_differ(first, again))) is not None:
            now = _state(module_of(self.kernel))
            changed = [name for name, was in state.items() if not torch.equal(was, now.get(name, was))]
            what = f" ({', '.join(changed)})" if changed else ", or is random by means of its own"
            raise self.found(f"keeps state{what}", f"{calls} {self.differ(at, first, again)}")

    def alone(self, shape: tuple[int, ...], whole: Tensor) -> None:
        """An element's result stays the same, in the same place, when others change."""
        x, others, kept = self.given
        for keep in (kept, ~kept):
            mixed = self.result(torch.where(keep, x, others).reshape(shape)).reshape(-1)
            if (at := _place(keep & _differ(whole, mixed))) is not None:
                tail = (
                    f"at x = {x[at].item()!r} it gives {whole[at].item()!r} within a tensor of shape {shape} "
                    f"and {mixed[at].item()!r} within another, in the same place ({name_of(x.dtype)})"
                )
                raise self.found("is not pointwise", tail)

    def agree(self, first: Tensor, other: Tensor, where: str, among: Tensor | None = None) -> None:
        """The same results but for rounding, elsewhere."""
        x = self.given.x
        apart = self.apart(first, other)
        if among is not None:
            apart &= among
        if (at := _place(apart)) is not None:
            tail = (
                f"at x = {x[at].item()!r} it gives {first[at].item()!r} within a tensor of shape ({SIZE},) "
                f"and {other[at].item()!r} {where} ({name_of(x.dtype)})"
            )
            raise self.found("is not pointwise", tail)

    def apart(self, first: Tensor, other: Tensor) -> Tensor:
        """Where two results differ by more than rounding of x, of the result, or on the way, explains."""
        x = self.given.x
        differ = _differ(first, other)
        if not bool(differ.any()):
            return differ
        a, b = first.double(), other.double()
        scale = torch.maximum(torch.maximum(x.double().abs(), a.abs()), torch.ones_like(a))
        allowed = ROUNDING.get(x.dtype, ROUNDING_ELSE) * torch.finfo(x.dtype).eps * scale
        apart = differ & ~((a - b).abs() <= allowed)
        if not bool(apart.any()):
            return apart
        near = torch.stack([a, *(self.result(shift(x, steps)).double() for steps in (-2, -1, 1, 2))])
        low, high = near.amin(0) - allowed, near.amax(0) + allowed
        return apart & ~((low <= b) & (b <= high))

    def result(self, x: Tensor) -> Tensor:
        """The kernel's result on a copy, which it must leave as it is; a copy of the result."""
        given = x.clone(memory_format=torch.contiguous_format)
        version = given._version  # counts the writes to a tensor and its views
        result = attempt(self.kernel, given)
        if isinstance(result, Fault):
            raise _Found(result)
        integer = format_of(x.dtype).integer
        written = given._version != version or not torch.equal(given.view(integer), x.view(integer))
        if written and self.writes:
            raise self.found(WRITES, _out_of_place(self.kernel))
        return result.detach().clone()

    def found(self, head: str, tail: str) -> _Found:
        """What was found of this kernel."""
        return _Found(Fault(title_of(self.kernel), head, tail))

    def differ(self, at: int, first: Tensor, again: Tensor) -> str:
        """How two calls differ."""
        x = self.given.x
        return (
            f"on the same {name_of(x.dtype)} tensor differ at x = {x[at].item()!r} "
            f"({first[at].item()!r}, then {again[at].item()!r})"
        )


def _differ(left: Tensor, right: Tensor) -> Tensor:
    return (left != right) & ~(left.isnan() & right.isnan())


def _place(where: Tensor) -> int | None:
    """The first place that is true."""
    return int(where.int().argmax()) if bool(where.any()) else None


# ---- what to do about it -----------------------------------------------------------------------------------


def _out_of_place(kernel: Kernel) -> str:
    module = module_of(kernel)
    parts = [] if module is None else [m for m in module.modules() if getattr(m, "inplace", False) is True]
    if not parts:
        return "use the out-of-place form"
    inner = "" if parts[0] is module else f" in its {type(parts[0]).__name__}"
    return f"use inplace=False{inner}"


def _advice(kernel: Kernel, limits: Limits, dtype: torch.dtype, seed: int, fault: Fault) -> str:
    """What to do about a kernel that does not take, or does not keep, this dtype but another; else empty."""
    raised, turned = fault.head.startswith("raised "), fault.head.startswith("turned ")
    if not (raised or turned):
        return ""
    if "not implemented for" in fault.tail:
        return "torch does not implement it for this dtype"
    for other in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        given = sample(limits, other, seed).x
        if other is dtype or isinstance(attempt(kernel, given.clone()), Fault):
            continue
        return f"it {'takes' if raised else 'keeps'} {name_of(other)}; {_conversion(kernel, dtype)}"
    return ""


def _conversion(kernel: Kernel, dtype: torch.dtype) -> str:
    """How to have it in a dtype that it has not got to yet."""
    if isinstance(kernel, ModuleKernel):
        return f"its weights were converted, but that is not all it takes: build it for {name_of(dtype)}"
    if _holds_module(kernel):
        return "give the module itself as the kernel: its weights are then converted to every dtype"
    module = module_of(kernel)
    if module is not None and (plain := _plain_tensors(module)):
        return f"register {plain[0]} as a buffer: it is then converted to every dtype"
    return "convert what it computes with to the dtype of its input"


def _holds_module(kernel: Kernel) -> bool:
    """Whether a function computes with a module that it has from outside, or is one's method."""
    if module_of(kernel) is not None:
        return not isinstance(kernel, nn.Module)
    if not inspect.isfunction(kernel):
        return False
    names = inspect.getclosurevars(kernel)
    return any(isinstance(value, nn.Module) for value in (*names.nonlocals.values(), *names.globals.values()))


def _plain_tensors(module: nn.Module) -> list[str]:
    """Attributes that are floating-point tensors, of which `module.to` knows nothing."""
    return [
        name
        for part in module.modules()
        for name, value in vars(part).items()
        if isinstance(value, Tensor) and value.dtype.is_floating_point
    ]


# ---- what the examination leaves as it was -----------------------------------------------------------------


def _generators() -> Callable[[], None]:
    """A function that puts the random generators of torch, numpy and Python back to where they are now."""
    here = torch.get_rng_state(), np.random.get_state(), random.getstate()

    def rewind() -> None:
        torch.set_rng_state(here[0])
        np.random.set_state(here[1])
        random.setstate(here[2])

    return rewind


@contextmanager
def _generators_kept() -> Iterator[None]:
    rewind = _generators()
    try:
        yield
    finally:
        rewind()


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """The module in evaluation mode, and then each of its parts in its own again."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        module.eval()
        yield
    finally:
        for part, training in modes:
            part.training = training


def _state(module: nn.Module | None) -> dict[str, Tensor]:
    """Copies of a module's buffers."""
    return {} if module is None else {name: own.detach().clone() for name, own in module.named_buffers()}
