"""How a failing trial is run again: its seed, its command, and a database that keeps failures alone."""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import hypothesis.core
from hypothesis import settings
from hypothesis.database import ExampleDatabase

CURRENT: Final = "PYTEST_CURRENT_TEST"
"""Where pytest tells which test it runs."""
EXPLAINED: Final = "-with-explain-phase"
"""What Hypothesis appends to the name of a profile that it makes for `--hypothesis-explain`."""


def seed_of_this_run() -> int:
    """pytest's `--hypothesis-seed`, else 0 in a derandomised profile, else a new seed."""
    forced = forced_seed()
    if forced is not None:
        return forced
    return 0 if settings().derandomize else secrets.randbelow(2**32)


def forced_seed() -> int | None:
    """pytest's `--hypothesis-seed`; None where it is not given."""
    # What Hypothesis' own tests with @given are seeded with; its pytest plugin puts the option there.
    forced: object = getattr(hypothesis.core, "global_force_seed", None)
    return forced if forced is None or isinstance(forced, int) else _number(str(forced))


def seed_of_cases() -> str:
    """What seeds the draws of a test with `@given`, in words."""
    forced = forced_seed()
    if forced is not None:
        return str(forced)
    if settings().derandomize:
        return "none is needed: the profile draws the same every time"
    return "a new one in every run: keep this case with @example, or draw it with what Hypothesis prints"


def _number(text: str) -> int:
    """A number for a seed that is none."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def commands(seed: int | None) -> tuple[str, ...]:
    """The command that runs the current test again with this seed, to be pasted into a shell.

    One draw in twenty is a constant that Hypothesis reads in the user's own modules, of which this may
    load fewer; what does not depend on that - the look at the kernel, hints, the sweep, the script of the
    counterexample, and what a database remembers - is the same.  None outside pytest.
    """
    node = os.environ.get(CURRENT, "").rpartition(" (")[0]
    if not node:
        return ()
    profile = settings.get_current_profile_name().removesuffix(EXPLAINED)
    seeded = [] if seed is None else [f"--hypothesis-seed={seed}"]
    return (shlex.join(["pytest", _from_here(node), *seeded, f"--hypothesis-profile={profile}"]),)


def _from_here(node: str) -> str:
    """A test's id with its file as it is called from the working directory.

    pytest names files from its root, which is the working directory or a folder above it.
    """
    file, separator, rest = node.partition("::")
    here = Path.cwd()
    for root in (here, *here.parents):
        if (root / file).is_file():
            return f"{os.path.relpath(root / file, here)}{separator}{rest}"
    return node


class FailuresOnly(ExampleDatabase):
    """Another database, in which a trial's examples stay if it fails, and of which they are removed if not.

    A law that must fail is broken in every run: those counterexamples are no failures.
    """

    def __init__(self, database: ExampleDatabase) -> None:
        super().__init__()
        self._database = database
        self._changes: dict[tuple[bytes, bytes], bool] = {}
        """Entries that were added (True) or removed."""
        self._seen: set[tuple[bytes, bytes]] = set()

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """The examples saved under this key, in this run or before."""
        stored = list(self._database.fetch(key))
        self._seen |= {(key, value) for value in stored}
        added = [value for (of, value), kept in self._changes.items() if of == key and kept]
        return [value for value in dict.fromkeys([*stored, *added]) if self._changes.get((key, value), True)]

    def save(self, key: bytes, value: bytes) -> None:
        """Keep an example until it is known whether the trial fails."""
        self._changes[key, value] = True

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget an example."""
        self._changes[key, value] = False

    def settle(self, *, failed: bool) -> None:
        """Write down what the trial has left, if it failed; forget all that it had been told, if not."""
        if not failed:
            self._changes = dict.fromkeys(self._seen, False)
        for (key, value), kept in self._changes.items():
            if kept:
                self._database.save(key, value)
            else:
                self._database.delete(key, value)
