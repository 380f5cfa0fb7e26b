"""Does the order of activation and pooling matter?  A proof, a certificate, or the smallest counterexample.

The public names are loaded when they are first used, so that `import ordering` (and `ordering --help`)
costs neither torch's import nor sympy's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ordering import rendering as rendering
    from ordering import strategies
    from ordering.activation import Activation
    from ordering.catalogue import activations, laws, poolings
    from ordering.claims.post import experiments
    from ordering.claims.table import rulings
    from ordering.floats import Store, certify, certify_each, why_not_kept
    from ordering.kernels import falsify
    from ordering.law import Law
    from ordering.loading import load_activation, load_law, load_pooling
    from ordering.observation import default_layer, feature_map, load_image, load_layer, observe
    from ordering.pooling import Pooling
    from ordering.provenance import environment
    from ordering.reals import load_function, parse, prove
    from ordering.replaying import recorded_in, run_again
    from ordering.running.dask import cluster
    from ordering.running.levels import levels, workers_at
    from ordering.running.machine import this_machine
    from ordering.variable import x
    from ordering.verdict import verify, verify_all
    from ordering.verdict.needs import requirement as requirement

_HOMES = {
    "Activation": "ordering.activation",
    "Law": "ordering.law",
    "Pooling": "ordering.pooling",
    "Store": "ordering.floats",
    "activations": "ordering.catalogue",
    "certify": "ordering.floats",
    "certify_each": "ordering.floats",
    "cluster": "ordering.running.dask",
    "default_layer": "ordering.observation",
    "environment": "ordering.provenance",
    "experiments": "ordering.claims.post",
    "falsify": "ordering.kernels",
    "feature_map": "ordering.observation",
    "laws": "ordering.catalogue",
    "levels": "ordering.running.levels",
    "load_activation": "ordering.loading",
    "load_function": "ordering.reals",
    "load_image": "ordering.observation",
    "load_law": "ordering.loading",
    "load_layer": "ordering.observation",
    "load_pooling": "ordering.loading",
    "observe": "ordering.observation",
    "parse": "ordering.reals",
    "poolings": "ordering.catalogue",
    "prove": "ordering.reals",
    "recorded_in": "ordering.replaying",
    "run_again": "ordering.replaying",
    "rulings": "ordering.claims.table",
    "strategies": "ordering.strategies",
    "this_machine": "ordering.running.machine",
    "verify": "ordering.verdict",
    "verify_all": "ordering.verdict",
    "why_not_kept": "ordering.floats",
    "workers_at": "ordering.running.levels",
    "x": "ordering.variable",
    # Not public: what the commands alone reach, as late as the rest.
    "rendering": "ordering.rendering",
    "requirement": "ordering.verdict.needs",
}

__all__ = [
    "Activation",
    "Law",
    "Pooling",
    "Store",
    "activations",
    "certify",
    "certify_each",
    "cluster",
    "default_layer",
    "environment",
    "experiments",
    "falsify",
    "feature_map",
    "laws",
    "levels",
    "load_activation",
    "load_function",
    "load_image",
    "load_law",
    "load_layer",
    "load_pooling",
    "observe",
    "parse",
    "poolings",
    "prove",
    "recorded_in",
    "rulings",
    "run_again",
    "strategies",
    "this_machine",
    "verify",
    "verify_all",
    "why_not_kept",
    "workers_at",
    "x",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module where it lives (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ordering' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    value = home if _HOMES[name] == f"ordering.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
