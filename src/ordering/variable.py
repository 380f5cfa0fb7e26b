"""The variable of every expression in this package."""

from typing import Final

from sympy import Symbol

x: Final = Symbol("x", real=True)
"""The real variable in which every `Activation.expression`, claim and step is written."""
