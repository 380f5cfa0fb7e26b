"""Arguments of calls and fields of records: checks that return the value in one form or say what is wrong."""

from __future__ import annotations

import difflib
import math
import numbers
import operator
import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from ordering.errors import InvalidArgument, OrderingError

MemberT = TypeVar("MemberT", bound=Enum)
Location: TypeAlias = str | os.PathLike[str]
"""A place in the file system."""
Error: TypeAlias = type[OrderingError]

LONGEST: Final = 80
"""Characters of a value that a message shows."""
SEEDS: Final = range(-(2**63), 2**64)
"""What torch's generators take."""
MOST_WORKERS: Final = 10_000


def shown(value: object) -> str:
    """A value as a message shows it: its `repr`, shortened; what has none that works, by its type."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # whatever a user's own class raises
        return f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def near(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean relu or relu6?`; where nothing is near, what is said `otherwise`, or what there is."""
    names = [each for each in known if isinstance(each, str)]
    by_lower = {each.lower(): each for each in reversed(names)}
    close: list[str] = []
    if len(name) <= LONGEST:
        asked = name.lower().strip()
        close = difflib.get_close_matches(asked, by_lower, n=3)
        if not close and asked:  # "min" is far from "min_pool2d", and means it
            close = [each for each in by_lower if each.startswith(asked)][:3]
    if close:
        return f"did you mean {' or '.join(by_lower[each] for each in close)}?"
    return otherwise or f"known: {', '.join(names)}"


def integer(
    name: str,
    value: object,
    *,
    least: int | None = None,
    most: int | None = None,
    error: Error = InvalidArgument,
) -> int:
    """A whole number of any integer type, numpy's included; no bool, no float."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise error(f"{name} must be a whole number, got {_told(value)}")
    try:
        number = operator.index(value)
    except TypeError:  # a tensor of floats has the method, and refuses
        raise error(f"{name} must be a whole number, got {_told(value)}") from None
    if least is not None and number < least:
        raise error(f"{name} must be at least {least}, got {shown(number)}")
    if most is not None and number > most:
        raise error(f"{name} must be at most {most:,}, got {shown(number)}")
    return number


def seed(value: object) -> int:
    """A seed that every generator takes."""
    return integer("seed", value, least=SEEDS[0], most=SEEDS[-1])


def workers(value: object) -> int | None:
    """A number of workers; None leaves it open."""
    return None if value is None else integer("workers", value, least=1, most=MOST_WORKERS)


def executor(value: object) -> Executor | None:
    """Whose workers work; None stands for this machine's."""
    if value is None or isinstance(value, Executor):
        return value
    hint = "; pass an instance of it" if isinstance(value, type) else ""
    raise InvalidArgument(f"executor must be a concurrent.futures.Executor, got {_told(value)}{hint}")


def real(name: str, value: object, *, error: Error = InvalidArgument) -> Any:
    """A number of Python's, numpy's or `fractions`, exactly as it is; NaN and bools are none."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise error(f"{name} must be a number, got {_told(value)}")
    if value != value:
        raise error(f"{name} must be a number, and NaN is none")
    return value


def seconds(name: str, value: object) -> float:
    """A positive, finite time."""
    number = real(name, value)
    if not number > 0 or not math.isfinite(number):
        raise InvalidArgument(f"{name} must be a positive, finite number of seconds, got {shown(value)}")
    return float(number)


def flag(name: str, value: object, *, error: Error = InvalidArgument) -> bool:
    """True or False, and nothing that merely counts as one of them."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise error(f"{name} must be True or False, got {_told(value)}")
    return bool(value)


def text(name: str, value: object, *, error: Error = InvalidArgument) -> str:
    """Text."""
    if not isinstance(value, str):
        raise error(f"{name} must be text, got {_told(value)}")
    return value


def function(
    name: str, value: object, takes: str, *, optional: bool = True, error: Error = InvalidArgument
) -> Any:
    """Something that can be called, or None where it is optional; `takes` says how it is called."""
    if value is None and optional:
        return None
    if isinstance(value, type) and not optional:
        raise error(
            f"{name} must be callable ({takes}), got the class {value.__name__}: pass an instance of it"
        )
    if not callable(value):
        none = " or None" if optional else ""
        raise error(f"{name} must be callable ({takes}){none}, got {_told(value)}")
    return value


