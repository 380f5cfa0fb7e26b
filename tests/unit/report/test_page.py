"""The page's records and pictures, without a browser: what stands there follows from the verdicts alone."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
import torch

from ordering import prove, verify, x
from ordering.evidence import (
    Answer,
    Counterexample,
    Deviation,
    DtypeVerdict,
    Fidelity,
    Grade,
    Outcome,
    Verdict,
    WorldAnswer,
)
from ordering.report.formats import formats
from ordering.report.formats.html import render
from ordering.report.page.building import page
from ordering.report.page.caveats import of_dtype, of_verdict
from ordering.report.page.examples import example, grid, short_hex
from ordering.report.page.figures import pictures as drawn_pictures
from ordering.report.page.flow import derivation
from ordering.report.page.safe import visible
from ordering.report.page.sampling import gaps, sample
from ordering.report.page.wording import badge, legend, worst
from ordering.report.records import Report


def world(name, outcome=Outcome.HOLDS, why="because", **more):
    return WorldAnswer(name, outcome, why, **more)


def judged(answer=Answer.EXACT, dtype="float16", ulp=None, **worlds):
    answers = {name: world(name) for name in ("reals", "floats", "kernels")} | worlds
    return DtypeVerdict(dtype, answer, "why", answers, ulp=ulp)


def verdict(*each, **changes):
    faithful = Fidelity("f", True, (), None, "the largest deviation is 0 ULP")
    fields = {
        "activation": "f",
        "pooling": "max_pool2d",
        "law": "commutes",
        "effort": "quick",
        "fidelity": faithful,
    }
    return Verdict(**{**fields, **changes}, by_dtype={one.dtype: one for one in each})


def pictures(shape, name):
    found = drawn_pictures(shape, name)
    assert found[0] is not None
    return found[0], found[1] or found[0]


@pytest.fixture(scope="module")
def silu():
    return verify("silu", "max", dtypes=("float16",))


# ---- what a verdict is called ------------------------------------------------------------------------


def test_every_answer_has_a_letter_of_its_own():
    for orders in (True, False):
        marks = legend(orders=orders)
        assert {mark.kind for mark in marks} == {answer.value for answer in Answer}
        assert len({mark.letter for mark in marks}) == len({mark.words for mark in marks}) == len(Answer)


def test_a_bound_is_called_one_only_where_a_scan_proves_it():
    proved = judged(Answer.ROUNDING, ulp=3, floats=world("floats", Outcome.HOLDS_WITHIN, ulp=3))
    assert (badge(proved, orders=True).words, badge(proved, orders=True).count) == ("safe up to 3 ULP", "3")
    seen = badge(judged(Answer.ROUNDING, ulp=3), orders=True)
    assert (seen.words, seen.count) == ("safe up to rounding (3 ULP seen, no bound certified)", "?")
    assert "none seen, no bound" in badge(judged(Answer.ROUNDING, ulp=0), orders=False).words


def test_of_several_dtypes_the_worst_stands():
    two = judged(Answer.ROUNDING, "float16", floats=world("floats", ulp=2))
    nine = judged(Answer.ROUNDING, "bfloat16", floats=world("floats", ulp=9))
    unbounded = judged(Answer.ROUNDING, "float32")
    assert worst([two, nine]) is nine
    assert worst([two, unbounded, nine]) is unbounded
    assert worst([nine, judged(Answer.UNDECIDED, "float64"), unbounded]).dtype == "float64"
    first, second = (
        judged(Answer.DIFFERENT),
        judged(Answer.DIFFERENT, "bfloat16", floats=world("floats", ulp=5)),
    )
    assert worst([first, second]) is first


# ---- what could make it meaningless ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (judged(reals=world("reals", Outcome.UNDECIDED, "out of time")), "reals are undecided: out of time"),
        (
            judged(floats=world("floats", Outcome.NOT_APPLICABLE, "no scan")),
            "Nothing is known from the floats",
        ),
        (
            judged(kernels=world("kernels", details={"examples": 12})),
            "Few examples: the kernels were tried on 12",
        ),
        (judged(kernels=world("kernels", Outcome.ERROR, "it raised")), "could not be examined: it raised"),
    ],
)
def test_what_was_not_answered_or_hardly_tried_is_said(each, said):
    assert said in " ".join(of_dtype(verdict(each), each))


def test_a_verdict_on_firm_ground_has_no_caveats(silu):
    sound = judged(kernels=world("kernels", details={"examples": 157}))
    assert [*of_verdict(replace(silu, shape=None)), *of_dtype(verdict(sound), sound)] == []


def test_what_concerns_every_dtype_is_said():
    assert "Not judged yet: float32." in of_verdict(verdict(judged(), pending=("float32",)))
    unknown = Fidelity("f", None, (Deviation("float16", 10, 8.0, 1.0, None, 4, 0.5),), None, "no expression")
    known = verdict(judged(), fidelity=unknown)
    assert "not known: no expression" in " ".join(of_verdict(known))
    assert "At 4 of 10 points" in " ".join(of_dtype(known, judged()))


def test_a_scan_of_one_code_path_is_no_scan_of_both(silu):
    one = replace(silu, certificates=[replace(each, path="vector") for each in silu.certificates])
    each = one.by_dtype["float16"]
    assert "One code path only" in " ".join(of_dtype(one, each))
    assert "One code path only" not in " ".join(of_dtype(silu, each))


def test_the_judge_counts_the_examples():
    kernels = verify("relu", "max", dtypes=("float16",)).by_dtype["float16"].worlds["kernels"]
    assert kernels.details["examples"] >= 100
    assert kernels.details["compared"] > kernels.details["examples"]


# ---- counterexamples ---------------------------------------------------------------------------------


def test_a_large_tensor_is_cut_with_its_size_told_and_the_marked_element_in_it():
    drawn = grid("x", torch.arange(3 * 40 * 50.0).reshape(1, 3, 40, 50), (0, 2, 39, 20))
    assert "72 elements shown of shape (1, 3, 40, 50), 6,000 elements" in drawn.cut
    [marked] = [number for plane in drawn.planes for row in plane.rows for number in row if number.marked]
    assert float(marked.decimal) == 2 * 2000 + 39 * 50 + 20
    assert [plane.caption for plane in drawn.planes] == ["[0, 0]", "[0, 2]"]


@pytest.mark.parametrize("shape", [(), (3,), (2, 2), (1, 1, 1, 2), (0,), (1, 0, 2, 2)])
def test_a_tensor_of_any_shape_is_drawn(shape):
    drawn = grid("x", torch.ones(shape), tuple(0 for _ in shape))
    elements = [number for plane in drawn.planes for row in plane.rows for number in row]
    assert len(elements) == math.prod(shape)
    assert bool(drawn.cut) == (0 in shape)
    assert sum(number.marked for number in elements) == (0 not in shape)


def test_numbers_are_read_back_exactly():
    for value in (0.1, -0.0, 1.5, 2.0**-24, 65504.0, 1e300):
        assert float.fromhex(short_hex(value)) == value
    special = grid("x", torch.tensor([math.nan, math.inf])).planes[0].rows[0]
    assert [(each.decimal, each.hexadecimal) for each in special] == [("nan", ""), ("inf", "")]
    assert grid("i", torch.tensor([7])).planes[0].rows[0][0].decimal == "7"


def test_both_orders_are_drawn_with_what_differs_marked(silu):
    drawn = example(silu.by_dtype["float16"].counterexample, orders=True)
    assert [[each.label for each in lane.grids] for lane in drawn.lanes] == [
        ["x", "f(x)", "P(f(x))"],
        ["x", "P(x)", "f(P(x))"],
    ]
    marks = [
        [any(n.marked for p in g.planes for row in p.rows for n in row) for g in lane.grids]
        for lane in drawn.lanes
    ]
    assert marks == [[False, False, True]] * 2
    assert [side.formula for side in drawn.sides] == ["max(silu(-1), silu(-2))", "silu(max(-1, -2))"]
    assert all("<math" in side.closed for side in drawn.sides)


def test_sides_of_different_shapes_are_drawn_too():
    found = Counterexample(
        *("f", "P", "law", "float32", torch.ones(2), {}, torch.ones(1), torch.ones(0), (0,)),
        *(math.nan, None, Grade.DIFFERENT, 0, "exit(1)"),
    )
    drawn = example(found, orders=False)
    assert [each.label for each in drawn.lanes[0].grids] == ["x", "left side", "right side"]
    assert drawn.lanes[0].grids[2].cut == "empty: shape (0,), 0 elements"


# ---- pictures ----------------------------------------------------------------------------------------


def test_the_curve_is_torn_where_f_jumps_and_nowhere_else():
    stairs = sample(prove(sp.floor(x)))
    assert np.isnan(stairs.values).sum() >= 7
    bend = sample(prove(sp.Max(x, 0)))
    assert bend.breaks == (0.0,)
    assert not np.isnan(bend.values).any()
    pole = sample(prove(1 / x))
    assert np.isnan(pole.values).any()


def test_the_gap_is_that_of_a_window_of_two():
    drawn = sample(prove(sp.Max(x, 0)))
    places, gap = gaps(drawn, 9)
    relu = np.maximum(places, 0)
    expected = (relu[:, None] + relu[None, :]) / 2 - np.maximum((places[:, None] + places[None, :]) / 2, 0)
    assert np.allclose(gap, expected, atol=1e-12)
    assert gap.max() > 0 == gap[0, 0]


def test_pictures_mark_what_is_known_and_say_so():
    plot, window = pictures(prove("hardswish"), "hardswish")
    assert "x = −3, 3" in plot.caption
    assert "f(−3) = 0 > f(−2) = −0.3333" in plot.caption
    assert "0.375, from x = −3 to x = −1.5" in plot.caption
    assert all(f"stroke-{role}" in plot.svg for role in ("curve", "break", "witness", "drop"))
    assert "data:image/png;base64" in window.svg
    assert "is not the mean" in window.caption
    straight = pictures(prove("identity"), "identity")
    assert "It never falls" in straight[0].caption
    assert straight[1].svg == ""
    assert "both orders the same" in straight[1].caption


def test_where_nothing_can_be_drawn_the_caption_says_why():
    shape = prove("silu")
    assert "no expression" in pictures(replace(shape, expression=None), "f")[0].caption
    unknown = pictures(replace(shape, expression=sp.zeta(x)), "f")[0]
    assert unknown.svg == ""
    assert "no rigorous arithmetic for zeta" in unknown.caption


def test_a_picture_has_no_style_and_no_id_that_others_have_and_is_the_same_twice():
    first, again = (pictures(prove("elu"), "elu") for _ in range(2))
    other = pictures(prove("selu"), "selu")
    assert first == again
    ids = [re.findall(r' id="([^"]+)"', each.svg) for each in (*first, *other)]
    flat = [name for each in ids for name in each]
    assert len(flat) == len(set(flat))
    assert all(" style=" not in each.svg and "<style" not in each.svg for each in first)
    for each in first:
        assert set(re.findall(r"#(\w+)[\")]", each.svg)) <= set(re.findall(r' id="([^"]+)"', each.svg))


def test_derivations_are_words_that_wrap_with_formulas_between():
    lemmas, claims = derivation(prove("silu"))
    told = " ".join(each.statement for each in (*lemmas, *claims))
    assert "<math>" in told
    assert "is the only root of" in told
    assert "<mi>1(x)</mi>" not in told


# ---- the whole ---------------------------------------------------------------------------------------


def test_the_page_is_a_format_that_is_written_without_being_asked_for():
    assert (formats["html"].file, formats["html"].usual) == ("report.html", True)


def test_the_page_of_one_report_is_the_same_twice(silu):
    report = Report([silu], {"seed": 3}, True, "ordering report")
    text = render(report)
    assert text == render(report)
    assert "ordering check silu max_pool2d --law commutes --dtype float16 --seed 3" in text
    assert "Interrupted" not in text
    assert "Interrupted" in render(replace(report, complete=False))


def test_an_empty_report_is_a_page_too():
    assert "There is no verdict in this report" in render(Report([], {}))


def test_entries_of_other_code_are_asked_again_by_the_command_of_the_report(silu):
    mine = replace(silu, activation="mine")
    [part] = page(Report([mine], {}, True, "ordering report -a my.py:mine")).activations
    assert part.verdicts[0].dtypes[0].command == "ordering report -a my.py:mine"


def test_names_that_look_alike_have_sections_of_their_own():
    made = page(Report([verdict(judged(), activation=name) for name in ("a b", "a-b", "é")], {}))
    ids = [each.id for each in made.activations]
    ids += [part.id for each in made.activations for part in each.verdicts]
    ids += [part.id for each in made.activations for own in each.verdicts for part in own.dtypes]
    assert len(ids) == len(set(ids))


def test_dtypes_to_come_have_an_empty_cell_and_no_section():
    made = page(Report([verdict(judged(), pending=("float32",))], {}))
    [row] = made.tables[0].rows
    assert [cell.badge is None for cell in row.cells] == [False, True]
    assert "not judged yet" in row.cells[1].title
    nothing = page(Report([verdict(pending=("float32",))], {}))
    assert nothing.activations[0].verdicts == ()
    assert render(Report([verdict(pending=("float32",))], {}))


@pytest.mark.parametrize(
    "hidden", ["\x00", "\x1b", "\x7f", "\x9b", "\u200f", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_characters_without_a_shape_are_written_out(hidden):
    made = render(Report([verdict(judged(), activation=f"f{hidden}g")], {}))
    assert hidden not in made
    assert visible(hidden) in made
    assert visible("é\n\t≤ 漢字") == "é\n\t≤ 漢字"


def test_the_claim_and_the_function_are_recorded(silu):
    assert silu.statement.startswith("P(f(x)) = f(P(x))")
    assert silu.shape.expression == x / (1 + sp.exp(-x))
