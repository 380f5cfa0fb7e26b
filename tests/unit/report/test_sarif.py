"""The SARIF log: what the standard asks of it, and findings at the lines of the user's own code."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from ordering.evidence import Answer, DtypeVerdict, Outcome, Verdict, WorldAnswer
from ordering.report.formats import formats
from ordering.report.formats.sarif import FINGERPRINT, literal, render
from ordering.report.locating import located
from ordering.report.records import Report, Source

FACTS = {"ordering": "0.1"}
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "message": TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "additionalProperties": False,
                    "properties": {
                        "uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~:/%()=+,@!$&';*-]+$"},
                        "uriBaseId": {"type": "string"},
                    },
                },
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
}
# The parts of SARIF 2.1.0 that a log of ours uses, written down from the standard.
ESSENTIAL = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "invocations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["executionSuccessful"],
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": {"type": "object", "required": ["message"]},
                                },
                            },
                        },
                    },
                    "originalUriBaseIds": {"type": "object"},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "properties": {"type": "object"},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": TEXT,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {"type": "array", "uniqueItems": True, "items": LOCATION},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "properties": {"type": "object"},
                            },
                        },
                    },
                },
            },
        },
    },
}


def verdict(activation="mine", *, pooling="max_pool2d", why="because", orders=True, **answers):
    """A verdict with an answer for each dtype."""
    worlds = {world: WorldAnswer(world, Outcome.UNDECIDED, why) for world in ("reals", "floats", "kernels")}
    by_dtype = {name: DtypeVerdict(name, answer, why, worlds, ulp=2) for name, answer in answers.items()}
    return Verdict(activation, pooling, "commutes", "quick", by_dtype, orders=orders)


MINE = Source("activation", "mine", "sub/own.py:mine", "sub/own.py", 7)


def run_of(*verdicts, sources=(MINE,), complete=True):
    text = render(Report(verdicts, FACTS, complete, "ordering report", sources))
    log = json.loads(text)
    jsonschema.validate(log, ESSENTIAL)
    return log["runs"][0]


def test_it_is_a_format_that_is_written_when_asked_for():
    assert formats["sarif"].file == "report.sarif"
    assert not formats["sarif"].usual


def test_a_finding_points_to_the_line_of_the_users_own_code():
    run = run_of(verdict(float16=Answer.DIFFERENT, float32=Answer.DIFFERENT, bfloat16=Answer.ROUNDING))
    different, rounding = run["results"]
    place = different["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub/own.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 7}
    assert different["message"]["text"] == (
        "mine and max_pool2d must not be swapped in float16 and float32: because"
    )
    assert rounding["message"]["text"].startswith(
        "mine and max_pool2d may be swapped up to 2 ULP in bfloat16"
    )
    assert (different["level"], rounding["level"]) == ("warning", "note")


@pytest.mark.parametrize(
    ("answer", "rule", "level"),
    [
        (Answer.DIFFERENT, "different", "warning"),
        (Answer.ROUNDING, "rounding", "note"),
        (Answer.UNDECIDED, "undecided", "warning"),
        (Answer.ERROR, "error", "error"),
    ],
)
@pytest.mark.parametrize("orders", [True, False])
def test_every_answer_has_a_rule(answer, rule, level, orders):
    run = run_of(verdict(float16=answer, orders=orders))
    [result] = run["results"]
    assert (result["ruleId"], result["level"]) == (rule, level)
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == rule


def test_what_is_exact_is_no_finding_and_a_contradiction_is_one():
    each = verdict(float16=Answer.EXACT)
    assert run_of(each)["results"] == []
    object.__setattr__(each.by_dtype["float16"], "contradictions", ("they part",))
    [result] = run_of(each)["results"]
    assert (result["ruleId"], result["level"]) == ("contradiction", "error")


def test_entries_of_the_catalogue_have_no_result_and_are_counted():
    run = run_of(verdict("relu", float16=Answer.DIFFERENT), verdict(float16=Answer.DIFFERENT))
    assert len(run["results"]) == 1
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("1 of 2 verdicts are on entries without a source")
    assert run["properties"] == {"verdicts": 2, "withoutSource": 1}


def test_an_interrupted_run_was_not_successful():
    assert run_of(complete=False)["invocations"][0]["executionSuccessful"] is False


def test_the_same_finding_has_the_same_fingerprint_wherever_its_line_is():
    def print_of(source, **changes):
        [result] = run_of(verdict(**{"float16": Answer.DIFFERENT, **changes}), sources=[source])["results"]
        return result["partialFingerprints"][FINGERPRINT]

    moved = Source("activation", "mine", MINE.reference, MINE.file, 70)
    assert print_of(MINE) == print_of(moved) == print_of(MINE, float32=Answer.DIFFERENT, why="else")
    assert print_of(MINE) != print_of(MINE, float16=Answer.ERROR)
    assert print_of(MINE) != print_of(MINE, pooling="avg_pool2d")


def test_files_elsewhere_and_files_with_odd_names():
    odd = Source("activation", "mine", "r", "sub dir/größe#1?\udcff:.py", 1)
    far = Source("pooling", "max_pool2d", "r", "/opt/a b/own.py", 0)
    [result] = run_of(verdict(float16=Answer.DIFFERENT), sources=[odd, far])["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "sub%20dir/gr%C3%B6%C3%9Fe%231%3F%FF%3A.py"
    [related] = result["relatedLocations"]
    assert related["physicalLocation"] == {"artifactLocation": {"uri": "file:///opt/a%20b/own.py"}}


def test_hostile_text_is_literal():
    hostile = "see [this](http://evil) {0} \\ \x1b[31m\n\ud800 \u202e"
    run = run_of(verdict(float16=Answer.ERROR, why=hostile))
    text = run["results"][0]["message"]["text"]
    assert "\\[this\\]" in text
    assert "{{0}}" in text
    assert not re.search("[\x00-\x1f\u202e\ud800]", text)
    json.dumps(run, ensure_ascii=False).encode()
    assert literal("{}[]\\") == "{{}}\\[\\]\\\\"


# ---- where entries stand -----------------------------------------------------------------------------------

CODE = """\
from ordering import Activation
from functools import partial
from beside_sarif import helper


