"""Does the order of activation and pooling matter?  A proof, a certificate, or the smallest counterexample.

The public names are loaded when they are first used, so that `import ordering` (and `ordering --help`)
costs neither torch's import nor sympy's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ordering.activation import Activation, x
    from ordering.catalogue import activations, laws, poolings
    from ordering.floats import certify
    from ordering.kernels import falsify
    from ordering.law import Law
    from ordering.observation import observe
    from ordering.pooling import Pooling
    from ordering.reals import prove
    from ordering.verdict import verify

_HOMES = {
    "Activation": "ordering.activation",
    "Law": "ordering.law",
    "Pooling": "ordering.pooling",
    "activations": "ordering.catalogue",
    "certify": "ordering.floats",
    "falsify": "ordering.kernels",
    "laws": "ordering.catalogue",
    "observe": "ordering.observation",
    "poolings": "ordering.catalogue",
    "prove": "ordering.reals",
    "verify": "ordering.verdict",
    "x": "ordering.activation",
}

__all__ = [
    "Activation",
    "Law",
    "Pooling",
    "activations",
    "certify",
    "falsify",
    "laws",
    "observe",
    "poolings",
    "prove",
    "verify",
    "x",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module where it lives (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ordering' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
