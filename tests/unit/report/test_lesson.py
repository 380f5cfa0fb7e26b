"""Lessons from verdicts made up for them: each answer is told as what it is, and no more."""

from dataclasses import replace

import pytest

from ordering import load_activation, load_law, load_pooling, prove
from ordering.evidence import Answer, DtypeVerdict, Outcome, Verdict, WorldAnswer
from ordering.report.lesson import Subject, lesson, picture
from ordering.verdict.example import example
from ordering.verdict.ranges import safe_ranges


def of(dtype, answer, ulp=None, floats=Outcome.HOLDS_WITHIN):
    worlds = {
        "reals": WorldAnswer("reals", Outcome.HOLDS, "proved"),
        "floats": WorldAnswer("floats", floats, "the floats say so"),
        "kernels": WorldAnswer("kernels", Outcome.HOLDS, "same values in 5 examples"),
    }
    return DtypeVerdict(dtype, answer, "why", worlds, ulp=ulp)


def subject(*by_dtype, activation="sigmoid", pooling="max", law="commutes", **changes):
    entry, operator, claim = load_activation(activation), load_pooling(pooling), load_law(law)
    verdict = Verdict(
        entry.name, operator.name, claim.name, "quick", {each.dtype: each for each in by_dtype}, prove(entry)
    )
    return Subject(entry, operator, claim, replace(verdict, **changes))


def told(about):
    made = lesson(about)
    return made.claim, " ".join(each for section in made.sections for each in section.paragraphs)


def test_a_bound_is_told_as_a_bound_and_what_was_seen_as_that():
    claim, text = told(subject(of("float16", Answer.ROUNDING, 4)))
    assert "at most 4 ULP apart" in claim
    assert "bit for bit" in text
    claim, _ = told(subject(of("float16", Answer.ROUNDING, 4, Outcome.NOT_APPLICABLE)))
    assert "at most" not in claim
    assert "which is no bound" in claim
    claim, _ = told(subject(of("float16", Answer.ROUNDING, 0, Outcome.NOT_APPLICABLE)))
    assert "not every value was looked at" in claim


def test_dtypes_with_different_answers_are_told_apart():
    claim, text = told(subject(of("float16", Answer.EXACT), of("float32", Answer.DIFFERENT, 7)))
    assert claim.startswith("In float16: Yes")
    assert "In float32: No" in claim
    assert "Pool first in float16" in text
    assert "Keep the order" in text


def test_unknown_is_no_permission():
    claim, text = told(subject(of("float16", Answer.UNDECIDED)))
    assert "not known" in claim
    assert "unknown is not safe" in text
    assert "Pool first" not in text
    _, text = told(subject(of("float16", Answer.UNDECIDED), law="dominates", orders=False))
    assert "until it is decided" in text


def test_a_verdict_without_a_shape_is_told_all_the_same():
    claim, text = told(subject(of("float16", Answer.ERROR), shape=None))
    assert "could not be examined" in claim
    assert "Mend the kernel" in text


@pytest.mark.parametrize(
    ("name", "asked", "ranges"),
    [
        ("relu", "affine", ["x < 0", "x > 0"]),
        ("hardtanh", "affine", ["x < -1", "-1 < x < 1", "x > 1"]),
        ("abs", "nondecreasing", ["x > 0"]),
        ("gelu", "nondecreasing", ["x > -3/4"]),
        ("neg", "nondecreasing", []),
        ("relu", "nondecreasing", []),
        ("sin", "affine", []),
    ],
)
def test_ranges_are_those_that_are_proved(name, asked, ranges):
    entry = load_activation(name)
    assert [str(each) for each in safe_ranges(entry, prove(entry), asked)] == ranges


def test_an_example_lies_where_the_activation_is_claimed():
    found = example(load_activation("reciprocal"), load_pooling("max"), "float32")
    assert found is not None
    assert found.results["x"].min() > 0
    assert found.results["P(x)"].numel() == 1
    assert example(load_activation("relu"), load_pooling("zero_pad2d"), "float32") is None


def test_a_picture_marks_the_window_the_chord_and_the_fall():
    chord = picture(subject(of("float16", Answer.DIFFERENT), activation="relu", pooling="avg"))
    assert chord is not None
    assert chord.chord
    assert [letter for letter, _, _ in chord.marks] == ["a", "b", "c", "m"]
    marks = {letter: (x, y) for letter, x, y in chord.marks}
    assert marks["m"][1] == (marks["a"][1] + marks["b"][1]) / 2 != marks["c"][1]
    fall = picture(subject(of("float16", Answer.DIFFERENT), activation="hardswish"))
    assert fall is not None
    marks = {letter: (x, y) for letter, x, y in fall.marks}
    assert marks["a"][1] > marks["b"][1]
    assert marks["u"][1] - marks["v"][1] == pytest.approx(3 / 8)
    plain = picture(subject(of("float16", Answer.EXACT)))
    assert plain is not None
    assert not plain.marks
