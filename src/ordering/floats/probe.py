"""Whether a kernel is a function of the value and the code path, exactly, before a scan is begun.

`examine_kernel` has asked before, on values near zero and but for rounding; here the sample is spread over
the scan's own values, and each result must be one of the two that the code paths give.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor

from ordering.errors import KernelError
from ordering.examination import Kernel, evaluate
from ordering.floats.lattice import Interval
from ordering.floats.paths import BLOCK, strided
from ordering.lattice import from_rank

SAMPLE: Final = 16 * BLOCK
# Nearly all in one tensor, which ends in the remainder of a vector block; some in tensors that are no more.
GROUPS: Final = (range(SAMPLE - 5), *(range(start, start + 56, 8) for start in range(0, SAMPLE - 56, 56)))


def probe(kernel: Kernel, over: Interval) -> None:
    """Evaluate a sample spread over the interval as it is, in reverse, and in tensors of other sizes.

    Raises
    ------
    KernelError
        If the kernel cannot be evaluated, or its result depends on more than the value and the code path: on
        the other elements, on the element's place or the tensor's size.
    """
    ranks = torch.from_numpy(np.linspace(over.start, over.stop - 1, SAMPLE).astype(np.int64))
    values = from_rank(ranks.clamp(over.start, over.stop - 1), over.form.dtype)
    if over.form.bits == 8:
        values = values.to(torch.float32)
    with torch.no_grad():
        results = evaluate(kernel, values.clone()).clone()
        reverse = evaluate(kernel, values.flip(0)).flip(0)
        sized = _in_other_sizes(kernel, values, results)
    for other, how in (
        (reverse, "where the same values are in reverse order"),
        (sized, "in a tensor of another size, which neither of its code paths gives"),
    ):
        if bool((differ := _differ(results, other)).any()):
            place = int(differ.int().argmax())
            raise KernelError(
                f"the kernel is not pointwise: at x = {values[place].item()!r} it gives "
                f"{results[place].item()!r}, and {other[place].item()!r} {how} ({over.form.name})"
            )


def _in_other_sizes(kernel: Kernel, values: Tensor, results: Tensor) -> Tensor:
    """The results, but for values at which a tensor of another size has one that is not the scalar code's."""
    scalar, found = strided(kernel, values), results.clone()
    for group in GROUPS:
        places = torch.tensor(group)
        piece = evaluate(kernel, values[places])
        found[places] = piece.where(_differ(piece, scalar[places]), found[places])
    return found


def _differ(left: Tensor, right: Tensor) -> Tensor:
    return (left != right) & ~(left.isnan() & right.isnan())
