"""What is kept of a test with @given: read again as it was, and told with its line where it cannot be."""

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering import laws, load_activation, poolings
from ordering.errors import InvalidArgument, LoadError
from ordering.law import Case
from ordering.strategies import activations, cases, term
from ordering.testing import kept
from ordering.testing.keeping import FAILURES, examples, keep, kept_of, records, written

few = settings(max_examples=20, database=None, deadline=None)


def again(folder, arguments):
    file = folder / "test_of.jsonl"
    file.write_text(written(arguments) + "\n")
    [found] = examples(file)
    return found


@pytest.mark.parametrize(
    "value",
    [
        term("max(x, 0) - x/4"),
        poolings["max_pool2d"],
        laws["commutes"],
        torch.bfloat16,
        None,
        True,
        3,
        0.1,
        math.inf,
        "text",
        'with "quotes"\n and lines',
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_argument_comes_back(value, tmp_path):
    found = again(tmp_path, {"argument": value})["argument"]
    assert found == value
    assert type(found) is type(value)


def same(one: Case, other: Case) -> bool:
    bits = [t.input.detach().contiguous().view(torch.int32).tolist() for t in (one, other)]
    return bits[0] == bits[1] and one.input.stride() == other.input.stride()


@few
@given(cases(activations(), poolings["max_pool2d"], torch.float32))
def test_drawn_cases_come_back_bit_for_bit(tmp_path_factory, case):
    found = again(tmp_path_factory.mktemp("kept"), {"case": case})["case"]
    assert found.activation == case.activation
    assert found.pooling == case.pooling
    assert dict(found.arguments) == dict(case.arguments)
    assert same(found, case)


def test_a_case_of_the_catalogue_comes_back(tmp_path):
    given_ = torch.tensor([[[[1.0, -0.0, math.nan]]]])
    case = Case(load_activation("silu"), poolings["max_pool2d"], given_, {"kernel_size": (1, 2)})
    found = again(tmp_path, {"case": case})["case"]
    assert found.activation is case.activation
    assert same(found, case)


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(TypeError, match="a list cannot be kept"):
        written({"values": [1]})


def test_a_line_is_kept_once(tmp_path):
    file = tmp_path / "kept" / "test_of.jsonl"
    line = written({"f": term("x")})
    assert keep(line, file)
    assert not keep(line, file)
    assert keep(written({"f": term("-x")}), file)
    assert [each["f"] for each in examples(file)] == [term("x"), term("-x")]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"",
        b"[]",
        b"{}",
        b'{"f": {"term": "max(x"}}',
        b'{"f": {"pooling": "no_such"}}',
        b'{"f": {"law": "no_such"}}',
        b'{"f": {"dtype": "float17"}}',
        b'{"f": {"strange": 1}}',
        b'{"f": {"case": {}, "term": "x", "pooling": "max_pool2d"}}',
        b'{"f": "\xff"}',
        b'{"other": 1}',
    ],
)
def test_a_damaged_line_is_told_by_file_and_number(line, tmp_path):
    file = tmp_path / "test_of.jsonl"
    file.write_bytes(written({"f": term("x")}).encode() + b"\n" + line + b"\n")
    with pytest.raises(LoadError, match=r"test_of\.jsonl, line 2, is no kept example"):
        list(examples(file, {"f"}))


def test_kept_stands_above_given():
    with pytest.raises(InvalidArgument, match="stands above @given"):
        kept(lambda: None)


@pytest.mark.parametrize("fail", [AssertionError, ZeroDivisionError, pytest.fail.Exception])
def test_a_failure_is_written_down_where_that_is_asked_for(fail, tmp_path, monkeypatch):
    @kept
    @few
    @given(st.integers())
    def test_small(n):
        if n > 2:
            raise fail(f"{n}")

    for folder in ("", str(tmp_path)):
        monkeypatch.setenv(FAILURES, folder)
        with pytest.raises(fail, match="3"):
            test_small()
    [record] = records(tmp_path)
    assert json.loads(record.line) == {"n": 3}
    assert record.file == kept_of(test_small)
    assert records(tmp_path) == []


@pytest.mark.parametrize("folder", ["", "no/such"])
def test_an_example_that_cannot_be_written_hides_no_failure(folder, tmp_path, monkeypatch):
    monkeypatch.setenv(FAILURES, str(tmp_path / folder))
    strategy = st.integers() if folder else st.lists(st.integers())

    @kept
    @few
    @given(strategy)
    def test_any(value):
        raise AssertionError("its own failure")

    with pytest.raises(AssertionError, match="its own failure") as failed:
        test_any()
    assert any("@kept cannot keep this example" in note for note in failed.value.__notes__)
    assert list(tmp_path.iterdir()) == []


def test_an_example_outside_the_assumptions_is_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv(FAILURES, str(tmp_path))

    @kept
    @few
    @given(activations(affine=True))
    def test_sound(f):
        assert f.known.properties["affine"]

    test_sound()
    assert records(tmp_path) == []
