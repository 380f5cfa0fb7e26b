"""Functions that nobody chose: terms of a small grammar, drawn, and what is known of them by construction."""

from ordering.drawing.activations import DrawnActivation, activations, term
from ordering.drawing.writing import written

__all__ = ["DrawnActivation", "activations", "term", "written"]
