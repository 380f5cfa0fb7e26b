"""`ordering.strategies`: what Hypothesis draws here, public, for your own `@given`.

- `activations(...)`: functions that nobody chose, with wanted properties and what is known of them by their
  construction; `term("max(x, 0) - x/4")` is one of them again, to be kept as an `@example`.
- `elements`, `tensors`: numbers worth trying in a dtype, and tensors of them in any layout (`layouts`).
- `placements`: valid arguments of a pooling with a shape for them; `cases`: a whole situation, activation,
  pooling, arguments and tensor.

>>> import torch
>>> from hypothesis import given, settings
>>> from ordering.strategies import activations, tensors
>>> @settings(max_examples=20, derandomize=True, database=None, deadline=None)
... @given(activations(nondecreasing=True), tensors((1, 1, 4, 4), torch.float64, requires_grad=None))
... def max_pooling_commutes(f, x):
...     pool = torch.nn.MaxPool2d(2)
...     close = dict(rtol=1e-12, atol=1e-12, equal_nan=True)
...     torch.testing.assert_close(pool(f.kernel(x)), f.kernel(pool(x)), **close)
"""

from __future__ import annotations

from ordering.drawing.activations import DrawnActivation, activations, term
from ordering.drawing.known import Dip, Known
from ordering.kernels.geometry import Placement, placements
from ordering.kernels.layout import Layout
from ordering.kernels.strategies import Size, cases, elements, layouts, tensors

__all__ = [
    "Dip",
    "DrawnActivation",
    "Known",
    "Layout",
    "Placement",
    "Size",
    "activations",
    "cases",
    "elements",
    "layouts",
    "placements",
    "tensors",
    "term",
]
