"""The poolings' references against values worked out by hand, and where torch departs from its documentation.

Each test of a departure shows both results; it fails on the day torch changes its mind.
"""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ordering import poolings
from ordering.catalogue import reference, windows
from ordering.evidence import Counterexample
from ordering.kernels import examine


def row(*values, dtype=torch.float32):
    return torch.tensor([[[values]]], dtype=dtype)


def listed(tensor):
    return tensor.flatten().tolist()


def test_every_pooling_has_a_reference():
    assert [name for name, pooling in poolings.items() if pooling.reference is None] == []


@pytest.mark.parametrize(
    ("name", "given", "arguments", "expected"),
    [
        ("lp_pool2d", (3, 4), {"norm_type": 2, "kernel_size": (1, 2)}, [5]),
        ("lp_pool2d", (-3, 4), {"norm_type": 2, "kernel_size": (1, 1)}, [3, 4]),
        ("lp_pool2d", (2, -2), {"norm_type": 4, "kernel_size": (1, 2)}, [32**0.25]),
        ("lp_pool2d", (0, 0), {"norm_type": 4, "kernel_size": (1, 2)}, [0]),
        ("interpolate_nearest", (1, 2, 3), {"size": (1, 5)}, [1, 1, 2, 2, 3]),
        ("interpolate_nearest", (1, 2, 3), {"size": (1, 2)}, [1, 2]),
        ("interpolate_bilinear", (0, 4), {"size": (1, 4)}, [0, 1, 3, 4]),
        ("interpolate_bilinear", (0, 6), {"size": (1, 4), "align_corners": True}, [0, 2, 4, 6]),
        ("interpolate_bilinear", (1, 5), {"size": (1, 1)}, [3]),
        ("interpolate_bilinear", (1, 5), {"size": (1, 1), "align_corners": True}, [1]),
        ("zero_pad2d", (1, 2), {"pad": (2, 1, 0, 0)}, [0, 0, 1, 2, 0]),
        ("zero_pad2d", (1,), {"pad": (0, 0, 1, 0)}, [0, 1]),
        ("flatten", (1, 2), {}, [1, 2]),
        (
            "fractional_max_pool2d",
            (6, 5, 4, 3, 2, 1),
            {"kernel_size": (1, 1), "output_size": (1, 4), "samples": (0.25, 0.0)},
            [6, 4, 3, 1],
        ),
    ],
)
def test_references_and_operators_by_hand(name, given, arguments, expected):
    pooling = poolings[name]
    assert pooling.reference is not None
    assert listed(pooling.reference(row(*given), **arguments)) == pytest.approx(expected)
    assert listed(pooling.kernel(row(*given), **arguments)) == pytest.approx(expected)


def test_flatten_and_permute_by_hand():
    given = torch.arange(8.0).reshape(1, 2, 2, 2)
    assert listed(reference.in_a_row(given)) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert listed(reference.channels_last(given)) == [0, 4, 1, 5, 2, 6, 3, 7]


def test_the_first_of_two_samples_is_for_the_last_axis_and_of_three_for_the_first():
    arguments = {"kernel_size": (1, 1), "output_size": (4, 4), "samples": (0.25, 0.0)}
    rows, columns = windows.fractional((6, 6), arguments)
    assert [place.start for place in rows] == [0, 1, 3, 5]
    assert [place.start for place in columns] == [0, 2, 3, 5]
    three = {"kernel_size": (1, 1, 1), "output_size": (4, 4, 4), "samples": (0.25, 0.0, 0.0)}
    first, *others = windows.fractional((6, 6, 6), three)
    assert [place.start for place in first] == [0, 2, 3, 5]
    assert [[place.start for place in axis] for axis in others] == [[0, 1, 3, 5]] * 2


def test_a_norm_that_overflows_in_the_dtype_is_held_to_nothing():
    pooling = poolings["lp_pool2d"]
    assert pooling.rounding is not None
    arguments = {"norm_type": 2, "kernel_size": (1, 2)}
    given = row(300, 300, 3, 4, torch.inf, 1, dtype=torch.float16)
    assert listed(pooling.kernel(given, **arguments)) == [torch.inf, 5, torch.inf]
    assert pooling.rounding(given, **arguments).isfinite().flatten().tolist() == [False, True, True]


# ---- where torch departs from its documentation --------------------------------------------------------


