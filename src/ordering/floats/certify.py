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

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from typing import get_args

import torch

from ordering.activation import Activation
from ordering.arguments import Location, choice, flag, function, real
from ordering.arguments import executor as checked_executor
from ordering.arguments import workers as checked_workers
from ordering.errors import KernelError, MixedMachines
from ordering.evidence import Certificate, Kind, Path
from ordering.examination import evaluate, examine_kernel
from ordering.floats.digest import Opaque, digest
from ordering.floats.lattice import ends, interval, spans
from ordering.floats.probe import probe
from ordering.floats.scan import Progress, Scan, ScanJob
from ordering.floats.shelf import Shelf
from ordering.floats.store import Store, as_store
from ordering.loading import ActivationLike, load_activation
from ordering.running.fleet import Pool, RemotePool, work
from ordering.running.interrupts import deferred
from ordering.running.local import available_cores, local_pool


def certify(
    activation: ActivationLike,
    dtype: torch.dtype | str,
    *,
    path: Path = "vector",
    low: float | None = None,
    high: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
    store: Store | Location | None = None,
    resume: bool = True,
) -> Certificate:
    """Evaluate `f` at every value of a dtype in increasing order, and certify where it falls.

    Parameters
    ----------
    activation:
        An entry, the name of a registered one, `module:attribute`, or a function or module, as
        `load_activation` takes it.
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
        Processes of this machine (threads where the system cannot fork); by default one for each core.  Of an
        `executor`, how many workers it has, as far as that is known.
    executor:
        Whose workers walk the values, in place of this machine's: any `concurrent.futures.Executor`, such as
        `client.get_executor()` of a Dask client.  They need this package installed.
    progress:
        Called in the calling thread whenever a stretch of values is finished.
    store:
        Where to look a certificate up and keep it, a `Store` or a folder; None, the default, always scans.
    resume:
        Whether to use what the store has: a certificate, or the finished part of an interrupted scan.

    Raises
    ------
    UnknownEntry, InvalidEntry, LoadError
        If there is no such activation.
    InvalidArgument
        If another argument cannot be used; nothing has been evaluated then.
    KernelError
        If the kernel raises, changes shape or dtype, is random, keeps state, is not pointwise, or writes to
        its input.
    MixedMachines
        If the executor's workers are of several kinds, each of which has a certificate of its own:
        `certify_each` returns them.
    KeyboardInterrupt
        After Ctrl-C; what is finished is in the store, if there is one.

    Examples
    --------
    >>> found = certify("relu", "float16", path="all")
    >>> found.values, found.drops, found.drawdown_ulp, found.disagreement.differing
    (63490, 0, 0, 0)
    """
    found = certify_each(
        activation,
        dtype,
        path=path,
        low=low,
        high=high,
        workers=workers,
        executor=executor,
        progress=progress,
        store=store,
        resume=resume,
    )
    if len(found) > 1:
        machines = "; ".join(str(each.machine) for each in found)
        raise MixedMachines(
            f"the executor's workers are of {len(found)} kinds, and what is true of one need not be true of "
            f"another: use certify_each, which gives a certificate for each ({machines})"
        )
    return found[0]


def certify_each(
    activation: ActivationLike,
    dtype: torch.dtype | str,
    *,
    path: Path = "vector",
    low: float | None = None,
    high: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[Progress], None] | None = None,
    store: Store | Location | None = None,
    resume: bool = True,
) -> tuple[Certificate, ...]:
    """As `certify`, with one certificate for each kind of machine among an executor's workers.

    Results of different kinds of machines are never joined: each kind walks every value.

    A kind whose workers were gone before they had walked every value is told of by an `IncompleteWarning`.

    Raises
    ------
    OrderingError
        As `certify`, but for `MixedMachines`; `KernelError` also if every kind's workers were gone.
    """
    entry = load_activation(activation)
    choice("path", path, get_args(Path))
    workers, executor = checked_workers(workers), checked_executor(executor)
    function("progress", progress, "Progress -> None")
    flag("resume", resume)
    over = interval(
        dtype, *(end if end is None else real(of, end) for of, end in (("low", low), ("high", high)))
    )
    store = as_store(store)
    # No kernel computes in 8 bits: it gets float32.
    examine_kernel(entry, torch.float32 if over.form.bits == 8 else over.form.dtype, between=ends(over))
    job = ScanJob(entry.kernel, over, path)
    obstacle = "" if store is None else why_not_kept(entry)
    kernel = None if store is None or obstacle else digest(entry.kernel)
    note = f"not stored: {obstacle}" if obstacle else ""
    if over.form.bits == 8:
        note = "; ".join(filter(None, (f"f is evaluated in float32 and rounded to {over.form.name}", note)))
    told = _Told(progress)

    def plan(kind: Kind) -> Scan:
        shelf = None if store is None or kernel is None else Shelf(store, kernel, over, path, kind)
        return told.of(
            Scan(entry.name, over, path, kind, shelf=shelf, resume=resume, note=note, tell=told.tell)
        )

    with deferred():
        pool = _pool(entry, job, plan, told, executor, workers)
        if pool is not None:
            _walk(pool, plan, told)
    # Of scans that were left there is a warning; an error where there is nothing else to return.
    scans = [scan for scan in told.scans if not scan.left] or told.scans
    return tuple(replace(scan.certificate(), activation=entry.name) for scan in scans)


def _pool(
    entry: Activation,
    job: ScanJob,
    plan: Callable[[Kind], Scan],
    told: _Told,
    executor: Executor | None,
    workers: int | None,
) -> Pool | None:
    """Who walks the values, after a look at the kernel; None where the store knows all that is asked."""
    if executor is None:
        kind = job.kind()
        if plan(kind).done:
            return None
        told.scans.clear()
    probe(entry.kernel, job.over)
    if executor is not None:
        return RemotePool(executor, job, 2 * (workers or available_cores()))
    # Workers take some 30 milliseconds to start.
    crew = min(workers or available_cores(), len(spans(job.over)))
    return local_pool(lambda: replace(job), kind, crew)


def _walk(pool: Pool, plan: Callable[[Kind], Scan], told: _Told) -> None:
    """Have every span walked; what is finished is kept, whatever happens."""
    try:
        for _ in work(pool, plan):
            pass
    finally:
        for scan in told.scans:
            scan.flush()


def why_not_kept(activation: ActivationLike) -> str:
    """Why a store cannot keep anything of an activation's scans; empty where it can.

    The activation is what `load_activation` takes, whose errors it raises.

    A kernel that changes its own state in place (`self.count.add_(1)`) is found out by its digest, which is
    another one after a call.
    """
    kernel = load_activation(activation).kernel
    try:
        before = digest(kernel)
        with suppress(KernelError):  # which the scan itself will tell of
            evaluate(kernel, torch.zeros(4))
        changed = digest(kernel) != before
    except Opaque as error:
        return str(error)
    return "it changes its own state while it runs" if changed else ""


class _Told:
    """The scans of all kinds of machines, whose progress is told as one."""

    def __init__(self, progress: Callable[[Progress], None] | None) -> None:
        self.scans: list[Scan] = []
        self._progress = progress

    def of(self, scan: Scan) -> Scan:
        """Add a scan."""
        self.scans.append(scan)
        return scan

    def tell(self, progress: Progress) -> None:
        """Tell of all scans, at the pace of the one that has moved on."""
        if self._progress is not None:
            done, total = (sum(getattr(scan, of) for scan in self.scans) for of in ("walked", "total"))
            self._progress(replace(progress, done=done, total=total))
