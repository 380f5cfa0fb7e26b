"""Every pooling of the catalogue in exact arithmetic, against its float reference, output by output."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from ordering import load_pooling, poolings
from ordering.catalogue import activations
from ordering.catalogue.exact import average
from ordering.errors import InvalidEntry
from ordering.pooling import Kind, Pooling
from ordering.symbolic.standins import ExactCase, NoNumber, numbers_of

CASES = [
    ("max_pool1d", (7,), {"kernel_size": (3,), "stride": (2,), "padding": (1,), "ceil_mode": True}),
    ("max_pool2d", (5, 6), {"kernel_size": (2, 3), "stride": (1, 2), "dilation": (2, 1)}),
    ("min_pool2d", (4, 5), {"kernel_size": 3, "padding": 1}),
    ("max_pool3d", (3, 4, 3), {"kernel_size": 2, "stride": 1}),
    ("avg_pool2d", (5, 5), {"kernel_size": 3, "padding": 1}),
    ("avg_pool2d", (5, 5), {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    ("avg_pool2d", (5, 5), {"kernel_size": 3, "padding": 1, "divisor_override": 7}),
    ("avg_pool2d", (6, 5), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("avg_pool1d", (7,), {"kernel_size": (4,), "stride": (3,), "ceil_mode": True}),
    ("avg_pool3d", (3, 3, 4), {"kernel_size": 3, "padding": 1}),
    ("adaptive_max_pool2d", (5, 7), {"output_size": (2, 3)}),
    ("adaptive_avg_pool2d", (5, 7), {"output_size": (2, 3)}),
    (
        "fractional_max_pool2d",
        (7, 6),
        {"kernel_size": (2, 3), "output_size": (3, 2), "samples": (0.25, 0.75)},
    ),
    ("lp_pool2d", (5, 5), {"norm_type": 2, "kernel_size": 2, "ceil_mode": True}),
    ("lp_pool1d", (6,), {"norm_type": 4, "kernel_size": (3,)}),
    ("global_max_pool2d", (3, 4), {}),
    ("global_avg_pool2d", (3, 4), {}),
    ("interpolate_nearest", (3, 4), {"size": (5, 2)}),
    ("interpolate_bilinear", (3, 4), {"size": (5, 3)}),
    ("interpolate_bilinear", (3, 4), {"size": (4, 7), "align_corners": True}),
    ("interpolate_bilinear", (1, 2), {"size": (1, 1)}),
    ("zero_pad2d", (2, 3), {"pad": (1, 2, 0, 1)}),
    ("flatten", (2, 3), {}),
    ("permute", (2, 3), {}),
]


def exact_pooling(pooling: Pooling, given: Tensor, arguments: dict[str, object]) -> ExactCase:
    return ExactCase(activations["identity"], pooling, numbers_of(given), arguments, given=given)  # type: ignore[arg-type]


def test_every_pooling_of_the_catalogue_is_among_the_cases_or_has_a_sibling_there() -> None:
    kinds = {name.rstrip("123d") for name, _, _ in CASES}
    assert {name.rstrip("123d") for name in poolings} <= kinds


@pytest.mark.parametrize(("name", "spatial", "arguments"), CASES)
def test_an_output_is_what_the_reference_says(
    name: str, spatial: tuple[int, ...], arguments: dict[str, object]
) -> None:
    pooling = poolings[name]
    assert pooling.reference is not None
    given = torch.linspace(-3, 4, 2 * 2 * torch.Size(spatial).numel()).reshape(2, 2, *spatial)
    given = given[..., torch.randperm(spatial[-1], generator=torch.Generator().manual_seed(3))]
    plain = pooling.reference(given.double(), **arguments)
    case = exact_pooling(pooling, given, arguments)
    pooled = case.pool(case.input)
    for index in product(*map(range, plain.shape)):
        element = pooled.element(index)
        expected = float(plain[index])
        value = float(element.real.closed)
        assert abs(value - expected) <= 1e-12 * max(1.0, abs(expected)), (index, element.text)
        assert element.permitted.contains(element.real.enclose())


def test_weights_are_fractions() -> None:
    window = poolings["avg_pool2d"].exact((5, 5), {"kernel_size": 3, "padding": 1}, (0, 0))  # type: ignore[misc]
    assert window is not None
    assert window.positions == (0, 1, 5, 6)
    assert set(window.weights) == {Fraction(1, 9)}


def test_layers_are_as_exact_as_the_functions() -> None:
    layer = load_pooling(nn.AvgPool2d(3, padding=1, divisor_override=5))
    given = torch.tensor([[[[1.0, 2.0], [3.0, -5.0]]]])
    case = exact_pooling(layer, given, {})
    assert case.pool(case.input).element((0, 0, 0, 0)).text == "sum(1, 2, 3, -5)/5"


def test_what_is_not_known_of_a_pooling_is_said() -> None:
    given = torch.tensor([[[[1.0, 2.0]]]])
    for kind, missing in ((Kind.MEAN, "Pooling.exact"), (Kind.SELECT_MAX, "Pooling.windows")):
        own = Pooling("own", kernel=lambda t: t, dimensions=2, kinds=(kind,))
        case = exact_pooling(own, given, {})
        with pytest.raises(NoNumber, match=missing):
            case.pool(case.input)
    with pytest.raises(InvalidEntry, match="exact"):
        Pooling("own", kernel=lambda t: t, dimensions=2, kinds=(Kind.MEAN,), exact=3)  # type: ignore[arg-type]


def test_a_window_wholly_in_padding_has_no_number() -> None:
    given = torch.tensor([[[[1.0, 2.0]]]])
    arguments: dict[str, object] = {"kernel_size": 2, "padding": 1, "dilation": 2}
    case = exact_pooling(poolings["max_pool2d"], given, arguments)
    assert float(poolings["max_pool2d"].kernel(given, **arguments)[0, 0, 0, 0]) == -torch.inf
    with pytest.raises(NoNumber, match="padding"):
        case.pool(case.input).element((0, 0, 0, 0))
    divided_by_zero = average(lambda _spatial, _arguments: ((range(3, 5),),))
    assert divided_by_zero((2,), {"count_include_pad": False}, (0,)) is None
