"""Claims about a function in words."""

from __future__ import annotations

from typing import Final

import sympy as sp
from sympy import Expr

from ordering.checking import Claim, DrawdownClaim

PLACES: Final = 12
"""Decimals of an enclosure."""


def sentence(claim: Claim) -> str:
    """The claim in words."""
    words = {
        "zero_at_zero": "zero at 0",
        "zeros_interval": "nonnegative, and its zeros form an interval",
    }
    word = words.get(claim.question, claim.question.replace("_", " "))
    where = "" if (claim.low, claim.high) == (-sp.oo, sp.oo) else f" on ({claim.low}, {claim.high})"
    if isinstance(claim, DrawdownClaim):
        return f"f(x) = {claim.function} has {amount(claim.value)}{where}"
    return f"f(x) = {claim.function} is {word}{where}"


def amount(value: Expr | tuple[Expr, Expr]) -> str:
    """A drawdown in words; bounds as decimals that are bounds too."""
    if not isinstance(value, tuple):
        return f"the drawdown {value}"
    return "a drawdown " + bounds(value)


def bounds(value: tuple[Expr, Expr]) -> str:
    """Two rational bounds as decimals that are bounds too."""
    scale = 10**PLACES
    low, high = int(sp.floor(value[0] * scale)), int(sp.ceiling(value[1] * scale))
    return f"between {_decimal(low)} and {_decimal(high)}"


def _decimal(scaled: int) -> str:
    """A number of units of the last place."""
    digits = f"{abs(scaled):0{PLACES + 1}d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-PLACES]}.{digits[-PLACES:]}"
