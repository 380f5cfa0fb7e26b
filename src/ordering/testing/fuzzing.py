"""`fuzz`: tests with `@given` again and again with fresh seeds, on all cores, until a time is over.

Each round is a run of pytest in a process of its own.  What it went through is read from Hypothesis'
observability output (JSON lines); what failed is kept beside the test (`keeping`), so that the test begins
with it from then on.
"""

from __future__ import annotations

import json
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ordering.arguments import Location, integer, place, seconds
from ordering.errors import InvalidArgument
from ordering.running import interrupts
from ordering.testing.keeping import FAILURES, FOLDER, keep

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
_PASSED, _TESTS_FAILED, _INTERRUPTED = 0, 1, 2
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
    crew = os.cpu_count() or 1 if workers is None else integer("workers", workers, least=1)
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(given, Path(folder), time.monotonic() + limit)
        started = time.monotonic()
        with ThreadPoolExecutor(crew) as pool:
            ended = [pool.submit(run.rounds, number) for number in range(crew)]
            try:
                while not all(each.done() for each in ended):
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


class _Run:
    """The rounds of one call, and the folder in which they work."""

    def __init__(self, tests: Sequence[str], folder: Path, deadline: float) -> None:
        self.tests, self.folder, self.deadline = tests, folder, deadline
        self.number = 0
        self.failures: list[Failure] = []
        self._lock = threading.Lock()

    def rounds(self, worker: int) -> None:
        """One round after the other, until the time is over."""
        here = self.folder / str(worker)
        (here / FOLDER).mkdir(parents=True)
        while time.monotonic() < self.deadline:
            self._round(here, secrets.randbelow(2**32))

    def _round(self, here: Path, seed: int) -> None:
        search = os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH", ""))))
        command = [
            *(sys.executable, "-m", "pytest", *self.tests, "-q", "--color=no", "-m", "hypothesis"),
            *("-p", "no:cacheprovider", "-p", "no:xdist"),
            *(f"--hypothesis-profile={PROFILE}", f"--hypothesis-seed={seed}"),
        ]
        with (here / "printed.txt").open("w+", encoding="utf-8") as printed:
            process = subprocess.Popen(
                command,
                cwd=here,
                env={**os.environ, "PYTHONPATH": search, FAILURES: str(here / FOLDER), OBSERVED: "1"},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            over = self._wait(process)
            printed.seek(0)
            text = printed.read()
        with self._lock:
            self.number += 1
            if process.returncode not in (_PASSED, _TESTS_FAILED) and not over:
                raise InvalidArgument(f"pytest could not run {', '.join(self.tests)}:\n{text[-2000:]}")
            self.failures += self._found(here, seed, text)

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for a round; whether the time was over before it ended."""
        while process.poll() is None:
            if time.monotonic() > self.deadline:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(GRACE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                return True
            time.sleep(GLANCE / 5)
        return False

    def _found(self, here: Path, seed: int, text: str) -> Iterator[Failure]:
        """The failures of a round that was printed, with their examples kept."""
        for test in dict.fromkeys(re.findall(r"^FAILED (\S+)", text, re.MULTILINE)):
            file, _, name = test.partition("::")
            example = here / FOLDER / f"{name.partition('[')[0]}.jsonl"
            kept = ""
            if example.exists():
                target = _source(file, self.tests, here).parent / FOLDER / example.name
                keep(example.read_text().strip(), target)
                kept = str(target)
                example.unlink()
            yield Failure(test, seed, text[-4000:], kept)

    def told(self, passed: float, limit: float) -> str:
        """How far the run is, in words."""
        share = f"{passed / 60:.1f} of {limit / 60:.1f} minutes"
        return f"{share}, {self.number} rounds, {len(self.failures)} failures"

    def harvest(self, passed: float) -> Harvest:
        """What all rounds went through together."""
        functions: set[str] = set()
        answers: Counter[tuple[str, bool]] = Counter()
        examples = 0
        for line in self._observed():
            if line.get("type") != "test_case" or line.get("status") not in ("passed", "failed"):
                continue
            examples += 1
            functions.update(_FUNCTION.findall(str(line.get("representation"))))
            for event in line.get("features", {}):
                if answer := _UNDECIDED.match(event.removeprefix("event:")):
                    answers[answer[1], answer[2] is None] += 1
        names = sorted({name for name, _ in answers})
        return Harvest(
            passed,
            self.number,
            examples,
            len(functions),
            {name: answers[name, True] + answers[name, False] for name in names},
            {name: answers[name, False] for name in names},
            tuple(self.failures),
        )

    def _observed(self) -> Iterator[dict[str, Any]]:
        """What Hypothesis wrote of each example; a line that the end of a round cut off is left out."""
        for file in self.folder.glob("*/.hypothesis/observed/*_testcases.jsonl"):
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    try:
                        yield json.loads(line)
                    except json.JSONDecodeError:
                        continue


def _absolute(test: Path) -> str:
    """A file or folder that every working directory finds; `::` and what follows it stay."""
    file, separator, name = str(test).partition("::")
    if not Path(file).exists():
        raise InvalidArgument(f"there is no {file}: tests must name files or folders of tests")
    return f"{Path(file).resolve()}{separator}{name}"


def _source(file: str, tests: Sequence[str], here: Path) -> Path:
    """Where a test's file is, which pytest names from its root or from the working directory."""
    if (here / file).exists():
        return (here / file).resolve()
    for test in tests:
        start = Path(test.partition("::")[0])
        for folder in (start, *start.parents):
            if (folder / file).is_file():
                return folder / file
    raise InvalidArgument(f"pytest tells of a failure in {file}, which could not be found")
