"""Trials that can only skip are left out when they are collected, and nothing goes unmentioned."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from sympy import Max, Piecewise, Rational, sqrt

from ordering import Activation, activations, laws, poolings, x
from ordering.testing import Trial, parametrize_with_laws
from ordering.testing.foreseen import answerable, foreseen


def ids(**chosen):
    def test_something(trial):
        trial.check()

    decorated: Any = parametrize_with_laws(**chosen, alone=False)(test_something)
    (mark,) = decorated.pytestmark
    return [parameter.id for parameter in mark.args[1]]


def trials(law, pooling):
    return [Trial(laws[law], poolings[pooling], activation) for activation in activations.values()]


def skips(trial, dtype=torch.float32):
    """Whether its check skips, which is seen before anything is drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trial, "_must_hold", lambda *arguments: None)
        patch.setattr(Trial, "_must_fail", lambda *arguments: None)
        # The whole catalogue's expressions are its kernels, as their own trials say.
        for name in ("unfaithful", "unverified"):
            patch.setattr(f"ordering.testing.trial.{name}", lambda activation: "")
        try:
            trial.check(dtype)
        except pytest.skip.Exception:
            return True
        return False


@pytest.mark.parametrize(
    ("law", "pooling"),
    [
        ("gap_formula", "avg_pool2d"),
        ("chord_bound", "avg_pool2d"),
        ("zeros_nest", "max_pool2d"),
        ("nan_is_kept", "max_pool2d"),
    ],
)
def test_what_is_left_out_skips_for_every_activation_of_the_catalogue(law, pooling):
    chosen = trials(law, pooling)
    left_out = [trial for trial in chosen if foreseen(trial.law, trial.pooling, trial.activation)]
    assert left_out
    assert [str(trial) for trial in left_out if not skips(trial)] == []
    # A glance sees all but what is finer than it looks.
    kept = [trial for trial in chosen if trial not in left_out]
    assert sum(map(skips, kept)) <= len(chosen) / 10


@pytest.mark.parametrize("law", ["indices_agree", "gradients_agree"])
def test_what_rounding_leaves_without_an_answer_is_left_out_where_the_dtype_is_known(law):
    of_law = trials(law, "max_pool2d")
    told = [bool(foreseen(t.law, t.pooling, t.activation, torch.float16)) for t in of_law]
    assert told == [skips(trial, torch.float16) for trial in of_law]
    assert 0 < sum(told) < len(told)
    assert not any(foreseen(t.law, t.pooling, t.activation) for t in of_law), (
        "without a dtype nothing is proved"
    )
    together = answerable([*of_law, *trials("commutes", "max_pool2d")], torch.float16)
    assert len(together) == 2 * len(of_law) - sum(told)


def test_nothing_is_proved_and_nothing_is_pooled_while_collecting(monkeypatch):
    def fails(*arguments, **named):
        raise AssertionError("something was proved, or examined")

    for name in ("shape_of", "unfaithful", "unverified", "examine", "equates_orders"):
        monkeypatch.setattr(f"ordering.testing.trial.{name}", fails)
    assert ids()


def test_a_necessary_condition_leaves_nothing_out():
    assert foreseen(laws["chord_bound"], poolings["avg_pool2d"], activations["silu"])
    necessary = replace(laws["chord_bound"], necessary=True)
    assert foreseen(necessary, poolings["avg_pool2d"], activations["silu"]) == ""


def test_only_where_every_kind_of_the_pooling_lacks_what_it_needs():
    law = laws["zeros_nest"]
    one_of_two = replace(
        law, needs={**law.needs, **dict.fromkeys(poolings["avg_pool2d"].kinds[1:], "nonincreasing")}
    )
    falling = Activation("falling", kernel=torch.neg, expression=-x)
    assert foreseen(law, poolings["avg_pool2d"], falling)
    assert foreseen(one_of_two, poolings["avg_pool2d"], falling) == ""


def test_only_where_the_activation_is_claimed_is_it_looked_at():
    # It dips below zero at 3 alone, which lies outside of where it is claimed.
    dips = Piecewise((x**2, x < 3), (-1, True))
    everywhere = Activation("dips", kernel=torch.square, expression=dips)
    assert foreseen(laws["zeros_nest"], poolings["max_pool2d"], everywhere)
    below = replace(everywhere, high=Rational(2))
    assert foreseen(laws["zeros_nest"], poolings["max_pool2d"], below) == ""
    # Not real below zero, and convex nowhere: sqrt is looked at where it is real.
    root = Activation("root", kernel=torch.sqrt, expression=sqrt(x), low=Rational(0))
    assert foreseen(laws["chord_bound"], poolings["avg_pool2d"], root)


def test_without_an_expression_nothing_is_foreseen():
    assert foreseen(laws["zeros_nest"], poolings["max_pool2d"], Activation("mine", kernel=F.silu)) == ""


def test_what_would_have_no_trial_left_keeps_one_that_skips_with_its_reason():
    assert ids(laws=["gap_formula"], activations=["silu", "gelu"], poolings=["avg_pool2d"]) == [
        "gap_formula[avg_pool2d-silu]",
        "gap_formula[avg_pool2d-gelu]",
    ]
    with pytest.raises(pytest.skip.Exception, match="which silu is not"):
        Trial(laws["gap_formula"], poolings["avg_pool2d"], activations["silu"]).check()
    assert ids(laws=["gap_formula", "jensen"], activations=["relu", "silu"], poolings=["avg_pool2d"]) == [
        "gap_formula[avg_pool2d-relu]",
        "jensen[avg_pool2d-relu]",
        "jensen[avg_pool2d-silu]",
    ]


def test_every_law_pooling_and_activation_that_is_registered_keeps_a_trial():
    chosen = [
        Trial(law, pooling, activation)
        for law in laws.values()
        for pooling in poolings.values()
        if law.applies_to(pooling)
        for activation in activations.values()
    ]
    kept = answerable(chosen)
    assert 0 < len(kept) < len(chosen)
    for part in ("law", "pooling", "activation"):
        assert {getattr(trial, part).name for trial in kept} == {
            getattr(trial, part).name for trial in chosen
        }


def test_an_obstacle_that_raises_is_left_to_its_trial():
    def raises(activation, pooling):
        raise ZeroDivisionError("of the user's own")

    mine = replace(laws["commutes"], name="mine", requires=raises)
    chosen = Trial(mine, poolings["max_pool2d"], Activation("mine", kernel=F.relu, expression=Max(x, 0)))
    assert answerable([chosen]) == [chosen]
    with pytest.raises(ZeroDivisionError):
        chosen.check()
