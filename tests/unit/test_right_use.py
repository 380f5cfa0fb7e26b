"""What a user would expect to work: one thing may be named, built, passed as a function or as a module."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis.database import DirectoryBasedExampleDatabase
from PIL import Image
from torch import nn

import ordering
from ordering import Activation, Store, activations, laws, poolings, x
from ordering.catalogue.functions import FAMILIES, HOMES, PLAIN
from ordering.examination import module_of
from ordering.kernels import examine, replay, window
from ordering.kernels.strategies import cases, elements
from ordering.law import Domain
from ordering.pooling import Kind, Pooling
from ordering.testing import parametrize_with_laws

USER_CODE = """
import torch
from torch import nn
from ordering import Activation, laws, poolings, x

act = Activation("act", kernel=torch.relu, expression=x)
def plain(t):
    return t.clamp(min=0)
module = nn.Tanh()
pool = poolings["max"]
layer = nn.MaxPool2d(2)
law = laws["commutes"]
conv = nn.Conv2d(3, 2, 1)
"""


@pytest.fixture
def user_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "right_use_code.py"
    file.write_text(USER_CODE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield file
    sys.modules.pop("right_use_code", None)


# ---- what is recognised ------------------------------------------------------------------------------------


def every_value() -> torch.Tensor:
    values = torch.arange(-(2**15), 2**15).to(torch.int16).view(torch.float16)
    return values[~values.isnan()].to(torch.float32)


def same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return torch.equal(left.nan_to_num(nan=7.5), right.nan_to_num(nan=7.5)) and torch.equal(
        left.isnan(), right.isnan()
    )


@pytest.mark.parametrize("name", [name for name in activations if any(hasattr(home, name) for home in HOMES)])
def test_torchs_functions_are_the_entries_of_their_names(name: str) -> None:
    whole = activations[name].low is None
    for home in HOMES:
        function = getattr(home, name, None)
        if function is not None:
            found = ordering.load_activation(function)
            assert (found is activations[name]) is whole, "an entry of an interval is not the function"
            values = every_value()
            assert same(found.kernel(values), function(values))


MODULES = [
    *(kind() for kind in PLAIN),
    *(kind(*(1, 2)[: len(names)]) for kind, (_, names) in FAMILIES.items()),
    *(nn.LeakyReLU(), nn.LeakyReLU(0.3), nn.ELU(), nn.ELU(-1.0), nn.CELU(0.1), nn.Hardtanh(-2, 0.5)),
    *(nn.Softplus(), nn.Softplus(3, 7), nn.Hardshrink(), nn.Softshrink(0.25), nn.Threshold(0.1, 20)),
    *(nn.GELU(), nn.GELU("tanh"), nn.PReLU(), nn.PReLU(init=0.1), nn.RReLU().eval()),
]


def called(value: object) -> str:
    """The name of a function, whose text has its address in it; of anything else the text."""
    function = value.func if isinstance(value, functools.partial) else value
    return getattr(function, "__qualname__", str(function))


@pytest.mark.parametrize("module", MODULES, ids=called)
def test_torchs_modules_are_entries_or_members_of_families(module: nn.Module) -> None:
    found = ordering.load_activation(module)
    assert found.expression is not None
    values = every_value()
    with torch.no_grad():
        assert same(found.kernel(values), module(values))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (nn.ReLU(inplace=True), "ReLU(inplace=True)"),
        (nn.RReLU(), "RReLU(lower=0.125, upper=0.3333333333333333)"),
        (nn.PReLU(3), "PReLU(num_parameters=3)"),
        (nn.Softmax(dim=1), "Softmax(dim=1)"),
        (nn.Sequential(nn.ReLU(), nn.Tanh()), "Sequential"),
        (nn.CELU(-1.0), "CELU(alpha=-1.0)"),
        (nn.Hardtanh(0.0, float("inf")), "Hardtanh(min_val=0.0, max_val=inf)"),
        (functools.partial(F.elu, alpha=3.0), "elu(alpha=3.0)"),
        (lambda t: t, "lambda"),
        (torch.compile, "compile"),
    ],
    ids=called,
)
def test_what_is_not_recognised_is_a_kernel_without_an_expression(module: Any, name: str) -> None:
    found = ordering.load_activation(module)
    assert (found.name, found.expression) == (name, None)
    assert module_of(found.kernel) is module if isinstance(module, nn.Module) else found.kernel is module


def test_a_module_that_somebody_has_changed_is_not_recognised() -> None:
    hooked, replaced = nn.ReLU(), nn.ReLU()
    hooked.register_forward_hook(lambda *_: None)
    replaced.forward = torch.neg  # type: ignore[method-assign]
    for module in (hooked, replaced):
        assert ordering.load_activation(module).expression is None


POOLS = [
    ("max_pool1d", F.max_pool1d),
    ("max_pool2d", F.max_pool2d),
    ("max_pool2d", torch.max_pool2d),
    ("max_pool3d", F.max_pool3d),
    ("avg_pool1d", torch.avg_pool1d),
    ("avg_pool2d", F.avg_pool2d),
    ("adaptive_avg_pool2d", F.adaptive_avg_pool2d),
    ("adaptive_max_pool3d", F.adaptive_max_pool3d),
    ("lp_pool1d", F.lp_pool1d),
    ("lp_pool2d", F.lp_pool2d),
]


@pytest.mark.parametrize(("name", "function"), POOLS)
def test_torchs_pooling_functions_are_entries(name: str, function: Any) -> None:
    assert ordering.load_pooling(function) is poolings[name]


LAYERS = [
    (nn.MaxPool1d(2), "MaxPool1d(kernel_size=2)", Kind.SELECT_MAX),
    (nn.MaxPool2d(2), "MaxPool2d(kernel_size=2)", Kind.SELECT_MAX),
    (nn.MaxPool2d((2, 3), stride=1), "MaxPool2d(kernel_size=2x3, stride=1)", Kind.SELECT_MAX),
    (nn.MaxPool2d(3, 2, 1, 2, ceil_mode=True), None, Kind.SELECT_MAX),
    (nn.MaxPool3d(2), "MaxPool3d(kernel_size=2)", Kind.SELECT_MAX),
    (nn.AvgPool1d(3), "AvgPool1d(kernel_size=3)", Kind.MEAN),
    (nn.AvgPool2d(2), "AvgPool2d(kernel_size=2)", Kind.MEAN),
    (nn.AvgPool2d(3, padding=1), "AvgPool2d(kernel_size=3, padding=1)", Kind.LINEAR),
    (nn.AvgPool2d(3, padding=1, count_include_pad=False), None, Kind.MEAN),
    (nn.AvgPool2d(2, divisor_override=3), "AvgPool2d(kernel_size=2, divisor_override=3)", Kind.LINEAR),
    (nn.AvgPool3d(2), "AvgPool3d(kernel_size=2)", Kind.MEAN),
    (nn.AdaptiveMaxPool2d((1, 2)), "AdaptiveMaxPool2d(output_size=1x2)", Kind.SELECT_MAX),
    (nn.AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)", Kind.MEAN),
    (nn.LPPool1d(2, 2), "LPPool1d(norm_type=2, kernel_size=2)", Kind.NORM),
    (nn.LPPool2d(4, 2), "LPPool2d(norm_type=4, kernel_size=2)", Kind.NORM),
]


@pytest.mark.parametrize(("layer", "name", "kind"), LAYERS, ids=called)
def test_torchs_pooling_layers_are_poolings_with_their_own_arguments(
    layer: nn.Module, name: str | None, kind: Kind
) -> None:
    found = ordering.load_pooling(layer)
    assert found.kinds == (kind,)
    assert name is None or found.name == name
    # The windows and the reference that it has are those of the layer: the suite's own laws hold.
    for law in ("reduces_as_declared", "plane_invariance"):
        assert not ordering.falsify("identity", found, law=law, examples=40), law


@pytest.mark.parametrize(
    ("activation", "layer", "verdict"),
    [
        ("relu", nn.MaxPool2d(2), "exact"),
        ("relu", nn.AvgPool2d(2), "different"),
        ("gelu", nn.MaxPool2d(3, 2, 1), "different"),
        (nn.ReLU(), nn.MaxPool2d(2), "exact"),
        ("identity", nn.AvgPool2d(3, padding=1), "exact"),
    ],
)
def test_a_layers_verdict_is_about_this_layer(activation: Any, layer: nn.Module, verdict: str) -> None:
    found = ordering.verify(activation, layer, dtypes="float16")
    assert found.verdict == verdict
    assert not found.contradictions


def test_one_more_than_the_identity_commutes_with_an_average_that_counts_no_padding() -> None:
    """The entry has calls that count padding, with which it does not: the layer has none of them."""
    shifted = Activation("shifted", kernel=lambda t: t + 1, expression=x + 1)
    found = ordering.falsify(shifted, nn.AvgPool2d(2), dtype="float64", tolerance_ulp=64, domains="finite")
    assert found is None or found.gap < 1e-6 * float(found.input.abs().max())
    assert ordering.falsify(shifted, "avg", dtype="float64", tolerance_ulp=64, domains="finite")


# ---- the same call in many words ---------------------------------------------------------------------------

RELUS: list[Any] = [
    "relu",
    activations["relu"],
    torch.relu,
    F.relu,
    torch.Tensor.relu,
    nn.ReLU(),
    "torch:relu",
]
MAXES: list[Any] = ["max", "max_pool2d", poolings["max"], F.max_pool2d, "torch.nn.functional:max_pool2d"]
COMMUTES: list[Any] = ["commutes", laws["commutes"], "right_use_code:law"]


@pytest.mark.parametrize("relu", RELUS, ids=called)
def test_relu_however_it_is_meant(relu: Any) -> None:
    assert ordering.load_activation(relu) is activations["relu"]
    assert ordering.prove(relu).nondecreasing.holds
    assert ordering.certify(relu, "float16").drops == 0
    assert ordering.why_not_kept(relu) == ""
    assert ordering.falsify(relu, "max", dtype="float16", examples=10) is None
    assert next(ordering.observe(torch.ones(1, 1, 2, 2), relu, "max")).activation == "relu"


@pytest.mark.parametrize("pooling", MAXES, ids=called)
@pytest.mark.parametrize("law", COMMUTES, ids=called)
def test_max_pooling_and_the_law_however_they_are_meant(pooling: Any, law: Any, user_code: Path) -> None:
    verdict = ordering.verify(torch.relu, pooling, law, dtypes=torch.float16)
    assert (verdict.activation, verdict.pooling, verdict.law) == ("relu", "max_pool2d", "commutes")
    assert verdict.verdict == "exact"


def test_plain_functions_and_modules_of_ones_own(user_code: Path) -> None:
    for home in ("right_use_code", "./right_use_code.py", str(user_code), "right_use_code.py"):
        assert ordering.load_activation(f"{home}:act").name == "act"
        assert ordering.load_activation(f"{home}:plain").name == "plain"
        assert ordering.load_activation(f"{home}:module") is activations["tanh"]
        assert ordering.load_pooling(f"{home}:pool") is poolings["max"]
        assert ordering.load_pooling(f"{home}:layer").name == "MaxPool2d(kernel_size=2)"
        assert ordering.load_law(f"{home}:law") is laws["commutes"]
        assert isinstance(ordering.load_layer(f"{home}:conv"), nn.Conv2d)
        assert ordering.prove(f"{home}:act").affine.holds
        assert ordering.prove(f"{home}:plain").affine.holds is None
        assert ordering.verify(f"{home}:plain", "max", dtypes="float16").verdict == "exact"


def test_a_file_is_imported_once_and_its_functions_reach_other_processes(user_code: Path) -> None:
    first, again = (ordering.load_activation(f"{user_code}:plain") for _ in range(2))
    assert first.kernel is again.kernel
    with ordering.workers_at("native", 1) as executor:
        assert ordering.certify(first, "float16", executor=executor).drops == 0


SAME: list[tuple[str, Callable[..., Any], Mapping[str, Any], list[Mapping[str, Any]]]] = [
    (
        "verify",
        lambda **given: ordering.verify("relu", "max", **given).verdict,
        {"dtypes": ("float16",)},
        [
            {"dtypes": torch.float16},
            {"dtypes": "float16"},
            {"dtypes": "torch.float16"},
            {"dtypes": [torch.float16]},
            {"dtypes": iter(("float16", torch.float16))},
            {"dtypes": "float16", "seed": np.int64(3)},
            {"dtypes": "float16", "seed": torch.tensor(3)},
            {"dtypes": "float16", "timeout": 5},
            {"dtypes": "float16", "timeout": np.float32(5)},
            {"dtypes": "float16", "timeout": Fraction(5, 2)},
            {"dtypes": "float16", "workers": np.int32(1)},
            {"dtypes": "float16", "progress": print},
            {"dtypes": "float16", "executor": ThreadPoolExecutor(1)},
        ],
    ),
    (
        "falsify",
        lambda **given: ordering.falsify("silu", "max", **{"examples": 60, **given}) is not None,
        {},
        [
            {"dtype": "float16"},
            {"dtype": torch.bfloat16},
            {"domains": Domain.FINITE},
            {"domains": "finite"},
            {"domains": ["finite", Domain.NAN]},
            {"kinds": Kind.SELECT_MAX},
            {"kinds": "select_max"},
            {"hints": -1.25},
            {"hints": [(-2.0, -1.0)]},
            {"hints": [np.array([-2.0, -1.0]), 3]},
            {"hints": torch.tensor([-2.0, -1.0])},
            {"examples": np.int64(60)},
            {"shape": ordering.prove("silu")},
            {"law": laws["commutes"]},
        ],
    ),
    (
        "certify",
        lambda **given: ordering.certify("relu", "float16", **given).drops,
        {},
        [
            {"low": 0, "high": np.float64(2)},
            {"low": Fraction(1, 3)},
            {"low": -(10**400), "high": float("inf")},
            {"workers": np.int64(2)},
            {"resume": np.bool_(False)},
        ],
    ),
    (
        "prove",
        lambda **given: ordering.prove(given.pop("f", "relu"), **given).finding("convex").holds,
        {},
        [
            {"properties": "convex"},
            {"properties": ["convex", "affine"]},
            {"properties": ordering.reals.properties["convex"]},
            {"f": "max(x, 0)"},
            {"f": "x"},
            {"f": x**2},
            {"f": 3},
            {"f": nn.LeakyReLU(0.5)},
            {"timeout": np.float64(10)},
        ],
    ),
]


@pytest.mark.parametrize(
    ("call", "usual", "given"),
    [
        pytest.param(call, usual, given, id=f"{name}-{n}")
        for name, call, usual, right in SAME
        for n, given in enumerate(right)
    ],
)
def test_one_question_in_many_forms_has_one_answer(
    call: Callable[..., Any], usual: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    assert call(**given) == call(**usual)


def test_a_store_is_a_store_a_path_or_its_text(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    for store in (Store(folder), folder, str(folder)):
        ordering.certify("relu", "float16", store=store)
        ordering.verify("relu", "max", dtypes="float16", store=store)
    assert len(list(folder.iterdir())) == 2, "one for each path of the scan, found again each time"


def test_a_database_is_one_a_path_or_its_text(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    for database in (DirectoryBasedExampleDatabase(folder), folder, str(folder)):
        found = examine("relu", "avg", database=database, examples=30)
        assert isinstance(found, ordering.evidence.Counterexample)
    assert any(folder.rglob("*"))


@pytest.mark.parametrize(
    ("of_activations", "of_poolings", "of_laws", "count"),
    [
        ("relu", "max", "commutes", 1),
        (["relu", torch.relu, nn.ReLU()], ["max", F.max_pool2d], laws["commutes"], 1),
        (["relu", "tanh"], (poolings["max"], nn.MaxPool2d(2)), ["commutes", "dominates"], 8),
        (iter(["relu"]), iter(["max"]), iter(["commutes"]), 1),
        ({"mine": activations["relu"]}, {"p": poolings["max"]}, {"l": laws["commutes"]}, 1),
        (nn.Sequential(nn.ReLU()), "max", "commutes", 1),
    ],
)
def test_one_or_several(of_activations: Any, of_poolings: Any, of_laws: Any, count: int) -> None:
    found = list(ordering.verify_all(of_activations, of_poolings, of_laws, dtypes="float16"))
    assert len(found) == count


def test_observe_takes_names_and_lists() -> None:
    features = torch.randn(1, 2, 4, 4)
    for given in (("relu", "max"), (["relu"], ["max"]), (iter([nn.ReLU()]), F.max_pool2d)):
        [seen] = ordering.observe(features, *given)
        assert (seen.activation, seen.pooling, seen.same_bits) == ("relu", "max_pool2d", 1)
    assert len(list(ordering.observe(features, "relu"))) == 2
    assert len(list(ordering.observe(features, None, "max"))) == len(activations)


def test_pictures_and_layers_in_every_form(tmp_path: Path) -> None:
    Image.new("L", (5, 4), 128).save(tmp_path / "grey.png")
    read = ordering.load_image(tmp_path / "grey.png")
    assert torch.equal(read, ordering.load_image(str(tmp_path / "grey.png")))
    assert torch.equal(read, ordering.load_image(Image.open(tmp_path / "grey.png")))
    for layer in (nn.Conv2d(3, 2, 1), lambda: nn.Conv2d(3, 2, 1)):
        assert ordering.feature_map(read, layer).shape == (1, 2, 4, 5)
    numpys: Any = np.int64(1)
    assert ordering.default_layer(numpys) is not None


def test_trials_of_one_law_activation_and_pooling() -> None:
    def trials(**given: Any) -> list[str]:
        def test(trial: object) -> None: ...

        marked: Any = parametrize_with_laws(**given)(test)
        return [parameter.id for parameter in marked.pytestmark[0].args[1]]

    alone = ["expression_is_kernel[relu]", "scan[float16-relu]", "scan[bfloat16-relu]"]
    one = [*alone, "commutes[max_pool2d-relu]"]
    assert trials(laws="commutes", activations="relu", poolings="max") == one
    assert trials(laws=laws["commutes"], activations=torch.relu, poolings=F.max_pool2d) == one
    assert trials(laws=["commutes"], activations=[nn.ReLU()], poolings=[poolings["max"]]) == one


def test_strategies_and_replays_take_names() -> None:
    assert elements("float16", "gelu", domains="finite", hints=2) is not None
    assert cases("relu", F.max_pool2d, "bfloat16", kinds="select_max", size="tiled") is not None
    values: Any = np.array([-2.0, -1.0])
    given, arguments = window("max", values, "float64", path="vector")
    assert given.dtype == torch.float64
    assert replay(F.silu, "max", "commutes", given, arguments) is not None


def test_records_take_one_thing_for_a_list_of_one() -> None:
    own = Pooling("own", F.max_pool2d, np.int64(2), "select_max", arguments="kernel_size")  # type: ignore[arg-type]
    assert (own.dimensions, own.kinds) == (2, (Kind.SELECT_MAX,))
    assert own.arguments == {"kernel_size"}
    law = ordering.Law("l", "a = b", print, {Kind.MEAN: "affine"}, relation="at_most", domains="nan")  # type: ignore[arg-type]
    assert law.domains == {Domain.NAN}
    assert law.relation.value == "at_most"


def test_the_current_directory_is_searched_for_modules(user_code: Path) -> None:
    assert ordering.load_activation("right_use_code:plain").name == "plain"
