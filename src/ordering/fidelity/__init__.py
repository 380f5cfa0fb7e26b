"""Is the expression the kernel?  Compared point by point, against rigorous values of the expression."""

from ordering.fidelity.comparing import ALLOWED_ULP, fidelity

__all__ = ["ALLOWED_ULP", "fidelity"]
