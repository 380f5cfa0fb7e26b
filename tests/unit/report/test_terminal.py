"""What is printed: it fits every width, cuts no number, says each thing once, and obeys no control code."""

import io
from dataclasses import replace

import pytest
import torch
from rich.console import Console
from rich.text import Text

from ordering.cli import options
from ordering.cli.check import _print as print_check
from ordering.evidence import (
    Answer,
    Counterexample,
    DtypeVerdict,
    Grade,
    Machine,
    Outcome,
    Verdict,
    WorldAnswer,
)
from ordering.evidence.visible import visible
from ordering.observation import Observation
from ordering.report.terminal import print_explanation, print_observations, print_swaps, print_verdicts
from ordering.report.terminal.parts import folded
from ordering.running.machine import this_machine

WIDTHS = (60, 80, 120)
LONG = "fake_quantize(scale=0.25,low=-8,high=7)"
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u2028\ud800red\r\n| # <b>"
CODES = "\x1b\x07\x9b\u202e\u2028\ud800\r"


def world(name, outcome=Outcome.REFUTED, why="because", ulp=None):
    return WorldAnswer(name, outcome, why, ulp)


def of(dtype, answer=Answer.EXACT, ulp=None, floats=Outcome.HOLDS, why="a reason", **changes):
    worlds = {each: world(each, why=f"{each} say so") for each in ("reals", "kernels")}
    return DtypeVerdict(dtype, answer, why, {**worlds, "floats": world("floats", floats)}, ulp=ulp, **changes)


def verdict(*by_dtype, activation="f", pooling="max_pool2d", **changes):
    found = {each.dtype: each for each in by_dtype}
    return Verdict(activation, pooling, "commutes", "quick", found, **changes)


def counterexample(**changes):
    x = torch.tensor([[[[-1.0, -2.0]]]])
    steps = (("x", x), ("f(x)", x), ("P(f(x))", x[..., 1:]), ("P(x)", x[..., :1]), ("f(P(x))", x[..., :1]))
    made = Counterexample(
        "f", "max_pool2d", "commutes", "float32", x, {"kernel_size": (1, 2)}, x[..., 1:], x[..., :1],
        (0, 0, 0, 0), 1.0, 3, Grade.ULP, 0, "print('script')\n", steps,
    )  # fmt: skip
    return replace(made, **changes)


def printed(print_it, *given, width=80):
    stream = io.StringIO()
    print_it(Console(file=stream, width=width, markup=False, highlight=False), *given)
    return stream.getvalue()


CATALOGUE = [
    verdict(of("float16"), of("bfloat16", Answer.ROUNDING, 12), of("float32", Answer.ROUNDING, 32768)),
    verdict(
        of("float16", Answer.DIFFERENT, 1857),
        of("bfloat16", Answer.ROUNDING, 0, Outcome.NOT_APPLICABLE),
        activation=LONG,
        pending=("float32",),
    ),
    verdict(
        of("float16", Answer.UNDECIDED), of("bfloat16", Answer.ERROR), activation="g", pooling="avg_pool2d"
    ),
    verdict(of("float16", contradictions=("these part",)), activation="g", pooling="fractional_max_pool2d"),
]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_of_swaps_fits_and_shows_every_answer(width):
    text = printed(print_swaps, CATALOGUE, width=width)
    assert max(map(len, text.splitlines())) <= width
    for each in ("safe", "12 ULP", "32,768 ULP", "NO", "~0 ULP", "?", "ERROR", "...", "safe!"):
        assert each in text.split("\n\n")[0].replace("safe!", "safe! "), each
    assert "".join(folded(LONG, 16)) == LONG
    assert "".join(text.split()).count("high=7)") >= 1, "a long name is folded, not cut"
    for head in ("max_pool2d", "avg_pool2d", "fractional_max_pool2d", "float16", "bfloat16", "float32"):
        assert head in text


def test_the_legend_explains_what_appears_and_nothing_else():
    text = printed(print_swaps, [verdict(of("float16"), of("float32", Answer.ROUNDING, 2))])
    legend = text.split("\n\n", 1)[1]
    assert "safe" in legend
    assert "at most k ULP" in legend
    assert "do not swap" not in legend
    assert "no bound" not in legend


def test_what_was_seen_is_no_bound():
    """A difference that no certificate bounds must not look like one that it does."""
    seen = printed(print_swaps, [verdict(of("float16", Answer.ROUNDING, 3, Outcome.NOT_APPLICABLE))])
    bound = printed(print_swaps, [verdict(of("float16", Answer.ROUNDING, 3, Outcome.HOLDS_WITHIN))])
    assert "~3 ULP" in seen
    assert "~" not in bound


def test_other_laws_are_not_told_as_swaps():
    text = printed(print_swaps, [verdict(of("float16", Answer.DIFFERENT), orders=False)])
    assert "Does the law hold?" in text
    assert "FAILS" in text
    assert "swap" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_table_comes_first_then_counts_contradictions_and_reasons(width):
    text = printed(print_verdicts, CATALOGUE, width=width)
    order = [text.index(each) for each in ("May they be swapped?", "CONTRADICTION", "Why", "a reason")]
    assert order == sorted(order)
    assert max(map(len, text.splitlines())) <= width
    head = next(line for line in text.splitlines() if line.startswith("activation"))
    assert head.split()[-2:] == ["dtypes", "ULP"]
    assert "~1,857" in text


