"""What counts as a change for the worse, for the better, as new, and as lost."""

import json
from dataclasses import replace

import jsonschema
import pytest

from ordering.evidence import Answer, DtypeVerdict, Machine, Outcome, Verdict, WorldAnswer
from ordering.report.changes import compared, standings, standings_of
from ordering.report.data import report_data, schema
from ordering.report.records import Report
from ordering.report.told import changes_told

FACTS = {
    "ordering": "0",
    "python": "3.11",
    "torch": "2.13.0",
    "sympy": "1.14.0",
    "hypothesis": "6",
    "cpu_capability": "AVX512",
    "seed": 0,
    "effort": "quick",
    "machine": {"cpu": "one"},
}
MACHINE = Machine("Linux", "one", "", "2", "AVX2", "AVX2", "none", flush_denormal=False, threads=1)


def verdict(answers, activation="f", machine=None, pending=()):
    """A verdict with, for each dtype, an answer, a bound and contradictions."""
    by_dtype = {}
    for dtype, (answer, ulp, *contradictions) in answers.items():
        worlds = {
            world: WorldAnswer(world, Outcome.UNDECIDED, "-") for world in ("reals", "floats", "kernels")
        }
        by_dtype[dtype] = DtypeVerdict(dtype, answer, "-", worlds, tuple(contradictions), ulp=ulp)
    return Verdict(activation, "max_pool2d", "commutes", "quick", by_dtype, machine=machine, pending=pending)


def against(before, after, *, facts=FACTS, old_facts=FACTS, complete=True, old_complete=True):
    old = json.loads(json.dumps(report_data(Report(before, old_facts, old_complete))))
    return compared("old.json", old, after, facts, complete=complete)


E, R, U, X, D = Answer.EXACT, Answer.ROUNDING, Answer.UNDECIDED, Answer.ERROR, Answer.DIFFERENT


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ((E, None), (E, None), ""),
        ((E, None), (R, 1), "worse"),
        ((R, 1), (E, None), "better"),
        ((E, None), (D, 3), "worse"),
        ((D, 3), (E, None), "better"),
        ((E, None), (U, None), "worse"),
        ((R, 1), (X, None), "worse"),
        ((D, 3), (U, None), "worse"),
        ((D, 3), (X, None), "worse"),
        ((U, None), (D, 3), "worse"),
        ((U, None), (X, None), "worse"),
        ((X, None), (U, None), "better"),
        ((U, None), (R, 4), "better"),
        ((R, 1), (R, 1), ""),
        ((R, 1), (R, 2), "worse"),
        ((R, 2), (R, 1), "better"),
        ((R, 2), (R, None), "worse"),
        ((R, None), (R, 2), "better"),
        ((D, 3), (D, 4), ""),
        ((E, None), (E, None, "they part"), "worse"),
        ((E, None, "they part"), (E, None), "better"),
        ((E, None, "they part"), (E, None, "they part elsewhere"), "worse"),
        ((D, None), (E, None, "they part"), "worse"),
    ],
)
def test_better_and_worse(before, after, direction):
    changes = against([verdict({"float16": before})], [verdict({"float16": after})])
    assert [change.direction for change in changes.changed] == ([direction] if direction else [])
    assert changes.worse is (direction == "worse")
    assert changes.same == (0 if direction else 1)


def test_each_dtype_is_compared_for_itself():
    """The verdict as a whole is `different` both times, and would hide what happened in float32."""
    before = verdict({"float16": (D, 3), "float32": (E, None)})
    after = verdict({"float16": (D, 3), "float32": (R, 2)})
    [change] = against([before], [after]).changed
    assert (change.after.dtype, change.why) == ("float32", "exact, now rounding (2 ULP)")


def test_new_and_lost_entries():
    changes = against([verdict({"float16": (E, None)}, "gone")], [verdict({"float16": (D, None)}, "new")])
    assert [each.activation for each in changes.new] == ["new"]
    assert [each.activation for each in changes.lost] == ["gone"]
    assert changes.worse, "nobody looks at what is lost any more"
    assert not against([], [verdict({"float16": (D, None)})]).worse, "what is new is no change for the worse"


def test_an_interrupted_run_has_lost_nothing():
    before = [verdict({"float16": (E, None), "float32": (E, None)}), verdict({"float16": (E, None)}, "g")]
    cut = [verdict({"float16": (E, None)}, pending=("float32",))]
    assert not against(before, cut, complete=False).lost
    assert [each.activation for each in against(before, cut).lost] == ["g"], "and what is pending is to come"


def test_another_machine_and_other_versions_are_told():
    told = " | ".join(
        against(
            [],
            [],
            facts={**FACTS, "torch": "2.14.0", "seed": 1, "machine": {"cpu": "two"}},
            old_complete=False,
        ).circumstances
    )
    for part in ("interrupted", "another machine: one; this is two", "torch: 2.13.0", "seed: 0"):
        assert part in told
    assert against([], []).circumstances == ()


def test_several_machines_are_compared_each_for_itself_and_strangers_by_the_worst():
    other = replace(MACHINE, cpu="two")
    good, bad = {"float16": (E, None)}, {"float16": (D, None)}
    before = [verdict(good, machine=MACHINE), verdict(bad, machine=other)]
    after = [verdict(bad, machine=MACHINE), verdict(bad, machine=other)]
    [change] = against(before, after).changed
    assert change.after.machine == MACHINE.kind
    strangers = [verdict(good, machine=replace(MACHINE, cpu=cpu)) for cpu in ("three", "four")]
    [change] = against(before, strangers).changed
    assert (change.direction, change.after.machine) == ("better", "")
    assert against([verdict(good, machine=MACHINE)], [verdict(good, machine=other)]).same == 1


def test_what_is_read_back_is_what_was_written():
    verdicts = [verdict({"float16": (R, 2), "float32": (X, None, "a", "b")}, machine=MACHINE)]
    data = json.loads(json.dumps(report_data(Report(verdicts, FACTS))))
    assert standings_of(data) == standings(verdicts)


def test_the_changes_are_in_the_json_and_in_words():
    before = [verdict({"float16": (E, None)}), verdict({"float16": (E, None)}, "gone")]
    after = [verdict({"float16": (R, 2)}), verdict({"float16": (E, None)}, "new")]
    changes = against(before, after)
    data = report_data(Report(after, FACTS, changes=changes))
    jsonschema.validate(data, schema())
    assert data["changes"]["worse"] is True
    assert data["changes"]["changed"][0]["after"]["answer"] == "rounding"
    words = "\n".join(line for line, _ in changes_told(changes))
    assert "1 worse, 0 better, 1 new, 1 lost, 0 as before" in words
    assert "WORSE  commutes: f with max_pool2d in float16: exact, now rounding (2 ULP)" in words
    assert "LOST   commutes: gone" in words
    many = [verdict({"float16": (E, None)}, f"f{number}") for number in range(60)]
    cut = [line for line, _ in changes_told(against([], many), 5)]
    assert len(cut) == 7
    assert "and 55 more" in cut[-1]
