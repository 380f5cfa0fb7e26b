"""The profiles that the suite runs under, one torch thread for each worker, and brute force over a dtype."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import settings
from torch import Tensor

from ordering.reals import prove
from ordering.testing import register_profiles

register_profiles()
settings.load_profile("ci")


@pytest.fixture(autouse=True, scope="session")
def one_torch_thread():
    """pytest-xdist already uses every core."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def no_summary():
    """What tests report is no part of the summary of the workflow that runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_hurry():
    """What is decided in a third of a second on an idle machine is not left undecided on a busy one."""
    assert prove.__kwdefaults__ is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(prove.__kwdefaults__, "timeout", 240.0)
        yield


@pytest.fixture(scope="session")
def both_codes() -> Callable[[Callable[[Tensor], Tensor]], tuple[Tensor, Tensor, Tensor]]:
    """Every number of float16 in rising order, and what this machine makes of it: vector and scalar code.

    What a kernel of torch's rounds to, where it falls, and where it gives NaN is true of one CPU and one
    library.  A test that needs to know asks here, instead of remembering the answer of somebody's machine.
    """

    def evaluate(kernel: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        values = torch.arange(-(2**15), 2**15).to(torch.int16).view(torch.float16)
        values = values[~values.isnan()]
        values = values[torch.argsort(values.double(), stable=True)]
        # Vector code takes full blocks of contiguous tensors; strided ones run scalar code throughout.
        full = torch.cat([values, values[-1:].expand(-len(values) % 128)])
        return values, kernel(full)[: len(values)], kernel(values.repeat_interleave(2)[::2])

    return evaluate
