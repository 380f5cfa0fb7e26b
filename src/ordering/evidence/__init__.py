"""The plain records that the worlds hand to each other, to `verify` and to every report."""

from ordering.evidence.fidelity import Deviation, Fidelity, Parting
from ordering.evidence.floats import Certificate, Disagreement, Pair, Path, Split
from ordering.evidence.kernels import Comparison, Counterexample, Grade, Survival
from ordering.evidence.machine import Kind, Machine
from ordering.evidence.reals import Derivation, Finding, Shape, Step
from ordering.evidence.symbolic import Cause, Symbolic, SymbolicSide
from ordering.evidence.verdict import Answer, DtypeVerdict, Outcome, Verdict, WorldAnswer

__all__ = [
    "Answer",
    "Cause",
    "Certificate",
    "Comparison",
    "Counterexample",
    "Derivation",
    "Deviation",
    "Disagreement",
    "DtypeVerdict",
    "Fidelity",
    "Finding",
    "Grade",
    "Kind",
    "Machine",
    "Outcome",
    "Pair",
    "Parting",
    "Path",
    "Shape",
    "Split",
    "Step",
    "Survival",
    "Symbolic",
    "SymbolicSide",
    "Verdict",
    "WorldAnswer",
]