def test_power_pooling_fills_incomplete_windows():
    """`(sum x^p)^(1/p)` of the window {1} is 1; torch takes twice its mean and gets sqrt(2)."""
    assert listed(F.lp_pool1d(torch.ones(1, 1, 3), 2, 2, ceil_mode=True)) == pytest.approx([2**0.5, 2**0.5])
    documented = replace(
        poolings["lp_pool1d"], name="documented", reference=reference.norm(windows.sliding, filled=False)
    )
    found = examine("identity", documented, law="reduces_as_declared")
    assert isinstance(found, Counterexample)
    assert found.pooling_arguments["ceil_mode"]


def test_power_pooling_has_a_gradient_of_nan_where_no_window_reads():
    """The slope 2 x of the second element overflows; its share of the gradient is zero times infinity."""
    given = torch.tensor([[[0.0, 3e38]]], requires_grad=True)
    norm = F.lp_pool1d(given, 2, 1, stride=2)
    assert listed(norm) == [0]
    (gradient,) = torch.autograd.grad(norm.sum(), given)
    assert listed(gradient.isnan()) == [False, True]


def test_nearest_interpolation_finds_its_place_in_float32():
    """Output 41 of 82 from 2 is element `floor(41 * 2 / 82) = 1`; with `2 / 82` in float32 it is 0."""
    given = torch.tensor([[[[0.0, 1.0]]]])
    places = [place.start for place in windows.nearest((1, 2), {"size": (1, 82)})[1]]
    taken = listed(F.interpolate(given, size=(1, 82), mode="nearest"))
    assert [(i, place) for i, place in enumerate(places) if taken[i] != place] == [(41, 1)]


def test_fractional_pooling_places_its_windows_in_the_dtype_of_the_input():
    """In bfloat16 `(4 + u) a` with `a = 1` and u near one rounds to 5: element 4 is never read."""
    sample = float(torch.tensor(0.99, dtype=torch.bfloat16))
    arguments = {"kernel_size": (1, 1), "output_size": (1, 6), "samples": (sample, sample)}
    kernel = poolings["fractional_max_pool2d"].kernel
    given = row(*range(6))
    assert listed(kernel(given, **arguments)) == [0, 1, 2, 3, 4, 5]
    assert listed(kernel(given.to(torch.bfloat16), **arguments)) == [0, 1, 2, 3, 5, 5]


def test_fractional_pooling_in_bfloat16_reaches_beyond_its_input():
    """A valid call, 162 windows of one element among 164, ends in an internal assertion of torch."""
    arguments = {"kernel_size": (1, 1), "output_size": (1, 162), "samples": (0.9, 0.9)}
    kernel = poolings["fractional_max_pool2d"].kernel
    assert kernel(torch.zeros(1, 1, 1, 164), **arguments).shape[-1] == 162
    with pytest.raises(RuntimeError, match="INTERNAL ASSERT"):
        kernel(torch.zeros(1, 1, 1, 164, dtype=torch.bfloat16), **arguments)


def test_max_pool3d_selects_outside_a_window_of_infinities_with_channels_innermost():
    input = torch.full((1, 2, 4, 1, 1), -torch.inf).to(memory_format=torch.channels_last_3d).requires_grad_()
    result, places = F.max_pool3d(input, (2, 1, 1), return_indices=True)
    assert places[0, 0].flatten().tolist() == [0, 0]
    result.sum().backward()
    assert input.grad is not None
    assert input.grad[0, 0].flatten().tolist() == [2, 0, 0, 0]
    plain = F.max_pool3d(input.detach().contiguous(), (2, 1, 1), return_indices=True)[1]
    assert plain[0, 0].flatten().tolist() == [0, 2]


def test_adaptive_avg_pool3d_sums_in_half_precision():
    ones = torch.ones((1, 1, 14, 14, 14), dtype=torch.bfloat16)
    assert F.adaptive_avg_pool3d(ones, (1, 1, 2)).flatten().tolist() == [0.1865234375] * 2
    assert F.adaptive_avg_pool2d(ones[0], (1, 2)).flatten().unique().tolist() == [1]
    large = torch.tensor([65504.0, 32768.0], dtype=torch.float16).reshape(1, 1, 1, 2, 1)
    assert F.adaptive_avg_pool3d(large, (1, 1, 2)).isinf().all()
