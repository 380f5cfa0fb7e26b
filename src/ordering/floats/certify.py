"""`certify`: what is true of a kernel at every value of a dtype, and what follows for max pooling.

The transfer theorem
--------------------
Let `f_p(x)` be the kernel's result at `x` on the code path `p`, and let it be a number (not NaN) for every
value scanned.  Then these are equivalent, for windows of values in the scanned range and elements evaluated
on the scanned path or paths:

1. `max_i f(x_i) = f(max_i x_i)` for every window, whichever path evaluates each element;
2. the same for every window of two elements;
3. `f_p(a) <= f_q(b)` for all values `a <= b` and all scanned paths `p`, `q`: no drawdown.

(1 => 2) is plain.  (2 => 3): in the window `(a, b)` pooling first gives `f_q(b)`, and activation first gives
at least `f_p(a)`.  (3 => 1): let `m = max_i x_i`; each `f_p(x_i) <= f_q(m)`, and for the element that is `m`
also `f_q(m) <= f_p(m)`, so the maximum is `f_q(m)`.

Equality is that of values.  It is equality of bits but for the sign of a zero: max pooling takes -0.0 and 0.0
for a tie and keeps the first, so where `f(a)` is -0.0 and `f(b)` is 0.0 the orders may return zeros of
different sign.  (They cannot if the only inputs with a zero result are the two zeros, each with its own sign,
or if all zero results have one sign.)  So a fall from 0.0 to -0.0 is no drop.

A NaN *input* makes both orders NaN for every `f` with `f(NaN) = NaN`.  Inputs that are numbers and have a NaN
result are counted (`nan`), and the theorem does not speak of windows that hold one.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, get_args

import numpy as np
import torch

from ordering.activation import Activation
from ordering.catalogue import activations
from ordering.errors import InvalidArgument
from ordering.evidence import Certificate, Disagreement, Pair, Path
from ordering.evidence import Split as SplitValues
from ordering.floats.digest import Opaque, digest
from ordering.floats.lattice import Interval, ends, interval
from ordering.floats.paths import Kernel
from ordering.floats.probe import probe
from ordering.floats.scan import Progress, fold, scan, spans
from ordering.floats.segment import Fall, Segment, Split
from ordering.floats.store import Key, Store
from ordering.floats.workers import available_cores

# Raised when a scan's results change their meaning, so that older certificates are not taken for new ones.
METHOD: Final = 1
# Finished spans are written to the store this often, unless that takes more than this share of the time.
FLUSH_SECONDS: Final = 0.25
FLUSH_SHARE: Final = 0.02


def certify(
    activation: Activation | str,
    dtype: torch.dtype | str,
    *,
    path: Path = "vector",
    low: float | None = None,
    high: float | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    store: Store | None = None,
    resume: bool = True,
) -> Certificate:
    """Evaluate `f` at every value of a dtype in increasing order, and certify where it falls.

    Parameters
    ----------
    activation:
        An entry, or the name of a registered one.
    dtype:
        float16, bfloat16, float32 and the two float8 as a whole; float64 in ranges.  float8 kernels do not
        exist: `f` is evaluated in float32 and its result rounded, as the certificate's `note` says.
    path:
        The code path: `"vector"` (contiguous tensors), `"scalar"` (strided tensors, and remainders of a
        vector block), or `"all"` for both in one walk, which bounds what tensors can show whose elements
        take different paths, and tells where the paths disagree.
    low, high:
        Scan only values `v` with `low <= v <= high`.
    workers:
        Processes (threads where the system cannot fork); by default one for each core.
    progress:
        Called in the calling thread whenever a stretch of values is finished.
    store:
        Where to look a certificate up and keep it; None, the default, always scans.
    resume:
        Whether to use what the store has: a certificate, or the finished part of an interrupted scan.

    Raises
    ------
    UnknownEntry, InvalidEntry
        If there is no such activation.
    InvalidArgument
        If the dtype, path, range or number of workers is impossible.
    KernelError
        If the kernel raises, changes shape or dtype, is random, not pointwise, or writes to its input
        behind torch's back.

    Examples
    --------
    >>> found = certify("relu", "float16", path="all")
    >>> found.values, found.drops, found.drawdown_ulp, found.disagreement.differing
    (63490, 0, 0, 0)
    """
    entry = activations.resolve(activation)
    if path not in get_args(Path):
        raise InvalidArgument(f"path must be one of {', '.join(get_args(Path))}, got {path!r}")
    if workers is not None and workers < 1:
        raise InvalidArgument(f"workers must be at least 1, got {workers}")
    over = interval(dtype, low, high)
    note = f"f is evaluated in float32 and rounded to {over.form.name}" if over.form.bits == 8 else ""
    shelf = None
    if store is not None:
        try:
            shelf = _Shelf(store, _key(entry.kernel, over, path), over)
        except Opaque as error:
            note = "; ".join(filter(None, (note, f"not stored: {error}")))
    if shelf is not None and resume and (kept := shelf.certificate(path)) is not None:
        return replace(kept, activation=entry.name)
    probe(entry.kernel, over)
    found, seconds = _scan(entry.kernel, over, path, workers or available_cores(), progress, shelf, resume)
    certificate = _certificate(entry.name, over, path, found, seconds, note)
    if shelf is not None:
        shelf.store.save(shelf.key, certificate)
    return certificate


class _Shelf:
    """The place of one certificate in a store."""

    def __init__(self, store: Store, key: Key, over: Interval) -> None:
        self.store, self.key, self._over = store, key, over

    def certificate(self, path: Path) -> Certificate | None:
        """The stored certificate, if it answers the question that is asked."""
        found = self.store.load(self.key)
        asked = (self._over.form.name, path, *ends(self._over), self._over.count)
        if found is None or (found.dtype, found.path, found.low, found.high, found.values) != asked:
            return None
        return found

    def unfinished(self) -> tuple[dict[int, Segment], float]:
        """The finished spans of an interrupted scan, and the seconds they took."""
        return self.store.load_partial(self.key, {start: stop - start for start, stop in spans(self._over)})


def _key(kernel: Kernel, over: Interval, path: Path) -> Key:
    """Everything that a certificate depends on."""
    return {
        "method": METHOD,
        "kernel": digest(kernel),
        "dtype": over.form.name,
        "path": path,
        "first_rank": over.start,
        "last_rank": over.stop - 1,
        "torch": torch.__version__,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _scan(
    kernel: Kernel,
    over: Interval,
    path: Path,
    workers: int,
    progress: Callable[[Progress], None] | None,
    shelf: _Shelf | None,
    resume: bool,
) -> tuple[Segment, float]:
    """The summary of the whole interval and the seconds it took, earlier runs included."""
    segments, before = shelf.unfinished() if shelf is not None and resume else ({}, 0.0)
    begin = flushed = time.perf_counter()
    pause = FLUSH_SECONDS
    done = resumed = sum(segment.values for segment in segments.values())

    def flush() -> None:
        nonlocal flushed, pause
        if shelf is None:
            return
        start = time.perf_counter()
        shelf.store.save_partial(shelf.key, segments, before + start - begin)
        flushed = time.perf_counter()
        pause = max(FLUSH_SECONDS, (flushed - start) / FLUSH_SHARE)

    def finished(start: int, segment: Segment) -> None:
        nonlocal done
        segments[start] = segment
        done += segment.values
        now = time.perf_counter()
        if now - flushed > pause:
            flush()
        if progress is not None:
            progress(Progress(done, over.count, done - resumed, now - begin))

    try:
        scan(kernel, over, path, workers=workers, known=dict(segments), finished=finished)
    except BaseException:
        # Ctrl-C among them: the finished spans are the next run's.
        if done > resumed:
            flush()
        raise
    return fold(segments), before + time.perf_counter() - begin


def _certificate(
    name: str, over: Interval, path: Path, found: Segment, seconds: float, note: str
) -> Certificate:
    value = over.form.value

    def pair(fall: Fall | None) -> Pair | None:
        if fall is None:
            return None
        return Pair(value(fall.high.rank), value(fall.low.rank), fall.high.value, fall.low.value)

    def split(at: Split | None) -> SplitValues | None:
        return None if at is None else SplitValues(value(at.rank), at.vector, at.scalar)

    disagreement = None
    if path == "all":
        disagreement = Disagreement(
            values=found.values,
            differing=found.differing,
            worst_ulp=found.worst_split.depth if found.worst_split else 0,
            first=split(found.first_split),
            worst=split(found.worst_split),
        )
    low, high = ends(over)
    return Certificate(
        activation=name,
        dtype=over.form.name,
        path=path,
        low=low,
        high=high,
        values=found.values,
        drops=found.drops,
        drawdown=found.widest.gap if found.widest else 0.0,
        drawdown_ulp=found.worst.depth if found.worst else 0,
        first=pair(found.first_drop or found.worst),
        worst=pair(found.worst),
        widest=pair(found.widest),
        nan=found.nan,
        nan_first=None if found.nan_first is None else value(found.nan_first),
        identity=found.identical,
        disagreement=disagreement,
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        torch_version=torch.__version__,
        seconds=seconds,
        note=note,
    )
