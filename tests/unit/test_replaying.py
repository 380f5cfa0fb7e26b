"""A counterexample comes back from a report's data bit for bit, as it lay in memory, and is run again."""

import json
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import ordering
from ordering import Law, Pooling
from ordering.errors import InvalidArgument, LoadError
from ordering.evidence import Counterexample, Grade
from ordering.evidence.storing import restored, stored, stored_call
from ordering.kernels import falsify
from ordering.kernels.layout import Layout, lay_out
from ordering.lattice import format_of
from ordering.law import Case
from ordering.pooling import Kind
from ordering.replaying import Recorded, Replayed, arguments_of, run_again, tensor_of
from ordering.report.data import counterexample_data

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


def found(tensor, arguments=None):
    """A counterexample with this input."""
    side = torch.zeros(1)
    return Counterexample(
        activation="relu",
        pooling="max_pool2d",
        law="commutes",
        dtype=str(tensor.dtype).removeprefix("torch."),
        input=tensor,
        pooling_arguments={} if arguments is None else arguments,
        activation_first=side,
        pooling_first=side,
        index=(0,),
        gap=0.0,
        gap_ulp=0,
        grade=Grade.ULP,
        seed=0,
        script="x",
    )


def through_json(counterexample):
    data = counterexample_data(counterexample)
    return json.loads(json.dumps(data, allow_nan=False))


def same_tensor(one, other):
    integer = format_of(one.dtype).integer
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.stride() == other.stride()
    assert one.storage_offset() == other.storage_offset()
    assert one.requires_grad == other.requires_grad
    left, right = (each.detach().contiguous() for each in (one, other))
    nan = left.isnan() & right.isnan()
    assert torch.equal(left.view(integer)[~nan], right.view(integer)[~nan])
    return True


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gradient", [False, True])
def test_the_input_comes_back_bit_for_bit_as_it_lay(dtype, layout, gradient):
    values = [-0.0, 0.0, math.inf, -math.inf, math.nan, 1 / 3, -65504.0, torch.finfo(dtype).tiny / 2] * 6
    given = lay_out(torch.tensor(values, dtype=dtype).view(2, 3, 2, 4), layout).requires_grad_(gradient)
    assert same_tensor(given, tensor_of(through_json(found(given))))


@pytest.mark.parametrize("shape", [(0,), (2, 0, 3), (), (1, 1, 1, 1)])
def test_empty_and_single_inputs_come_back(shape):
    given = torch.full(shape, 1.5)
    assert same_tensor(given, tensor_of(through_json(found(given))))


@given(PLAIN)
def test_arguments_come_back_with_their_types(value):
    back = restored(json.loads(json.dumps(stored(value), allow_nan=False)))
    assert repr(back) == repr(value)
    assert arguments_of(through_json(found(torch.zeros(1), {"size": value}))) == {"size": value}


def test_what_is_no_plain_data_is_told_and_not_guessed():
    strange = {"size": torch.float32}
    assert stored_call(strange) is None
    data = through_json(found(torch.zeros(1), strange))
    with pytest.raises(LoadError, match=r"no plain data.*size=torch.float32"):
        arguments_of(data)


@pytest.mark.parametrize(
    "damage",
    [
        {"shape": [3]},
        {"input": ["0x1.0p+0"] * 3},
        {"dtype": "int8"},
        {"dtype": "float12"},
        {"dtype": "float16", "input": ["0x1.0p+200", "0x1.0p+0"]},
        {"dtype": "float16", "input": ["0x1.0000000000001p+0", "0x1.0p+0"]},
        {"input": ["0x1.0p+99999999", "0x1.0p+0"]},
        {"layout": {"stride": [10**12], "offset": 0, "requires_grad": False}},
        {"layout": {"stride": [1, 1], "offset": 0, "requires_grad": False}},
        {"layout": {"stride": [0], "offset": 0, "requires_grad": False}},
        {"layout": {"stride": [10**30], "offset": 10**40, "requires_grad": False}},
    ],
)
def test_damaged_data_cannot_be_run_and_allocate_nothing(damage):
    data = {**through_json(found(torch.tensor([1.0, 2.0]))), **damage}
    with pytest.raises(LoadError, match="input cannot be read"):
        tensor_of(data)
    done = run_again(Recorded("id", "commutes", "relu", "max_pool2d", {}, data))
    assert done.outcome is Replayed.CANNOT


