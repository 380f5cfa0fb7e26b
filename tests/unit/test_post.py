"""The well-known post's two printed examples: both orders give its printed tables to four decimals."""

import pytest
import torch

from ordering import activations, poolings

MAX_INPUT = [
    [0.0489, -0.5657, -0.1745, 0.1998, 0.1667],
    [0.0288, -0.4943, -0.5088, 0.6079, -0.2137],
    [-0.6882, 0.2084, -0.9552, 0.4098, -0.0591],
    [0.4386, -0.4203, 0.8329, -0.9906, 0.5458],
    [1.2271, 0.1976, 0.0591, 1.4228, -2.0060],
]
AVG_INPUT = [
    [-0.5341, -0.2345, 0.8252, 0.1597, 0.7983],
    [-1.5555, -0.1043, -0.1961, 0.1143, 0.7206],
    [-0.6428, 0.2705, -2.1325, 0.1707, 0.9366],
    [1.2081, 0.3856, -2.1711, 0.0173, -0.2482],
    [0.8903, -0.6599, 0.9174, -0.4508, -1.2815],
]
MAX_EITHER = [[0.0489, 0.6079], [0.4386, 0.8329]]
AVG_ACTIVATION_FIRST = [[0.0000, 0.2748], [0.4661, 0.0470]]
AVG_POOLING_FIRST = [[0.0000, 0.2258], [0.3054, 0.0000]]


@pytest.mark.parametrize(
    ("pooling", "values", "activation_first", "pooling_first"),
    [
        pytest.param("max", MAX_INPUT, MAX_EITHER, MAX_EITHER, id="max"),
        pytest.param("avg", AVG_INPUT, AVG_ACTIVATION_FIRST, AVG_POOLING_FIRST, id="avg"),
    ],
)
def test_both_orders_give_the_printed_tables(pooling, values, activation_first, pooling_first):
    features = torch.tensor(values)[None, None]
    relu, pool = activations["relu"].kernel, poolings[pooling].kernel

    def agrees_to_four_decimals(tensor, table):
        # The post printed its inputs rounded: (1.2081 + 0.3856 + 0.2705) / 4 = 0.46605 is a tie that it shows
        # as 0.4661.  Half a unit in the fourth decimal, and the rounding of three float32 operations.
        unit = 1e-4
        gaps = (tensor[0, 0].double() - torch.tensor(table, dtype=torch.float64)).abs()
        return gaps.shape == (2, 2) and bool((gaps <= unit / 2 + 3 * torch.finfo(torch.float32).eps).all())

    assert agrees_to_four_decimals(pool(relu(features), kernel_size=2), activation_first)
    assert agrees_to_four_decimals(relu(pool(features, kernel_size=2)), pooling_first)


def test_the_two_orders_of_the_average_example_really_differ():
    features = torch.tensor(AVG_INPUT)[None, None]
    relu, pool = activations["relu"].kernel, poolings["avg"].kernel
    gap = (pool(relu(features), kernel_size=2) - relu(pool(features, kernel_size=2))).max()
    assert gap == pytest.approx(0.4661 - 0.3054, abs=1e-4)
