"""`ordering explain` as a student meets it: what it says, draws, writes, and exits with."""

import json
import sys

import pytest
from click.testing import CliRunner

from ordering.cli import main
from ordering.report.lesson.picture import Picture, draw, plotted

USER_CODE = """
import torch
from sympy import Max, sin
from ordering import Activation, x

own = Activation("own", kernel=torch.relu, expression=Max(x, 0), formula="\\x1b[2J$x$\\n\\u202e")
bare = lambda t: t * torch.sigmoid(t)

def broken(t):
    raise ValueError("\\x1b[31mno\\x07")
"""


@pytest.fixture
def explain(tmp_path, monkeypatch):
    (tmp_path / "own_entries.py").write_text(USER_CODE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def invoke(*words, columns="80"):
        store = ("--dtype", "float16", "--store", str(tmp_path / "store"))
        return CliRunner(env={"COLUMNS": columns}).invoke(main, ["explain", *words, *store])

    yield invoke
    sys.modules.pop("own_entries", None)


def flat(result):
    return " ".join(result.output.split())


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_a_counterexample_is_told_from_the_claim_to_what_to_do(explain, columns):
    result = explain("gelu", "max", columns=columns)
    assert result.exit_code == 0, result.output
    text = flat(result)
    said = [
        "No, gelu and max_pool2d may not be swapped",
        "Max pooling commutes with f on every window if and only if f is nondecreasing",
        "Every step is in proofs/max_pooling.py",
        "f(-2) = -0.0455003 > f(-1) = -0.158655",
        "Take the window {",
        "Activation first: f(",
        "Pooling first: the largest of them is",
        "In exact arithmetic: max(gelu(",
        "is of the function",
        "Drawdown: the furthest that f falls",
        "Here it is 0.169971",
        "all 63,490 values",
        "Keep the order",
        "x > -3/4",
    ]
    places = [text.index(each) for each in said]
    assert places == sorted(places)
    assert max(map(len, result.output.splitlines())) <= int(columns)


def test_a_safe_swap_shows_a_window_on_which_both_orders_agree(explain):
    text = flat(explain("relu", "max"))
    assert "both orders give the same bits" in text
    assert "Take the window {-1, 2}, in float16." in text
    assert "Activation first: f(-1) = 0, f(2) = 2; the largest of them is 2." in text
    assert "Pooling first: the largest of them is 2; f(2) = 2." in text
    assert "Pool first" in text
    assert "Therefore f is nondecreasing" in text, "the derivation is short, and printed"


def test_averages_ask_for_a_straight_line(explain):
    text = flat(explain("relu", "avg"))
    assert "f(-1) = 0, f(1) = 1, and f(0) = 0 is not their mean 1/2" in text
    assert "proofs/jensen.py" in text
    assert "x < 0, or among x > 0" in text
    assert "-1 < x < 1" in flat(explain("hardtanh", "avg"))
    line = flat(explain("identity", "avg"))
    assert "both orders give the same bits" in line
    assert "Therefore f is linear" in line


def test_a_falling_activation_is_told_to_take_the_other_selection(explain):
    text = flat(explain("neg", "max"))
    assert "proofs/antitone.py" in text
    assert "Pool first with min pooling instead" in text


def test_without_an_expression_certificate_and_counterexample_explain(explain):
    text = flat(explain("own_entries:bare", "max"))
    assert "has no expression, so that nothing can be proved" in text
    assert "Take the window {" in text
    assert "f falls at" in text


def test_other_laws_and_poolings_are_explained_as_what_they_are(explain):
    text = flat(explain("gelu", "max", "--law", "dominates"))
    assert "As a law (dominates)" in text
    assert "swap" not in text
    text = flat(explain("relu", "zero_pad2d"))
    assert "one that adds zeros" in text
    assert "elements are moved" in text
    text = flat(explain("relu", "max", "--law", "inputs_are_kept"))
    assert "There is none: the law is about the operators" in text


def test_an_error_is_no_answer_and_its_message_is_harmless(explain):
    result = explain("own_entries:broken", "max", "--dtype", "bfloat16")
    assert result.exit_code == 1
    assert "There is no answer" in result.output
    assert result.output.count("ValueError") == 1
    assert "\\x1b[31mno\\x07" in result.output
    assert not set("\x1b\x07") & set(result.output)


def test_codes_in_a_formula_are_shown(explain):
    result = explain("own_entries:own", "max", "--plot", "-")
    assert "\\x1b[2J$x$\\n\\u202e" in result.output
    assert not set("\x1b\u202e") & set(result.output)


def test_the_picture_is_written_printed_or_left_out(explain, tmp_path):
    assert "┤" not in explain("gelu", "max").output, "a pipe gets none unless it is asked for"
    drawn = explain("gelu", "max", "--plot", "-")
    assert "┤" in drawn.output
    assert "v: the end of the furthest fall" in flat(drawn)
    for name, start in (("f.svg", b"<?xml"), ("deep/f.png", b"\x89PNG")):
        result = explain("own_entries:own", "avg", "--plot", name)
        assert result.exit_code == 0, result.output
        assert f"wrote {name}" in flat(result) or f"wrote {tmp_path / name}" in flat(result)
        assert (tmp_path / name).read_bytes().startswith(start)


def test_json_holds_the_lesson_and_the_verdict(explain):
    data = json.loads(explain("silu", "max", "--json").stdout)
    assert data["claim"].startswith("No, silu")
    assert [each["title"] for each in data["sections"]][:2] == ["What is asked", "The theorem"]
    assert data["verdict"]["verdict"] == "different"
    assert data["plot"] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rellu", "max"), "did you mean"),
        (("relu", "maxx"), "no pooling named"),
        (("max", "relu"), "the order is activation, pooling, law"),
        (("relu", "max", "--law", "commute"), "did you mean commutes"),
        (("relu", "lp_pool2d"), "does not speak of"),
        (("relu", "max", "--plot", "f.pdf"), ".svg or .png"),
        (("relu", "max", "--plot", "own_entries.py/f.svg"), "cannot write to the folder"),
        (("nothere:f", "max"), "cannot import"),
    ],
)
def test_what_cannot_be_asked_is_refused(explain, words, message):
    result = explain(*words)
    assert result.exit_code == 2, result.output
    assert message in flat(result)
    assert "Traceback" not in result.output


SHOWN = Picture("t $x$", (0.0, 1.0, 2.0), (0.0, 1.0, 0.5), (("a", 1.0, 1.0),), "a: the top")


def test_a_picture_is_the_same_each_time_and_plain_where_it_must_be():
    assert draw(SHOWN, "svg").startswith(b"<?xml")
    assert b"<dc:date>" not in draw(SHOWN, "svg")
    plain = plotted(SHOWN, 60, encoding="ascii")
    assert plain.isascii()
    assert "a" in plain
    assert plotted(SHOWN, 60) == plotted(SHOWN, 60)
    assert max(map(len, plotted(SHOWN, 60).splitlines())) <= 60
