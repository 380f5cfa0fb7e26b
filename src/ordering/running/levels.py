"""The instruction levels that this processor offers, and workers that run at one of them.

Which vector code runs is decided once, when the libraries are loaded: so a level is a set of environment
variables, and needs processes of its own.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from loky import ProcessPoolExecutor

from ordering.arguments import choice
from ordering.arguments import workers as checked_workers
from ordering.running.local import available_cores
from ordering.running.machine import flags


@dataclass(frozen=True)
class Level:
    """A level by its name, the feature that a processor needs for it, and the settings that ask for it."""

    name: str
    needs: str
    settings: Mapping[str, str]


def _level(name: str, needs: str, aten: str, onednn: str, mkl: str) -> Level:
    return Level(
        name,
        needs,
        {"ATEN_CPU_CAPABILITY": aten, "ONEDNN_MAX_CPU_ISA": onednn, "MKL_ENABLE_INSTRUCTIONS": mkl},
    )


NATIVE: Final = Level("native", "", {})
"""As this process is set up."""
LEVELS: Final = (
    _level("default", "sse4_1", "default", "SSE41", "SSE4_2"),
    _level("avx2", "avx2", "avx2", "AVX2", "AVX2"),
    _level("avx512", "avx512_bw", "avx512", "AVX512_CORE", "AVX512"),
    _level("avx512_bf16", "avx512_bf16", "avx512", "AVX512_CORE_BF16", "AVX512"),
    _level("avx512_fp16", "avx512_fp16", "avx512", "AVX512_CORE_FP16", "AVX512"),
    NATIVE,
)


def levels() -> tuple[Level, ...]:
    """The levels that this processor offers, from least to best; last of all, how this process is set up."""
    has = {"", *flags()}
    return tuple(level for level in LEVELS if level.needs in has)


@contextmanager
def workers_at(level: Level | str, workers: int | None = None) -> Iterator[Executor]:
    """An executor of new processes at a level, or the one of that name, by default one for each core.

    They end with the block.

    Raises
    ------
    InvalidArgument
        If the processor does not offer the level, or the number of workers is none.
    """
    level, workers = _offered(level), checked_workers(workers)
    executor = ProcessPoolExecutor(
        workers or available_cores(),
        initializer=_begin,
        initargs=(os.getpid(),),
        env=dict(level.settings),
    )
    try:
        yield executor
    finally:
        executor.shutdown(kill_workers=True)


def _offered(level: Level | str) -> Level:
    if isinstance(level, Level):
        return level
    names = {each.name: each for each in levels()}
    return names[choice("level", level, names)]


def _begin(parent: int) -> None:
    # Ctrl-C reaches every process of a terminal; it is the parent that ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A parent that is killed says nothing."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
