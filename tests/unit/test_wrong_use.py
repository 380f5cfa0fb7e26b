"""Every public call with every kind of wrong value: a typed error that names what is wrong, and no work."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import ordering
from ordering import Activation, Law, Pooling, Store, activations, laws, poolings, x
from ordering.errors import InvalidArgument, InvalidEntry, LoadError, OrderingError, UnknownEntry
from ordering.evidence import Finding
from ordering.kernels import examine, replay, window
from ordering.kernels.strategies import cases, elements, tensors
from ordering.pooling import Kind
from ordering.reals import Property, properties
from ordering.registry import Registry
from ordering.replaying import Recorded
from ordering.testing import parametrize_alone, parametrize_with_laws

LONG = "relu" * 5000
MAP = torch.zeros(1, 2, 6, 6)
NAN, INF = float("nan"), float("inf")


class Unprintable:
    """Whose repr raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Strange:
    """No name, record, function or module."""


def plain_pool(t: torch.Tensor) -> torch.Tensor:
    return t


# ---- the table: call, keyword, wrong values with what the message must say ---------------------------------
#
# Each wrong value stands for itself: a row of the table with n values is n wrong uses.

Wrong = list[tuple[Any, str]]

NO_ACTIVATION: Wrong = [
    ("rellu", "did you mean relu"),
    ("ReLU ", "did you mean relu"),
    ("", "no activation named ''"),
    ("max", "name of a pooling"),
    ("commutes", "name of a law"),
    ("größe", "no activation named"),
    (LONG, "no activation named"),
    ("no_such_module:f", "cannot import 'no_such_module'"),
    ("math:pi", "neither an Activation nor a callable"),
    ("math:sinn", "did you mean sin"),
    ("torch.nn:ReLU", "pass an instance, such as ReLU()"),
    (":f", "module:attribute"),
    ("mod:", "module:attribute"),
    ("a b:c", "module:attribute"),
    (".mod:f", "module:attribute"),
    ("./missing.py:f", "there is no such file"),
    ("/:f", "is a folder"),
    (None, "got None"),
    (3, "got 3"),
    (True, "got True"),
    (np.float32(1), "float32"),
    ([F.relu], "got [<function relu"),
    (b"relu", "bytes"),
    (Strange(), "Strange"),
    (Unprintable(), "Unprintable"),
    (nn.ReLU, "pass an instance, such as ReLU()"),
    (F.max_pool2d, "max_pool2d is a pooling"),
    (poolings["max"], "max_pool2d is a Pooling"),
    (laws["commutes"], "commutes is a Law"),
]
NO_EXPRESSION: Wrong = [(x**2, "an expression, which only `prove` takes")]
NO_POOLING: Wrong = [
    ("maxpool2d", "did you mean max_pool2d"),
    ("", "no pooling named"),
    ("relu", "name of an activation"),
    ("math:pi", "not a Pooling"),
    ("torch.nn:MaxPool2d", "pass an instance"),
    (None, "got None"),
    (2, "got 2"),
    (nn.MaxPool2d, "pass an instance"),
    (nn.MaxPool2d(2, return_indices=True), "return_indices"),
    (nn.MaxPool2d("2"), "whole number"),  # type: ignore[arg-type]
    (nn.AdaptiveAvgPool2d((None, 2)), "whole number"),
    (nn.LPPool2d(3, 2), "even norm_type"),
    (nn.FractionalMaxPool2d(2, output_size=1), "no pooling layer that is known"),
    (nn.Conv2d(1, 1, 1), "no pooling layer that is known"),
    (nn.Sequential(nn.MaxPool2d(2)), "no pooling layer that is known"),
    (plain_pool, "write Pooling("),
    (lambda t: t, "write Pooling("),
    (F.relu, "relu is an activation"),
    (activations["relu"], "relu is an Activation"),
    ([poolings["max"]], "a list"),
]
NO_LAW: Wrong = [
    ("commute", "did you mean commutes"),
    ("relu", "name of an activation"),
    ("math:sin", "write Law("),
    (None, "got None"),
    (0, "got 0"),
    (lambda case: case, "write Law("),
    (Law, "pass an instance"),
    (activations["relu"], "relu is an Activation"),
    (["commutes"], "a list"),
]
NO_DTYPE: Wrong = [
    ("float13", "float16, bfloat16"),
    (torch.int8, "int8"),
    (None, "None"),
    (float, "class 'float'"),
    (np.float32, "float32"),
    (16, "16"),
]
NO_SEED: Wrong = [
    ("a", "seed must be a whole number, got 'a'"),
    (None, "got None"),
    (True, "got True"),
    (1.0, "got 1.0"),
    (NAN, "got nan"),
    (2**64, "at most"),
    (-(2**63) - 1, "at least"),
    (torch.tensor(0.5), "whole number"),
]
NO_TIME: Wrong = [
    (0, "positive"),
    (-1.0, "positive"),
    (NAN, "NaN"),
    (INF, "finite"),
    ("10", "got '10'"),
    (True, "got True"),
    (None, "got None"),
]
NO_STORE: Wrong = [
    (3, "store must be a path"),
    (True, "store must be a path"),
    ("", "store must be a path"),
    ("a\0b", "store must be a path"),
    (b"/tmp", "store must be a path"),
    ("FILE", "cannot write to the folder"),
    ("FILE/below", "cannot write to the folder"),
    ("n" * 5000, "cannot write to the folder"),
]
NO_DATABASE: Wrong = [
    (3, "database must be"),
    ("", "must be a path"),
    ("ftp://host", "redis://"),
    ("FILE", "is a file"),
    ("FILE/below", "cannot write"),
    (["here"], "database must be"),
]
NO_WORKERS: Wrong = [
    (0, "at least 1"),
    (-3, "at least 1"),
    (1.5, "whole number"),
    ("two", "whole number"),
    (True, "whole number"),
    (10**9, "at most 10,000"),
]
NO_EXECUTOR: Wrong = [
    (4, "concurrent.futures.Executor"),
    ("local", "concurrent.futures.Executor"),
    (ThreadPoolExecutor, "pass an instance"),
]
NO_PROGRESS: Wrong = [
    (3, "progress must be callable"),
    ("yes", "progress must be callable"),
    (True, "progress"),
]
NO_DOMAINS: Wrong = [
    ("finit", "did you mean finite"),
    ((), "domains is empty"),
    (3, "domains"),
    (["finite", 3], "domains must be one of"),
    ([Kind.MEAN], "domains must be one of"),
]
NO_KINDS: Wrong = [
    ("max", "kinds must be one of select_max"),
    ((), "kinds is empty"),
    (Kind.MEAN, "kinds must be some of those of max_pool2d"),
    (3, "kinds"),
]
NO_HINTS: Wrong = [
    ("abc", "hints must be a number"),
    ([()], "a window of numbers"),
    ([None], "a hint must be a number"),
    ([("a", "b")], "a hint's value must be a number"),
    (NAN, "NaN"),
    (None, "hints must be a number"),
]
NO_BOOL: Wrong = [
    ("yes", "must be True or False"),
    (1, "must be True or False"),
    (None, "must be True or False"),
]
NO_COUNT: Wrong = [
    (0, "examples must be at least 1"),
    (-5, "at least 1"),
    ("many", "whole number"),
    (2.5, "whole number"),
    (True, "whole number"),
    (None, "whole number"),
]
NO_KERNEL: Wrong = [
    (3, "kernel must be callable"),
    (None, "kernel must be callable"),
    ("relu", "kernel must be callable"),
]
NO_FUNCTION: Wrong = [(3, "must be callable"), ("f", "must be callable")]
NO_NAME: Wrong = [
    ("", "a name is an identifier"),
    ("two words", "a name is an identifier"),
    ("größe", "a name is an identifier"),
    ("a:b", "a name is an identifier"),
    (None, "name must be text"),
    (7, "name must be text"),
    ("<" * 1000, "a name is an identifier"),
]

