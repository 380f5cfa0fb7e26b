"""Is the expression the kernel?  Compared point by point, against rigorous values of the expression."""

from ordering.fidelity.comparing import fidelity

__all__ = ["fidelity"]
