"""What a kernel computes here, as a digest of its results on fixed values, on each code path.

A machine's settings have names, and `Machine` lists those that are known to matter.  One that nobody thought
of shows in what is computed: results with another digest are another machine's.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ordering.evidence import Kind
from ordering.examination import Kernel, evaluate
from ordering.floats.lattice import Interval
from ordering.floats.paths import BLOCK, as_bits, strided
from ordering.lattice import from_rank
from ordering.running.machine import this_machine
from ordering.running.threads import one_thread

SAMPLE: Final = 2**16
"""Values: all of a 16-bit dtype; of a larger one some in every binade, subnormals among them."""


def kind_of(kernel: Kernel, over: Interval) -> Kind:
    """This machine, with what the kernel computes on it.

    Raises
    ------
    KernelError
        If the kernel cannot be evaluated.
    """
    with one_thread():
        return Kind(this_machine(), observed(kernel, over))


@torch.no_grad()
def observed(kernel: Kernel, over: Interval) -> str:
    """Sixteen hexadecimal digits of the results on both code paths; NaN is one result whatever its bits.

    Raises
    ------
    KernelError
        If the kernel cannot be evaluated.
    """
    sink = hashlib.sha256()
    values = sample(over, SAMPLE)
    for results in (evaluate(kernel, values.clone()), strided(kernel, values)):
        nan = results.isnan()
        plain = results.masked_fill(nan, 0.0).to(over.form.dtype).contiguous()
        sink.update(as_bits(plain, over.form).tobytes() + nan.numpy().tobytes())
    return sink.hexdigest()[:16]


def sample(over: Interval, most: int) -> Tensor:
    """At most about `most` values spread evenly over an interval, ends included, in order.

    Their number is a multiple of a vector block: the last value fills it.  8-bit values are given in float32,
    in which they are computed.
    """
    steps = min(over.count, most)
    ranks = np.linspace(over.start, over.stop - 1, steps).astype(np.int64).clip(over.start, over.stop - 1)
    filled = np.pad(ranks, (0, -steps % BLOCK), mode="edge")
    values = from_rank(torch.from_numpy(filled), over.form.dtype)
    return values.to(torch.float32) if over.form.bits == 8 else values
