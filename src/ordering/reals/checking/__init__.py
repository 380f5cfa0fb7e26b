"""The checker: it accepts a derivation only if its steps imply its claim.

It shares nothing with the prover but the number enclosures (`reals.balls`, `reals.budget`); an import
contract in `pyproject.toml` keeps it so.  `records` are the claim and the steps as plain data; `algebra`
decides identities, `growth` the behaviour near an end, `points` signs at points; `reading` are signs that can
be read off an expression, `facts` those that steps state, `branches` what a function is on a piece and at a
point; `checker` says whether the whole follows; `saving` writes and reads JSON.
"""

from ordering.reals.checking.algebra import derivative
from ordering.reals.checking.branches import CORNERS, value_at
from ordering.reals.checking.checker import Checker, check
from ordering.reals.checking.reading import needs, read_off
from ordering.reals.checking.records import (
    Cells,
    Claim,
    Comparison,
    Conclusion,
    Derivative,
    Factors,
    Hole,
    Missing,
    Number,
    Period,
    Piece,
    Plain,
    Point,
    Reason,
    Rejected,
    Root,
    Rung,
    Sign,
    Step,
    Turns,
    Value,
    roots,
)
from ordering.reals.checking.saving import claim_and_steps, from_data, to_data

__all__ = [
    "CORNERS",
    "Cells",
    "Checker",
    "Claim",
    "Comparison",
    "Conclusion",
    "Derivative",
    "Factors",
    "Hole",
    "Missing",
    "Number",
    "Period",
    "Piece",
    "Plain",
    "Point",
    "Reason",
    "Rejected",
    "Root",
    "Rung",
    "Sign",
    "Step",
    "Turns",
    "Value",
    "check",
    "claim_and_steps",
    "derivative",
    "from_data",
    "needs",
    "read_off",
    "roots",
    "to_data",
    "value_at",
]
