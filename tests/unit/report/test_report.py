"""Renderings: the JSON validates and is exact, the Markdown cannot be broken by what users write."""

import io
import json
import math
from dataclasses import replace

import jsonschema
import pytest
import sympy as sp
import torch
from rich.console import Console

from ordering.evidence import (
    Answer,
    Cause,
    Counterexample,
    DtypeVerdict,
    Grade,
    Outcome,
    Symbolic,
    SymbolicSide,
    Verdict,
    WorldAnswer,
)
from ordering.evidence.words import exactly
from ordering.report.data import counterexample_data, hex_floats, plain, report_data, schema
from ordering.report.escaping import escape
from ordering.report.formats.markdown import render as report_markdown
from ordering.report.records import Report
from ordering.report.terminal import percent, print_explanation, print_verdicts

FACTS = {
    "ordering": "0",
    "python": "3.11",
    "torch": "2.13.0",
    "sympy": "1.14.0",
    "hypothesis": "6",
    "cpu_capability": "AVX512",
    "threads": 2,
    "seed": 0,
    "effort": "quick",
}


def counterexample(script="raise SystemExit(1)\n", gap=0.1):
    return Counterexample(
        activation="f",
        pooling="max_pool2d",
        law="commutes",
        dtype="float32",
        input=torch.tensor([[[[-0.0, torch.inf, 0.1]]]]),
        pooling_arguments={"kernel_size": (1, 3)},
        activation_first=torch.tensor([[[[0.1]]]]),
        pooling_first=torch.tensor([[[[torch.nan]]]]),
        index=(0, 0, 0, 0),
        gap=gap,
        gap_ulp=None,
        grade=Grade.DIFFERENT,
        seed=0,
        script=script,
        steps=(("P(x)", torch.tensor([[[[torch.inf]]]])),),
    )


def symbolic():
    left = SymbolicSide("max(f(-1), f(1/3))", sp.exp(1), "e", "2.7182818284590452", 2.75, 1.5, 8.0)
    right = SymbolicSide("f(max(-1, 1/3))", None, "", "2", torch.inf, torch.inf, None)
    return Symbolic(Cause.FUNCTION, "", (left, right), sp.exp(1) - 2, "-2 + e", "0.71828182845904524", 1)


def verdict(answer=Answer.DIFFERENT, why="f(-2) > f(-1)", contradictions=(), **changes):
    worlds = {
        world: WorldAnswer(world, Outcome.REFUTED, why, ulp=3, details={"list": (1, 2.5)})
        for world in ("reals", "floats", "kernels")
    }
    each = DtypeVerdict("float32", answer, why, worlds, contradictions, ("a note",), counterexample())
    fields = {"activation": "f", "pooling": "max_pool2d", "law": "commutes", "effort": "quick"}
    return Verdict(**{**fields, **changes}, by_dtype={"float32": each})


def rendered(print_it, *args):
    stream = io.StringIO()
    print_it(Console(file=stream, width=120, markup=False, highlight=False), *args)
    return stream.getvalue()


def test_the_schema_is_a_schema_and_the_report_satisfies_it():
    jsonschema.Draft202012Validator.check_schema(schema())
    data = json.loads(json.dumps(report_data(Report([verdict()], FACTS)), allow_nan=False))
    jsonschema.validate(data, schema())
    assert data["schema"] == "ordering-report/1"
    assert data["verdicts"][0]["verdict"] == "different"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.update(schema="ordering-report/2"),
        lambda data: data["verdicts"][0].update(verdict="fine"),
        lambda data: data["verdicts"][0]["worlds"].pop("floats"),
        lambda data: data["verdicts"][0]["counterexample"].update(input=["0.1"]),
        lambda data: data["environment"].pop("torch"),
    ],
)
def test_the_schema_refuses_a_damaged_report(damage):
    data = json.loads(json.dumps(report_data(Report([verdict()], FACTS))))
    damage(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema())


def test_counterexample_values_are_read_back_exactly():
    data = counterexample_data(counterexample())
    assert data is not None
    [[[[zero, infinity, tenth]]]] = data["input"]
    assert math.copysign(1, float.fromhex(zero)) == -1
    assert float.fromhex(infinity) == math.inf
    assert float.fromhex(tenth) == torch.tensor(0.1, dtype=torch.float32).item()
    assert hex_floats(torch.tensor(1.5)) == ["0x1.8000000000000p+0"]


