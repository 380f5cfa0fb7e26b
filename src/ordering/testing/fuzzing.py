"""`fuzz`: tests with `@given` again and again with fresh seeds, on all cores, until a time is over.

Each round is a run of pytest in a process of its own.  What it went through is read from Hypothesis'
observability output (JSON lines); what failed is kept beside the test (`keeping`), so that the test begins
with it from then on.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ordering.arguments import Location, integer, place, seconds
from ordering.errors import InvalidArgument
from ordering.running import interrupts
from ordering.running.local import available_cores
from ordering.testing.keeping import FAILURES, FOLDER, Record, keep, records

PROFILE: Final = "fuzz"
GRACE: Final = 20.0
"""Seconds that a round has to end by itself when the time is over."""
GLANCE: Final = 0.5
"""Seconds between two looks at the clock, and at Ctrl-C."""
OBSERVED: Final = "HYPOTHESIS_EXPERIMENTAL_OBSERVABILITY" + (
    "" if sys.version_info >= (3, 12) else "_NOCOVER"
)
"""The variable that has Hypothesis write each example down; before Python 3.12 without the lines that it ran,
which cost much."""
_FUNCTION: Final = re.compile(r'term\("([^"]*)"\)')
_UNDECIDED: Final = re.compile(r"^(.*): (un)?decided$")
_PASSED, _TESTS_FAILED, _NO_TESTS = 0, 1, 5
"""Exit codes of pytest."""


@dataclass(frozen=True)
class Failure:
    """A test that failed: with which seed, what pytest printed, and whether its example is kept."""

    test: str
    seed: int
    report: str
    kept: str
    """The file that the example is kept in; empty where it could not be."""


@dataclass(frozen=True)
class Harvest:
    """What a time of fuzzing went through, and what it found."""

    seconds: float
    rounds: int
    examples: int
    """Examples that were neither rejected nor cut short."""
    functions: int
    """Different drawn activations among them."""
    asked: Mapping[str, int]
    """For each property, how often it was asked whether a drawn activation has it."""
    undecided: Mapping[str, int]
    """How often there was no answer."""
    failures: tuple[Failure, ...]


def fuzz(
    tests: Location | Iterable[Location],
    minutes: float,
    *,
    workers: int | None = None,
    rounds: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Harvest:
    """Run the tests with `@given` in these files or folders until the time is over.

    They need the profile `fuzz` of `register_profiles`, and `@kept` above `@given` for what is found to be
    kept.

    Parameters
    ----------
    tests:
        Files, folders, or tests (`file::name`), as pytest takes them.
    minutes:
        After which the last rounds are ended.
    workers:
        Rounds at once; by default one for each core.
    rounds:
        At most so many; by default as many as there is time for.
    progress:
        Called now and then with a line that says how far it is.

    Raises
    ------
    InvalidArgument
        If an argument cannot be used, or pytest finds no such tests or cannot run them.
    KeyboardInterrupt
        After Ctrl-C; what was found until then is kept.
    """
    listed = [tests] if isinstance(tests, str | os.PathLike) else list(tests)
    given = [_absolute(place("tests", each)) for each in listed]
    if not given:
        raise InvalidArgument("tests must name a file or a folder")
    limit = 60 * seconds("minutes", minutes)
    crew = available_cores() if workers is None else integer("workers", workers, least=1)
    most = math.inf if rounds is None else integer("rounds", rounds, least=1)
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(given, Path(folder), time.monotonic() + limit, most)
        started = time.monotonic()
        with ThreadPoolExecutor(crew) as pool:
            ended = [pool.submit(run.rounds, number) for number in range(crew)]
            try:
                # A worker that fails, since pytest refuses, ends the others.
                while not (all(each.done() for each in ended) or any(map(_failed, ended))):
                    interrupts.check()
                    if progress is not None:
                        progress(run.told(time.monotonic() - started, limit))
                    time.sleep(GLANCE)
            finally:
                # Ctrl-C, or an error of one worker: the others end their rounds, and what they found stays.
                run.deadline = 0.0
        for each in ended:
            each.result()
        return run.harvest(time.monotonic() - started)


def _failed(ended: Future[None]) -> bool:
    return ended.done() and ended.exception() is not None


class _Run:
    """The rounds of one call, and the folder in which they work."""

    def __init__(self, tests: Sequence[str], folder: Path, deadline: float, most: float) -> None:
        self.tests, self.folder, self.deadline, self.left = tests, folder, deadline, most
        self.number = self.examples = 0
        self.failures: list[Failure] = []
        self._functions: set[str] = set()
        self._answers: Counter[tuple[str, bool]] = Counter()
        self._lock = threading.Lock()

    def rounds(self, worker: int) -> None:
        """One round after the other, until the time is over."""
        here = self.folder / str(worker)
        (here / FOLDER).mkdir(parents=True)
        while time.monotonic() < self.deadline and self._begins():
            self._round(here, secrets.randbelow(2**32))

    def _begins(self) -> bool:
        """Whether one more round may begin."""
        with self._lock:
            self.left -= 1
            return self.left >= 0

    def _round(self, here: Path, seed: int) -> None:
        own = {
            FAILURES: str(here / FOLDER),
            OBSERVED: "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(here / "hypothesis"),
        }
        with (here / "printed.txt").open("w+", encoding="utf-8", errors="replace") as printed:
            process = subprocess.Popen(
                _command(self.tests, here, seed),
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                over = self._wait(process)
            finally:
                _end_all(process)
            printed.seek(0)
            text = printed.read()
        with self._lock:
            self.number += 1
            self._count(here)
            if process.returncode not in (_PASSED, _TESTS_FAILED) and not over:
                raise InvalidArgument(_refusal(self.tests, process.returncode, text))
            self.failures += _found(records(here / FOLDER), seed, text, over=over)

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for a round; whether the time was over before it ended."""
        while process.poll() is None:
            if time.monotonic() > self.deadline:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
                return True
            time.sleep(GLANCE / 5)
        return False

    def told(self, passed: float, limit: float) -> str:
        """How far the run is, in words."""
        left = f"{max(0.0, limit - passed) / 60:.1f} of {limit / 60:.1f} minutes left"
        return (
            f"{left}, {self.number} rounds, {len(self._functions):,} functions, {len(self.failures)} failures"
        )

    def harvest(self, passed: float) -> Harvest:
        """What all rounds went through together."""
        names = sorted({name for name, _ in self._answers})
        return Harvest(
            passed,
            self.number,
            self.examples,
            len(self._functions),
            {name: self._answers[name, True] + self._answers[name, False] for name in names},
            {name: self._answers[name, False] for name in names},
            tuple(self.failures),
        )

    def _count(self, here: Path) -> None:
        """Add what a round went through, and forget the lines that told it."""
        for line in _observed(here / "hypothesis" / "observed"):
            if line.get("type") != "test_case" or line.get("status") not in ("passed", "failed"):
                continue
            self.examples += 1
            self._functions.update(_FUNCTION.findall(str(line.get("representation"))))
            for event in line.get("features", {}):
                if answer := _UNDECIDED.match(event.removeprefix("event:")):
                    self._answers[answer[1], answer[2] is None] += 1


