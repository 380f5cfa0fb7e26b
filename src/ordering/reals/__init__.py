"""World 1, the reals: exact decisions about the mathematical function, with re-checkable derivations."""

from ordering.reals.proving import evaluate, prove
from ordering.reals.shape import Property, properties

__all__ = ["Property", "evaluate", "properties", "prove"]
