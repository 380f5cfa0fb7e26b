"""The machine that an answer about floats is true of."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Machine:
    """Everything with a name that decides what a kernel computes; made by `ordering.running.this_machine`.

    Two machines whose fields are equal may be taken for one another; no others.
    """

    system: str
    """Operating system and architecture: `"Linux x86_64"`."""
    cpu: str
    """The processor's model, with family, model and stepping where the system tells them."""
    flags: str
    """The processor's features that select code, sorted, separated by blanks."""
    torch: str
    """torch's version."""
    aten: str
    """The instruction set of torch's own vector code: `"DEFAULT"`, `"AVX2"`, `"AVX512"`, ..."""
    onednn: str
    """The best instruction set that oneDNN may use, or `"off"`."""
    mkl: str
    """What MKL's vector mathematics dispatches to, with the branch that `MKL_CBWR` asks for; or `"none"`."""
    flush_denormal: bool
    """Whether subnormal results become zero."""
    threads: int
    """torch's threads: 1 wherever this package calls kernels on single values."""

    @property
    def level(self) -> str:
        """The instruction sets in use: `"AVX512, oneDNN AVX512_CORE_AMX, MKL AVX512"`."""
        flushing = ", subnormals flushed to zero" if self.flush_denormal else ""
        return f"{self.aten}, oneDNN {self.onednn}, MKL {self.mkl}{flushing}"

    @property
    def kind(self) -> str:
        """Eight hexadecimal digits, the same for equal machines: a short name for tables."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:8]

    def __str__(self) -> str:
        return f"{self.cpu}: {self.level}"


class Kind(NamedTuple):
    """What tells one worker's results from another's: the machine, and what the kernels compute there.

    `observed` is a digest of their results on fixed values, on each code path, so that a setting that
    `Machine` does not name is noticed too.
    """

    machine: Machine
    observed: str
