"""What a failing trial tells in a pytest run of its own: rows, width, script, and text that is not obeyed."""

import os
import re
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from ordering import laws, poolings
from ordering.activation import Activation
from ordering.kernels.counterexample import describe
from ordering.law import Case
from ordering.testing.failing import WIDTH, apart, brief

CONFTEST = """
from ordering.testing import register_profiles

register_profiles()
"""
SUITE = r"""
from dataclasses import replace

import torch.nn.functional as F
from hypothesis import given, settings, strategies as st
from ordering import laws
from ordering.pooling import Kind, Pooling
from ordering.testing import parametrize_with_laws


def selecting(name, kernel):
    taken = frozenset({"kernel_size"})
    return Pooling(name, kernel=kernel, dimensions=2, kinds=(Kind.SELECT_MAX,), arguments=taken)


def averages(t, kernel_size):
    return F.avg_pool2d(t, kernel_size)


def never_looks_at_two(t, kernel_size):
    return t[..., ::2]


def triples(t, kernel_size):
    return 3 * F.max_pool2d(t, kernel_size)


def case(law, activation, pooling):
    return parametrize_with_laws(laws=[law], activations=[activation], poolings=[pooling], alone=False)


HOSTILE = replace(laws["commutes"], name="hostile", statement="\x1b[31mred\x1b[0m\r\n\x9b2J\u202e <b>")


@case("commutes", "relu", selecting("averages", averages))
def test_must_hold(trial):
    trial.check(examples=20)


@case("commutes", "silu", selecting("first", never_looks_at_two))
def test_must_fail(trial):
    trial.check(examples=20)


@case("commutes", "silu", selecting("triples", triples))
def test_beyond(trial):
    trial.check(examples=20)


@case("commutes", "relu", selecting("averages", averages))
@given(data=st.data())
def test_given(trial, data):
    trial.check_case(data.draw(trial.cases()))


@case(HOSTILE, "relu", selecting("averages", averages))
def test_hostile(trial):
    trial.check(examples=20)
"""
ROWS = [
    "law",
    "activation",
    "pooling",
    "dtype",
    "theory",
    "counterexample",
    "gap",
    "difference",
    "seed",
    "script",
]


def run(folder, *options, only="", **environment):
    """What pytest prints in a process of its own that nobody watches."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_mine.py").write_text(SUITE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--hypothesis-profile=ci",
        *options,
        *(["-k", only] if only else []),
    ]
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    done = subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.decode()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder of one run, and the text of each of its failures by the name of the test."""
    folder = tmp_path_factory.mktemp("failing")
    printed = run(folder, CI="1")
    parts = re.split(
        r"^_+ (test_\w+)\[.*\] _+$", printed.partition("short test summary")[0], flags=re.MULTILINE
    )
    return folder, {
        name: re.sub(r"^E ?( {6}|$)", "", text, flags=re.MULTILINE) for name, text in pairs(parts)
    }


def pairs(parts):
    return zip(parts[1::2], parts[2::2], strict=True)


def flat(text):
    """The text as one line."""
    return " ".join(text.split())


def rows(text):
    """The labels at the left margin, in their order, each once."""
    return [
        label
        for label in re.findall(r"^([a-z]+)  +\S", text, re.MULTILINE)
        if label in (*ROWS, "bound", "examined")
    ]


def row(text, label):
    """A row's lines as one."""
    found = re.search(rf"^{label}  +(.*(?:\n {{16}}.*)*)", text, re.MULTILINE)
    assert found is not None, text
    return flat(found[1])


def with_one_more(label, after):
    place = ROWS.index(after) + 1
    return [*ROWS[:place], label, *ROWS[place:]]


# ---- the three kinds of failure ----------------------------------------------------------------------------


@pytest.mark.parametrize("test", ["test_must_hold", "test_given"])
def test_a_law_that_must_hold_and_does_not(first, test):
    told = first[1][test]
    assert "commutes[averages-relu]: the law must hold for select_max, yet it is broken: 0.5 = " in flat(told)
    assert rows(told) == ROWS
    assert row(told, "law").startswith("commutes: P(f(x)) = f(P(x))")
    assert row(told, "pooling") == "averages(kernel_size=(1, 2))"
    assert row(told, "theory") == (
        "must hold for select_max, since relu is nondecreasing (a <= b implies f(a) <= f(b))"
    )
    steps = re.findall(r"(\S+) += (\[.*?\]+)(?: |$)", row(told, "counterexample"))
    assert [name for name, _ in steps] == ["x", "f(x)", "P(f(x))", "P(x)", "f(P(x))"]
    assert [values for name, values in steps if name.count("(") == 2] == ["[[[[0.5]]]]", "[[[[0.0]]]]"]
    assert row(told, "gap") == "0.5 = 1,056,964,608 ULP, first at [0, 0, 0, 0]"
    assert f"pytest 'test_mine.py::{test}[commutes[averages-relu]]'" in told


def test_a_law_that_must_fail_and_survives(first):
    told = first[1]["test_must_fail"]
    assert "commutes[first-silu]: the law must fail for select_max, yet none of" in flat(told)
    without = [label for label in ROWS if label not in ("gap", "difference")]
    assert rows(told) == [*without[:5], "examined", *without[5:]]
    assert row(told, "theory").endswith(
        "since silu is not nondecreasing (a <= b implies f(a) <= f(b)): witness -2, -1"
    )
    assert row(told, "counterexample") == "none"
    assert row(told, "script") == "none: there is no counterexample to be run"
    assert "--hypothesis-seed=0" in told


