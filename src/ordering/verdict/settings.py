"""How thoroughly to examine: dtypes, effort, seed, and where certificates are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import torch
from hypothesis.database import ExampleDatabase

from ordering.errors import InvalidArgument
from ordering.floats import Store
from ordering.kernels.database import open_database

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
    database: ExampleDatabase | str | None
    tell: Tell

    @property
    def examples(self) -> int:
        """Hypothesis examples per dtype."""
        return EFFORTS[self.effort].examples


def checked(
    dtypes: Sequence[torch.dtype | str] | None,
    effort: str,
    seed: int,
    timeout: float,
    store: Store | None,
    database: ExampleDatabase | str | None,
    progress: Tell | None,
) -> Settings:
    """The settings, or `InvalidArgument` for an unknown effort, dtype or database, or no dtype at all."""
    if effort not in EFFORTS:
        raise InvalidArgument(f"no effort named {effort!r}; choose one of {', '.join(EFFORTS)}")
    asked = EFFORTS[effort].dtypes if dtypes is None else tuple(dtypes)
    if not asked:
        raise InvalidArgument("dtypes is empty, so there would be nothing to judge; name at least one")
    resolved = tuple(dict.fromkeys(_dtype(dtype) for dtype in asked))
    with open_database(database):  # a server that is not there is better told at once
        pass
    return Settings(resolved, effort, seed, timeout, store, database, progress or silent)


def silent(_line: str) -> None:
    """Tell nobody."""


def _dtype(dtype: torch.dtype | str) -> torch.dtype:
    judged = {name_of(each): each for each in (*SCANNABLE, torch.float64)}
    found = judged.get(dtype if isinstance(dtype, str) else name_of(dtype))
    if found is None:
        raise InvalidArgument(f"cannot judge the dtype {dtype!r}; choose from {', '.join(judged)}")
    return found


def name_of(dtype: torch.dtype) -> str:
    """`float16` for `torch.float16`."""
    return str(dtype).removeprefix("torch.")