RELU_MAX = {"activation": "relu", "pooling": "max"}
EXAMINATION: Mapping[str, Wrong] = {
    "dtypes": [
        *(([wrong], message) for wrong, message in NO_DTYPE),
        ((), "dtypes is empty"),
        ("float8_e5m2", "cannot judge the dtype float8_e5m2"),
        (3, "dtypes must be one or a list"),
    ],
    "effort": [
        ("lazy", "effort must be one of quick"),
        ("quik", "did you mean quick"),
        (None, "None"),
        (["quick"], "effort"),
    ],
    "seed": NO_SEED,
    "timeout": NO_TIME,
    "store": NO_STORE,
    "database": NO_DATABASE,
    "workers": NO_WORKERS,
    "executor": NO_EXECUTOR,
    "progress": NO_PROGRESS,
}
SEARCH: Mapping[str, Wrong] = {
    "activation": NO_ACTIVATION + NO_EXPRESSION,
    "pooling": NO_POOLING,
    "law": NO_LAW,
    "dtype": [*NO_DTYPE, ("float8_e5m2", "torch computes in no float8_e5m2")],
    "examples": NO_COUNT,
    "seed": NO_SEED,
    "tolerance_ulp": [(-1, "at least 0"), (0.5, "whole number"), ("1", "whole number")],
    "domains": NO_DOMAINS,
    "hints": NO_HINTS,
    "database": NO_DATABASE,
    "shape": [("relu", "what prove returns"), (3, "what prove returns")],
    "kinds": NO_KINDS,
}
SCAN: Mapping[str, Wrong] = {
    "activation": NO_ACTIVATION + NO_EXPRESSION,
    "dtype": [*NO_DTYPE, ("float64", "too many to walk")],
    "path": [
        ("diagonal", "path must be one of"),
        ("vectr", "did you mean vector"),
        (None, "path"),
        (0, "path"),
    ],
    "low": [(NAN, "NaN"), ("0", "low must be a number"), (True, "low"), ([1], "low"), (np.array(1.0), "low")],
    "high": [(NAN, "NaN"), ("0", "high must be a number"), (1j, "high must be a number")],
    "workers": NO_WORKERS,
    "executor": NO_EXECUTOR,
    "progress": NO_PROGRESS,
    "store": NO_STORE,
    "resume": NO_BOOL,
}
LISTS: Mapping[str, Wrong] = {
    "of_activations": [
        *(([wrong], message) for wrong, message in NO_ACTIVATION),
        ((), "activations is empty"),
        (3, "one or a list"),
    ],
    "of_poolings": [*(([wrong], message) for wrong, message in NO_POOLING), ((), "poolings is empty")],
}