@pytest.mark.parametrize("call", [{"size": {"tuple": 3}}, {"size": {"exec": "1"}}, {"size": {}}])
def test_damaged_arguments_cannot_be_run(call):
    with pytest.raises(LoadError, match="arguments of the pooling cannot be read"):
        arguments_of({"arguments": {}, "call": call})


def test_an_older_report_has_lists_for_tuples_and_no_layout():
    data = through_json(found(torch.ones(2, 2).T, {"kernel_size": (1, 2)}))
    older = {key: value for key, value in data.items() if key not in ("call", "layout", "tolerance_ulp")}
    assert arguments_of(older) == {"kernel_size": (1, 2)}
    assert tensor_of(older).is_contiguous()


# ---- run again -----------------------------------------------------------------------------------------


def recorded(counterexample, **references):
    return Recorded(
        "id",
        counterexample.law,
        counterexample.activation,
        counterexample.pooling,
        references,
        through_json(counterexample),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("activation", "pooling"), [("silu", "max_pool2d"), ("relu", "avg_pool2d")])
def test_a_counterexample_is_still_there_with_the_same_gap(activation, pooling, dtype):
    counterexample = falsify(activation, pooling, dtype=dtype)
    assert counterexample is not None
    again = run_again(recorded(counterexample))
    assert again.outcome is Replayed.THERE
    assert (again.gap_now, again.ulp_now) == (counterexample.gap, counterexample.gap_ulp)
    assert again.why == "with the same gap"


SOURCE = """
import torch
from ordering import Activation

def kernel(t):
    return {body}

{name} = Activation("{name}", kernel=kernel)
"""


def user_file(path, body, name="mine"):
    """A file of its own for each text: what is imported once is not read again."""
    path.write_text(SOURCE.format(body=body, name=name))
    return f"{path}:{name}"


def test_a_mended_kernel_is_told_from_a_faulty_one_and_from_one_that_is_not_there(tmp_path):
    faulty = user_file(tmp_path / "faulty_kernel.py", "torch.relu(t) - t.gt(1).to(t.dtype)")
    counterexample = falsify(faulty, "max")
    assert counterexample is not None
    assert run_again(recorded(counterexample, activation=faulty)).outcome is Replayed.THERE
    mended = user_file(tmp_path / "mended_kernel.py", "torch.relu(t)")
    gone = run_again(recorded(counterexample, activation=mended))
    assert (gone.outcome, gone.gap_now) == (Replayed.GONE, 0.0)
    worse = user_file(tmp_path / "worse_kernel.py", "torch.relu(t) - 9 * t.gt(1).to(t.dtype)")
    changed = run_again(recorded(counterexample, activation=worse))
    assert (changed.outcome, changed.why) == (Replayed.THERE, "with another gap")
    for references, why in [
        ({}, "no activation named"),
        ({"activation": f"{tmp_path / 'nowhere.py'}:mine"}, "there is no such file"),
        ({"activation": faulty.replace(":mine", ":yours")}, "has no attribute"),
        (
            {"activation": user_file(tmp_path / "other_name.py", "t", "other")},
            "is now other, and no more mine",
        ),
        ({"activation": user_file(tmp_path / "raising.py", "t.nothing")}, "AttributeError"),
    ]:
        lost = run_again(recorded(counterexample, **references))
        assert lost.outcome is Replayed.CANNOT
        assert why in lost.why
        assert lost.gap_now is None


def test_what_was_forgiven_then_is_forgiven_now():
    """Found beyond a bound of rounding: within it again, it is gone."""
    counterexample = falsify("silu", "max", dtype=torch.float16)
    assert counterexample is not None
    bound = counterexample.gap_ulp
    assert bound is not None
    data = {**through_json(counterexample), "tolerance_ulp": bound}
    claim = ("commutes", "silu", "max_pool2d")
    assert run_again(Recorded("id", *claim, {}, data)).outcome is Replayed.GONE
    assert (
        run_again(Recorded("id", *claim, {}, {**data, "tolerance_ulp": bound - 1})).outcome is Replayed.THERE
    )