def _command(tests: Sequence[str], here: Path, seed: int) -> list[str]:
    """A round; what somebody's own options of pytest would change in it is put back."""
    alone = ("-n", "0") if find_spec("xdist") is not None else ()
    return [
        *(sys.executable, "-m", "pytest", *tests, "-q", "-rfE", "--color=no", "--maxfail=0", *alone),
        *("-m", "hypothesis", "-o", f"cache_dir={here / 'cache'}", "--cache-clear"),
        *(f"--hypothesis-profile={PROFILE}", f"--hypothesis-seed={seed}"),
    ]


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """End a round with all processes that it has started, if there are any left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _refusal(tests: Sequence[str], code: int, text: str) -> str:
    """Why pytest could not run the tests, and what to do."""
    names = ", ".join(tests)
    if code == _NO_TESTS:
        return f"there are no tests with @given in {names}"
    if f"'{PROFILE}' is not registered" in text:
        return (
            f"the tests in {names} run without the profile {PROFILE!r}: call "
            "ordering.testing.register_profiles() in their conftest.py"
        )
    return f"pytest could not run {names}:\n{text[-2000:]}"


def _found(found: Sequence[Record], seed: int, text: str, *, over: bool) -> Iterator[Failure]:
    """The failures of a round, with their examples kept; those too that it had no time left to tell of."""
    recorded = {each.file.stem: each for each in found}
    for test in dict.fromkeys(re.findall(r"^FAILED (\S+)", text, re.MULTILINE)):
        name = test.partition("[")[0].rpartition("::")[2]
        record = recorded.pop(name, None)
        if record is not None:
            keep(record.line, record.file)
        yield Failure(test, seed, text[-4000:], str(record.file) if record else "")
    for name, record in recorded.items() if over else ():
        keep(record.line, record.file)
        yield Failure(name, seed, "the time was over before its example was the least", str(record.file))


def _observed(folder: Path) -> Iterator[dict[str, Any]]:
    """Take out what Hypothesis wrote of each example; a line that the end of a round cut off is left out."""
    for file in folder.glob("*_testcases.jsonl"):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                with suppress(json.JSONDecodeError):
                    yield json.loads(line)
        file.unlink()


def _absolute(test: Path) -> str:
    """A file or folder that every working directory finds; `::` and what follows it stay."""
    file, separator, name = str(test).partition("::")
    if not Path(file).exists():
        raise InvalidArgument(f"there is no {file}: tests must name files or folders of tests")
    return f"{Path(file).resolve()}{separator}{name}"