CALLS: list[tuple[str, Callable[..., Any], Mapping[str, Any], Mapping[str, Wrong]]] = [
    (
        "verify",
        ordering.verify,
        RELU_MAX,
        {**EXAMINATION, "activation": NO_ACTIVATION + NO_EXPRESSION, "pooling": NO_POOLING, "law": NO_LAW},
    ),
    (
        "verify_all",
        ordering.verify_all,
        {"of_activations": "relu", "of_poolings": "max"},
        {
            **EXAMINATION,
            **LISTS,
            "of_laws": [
                *(([wrong], message) for wrong, message in NO_LAW),
                ([], "laws is empty"),
                ("jensen", "does not speak of"),
            ],
            "partial": NO_BOOL,
        },
    ),
    ("falsify", ordering.falsify, RELU_MAX, SEARCH),
    ("examine", examine, RELU_MAX, SEARCH),
    ("certify", ordering.certify, {"activation": "relu", "dtype": "float16"}, SCAN),
    ("certify_each", ordering.certify_each, {"activation": "relu", "dtype": "float16"}, SCAN),
    ("why_not_kept", ordering.why_not_kept, {}, {"activation": NO_ACTIVATION}),
    ("load_activation", ordering.load_activation, {}, {"what": NO_ACTIVATION + NO_EXPRESSION}),
    ("load_pooling", ordering.load_pooling, {}, {"what": NO_POOLING}),
    ("load_law", ordering.load_law, {}, {"what": NO_LAW}),
    (
        "prove",
        ordering.prove,
        {"activation": "relu"},
        {
            "activation": [
                ("geluu", "did you mean gelu"),
                ("rellu(x)", "did you mean relu"),
                ("elu(alpha=3)", "did you mean elu"),
                ("y", "no activation named 'y'"),
                ("x +", "cannot read"),
                ("", "cannot read"),
                ("x/0", "division by zero"),
                ("__import__('os')", "cannot read"),
                ("x + " * 2000, "characters; at most"),
                (LONG, "no activation named"),
                ("max", "name of a pooling"),
                ("no_such_module:f", "cannot import"),
                (None, "prove takes"),
                (True, "prove takes"),
                ([x], "prove takes"),
                (nn.ReLU, "pass an instance"),
                (poolings["max"], "is a Pooling"),
                (x > 0, "not a number-valued"),
            ],
            "timeout": NO_TIME,
            "properties": [
                ("convx", "did you mean convex"),
                ((), "properties is empty"),
                (3, "properties"),
                ([3], "name is text"),
            ],
        },
    ),
    (
        "load_function",
        ordering.load_function,
        {"what": "relu"},
        {"what": [("geluu", "did you mean gelu"), (None, "prove takes")], "timeout": NO_TIME},
    ),
    (
        "parse",
        ordering.parse,
        {},
        {
            "text": [
                (3, "must be text"),
                (None, "must be text"),
                (x, "must be text"),
                ("relU(x)", "did you mean relu"),
                ("x\0", "cannot read"),
                ("x if x", "cannot read"),
                ("(" * 900, "cannot read|nested"),
            ]
        },
    ),
    (
        "observe",
        ordering.observe,
        {"features": MAP, "of_activations": "relu", "of_poolings": "max"},
        {
            **LISTS,
            "features": [
                (MAP[0], "(batch, channels, height, width)"),
                (MAP.int(), "floating"),
                (MAP[:0], "nothing to observe"),
                (MAP.numpy(), "floating"),
                ("photo.png", "floating"),
                (None, "floating"),
            ],
            "kernel_size": [
                (0, "does not fit"),
                (7, "does not fit"),
                ((2, 2), "whole number"),
                (2.0, "whole number"),
                (True, "whole number"),
            ],
            "of_poolings": [
                *LISTS["of_poolings"],
                ("flatten", "not a 2-d pooling"),
                ("max_pool1d", "not a 2-d pooling"),
            ],
        },
    ),
    (
        "rulings",
        ordering.rulings,
        {"numbers": 3},
        {
            "numbers": [
                (0, "no claim 0"),
                ((1, 6), "no claim 6"),
                ("one", "whole number"),
                ([2.0], "whole number"),
                (True, "whole number"),
                ((), "is empty"),
                (2.0, "numbers"),
            ],
            "effort": [("standard", "quick, full"), ("", "effort"), (None, "effort"), (2, "effort")],
            "store": NO_STORE,
            "workers": NO_WORKERS,
            "study": [("missing.json", "cannot read"), ("FILE", "no JSON"), (3, "must be a path")],
            "times": [(3, "must be a path"), ("", "must be a path")],
            "progress": NO_PROGRESS,
        },
    ),
    (
        "load_image",
        ordering.load_image,
        {},
        {
            "image": [
                ("missing.png", "cannot read the picture"),
                ("FILE", "not a picture"),
                (".", "cannot read"),
                ("", "must be a path"),
                (3, "must be a path"),
                (MAP, "must be a path"),
                ("a\0b", "must be a path"),
                (b"x.png", "must be a path"),
                ("n" * 5000, "cannot read"),
            ]
        },
    ),
    (
        "load_layer",
        ordering.load_layer,
        {},
        {
            "layer": [
                ("conv", "module:attribute"),
                ("math:pi", "not a torch.nn.Module"),
                ("math:pie", "did you mean pi"),
                ("torch.nn:Conv2d", "failed"),
                (3, "not a torch.nn.Module"),
                (None, "not a torch.nn.Module"),
                ("", "module:attribute"),
                (lambda: 3, "not a torch.nn.Module"),
                (lambda: 1 / 0, "ZeroDivisionError"),
            ]
        },
    ),
    (
        "feature_map",
        ordering.feature_map,
        {"image": MAP, "layer": nn.Conv2d(2, 1, 1)},
        {
            "image": [
                (None, "image must be a tensor"),
                ("photo.png", "image must be a tensor"),
                (MAP[:, :1], "failed on a picture"),
            ],
            "layer": [(nn.Flatten(), "must return"), (3, "not a torch.nn.Module"), (nn.Conv2d, "failed")],
        },
    ),
    ("default_layer", ordering.default_layer, {}, {"seed": NO_SEED}),
    (
        "environment",
        ordering.environment,
        {"seed": 0, "effort": "quick"},
        {"seed": NO_SEED, "effort": [(3, "must be text"), (None, "must be text")]},
    ),
    ("Store", Store, {}, {"path": NO_STORE[:5]}),
    (
        "recorded_in",
        ordering.recorded_in,
        {},
        {"data": [(None, "report.json"), ({}, "report.json"), ("report.json", "report.json")]},
    ),
    (
        "run_again",
        ordering.run_again,
        {"recorded": Recorded("id", "commutes", "relu", "max_pool2d", {}, {})},
        {"recorded": [(None, "recorded_in"), ("commutes/relu", "recorded_in")], "timeout": NO_TIME},
    ),
    (
        "cluster",
        lambda address: ordering.cluster(address).__enter__(),
        {},
        {
            "address": [
                ("", "empty"),
                (3, "must be text"),
                (None, "must be text"),
                ("nonsense", "no Dask scheduler"),
            ]
        },
    ),
    (
        "workers_at",
        lambda level, workers=None: ordering.workers_at(level, workers).__enter__(),
        {"level": "native"},
        {
            "level": [("avx3", "did you mean"), (3, "level must be one of"), (None, "level must be one of")],
            "workers": NO_WORKERS,
        },
    ),
    (
        "parametrize_with_laws",
        parametrize_with_laws,
        {"activations": "relu", "poolings": "max"},
        {
            "laws": [
                *(([wrong], message) for wrong, message in NO_LAW),
                ([], "laws is empty"),
                ("jensen", "nothing would be tested"),
            ],
            "activations": [
                *(([wrong], message) for wrong, message in NO_ACTIVATION),
                ([], "activations is empty"),
            ],
            "alone": [("yes", "alone must be True or False"), (None, "alone"), (1, "alone")],
            "dtype": [(wrong, message) for wrong, message in NO_DTYPE if wrong is not None],
            "poolings": [*(([wrong], message) for wrong, message in NO_POOLING), ([], "poolings is empty")],
        },
    ),
    (
        "parametrize_alone",
        parametrize_alone,
        {},
        {
            "activations": [
                *(([wrong], message) for wrong, message in NO_ACTIVATION),
                ([], "activations is empty"),
            ],
        },
    ),
    (
        "window",
        window,
        {"pooling": "max", "values": [1.0, 2.0]},
        {
            "pooling": NO_POOLING,
            "values": [
                ((), "values is empty"),
                ("ab", "must be a number"),
                ([None], "must be a number"),
                (3, "one or a list"),
            ],
            "dtype": NO_DTYPE,
            "path": [("diagonal", "path must be one of")],
        },
    ),
    (
        "replay",
        replay,
        {
            "activation": "relu",
            "pooling": "max",
            "law": "commutes",
            "input": MAP,
            "arguments": {"kernel_size": 2},
        },
        {"activation": NO_ACTIVATION, "pooling": NO_POOLING, "law": NO_LAW},
    ),
    (
        "elements",
        elements,
        {"dtype": "float32"},
        {
            "dtype": NO_DTYPE,
            "activation": [each for each in NO_ACTIVATION if each[0] is not None],
            "domains": NO_DOMAINS,
            "hints": NO_HINTS,
        },
    ),
    (
        "cases",
        cases,
        {"activation": "relu", "pooling": "max", "dtype": "float32"},
        {
            "activation": NO_ACTIVATION,
            "pooling": NO_POOLING,
            "dtype": NO_DTYPE,
            "domains": NO_DOMAINS,
            "kinds": NO_KINDS[:2],
            "hints": NO_HINTS,
            "size": [("huge", "size must be one of"), (3, "size")],
            "geometry": [("spiral", "no geometry 'spiral'")],
        },
    ),
    (
        "Activation",
        Activation,
        {"name": "f", "kernel": torch.relu},
        {
            "name": NO_NAME,
            "kernel": NO_KERNEL,
            "expression": [("x", "is text"), (object(), "not a sympy expression"), ([1], "not a")],
            "formula": [(3, "formula must be text"), (None, "formula must be text")],
            "parameters": [
                ([1], "parameters map"),
                ("alpha", "parameters map"),
                (None, "parameters map"),
                (3, "parameters map"),
            ],
            "low": [("0", "is text"), (x, "symbols")],
            "keeps_nan": NO_BOOL,
        },
    ),
    (
        "Pooling",
        Pooling,
        {"name": "p", "kernel": torch.relu, "dimensions": 2, "kinds": (Kind.MEAN,)},
        {
            "name": NO_NAME,
            "kernel": NO_KERNEL,
            "dimensions": [
                (0, "at least 1"),
                (4, "at most 3"),
                (True, "whole number"),
                ("2", "whole number"),
                (2.0, "whole number"),
                (None, "whole number"),
            ],
            "kinds": [
                ((), "kinds is empty"),
                (("max",), "kinds must be one of"),
                (None, "kinds"),
                ("meen", "did you mean mean"),
                (3, "kinds"),
            ],
            "geometry": [
                ("slidng", "did you mean sliding"),
                (3, "geometry"),
                (None, "geometry"),
                ("", "geometry"),
                (st.just(1), "geometry"),
                (dict, "is the class dict"),
            ],
            "arguments": [
                (None, "names of keywords"),
                ([3], "names of keywords"),
                ("kernel size", "names of keywords"),
            ],
            "formula": [(3, "formula must be text")],
            "unbatched": NO_BOOL,
            **dict.fromkeys(
                (
                    "kind_of",
                    "windows",
                    "reference",
                    "rounding",
                    "indices",
                    "reference_indices",
                    "row",
                    "exact",
                ),
                NO_FUNCTION,
            ),
        },
    ),
    (
        "Law",
        Law,
        {"name": "l", "statement": "a = b", "sides": print, "needs": {Kind.MEAN: "affine"}},
        {
            "name": NO_NAME,
            "statement": [
                ("", "statement is empty"),
                ("  ", "statement is empty"),
                (3, "statement must be text"),
            ],
            "sides": [(None, "sides must be callable"), (3, "sides must be callable")],
            "needs": [
                ({}, "needs is empty"),
                ([Kind.MEAN], "needs maps"),
                ("affine", "needs maps"),
                ({"max": "affine"}, "needs maps"),
                ({Kind.MEAN: 3}, "needs maps"),
                (None, "needs maps"),
            ],
            "relation": [("equl", "did you mean equal"), (3, "relation"), (None, "relation")],
            "domains": NO_DOMAINS,
            "geometry": [("slidng", "did you mean sliding"), (3, "geometry"), (None, "geometry")],
            "theorem": [(3, "theorem must be text")],
            "example_limit": [(0, "at least 1"), ("3", "whole number"), (True, "whole number")],
            **dict.fromkeys(("necessary", "needs_shape", "strict"), NO_BOOL),
            **dict.fromkeys(("premise", "carries_over", "condition", "requires", "exact_sides"), NO_FUNCTION),
        },
    ),
]


