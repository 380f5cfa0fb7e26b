"""Where certificates are kept, so that each scan is made once; and scans half done, so that they go on.

A store is a folder of JSON files.  A file's name is the SHA-256 digest of the *key*: everything on which a
certificate depends.  The file repeats the key, and carries a checksum of its content.  A file that is
damaged, or is about something else than its name says, is reported and passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import platformdirs

from ordering.arguments import Location, place, writable_folder
from ordering.evidence import Certificate
from ordering.floats.codec import Malformed, certificate_from, encode, segment_from
from ordering.floats.segment import Segment

SCHEMA: Final = "ordering-certificate/1"
Key: TypeAlias = Mapping[str, str | int]
"""What a certificate depends on: plain text and integers."""


def as_store(store: Store | Location | None) -> Store | None:
    """The store that is meant: one, or a folder; None stays None.

    A folder that exists may be one that can only be read.  The platform's cache folder is nobody's choice,
    so that it is only warned of.

    Raises
    ------
    InvalidArgument
        If it is neither, or the folder that was named is a file or cannot be made.
    """
    if store is None:
        return None
    found = store if isinstance(store, Store) else Store(place("store", store))
    if found.named and not os.path.isdir(found.path):
        writable_folder("store", found.path)
    return found


class StoreWarning(UserWarning):
    """A file of a store could not be used, or not be written; the scan goes on without it."""


class Store:
    """A folder of certificates, which several processes may share.

    Parameters
    ----------
    path:
        The folder; made when something is written.  None stands for the platform's cache folder.

    Files are replaced as a whole, so that a reader, or a process that is killed, leaves no half of one.
    Nothing about a store is fatal once work has begun: what cannot be read or written is warned of
    (`StoreWarning`).

    Raises
    ------
    InvalidArgument
        If `path` is no path.
    """

    def __init__(self, path: Location | None = None) -> None:
        self.named: Final = path is not None
        self.path: Final = (
            platformdirs.user_cache_path("ordering") / "certificates"
            if path is None
            else place("store", path)
        )

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def load(self, key: Key) -> Certificate | None:
        """The certificate of that key; None where there is none that can be trusted."""
        file = self._file(key, "json")
        content = _read(file, key)
        if content is None:
            return None
        try:
            return certificate_from(content.get("certificate"))
        except Malformed as error:
            _warn(f"{file} is passed over: {error}")
            return None

    def save(self, key: Key, certificate: Certificate) -> None:
        """Keep a finished certificate, and drop what was kept of the unfinished scan."""
        if self._write(self._file(key, "json"), key, {"certificate": encode(certificate)}):
            self._file(key, "partial.json").unlink(missing_ok=True)

    def load_partial(self, key: Key, spans: Mapping[int, int]) -> tuple[dict[int, Segment], float]:
        """The segments of an unfinished scan by their starts, and the seconds that they took.

        `spans` gives the number of values of each span, by its start.
        """
        file = self._file(key, "partial.json")
        content = _read(file, key)
        if content is None:
            return {}, 0.0
        try:
            seconds = content.get("seconds")
            found = content.get("segments")
            if type(seconds) is not float or not seconds >= 0 or not isinstance(found, dict):
                raise Malformed("it is no unfinished scan")
            if strangers := set(found) - {str(start) for start in spans}:
                raise Malformed(f"it has spans that the scan does not: {sorted(strangers)[:3]}")
            return {
                int(start): segment_from(data, spans[int(start)]) for start, data in found.items()
            }, seconds
        except Malformed as error:
            _warn(f"{file} is passed over: {error}")
            return {}, 0.0

    def save_partial(self, key: Key, segments: Mapping[int, Segment], seconds: float) -> None:
        """Keep the finished spans of an unfinished scan."""
        data = {str(start): encode(segment) for start, segment in segments.items()}
        self._write(self._file(key, "partial.json"), key, {"segments": data, "seconds": float(seconds)})

    def _file(self, key: Key, suffix: str) -> Path:
        return self.path / f"{_checksum(key)}.{suffix}"

    def _write(self, file: Path, key: Key, content: Mapping[str, Any]) -> bool:
        """Whether the file was replaced, in one step."""
        payload = {"key": dict(key), **content}
        text = json.dumps({"schema": SCHEMA, "sha256": _checksum(payload), **payload}, indent=1)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
            try:
                draft.write_text(text, encoding="utf-8")
                os.replace(draft, file)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            _warn(f"{file} cannot be written: {error}")
            return False
        return True


def _read(file: Path, key: Key) -> dict[str, Any] | None:
    """The content of a file whose schema, checksum and key are right."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _warn(f"{file} is passed over: it cannot be read as JSON ({type(error).__name__})")
        return None
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        _warn(f"{file} is passed over: it is not a file of schema {SCHEMA}")
        return None
    if content.pop("sha256", None) != _checksum(content):
        _warn(f"{file} is passed over: its content does not fit its checksum")
        return None
    if content.get("key") != dict(key):
        _warn(f"{file} is passed over: it is about something else than its name says")
        return None
    return content


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _warn(text: str) -> None:
    warnings.warn(text, StoreWarning, stacklevel=5)
