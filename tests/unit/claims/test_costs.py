"""Claim 5: bytes kept for backward are counted, and measured times are checked and ruled upon."""

import json

import pytest
import torch

from ordering import activations, poolings
from ordering.claims import costs
from ordering.claims.records import CLAIMS, Answer
from ordering.claims.saving import chain, saved, saved_bytes
from ordering.claims.table import EXAMINERS, chosen, rulings
from ordering.claims.training import ORDERS
from ordering.errors import InvalidArgument, LoadError, UnknownEntry


def quiet(_line):
    """Tell nobody."""


@pytest.fixture
def given():
    return torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))


def test_the_bytes_that_autograd_keeps_are_counted_once(given):
    size = given.numel() * given.element_size()
    leaf = given.clone().requires_grad_()
    assert saved_bytes(lambda x: x + 1, leaf) == 0
    assert saved_bytes(lambda x: x.exp(), leaf) == size, "the result"
    assert saved_bytes(lambda x: x.exp().exp(), leaf) == 2 * size
    assert saved_bytes(lambda x: x.exp() * x.exp().detach(), leaf) == 2 * size
    assert saved_bytes(lambda x: (y := x.exp()) * y, leaf) == size, "one storage, kept twice"


def test_an_input_that_is_kept_twice_counts_once_and_relu_gains_nothing(given):
    size = given.numel() * given.element_size()
    relu = saved(activations["relu"], poolings["avg_pool2d"], given)
    # Averages keep their input and relu its result: activation first these are the same tensor.
    assert (relu.first, relu.second) == (size, size + size // 4)
    gelu = saved(activations["gelu"], poolings["avg_pool2d"], given)
    assert (gelu.first, gelu.second) == (2 * size, size + size // 4)


@pytest.mark.parametrize("convolution", [False, True])
def test_the_chain_is_both_orders(given, convolution):
    weight = torch.randn(2, 2, 3, 3, generator=torch.Generator().manual_seed(1)) if convolution else None
    f, pool = activations["relu"], poolings["avg_pool2d"]
    features = given if weight is None else torch.nn.functional.conv2d(given, weight, padding=1)
    first, second = (chain(f, pool, order, weight)(given) for order in ORDERS)
    assert torch.equal(first, pool.kernel(f.kernel(features), kernel_size=2))
    assert torch.equal(second, f.kernel(pool.kernel(features, kernel_size=2)))


# ---- the times -----------------------------------------------------------------------------------------


def times(*ratios):
    """Results with rows of these ratios."""
    return {
        "schema": costs.SCHEMA,
        "command": "a command",
        "versions": {"python": "3.11", "torch": "2"},
        "machine": {"system": "Linux", "cpu": "a processor", "level": "none", "threads": 1},
        "shape": [1, 2, 4, 4],
        "repeats": 5,
        "compiler": "not measured",
        "rows": [
            {
                "activation": "relu",
                "pooling": "max_pool2d",
                "convolution": bool(number % 2),
                "mode": "eager",
                "task": "inference",
                "seconds": {"activation_first": 1.0, "pooling_first": ratio},
                "ratio": {"median": ratio, "low": ratio * 0.95, "high": ratio * 1.05},
                "saved": None,
            }
            for number, ratio in enumerate(ratios)
        ],
        "seconds": 1.0,
        "made": "2026-01-01",
    }


def stored(tmp_path, data):
    file = tmp_path / "times.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def test_quicker_rows_hold_under_conditions_since_the_results_differ(tmp_path):
    ruling = costs.rule(quiet, file=stored(tmp_path, times(0.5, 0.8)))
    assert ruling.answer is Answer.CONDITIONS
    assert "nondecreasing" in ruling.conditions
    assert "0.50" in ruling.conditions
    assert "0.80" in ruling.conditions


def test_without_a_quicker_row_the_claim_does_not_hold(tmp_path):
    ruling = costs.rule(quiet, file=stored(tmp_path, times(1.0, 1.2)))
    assert ruling.answer is Answer.FAILS


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": []},
        {"schema": "ordering-study/1"},
        {"repeats": 1},
        {"command": ""},
        {"machine": {"cpu": "a processor"}},
        {"extra": 1},
    ],
)
def test_wrong_times_are_refused(tmp_path, damage):
    with pytest.raises(LoadError, match="benchmarks/"):
        costs.rule(quiet, file=stored(tmp_path, times(0.5) | damage))


def test_a_ratio_of_nothing_is_refused(tmp_path):
    data = times(0.5)
    data["rows"][0]["ratio"]["low"] = 0
    with pytest.raises(LoadError, match="rows/0/ratio/low"):
        costs.rule(quiet, file=stored(tmp_path, data))


def test_the_times_that_ship_say_where_they_come_from():
    ruling = costs.rule(quiet)
    told = next(each for each in ruling.evidence if dict(each.numbers).get("rows"))
    assert told.command.startswith("python benchmarks/pool_first.py")
    assert len(told.examples) == dict(told.numbers)["rows"]


# ---- the table -----------------------------------------------------------------------------------------


def test_every_claim_has_its_number_and_its_examiner():
    assert [claim.number for claim in CLAIMS] == list(EXAMINERS) == [1, 2, 3, 4, 5]
    assert chosen() == (1, 2, 3, 4, 5)
    assert chosen([3, 1, 3]) == (3, 1)


def test_what_is_no_claim_or_effort_is_refused():
    with pytest.raises(UnknownEntry, match="1 to 5"):
        chosen([6])
    with pytest.raises(InvalidArgument):
        rulings([3], effort="thorough")
    with pytest.raises(UnknownEntry):
        rulings([6])
    with pytest.raises(InvalidArgument):
        rulings([3], progress="loudly")  # type: ignore[arg-type]
