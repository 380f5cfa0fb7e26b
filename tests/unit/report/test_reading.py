"""A report read back: every damage is told in one sentence, and older reports are still read."""

import copy
import json

import pytest
import torch

from ordering.errors import LoadError
from ordering.evidence import Answer, Counterexample, DtypeVerdict, Grade, Outcome, Verdict, WorldAnswer
from ordering.report.data import report_data
from ordering.report.identity import identities
from ordering.report.reading import read_report
from ordering.report.records import Report, Source

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


def verdict(activation="f", dtypes=("float16", "float32")):
    worlds = {world: WorldAnswer(world, Outcome.REFUTED, "-") for world in ("reals", "floats", "kernels")}
    by_dtype = {}
    for dtype in dtypes:
        side = torch.zeros(1)
        found = Counterexample(
            activation, "p", "commutes", dtype, side, {"a": (1,)}, side, side, (0,), 0.1, 1, Grade.ULP, 0, "x"
        )
        by_dtype[dtype] = DtypeVerdict(dtype, Answer.DIFFERENT, "-", worlds, counterexample=found)
    return Verdict(activation, "p", "commutes", "quick", by_dtype)


DATA = report_data(Report([verdict()], FACTS, sources=[Source("activation", "f", "a.py:f", "a.py", 3)]))


def test_what_was_written_is_read(tmp_path):
    file = tmp_path / "report.json"
    file.write_text(json.dumps(DATA))
    assert read_report(file) == json.loads(json.dumps(DATA))


def test_a_report_of_before_there_were_ids_layouts_sources_and_changes_is_read(tmp_path):
    older = copy.deepcopy(DATA)
    for key in ("command", "sources", "changes"):
        del older[key]
    for each in (older["verdicts"][0], *older["verdicts"][0]["by_dtype"].values()):
        for key in ("id", "layout", "call", "tolerance_ulp"):
            del each["counterexample"][key]
    file = tmp_path / "report.json"
    file.write_text(json.dumps(older))
    assert read_report(file)["verdicts"]


def damaged(**changes):
    return json.dumps({**DATA, **changes})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no report"),
        (b"{", "no JSON"),
        (b"[]", "its schema is a list"),
        (b"null", "its schema is a NoneType"),
        (b"{}", "its schema is None"),
        (b'{"schema": NaN}', "NaN is no number"),
        (damaged(schema="ordering-report/2").encode(), "'ordering-report/2'"),
        (damaged(verdicts=[{}]).encode(), "damaged report"),
        (damaged(verdicts=3).encode(), r"damaged report: \$.verdicts"),
        (damaged(surplus=1).encode(), "surplus"),
        (damaged(environment={}).encode(), "damaged report"),
        (b"[" * 100_000, "no JSON"),
        (json.dumps(DATA).replace('"id": "comm', '"id2": "comm').encode(), "id2"),
    ],
    ids=range(14),
)
def test_every_damage_is_told_in_one_sentence(tmp_path, content, why):
    file = tmp_path / "report.json"
    file.write_bytes(content)
    with pytest.raises(LoadError, match=why) as told:
        read_report(file)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 600
    assert "ordering report" in str(told.value)


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    for place in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(LoadError, match="cannot read the report"):
            read_report(place)


def test_ids_are_readable_unique_and_the_same_in_every_run():
    assert identities([verdict()]) == [
        {"float16": "commutes/f/p/float16", "float32": "commutes/f/p/float32"},
    ]
    twice = identities([verdict(), verdict("g"), verdict()])
    assert twice[1]["float16"] == "commutes/g/p/float16"
    assert (twice[0]["float16"], twice[2]["float16"]) == ("commutes/f/p/float16", "commutes/f/p/float16#2")
    held = DATA["verdicts"][0]
    assert held["by_dtype"]["float32"]["counterexample"]["id"] == "commutes/f/p/float32"
    assert held["counterexample"]["id"] == "commutes/f/p/float16", "the one of the dtype that decides"
