"""What a result depends on besides the code: versions, CPU capability, threads."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import torch

from ordering import __version__


def environment(*, seed: int, effort: str) -> dict[str, Any]:
    """The environment as the report records it."""
    return {
        "ordering": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "sympy": version("sympy"),
        "hypothesis": version("hypothesis"),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "seed": seed,
        "effort": effort,
    }
