"""How long proofs take, and how often sympy's own helpers answer the same questions right.

    python benchmarks/reals.py [--json FILE]

Every activation of the catalogue is proved once, cold (no caches), and its five yes-or-no questions are put
to sympy's `is_increasing`, `is_decreasing`, `is_strictly_increasing`, `is_convex` (and of -f), each call with
the same time limit, in the same run.  An answer of ours counts as right when it carries evidence that checks
here: a derivation whose every step verifies, or a witness whose inequality holds in 60 digits.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import sympy as sp
from sympy.calculus.singularities import is_decreasing, is_increasing, is_strictly_increasing
from sympy.calculus.util import is_convex

from ordering import activations, prove, x
from ordering.activation import Activation
from ordering.checking import algebra, composing, deriving, facts, growth, points, reading
from ordering.enclosures import balls
from ordering.evidence import Finding, Shape
from ordering.reals import rewriting

LIMIT = 10.0
"""Seconds for one activation (ours, all questions) and for one question (sympy's)."""

SYMPY: dict[str, Callable[[sp.Expr, sp.Set], Any]] = {
    "nondecreasing": lambda f, domain: is_increasing(f, domain, x),
    "nonincreasing": lambda f, domain: is_decreasing(f, domain, x),
    "strictly_increasing": lambda f, domain: is_strictly_increasing(f, domain, x),
    "convex": lambda f, domain: is_convex(f, x, domain=domain),
    "concave": lambda f, domain: is_convex(-f, x, domain=domain),
}


@dataclass(frozen=True)
class Row:
    """One activation: our seconds (the checker's among them), sympy's, and what sympy answered wrong."""

    activation: str
    seconds: float
    checking_seconds: float
    """Of the checker, for all derivations again, without what it remembers."""
    sympy_seconds: float
    sympy_wrong: list[str]


def _forget() -> None:
    """Empty every cache of the prover and the checker."""
    for module in (balls, rewriting, algebra, composing, deriving, facts, growth, points, reading):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _checked_again(shape: Shape) -> float:
    """Seconds that the checker takes for all derivations, cold."""
    _forget()
    started = time.perf_counter()
    for derivation in (*(f.derivation for f in shape.findings.values()), shape.drawdown_derivation):
        if derivation is not None and not derivation.check():
            raise AssertionError(f"a derivation does not check: {derivation.claim}")
    return time.perf_counter() - started


class _TimeUp(Exception):
    """Sympy did not answer in time."""


def _sympy_answer(question: str, entry: Activation) -> tuple[bool | None, float]:
    domain = sp.Interval.open(
        entry.low if entry.low is not None else -sp.oo, entry.high if entry.high is not None else sp.oo
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TimeUp

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    started = time.perf_counter()
    try:
        answer = SYMPY[question](entry.expression, domain)
        decided = bool(answer) if answer in (True, False) else None
    except Exception:  # noqa: BLE001 - any error of sympy's is "no answer", which is what is being counted
        decided = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return decided, time.perf_counter() - started


def _evidence_holds(question: str, finding: Finding, f: sp.Expr) -> bool:
    """Check our own answer from its evidence alone."""
    if finding.holds:
        return finding.derivation is not None and finding.derivation.check()
    if finding.witness is None:
        return False
    a, b = finding.witness
    at_a, at_m, at_b = (sp.N(f.subs(x, t), 60) for t in (a, (a + b) / 2, b))
    tests = {
        "nondecreasing": at_a > at_b,
        "nonincreasing": at_a < at_b,
        "strictly_increasing": at_a >= at_b,
        "convex": 2 * at_m > at_a + at_b,
        "concave": 2 * at_m < at_a + at_b,
    }
    return bool(a < b and tests[question])


def main() -> int:
    """Run, print the table, and return 1 if an answer of ours fails its own evidence."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    arguments = parser.parse_args()
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    rows: list[Row] = []
    for entry in activations.values():
        _forget()
        started = time.perf_counter()
        shape = prove(entry, timeout=LIMIT)
        seconds = time.perf_counter() - started
        checking = _checked_again(shape)
        sympy_seconds = 0.0
        wrong = []
        for question in SYMPY:
            finding = shape.finding(question)
            sound = finding.holds is not None and _evidence_holds(question, finding, entry.expression)
            ours["undecided" if finding.holds is None else "right" if sound else "wrong"] += 1
            answer, spent = _sympy_answer(question, entry)
            sympy_seconds += spent
            if answer is None or not sound:
                theirs["no answer"] += 1
            elif answer == finding.holds:
                theirs["right"] += 1
            else:
                theirs["wrong"] += 1
                wrong.append(question)
        rows.append(Row(entry.name, seconds, checking, sympy_seconds, wrong))
        mistakes = f"wrong: {', '.join(wrong)}" if wrong else ""
        own = f"{seconds:7.3f} s   (checking {checking:.3f} s)"
        print(f"{entry.name:42} {own}   sympy {sympy_seconds:7.3f} s   {mistakes}", flush=True)
    times = [row.seconds for row in rows]
    print(f"\nper activation: median {statistics.median(times):.3f} s, largest {max(times):.3f} s")
    share = sum(row.checking_seconds for row in rows) / sum(times)
    print(f"the checker alone, for all derivations: {share:.0%} of that time")
    print(f"ordering: {dict(ours)}")
    print(f"sympy:    {dict(theirs)}")
    print(f"time, sympy to ordering: {sum(row.sympy_seconds for row in rows) / sum(times):.1f} to 1")
    if arguments.json:
        data = {"rows": [asdict(row) for row in rows], "ordering": ours, "sympy": theirs}
        arguments.json.write_text(json.dumps(data, indent=2))
    return 1 if ours["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