def choice(name: str, value: object, known: Iterable[str], *, error: Error = InvalidArgument) -> str:
    """One of the names that there are."""
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    hint = near(value, names, " ") if isinstance(value, str) else " "
    raise error(f"{name} must be one of {', '.join(names)}; got {_told(value)}; {hint}".rstrip("; "))


def member(name: str, value: object, kind: type[MemberT], *, error: Error = InvalidArgument) -> MemberT:
    """A member of an enumeration, or the one of that value: `Domain.FINITE` or `"finite"`."""
    if isinstance(value, kind):
        return value
    by_value: dict[str, MemberT] = {str(each.value): each for each in kind}
    return by_value[choice(name, value, by_value, error=error)]


def members(
    name: str, values: object, kind: type[MemberT], *, error: Error = InvalidArgument
) -> tuple[MemberT, ...]:
    """Members of an enumeration, each once: one of them, or several; by their values too."""
    return tuple(
        dict.fromkeys(
            member(name, each, kind, error=error) for each in several(name, values, kind, error=error)
        )
    )


def several(
    name: str, values: object, single: type | tuple[type, ...] = (), *, error: Error = InvalidArgument
) -> tuple[Any, ...]:
    """What is one or many as a tuple: text and the `single` types are one; of a mapping its values are meant.

    Nothing at all is an error: an answer about nothing would mean nothing.
    """
    kinds = single if isinstance(single, tuple) else (single,)
    if isinstance(values, (str, *kinds)):
        return (values,)
    if isinstance(values, Mapping):
        values = values.values()
    if not isinstance(values, Iterable):
        raise error(f"{name} must be one or a list of them, got {_told(values)}")
    found = tuple(values)
    if not found:
        raise error(f"{name} is empty: name at least one")
    return found


def keywords(name: str, values: object, *, error: Error = InvalidArgument) -> frozenset[str]:
    """Names of keyword arguments: one, several or none."""
    listed = (values,) if isinstance(values, str) else values
    if not isinstance(listed, Iterable):
        raise error(f"{name} must be names of keywords, got {_told(listed)}")
    found = tuple(listed)
    for each in found:
        if not isinstance(each, str) or not each.isidentifier():
            raise error(f"{name} must be names of keywords, got {_told(each)}")
    return frozenset(found)


def place(name: str, value: object, *, error: Error = InvalidArgument) -> Path:
    """A place in the file system, as a path."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise error(f"{name} must be a path, got {_told(value)}")
    written = os.fspath(value)
    if not str(written) or "\0" in str(written):
        raise error(f"{name} must be a path, got {shown(written)}")
    return Path(written).expanduser() if str(written).startswith("~") else Path(written)


def writable_folder(name: str, folder: Path) -> Path:
    """The folder, if it takes files, or could be made: one has been written there, or above, and taken away.

    Raises
    ------
    InvalidArgument
        If it is a file, cannot be made, or takes no files.
    """
    nearest = folder
    try:
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        with tempfile.NamedTemporaryFile(dir=nearest, prefix=".ordering-"):
            pass
    except OSError as refusal:
        raise InvalidArgument(
            f"{name}: cannot write to the folder {shown(str(folder))}: {refusal.strerror or refusal}; "
            f"name another"
        ) from refusal
    return folder


def writable_file(name: str, file: Path) -> Path:
    """The file, if it can be written; what it holds stays.

    Raises
    ------
    InvalidArgument
        If it is a folder, or cannot be written.
    """
    writable_folder(name, file.parent)
    try:
        if file.exists():
            with file.open("a"):
                pass
    except OSError as refusal:
        raise InvalidArgument(
            f"{name}: cannot write the file {shown(str(file))}: {refusal.strerror or refusal}; name another"
        ) from refusal
    return file


def _told(value: object) -> str:
    """A value with its type, where the value alone would not tell."""
    if value is None:
        return "None"
    if isinstance(value, str | int | float | bytes):
        return shown(value)
    return f"{shown(value)} (a {type(value).__name__})"
