"""What a ruling must have, and how it is told."""

import pytest

from ordering.claims.intervals import interval, quantile
from ordering.claims.post import experiments
from ordering.claims.records import Answer, Claim, Evidence, Ruling
from ordering.claims.telling import claims_data, detail_lines, markdown
from ordering.errors import InvalidEntry, NothingCompared

CLAIM = Claim(7, "a topic", "A sentence with a | bar and <b>tags</b>.")
EVIDENCE = Evidence("It was seen.", "ordering claims 7", (("seen", 3),), ("an example",))


@pytest.mark.parametrize(("sentence", "command"), [("", "a command"), ("a sentence", " ")])
def test_evidence_without_a_sentence_or_a_command_is_refused(sentence, command):
    with pytest.raises(InvalidEntry):
        Evidence(sentence, command)


def test_a_ruling_without_evidence_or_conditions_is_refused():
    with pytest.raises(InvalidEntry, match="evidence"):
        Ruling(CLAIM, Answer.HOLDS, "", ())
    with pytest.raises(InvalidEntry, match="conditions"):
        Ruling(CLAIM, Answer.CONDITIONS, " ", (EVIDENCE,))


@pytest.mark.parametrize("answer", [Answer.HOLDS, Answer.CONDITIONS])
def test_what_is_open_is_no_pass(answer):
    with pytest.raises(InvalidEntry, match="open"):
        Ruling(CLAIM, answer, "where it was seen", (EVIDENCE,), open=("one activation raised",))


def test_a_ruling_is_told_with_its_evidence_and_commands():
    ruling = Ruling(CLAIM, Answer.UNDECIDED, "who knows", (EVIDENCE,), open=("one activation raised",))
    text = "\n".join(detail_lines(ruling))
    for part in (
        "7. A sentence",
        "undecided: who knows",
        "OPEN: one activation",
        "$ ordering claims 7",
        "an ex",
    ):
        assert part in text


def test_the_markdown_table_escapes_what_would_break_it():
    row = markdown([Ruling(CLAIM, Answer.HOLDS, "a | b", (EVIDENCE,))]).splitlines()[2]
    assert "<b>" not in row
    assert row.replace("\\|", "").count("|") == 5


def test_the_data_hold_numbers_and_commands():
    data = claims_data(experiments(), [Ruling(CLAIM, Answer.HOLDS, "", (EVIDENCE,))], "quick")
    assert data["rulings"][0]["evidence"][0] == {
        "sentence": "It was seen.",
        "numbers": {"seen": 3},
        "command": "ordering claims 7",
        "examples": ["an example"],
    }
    assert [each["kept"][0] >= each["kept"][1] for each in data["experiments"]] == [True, True]


# ---- the post's experiments ----------------------------------------------------------------------------


def test_the_experiments_are_printed_as_torch_prints_and_are_the_same_each_time():
    first, again = experiments(), experiments()
    assert first == again
    same, different = first
    assert same.same
    assert not different.same
    assert [len(each.lines) for each in first] == [3, 3]
    assert all(tensor.startswith("tensor([[[[") for each in first for _, tensor in each.lines)


# ---- intervals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freedom", "value"), [(1, 12.7062), (2, 4.3027), (10, 2.2281), (19, 2.0930), (30, 2.0423)]
)
def test_the_quantiles_of_student_are_those_of_the_tables(freedom, value):
    assert quantile(freedom) == pytest.approx(value, abs=5e-5)


def test_an_interval_is_the_textbook_one():
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.count) == (2.0, 3)
    assert found.high - found.mean == pytest.approx(4.3027 / 3**0.5, abs=1e-4)
    assert interval([0.0, 0.0]).high == 0.0


def test_one_value_has_no_interval():
    with pytest.raises(NothingCompared):
        interval([1.0])
