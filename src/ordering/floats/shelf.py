"""The place of one question's certificate in a store, for one kind of machine."""

from __future__ import annotations

import platform
import time
from dataclasses import asdict
from typing import Final

import numpy as np

from ordering.evidence import Certificate, Kind, Path
from ordering.floats.lattice import Interval, ends, spans
from ordering.floats.segment import Segment
from ordering.floats.store import Key, Store

# Raised when a scan's results change their meaning, so that older certificates are not taken for new ones.
METHOD: Final = 3
# Finished spans are written to the store this often, unless that takes more than this share of the time.
FLUSH_SECONDS: Final = 0.25
FLUSH_SHARE: Final = 0.02


class Shelf:
    """Where a certificate is looked up and kept, and the finished spans of a scan.

    Parameters
    ----------
    kernel:
        The kernel's `digest`.
    """

    def __init__(self, store: Store, kernel: str, over: Interval, path: Path, kind: Kind) -> None:
        self._store, self._over, self._path = store, over, path
        self._key = _key(kernel, over, path, kind)
        self._flushed, self._pause = time.perf_counter(), FLUSH_SECONDS

    def certificate(self) -> Certificate | None:
        """The stored certificate, if it answers the question that is asked."""
        found = self._store.load(self._key)
        asked = (self._over.form.name, self._path, *ends(self._over), self._over.count)
        if found is None or (found.dtype, found.path, found.low, found.high, found.values) != asked:
            return None
        return found

    def keep(self, certificate: Certificate) -> None:
        """Keep a finished certificate."""
        self._store.save(self._key, certificate)

    def unfinished(self) -> tuple[dict[int, Segment], float]:
        """The finished spans of an interrupted scan, and the seconds they took."""
        return self._store.load_partial(self._key, {start: stop - start for start, stop in spans(self._over)})

    def keep_unfinished(self, segments: dict[int, Segment], seconds: float, *, now: bool = False) -> None:
        """Keep the finished spans, if it is time to or must be done `now`."""
        start = time.perf_counter()
        if not now and start - self._flushed < self._pause:
            return
        self._store.save_partial(self._key, segments, seconds)
        self._flushed = time.perf_counter()
        self._pause = max(FLUSH_SECONDS, (self._flushed - start) / FLUSH_SHARE)


def _key(kernel: str, over: Interval, path: Path, kind: Kind) -> Key:
    """Everything that a certificate depends on."""
    return {
        "method": METHOD,
        "kernel": kernel,
        "dtype": over.form.name,
        "path": path,
        "first_rank": over.start,
        "last_rank": over.stop - 1,
        "observed": kind.observed,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **asdict(kind.machine),
    }
