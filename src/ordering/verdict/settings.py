"""How thoroughly to examine: dtypes, effort, seed, and where certificates are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import torch
from hypothesis.database import ExampleDatabase

from ordering.arguments import Location, choice, function, seconds, several, shown
from ordering.arguments import seed as checked_seed
from ordering.errors import InvalidArgument
from ordering.floats import Store
from ordering.floats.store import as_store
from ordering.kernels.database import open_database
from ordering.lattice import format_of

Tell: TypeAlias = Callable[[str], None]
"""Takes a line of text about what is being done."""


@dataclass(frozen=True)
class Effort:
    """How much is tried: the default dtypes and the number of Hypothesis examples per dtype."""

    dtypes: tuple[torch.dtype, ...]
    examples: int


EFFORTS: Final[Mapping[str, Effort]] = {
    "quick": Effort((torch.float16, torch.bfloat16), 50),
    "standard": Effort((torch.float16, torch.bfloat16, torch.float32), 50),
    "exhaustive": Effort((torch.float16, torch.bfloat16, torch.float32), 2_000),
}

SMALL: Final = (torch.float16, torch.bfloat16)
"""Dtypes whose every value is evaluated in milliseconds: they are always scanned."""
# Dtypes whose every value can be scanned.  float64 has 2^64, so no certificate covers it.
SCANNABLE: Final = (torch.float16, torch.bfloat16, torch.float32)
HALF_EPSILON: Final = 2.0**-12
"""Machine epsilons above this one are those of half precision."""


@dataclass(frozen=True)
class Settings:
    """The settings of one run, checked."""

    dtypes: tuple[torch.dtype, ...]
    effort: str
    seed: int
    timeout: float
    store: Store | None
    database: ExampleDatabase | Location | None
    tell: Tell

    @property
    def examples(self) -> int:
        """Hypothesis examples per dtype."""
        return EFFORTS[self.effort].examples


def checked(
    dtypes: torch.dtype | str | Iterable[torch.dtype | str] | None,
    effort: str,
    seed: int,
    timeout: float,
    store: Store | Location | None,
    database: ExampleDatabase | Location | None,
    progress: Tell | None,
) -> Settings:
    """The settings, or `InvalidArgument` for whatever of it cannot be used."""
    choice("effort", effort, EFFORTS)
    asked = EFFORTS[effort].dtypes if dtypes is None else several("dtypes", dtypes, torch.dtype)
    resolved = tuple(dict.fromkeys(_dtype(dtype) for dtype in asked))
    tell = function("progress", progress, "a line of text -> None") or silent
    with open_database(database):  # a server that is not there is better told at once
        pass
    kept = as_store(store)
    return Settings(resolved, effort, checked_seed(seed), seconds("timeout", timeout), kept, database, tell)


def silent(_line: str) -> None:
    """Tell nobody."""


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    judged = (*SCANNABLE, torch.float64)
    known = ", ".join(name_of(each) for each in judged)
    try:
        found = format_of(dtype).dtype
    except InvalidArgument:
        raise InvalidArgument(f"cannot judge the dtype {shown(dtype)}; choose from {known}") from None
    if found not in judged:
        raise InvalidArgument(f"cannot judge the dtype {name_of(found)}; choose from {known}")
    return found


def name_of(dtype: torch.dtype) -> str:
    """`float16` for `torch.float16`."""
    return str(dtype).removeprefix("torch.")