def test_a_pipe_has_a_width_that_columns_decides(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert options.output().width == options.PIPED <= 100
    for columns in ("60", "133"):
        monkeypatch.setenv("COLUMNS", columns)
        assert options.output().width == int(columns)
    monkeypatch.setenv("COLUMNS", "many")
    assert options.output().width == options.PIPED


SEEN = [
    Observation("gelu", "max_pool2d", 9, 7.450580596923828e-09, 1.23456e-12, 0.0, 0.5, 0.25),
    Observation(LONG, "fractional_max_pool2d", 9, 123456.7, 1e-300, 1e-9, 1.0, 0.125),
]


@pytest.mark.parametrize("width", [44, *WIDTHS])
def test_no_number_of_an_observation_is_cut(width):
    text = printed(print_observations, SEEN, "a picture", width=width)
    assert "…" not in text
    assert "7.45058e-09" in text
    if width >= 60:
        assert max(map(len, text.splitlines())) <= width
    missing = [each for each in ("1.23456e-12", "50.00%", "25.00%") if each not in text]
    assert bool(missing) == ("left out" in text), "what is left out is said"
    assert width < 120 or not missing


# ---- control codes -------------------------------------------------------------------------------------


def test_codes_are_written_out_and_text_is_left_alone():
    shown = visible(HOSTILE)
    assert not set(CODES) & set(shown)
    assert "\\x1b[2J" in shown
    assert visible(shown) == shown
    assert visible("größe 漢字 x² ≤ ∞") == "größe 漢字 x² ≤ ∞"
    assert visible("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_is_shown_and_not_obeyed(width):
    found = counterexample(script=f"# {HOSTILE}\n")
    each = of(
        "float32",
        Answer.DIFFERENT,
        3,
        why=HOSTILE,
        contradictions=(HOSTILE,),
        notes=(HOSTILE,),
        counterexample=found,
    )
    hostile = verdict(each, activation=HOSTILE, pooling=HOSTILE)
    seen = Observation(HOSTILE, HOSTILE, 9, 1.0, 1.0, 0.0, 0.0, 0.0)
    for text in (
        printed(print_verdicts, [hostile], width=width),
        printed(print_explanation, hostile, width=width),
        printed(print_observations, [seen], HOSTILE, width=width),
        hostile.explain(),
    ):
        assert not set(CODES) & set(text)
        assert "\\x1b" in text


def test_the_commands_console_guards_what_was_forgotten(capsys):
    """rich hands codes on; what reaches it unguarded is caught on the way out."""
    stream = io.StringIO()
    Console(file=stream).print(Text("\x1b[2J"))
    assert "\x1b[2J" in stream.getvalue(), "the fault that the guard exists for"
    options.output().print(Text("a\x1b[2Jb"))
    assert capsys.readouterr().out.strip() == "a\\x1b[2Jb"


# ---- said once -----------------------------------------------------------------------------------------


def test_an_error_of_all_dtypes_is_said_once():
    dtypes = ("float16", "bfloat16", "float32", "float64")
    why = "f: the kernel raised ValueError on a {} tensor: no"
    broken = []
    for dtype in dtypes:
        worlds = {each: world(each, Outcome.NOT_APPLICABLE, "not asked") for each in ("reals", "floats")}
        worlds["kernels"] = world("kernels", Outcome.ERROR, why.format(dtype))
        broken.append(DtypeVerdict(dtype, Answer.ERROR, why.format(dtype), worlds))
    text = verdict(*broken).explain()
    assert text.count("ValueError") == 1
    assert text.count("not asked") == 1
    assert ", ".join(dtypes) in text
    other = replace(broken[0], dtype="float16", why="another reason")
    assert verdict(other, *broken[1:]).explain().count("reason") == 1, "what differs is told apart"


def on(machine, each):
    return verdict(each, machine=machine)


def test_equal_verdicts_of_several_levels_are_printed_once_and_so_is_a_script():
    machine = this_machine()
    assert isinstance(machine, Machine)
    other = replace(machine, cpu="another")
    same = of("float32", Answer.DIFFERENT, 3, counterexample=counterexample())
    apart = replace(same, why="another reason")
    text = printed(
        lambda console: print_check(
            [("one", on(machine, same)), ("two", on(other, same))], "P", console, several=True
        )
    )
    assert text.count("script") == 1
    assert "The same on one, two" in text
    text = printed(
        lambda console: print_check(
            [("one", on(machine, same)), ("two", on(other, apart))], "P", console, several=True
        )
    )
    assert text.count("print('script')") == 1
    assert "another reason" in text
    assert "The script above" in text
    changed = replace(apart, counterexample=counterexample(pooling_arguments={"kernel_size": (1, 3)}))
    text = printed(
        lambda console: print_check(
            [("one", on(machine, same)), ("two", on(other, changed))], "P", console, several=True
        )
    )
    assert text.count("print('script')") == 2, "another counterexample keeps its script"
