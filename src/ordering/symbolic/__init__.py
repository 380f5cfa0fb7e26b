"""Counterexamples in exact arithmetic: what a law's two sides are at the rationals that the floats are."""

from ordering.symbolic.deriving import derive

__all__ = ["derive"]
