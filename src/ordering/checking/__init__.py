"""The checker: it accepts a derivation only if its steps imply its claim.

It stands on the number enclosures (`ordering.enclosures`) alone and knows nothing of the prover, of torch or
of the catalogue; import contracts in `pyproject.toml` keep it so.  `records` are the claim and the steps as
plain data; `algebra` decides identities, `growth` the behaviour near an end, `points` signs at points;
`reading` are signs that can be read off an expression, `facts` those that steps state, `branches` what a
function is on a piece and at a point; `checker` says whether the whole follows; `saving` writes and reads
JSON.
"""

from ordering.checking.algebra import derivative
from ordering.checking.branches import CORNERS, value_at
from ordering.checking.checker import Checker, check
from ordering.checking.reading import needs, read_off
from ordering.checking.records import (
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
from ordering.checking.saving import claim_and_steps, from_data, to_data
from ordering.checking.waves import has_signs

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
    "has_signs",
    "needs",
    "read_off",
    "roots",
    "to_data",
    "value_at",
]
