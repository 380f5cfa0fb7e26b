"""Scripts of the laws that compare an operator with its reference: they carry the reference with them."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from ordering import poolings
from ordering.evidence import Counterexample
from ordering.kernels import examine


def twice_max(t, **arguments):
    return 2 * torch.nn.functional.max_pool2d(t, **arguments)


def twice_norm(t, norm_type, kernel_size, stride=None, *, ceil_mode=False):
    return 2 * torch.nn.functional.lp_pool2d(t, norm_type, kernel_size, stride, ceil_mode)


def twice_between(t, size, *, align_corners=False):
    return 2 * torch.nn.functional.interpolate(t, size=size, mode="bilinear", align_corners=align_corners)


def border_of_ones(t, pad):
    return torch.nn.functional.pad(t, pad, value=1.0)


def backwards(t):
    return t.flatten(1).flip(-1)


VALUES, GRADIENT = "reduces_as_declared", "gradient_as_declared"


@pytest.mark.parametrize(
    ("pooling", "kernel", "law"),
    [
        ("max_pool2d", twice_max, VALUES),
        ("max_pool2d", twice_max, GRADIENT),
        ("lp_pool2d", twice_norm, VALUES),
        ("interpolate_bilinear", twice_between, VALUES),
        ("interpolate_bilinear", twice_between, GRADIENT),
        ("zero_pad2d", border_of_ones, VALUES),
        ("flatten", backwards, VALUES),
    ],
)
def test_a_script_runs_without_this_package_and_exits_1(pooling, kernel, law):
    faulty = replace(poolings[pooling], name="faulty", kernel=kernel)
    found = examine("identity", faulty, law=law)
    assert isinstance(found, Counterexample)
    done = subprocess.run(
        [sys.executable, "-c", found.script], capture_output=True, text=True, env={"PYTHONPATH": ""}
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "ordering" not in found.script
