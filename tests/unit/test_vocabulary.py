"""Malformed entries are refused where they are built, duplicates where they are registered."""

from typing import Any

import pytest
import torch
from sympy import Float, Rational, Symbol, exp

from ordering import Activation, Law, Pooling, activations, poolings, x
from ordering.errors import DuplicateEntry, InvalidEntry, OrderingError, UnknownEntry
from ordering.evidence import Finding
from ordering.pooling import Kind
from ordering.registry import Registry


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": ""}, "name"),
        ({"name": " relu"}, "name"),
        ({"name": "<b>"}, "name"),
        ({"name": 3}, "name must be text"),
        ({"kernel": 3}, "kernel must be callable"),
        ({"expression": "exp(x)"}, "is text"),
        ({"expression": Symbol("x")}, "ordering.x"),
        ({"expression": x + Symbol("y", real=True)}, "y"),
        ({"expression": x > 0}, "not a number-valued"),
        ({"expression": object()}, "not a sympy expression"),
        ({"low": Rational(1), "high": Rational(0)}, "not below"),
    ],
)
def test_malformed_activations_are_refused(fields, complaint):
    with pytest.raises(InvalidEntry, match=complaint):
        Activation(**{"name": "f", "kernel": torch.relu, **fields})


def test_floats_in_an_expression_become_the_binary_fractions_they_are():
    expression = Activation("f", torch.relu, expression=0.1 * exp(x)).expression
    assert expression is not None
    assert not expression.atoms(Float)
    assert expression.subs(x, 0) == Rational(0.1) != Rational(1, 10)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kernel": None}, "kernel must be callable"),
        ({"dimensions": 4}, "dimensions"),
        ({"kinds": ()}, "kinds"),
        ({"kinds": ("max",)}, "kinds"),
        ({"geometry": 3}, "geometry"),
    ],
)
def test_malformed_poolings_are_refused(fields, complaint):
    plain = {"name": "p", "kernel": torch.relu, "dimensions": 2, "kinds": (Kind.MEAN,)}
    with pytest.raises(InvalidEntry, match=complaint):
        Pooling(**{**plain, **fields})


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"statement": ""}, "statement"),
        ({"sides": None}, "sides"),
        ({"needs": {}}, "needs"),
        ({"needs": {"max": "affine"}}, "needs"),
        ({"domains": frozenset()}, "domains"),
    ],
)
def test_malformed_laws_are_refused(fields, complaint):
    plain = {"name": "l", "statement": "a = b", "sides": print, "needs": {Kind.MEAN: "affine"}}
    with pytest.raises(InvalidEntry, match=complaint):
        Law(**{**plain, **fields})


def test_a_registry_refuses_duplicates_strangers_and_unknown_names():
    registry = Registry("activation", Activation)
    entry = registry.register(Activation("swish", torch.relu), aliases=("silu2",))
    assert registry["swish"] is registry["silu2"] is registry.resolve(entry) is registry.resolve("silu2")
    assert list(registry) == ["swish"]
    for taken in ("swish", "silu2"):
        with pytest.raises(DuplicateEntry, match=taken):
            registry.register(Activation(taken, torch.relu))
    with pytest.raises(DuplicateEntry):
        registry.register(Activation("other", torch.relu), aliases=("swish",))
    assert "other" not in registry
    pooling: Any = poolings["max"]
    with pytest.raises(InvalidEntry, match="activations are Activation records"):
        registry.register(pooling)
    with pytest.raises(InvalidEntry, match="activations are Activation records"):
        registry.resolve(pooling)
    with pytest.raises(UnknownEntry, match="did you mean swish"):
        registry["swissh"]


def test_every_deliberate_error_can_be_caught_as_one_type():
    with pytest.raises(OrderingError, match="did you mean relu"):
        activations["relo"]


def test_aliases_of_the_catalogue():
    assert poolings["max"].name == "max_pool2d"
    assert poolings["avg"].name == "avg_pool2d"


def test_a_finding_has_no_truth_value():
    with pytest.raises(TypeError, match="three answers"):
        bool(Finding(None))
