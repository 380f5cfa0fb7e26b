"""Whether a kernel is a function of the value at all, asked on a sample before a scan is begun."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor

from ordering.errors import KernelError
from ordering.floats.lattice import Interval
from ordering.floats.paths import BLOCK, Kernel, checked
from ordering.lattice import from_rank

SAMPLE: Final = 16 * BLOCK


def probe(kernel: Kernel, over: Interval) -> None:
    """Evaluate a sample spread over the interval twice, and once more in reverse.

    Raises
    ------
    KernelError
        If the kernel cannot be evaluated, or its result depends on more than the value: on chance, on
        earlier calls, on the other elements or on the element's place.
    """
    ranks = torch.from_numpy(np.linspace(over.start, over.stop - 1, SAMPLE).astype(np.int64))
    values = from_rank(ranks.clamp(over.start, over.stop - 1), over.form.dtype)
    if over.form.bits == 8:
        values = values.to(torch.float32)
    with torch.no_grad():
        results = checked(kernel, values.clone()).clone()
        again = checked(kernel, values.clone()).clone()
        reverse = checked(kernel, values.flip(0)).flip(0)
    for other, cause in (
        (again, "a second call gives another result: it is random, or keeps a state"),
        (reverse, "the same values in reverse order give other results: it is not pointwise"),
    ):
        if (place := _first_difference(results, other)) is not None:
            raise KernelError(
                f"the kernel is no function of the value: {cause} (first at {values[place].item()!r}: "
                f"{results[place].item()!r} and {other[place].item()!r})"
            )


def _first_difference(left: Tensor, right: Tensor) -> int | None:
    differ = (left != right) & ~(left.isnan() & right.isnan())
    return int(differ.int().argmax()) if bool(differ.any()) else None