def test_plain_data_has_no_number_that_json_lacks():
    assert plain({"a": (math.nan, math.inf, 1.5), 3: {1}}) == {"a": ["nan", "inf", 1.5], "3": [1]}
    assert plain(torch.float32) == "torch.float32"


def test_an_interrupted_report_says_so():
    assert report_data(Report([], FACTS, complete=False))["complete"] is False
    assert "Interrupted" in report_markdown(Report([], FACTS, complete=False))
    assert "Interrupted" not in report_markdown(Report([], FACTS))


def test_text_from_users_cannot_break_the_markdown():
    page = report_markdown(Report([verdict(why="<script>|\n# x `y` **z**")], FACTS))
    row = next(line for line in page.splitlines() if line.startswith("| f |"))
    assert "<script>" not in page
    assert row.count(" | ") == 3
    assert escape("a\nb|c") == "a b\\|c"


def test_a_script_with_backticks_stays_inside_its_fence():
    each = verdict()
    [only] = each.by_dtype.values()
    object.__setattr__(only, "counterexample", counterexample("x = '''\n```\n'''\n"))
    lines = report_markdown(Report([each], FACTS)).splitlines()
    assert lines[lines.index("````python") + 1 :].index("````") == 3


def test_contradictions_come_before_the_verdicts():
    page = report_markdown(Report([verdict(contradictions=("proof and kernel part",))], FACTS))
    assert "Contradictions between the worlds: 1" in page
    assert page.index("proof and kernel part") < page.index("Every verdict")


def test_the_terminal_shows_verdict_why_counts_and_contradictions():
    text = rendered(print_verdicts, [verdict(contradictions=("[bold]x[/bold]",)), verdict(Answer.EXACT)])
    assert "f(-2) > f(-1)" in text
    assert "1 exact" in text
    assert "CONTRADICTION" in text
    assert "[bold]x[/bold]" in text, "text from users is not markup"


def test_an_explanation_shows_every_world_and_a_script():
    text = rendered(print_explanation, verdict())
    for part in ("reals", "floats", "kernels", "note: a note", "raise SystemExit(1)", "P(x)"):
        assert part in text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (1.0, "100%"), (1e-9, "0.01%"), (1 - 1e-9, "99.99%"), (0.125, "12.50%")]
)
def test_almost_all_is_not_all(share, text):
    assert percent(share) == text


def test_exact_values_are_in_every_report():
    found = replace(counterexample(), symbolic=symbolic())
    plainly = verdict()
    each = replace(plainly.by_dtype["float32"], counterexample=found)
    told = replace(plainly, by_dtype={"float32": each})
    first = "max(f(-1), f(1/3)) = e = 2.7182818284590452   kernel 2.75 (1.5 ULP)"
    second = "f(max(-1, 1/3)) = 2   kernel inf (inf ULP)"
    last = "the gap 0.71828182845904524 is of the function"
    shown = rendered(print_explanation, told)
    assert [line.strip() for line in shown.splitlines() if "f(" in line or "gap 0.7" in line][-3:] == [
        first,
        second,
        last,
    ]
    page = report_markdown(Report([told], FACTS))
    assert all(f"- {escape(line)}" in page for line in (first, second, last))
    data = report_data(Report([told], FACTS))["verdicts"][0]["counterexample"]["symbolic"]
    assert data["conclusion"] == "of the function"
    assert [side["closed"] for side in data["sides"]] == ["E", None]
    assert data["sides"][0]["kernel"] == (2.75).hex()
    assert data["sides"][1]["distance_ulp"] == "inf"
    assert data["gap"] == {"closed": "-2 + E", "value": "0.71828182845904524", "sign": 1}


@pytest.mark.parametrize(
    ("cause", "sign", "why", "line"),
    [
        (Cause.ARITHMETIC, 0, "", "exactly, both are equal: the difference is of the arithmetic"),
        (
            Cause.ARITHMETIC,
            1,
            "",
            "exactly, the gap 0.5 obeys the law: the difference is of the arithmetic",
        ),
        (Cause.UNDECIDED, None, "no time", "of the function or of the arithmetic: undecided, no time"),
        (Cause.NO_EXPRESSION, None, "f has none", "no exact values: f has none"),
    ],
)
def test_a_conclusion_is_one_line(cause, sign, why, line):
    found = replace(counterexample(), symbolic=Symbolic(cause, why, (), None, "", "0.5", sign))
    assert exactly(found) == [line]
    data = counterexample_data(found)
    assert data is not None
    assert data["symbolic"]["conclusion"] == cause.value
