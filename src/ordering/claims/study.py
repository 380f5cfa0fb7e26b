"""The training study: paired seeds, both orders, an activation with zeros and two without."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ordering.arguments import integer
from ordering.claims.results import described_machine, load, refuse
from ordering.claims.training import ORDERS, Run, Setup, train
from ordering.errors import LoadError
from ordering.running.threads import one_thread

SCHEMA: Final = "ordering-study/1"
ACTIVATIONS: Final = ("relu", "leaky_relu", "prelu(weight=0.25)")
"""ReLU, as in the post; then the same with a slope of 1/100, which has hardly a feature that is 0, so that
what the zeros do is told from what the order does; and PReLU with the weight that torch starts from."""
ENOUGH: Final = 20
"""Seeds below which nothing is ruled."""
COMMITTED: Final = Path(__file__).parent / "study.json"


@dataclass(frozen=True)
class Study:
    """The runs of a study with all that they depend on."""

    command: str
    versions: dict[str, str]
    machine: dict[str, Any]
    setup: Setup
    seconds: float
    runs: tuple[Run, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """In increasing order."""
        return tuple(sorted({run.seed for run in self.runs}))

    def pairs(self, activation: str) -> list[tuple[Run, Run]]:
        """For each seed the run with the activation first and the one with the pooling first."""
        found = {(run.seed, run.order): run for run in self.runs if run.activation == activation}
        first, second = ORDERS
        return [(found[seed, first], found[seed, second]) for seed in self.seeds]


def todo(seeds: int, activations: Sequence[str] = ACTIVATIONS) -> list[tuple[int, str, str]]:
    """What a study of so many seeds runs: seed, activation, order.

    Raises
    ------
    InvalidArgument
        If the number of seeds is no whole number from 2 on: of one no spread is known.
    """
    integer("seeds", seeds, least=2)
    return [
        (seed, activation, order) for seed in range(seeds) for activation in activations for order in ORDERS
    ]


def runs(
    wanted: Sequence[tuple[int, str, str]], setup: Setup, journal: Path | None = None
) -> Iterator[tuple[Run, bool]]:
    """Every run that is wanted, and whether it was made now: those in the journal are not made again.

    The journal is a file of JSON lines; each run is added when it is done, so that a study that was
    interrupted goes on from there.

    Raises
    ------
    LoadError
        If the journal is not one, or belongs to another setup.
    NotApplicable
        If scikit-learn is not installed.
    KeyboardInterrupt
        After Ctrl-C; what is done is in the journal.
    """
    known = {} if journal is None else _read(journal, setup)
    with one_thread():
        for each in wanted:
            if each in known:
                yield known[each], False
                continue
            run = train(*each, setup)
            if journal is not None:
                with journal.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"setup": asdict(setup), "run": asdict(run)}) + "\n")
            yield run, True


def _read(journal: Path, setup: Setup) -> dict[tuple[int, str, str], Run]:
    if not journal.exists():
        return {}
    found = {}
    for number, line in enumerate(journal.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            run, its = _run(entry["run"]), _setup(entry["setup"])
        except (ValueError, TypeError, KeyError) as error:
            raise LoadError(
                f"line {number} of {journal} is no run of a study ({error}): delete that line, or the file"
            ) from error
        if its != setup:
            raise LoadError(f"{journal} belongs to another setup ({its}): name another file, or delete it")
        found[run.seed, run.activation, run.order] = run
    return found


def collected(made: Sequence[Run], setup: Setup, command: str, seconds: float) -> Study:
    """The runs as a study made here and now."""
    versions = {name: version(name) for name in ("torch", "scikit-learn")}
    with one_thread():
        machine = described_machine()
    return Study(
        command, {"python": platform.python_version(), **versions}, machine, setup, seconds, tuple(made)
    )


def study_data(study: Study) -> dict[str, Any]:
    """As plain data, which the schema that ships describes."""
    return {"schema": SCHEMA, **{field.name: getattr(study, field.name) for field in fields(study)}} | {
        "setup": asdict(study.setup),
        "runs": [asdict(run) for run in study.runs],
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def load_study(file: Path = COMMITTED) -> Study:
    """A study from its file; by default the one that ships.

    Raises
    ------
    LoadError
        If the file cannot be read, is no study, or lacks a run of a pair.
    """
    data = load(file, SCHEMA)
    study = Study(
        command=data["command"],
        versions=data["versions"],
        machine=data["machine"],
        setup=_setup(data["setup"]),
        seconds=data["seconds"],
        runs=tuple(_run(each) for each in data["runs"]),
    )
    have = [(run.seed, run.activation, run.order) for run in study.runs]
    if len(have) != len(set(have)):
        refuse(file, "it holds a run twice")
    for activation in ACTIVATIONS:
        for seed in study.seeds:
            for order in ORDERS:
                if (seed, activation, order) not in have:
                    refuse(file, f"the run of seed {seed}, {activation}, {order} is missing")
    return study


def _run(data: dict[str, Any]) -> Run:
    return Run(**_tuples(data))


def _setup(data: dict[str, Any]) -> Setup:
    return Setup(**_tuples(data))


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples of the records."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