def test_a_fault_on_one_layout_alone_needs_the_layout(tmp_path):
    strided = user_file(tmp_path / "strided_kernel.py", "t if t.is_contiguous() else -t")
    activation = ordering.load_activation(strided)
    given = lay_out(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), Layout.STRIDED)
    case = Case(activation, ordering.load_pooling("max"), given, {"kernel_size": 2})
    assert not case.input.is_contiguous()
    counterexample = replace(found(given, {"kernel_size": 2}), activation="mine")
    data = through_json(counterexample)
    there = run_again(Recorded("id", "commutes", "mine", "max_pool2d", {"activation": strided}, data))
    assert there.outcome is Replayed.THERE
    flat = {key: value for key, value in data.items() if key != "layout"}
    gone = run_again(Recorded("id", "commutes", "mine", "max_pool2d", {"activation": strided}, flat))
    assert gone.outcome is Replayed.GONE


def test_a_pooling_of_ones_own_gets_tuples_as_tuples(tmp_path):
    (tmp_path / "own_pooling.py").write_text(
        "import torch.nn.functional as F\n"
        "from ordering import Pooling\n"
        "from ordering.pooling import Kind\n"
        "def kernel(t, kernel_size):\n"
        "    assert isinstance(kernel_size, tuple), kernel_size\n"
        "    return F.avg_pool2d(t, kernel_size)\n"
        "own = Pooling('own', kernel, 2, (Kind.MEAN,), arguments=frozenset({'kernel_size'}))\n"
    )
    reference = f"{tmp_path / 'own_pooling.py'}:own"
    given = torch.tensor([[[[-1.0, 1.0]]]])
    data = through_json(found(given, {"kernel_size": (1, 2)}))
    there = run_again(Recorded("id", "commutes", "relu", "own", {"pooling": reference}, data))
    assert there.outcome is Replayed.THERE, there.why


def test_a_law_of_ones_own_and_one_that_needs_a_proof(tmp_path):
    (tmp_path / "own_law.py").write_text(
        "from ordering import Law\n"
        "from ordering.pooling import Kind\n"
        "def sides(case):\n"
        "    return case.pool(case.activate(case.input)), case.pool(case.input)\n"
        "own = Law('own', 'P(f(x)) = P(x)', sides=sides, needs={Kind.SELECT_MAX: 'nondecreasing'})\n"
    )
    reference = f"{tmp_path / 'own_law.py'}:own"
    data = through_json(found(torch.tensor([[[[-1.0, -2.0]]]]), {"kernel_size": (1, 2)}))
    there = run_again(Recorded("id", "own", "relu", "max_pool2d", {"law": reference}, data))
    assert (there.outcome, there.gap_now) == (Replayed.THERE, 1.0)
    bounded = [law for law in ordering.laws.values() if law.needs_shape and Kind.SELECT_MAX in law.needs]
    for law in bounded:
        done = run_again(Recorded("id", law.name, "relu", "max_pool2d", {}, data))
        assert done.outcome is Replayed.GONE, done.why


def test_a_law_that_does_not_speak_of_the_pooling_cannot_be_run():
    other = next(law for law in ordering.laws.values() if Kind.SELECT_MAX not in law.needs)
    assert isinstance(other, Law)
    assert isinstance(ordering.poolings["max"], Pooling)
    done = run_again(
        Recorded("id", other.name, "relu", "max_pool2d", {}, through_json(found(torch.zeros(1))))
    )
    assert done.outcome is Replayed.CANNOT


def test_what_is_no_report_is_refused():
    with pytest.raises(InvalidArgument, match=r"report\.json"):
        list(ordering.recorded_in({}))
    with pytest.raises(InvalidArgument, match="recorded_in"):
        ordering.run_again("commutes/silu/max_pool2d/float16")  # type: ignore[arg-type]  # the mistake
