"""`certify`: what is true of a kernel at every value of a dtype."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import get_args

import torch

from ordering.activation import Activation
from ordering.catalogue import activations
from ordering.errors import InvalidArgument
from ordering.evidence import Certificate, Disagreement, Pair, Path
from ordering.evidence import Split as SplitValues
from ordering.floats.lattice import Interval, ends, interval
from ordering.floats.scan import Progress, available_cores, fold, scan
from ordering.floats.segment import Fall, Segment, Split
from ordering.floats.store import Store


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
    """Evaluate `f` at every value of a dtype, in increasing order, and say where it falls."""
    entry = activations.resolve(activation)
    if path not in get_args(Path):
        raise InvalidArgument(f"path must be one of {', '.join(get_args(Path))}, got {path!r}")
    over = interval(dtype, low, high)
    begin = time.perf_counter()
    found: dict[int, Segment] = {}
    scan(entry.kernel, over, path, workers=workers or available_cores(), known={}, finished=found.__setitem__)
    found = fold(found)
    return _certificate(entry, over, path, found, time.perf_counter() - begin)


def _certificate(
    entry: Activation, over: Interval, path: Path, found: Segment, seconds: float
) -> Certificate:
    low, high = ends(over)

    def pair(fall: Fall | None) -> Pair | None:
        if fall is None:
            return None
        return Pair(
            over.form.value(fall.high.rank),
            over.form.value(fall.low.rank),
            fall.high.value,
            fall.low.value,
        )

    def split(at: Split | None) -> SplitValues | None:
        return None if at is None else SplitValues(over.form.value(at.rank), at.vector, at.scalar)

    disagreement = None
    if path == "all":
        disagreement = Disagreement(
            values=found.values,
            differing=found.differing,
            worst_ulp=found.worst_split.depth if found.worst_split else 0,
            first=split(found.first_split),
            worst=split(found.worst_split),
        )
    return Certificate(
        activation=entry.name,
        dtype=over.form.name,
        path=path,
        low=low,
        high=high,
        values=found.values,
        drops=found.drops,
        drawdown=found.widest.gap if found.widest else 0.0,
        drawdown_ulp=found.worst.depth if found.worst else 0,
        first=pair(found.first_drop),
        worst=pair(found.worst),
        nan=found.nan,
        nan_first=None if found.nan_first is None else over.form.value(found.nan_first),
        identity=found.identical,
        disagreement=disagreement,
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        torch_version=torch.__version__,
        seconds=seconds,
        note="evaluated in float32, the result rounded to the dtype" if over.form.bits == 8 else "",
    )