def rows() -> Iterator[Any]:
    for name, call, usual, wrong in CALLS:
        for keyword, values in wrong.items():
            for number, (value, message) in enumerate(values):
                yield pytest.param(call, usual, keyword, value, message, id=f"{name}-{keyword}-{number}")


ROWS = list(rows())


@pytest.mark.parametrize(("call", "usual", "keyword", "value", "message"), ROWS)
def test_a_wrong_value_is_a_typed_error_that_says_what_is_wrong(
    call: Callable[..., Any],
    usual: Mapping[str, Any],
    keyword: str,
    value: Any,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("in the way")
    with pytest.raises(OrderingError) as caught:
        call(**{**usual, keyword: value})
    said = str(caught.value)
    assert any(part in said for part in message.split("|")), said
    assert len(said) < 2000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["FILE"], "nothing is left behind"


def test_the_table_holds_far_more_than_150_wrong_uses_and_every_public_call() -> None:
    assert len(ROWS) > 500
    spoken = {name for name, *_ in CALLS}
    without_arguments = {
        "experiments",
        "levels",
        "this_machine",
        "x",
        "activations",
        "laws",
        "poolings",
        "strategies",
    }
    assert set(ordering.__all__) <= spoken | without_arguments


@pytest.mark.parametrize(("name", "call", "usual", "wrong"), CALLS, ids=[name for name, *_ in CALLS])
def test_every_parameter_of_a_public_call_has_wrong_values_in_the_table(
    name: str, call: Callable[..., Any], usual: Mapping[str, Any], wrong: Mapping[str, Wrong]
) -> None:
    # Checked by what they are used with: a domain's ends, replayed inputs, and records built by `prove`.
    unspoken = {"high", "arguments", "input", "tolerance_ulp", "shape"}
    assert set(inspect.signature(call).parameters) - unspoken <= set(wrong)


# ---- registries ----------------------------------------------------------------------------------------


def entry(name: str = "f") -> Activation:
    return Activation(name, torch.relu)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda r: r.register("relu"), InvalidEntry, "Activation records"),
        (lambda r: r.register(torch.relu), InvalidEntry, "Activation records"),
        (lambda r: r.register(Activation), InvalidEntry, "pass an instance"),
        (lambda r: r.register(poolings["max"]), InvalidEntry, "Activation records"),
        (lambda r: r.register(None), InvalidEntry, "Activation records"),
        (lambda r: r.register(entry("taken")), OrderingError, "already registered"),
        (lambda r: r.register(entry(), aliases=("taken",)), OrderingError, "already registered"),
        (lambda r: r.register(entry(), aliases=("f",)), OrderingError, "already registered"),
        (lambda r: r.register(entry(), aliases=("a", "a")), OrderingError, "already registered"),
        (lambda r: r.register(entry(), aliases=(3,)), InvalidEntry, "name must be text"),
        (lambda r: r.register(entry(), aliases=3), InvalidEntry, "aliases must be names"),
        (lambda r: r.register(entry(), aliases=("two words",)), InvalidEntry, "a name is an identifier"),
        (lambda r: r["takn"], UnknownEntry, "did you mean taken"),
        (lambda r: r[3], UnknownEntry, "name is text"),
        (lambda r: r[None], UnknownEntry, "name is text"),
        (lambda r: r[["taken"]], UnknownEntry, "name is text"),
        (lambda r: r[LONG], UnknownEntry, "no activation named"),
        (lambda r: r.resolve(3), InvalidEntry, "Activation records"),
    ],
)
def test_wrong_uses_of_a_registry(
    wrong: Callable[[Any], object], error: type[Exception], message: str
) -> None:
    registry = Registry("activation", Activation)
    registry.register(entry("taken"))
    with pytest.raises(error, match=re.escape(message)):
        wrong(registry)
    assert list(registry) == ["taken"]
    strangers: list[Any] = [[], 3]
    assert all(stranger not in registry for stranger in strangers)


