"""The Markdown fits a screen and a pull request, and what is cut is told."""

import re
from dataclasses import replace

import pytest
import torch

from ordering.evidence import Answer, Counterexample, DtypeVerdict, Grade, Outcome, Verdict, WorldAnswer
from ordering.evidence.visible import LAYOUT, visible
from ordering.report.changes import compared
from ordering.report.data import report_data
from ordering.report.escaping import escape, fenced
from ordering.report.formats.markdown import MOST, render
from ordering.report.records import Report

FACTS = {
    "ordering": "0",
    "python": "3.11",
    "torch": "2.13.0",
    "sympy": "1.14.0",
    "hypothesis": "6",
    "cpu_capability": "AVX512",
    "seed": 0,
    "effort": "quick",
}
ANSWERS = tuple(Answer)
HOSTILE = (
    "\x1b[31m`x`|</details><script>alert(1)</script>\n\n# big\n@octocat ![a](b) ~~$x$~~ \u202e **z** \x00"
)


def verdict(
    activation="f",
    answer=Answer.DIFFERENT,
    dtypes=("float16",),
    why="why",
    script="raise SystemExit(1)\n",
    **more,
):
    worlds = {world: WorldAnswer(world, Outcome.REFUTED, why) for world in ("reals", "floats", "kernels")}
    by_dtype = {}
    for dtype in dtypes:
        found: Counterexample | None = Counterexample(
            activation,
            "max_pool2d",
            "commutes",
            dtype,
            torch.tensor([[[[0.0, 0.1]]]]),
            {"kernel_size": (1, 2)},
            torch.tensor([[[[0.1]]]]),
            torch.tensor([[[[0.2]]]]),
            (0, 0, 0, 0),
            0.1,
            3,
            Grade.ULP,
            0,
            script,
        )
        found = found if answer is Answer.DIFFERENT else None
        by_dtype[dtype] = DtypeVerdict(dtype, answer, why, worlds, counterexample=found, ulp=3)
    fields = {"activation": activation, "pooling": "max_pool2d", "law": "commutes", "effort": "quick"}
    return Verdict(**{**fields, **more}, by_dtype=by_dtype)


def catalogue(of=50, dtypes=("float16", "bfloat16", "float32"), script="x\n" * 300):
    """As many verdicts as the whole catalogue has, of every answer."""
    return [
        verdict(f"activation_{number}", ANSWERS[number % 5], dtypes, script=script, pooling=pooling)
        for number in range(of)
        for pooling in ("max_pool2d", "avg_pool2d")
    ]


def summary(page):
    return page.partition("<details>")[0]


@pytest.mark.parametrize("dtypes", [("float16",), ("float16", "bfloat16", "float32"), ("a", "b", "c", "d")])
def test_the_whole_catalogue_is_told_in_one_screen(dtypes):
    before = report_data(Report(catalogue(dtypes=dtypes), FACTS))
    after = [
        replace(each, activation=f"{each.activation}x" if number % 2 else each.activation)
        for number, each in enumerate(catalogue(dtypes=dtypes))
    ]
    changes = compared("old.json", before, after, FACTS)
    page = render(Report(after, FACTS, changes=changes))
    assert len(summary(page).splitlines()) <= 45
    assert len(summary(render(Report(after, FACTS))).splitlines()) <= 35
    for dtype in dtypes:
        assert f"| {dtype} | safe to swap | up to k ULP | not safe | unknown |" in summary(page)


def test_many_claims_and_laws_are_cut_in_the_summary_and_said_so():
    verdicts = [verdict(pooling=f"p{number}", law=f"law{number}", orders=False) for number in range(40)]
    page = summary(render(Report(verdicts, FACTS)))
    assert len(page.splitlines()) <= 40
    assert "| float16 | holds | holds up to k ULP | does not hold | unknown |" in page
    assert "more, below" in page
    assert "law0: p0" in page


