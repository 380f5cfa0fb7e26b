"""What a report depends on besides the code: versions, the machine, seed and effort."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from ordering import __version__
from ordering.arguments import seed as checked_seed
from ordering.arguments import text
from ordering.running.machine import this_machine


def environment(*, seed: int, effort: str) -> dict[str, Any]:
    """The environment as the report records it: the machine is the one that gathers the results.

    Raises
    ------
    InvalidArgument
        If the seed is no whole number or the effort no text.
    """
    checked_seed(seed)
    text("effort", effort)
    machine = this_machine()
    return {
        "ordering": __version__,
        "python": platform.python_version(),
        "torch": machine.torch,
        "sympy": version("sympy"),
        "hypothesis": version("hypothesis"),
        "cpu_capability": machine.aten,
        "threads": machine.threads,
        "machine": asdict(machine),
        "level": machine.level,
        "seed": seed,
        "effort": effort,
    }