def test_one_alias_is_one_alias() -> None:
    registry = Registry("activation", Activation)
    registry.register(entry(), aliases="other")
    assert registry["other"] is registry["f"]
    assert "o" not in registry


def test_a_misspelt_property_fails_where_the_law_is_registered() -> None:
    law = Law("mine", "a = b", sides=print, needs={Kind.SELECT_MAX: "nondecreasingg"})  # type: ignore[arg-type]
    for use in (laws.register, ordering.load_law, lambda law: ordering.verify("relu", "max", law)):
        with pytest.raises(
            InvalidEntry, match="'nondecreasingg', which is not registered; did you mean nondecr"
        ):
            use(law)
    assert "mine" not in laws


def test_a_property_of_ones_own_may_be_needed_once_it_is_registered() -> None:
    law = Law("mine", "a = b", sides=print, needs={Kind.SELECT_MAX: "users_own"})  # type: ignore[arg-type]
    with pytest.raises(InvalidEntry, match="users_own"):
        ordering.load_law(law)
    properties.register(Property("users_own", "f is the user's", lambda f: Finding(None, reason="who knows")))
    assert ordering.load_law(law) is law


def test_the_properties_that_ship_are_those_that_are_decided() -> None:
    for law in laws.values():
        for need in law.needs.values():
            assert need == "always" or need in properties


