"""Hypothesis strategies of this package, for `@given`: tensors, geometries, whole cases, and activations."""

from ordering.drawing import DrawnActivation, activations, term
from ordering.kernels.geometry import placements
from ordering.kernels.layout import Layout
from ordering.kernels.strategies import Size, cases, elements, layouts, tensors

__all__ = [
    "DrawnActivation",
    "Layout",
    "Size",
    "activations",
    "cases",
    "elements",
    "layouts",
    "placements",
    "tensors",
    "term",
]
