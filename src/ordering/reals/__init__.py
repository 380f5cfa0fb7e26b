"""World 1, the reals: exact decisions about the mathematical function, with re-checkable derivations."""

from ordering.enclosures.balls import evaluator as ball_function
from ordering.enclosures.balls import precision
from ordering.enclosures.budget import Undecided
from ordering.reals.parsing import parse
from ordering.reals.proving import breakpoints, evaluate, load_function, prove, value_text
from ordering.reals.shape import Property, properties
from ordering.reals.undefined import undefined

__all__ = [
    "Property",
    "Undecided",
    "ball_function",
    "breakpoints",
    "evaluate",
    "load_function",
    "parse",
    "precision",
    "properties",
    "prove",
    "undefined",
    "value_text",
]
