"""Claim 3: the training study runs, is deterministic and goes on; its results are checked and ruled upon."""

import dataclasses
import json

import pytest
import torch

from ordering import activations
from ordering.claims import learning
from ordering.claims.records import Answer
from ordering.claims.study import ACTIVATIONS, collected, load_study, runs, study_data, todo
from ordering.claims.training import ORDERS, Block, Run, Setup, train
from ordering.errors import InvalidArgument, LoadError, NotApplicable

TINY = Setup(channels=(2, 2), epochs=1, early=1, batch=256)


def made(setup=TINY, seeds=2, journal=None):
    return list(runs(todo(seeds), setup, journal))


def synthetic(loss, control, zeros, seeds=24, without=0.0):
    """A study with these differences, and some spread between its seeds."""
    found = []
    for seed in range(seeds):
        spread = 0.004 * ((seed % 3) - 1)
        for activation in ACTIVATIONS:
            apart = loss if activation == "relu" else control
            for order in ORDERS:
                second = order == ORDERS[1]
                share = 0.2 + second * (zeros + spread) if activation == "relu" else without
                found.append(
                    Run(
                        seed=seed,
                        activation=activation,
                        order=order,
                        accuracy=0.95 - second * (apart + spread),
                        early_accuracy=0.9,
                        loss=0.1,
                        zeros=(share, share),
                        dead=(0.1, 0.1),
                        zeros_at_start=(0.3, 0.3),
                        no_gradient_at_start=0.5,
                    )
                )
    return collected(found, Setup(), "a command", 1.0)


# ---- running it ----------------------------------------------------------------------------------------


def test_a_tiny_study_runs_and_is_deterministic():
    first, again = made(), made()
    assert first == again
    assert len(first) == 2 * len(ACTIVATIONS) * len(ORDERS)
    assert {run.order for run, _ in first} == set(ORDERS)
    assert all(0 <= share <= 1 for run, _ in first for share in (*run.zeros, *run.dead, run.accuracy))


def test_both_orders_of_a_seed_start_from_the_same_weights_and_pictures():
    with torch.random.fork_rng(devices=[]):
        blocks = []
        for order in ORDERS:
            torch.manual_seed(3)
            blocks.append(Block(1, 2, activations["relu"], order))
    assert torch.equal(blocks[0].convolution.weight, blocks[1].convolution.weight)
    picture = torch.randn(1, 2, 4, 4)
    assert not torch.equal(blocks[0].after(picture), blocks[1].after(picture))


def test_with_both_orders_made_the_same_every_difference_is_zero(monkeypatch):
    def after(self, features):
        return self.activation.kernel(features)[..., ::2, ::2]

    monkeypatch.setattr(Block, "after", after)
    study = collected([run for run, _ in made()], TINY, "a command", 1.0)
    for activation in ACTIVATIONS:
        for first, second in study.pairs(activation):
            assert dataclasses.replace(first, order="") == dataclasses.replace(second, order="")


def test_a_study_goes_on_from_its_journal(tmp_path):
    journal = tmp_path / "study.jsonl"
    half = list(runs(todo(2)[:5], TINY, journal))
    rest = made(journal=journal)
    assert [new for _, new in rest] == [False] * 5 + [True] * (len(rest) - 5)
    assert [run for run, _ in rest[:5]] == [run for run, _ in half]
    assert [run for run, _ in rest] == [run for run, _ in made()]


def test_a_journal_of_another_setup_or_of_something_else_is_refused(tmp_path):
    journal = tmp_path / "study.jsonl"
    list(runs(todo(2)[:1], TINY, journal))
    with pytest.raises(LoadError, match="another setup"):
        list(runs(todo(2)[:1], Setup(), journal))
    journal.write_text("no run\n", encoding="utf-8")
    with pytest.raises(LoadError, match="line 1"):
        list(runs(todo(2)[:1], TINY, journal))


@pytest.mark.parametrize("seeds", [0, 1, "2", 2.5])
def test_too_few_seeds_are_refused(seeds):
    with pytest.raises(InvalidArgument):
        todo(seeds)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    def missing(_name):
        raise ImportError

    monkeypatch.setattr("ordering.claims.training.import_module", missing)
    monkeypatch.setattr("ordering.claims.training.digits", train.__globals__["digits"].__wrapped__)
    with pytest.raises(NotApplicable, match="ordering\\[study\\]"):
        train(0, "relu", ORDERS[0], TINY)


# ---- its results ---------------------------------------------------------------------------------------


def stored(tmp_path, data):
    file = tmp_path / "study.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def test_the_results_are_read_as_they_were_written(tmp_path):
    study = collected([run for run, _ in made()], TINY, "a command", 1.0)
    assert load_study(stored(tmp_path, study_data(study))) == study


def damaged(data, damage):
    data = json.loads(json.dumps(data))
    match damage:
        case "schema":
            data["schema"] = "ordering-study/0"
        case "share":
            data["runs"][0]["accuracy"] = 1.5
        case "field":
            del data["runs"][0]["zeros"]
        case "pair":
            del data["runs"][0]
        case "twice":
            data["runs"].append(data["runs"][0])
        case "machine":
            del data["machine"]
    return data


@pytest.mark.parametrize("damage", ["schema", "share", "field", "pair", "twice", "machine"])
def test_a_wrong_study_is_refused(tmp_path, damage):
    good = study_data(synthetic(0.02, 0.02, 0.2))
    load_study(stored(tmp_path, good))
    with pytest.raises(LoadError, match="benchmarks/"):
        load_study(stored(tmp_path, damaged(good, damage)))


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path):
    with pytest.raises(LoadError, match="cannot read"):
        load_study(tmp_path / "missing.json")
    file = tmp_path / "study.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(LoadError, match="no JSON"):
        load_study(file)


def test_the_study_that_ships_has_its_pairs_and_says_where_it_comes_from():
    study = load_study()
    assert len(study.seeds) >= 20
    assert study.command.startswith("python benchmarks/study.py")
    ruling = learning.rule(lambda _line: None)
    source = ruling.evidence[0].sentence
    assert study.machine["cpu"].split(",")[0] in source
    assert study.versions["torch"] in source


# ---- the ruling ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "control", "zeros", "answer", "said"),
    [
        pytest.param(0.02, 0.0, 0.2, Answer.CONDITIONS, "the loss and its reason", id="because"),
        pytest.param(0.02, 0.02, 0.2, Answer.CONDITIONS, "the loss, and not its reason", id="another-reason"),
        pytest.param(0.0, 0.0, 0.2, Answer.FAILS, "less than a point", id="no-loss"),
        pytest.param(-0.02, 0.0, 0.2, Answer.FAILS, "less than a point", id="better"),
        pytest.param(0.02, 0.0, -0.1, Answer.FAILS, "no more features", id="fewer-zeros"),
        pytest.param(0.02, 0.01, 0.2, Answer.UNDECIDED, "reason is open", id="reason-open"),
    ],
)
def test_what_is_ruled_on_known_differences(loss, control, zeros, answer, said):
    ruling = learning.ruled(synthetic(loss, control, zeros))
    assert ruling.answer is answer
    assert said in ruling.conditions


def test_a_control_with_zeros_leaves_the_reason_open():
    ruling = learning.ruled(synthetic(0.02, 0.0, 0.2, without=0.1))
    assert ruling.answer is Answer.UNDECIDED
    assert "reason is open" in ruling.conditions


def test_fewer_than_twenty_seeds_decide_nothing():
    ruling = learning.ruled(synthetic(0.02, 0.0, 0.2, seeds=19))
    assert ruling.answer is Answer.UNDECIDED
    assert ruling.open
