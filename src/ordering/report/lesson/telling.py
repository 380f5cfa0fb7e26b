"""One verdict as a lesson: the claim, the theorem, what is true of f, the arithmetic, what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from ordering.evidence import Answer, Certificate, DtypeVerdict
from ordering.evidence.reals import PROPERTIES
from ordering.evidence.theorems import file_of
from ordering.evidence.words import bound, ulp
from ordering.law import ALWAYS
from ordering.pooling import Kind
from ordering.report.lesson.advice import advice
from ordering.report.lesson.arithmetic import arithmetic
from ordering.report.lesson.distance import distance
from ordering.report.lesson.records import REARRANGEMENTS, SELECTIONS, Lesson, Section, Subject

NAMES: Final = {
    Kind.SELECT_MAX: "max pooling",
    Kind.SELECT_MIN: "min pooling",
    Kind.MEAN: "average pooling",
    Kind.LINEAR: "a pooling that adds up with weights",
    Kind.NORM: "a pooling by norms",
    Kind.REARRANGE: "a pooling that only moves elements",
    Kind.REARRANGE_ZERO: "a pooling that moves elements and adds zeros",
}
"""How a kind of pooling is called."""


def lesson(subject: Subject) -> Lesson:
    """The lesson: every sentence is made from the records, so that any entry has one."""
    parts = (
        ("What is asked", _question(subject), ""),
        ("The theorem", _theorem(subject), ""),
        (f"What is true of {subject.activation}", _function(subject), subject.proof),
        ("The arithmetic", arithmetic(subject), ""),
        ("How far apart the orders can be", distance(subject), ""),
        ("What floating point adds", _floats(subject), ""),
        ("What to do", advice(subject), ""),
    )
    sections = []
    for title, sentences, block in parts:
        paragraphs = tuple(sentences)
        if paragraphs or block:
            sections.append(Section(title, paragraphs, block))
    title = f"{subject.activation} with {subject.pooling}, {subject.law}"
    return Lesson(title, _claim(subject), tuple(sections))


# ---- the claim -----------------------------------------------------------------------------------------


def _claim(subject: Subject) -> str:
    verdict = subject.verdict
    said: dict[str, list[str]] = {}
    for each in verdict.by_dtype.values():
        said.setdefault(_answer(subject, each), []).append(each.dtype)
    if len(said) == 1:
        return next(iter(said))
    return " ".join(f"In {' and '.join(dtypes)}: {answer}" for answer, dtypes in said.items())


def _answer(subject: Subject, each: DtypeVerdict) -> str:
    f, pooling = subject.activation, subject.pooling
    if each.answer is Answer.ERROR:
        return f"There is no answer: {f} with {pooling} could not be examined."
    if each.answer is Answer.UNDECIDED:
        return "It is not known: no proof was found, and no counterexample beyond rounding."
    if not subject.orders:
        return {
            Answer.EXACT: "Yes, the law holds, to the bit.",
            Answer.ROUNDING: f"Yes, the law holds, but for rounding: {_rounding(each)}.",
            Answer.DIFFERENT: "No, the law does not hold.",
        }[each.answer]
    return {
        Answer.EXACT: f"Yes, {f} and {pooling} may be swapped: both orders give the same bits.",
        Answer.ROUNDING: (f"Yes, {f} and {pooling} may be swapped, but for rounding: {_rounding(each)}."),
        Answer.DIFFERENT: f"No, {f} and {pooling} may not be swapped: the two orders give different results.",
    }[each.answer]


def _rounding(each: DtypeVerdict) -> str:
    """How far apart the sides are, as a bound or as what was seen."""
    if each.certified:
        return f"the two sides are at most {ulp(each.ulp or 0)} apart (units in the last place)"
    if not each.ulp:
        return "no difference was seen, but not every value was looked at"
    return f"differences of up to {ulp(each.ulp)} (units in the last place) were seen, which is no bound"


def _question(subject: Subject) -> Iterator[str]:
    formula = subject.activation.formula or "a kernel without an expression"
    reads = subject.pooling.formula or NAMES[subject.kind]
    yield f"f is {subject.activation}: {formula}.  P is {subject.pooling}: {reads}."
    if subject.orders:
        fewer = "" if subject.kind in REARRANGEMENTS else ", one value for each window"
        yield (
            f"P(f(x)) activates every element and then pools; f(P(x)) pools and then activates{fewer}.  Are "
            f"they the same?"
        )
    yield f"As a law ({subject.law}): {subject.law.statement}."


# ---- the theorem, and f --------------------------------------------------------------------------------


def _theorem(subject: Subject) -> Iterator[str]:
    file = subject.law.theorem_of(subject.kind)
    if not file:
        yield "There is none: the law is about the operators, and is examined on them."
        return
    statement, _, argument = (ast.get_docstring(ast.parse(_source(file))) or file).partition("\n\n")
    yield " ".join(statement.split())
    if argument:
        yield f"Why: {' '.join(argument.split())}"
    yield f"Every step is in {file}, and is checked by a program."


def _source(file: str) -> str:
    return file_of(file).read_text(encoding="utf-8")


def _function(subject: Subject) -> Iterator[str]:
    need, shape = subject.need, subject.verdict.shape
    if need is None or shape is None:
        yield "Nothing was found out about it."
        return
    if need.property == ALWAYS:
        yield f"The law asks nothing of f: {need.account}."
        return
    finding = shape.finding(need.property)
    asked = need.property.replace("_", " ")
    statement = PROPERTIES.get(need.property, "")
    who = "The theorem" if subject.law.theorem_of(subject.kind) else "The law"
    yield f"{who} asks one thing of f here: {asked}{f', that is, {statement}' if statement else ''}."
    if finding.holds is None:
        yield f"Whether f has it is not known: {need.account}."
    elif finding.holds:
        yield f"f has it, and that is proved{'' if need.finding.holds else f': {need.account}'}."
    else:
        yield f"f has it not: {need.account.removeprefix(f'f is not {asked}: ')}."


# ---- floats --------------------------------------------------------------------------------------------


def _floats(subject: Subject) -> Iterator[str]:
    proved = subject.need is not None and subject.need.finding.holds is True
    if subject.kind in (Kind.MEAN, Kind.LINEAR, Kind.NORM) and subject.orders:
        yield (
            "A sum is rounded at each step, and it is not the same numbers that the two orders add: even "
            "where they are equal for exact numbers, the last digits may differ."
        )
    elif subject.orders:
        yield (
            "This pooling rounds nothing: it copies.  So rounding can show only in f, and only where f of a "
            "larger number is rounded to less than f of a smaller one, or two code paths round differently."
        )
    certificates = {each.dtype: each for each in subject.verdict.certificates}
    said: dict[str, list[str]] = {}
    for dtype, each in subject.verdict.by_dtype.items():
        floats = each.worlds.get("floats")
        certificate = certificates.get(dtype)
        if certificate is not None and subject.kind in SELECTIONS:
            said.setdefault(_scan(certificate, proved=proved), []).append(dtype)
        elif floats is not None and floats.why and each.answer is not Answer.ERROR:
            said.setdefault(f"{floats.why}.", []).append(dtype)
        for note in each.notes:
            said.setdefault(f"{note}.", []).append(dtype)
    for words, dtypes in said.items():
        yield f"{', '.join(dtypes)}: {words}"


def _scan(certificate: Certificate, *, proved: bool) -> str:
    """What evaluating every value has shown."""
    seen = f"all {certificate.values:,} values were tried, in order."
    if certificate.nondecreasing:
        seen += "  f never falls, on neither code path: its rounding keeps the order of numbers."
    else:
        whose = ", which is rounding alone, since the function itself never falls" if proved else ""
        seen += (
            f"  f falls at {certificate.drops:,} of them{whose}; the orders differ by {bound(certificate)}."
        )
    apart = certificate.disagreement
    if apart is not None and apart.differing:
        seen += (
            f"  Long and short tensors take different code (vector and scalar), which differs at "
            f"{apart.differing:,} values, by up to {ulp(apart.worst_ulp)}."
        )
    return seen
