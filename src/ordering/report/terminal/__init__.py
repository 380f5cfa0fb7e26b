"""Verdicts and observations in a terminal: first what may be swapped, then how many, then why."""

from ordering.report.terminal.evidence import print_explanation
from ordering.report.terminal.observations import percent, print_observations
from ordering.report.terminal.parts import BRIEF, brief, dtypes, machines, meanings
from ordering.report.terminal.swaps import print_swaps
from ordering.report.terminal.verdicts import print_machines, print_summary, print_verdicts

__all__ = [
    "BRIEF",
    "brief",
    "dtypes",
    "machines",
    "meanings",
    "percent",
    "print_explanation",
    "print_machines",
    "print_observations",
    "print_summary",
    "print_swaps",
    "print_verdicts",
]