def plain(t):
    return t


lambda_ = lambda t: t
entry = Activation("entry", kernel=plain)
bound, other = partial(plain), 3
class Box:
    inside = lambda t: t
if True:
    late = Activation("late", kernel=plain)
"""


@pytest.mark.parametrize(
    ("attribute", "file", "line"),
    [
        ("plain", "sub/own_sarif.py", 6),
        ("lambda_", "sub/own_sarif.py", 10),
        ("entry", "sub/own_sarif.py", 11),
        ("bound", "sub/own_sarif.py", 6),
        ("Box.inside", "sub/own_sarif.py", 14),
        ("late", "sub/own_sarif.py", 15),
        ("helper", "sub/beside_sarif.py", 2),
    ],
)
def test_where_an_entry_stands(tmp_path, monkeypatch, attribute, file, line):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "own_sarif.py").write_text(CODE)
    (tmp_path / "sub" / "beside_sarif.py").write_text("\ndef helper(t):\n    return t\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "sub"))
    monkeypatch.delitem(__import__("sys").modules, "beside_sarif", raising=False)
    reference = f"sub/own_sarif.py:{attribute}"
    assert located("activation", "x", reference, tmp_path) == Source("activation", "x", reference, file, line)
    whole = located("activation", "x", reference, tmp_path / "sub" / "deeper")
    assert whole is not None
    assert Path(whole.file).is_absolute()


def test_a_registered_name_has_no_source_and_torchs_own_functions_have_none(tmp_path):
    assert located("activation", "relu", "relu", tmp_path) is None
    found = located("activation", "tanh", "torch:tanh", tmp_path)
    assert found is not None
    assert found.file == ""
