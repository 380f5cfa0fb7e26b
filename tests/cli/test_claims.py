"""`ordering claims`: what it prints, writes and exits with."""

import json

import pytest
from click.testing import CliRunner

from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling
from ordering.claims.table import EXAMINERS
from ordering.cli import main


@pytest.fixture
def run(tmp_path):
    def invoke(*words):
        return CliRunner().invoke(main, ["claims", *words, "--store", str(tmp_path / "store")])

    return invoke


def planted(monkeypatch, number, answer, left_open=()):
    """Rule at once, without an examination."""
    claim = CLAIMS[number - 1]
    ruling = Ruling(claim, answer, "under a condition", (Evidence("Seen.", "a command"),), left_open)
    monkeypatch.setitem(EXAMINERS, number, (claim, lambda tell, means: ruling))


def test_the_experiments_come_first_then_the_table_then_the_details(run):
    result = run("3")
    assert result.exit_code == 0, result.output
    text = result.stdout
    places = [
        text.index(part)
        for part in ("relu and max pooling", "relu and average pooling", "ruling", "3. Average", "$ python")
    ]
    assert places == sorted(places)
    assert text.count("tensor([[[[") == 6


def test_claims_as_data(run):
    result = run("3", "5", "--json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert [each["claim"]["number"] for each in data["rulings"]] == [3, 5]
    assert {each["ruling"] for each in data["rulings"]} <= {answer.value for answer in Answer}
    assert all(each["command"] for ruling in data["rulings"] for each in ruling["evidence"])
    assert len(data["experiments"]) == 2


def test_the_markdown_table_alone(run):
    result = run("3", "--markdown")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| 3. ")


def test_what_cannot_be_asked_exits_2(run, tmp_path):
    assert run("6").exit_code == 2
    assert run("one").exit_code == 2
    assert run("3", "--effort", "thorough").exit_code == 2
    wrong = tmp_path / "study.json"
    wrong.write_text("{}", encoding="utf-8")
    result = run("3", "--study", str(wrong))
    assert result.exit_code == 2
    assert "benchmarks/" in result.output
    assert run("5", "--times", str(tmp_path / "missing.json")).exit_code == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer.HOLDS, 0), (Answer.CONDITIONS, 0), (Answer.FAILS, 0), (Answer.UNDECIDED, 1)],
)
def test_only_an_undecided_claim_exits_1(run, monkeypatch, answer, code):
    planted(monkeypatch, 2, answer, ("one was not counted",) if answer is Answer.UNDECIDED else ())
    result = run("2")
    assert result.exit_code == code, result.output
    assert answer.value.split()[0] in result.stdout
    assert ("OPEN: one was not counted" in result.stdout) == (code == 1)


def test_an_interrupt_prints_what_is_known(run, monkeypatch):
    planted(monkeypatch, 1, Answer.HOLDS)

    def interrupted(_tell, _means):
        raise KeyboardInterrupt

    monkeypatch.setitem(EXAMINERS, 2, (CLAIMS[1], interrupted))
    result = run("1", "2", "3")
    assert result.exit_code == 130
    assert "1. With max pooling" in result.stdout
    assert "3. Average" not in result.stdout
    assert "interrupted" in result.stderr