def test_a_gap_beyond_the_bound(first):
    told = first[1]["test_beyond"]
    passes = "commutes[triples-silu]: the gap between the orders passes the proved drawdown 0.278465: 0.6645"
    assert passes in flat(told)
    assert rows(told) == with_one_more("bound", "gap")
    assert row(told, "bound").startswith("0.278465 is the proved drawdown, and ")


# ---- width, colour, hostile text ---------------------------------------------------------------------------


def test_all_is_shown_at_one_width_and_nothing_is_coloured(first):
    for told in first[1].values():
        assert "\x1b" not in told
        block = told.partition("Run it again with")[0].splitlines()
        start = next(
            place for place, line in enumerate(block) if line.startswith(("commutes[", "hostile[", "    "))
        )
        assert all(len(line) <= 100 for line in block[start:])


def test_control_codes_of_users_are_shown_and_not_obeyed(first):
    told = first[1]["test_hostile"]
    assert row(told, "law") == r"hostile: \x1b[31mred\x1b[0m\r \x9b2J\u202e <b>"
    assert {sign for sign in told if not sign.isprintable()} == {"\n"}


# ---- the script --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", ["test_must_hold", "test_beyond", "test_given", "test_hostile"])
def test_the_script_is_in_pytests_cache_and_exits_as_promised(first, test):
    folder, told = first[0], first[1][test]
    path = folder / row(told, "script")
    assert path.parent == folder / ".pytest_cache" / "d" / "ordering-scripts"
    assert f"    python {path.relative_to(folder)}\n" in told
    run_it = [sys.executable, str(path)]
    done = subprocess.run(
        run_it, cwd=folder, env={"PYTHONPATH": ""}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    mended = re.sub(r"    return .*", "    return t", path.read_text())
    again = subprocess.run(
        [sys.executable, "-c", mended], env={"PYTHONPATH": ""}, capture_output=True, check=False
    )
    assert again.returncode == 0


def test_in_ci_the_script_stands_in_the_report_too_and_once(first):
    folder, told = first[0], first[1]["test_must_hold"]
    assert told.count((folder / row(told, "script")).read_text().rstrip()) == 1


def test_a_run_leaves_nothing_beside_its_caches(first):
    assert {path.name for path in first[0].iterdir()} <= {
        "conftest.py",
        "test_mine.py",
        ".pytest_cache",
        ".hypothesis",
        "__pycache__",
    }
    kept = first[0] / ".pytest_cache" / "d" / "ordering-scripts"
    assert len([*kept.iterdir()]) == 4
    assert {path.suffix for path in kept.iterdir()} == {".py"}


@pytest.mark.parametrize("why", ["no cache", "a file is in the way"])
def test_a_script_that_cannot_be_written_is_shown_with_the_reason(tmp_path, why):
    if why == "no cache":
        printed = run(tmp_path, "-p", "no:cacheprovider", only="test_must_hold")
        reason = "pytest keeps no cache here"
    else:
        (tmp_path / ".pytest_cache" / "d").mkdir(parents=True)
        (tmp_path / ".pytest_cache" / "d" / "ordering-scripts").write_text("mine")
        printed = run(tmp_path, only="test_must_hold")
        reason = "File exists"
    assert row(printed, "script").startswith("below, since it could not be written: ")
    assert reason in " ".join(printed.split())
    script = printed[printed.index("# commutes is broken by relu") :]
    assert "sys.exit(0 if torch.equal(activation_first, pooling_first) else 1)" in script


def test_a_link_in_the_place_of_the_script_is_not_followed(tmp_path):
    path = tmp_path / row(run(tmp_path, only="test_must_hold"), "script")
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    path.unlink()
    path.symlink_to(mine)
    run(tmp_path, only="test_must_hold")
    assert mine.read_text() == "mine"
    assert not path.is_symlink()


# ---- tensors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tensor", "index", "text"),
    [
        (torch.tensor([[0.1, -0.0]]), (), "[[0.1, -0.0]]"),
        (torch.tensor([1 / 3], dtype=torch.float64), (), "[0.3333333333333333]"),
        (torch.tensor([float("nan"), float("-inf")]), (), "[nan, -inf]"),
        (torch.full((4, 5), float("nan")), (), "20 numbers, shape (4, 5), all nan"),
        (
            torch.arange(100),
            (50,),
            "100 numbers, shape (100,), of which [46:54] is [46, 47, 48, 49, 50, 51, 52, 53]",
        ),
        (
            torch.arange(60.0).reshape(2, 3, 2, 5),
            (1, 2, 1, 4),
            "60 numbers, shape (2, 3, 2, 5), of which [1, 2, 0:2, 0:5] is "
            "[[50.0, 51.0, 52.0, 53.0, 54.0], [55.0, 56.0, 57.0, 58.0, 59.0]]",
        ),
        (torch.empty(0, 3), (), "[]"),
    ],
)
def test_a_large_tensor_is_cut_with_its_size_told(tensor, index, text):
    assert brief(tensor, index) == text


def test_what_has_no_distance_is_told_by_what_stands_against_what():
    def described(kernel):
        given = torch.tensor([[[[1.0, 2.0]]]])
        case = Case(Activation("f", kernel=kernel), poolings["avg_pool2d"], given, {"kernel_size": (1, 2)})
        return apart(describe(laws["commutes"], case))

    assert described(lambda t: t if t.shape[-1] > 1 else t + torch.nan) == "1.5 against nan"
    assert described(lambda t: t if t.shape[-1] > 1 else t.double()) == "torch.float32 against torch.float64"
    assert described(lambda t: F.relu(t) if t.shape[-1] > 1 else t + 0.5) == "0.5 = 4,194,304 ULP"
    assert WIDTH + 8 == 100
