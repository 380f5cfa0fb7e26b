"""Claim 5: then pool first, to activate fewer values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from ordering.catalogue import activations, poolings
from ordering.claims.normal import mean_gap
from ordering.claims.records import CLAIMS, Answer, Evidence, Ruling, Tell
from ordering.claims.results import load, on_machine
from ordering.claims.saving import Saved, saved
from ordering.claims.words import fall_text, names, spread
from ordering.evidence import Finding
from ordering.reals import prove
from ordering.running import interrupts

CLAIM: Final = CLAIMS[4]
SCHEMA: Final = "ordering-pool-first/1"
COMMITTED: Final = Path(__file__).parent / "pool_first.json"
SUBJECTS: Final = ("relu", "prelu(weight=0.25)", "elu", "gelu", "silu", "tanh")
SHAPE: Final = (4, 16, 16, 16)
"""Of what is counted here; bytes per value do not depend on it."""


@dataclass(frozen=True)
class Timed:
    """One row of the benchmark: pooling first / activation first, median and quartiles of paired ratios."""

    activation: str
    pooling: str
    convolution: bool
    mode: str
    task: str
    median: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """What was timed."""
        before = "convolution, " if self.convolution else ""
        return f"{before}{self.activation}, {self.pooling}, {self.mode}, {self.task}"

    @property
    def quicker(self) -> bool:
        """Whether pooling first took less time, beyond the spread."""
        return self.high < 1


def rule(tell: Tell, effort: str = "quick", *, file: Path = COMMITTED) -> Ruling:
    """Count what is activated and kept for backward, and read the times that were measured.

    Pooling first is right only where the orders agree, so the ruling carries claim 1's conditions.  The claim
    fails where no row of the times is quicker; it holds without conditions only if all are, nothing more
    is kept, and the orders agree for every subject.

    Raises
    ------
    LoadError
        If the file holds no results of `benchmarks/pool_first.py`.
    """
    tell("claim 5: the times that were measured")
    data = load(file, SCHEMA)
    rows = [_timed(row) for row in data["rows"]]
    kept = {}
    generator = torch.Generator().manual_seed(0)
    given = torch.randn(SHAPE, generator=generator)
    weight = torch.randn(SHAPE[1], SHAPE[1], 3, 3, generator=generator) / 12
    for name in SUBJECTS:
        for pooling in ("max_pool2d", "avg_pool2d"):
            interrupts.check()
            tell(f"claim 5: memory of {name}, {pooling}")
            for before in (None, weight):
                key = (name, pooling, before is not None)
                kept[key] = saved(activations[name], poolings[pooling], given, before)
    tell("claim 5: how far the results are apart")
    differing = [name for name in SUBJECTS if not prove(activations[name]).nondecreasing.holds]
    quicker = [row for row in rows if row.quicker]
    slower = [row for row in rows if row.low > 1]
    more = sorted({name for (name, _, _), each in kept.items() if each.ratio > 1})
    evidence = (
        *_times(data, rows, quicker, slower, file),
        *_memory(kept, given.numel() * given.element_size()),
        *_compiled(data),
        _results(differing),
    )
    if not quicker:
        answer, conditions = Answer.FAILS, "pooling first was quicker nowhere"
    elif len(quicker) == len(rows) and not more and not differing:
        answer, conditions = Answer.HOLDS, f"{spread(row.median for row in rows)} of the time"
    else:
        answer = Answer.CONDITIONS
        agreeing = [row for row in rows if row.pooling == "max_pool2d" and row.activation not in differing]
        alone = [row.median for row in agreeing if not row.convolution]
        after = [row.median for row in agreeing if row.convolution]
        conditions = (
            "max pooling and nondecreasing f, else the results differ; pooling first then takes "
            f"{spread(alone) or 'an unmeasured part'} of the time, {spread(after) or 'an unmeasured part'} "
            f"with the convolution before; more, not less, is kept for backward by {names(more) or 'none'}"
        )
    return Ruling(CLAIM, answer, conditions, evidence)


def _timed(row: dict[str, Any]) -> Timed:
    named = {name: row[name] for name in ("activation", "pooling", "convolution", "mode", "task")}
    return Timed(**named, **row["ratio"])


def _times(
    data: dict[str, Any], rows: list[Timed], quicker: list[Timed], slower: list[Timed], file: Path
) -> list[Evidence]:
    versions = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    shape = "x".join(map(str, data["shape"]))
    where = "the results that ship" if file == COMMITTED else str(file)
    source = (
        f"float32 {shape}, 2x2 windows, {data['repeats']} alternating pairs, median and quartiles of their "
        f"ratios; from {where}, on {on_machine(data['machine'])}, {versions}; compiled: {data['compiler']}."
    )
    return [
        Evidence(
            f"Pooling first took less time in {len(quicker)} of {len(rows)} rows, more in {len(slower)}, and "
            f"{spread(row.median for row in rows)} of the time of activation first: {source}",
            data["command"],
            (("rows", len(rows)), ("quicker", len(quicker)), ("slower", len(slower))),
            tuple(f"{row.name}: {row.median:.2f} ({row.low:.2f} to {row.high:.2f})" for row in rows),
        )
    ]


def _memory(kept: dict[tuple[str, str, bool], Saved], size: int) -> list[Evidence]:
    lines = []
    for (name, pooling, convolution), each in kept.items():
        before = "convolution, " if convolution else ""
        lines.append(
            f"{before}{name}, {pooling}: {each.first / size:.2f} activation first, {each.second / size:.2f} "
            f"pooling first; ratio {each.ratio:.2f}"
        )
    more = sorted({name for (name, _, _), each in kept.items() if each.ratio > 1})
    fewer = sorted({name for (name, _, _), each in kept.items() if each.ratio < 1})
    ratios = [each.ratio for each in kept.values()]
    return [
        Evidence(
            f"Kept for backward in eager mode: {spread(ratios)} of activation first.  Less for "
            f"{names(fewer)}, whose backward needs the input; more for {names(more)}, whose backward needs "
            "the result alone, which the pooling keeps anyway.  In units of the layer's output:",
            "ordering claims 5",
            (("least ratio", min(ratios)), ("largest ratio", max(ratios))),
            tuple(lines),
        )
    ]


def _compiled(data: dict[str, Any]) -> list[Evidence]:
    rows = [row for row in data["rows"] if row["saved"] and row["mode"] == "compiled"]
    if not rows:
        return []
    ratios = [row["saved"]["pooling_first"] / row["saved"]["activation_first"] for row in rows]
    return [
        Evidence(
            f"Kept for backward when compiled: {spread(ratios)} of activation first.",
            data["command"],
            (("least ratio", min(ratios)), ("largest ratio", max(ratios))),
            tuple(
                f"{_timed(row).name}: {row['saved']['activation_first']:,} bytes activation first, "
                f"{row['saved']['pooling_first']:,} pooling first"
                for row in rows
            ),
        )
    ]


def _results(differing: list[str]) -> Evidence:
    theorem = Finding.by_theorem("gaussian")
    gap = mean_gap(activations["relu"], poolings["avg"])
    lines = [f"{name}, max pooling: drawdown {fall_text(prove(activations[name]))}" for name in differing]
    return Evidence(
        "It is another result: with max pooling for every f that falls, by up to its drawdown, and with "
        f"average pooling for every f that is not affine; relu on normal 2x2 windows by {gap:.4f} on "
        f"average (sigma / sqrt(2 pi) (1 - 1/2) = 0.1995, {theorem.theorem}).",
        "ordering claims 5",
        (("mean gap of relu", gap),),
        tuple(lines),
    )