def test_each_answer_stands_in_its_column():
    verdicts = [
        verdict("safe", Answer.EXACT),
        verdict("nearly", Answer.ROUNDING),
        verdict("unsafe", Answer.DIFFERENT),
        verdict("open", Answer.UNDECIDED),
        verdict("broken", Answer.ERROR),
    ]
    page = render(Report(verdicts, FACTS))
    assert "| max\\_pool2d | 1: safe | 1: nearly (\\~3 ULP) | 1: unsafe | 2: open, broken (error) |" in page


def test_a_bound_is_told_from_what_was_seen():
    seen = verdict("nearly", Answer.ROUNDING)
    (one,) = seen.by_dtype.values()
    scanned = {**one.worlds, "floats": WorldAnswer("floats", Outcome.HOLDS_WITHIN, "why", 3)}
    bounded = replace(seen, by_dtype={"float16": replace(one, worlds=scanned)})
    for each, said in ((seen, "\\~3 ULP"), (bounded, "3 ULP")):
        page = render(Report([each], FACTS))
        assert f"nearly ({said})" in page
        assert f"rounding ({said})" in page


@pytest.mark.parametrize("script", ["x\n", "x" * 3000 + "\n", "ß" * 3000 + "\n"])
def test_it_never_outgrows_a_comment_and_says_what_it_left_out(script):
    page = render(Report(catalogue(150, script=script), FACTS))
    assert len(page.encode()) <= MOST < 65_536
    assert page.count("<details>") == page.count("</details>")
    shown = len(re.findall("<summary>commutes/", page))
    cut = re.search(r"Cut for its size: .*?(\d+) counterexamples", page)
    assert shown + (int(cut[1]) if cut else 0) == 60, "every one is shown, or counted"
    assert shown > 0
    small = render(Report(catalogue(2), FACTS))
    assert "Cut for its size" not in small


def test_endless_names_and_reasons_are_shortened():
    verdicts = [verdict("f" * 10_000, why="because " * 10_000, script="y" * 100_000) for _ in range(80)]
    page = render(Report(verdicts, FACTS, changes=None))
    assert len(page.encode()) <= MOST
    assert len(summary(page)) < 5_000
    assert "too long for this page" in page or "Cut for its size" in page


def test_what_changed_for_the_worse_has_its_counterexample_first():
    before = report_data(Report([verdict("a"), verdict("b", Answer.EXACT)], FACTS))
    after = [verdict("a"), verdict("b")]
    page = render(Report(after, FACTS, changes=compared("old.json", before, after, FACTS)))
    assert page.index("<summary>commutes/b/") < page.index("<summary>commutes/a/")
    assert "WORSE commutes: b with max\\_pool2d in float16: exact, now different" in summary(page)


def test_hostile_text_stays_literal():
    worlds = verdict(HOSTILE, why=HOSTILE, pooling=HOSTILE, script=f"'''{HOSTILE}\n````\n'''\n")
    each = replace(worlds.by_dtype["float16"], contradictions=(HOSTILE,))
    page = render(Report([replace(worlds, by_dtype={"float16": each})], {**FACTS, "level": HOSTILE}, False))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", page)
    outside = re.sub(r"^(`{3,})python\n.*?^\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert "<script>" not in outside
    assert outside.count("<details>") == outside.count("</details>")
    assert not re.search("^# big", outside, re.MULTILINE)
    assert "@octocat" not in outside
    assert "![a]" not in re.sub("<summary>.*?</summary>", "", outside), "in a summary, Markdown is none"
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {5, 6}
    assert "\\x1b" in page


def test_escaping():
    assert escape("a\nb|c") == "a b\\|c"
    assert escape("- x") == "\\- x"
    assert escape("1. x") == "1\\. x"
    assert escape("-1.5 and 2.5") == "-1.5 and 2.5"
    assert escape("\x1b[0m") == "\\\\x1b\\[0m"
    assert visible("a\tb\r\n", keep=LAYOUT) == "a\tb\\r\n"
    assert fenced("```\n\x1b", "python") == "````python\n```\n\\x1b\n````"