# ---- a geometry of one's own -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (lambda: 3, "must return a Hypothesis strategy of Placement, it returned 3"),
        (lambda: None, "must return a Hypothesis strategy"),
        (lambda: 1 / 0, "its geometry raised ZeroDivisionError"),
        (lambda needs: needs, "its geometry raised TypeError"),
        (lambda: st.integers(), r"must draw Placement\(spatial shape, arguments\)"),
        (lambda: st.just(((2, 2), {})), r"must draw Placement"),
        (lambda: st.just(placement([2, 2], {})), r"must draw spatial shapes"),
        (lambda: st.just(placement((2,), {})), "must draw 2 spatial axes"),
        (lambda: st.just(placement((2, -1), {})), "must draw spatial shapes"),
        (lambda: st.just(placement((2, 2), None)), "keyword arguments by name"),
        (lambda: st.just(placement((2, 2), {3: 2})), "keyword arguments by name"),
        (lambda: st.nothing(), "no valid placement"),
        (lambda: st.integers().filter(lambda _: False), "no valid placement"),
    ],
)
def test_a_geometry_that_yields_no_placements_is_a_typed_error(
    geometry: Callable[[], Any], message: str
) -> None:
    pooling = Pooling("own", F.max_pool2d, 2, (Kind.SELECT_MAX,), geometry=geometry)
    with pytest.raises(OrderingError, match=message):
        ordering.falsify("identity", pooling, examples=5)


