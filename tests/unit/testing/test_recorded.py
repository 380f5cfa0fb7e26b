"""What trials find stands in pytest's JUnit file, by the supported way of user properties."""

import re
import xml.etree.ElementTree as ET

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
from hypothesis import settings
from ordering.testing import register_profiles

register_profiles()
settings.load_profile("ci")
"""

SUITE = """
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max
from ordering import Activation, x
from ordering.recording import record
from ordering.testing import parametrize_with_laws

WRONG = Activation("wrong", kernel=lambda t: torch.relu(-t), expression=Max(x, 0))

@parametrize_with_laws(laws=["commutes"], activations=["relu"], poolings=["max_pool2d", "avg_pool2d"])
def test_laws(trial):
    trial.check(seed=7)

@parametrize_with_laws(laws=["commutes"], activations=[WRONG], poolings=["max_pool2d"], alone=False)
def test_wrong(trial):
    trial.check(seed=7)

@parametrize_with_laws(laws=["commutes"], activations=["relu"], poolings=["max_pool2d"])
@settings(max_examples=5)
@given(data=st.data())
def test_cases(trial, data):
    trial.check_case(data.draw(trial.cases(torch.float16)))

def test_hostile():
    record(found="\\x1b[31m<b>&\\x00\\"")

def test_other():
    pass
"""


@pytest.fixture
def properties(pytester):
    """The properties of each test, from a run with `--junitxml`."""
    pytester.makepyfile(conftest=CONFTEST, test_mine=SUITE)
    file = pytester.path / "junit.xml"
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "ordering.recording", f"--junitxml={file}")
    return {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in ET.parse(file).iter("testcase")
    }


def test_the_junit_file_holds_what_every_trial_found(properties):
    holds = properties["test_laws[commutes[max_pool2d-relu]]"]
    assert {name.removeprefix("ordering."): value for name, value in holds.items()} == {
        "law": "commutes",
        "activation": "relu",
        "pooling": "max_pool2d",
        "dtype": "float32",
        "seed": "7",
        "answer": "as theory says",
        "found": holds["ordering.found"],
        "gap": "0",
        "gap_ulp": "0",
    }
    assert re.fullmatch("survived [0-9]+ examples", holds["ordering.found"])
    fails = properties["test_laws[commutes[avg_pool2d-relu]]"]
    assert fails["ordering.answer"] == "as theory says"
    assert fails["ordering.found"].startswith("broken")
    assert float(fails["ordering.gap"]) > 0
    assert int(fails["ordering.gap_ulp"]) > 0
    assert properties["test_laws[expression_is_kernel[relu]]"]["ordering.answer"] == "as theory says"
    scan = properties["test_laws[scan[float16-relu]]"]
    assert (scan["ordering.dtype"], scan["ordering.gap_ulp"]) == ("float16", "0")


def test_failures_and_tests_with_given_have_properties_and_other_tests_none(properties):
    wrong = properties["test_wrong[commutes[max_pool2d-wrong]]"]
    assert wrong["ordering.activation"] == "wrong"
    assert wrong["ordering.answer"] == "not what theory says"
    case = properties["test_cases[commutes[max_pool2d-relu]]"]
    assert (case["ordering.law"], case["ordering.dtype"]) == ("commutes", "float16")
    assert case["ordering.answer"] == "as theory says"
    assert properties["test_other"] == {}
    assert "<b>&" in properties["test_hostile"]["ordering.found"], "what users write breaks no XML"
    assert "\x1b" not in properties["test_hostile"]["ordering.found"]
