"""What a search has found is kept in a file beside the test, whose normal run then begins with it.

A line of `kept/NAME.jsonl`, in the folder of the test's file, holds the arguments of one example of the test
NAME: activations as their formulas, cases bit for bit.  `ordering fuzz` writes these files, and people may.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
import torch
from hypothesis import example, is_hypothesis_test
from hypothesis.errors import UnsatisfiedAssumption

from ordering.drawing import DrawnActivation, term
from ordering.drawing import written as formula
from ordering.errors import InvalidArgument, LoadError, OrderingError
from ordering.kernels.memory import decode, encode
from ordering.lattice import format_of
from ordering.law import Case, Law
from ordering.loading import load_activation, load_law, load_pooling
from ordering.pooling import Pooling

FOLDER: Final = "kept"
"""Of the files, beside the test's own."""
FAILURES: Final = "ORDERING_KEEP_FAILURES"
"""The environment variable that names a folder for the arguments with which tests have failed last."""

TestT = TypeVar("TestT", bound=Callable[..., Any])


def kept(test: TestT) -> TestT:
    """Add what is kept of a test with `@given` as explicit examples; stands above `@given`.

        @kept
        @given(activations(nondecreasing=True))
        def test_...(f): ...

    While `ordering fuzz` runs, the arguments of the failures are written down, the smallest last; a failure
    whose arguments cannot be written down says so in a note.

    Raises
    ------
    InvalidArgument
        If this is no test with `@given`.
    LoadError
        If a kept example cannot be read.
    """
    if not is_hypothesis_test(test):
        raise InvalidArgument(f"@kept stands above @given, which {test.__name__} does not have")
    handle = test.hypothesis  # type: ignore[attr-defined]  # what Hypothesis gives to other tools
    file = kept_of(test)
    known = inspect.signature(handle.inner_test).parameters
    for arguments in examples(file, known):
        test = example(**arguments)(test)
    handle.inner_test = _recorded(handle.inner_test, file)
    return test


def kept_of(test: Callable[..., Any]) -> Path:
    """The file in which examples of the test are kept."""
    return Path(inspect.getfile(inspect.unwrap(test))).parent / FOLDER / f"{test.__name__}.jsonl"


def examples(file: Path, known: Container[str] | None = None) -> Iterator[dict[str, Any]]:
    """The arguments that a file keeps; none where there is no file.

    Raises
    ------
    LoadError
        If a line is none that `written` makes, or names an argument or an entry that is not there.
    """
    if not file.exists():
        return
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            arguments = {name: _read(value) for name, value in json.loads(line).items()}
            if not arguments:
                raise ValueError("it has no arguments")
            if known is not None and (strange := [name for name in arguments if name not in known]):
                raise ValueError(f"the test has no argument {', '.join(strange)}")
        except (ValueError, TypeError, KeyError, AttributeError, OrderingError) as error:
            told = f"{file}, line {number}, is no kept example: {error}; mend the line, or remove it"
            raise LoadError(told) from error
        yield arguments


def written(arguments: Mapping[str, Any]) -> str:
    """The arguments of one example as a line of text.

    Raises
    ------
    TypeError
        If one is neither a drawn activation, a case, a pooling, a law, a dtype, a number nor a text.
    """
    return json.dumps({name: _written(value) for name, value in arguments.items()}, sort_keys=True)


def keep(line: str, file: Path) -> bool:
    """Add a line to a file, made with its folder where it is not there; False if it is kept already."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if line in lines:
        return False
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join([*lines, line]) + "\n", encoding="utf-8")
    return True


@dataclass(frozen=True)
class Record:
    """The arguments with which a test has failed last, as a line, and the file that keeps such lines."""

    line: str
    file: Path


def records(folder: Path) -> list[Record]:
    """Take what failing tests have written down out of a folder (`FAILURES`)."""
    found = []
    for each in sorted(folder.iterdir()):
        with suppress(json.JSONDecodeError):  # the test was ended while it wrote
            found.append(Record(**(read := json.loads(each.read_bytes())) | {"file": Path(read["file"])}))
        each.unlink()
    return found


def _recorded(inner: Callable[..., Any], file: Path) -> Callable[..., Any]:
    """The test's own function; where that is asked for, it writes down the arguments with which it fails."""
    signature = inspect.signature(inner)

    @wraps(inner)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return inner(*args, **kwargs)
        except UnsatisfiedAssumption:
            raise
        except (Exception, pytest.fail.Exception) as failure:
            if folder := os.environ.get(FAILURES):
                # Hypothesis fails with the least example last.  What cannot be kept hides no failure.
                try:
                    line = written(signature.bind(*args, **kwargs).arguments)
                    name = hashlib.sha256(str(file).encode()).hexdigest()[:16]
                    text = json.dumps({"line": line, "file": str(file)})
                    Path(folder, name).write_text(text, encoding="utf-8")
                except (TypeError, ValueError, OSError, OrderingError) as error:
                    failure.add_note(f"@kept cannot keep this example: {error}")
            raise

    return call


def _written(value: Any) -> Any:
    if isinstance(value, DrawnActivation):
        return {"term": formula(value.term)}
    if isinstance(value, Pooling):
        return {"pooling": value.name}
    if isinstance(value, Law):
        return {"law": value.name}
    if isinstance(value, torch.dtype):
        return {"dtype": format_of(value).name}
    if isinstance(value, Case):
        encoded = encode(value)
        if encoded is None:
            raise TypeError(f"{value!r} is too large to be kept, or has arguments that are no numbers")
        subject = value.activation
        named = _written(subject) if isinstance(subject, DrawnActivation) else {"activation": subject.name}
        return {**named, "pooling": value.pooling.name, "case": json.loads(encoded)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "case" in value:
        subject = term(value["term"]) if "term" in value else load_activation(value["activation"])
        empty = Case(subject, load_pooling(value["pooling"]), torch.empty(0), {})
        case = decode(json.dumps(value["case"]).encode(), empty)
        if case is None:
            raise ValueError("its case cannot be read")
        return case
    if "term" in value:
        return term(value["term"])
    if "pooling" in value:
        return load_pooling(value["pooling"])
    if "law" in value:
        return load_law(value["law"])
    return format_of(value["dtype"]).dtype