def placement(spatial: Any, arguments: Any) -> Any:
    return ordering.pooling.Placement(spatial, arguments)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shape": 3}, "shape must be sizes"),
        ({"shape": "ab"}, "shape must be sizes"),
        ({"shape": (2, -1)}, "at least 0"),
        ({"shape": (2.0,)}, "whole number"),
        ({"dtype": "float13"}, "float13"),
        ({"values": 3}, "values must be a Hypothesis strategy"),
        ({"layout": "strided"}, "layout must be a Hypothesis strategy"),
        ({"requires_grad": True}, "requires_grad must be a Hypothesis strategy"),
    ],
)
def test_tensors_that_cannot_be_drawn(wrong: Mapping[str, Any], message: str) -> None:
    @settings(max_examples=1, database=None)
    @given(tensors(**{"shape": (2,), "dtype": torch.float32, **wrong}))
    def drawn(_tensor: torch.Tensor) -> None: ...

    with pytest.raises(InvalidArgument, match=message):
        drawn()


# ---- two of one name, and what cannot be loaded ------------------------------------------------------------


def test_two_different_entries_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="two different activations are called lambda"):
        ordering.verify_all([lambda t: t, lambda t: t + 1], "max")
    with pytest.raises(InvalidArgument, match="two different activations are called relu"):
        ordering.verify_all(["relu", entry("relu")], "max")


@pytest.mark.parametrize("code", ["1/0", "import sys; sys.exit(3)", "raise SystemExit", "def f(:"])
def test_a_file_that_cannot_be_imported(code: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(code)
    for _ in range(2):
        with pytest.raises(LoadError, match=r"cannot import '.*broken\.py'"):
            ordering.load_activation(f"{file}:f")


def test_an_executor_that_is_shut_down(tmp_path: Path) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(OrderingError, match="the executor takes no work"):
        ordering.certify("relu", "float16", executor=executor)
